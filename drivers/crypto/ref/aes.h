/* SPDX-License-Identifier: BSD-3-Clause */
/* AES encryption and its counter mode, written from FIPS 197 and SP 800-38A to be read. */
#ifndef SOTTO_DRIVERS_CRYPTO_REF_AES_H
#define SOTTO_DRIVERS_CRYPTO_REF_AES_H

#include <stddef.h>
#include <stdint.h>

/* Rounds of AES for a key of 16, 24 or 32 bytes: 10, 12, 14 (FIPS 197, figure 4). */
unsigned sotto_ref_aes_rounds(size_t key_len);

/* Bytes of the round keys: 16 * (rounds + 1). */
size_t sotto_ref_aes_schedule_size(size_t key_len);

/* Expands a key of 16, 24 or 32 bytes into round_keys (FIPS 197, 5.2). */
void sotto_ref_aes_expand(const uint8_t *key, size_t key_len, uint8_t *round_keys);

/* XORs data[0..len) with the keystream that starts at counter block iv (SP 800-38A, 6.5). */
void sotto_ref_aes_ctr(const uint8_t *round_keys, unsigned rounds, const uint8_t iv[16],
	uint8_t *data, size_t len);

#endif
