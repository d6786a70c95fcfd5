/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared by the tests of the crypto backends, and their main(). */
#include "tests/unit/crypto/support.h"

#include <stdio.h>
#include <string.h>

int targets(void)
{
	int count = 0;

	for (unsigned b = 0; sotto_crypto_backends[b]; b++)
		for (unsigned t = 0; sotto_crypto_backends[b]->tiers[t]; t++)
			count++;
	return count;
}

static struct sotto_crypto *open_tier(const struct sotto_crypto_backend *backend, const char *tier)
{
	struct sotto_crypto *crypto = NULL;
	int rc = backend->create(tier, &crypto);

	if (rc == -ENOTSUP) {
		printf("skipped: this processor does not run %s %s\n", backend->name, tier);
		fflush(stdout);
		return NULL;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_ptr_nonnull(crypto);
	ck_assert_ptr_eq(crypto->backend, backend);
	return crypto;
}

struct sotto_crypto *target_open(int i)
{
	for (unsigned b = 0; sotto_crypto_backends[b]; b++)
		for (unsigned t = 0; sotto_crypto_backends[b]->tiers[t]; t++)
			if (i-- == 0)
				return open_tier(sotto_crypto_backends[b],
					sotto_crypto_backends[b]->tiers[t]);
	ck_abort_msg("no such target");
	return NULL;
}

struct sotto_crypto *open_best(const struct sotto_crypto_backend *backend)
{
	struct sotto_crypto *crypto = NULL;

	ck_assert_int_eq(backend->create(NULL, &crypto), 0);
	return crypto;
}

struct sotto_crypto *open_judge(const struct sotto_crypto_backend *tested)
{
	return open_best(tested == &sotto_crypto_ref ? &sotto_crypto_openssl : &sotto_crypto_ref);
}

uint32_t random_next(uint64_t *state)
{
	/* a linear congruential generator modulo 2^64; its upper half is good enough here */
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 32);
}

void random_fill(uint64_t *state, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)random_next(state);
}

struct sotto_session_keys session_keys(
	uint64_t *state, enum sotto_cipher cipher, enum sotto_auth auth)
{
	struct sotto_session_keys keys = {.cipher = cipher, .auth = auth};
	bool aead = cipher < SOTTO_CIPHERS && sotto_crypto_is_aead(cipher);

	keys.tag_len = aead ? SOTTO_GCM_TAG_LEN : 10;
	keys.auth_key_len = auth == SOTTO_AUTH_NONE ? 0 : SOTTO_AUTH_KEY_MAX;
	keys.salt_len = aead ? SOTTO_GCM_IV_LEN : sizeof(keys.salt);
	random_fill(state, keys.cipher_key, sizeof(keys.cipher_key));
	random_fill(state, keys.auth_key, sizeof(keys.auth_key));
	random_fill(state, keys.salt, sizeof(keys.salt));
	return keys;
}

struct sotto_key *key_make(struct sotto_crypto *crypto, const struct sotto_session_keys *from)
{
	size_t size = sotto_crypto_key_size(crypto->backend, from->cipher, from->auth);
	struct sotto_key *key;

	ck_assert_uint_ne(size, 0);
	key = aligned_alloc(SOTTO_CACHE_LINE, size);
	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, from, key), 0);
	return key;
}

void key_drop(struct sotto_key *key)
{
	sotto_crypto_key_wipe(key);
	free(key);
}

int crypt_one(struct sotto_crypto *crypto, const struct sotto_key *key, const uint8_t *iv,
	uint8_t *data, uint32_t len)
{
	struct sotto_cipher_job job = {.key = key, .data = data, .len = len};

	memcpy(job.iv, iv, sizeof(job.iv));
	return crypto->backend->cipher_burst(crypto, &job, 1);
}

int authenticate_one(struct sotto_crypto *crypto, const struct sotto_key *key, const uint8_t *data,
	uint32_t len, uint8_t *tag)
{
	struct sotto_auth_job job = {.key = key, .data = data, .len = len};
	int rc;

	memcpy(job.tag, tag, sizeof(job.tag));
	rc = crypto->backend->auth_burst(crypto, &job, 1);
	memcpy(tag, job.tag, sizeof(job.tag));
	return rc;
}

int aead_one(struct sotto_crypto *crypto, struct sotto_aead_job *job,
	enum sotto_aead_direction direction)
{
	return crypto->backend->aead_burst(crypto, job, 1, direction);
}

int main(void)
{
	Suite *suite = suite_create("crypto");

	suite_add_tcase(suite, selftest_tests());
	suite_add_tcase(suite, compare_tests());
	suite_add_tcase(suite, aead_tests());
	suite_add_tcase(suite, aead_tag_tests());
	suite_add_tcase(suite, contract_tests());
	suite_add_tcase(suite, key_tests());
	return sotto_unit_run(suite);
}
