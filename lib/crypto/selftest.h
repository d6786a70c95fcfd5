/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Known-answer vectors and the start-up self-test of a backend. The engine opens no port with a
 * backend that fails it.
 */
#ifndef SOTTO_CRYPTO_SELFTEST_H
#define SOTTO_CRYPTO_SELFTEST_H

#include "crypto/crypto.h"

/* One known answer of a counter-mode keystream: data XOR keystream = result. */
struct sotto_cipher_vector {
	const char *source; /* document and section */
	enum sotto_cipher cipher;
	const uint8_t *key;
	const uint8_t *iv; /* 16 bytes */
	const uint8_t *in;
	const uint8_t *out;
	uint32_t len; /* bytes of in and out */
};

/* One known answer of a MAC. */
struct sotto_auth_vector {
	const char *source;
	enum sotto_auth auth;
	const uint8_t *key;
	uint32_t key_len;
	const uint8_t *in;
	uint32_t len;
	const uint8_t *tag; /* SOTTO_SHA1_LEN bytes */
};

/* One known answer of an AEAD, in both directions. */
struct sotto_aead_vector {
	const char *source;
	enum sotto_cipher cipher;
	const uint8_t *key;
	const uint8_t *iv; /* SOTTO_GCM_IV_LEN bytes */
	const uint8_t *aad;
	uint32_t aad_len;
	const uint8_t *in;
	const uint8_t *out;
	uint32_t len;       /* bytes of in and out; may be 0 */
	const uint8_t *tag; /* SOTTO_GCM_TAG_LEN bytes */
};

struct sotto_crypto_vectors {
	const struct sotto_cipher_vector *cipher;
	unsigned ciphers;
	const struct sotto_auth_vector *auth;
	unsigned auths;
	const struct sotto_aead_vector *aead;
	unsigned aeads;
};

/* The vectors that the engine starts with. Any thread. */
const struct sotto_crypto_vectors *sotto_crypto_vectors(void);

/*
 * Runs every vector that the backend supports, alone and at every position of bursts of 2 to
 * SOTTO_BURST jobs, and looks for bytes written outside the output. Slow path; allocates.
 * 0; -EBADMSG with *failed = source of the first vector with a wrong answer; other negative errno.
 */
int sotto_crypto_selftest(struct sotto_crypto *crypto, const struct sotto_crypto_vectors *vectors,
	const char **failed);

#endif
