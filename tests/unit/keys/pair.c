/* SPDX-License-Identifier: BSD-3-Clause */
/* The two ready keys of a master, and what they do to a fixed text. */
#include "pair.h"

#include "unit.h"

#include <string.h>

static struct sotto_key *alloc(size_t size)
{
	struct sotto_key *key;

	ck_assert_uint_gt(size, 0);
	key = aligned_alloc(SOTTO_CACHE_LINE, size);
	ck_assert_ptr_nonnull(key);
	memset(key, 0, size);
	return key;
}

void pair_alloc(struct pair *pair, struct sotto_crypto *crypto, const struct sotto_suite *suite)
{
	pair->crypto = crypto;
	pair->size = sotto_keys_size(crypto->backend, suite);
	pair->key[0] = alloc(pair->size);
	pair->key[1] = alloc(pair->size);
}

void pair_build(struct pair *pair, struct sotto_crypto *crypto, const struct sotto_master *master)
{
	pair_alloc(pair, crypto, master->suite);
	ck_assert_int_eq(sotto_keys_build(crypto, master, pair->key[0], pair->key[1]), 0);
}

void pair_free(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		sotto_crypto_key_wipe(pair->key[i]);
		ck_assert(pair_is_zero(pair->key[i], pair->size));
		free(pair->key[i]);
	}
}

static void seal(struct sotto_crypto *crypto, const struct sotto_key *key, struct output *out)
{
	static const uint8_t aad[12] = "twelve bytes";
	struct sotto_aead_job job = {.key = key,
		.aad = aad,
		.aad_len = sizeof(aad),
		.data = out->text,
		.len = key->flags & SOTTO_KEY_PLAIN ? 0 : PAIR_TEXT_LEN};

	memcpy(job.iv, key->iv, sizeof(job.iv));
	ck_assert_int_eq(crypto->backend->aead_burst(crypto, &job, 1, SOTTO_AEAD_SEAL), 0);
	memcpy(out->tag, job.tag, sizeof(job.tag));
}

static void encrypt(struct sotto_crypto *crypto, const struct sotto_key *key, struct output *out)
{
	struct sotto_cipher_job job = {.key = key, .data = out->text, .len = PAIR_TEXT_LEN};

	memcpy(job.iv, key->iv, SOTTO_AES_BLOCK);
	job.iv[5] ^= 0x77;
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, &job, 1), 0);
}

static void authenticate(
	struct sotto_crypto *crypto, const struct sotto_key *key, struct output *out)
{
	struct sotto_auth_job job = {.key = key, .data = out->text, .len = PAIR_TEXT_LEN};

	ck_assert_int_eq(crypto->backend->auth_burst(crypto, &job, 1), 0);
	memcpy(out->tag, job.tag, sizeof(job.tag));
}

void pair_use(struct sotto_crypto *crypto, const struct sotto_key *key, struct output *out)
{
	memset(out, 0, sizeof(*out));
	memset(out->text, 0x61, PAIR_TEXT_LEN);
	if (sotto_crypto_is_aead(key->cipher))
		seal(crypto, key, out);
	else if (key->cipher != SOTTO_CIPHER_NONE)
		encrypt(crypto, key, out);
	if (key->auth != SOTTO_AUTH_NONE)
		authenticate(crypto, key, out);
}

bool pair_modes_fit(const struct sotto_suite *suite, sotto_modes modes)
{
	return !sotto_crypto_is_aead(suite->cipher) ||
	       (modes & ~SOTTO_CONSENT_UNENCRYPTED_SRTCP) == 0;
}

bool pair_is_zero(const void *p, size_t n)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}
