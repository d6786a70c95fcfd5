/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ready key: the session keys of one master key for SRTP, or for SRTCP, expanded for one backend.
 * Built complete by a control thread, published by pointer, never edited, wiped after the grace
 * period. With ipsec-mb and AES_CM_128 it is 256 bytes: four cache lines; with AES_GCM, whose
 * precomputed powers of the hash subkey are many, 17 lines in release 1.3.
 */
#ifndef SOTTO_CRYPTO_KEY_H
#define SOTTO_CRYPTO_KEY_H

#include "crypto/crypto.h"

#define SOTTO_KEY_PLAIN 1 /* an AEAD key that only authenticates (RFC 7714, 9.3) */
#define SOTTO_KEY_CLEAR 2 /* SRTCP: what is sent is not encrypted, so E is 0 */
#define SOTTO_KEY_ANY_E 4 /* SRTCP under the null cipher: E says nothing, and is taken as it is */

struct sotto_key {
	/* session salt: shifted left by 16 bits (RFC 3711, 4.1.1), or 12 bytes (RFC 7714, 8.1) */
	uint8_t iv[SOTTO_AES_BLOCK];
	const struct sotto_crypto_backend *backend;
	uint8_t cipher;       /* enum sotto_cipher */
	uint8_t auth;         /* enum sotto_auth */
	uint8_t tag_len;      /* bytes of the tag on the wire: 0, 4, 10, 16 */
	uint8_t flags;        /* SOTTO_KEY_... */
	uint16_t auth_size;   /* bytes of authentication material, first in material[] */
	uint16_t cipher_size; /* bytes of cipher material, right behind it */
	uint8_t material[] SOTTO_ALIGNED(16);
};

/* What a ready key is made from; all lengths in bytes. Wipe it after use. */
struct sotto_session_keys {
	enum sotto_cipher cipher;
	enum sotto_auth auth;
	uint8_t tag_len;
	uint8_t flags; /* SOTTO_KEY_... */
	uint8_t auth_key_len;
	uint8_t salt_len;                         /* at most 14 */
	uint8_t cipher_key[SOTTO_CIPHER_KEY_MAX]; /* length follows from cipher */
	uint8_t auth_key[SOTTO_AUTH_KEY_MAX];
	uint8_t salt[14];
};

static inline const void *sotto_crypto_key_auth(const struct sotto_key *key)
{
	return key->material;
}

static inline const void *sotto_crypto_key_cipher(const struct sotto_key *key)
{
	return key->material + key->auth_size;
}

/*
 * Bytes of a ready key, a multiple of the cache line; 0 when the backend lacks cipher or auth, and
 * for an AEAD cipher with an auth: it has no use for one.
 */
size_t sotto_crypto_key_size(
	const struct sotto_crypto_backend *backend, enum sotto_cipher cipher, enum sotto_auth auth);

/*
 * Builds a ready key in memory of sotto_crypto_key_size() bytes, cache-line aligned. Control
 * threads only, each with its own instance. 0, or negative errno with the memory zeroed.
 */
int sotto_crypto_key_init(
	struct sotto_crypto *crypto, const struct sotto_session_keys *from, struct sotto_key *key);

/* Releases what the backend holds and zeroes the whole key. No reader may be left. NULL allowed. */
void sotto_crypto_key_wipe(struct sotto_key *key);

#endif
