/* SPDX-License-Identifier: BSD-3-Clause */
/* Galois/Counter Mode with AES, written from SP 800-38D to be read. */
#ifndef SOTTO_DRIVERS_CRYPTO_REF_GCM_H
#define SOTTO_DRIVERS_CRYPTO_REF_GCM_H

#include "crypto/crypto.h"

/* Bytes of the material of a key of 16 or 32 bytes: the round keys and the hash subkey. */
size_t sotto_ref_gcm_size(size_t key_len);

/* Expands a key of 16 or 32 bytes into its material. */
void sotto_ref_gcm_expand(const uint8_t *key, size_t key_len, uint8_t *material);

/* Does one job of the contract with the material of a key of key_len bytes (SP 800-38D, 7). */
void sotto_ref_gcm_run(const uint8_t *material, size_t key_len, struct sotto_aead_job *job,
	enum sotto_aead_direction direction);

#endif
