/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The OpenSSL 3 backend, through EVP: second opinion and fallback. Expanded material is one
 * pointer, to a context that was made with the key; a packet only restarts it with a new IV or a
 * new message.
 *
 * Lifetime: a context holds references of its own to the algorithms, so a key may outlive the
 * instance that expanded it, and may be used by another instance. Restarting changes the context,
 * which is why a key is used by one thread at a time.
 *
 * AEAD: EVP tells the tag of what it encrypts only; of what it decrypts it compares the tag itself
 * and keeps it. The contract wants the computed tag, so a job is opened by decrypting it without
 * ever asking EVP to finish, and encrypting the plaintext once more, in pieces, to a scratch buffer
 * that is thrown away: that gives the tag. Opening costs twice what sealing does.
 *
 * Memory: the counter-mode and AEAD paths do not allocate. HMAC does, inside OpenSSL 3.0: two
 * digest contexts are duplicated, and two freed, per packet. EVP_MD_CTX_copy_ex, the other way to
 * start from precomputed states, allocates as well.
 */
#include "drivers/crypto/drivers.h"

#include "base/secret.h"
#include "drivers/crypto/common.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define SCRATCH_LEN 2048 /* bytes, whole blocks: a packet in one piece */

struct instance {
	struct sotto_crypto base; /* first: the contract's head */
	EVP_CIPHER *ciphers[SOTTO_CIPHERS];
	EVP_MAC *hmac;
	char description[SOTTO_DESCRIBE_MAX];
};

/* Material of a cipher and of a MAC: a pointer, padded to a multiple of 16. */
union material {
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac;
	uint8_t size[16];
};

static const char *const tiers[] = {"evp", NULL};

static const char *const cipher_names[SOTTO_CIPHERS] = {
	[SOTTO_CIPHER_AES_CM_128] = "AES-128-CTR",
	[SOTTO_CIPHER_AES_CM_192] = "AES-192-CTR",
	[SOTTO_CIPHER_AES_CM_256] = "AES-256-CTR",
	[SOTTO_CIPHER_AES_GCM_128] = "AES-128-GCM",
	[SOTTO_CIPHER_AES_GCM_256] = "AES-256-GCM",
};

static void openssl_destroy(struct sotto_crypto *crypto)
{
	struct instance *self = (struct instance *)crypto;

	if (!self)
		return;
	for (unsigned i = 0; i < SOTTO_CIPHERS; i++)
		EVP_CIPHER_free(self->ciphers[i]);
	EVP_MAC_free(self->hmac);
	sotto_base_wipe(self, sizeof(*self));
	free(self);
}

/* Looks the algorithms up once; -ENOTSUP when the loaded providers lack one. */
static int fetch(struct instance *self)
{
	for (unsigned i = 0; i < SOTTO_CIPHERS; i++) {
		if (!cipher_names[i])
			continue;
		self->ciphers[i] = EVP_CIPHER_fetch(NULL, cipher_names[i], NULL);
		if (!self->ciphers[i])
			return -ENOTSUP;
	}
	self->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	return self->hmac ? 0 : -ENOTSUP;
}

static int openssl_create(const char *tier, struct sotto_crypto **out)
{
	struct instance *self;
	int rc;

	if (tier && sotto_driver_tier_index(tiers, tier) < 0)
		return -EINVAL;
	self = calloc(1, sizeof(*self));
	if (!self)
		return -ENOMEM;
	self->base.backend = &sotto_crypto_openssl;
	snprintf(self->description, sizeof(self->description), "%s, tier %s",
		OpenSSL_version(OPENSSL_VERSION), tiers[0]);
	rc = fetch(self);
	if (rc != 0) {
		ERR_clear_error();
		openssl_destroy(&self->base);
		return rc;
	}
	*out = &self->base;
	return 0;
}

static const char *openssl_describe(const struct sotto_crypto *crypto)
{
	return ((const struct instance *)crypto)->description;
}

static size_t openssl_cipher_size(enum sotto_cipher cipher)
{
	return sotto_crypto_cipher_key_len(cipher) ? sizeof(union material) : 0;
}

static size_t openssl_auth_size(enum sotto_auth auth)
{
	return auth == SOTTO_AUTH_HMAC_SHA1 ? sizeof(union material) : 0;
}

static void openssl_cipher_release(enum sotto_cipher cipher, void *material)
{
	union material *m = material;

	(void)cipher;
	EVP_CIPHER_CTX_free(m->cipher);
	m->cipher = NULL;
}

static void openssl_auth_release(enum sotto_auth auth, void *material)
{
	union material *m = material;

	(void)auth;
	EVP_MAC_CTX_free(m->mac);
	m->mac = NULL;
}

/* Drops what OpenSSL noted about a failure: its queue would wait in this thread for another. */
static int failed(int rc)
{
	ERR_clear_error();
	return rc;
}

static int openssl_cipher_expand(
	struct sotto_crypto *crypto, enum sotto_cipher cipher, const uint8_t *key, void *out)
{
	static const uint8_t no_iv[SOTTO_AES_BLOCK];
	struct instance *self = (struct instance *)crypto;
	union material *m = out;

	if (openssl_cipher_size(cipher) == 0)
		return -ENOTSUP;
	memset(m, 0, sizeof(*m));
	m->cipher = EVP_CIPHER_CTX_new();
	if (!m->cipher)
		return failed(-ENOMEM);
	if (EVP_EncryptInit_ex2(m->cipher, self->ciphers[cipher], key, no_iv, NULL) != 1) {
		openssl_cipher_release(cipher, m);
		return failed(-EIO);
	}
	return 0;
}

static int openssl_auth_expand(struct sotto_crypto *crypto, enum sotto_auth auth,
	const uint8_t *key, size_t len, void *out)
{
	char digest[] = "SHA1"; /* OSSL_PARAM takes no const string */
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	struct instance *self = (struct instance *)crypto;
	union material *m = out;

	if (openssl_auth_size(auth) == 0)
		return -ENOTSUP;
	memset(m, 0, sizeof(*m));
	if (!sotto_driver_auth_key_fits(auth, len))
		return -EINVAL;
	m->mac = EVP_MAC_CTX_new(self->hmac);
	if (!m->mac)
		return failed(-ENOMEM);
	if (EVP_MAC_init(m->mac, key, len, params) != 1) {
		openssl_auth_release(auth, m);
		return failed(-EIO);
	}
	return 0;
}

static bool crypt_one(struct sotto_cipher_job *job)
{
	const union material *m = sotto_crypto_key_cipher(job->key);
	int done = 0;

	return EVP_EncryptInit_ex2(m->cipher, NULL, NULL, job->iv, NULL) == 1 &&
	       EVP_EncryptUpdate(m->cipher, job->data, &done, job->data, (int)job->len) == 1 &&
	       done == (int)job->len;
}

static bool authenticate_one(struct sotto_auth_job *job)
{
	const union material *m = sotto_crypto_key_auth(job->key);
	size_t done = 0;

	return EVP_MAC_init(m->mac, NULL, 0, NULL) == 1 &&
	       EVP_MAC_update(m->mac, job->data, job->len) == 1 &&
	       EVP_MAC_final(m->mac, job->tag, &done, sizeof(job->tag)) == 1 &&
	       done == sizeof(job->tag);
}

/* The job's data decrypted, with its tag neither known nor compared. */
static bool decrypt(EVP_CIPHER_CTX *ctx, struct sotto_aead_job *job)
{
	int done = 0;

	if (job->len == 0)
		return true;
	return EVP_DecryptInit_ex2(ctx, NULL, NULL, job->iv, NULL) == 1 &&
	       EVP_DecryptUpdate(ctx, job->data, &done, job->data, (int)job->len) == 1 &&
	       done == (int)job->len;
}

/* Starts an encryption with the job's IV and authenticates what is not encrypted. */
static bool begin_sealing(EVP_CIPHER_CTX *ctx, const struct sotto_aead_job *job)
{
	int done = 0;

	return EVP_EncryptInit_ex2(ctx, NULL, NULL, job->iv, NULL) == 1 &&
	       EVP_EncryptUpdate(ctx, NULL, &done, job->aad, (int)job->aad_len) == 1;
}

static bool encrypt_in_place(EVP_CIPHER_CTX *ctx, struct sotto_aead_job *job)
{
	int done = 0;

	if (job->len == 0)
		return true;
	return EVP_EncryptUpdate(ctx, job->data, &done, job->data, (int)job->len) == 1 &&
	       done == (int)job->len;
}

/* Encrypts the job's data for the tag alone; what comes out is the ciphertext that came in. */
static bool encrypt_to_nowhere(EVP_CIPHER_CTX *ctx, const struct sotto_aead_job *job)
{
	uint8_t scratch[SCRATCH_LEN];

	for (uint32_t at = 0; at < job->len; at += SCRATCH_LEN) {
		uint32_t left = job->len - at;
		int piece = left < SCRATCH_LEN ? (int)left : SCRATCH_LEN;
		int done = 0;

		if (EVP_EncryptUpdate(ctx, scratch, &done, job->data + at, piece) != 1 ||
			done != piece)
			return false;
	}
	return true;
}

static bool take_tag(EVP_CIPHER_CTX *ctx, struct sotto_aead_job *job)
{
	uint8_t nothing[SOTTO_AES_BLOCK]; /* GCM is a stream: no bytes are left for the end */
	int done = 0;

	return EVP_EncryptFinal_ex(ctx, nothing, &done) == 1 && done == 0 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, sizeof(job->tag), job->tag) == 1;
}

static bool seal_one(struct sotto_aead_job *job)
{
	const union material *m = sotto_crypto_key_cipher(job->key);

	return begin_sealing(m->cipher, job) && encrypt_in_place(m->cipher, job) &&
	       take_tag(m->cipher, job);
}

static bool open_one(struct sotto_aead_job *job)
{
	const union material *m = sotto_crypto_key_cipher(job->key);

	return decrypt(m->cipher, job) && begin_sealing(m->cipher, job) &&
	       encrypt_to_nowhere(m->cipher, job) && take_tag(m->cipher, job);
}

static int openssl_cipher_burst(
	struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	assert(n <= SOTTO_BURST);
	for (unsigned i = 0; i < n; i++) {
		sotto_driver_assert_cipher_job(crypto, &jobs[i]);
		if (sotto_unlikely(!crypt_one(&jobs[i])))
			return failed(-EIO);
	}
	return 0;
}

static int openssl_auth_burst(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	assert(n <= SOTTO_BURST);
	for (unsigned i = 0; i < n; i++) {
		sotto_driver_assert_auth_job(crypto, &jobs[i]);
		if (sotto_unlikely(!authenticate_one(&jobs[i])))
			return failed(-EIO);
	}
	return 0;
}

static int openssl_aead_burst(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	assert(n <= SOTTO_BURST);
	for (unsigned i = 0; i < n; i++) {
		bool done;

		sotto_driver_assert_aead_job(crypto, &jobs[i]);
		done = direction == SOTTO_AEAD_SEAL ? seal_one(&jobs[i]) : open_one(&jobs[i]);
		if (sotto_unlikely(!done))
			return failed(-EIO);
	}
	return 0;
}

const struct sotto_crypto_backend sotto_crypto_openssl = {
	.name = "openssl",
	.tiers = tiers,
	.create = openssl_create,
	.destroy = openssl_destroy,
	.describe = openssl_describe,
	.cipher_size = openssl_cipher_size,
	.auth_size = openssl_auth_size,
	.cipher_expand = openssl_cipher_expand,
	.auth_expand = openssl_auth_expand,
	.cipher_release = openssl_cipher_release,
	.auth_release = openssl_auth_release,
	.cipher_burst = openssl_cipher_burst,
	.auth_burst = openssl_auth_burst,
	.aead_burst = openssl_aead_burst,
};
