/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of a suite is switched off (RFC 4568, 6.3.2 and 6.3.3; RFC 7714, 9.3 and 13), consents, and
 * the master keys of a keying.
 */
#include "unit.h"

#include "each_crypto.h"
#include "masters.h"
#include "pair.h"

#include <errno.h>
#include <string.h>

#define NO_RTP SOTTO_CONSENT_UNENCRYPTED_SRTP
#define NO_RTCP SOTTO_CONSENT_UNENCRYPTED_SRTCP
#define NO_AUTH SOTTO_CONSENT_UNAUTHENTICATED_SRTP

#define CM SOTTO_CIPHER_AES_CM_128
#define GCM SOTTO_CIPHER_AES_GCM_256
#define NONE SOTTO_CIPHER_NONE
#define SHA1 SOTTO_AUTH_HMAC_SHA1

struct parts {
	enum sotto_cipher cipher;
	enum sotto_auth auth;
	uint8_t tag_len;
	uint8_t flags;
};

static const struct {
	const char *suite;
	sotto_modes modes;
	struct parts key[2]; /* SRTP, SRTCP */
} cases[] = {
	{"AES_CM_128_HMAC_SHA1_32", 0, {{CM, SHA1, 4, 0}, {CM, SHA1, 10, 0}}},
	{"AES_CM_128_HMAC_SHA1_32", NO_RTP, {{NONE, SHA1, 4, 0}, {CM, SHA1, 10, 0}}},
	{"AES_CM_128_HMAC_SHA1_32", NO_RTCP, {{CM, SHA1, 4, 0}, {NONE, SHA1, 10, SOTTO_KEY_CLEAR}}},
	{"AES_CM_128_HMAC_SHA1_32", NO_AUTH, {{CM, SOTTO_AUTH_NONE, 0, 0}, {CM, SHA1, 10, 0}}},
	{"AES_CM_128_HMAC_SHA1_80", NO_RTP | NO_RTCP,
		{{NONE, SHA1, 10, 0}, {NONE, SHA1, 10, SOTTO_KEY_CLEAR}}},
	{"AES_CM_128_HMAC_SHA1_80", NO_RTP | NO_RTCP | NO_AUTH,
		{{NONE, SOTTO_AUTH_NONE, 0, 0}, {NONE, SHA1, 10, SOTTO_KEY_CLEAR}}},
	{"AEAD_AES_256_GCM", 0, {{GCM, SOTTO_AUTH_NONE, 16, 0}, {GCM, SOTTO_AUTH_NONE, 16, 0}}},
	{"AEAD_AES_256_GCM", NO_RTCP,
		{{GCM, SOTTO_AUTH_NONE, 16, 0},
			{GCM, SOTTO_AUTH_NONE, 16, SOTTO_KEY_PLAIN | SOTTO_KEY_CLEAR}}},
	{"NULL_HMAC_SHA1_80", 0, {{NONE, SHA1, 10, 0}, {NONE, SHA1, 10, SOTTO_KEY_ANY_E}}},
	{"NULL_HMAC_SHA1_32", NO_RTP, {{NONE, SHA1, 4, 0}, {NONE, SHA1, 10, SOTTO_KEY_ANY_E}}},
	{"NULL_HMAC_SHA1_80", NO_RTCP,
		{{NONE, SHA1, 10, 0}, {NONE, SHA1, 10, SOTTO_KEY_ANY_E | SOTTO_KEY_CLEAR}}},
};

START_TEST(parts_of_the_keys_in_each_mode)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = any_master(suite_named(cases[_i].suite), 4);
	struct pair pair;

	master.modes = cases[_i].modes;
	pair_build(&pair, judge, &master);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(pair.key[i]->cipher, cases[_i].key[i].cipher);
		ck_assert_uint_eq(pair.key[i]->auth, cases[_i].key[i].auth);
		ck_assert_uint_eq(pair.key[i]->tag_len, cases[_i].key[i].tag_len);
		ck_assert_uint_eq(pair.key[i]->flags, cases[_i].key[i].flags);
	}
	pair_free(&pair);
	judge->backend->destroy(judge);
}
END_TEST

/* What is left on is what it is without the mode: same ciphertext, same authentication key. */
START_TEST(modes_switch_off_and_change_nothing_else)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = any_master(sotto_keys_suite_at(0), 6);
	struct output whole, clear, open, null;
	struct pair pair;

	pair_build(&pair, judge, &master);
	pair_use(judge, pair.key[0], &whole);
	pair_free(&pair);
	master.modes = NO_AUTH;
	pair_build(&pair, judge, &master);
	pair_use(judge, pair.key[0], &open);
	pair_free(&pair);
	master.modes = NO_RTP;
	pair_build(&pair, judge, &master);
	pair_use(judge, pair.key[0], &clear);
	pair_free(&pair);
	master.suite = suite_named("NULL_HMAC_SHA1_80");
	master.modes = 0;
	pair_build(&pair, judge, &master);
	pair_use(judge, pair.key[0], &null);
	pair_free(&pair);
	ck_assert_mem_eq(open.text, whole.text, sizeof(whole.text));
	ck_assert(pair_is_zero(open.tag, sizeof(open.tag)));
	ck_assert_mem_ne(clear.text, whole.text, sizeof(whole.text));
	ck_assert_mem_eq(&clear, &null, sizeof(null));
	judge->backend->destroy(judge);
}
END_TEST

/* RFC 7714: an AEAD is never without its tag, and its SRTP never in clear. */
START_TEST(sd05_modes_that_an_aead_cannot_have)
{
	static const char *const suites[] = {"AEAD_AES_128_GCM", "AEAD_AES_256_GCM"};
	static const sotto_modes modes[] = {
		NO_RTP, NO_AUTH, NO_RTP | NO_AUTH, NO_RTP | NO_RTCP, NO_AUTH | NO_RTCP};
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = any_master(suite_named(suites[_i % 2]), 7);
	struct pair pair;

	pair_alloc(&pair, judge, master.suite);
	memset(pair.key[0], 0xee, pair.size);
	memset(pair.key[1], 0xee, pair.size);
	master.modes = modes[_i / 2];
	ck_assert_int_eq(sotto_keys_build(judge, &master, pair.key[0], pair.key[1]), -EINVAL);
	ck_assert(pair_is_zero(pair.key[0], pair.size));
	pair_free(&pair);
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(bits_that_are_no_modes_are_refused)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct pair pair;

	for (unsigned bit = 0; bit < 8; bit++) {
		struct sotto_master master = any_master(sotto_keys_suite_at(0), 8);

		if (1u << bit & (NO_RTP | NO_RTCP | NO_AUTH))
			continue;
		master.modes = (sotto_modes)(1u << bit);
		pair_alloc(&pair, judge, master.suite);
		ck_assert_int_eq(
			sotto_keys_build(judge, &master, pair.key[0], pair.key[1]), -EINVAL);
		pair_free(&pair);
	}
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(sd05_consent_is_that_of_suite_and_modes)
{
	struct sotto_keying keying = {.suite = suite_named("AES_CM_128_HMAC_SHA1_80"), .count = 1};

	ck_assert_uint_eq(sotto_keys_consent(&keying), 0);
	keying.modes = NO_RTP | NO_AUTH;
	ck_assert_uint_eq(sotto_keys_consent(&keying), NO_RTP | NO_AUTH);
	keying.suite = suite_named("NULL_HMAC_SHA1_32");
	ck_assert_uint_eq(sotto_keys_consent(&keying),
		NO_RTP | NO_AUTH | SOTTO_CONSENT_TAG_32 | SOTTO_CONSENT_NULL_CIPHER);
	keying.modes = NO_RTCP;
	ck_assert_uint_eq(sotto_keys_consent(&keying),
		NO_RTCP | SOTTO_CONSENT_TAG_32 | SOTTO_CONSENT_NULL_CIPHER);
	keying.modes = 0;
	keying.suite = suite_named("AEAD_AES_128_GCM");
	ck_assert_uint_eq(sotto_keys_consent(&keying), 0);
}
END_TEST

START_TEST(master_at_copies_one_of_a_keying)
{
	uint64_t state = 11;
	struct sotto_keying keying = random_keying(suite_named("AES_192_CM_HMAC_SHA1_80"), &state);
	struct sotto_master master;

	while (keying.count < 5)
		keying = random_keying(keying.suite, &state);
	keying.modes = NO_RTCP;
	for (unsigned i = 0; i < keying.count; i++) {
		memset(&master, 0xee, sizeof(master));
		sotto_keys_master_at(&keying, i, &master);
		ck_assert_ptr_eq(master.suite, keying.suite);
		ck_assert_uint_eq(master.modes, NO_RTCP);
		ck_assert_mem_eq(master.key, keying.master[i].key, 24);
		ck_assert_mem_eq(master.salt, keying.master[i].salt, 14);
		ck_assert(pair_is_zero(master.key + 24, 8));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/modes");
	TCase *tc = tcase_create("modes");

	tcase_add_loop_test(
		tc, parts_of_the_keys_in_each_mode, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tc, modes_switch_off_and_change_nothing_else);
	tcase_add_loop_test(tc, sd05_modes_that_an_aead_cannot_have, 0, 10);
	tcase_add_test(tc, bits_that_are_no_modes_are_refused);
	tcase_add_test(tc, sd05_consent_is_that_of_suite_and_modes);
	tcase_add_test(tc, master_at_copies_one_of_a_keying);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
