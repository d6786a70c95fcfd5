/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The contract that a crypto backend fulfils. A backend is a const table; an instance of it
 * (struct sotto_crypto) belongs to one thread. The backends live in drivers/crypto/; plain C
 * (drivers/crypto/ref) is always built and is the judge of the others.
 */
#ifndef SOTTO_CRYPTO_CRYPTO_H
#define SOTTO_CRYPTO_CRYPTO_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOTTO_BURST 64          /* most packets in one burst, and jobs in one burst call */
#define SOTTO_AES_BLOCK 16      /* bytes */
#define SOTTO_SHA1_LEN 20       /* bytes of an uncut HMAC-SHA1 tag */
#define SOTTO_GCM_TAG_LEN 16    /* bytes; never cut (RFC 7714, 13.1) */
#define SOTTO_GCM_IV_LEN 12     /* bytes */
#define SOTTO_CIPHER_KEY_MAX 32 /* bytes of the longest session encryption key */
#define SOTTO_AUTH_KEY_MAX 20   /* bytes of the longest session authentication key */

enum sotto_cipher {
	SOTTO_CIPHER_NONE, /* payload is not encrypted */
	SOTTO_CIPHER_AES_CM_128,
	SOTTO_CIPHER_AES_CM_192,
	SOTTO_CIPHER_AES_CM_256,
	SOTTO_CIPHER_AES_GCM_128, /* an AEAD: goes with SOTTO_AUTH_NONE and aead_burst() */
	SOTTO_CIPHER_AES_GCM_256,
	SOTTO_CIPHERS
};

static inline bool sotto_crypto_is_aead(enum sotto_cipher cipher)
{
	return cipher >= SOTTO_CIPHER_AES_GCM_128;
}

enum sotto_auth {
	SOTTO_AUTH_NONE,
	SOTTO_AUTH_HMAC_SHA1,
	SOTTO_AUTHS
};

struct sotto_key; /* crypto/key.h */
struct sotto_crypto_backend;

/* Head of every backend's instance; the backend's own state follows it in memory. */
struct sotto_crypto {
	const struct sotto_crypto_backend *backend;
};

/*
 * One counter-mode job (RFC 3711, 4.1.1): data[0..len) is XORed in place with the keystream that
 * starts at counter block iv, whose low 32 bits must not wrap within the job (SRTP's begin at 0).
 * len is 1 to 2^20 bytes: an empty payload never becomes a job.
 */
struct sotto_cipher_job {
	const struct sotto_key *key;
	uint8_t *data;
	uint32_t len;
	uint8_t iv[SOTTO_AES_BLOCK] SOTTO_ALIGNED(16);
};

/*
 * One authentication job (RFC 3711, 4.2.1): the whole 20-byte HMAC-SHA1 over data[0..len), len from
 * 1 to 65534, goes to tag. Cutting it to 10 or 4 bytes, and comparing, is the caller's work.
 */
struct sotto_auth_job {
	const struct sotto_key *key;
	const uint8_t *data;
	uint32_t len;
	uint8_t tag[SOTTO_SHA1_LEN];
};

/*
 * One AEAD job (RFC 7714, 8): data[0..len) is encrypted or decrypted in place, len 0 to 2^20, and
 * the tag over aad[0..aad_len), aad_len 1 to 65534, and the ciphertext goes to tag, whichever the
 * direction: comparing is the caller's work, and so is undoing a decryption whose tag was wrong.
 */
struct sotto_aead_job {
	const struct sotto_key *key;
	const uint8_t *aad;
	uint8_t *data;
	uint32_t aad_len;
	uint32_t len;
	uint8_t iv[SOTTO_GCM_IV_LEN];
	uint8_t tag[SOTTO_GCM_TAG_LEN];
};

enum sotto_aead_direction {
	SOTTO_AEAD_SEAL,
	SOTTO_AEAD_OPEN,
};

/*
 * A backend. Functions marked slow may allocate and are called by control threads; the burst
 * functions never block and are called by the thread that owns the instance. They do not allocate
 * either, but for openssl, whose HMAC does so inside OpenSSL 3.
 */
struct sotto_crypto_backend {
	const char *name;         /* "ref", "openssl", "ipsecmb" */
	const char *const *tiers; /* instruction-set tiers by name, best first, NULL at the end */

	/*
	 * Slow. Makes an instance in *out. tier is one of tiers or NULL for the best that this
	 * processor runs. 0; -EINVAL unknown tier; -ENOTSUP tier not on this processor, or an
	 * algorithm missing; -EIO the library failed its own self-test; -ENOMEM. The first thread
	 * that runs a burst owns the instance: debug builds assert it where it matters.
	 */
	int (*create)(const char *tier, struct sotto_crypto **out);
	/* Slow. Wipes and frees the instance; NULL is allowed. */
	void (*destroy)(struct sotto_crypto *crypto);
	/* The tier in use and the library's version, for people to read. */
	const char *(*describe)(const struct sotto_crypto *crypto);

	/* Bytes of expanded material, a multiple of 16; 0 = not supported by this backend. */
	size_t (*cipher_size)(enum sotto_cipher cipher);
	size_t (*auth_size)(enum sotto_auth auth);

	/*
	 * Slow. Expands a session key into out (cipher_size or auth_size bytes, 16-aligned).
	 * Authentication keys have 1 to SOTTO_AUTH_KEY_MAX bytes. 0, or negative errno with out
	 * zeroed. The material stays where it was expanded, and is good for instances of the same
	 * tier only: what is precomputed for GCM differs between them.
	 */
	int (*cipher_expand)(struct sotto_crypto *crypto, enum sotto_cipher cipher,
		const uint8_t *key, void *out);
	int (*auth_expand)(struct sotto_crypto *crypto, enum sotto_auth auth, const uint8_t *key,
		size_t len, void *out);
	/* Slow. Lets go of what expanded material points to; NULL when it is plain bytes. */
	void (*cipher_release)(enum sotto_cipher cipher, void *material);
	void (*auth_release)(enum sotto_auth auth, void *material);

	/*
	 * Run n jobs (0 to SOTTO_BURST) to the end before returning. All keys are of this backend;
	 * ciphers may be mixed, but AEAD ciphers go to aead_burst only, and all others to
	 * cipher_burst. 0, or -EIO when any job was not done: then no output may be used.
	 */
	int (*cipher_burst)(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n);
	int (*auth_burst)(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n);
	int (*aead_burst)(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
		enum sotto_aead_direction direction);
};

/* Bytes of a session encryption key of that cipher; 0 for none. */
size_t sotto_crypto_cipher_key_len(enum sotto_cipher cipher);

#endif
