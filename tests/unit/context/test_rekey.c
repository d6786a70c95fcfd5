/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/context: a new master key for a context that is in use (RFC 3711, 8.1). */
#include "pair.h"

#include <errno.h>

#define END_US 5000 /* when the old key is to be forgotten */

/* Sender and receiver before and after a re-key. */
struct keys {
	struct sotto_srtp_context *tx[2];
	struct sotto_srtp_context *rx[2];
};

static struct keys rekey(struct pair *pair, uint64_t until_us)
{
	struct sotto_keying first = keying_make(SUITE_80, 0), second = keying_make(SUITE_80, 1);
	struct sotto_context_options options = {.sends = true};
	struct keys keys;

	keys.tx[0] = open_ok(pair, &first, &options);
	options.old = keys.tx[0];
	keys.tx[1] = NULL;
	keys.rx[0] = open_ok(pair, &first, &(struct sotto_context_options){.sends = false});
	/* the stream has been through its sequence numbers once: rollover counter 1 */
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(
			carry(pair, keys.tx[0], keys.rx[0], (uint16_t)(i * 20000), SOTTO_SRTP),
			SOTTO_OK);
	ck_assert_uint_eq(carry(pair, keys.tx[0], keys.rx[0], 10, SOTTO_SRTP), SOTTO_OK);
	keys.tx[1] = open_ok(pair, &second, &options);
	options = (struct sotto_context_options){.old = keys.rx[0], .until_us = until_us};
	keys.rx[1] = open_ok(pair, &second, &options);
	return keys;
}

static void keys_close(struct keys *keys)
{
	for (unsigned i = 0; i < 2; i++) {
		sotto_context_close(keys->tx[1 - i]);
		sotto_context_close(keys->rx[1 - i]);
	}
}

START_TEST(rollover_counter_goes_on_under_the_new_key)
{
	struct pair *pair = pair_open(_i);
	struct keys keys = rekey(pair, 0);

	ck_assert_uint_eq(carry(pair, keys.tx[1], keys.rx[1], 11, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(keys.rx[1]->streams->slot[0].rtp.next, (1u << 16) + 12);
	ck_assert_uint_eq(keys.tx[1]->streams->slot[0].rtp.next, (1u << 16) + 12);
	keys_close(&keys);
	pair_close(pair);
}
END_TEST

START_TEST(old_key_passes_until_its_time_is_over)
{
	struct pair *pair = pair_open(_i);
	struct keys keys = rekey(pair, END_US);

	pair->batch.now_us = END_US - 1;
	ck_assert_uint_eq(carry(pair, keys.tx[1], keys.rx[1], 12, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(carry(pair, keys.tx[0], keys.rx[1], 11, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(pair->batch.previous, 1);
	pair->batch.now_us = END_US;
	ck_assert_uint_eq(carry(pair, keys.tx[0], keys.rx[1], 13, SOTTO_SRTP), SOTTO_DROP_AUTH);
	keys_close(&keys);
	pair_close(pair);
}
END_TEST

START_TEST(forgotten_key_passes_no_more)
{
	struct pair *pair = pair_open(_i);
	struct keys keys = rekey(pair, END_US);

	pair->batch.now_us = 1;
	ck_assert_uint_eq(carry(pair, keys.tx[0], keys.rx[1], 11, SOTTO_SRTP), SOTTO_OK);
	sotto_context_forget(keys.rx[1]);
	sotto_context_close(keys.rx[0]);
	keys.rx[0] = NULL;
	ck_assert_uint_eq(carry(pair, keys.tx[0], keys.rx[1], 12, SOTTO_SRTP), SOTTO_DROP_AUTH);
	ck_assert_uint_eq(carry(pair, keys.tx[1], keys.rx[1], 13, SOTTO_SRTP), SOTTO_OK);
	keys_close(&keys);
	pair_close(pair);
}
END_TEST

START_TEST(without_until_the_old_key_is_over_at_once)
{
	struct pair *pair = pair_open(_i);
	struct keys keys = rekey(pair, 0);

	ck_assert_uint_eq(carry(pair, keys.tx[0], keys.rx[1], 11, SOTTO_SRTP), SOTTO_DROP_AUTH);
	sotto_context_forget(keys.rx[1]); /* nothing to forget is no harm */
	keys_close(&keys);
	pair_close(pair);
}
END_TEST

/* A peer whose rollover counter begins anew with the new key. */
START_TEST(roc_zero_is_tried_when_asked_for)
{
	struct pair *pair = pair_open(_i);
	struct keys keys = rekey(pair, 0);
	struct sotto_keying third = keying_make(SUITE_80, 2);
	struct sotto_context_options options = {.old = keys.rx[0]};
	struct sotto_srtp_context *anew, *rx;

	anew = open_ok(pair, &third, &(struct sotto_context_options){.sends = true});
	rx = open_ok(pair, &third, &options);
	ck_assert_uint_eq(carry(pair, anew, rx, 11, SOTTO_SRTP), SOTTO_DROP_AUTH);
	sotto_context_close(rx);
	options.try_roc_zero = true;
	rx = open_ok(pair, &third, &options);
	ck_assert_uint_eq(carry(pair, anew, rx, 12, SOTTO_SRTP), SOTTO_OK);
	sotto_context_close(rx);
	sotto_context_close(anew);
	keys_close(&keys);
	pair_close(pair);
}
END_TEST

/* The replay lists begin anew with every context: under the same key indices would repeat. */
START_TEST(the_same_master_key_is_no_rekey)
{
	struct pair *pair = pair_open(_i);
	struct sotto_keying keying = keying_make(SUITE_80, 0), more;
	struct sotto_context_options options = {.sends = true};
	struct sotto_srtp_context *old = open_ok(pair, &keying, &options), *out = NULL;

	options.old = old;
	ck_assert_int_eq(sotto_context_open(pair->crypto, &keying, &options, &out), -EEXIST);
	more = keying_make(SUITE_80, 5);
	keying_add_second(&more);
	memcpy(&more.master[1].key, &keying.master[0].key, sizeof(keying.master[0].key));
	memcpy(&more.master[1].salt, &keying.master[0].salt, sizeof(keying.master[0].salt));
	ck_assert_int_eq(sotto_context_open(pair->crypto, &more, &options, &out), -EEXIST);
	/* a suite with shorter tags has the same keystream */
	keying = keying_make("AES_CM_128_HMAC_SHA1_32", 0);
	options.allow = SOTTO_CONSENT_TAG_32;
	ck_assert_int_eq(sotto_context_open(pair->crypto, &keying, &options, &out), -EEXIST);
	ck_assert_ptr_null(out);
	sotto_context_close(old);
	pair_close(pair);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("context_rekey");
	TCase *tcase = tcase_create("rekey");
	const TTest *tests[] = {rollover_counter_goes_on_under_the_new_key,
		old_key_passes_until_its_time_is_over, forgotten_key_passes_no_more,
		without_until_the_old_key_is_over_at_once, roc_zero_is_tried_when_asked_for,
		the_same_master_key_is_no_rekey};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_loop_test(tcase, tests[i], 0, pair_ways());
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
