/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/context: what is opened works, what is refused leaves nothing, what is closed is wiped. */
#include "pair.h"

#include <errno.h>

static const struct sotto_context_options sends = {.sends = true};
static const struct sotto_context_options receives;

/* Opening must end with rc, and then leave *out alone and no memory behind. */
static void refused(struct pair *pair, const struct sotto_keying *keying,
	const struct sotto_context_options *options, int rc)
{
	struct sotto_srtp_context mark, *context = &mark;

	ck_assert_int_eq(sotto_context_open(pair->crypto, keying, options, &context), rc);
	ck_assert_ptr_eq(context, &mark);
	ck_assert_uint_eq(blocks_in_being, 0);
}

START_TEST(every_suite_goes_through_in_both_kinds)
{
	const struct sotto_suite *suite;

	for (unsigned i = 0; (suite = sotto_keys_suite_at(i)); i++) {
		struct pair *pair = pair_open(_i);
		struct sotto_keying keying = keying_make(suite->name, i);
		struct sotto_srtp_context *tx, *rx;

		tx = open_ok(pair, &keying,
			&(struct sotto_context_options){.sends = true, .allow = suite->consent});
		rx = open_ok(
			pair, &keying, &(struct sotto_context_options){.allow = suite->consent});
		ck_assert_uint_eq(carry(pair, tx, rx, 65535, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(carry(pair, tx, rx, 0, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(carry(pair, tx, rx, 0, SOTTO_SRTCP), SOTTO_OK);
		sotto_context_close(tx);
		sotto_context_close(rx);
		pair_close(pair);
	}
}
END_TEST

START_TEST(weak_suites_and_modes_need_consent)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make("AES_CM_128_HMAC_SHA1_32", 0);
	struct sotto_context_options options = {.allow = SOTTO_CONSENT_NULL_CIPHER};

	refused(pair, &keying, &receives, -EACCES);
	refused(pair, &keying, &options, -EACCES);
	keying = keying_make("NULL_HMAC_SHA1_80", 0);
	refused(pair, &keying, &sends, -EACCES);
	keying = keying_make(SUITE_80, 0);
	keying.modes = SOTTO_CONSENT_UNENCRYPTED_SRTCP;
	refused(pair, &keying, &receives, -EACCES);
	pair_close(pair);
}
END_TEST

START_TEST(unsound_keyings_are_refused)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0);

	keying.suite = NULL;
	refused(pair, &keying, &receives, -EINVAL);
	keying = keying_make(SUITE_80, 0);
	keying.count = 0;
	refused(pair, &keying, &receives, -EINVAL);
	keying_add_second(&keying);
	keying.master[1].mki = 1; /* twice */
	refused(pair, &keying, &receives, -EINVAL);
	keying.master[1].mki = 256; /* in one byte */
	refused(pair, &keying, &receives, -EINVAL);
	keying.master[1].mki = 2;
	keying.mki_len = 0; /* nothing to choose by */
	refused(pair, &keying, &receives, -EINVAL);
	keying.mki_len = SOTTO_SRTP_MKI_MAX + 1;
	refused(pair, &keying, &receives, -EINVAL);
	keying = keying_make("AEAD_AES_128_GCM", 0);
	keying.modes = SOTTO_CONSENT_UNAUTHENTICATED_SRTP; /* never without its tag */
	refused(pair, &keying, &(struct sotto_context_options){.allow = 255}, -EINVAL);
	pair_close(pair);
}
END_TEST

START_TEST(unsound_options_are_refused)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0);
	const struct sotto_context_options bad[] = {
		{.ssrcs = SOTTO_SRTP_SLOTS_MAX + 1},
		{.sends = true, .send_master = 1},
		{.sends = true, .verify_only = true},
		{.sends = true, .try_roc_zero = true},
		{.repeat = true},
		{.until_us = 1},
		{.try_roc_zero = true},
		{.cryptex = true, .ids = {2}},
		{.verify_only = true, .cryptex = true},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(pair, &keying, &bad[i], -EINVAL);
	pair_close(pair);
}
END_TEST

START_TEST(without_memory_nothing_is_left)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0);

	allocations_left = 0;
	refused(pair, &keying, &receives, -ENOMEM);
	allocations_left = -1;
	pair_close(pair);
}
END_TEST

START_TEST(close_wipes_keys_and_streams)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0);
	struct sotto_srtp_context *tx, *rx;

	keying_add_second(&keying);
	tx = open_ok(pair, &keying,
		&(struct sotto_context_options){.sends = true, .repeat = true, .ids = {2}});
	rx = open_ok(pair, &keying, &(struct sotto_context_options){.window = 32768, .ids = {2}});
	ck_assert_uint_eq(carry(pair, tx, rx, 7, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_ge(blocks_in_being, 2);
	sotto_context_close(tx);
	sotto_context_close(rx);
	sotto_context_close(NULL);
	pair_close(pair); /* counts what was not wiped or not freed */
}
END_TEST

START_TEST(each_master_key_is_found_by_its_mki)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0), other;
	struct sotto_srtp_context *tx[2], *rx;

	keying_add_second(&keying);
	rx = open_ok(pair, &keying, &receives);
	for (uint8_t n = 0; n < 2; n++) {
		const struct sotto_context_options options = {.sends = true, .send_master = n};

		tx[n] = open_ok(pair, &keying, &options);
		ck_assert_uint_eq(carry(pair, tx[n], rx, n, SOTTO_SRTP), SOTTO_OK);
		sotto_context_close(tx[n]);
	}
	other = keying;
	other.master[1].mki = 3;
	tx[1] = open_ok(
		pair, &other, &(struct sotto_context_options){.sends = true, .send_master = 1});
	ck_assert_uint_eq(carry(pair, tx[1], rx, 9, SOTTO_SRTP), SOTTO_DROP_MKI);
	sotto_context_close(tx[1]);
	sotto_context_close(rx);
	pair_close(pair);
}
END_TEST

START_TEST(each_master_key_has_its_own_lifetime)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0);
	struct sotto_srtp_context *tx, *rx;

	keying_add_second(&keying);
	keying.master[1].lifetime = 2;
	tx = open_ok(
		pair, &keying, &(struct sotto_context_options){.sends = true, .send_master = 1});
	rx = open_ok(pair, &keying, &receives);
	ck_assert_uint_eq(carry(pair, tx, rx, 1, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(carry(pair, tx, rx, 2, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(carry(pair, tx, rx, 3, SOTTO_SRTP), SOTTO_DROP_SEND_EXPIRED);
	sotto_context_close(tx);
	tx = open_ok(pair, &keying, &sends); /* master key 0 may go on */
	ck_assert_uint_eq(carry(pair, tx, rx, 3, SOTTO_SRTP), SOTTO_OK);
	sotto_context_close(tx);
	sotto_context_close(rx);
	pair_close(pair);
}
END_TEST

/* Whether a packet that is late by so many gets through a receiver of that window. */
static uint8_t late_by(
	struct pair *pair, const struct sotto_keying *keying, uint32_t window, uint16_t late)
{
	struct sotto_srtp_context *tx = open_ok(pair, keying, &sends), *rx;
	uint8_t packet[256], verdict;
	uint32_t len = protect(pair, tx, 1, packet, SOTTO_SRTP, &verdict);

	rx = open_ok(pair, keying, &(struct sotto_context_options){.window = window});
	ck_assert_uint_eq(carry(pair, tx, rx, (uint16_t)(1 + late), SOTTO_SRTP), SOTTO_OK);
	verdict = unprotect(pair, rx, packet, len, SOTTO_SRTP);
	sotto_context_close(tx);
	sotto_context_close(rx);
	return verdict;
}

START_TEST(window_is_the_option_else_the_lines_else_1024)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0);

	ck_assert_uint_eq(late_by(pair, &keying, 0, 1023), SOTTO_OK);
	ck_assert_uint_eq(late_by(pair, &keying, 0, 1024), SOTTO_DROP_OLD);
	keying.window = 64;
	ck_assert_uint_eq(late_by(pair, &keying, 0, 63), SOTTO_OK);
	ck_assert_uint_eq(late_by(pair, &keying, 0, 64), SOTTO_DROP_OLD);
	ck_assert_uint_eq(late_by(pair, &keying, 128, 127), SOTTO_OK);
	ck_assert_uint_eq(late_by(pair, &keying, 128, 128), SOTTO_DROP_OLD);
	pair_close(pair);
}
END_TEST

START_TEST(verify_only_checks_and_leaves_the_packet)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0);
	struct sotto_srtp_context *tx = open_ok(pair, &keying, &sends), *rx;
	uint8_t packet[256], before[256], verdict;
	uint32_t len = protect(pair, tx, 1, packet, SOTTO_SRTP, &verdict);

	rx = open_ok(pair, &keying, &(struct sotto_context_options){.verify_only = true});
	memcpy(before, packet, len);
	pair->batch.data[0] = packet;
	pair->batch.len[0] = len;
	pair->batch.context[0] = rx;
	ck_assert_uint_eq(sotto_srtp_unprotect_burst(&pair->srtp, &pair->batch, 1, SOTTO_SRTP), 1);
	ck_assert_mem_eq(packet, before, len);
	ck_assert_uint_eq(sotto_srtp_unprotect_burst(&pair->srtp, &pair->batch, 1, SOTTO_SRTP), 0);
	ck_assert_uint_eq(pair->batch.verdict[0], SOTTO_DROP_REPLAY);
	sotto_context_close(tx);
	sotto_context_close(rx);
	pair_close(pair);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("context_open");
	TCase *tcase = tcase_create("open");
	const TTest *tests[] = {every_suite_goes_through_in_both_kinds,
		weak_suites_and_modes_need_consent, unsound_keyings_are_refused,
		unsound_options_are_refused, without_memory_nothing_is_left,
		close_wipes_keys_and_streams, each_master_key_is_found_by_its_mki,
		each_master_key_has_its_own_lifetime, window_is_the_option_else_the_lines_else_1024,
		verify_only_checks_and_leaves_the_packet};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_loop_test(tcase, tests[i], 0, pair_ways());
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
