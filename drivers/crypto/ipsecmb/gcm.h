/* SPDX-License-Identifier: BSD-3-Clause */
/* AES-GCM of the ipsec-mb backend (RFC 7714): its material and its jobs. */
#ifndef SOTTO_DRIVERS_CRYPTO_IPSECMB_GCM_H
#define SOTTO_DRIVERS_CRYPTO_IPSECMB_GCM_H

#include "drivers/crypto/ipsecmb/instance.h"

/* The library's key without the padding at its end, which would cost the key one more line. */
#define SOTTO_IPSECMB_GCM_DATA_LEN                                                                 \
	(offsetof(struct gcm_key_data, ghash_keys) +                                               \
		sizeof(((struct gcm_key_data *)NULL)->ghash_keys))

/*
 * Bytes of material. The library wants its key at a cache line, the contract gives multiples of
 * 16, so there is room to move it. In a struct sotto_key it begins with the key's second line.
 */
#define SOTTO_IPSECMB_GCM_SIZE (SOTTO_CACHE_LINE - 16 + SOTTO_IPSECMB_GCM_DATA_LEN)

/* Whether the manager has all of it. */
bool sotto_ipsecmb_gcm_runs(const IMB_MGR *mgr);

/* Finds out which part of the material the manager's tier fills, to fetch no more of it. Slow. */
void sotto_ipsecmb_gcm_measure(struct sotto_ipsecmb *self);

/*
 * Expands a key of a GCM cipher. Tiers precompute different things: the material is good for
 * managers of the same tier alone.
 */
void sotto_ipsecmb_gcm_expand(
	IMB_MGR *mgr, enum sotto_cipher cipher, const uint8_t *key, void *material);

/* Does n jobs of GCM ciphers. The library does not refuse any that the contract allows. */
void sotto_ipsecmb_gcm_burst(struct sotto_ipsecmb *self, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction);

#endif
