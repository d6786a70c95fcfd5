/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-1 (FIPS 180-4, 6.1) and HMAC (RFC 2104) with the key's two blocks hashed beforehand. */
#ifndef SOTTO_DRIVERS_CRYPTO_REF_SHA1_H
#define SOTTO_DRIVERS_CRYPTO_REF_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SOTTO_REF_SHA1_BLOCK 64 /* bytes */

/* The hash value between two blocks, as numbers in host order. */
struct sotto_ref_sha1 {
	uint32_t h[5];
};

/* A key of HMAC-SHA1: the states after the block of (key XOR ipad) and of (key XOR opad). */
struct sotto_ref_hmac {
	struct sotto_ref_sha1 inner;
	struct sotto_ref_sha1 outer;
};

/* Hashes the two blocks of a key of at most SOTTO_REF_SHA1_BLOCK bytes. */
void sotto_ref_hmac_init(struct sotto_ref_hmac *hmac, const uint8_t *key, size_t len);

/* Writes the whole tag, 20 bytes, over data[0..len). */
void sotto_ref_hmac_tag(
	const struct sotto_ref_hmac *hmac, const uint8_t *data, size_t len, uint8_t tag[20]);

#endif
