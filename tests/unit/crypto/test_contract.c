/* SPDX-License-Identifier: BSD-3-Clause */
/* What crypto/crypto.h promises of every backend beside right answers: errors and refusals. */
#include "tests/unit/crypto/support.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

START_TEST(backends_are_found_by_name)
{
	ck_assert_ptr_eq(sotto_crypto_backend_by_name("ref"), &sotto_crypto_ref);
	ck_assert_ptr_eq(sotto_crypto_backend_by_name("openssl"), &sotto_crypto_openssl);
	ck_assert_ptr_eq(sotto_crypto_backend_by_name("ipsecmb"), &sotto_crypto_ipsecmb);
	ck_assert_ptr_null(sotto_crypto_backend_by_name("ipsec"));
	ck_assert_ptr_null(sotto_crypto_backend_by_name(""));
	ck_assert_ptr_eq(sotto_crypto_backends[0], &sotto_crypto_ipsecmb);
	ck_assert_ptr_null(sotto_crypto_backends[3]);
}
END_TEST

START_TEST(an_unknown_tier_is_invalid)
{
	struct sotto_crypto untouched;

	for (unsigned i = 0; sotto_crypto_backends[i]; i++) {
		struct sotto_crypto *crypto = &untouched;

		ck_assert_int_eq(sotto_crypto_backends[i]->create("avx1024", &crypto), -EINVAL);
		ck_assert_int_eq(sotto_crypto_backends[i]->create("", &crypto), -EINVAL);
		ck_assert_ptr_eq(crypto, &untouched);
	}
}
END_TEST

/* Without a tier the first of the list that this processor runs is taken. */
START_TEST(the_best_tier_is_the_default)
{
	for (unsigned i = 0; sotto_crypto_backends[i]; i++) {
		const struct sotto_crypto_backend *backend = sotto_crypto_backends[i];
		struct sotto_crypto *best = open_best(backend);
		struct sotto_crypto *named = NULL;
		const char *const *tier = backend->tiers;

		while (*tier && backend->create(*tier, &named) == -ENOTSUP)
			tier++;
		ck_assert_ptr_nonnull(named);
		ck_assert_str_eq(backend->describe(best), backend->describe(named));
		ck_assert_ptr_nonnull(strstr(backend->describe(best), *tier));
		backend->destroy(best);
		backend->destroy(named);
	}
}
END_TEST

START_TEST(ipsecmb_tells_whether_it_clears_its_registers)
{
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ipsecmb);

	ck_assert_ptr_nonnull(strstr(crypto->backend->describe(crypto), "safe data "));
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(destroying_nothing_is_allowed)
{
	for (unsigned i = 0; sotto_crypto_backends[i]; i++)
		sotto_crypto_backends[i]->destroy(NULL);
}
END_TEST

START_TEST(an_empty_burst_is_no_work)
{
	struct sotto_crypto *crypto = target_open(_i);

	if (!crypto)
		return;
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, NULL, 0), 0);
	ck_assert_int_eq(crypto->backend->auth_burst(crypto, NULL, 0), 0);
	ck_assert_int_eq(crypto->backend->aead_burst(crypto, NULL, 0, SOTTO_AEAD_SEAL), 0);
	ck_assert_int_eq(crypto->backend->aead_burst(crypto, NULL, 0, SOTTO_AEAD_OPEN), 0);
	crypto->backend->destroy(crypto);
}
END_TEST

/*
 * RFC 2202, case 5: the tag and its cut form of 12 bytes. The tags of 10 and 4 bytes of RFC 3711
 * are the front of it too, and the whole is there although the suites never ask for it.
 */
START_TEST(cr_01_the_whole_tag_is_made_and_its_front_is_the_cut_one)
{
	static const uint8_t cut_12[] = {
		0x4c, 0x1a, 0x03, 0x42, 0x4b, 0x55, 0xe0, 0x7f, 0xe7, 0xf2, 0x7b, 0xe1};
	static const uint8_t rest[] = {0xd5, 0x8b, 0xb9, 0x32, 0x4a, 0x9a, 0x5a, 0x04};
	static const uint8_t text[] = "Test With Truncation";
	struct sotto_session_keys from = {.auth = SOTTO_AUTH_HMAC_SHA1, .auth_key_len = 20};
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t tag[SOTTO_SHA1_LEN] = {0};
	struct sotto_key *key;

	if (!crypto)
		return;
	memset(from.auth_key, 0x0c, 20);
	for (uint8_t tag_len = 4; tag_len <= 10; tag_len += 6) {
		from.tag_len = tag_len;
		key = key_make(crypto, &from);
		ck_assert_uint_eq(key->tag_len, tag_len);
		ck_assert_int_eq(authenticate_one(crypto, key, text, sizeof(text) - 1, tag), 0);
		ck_assert_mem_eq(tag, cut_12, sizeof(cut_12));
		ck_assert_mem_eq(tag + sizeof(cut_12), rest, sizeof(rest));
		key_drop(key);
	}
	crypto->backend->destroy(crypto);
}
END_TEST

/* ipsec-mb takes at most 65,534 bytes to authenticate; more must not look done. */
START_TEST(cr_01_a_job_that_the_library_refuses_is_an_error)
{
	const uint32_t most = 65534;
	uint64_t random = 1;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_NONE, SOTTO_AUTH_HMAC_SHA1);
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ipsecmb);
	struct sotto_crypto *judge = open_best(&sotto_crypto_ref);
	struct sotto_key *key = key_make(crypto, &from);
	struct sotto_key *judge_key = key_make(judge, &from);
	uint8_t tag[SOTTO_SHA1_LEN] = {0}, want[SOTTO_SHA1_LEN] = {0}, zeros[SOTTO_SHA1_LEN] = {0};
	uint8_t *data = calloc(1, most + 1);

	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(authenticate_one(crypto, key, data, most + 1, tag), -EIO);
	ck_assert_mem_eq(tag, zeros, sizeof(tag));
	/* and the instance goes on working */
	ck_assert_int_eq(authenticate_one(crypto, key, data, most, tag), 0);
	ck_assert_int_eq(authenticate_one(judge, judge_key, data, most, want), 0);
	ck_assert_mem_eq(tag, want, sizeof(tag));
	free(data);
	key_drop(key);
	key_drop(judge_key);
	crypto->backend->destroy(crypto);
	judge->backend->destroy(judge);
}
END_TEST

#ifndef NDEBUG

/* A job of no bytes breaks the contract: a debug build stops. */
START_TEST(cr_02_an_empty_cipher_job_is_a_programmers_error)
{
	uint64_t random = 2;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_NONE);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t data[1] = {0}, iv[SOTTO_AES_BLOCK] = {0};

	if (!crypto)
		raise(SIGABRT);
	else
		crypt_one(crypto, key_make(crypto, &from), iv, data, 0);
}
END_TEST

START_TEST(an_empty_message_is_a_programmers_error)
{
	uint64_t random = 2;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_NONE, SOTTO_AUTH_HMAC_SHA1);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t data[1] = {0}, tag[SOTTO_SHA1_LEN] = {0};

	if (!crypto)
		raise(SIGABRT);
	else
		authenticate_one(crypto, key_make(crypto, &from), data, 0, tag);
}
END_TEST

static void *burst_of_none(void *arg)
{
	struct sotto_crypto *crypto = arg;

	crypto->backend->auth_burst(crypto, NULL, 0);
	return NULL;
}

START_TEST(cr_05_a_second_thread_on_one_instance_is_stopped)
{
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ipsecmb);
	pthread_t thread;

	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, NULL, 0), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, burst_of_none, crypto), 0);
	pthread_join(thread, NULL);
}
END_TEST

static void add_debug_tests(TCase *tests)
{
	tcase_add_loop_test_raise_signal(
		tests, cr_02_an_empty_cipher_job_is_a_programmers_error, SIGABRT, 0, targets());
	tcase_add_loop_test_raise_signal(
		tests, an_empty_message_is_a_programmers_error, SIGABRT, 0, targets());
	tcase_add_test_raise_signal(
		tests, cr_05_a_second_thread_on_one_instance_is_stopped, SIGABRT);
}

#else

/* A release build has no assertions, but ipsec-mb checks for itself: still no false success. */
START_TEST(cr_02_an_empty_cipher_job_is_refused_by_ipsecmb)
{
	uint64_t random = 2;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_HMAC_SHA1);
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ipsecmb);
	struct sotto_key *key = key_make(crypto, &from);
	uint8_t data[1] = {0}, iv[SOTTO_AES_BLOCK] = {0}, tag[SOTTO_SHA1_LEN] = {0};

	ck_assert_int_eq(crypt_one(crypto, key, iv, data, 0), -EIO);
	ck_assert_int_eq(authenticate_one(crypto, key, data, 0, tag), -EIO);
	key_drop(key);
	crypto->backend->destroy(crypto);
}
END_TEST

static void add_debug_tests(TCase *tests)
{
	tcase_add_test(tests, cr_02_an_empty_cipher_job_is_refused_by_ipsecmb);
}

#endif

TCase *contract_tests(void)
{
	TCase *tests = tcase_create("contract");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, backends_are_found_by_name);
	tcase_add_test(tests, an_unknown_tier_is_invalid);
	tcase_add_test(tests, the_best_tier_is_the_default);
	tcase_add_test(tests, ipsecmb_tells_whether_it_clears_its_registers);
	tcase_add_test(tests, destroying_nothing_is_allowed);
	tcase_add_loop_test(tests, an_empty_burst_is_no_work, 0, targets());
	tcase_add_loop_test(
		tests, cr_01_the_whole_tag_is_made_and_its_front_is_the_cut_one, 0, targets());
	tcase_add_test(tests, cr_01_a_job_that_the_library_refuses_is_an_error);
	add_debug_tests(tests);
	return tests;
}
