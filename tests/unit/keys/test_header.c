/* SPDX-License-Identifier: BSD-3-Clause */
/* The key for header extensions (RFC 6904) on every backend and tier, and of every suite. */
#include "unit.h"

#include "breakable.h"
#include "each_crypto.h"
#include "masters.h"
#include "pair.h"

#include "base/bytes.h"
#include "tests/vectors/key_derivation.h"

#include <errno.h>
#include <string.h>

#define SSRC 0xcafebabe /* of the vectors */
#define SEQUENCE 0x1234

static struct sotto_key *header_alloc(
	struct sotto_crypto *crypto, const struct sotto_suite *suite, size_t *size)
{
	struct sotto_key *key;

	*size = sotto_keys_header_size(crypto->backend, suite);
	ck_assert_uint_gt(*size, 0);
	key = aligned_alloc(SOTTO_CACHE_LINE, *size);
	ck_assert_ptr_nonnull(key);
	memset(key, 0xee, *size);
	return key;
}

/* The keystream for SSRC and index of the vectors under the header key of a master. */
static void keystream(
	struct sotto_crypto *crypto, const struct sotto_master *master, uint8_t *out, uint32_t len)
{
	size_t size;
	struct sotto_key *key = header_alloc(crypto, master->suite, &size);
	struct sotto_cipher_job job = {.key = key, .data = out, .len = len};
	uint8_t number[4];

	ck_assert_int_eq(sotto_keys_build_header(crypto, master, key), 0);
	ck_assert_uint_eq(key->cipher, master->suite->prf);
	ck_assert_uint_eq(key->auth | key->tag_len | key->flags, 0);
	memset(out, 0, len);
	memcpy(job.iv, key->iv, SOTTO_AES_BLOCK);
	sotto_base_put32(number, SSRC);
	for (int i = 0; i < 4; i++)
		job.iv[4 + i] ^= number[i];
	job.iv[12] ^= SEQUENCE >> 8;
	job.iv[13] ^= SEQUENCE & 0xff;
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, &job, 1), 0);
	sotto_crypto_key_wipe(key);
	ck_assert(pair_is_zero(key, size));
	free(key);
}

START_TEST(rfc6904_a_header_extensions)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	struct sotto_master master = {.suite = sotto_keys_suite_at(0)};
	uint8_t sent[24];

	if (!crypto)
		return;
	memcpy(master.key, key_vectors[0].key, 16); /* RFC 3711, B.3 */
	memcpy(master.salt, key_vectors[0].salt, 14);
	keystream(crypto, &master, sent, sizeof(sent));
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = header_vector_plain[i] ^ (sent[i] & header_vector_mask[i]);
	ck_assert_mem_eq(sent, header_vector_sent, sizeof(sent));
	crypto->backend->destroy(crypto);
}
END_TEST

/* The master key of the AEAD rows of a suite among the vectors. */
static struct sotto_master aead_master(const char *suite)
{
	struct sotto_master master = {.suite = suite_named(suite)};
	size_t i = 0;

	while (strcmp(key_vectors[i].suite, suite) != 0)
		i++;
	memcpy(master.key, key_vectors[i].key, sizeof(master.key));
	memcpy(master.salt, key_vectors[i].salt, sizeof(master.salt));
	return master;
}

START_TEST(aead_suites_do_what_libsrtp2_does)
{
	struct sotto_crypto *crypto = crypto_open(_i);

	for (int v = 0; crypto && v < 2; v++) {
		struct sotto_master master = aead_master(header_vector_aead[v].suite);
		uint8_t out[16];

		keystream(crypto, &master, out, sizeof(out));
		ck_assert_mem_eq(out + 1, header_vector_aead[v].sent, 15);
	}
	if (crypto)
		crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(every_suite_equals_the_judge)
{
	struct sotto_crypto *crypto = crypto_open(_i), *judge = crypto_open_judge();
	const struct sotto_suite *suite;
	uint8_t got[100], want[100];

	for (unsigned s = 0; crypto && (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		struct sotto_master master = any_master(suite, s);

		keystream(crypto, &master, got, sizeof(got));
		keystream(judge, &master, want, sizeof(want));
		ck_assert_mem_eq(got, want, sizeof(got));
	}
	if (crypto)
		crypto->backend->destroy(crypto);
	judge->backend->destroy(judge);
}
END_TEST

/* The null cipher encrypts no payload, but header extensions like AES_CM_128; modes do not count.
 */
START_TEST(null_cipher_and_modes)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = any_master(sotto_keys_suite_at(0), 3);
	uint8_t got[40], want[40];

	keystream(judge, &master, want, sizeof(want));
	master.modes = SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	keystream(judge, &master, got, sizeof(got));
	ck_assert_mem_eq(got, want, sizeof(got));
	master.suite = suite_named("NULL_HMAC_SHA1_80");
	keystream(judge, &master, got, sizeof(got));
	ck_assert_mem_eq(got, want, sizeof(got));
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(mh11_every_failing_call_leaves_the_key_zeroed)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_master master = any_master(suite_named("AEAD_AES_128_GCM"), 0);
	size_t size;
	struct sotto_key *key = header_alloc(crypto, master.suite, &size);

	/* two derivations of two calls each, and the key */
	for (unsigned n = 1; n <= 5; n++) {
		breakable = (struct breakable){.fail_at = n, .error = -EIO};
		memset(key, 0xee, size);
		ck_assert_int_eq(sotto_keys_build_header(crypto, &master, key), -EIO);
		ck_assert_uint_eq(breakable.calls, n);
		ck_assert_uint_eq(breakable.released, breakable.expanded);
		ck_assert(pair_is_zero(key, size));
	}
	breakable = (struct breakable){.fail_at = 6, .error = -EIO};
	ck_assert_int_eq(sotto_keys_build_header(crypto, &master, key), 0);
	sotto_crypto_key_wipe(key);
	breakable = (struct breakable){.lacks_cipher = true};
	ck_assert_uint_eq(sotto_keys_header_size(crypto->backend, master.suite), 0);
	ck_assert_int_eq(sotto_keys_build_header(crypto, &master, key), -ENOTSUP);
	free(key);
	breakable_close(crypto);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/header");
	TCase *tc = tcase_create("header");
	int pairs = crypto_pairs();

	tcase_add_loop_test(tc, rfc6904_a_header_extensions, 0, pairs);
	tcase_add_loop_test(tc, aead_suites_do_what_libsrtp2_does, 0, pairs);
	tcase_add_loop_test(tc, every_suite_equals_the_judge, 0, pairs);
	tcase_add_test(tc, null_cipher_and_modes);
	tcase_add_test(tc, mh11_every_failing_call_leaves_the_key_zeroed);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
