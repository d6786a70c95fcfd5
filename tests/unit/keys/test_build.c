/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a master to the two ready keys: the same packets come out of every backend and tier in every
 * mode, and every failure leaves zeroes.
 */
#include "unit.h"

#include "breakable.h"
#include "each_crypto.h"
#include "masters.h"
#include "pair.h"

#include <errno.h>
#include <string.h>

static void check_same(const struct pair *a, const struct pair *b)
{
	for (int i = 0; i < 2; i++) {
		struct output one, two;

		ck_assert_mem_eq(a->key[i]->iv, b->key[i]->iv, SOTTO_AES_BLOCK);
		ck_assert_uint_eq(a->key[i]->tag_len, b->key[i]->tag_len);
		ck_assert_uint_eq(a->key[i]->flags, b->key[i]->flags);
		pair_use(a->crypto, a->key[i], &one);
		pair_use(b->crypto, b->key[i], &two);
		ck_assert_mem_eq(&one, &two, sizeof(one));
	}
}

/* One master with all modes that its suite can have. */
static void check_modes(struct sotto_crypto *crypto, struct sotto_crypto *judge, unsigned s)
{
	const struct sotto_suite *suite = sotto_keys_suite_at(s);

	for (unsigned modes = 0; modes < 32; modes += 4) {
		struct sotto_master master = any_master(suite, s + 10);
		struct pair got, want;

		master.modes = (sotto_modes)modes;
		if (!pair_modes_fit(suite, master.modes))
			continue;
		pair_build(&got, crypto, &master);
		pair_build(&want, judge, &master);
		check_same(&got, &want);
		pair_free(&got);
		pair_free(&want);
	}
}

START_TEST(keys_of_every_backend_do_the_same)
{
	struct sotto_crypto *crypto = crypto_open(_i), *judge = crypto_open_judge();

	for (unsigned s = 0; crypto && sotto_keys_suite_at(s) != NULL; s++)
		check_modes(crypto, judge, s);
	if (crypto)
		crypto->backend->destroy(crypto);
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(every_backend_has_every_suite)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	const struct sotto_suite *suite;

	for (unsigned s = 0; crypto && (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		size_t size = sotto_keys_size(crypto->backend, suite);

		ck_assert_msg(size > 0, "%s lacks %s", crypto->backend->name, suite->name);
		ck_assert_uint_eq(size % SOTTO_CACHE_LINE, 0);
		ck_assert_uint_gt(sotto_keys_header_size(crypto->backend, suite), 0);
	}
	if (crypto)
		crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(rc10_tag_lengths_are_those_of_the_suite)
{
	struct sotto_crypto *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (unsigned s = 0; (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		struct sotto_master master = any_master(suite, 1);
		struct pair pair;

		pair_build(&pair, judge, &master);
		ck_assert_uint_eq(pair.key[0]->tag_len, suite->tag_len);
		ck_assert_uint_eq(pair.key[1]->tag_len, suite->rtcp_tag_len);
		pair_free(&pair);
	}
	judge->backend->destroy(judge);
}
END_TEST

/* The salt stands in the IV, shifted left by 16 bits (RFC 3711, 4.1.1), or as 12 bytes. */
START_TEST(iv_is_the_derived_salt)
{
	static const enum sotto_label labels[2] = {SOTTO_LABEL_RTP_SALT, SOTTO_LABEL_RTCP_SALT};
	struct sotto_crypto *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (unsigned s = 0; (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		struct sotto_master master = any_master(suite, 2);
		struct pair pair;

		pair_build(&pair, judge, &master);
		for (int i = 0; i < 2; i++) {
			uint8_t iv[16] = {0};

			ck_assert_int_eq(
				sotto_keys_derive(judge, &master, labels[i], iv, suite->salt_len),
				0);
			ck_assert_mem_eq(pair.key[i]->iv, iv, 16);
		}
		pair_free(&pair);
	}
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(srtp_and_srtcp_keys_differ)
{
	struct sotto_crypto *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (unsigned s = 0; (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		struct sotto_master master = any_master(suite, 3);
		struct output out[2];
		struct pair pair;

		pair_build(&pair, judge, &master);
		pair_use(judge, pair.key[0], &out[0]);
		pair_use(judge, pair.key[1], &out[1]);
		if (suite->cipher != SOTTO_CIPHER_NONE)
			ck_assert_mem_ne(out[0].text, out[1].text, sizeof(out[0].text));
		ck_assert_mem_ne(out[0].tag, out[1].tag, SOTTO_GCM_TAG_LEN);
		pair_free(&pair);
	}
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(building_leaves_the_master_alone)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = any_master(sotto_keys_suite_at(0), 0), before = master;
	struct pair pair;

	pair_build(&pair, judge, &master);
	ck_assert_mem_eq(&master, &before, sizeof(master));
	pair_free(&pair);
	judge->backend->destroy(judge);
}
END_TEST

/* One build whose call number n fails; returns whether it got that far. */
static bool build_failing_at(struct pair *pair, const struct sotto_master *master, unsigned n)
{
	int rc;

	breakable = (struct breakable){.fail_at = n, .error = -EIO};
	memset(pair->key[0], 0xee, pair->size);
	memset(pair->key[1], 0xee, pair->size);
	rc = sotto_keys_build(pair->crypto, master, pair->key[0], pair->key[1]);
	if (breakable.calls < n)
		return false;
	ck_assert_int_eq(rc, -EIO);
	ck_assert_uint_eq(breakable.released, breakable.expanded);
	ck_assert_msg(
		pair_is_zero(pair->key[0], pair->size), "SRTP key after failure of call %u", n);
	ck_assert_msg(
		pair_is_zero(pair->key[1], pair->size), "SRTCP key after failure of call %u", n);
	return true;
}

/* How many calls it takes: for each derivation two, for each part of a key one. */
static const struct {
	const char *suite;
	sotto_modes modes;
	unsigned calls;
} failing[] = {
	{"AES_CM_128_HMAC_SHA1_80", 0, 16},
	{"AES_256_CM_HMAC_SHA1_32", 0, 16},
	{"AEAD_AES_128_GCM", 0, 10},
	{"AEAD_AES_256_GCM", SOTTO_CONSENT_UNENCRYPTED_SRTCP, 10},
	{"NULL_HMAC_SHA1_80", 0, 10},
	{"AES_CM_128_HMAC_SHA1_80", SOTTO_CONSENT_UNENCRYPTED_SRTP, 13},
	{"AES_CM_128_HMAC_SHA1_80", SOTTO_CONSENT_UNAUTHENTICATED_SRTP, 13},
	{"AES_CM_128_HMAC_SHA1_80", SOTTO_CONSENT_UNENCRYPTED_SRTCP, 13},
};

START_TEST(mh11_every_failing_call_leaves_both_keys_zeroed)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_master master = any_master(suite_named(failing[_i].suite), 0);
	struct pair pair;
	unsigned n = 1;

	master.modes = failing[_i].modes;
	pair_alloc(&pair, crypto, master.suite);
	while (build_failing_at(&pair, &master, n))
		n++;
	ck_assert_uint_eq(n - 1, failing[_i].calls);
	pair_free(&pair);
	breakable_close(crypto);
}
END_TEST

/* Of a suite of counter mode, of an AEAD, and of one that only derives with a cipher. */
START_TEST(suite_that_the_backend_lacks_leaves_both_keys_untouched)
{
	static const char *const suites[] = {
		"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM", "NULL_HMAC_SHA1_80"};
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_master master = any_master(suite_named(suites[_i % 3]), 0);
	uint8_t before[64];
	struct pair pair;

	memset(before, 0xee, sizeof(before));
	pair_alloc(&pair, crypto, master.suite);
	breakable = (struct breakable){.lacks_cipher = _i < 3, .lacks_auth = _i >= 3};
	memcpy(pair.key[0], before, sizeof(before));
	memcpy(pair.key[1], before, sizeof(before));
	ck_assert_uint_eq(sotto_keys_size(crypto->backend, master.suite), 0);
	ck_assert_int_eq(sotto_keys_build(crypto, &master, pair.key[0], pair.key[1]), -ENOTSUP);
	ck_assert_mem_eq(pair.key[0], before, sizeof(before));
	ck_assert_mem_eq(pair.key[1], before, sizeof(before));
	free(pair.key[0]);
	free(pair.key[1]);
	breakable_close(crypto);
}
END_TEST

START_TEST(mh11_failing_derivation_leaves_zeroes)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_master master = any_master(sotto_keys_suite_at(0), 0);
	uint8_t out[33];

	for (unsigned n = 1; n <= 2; n++) {
		breakable = (struct breakable){.fail_at = n, .error = -EIO};
		memset(out, 0xee, sizeof(out));
		ck_assert_int_eq(
			sotto_keys_derive(crypto, &master, SOTTO_LABEL_RTP_AUTH, out, 32), -EIO);
		ck_assert(pair_is_zero(out, 32));
		ck_assert_uint_eq(out[32], 0xee);
		ck_assert_uint_eq(breakable.released, breakable.expanded);
	}
	breakable_close(crypto);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/build");
	TCase *tc = tcase_create("build");
	int pairs = crypto_pairs();

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, keys_of_every_backend_do_the_same, 0, pairs);
	tcase_add_loop_test(tc, every_backend_has_every_suite, 0, pairs);
	tcase_add_test(tc, rc10_tag_lengths_are_those_of_the_suite);
	tcase_add_test(tc, iv_is_the_derived_salt);
	tcase_add_test(tc, srtp_and_srtcp_keys_differ);
	tcase_add_test(tc, building_leaves_the_master_alone);
	tcase_add_loop_test(tc, mh11_every_failing_call_leaves_both_keys_zeroed, 0,
		(int)(sizeof(failing) / sizeof(failing[0])));
	/* all three lack the cipher, the first also its authentication */
	tcase_add_loop_test(tc, suite_that_the_backend_lacks_leaves_both_keys_untouched, 0, 4);
	tcase_add_test(tc, mh11_failing_derivation_leaves_zeroes);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
