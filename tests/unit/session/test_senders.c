/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One master key, one sender (RFC 3711, 9.1; ST-13, ST-14): a second one is refused, whichever leg,
 * media or session it is of, unless it is asked for.
 */
#include "call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MANY 100000

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 512, .workers = 4};

static struct world *world;
static struct call one, two;

static void put(struct call *call)
{
	struct put_result result = world_put(world, &call->spec);

	ck_assert_msg(result.rc == 0, "%d: %s", result.rc, result.error.reason);
}

static void update(struct call *call)
{
	call_revise(call);
	put(call);
}

static void refuse(struct call *call, int media, int side)
{
	uint64_t before = world_fingerprint(world);
	struct put_result result = world_put(world, &call->spec);

	ck_assert_int_eq(result.rc, -EKEYREJECTED);
	ck_assert_uint_eq(world_fingerprint(world), before);
	ck_assert_int_eq(result.error.media, media);
	ck_assert_int_eq(result.error.side, side);
	ck_assert_str_eq(result.error.member, "send");
	ck_assert_int_ne(result.error.reason[0], 0);
}

static uint32_t senders_of(const struct call_key *key)
{
	return sotto_session_sender_count(world->sessions, key->spec.master[0]);
}

/* Chains that hold anything. */
static unsigned chains_used(void)
{
	unsigned n = 0;

	for (uint32_t i = 0; i <= world->sessions->sender_mask; i++)
		n += world->sessions->senders[i] != NULL;
	return n;
}

static struct call_key *send_key(struct call *call)
{
	return &call->key[0][0][SEND];
}

static void open_world(void)
{
	world = world_open(32, &limits);
	call_init(&one, world, "one");
	call_init(&two, world, "two");
	put(&one);
}

static void close_world(void)
{
	world_settle(world);
	world_close(world);
	world = NULL;
}

START_TEST(st_14_two_sessions_that_send_with_one_key_are_refused)
{
	call_copy_key(&two, 0, 0, SEND, send_key(&one));
	refuse(&two, 0, 0);
	call_rekey(&two, 0, 0, SEND, 5);
	put(&two);
	/* nor can an update bring it about */
	call_copy_key(&two, 0, 0, SEND, send_key(&one));
	call_revise(&two);
	refuse(&two, 0, 0);
}
END_TEST

START_TEST(st_14_two_media_that_send_with_one_key_are_refused)
{
	call_add_media(&two, "video");
	call_copy_key(&two, 1, 0, SEND, send_key(&two));
	refuse(&two, 1, 0);
}
END_TEST

START_TEST(st_14_two_legs_that_send_with_one_key_are_refused)
{
	call_secure(&two, 0, 1, 9);
	call_copy_key(&two, 0, 1, SEND, send_key(&two));
	refuse(&two, 0, 1);
}
END_TEST

/* Only one of three is the same, and none of the three is the one that sends. */
START_TEST(st_14_one_common_key_of_several_is_refused)
{
	static const unsigned seeds[] = {31, 32, 33};
	struct call_key *key = call_roll(&two, 0, 0, SEND, 3, seeds);

	key->keying.master[2] = send_key(&one)->keying.master[0];
	call_digest(key);
	refuse(&two, 0, 0);
}
END_TEST

START_TEST(st_13_one_key_for_both_directions_is_refused)
{
	static const unsigned seeds[] = {31, 32, 33}, others[] = {41, 42};
	struct call_key *key;

	call_copy_key(&two, 0, 0, SEND, &two.key[0][0][RECEIVE]);
	refuse(&two, 0, 0);
	/* nor one of several */
	call_roll(&two, 0, 0, RECEIVE, 3, seeds);
	key = call_roll(&two, 0, 0, SEND, 2, others);
	key->keying.master[1] = two.key[0][0][RECEIVE].keying.master[1];
	call_digest(key);
	refuse(&two, 0, 0);
	/* nor when the receive key alone is new */
	call_copy_key(&one, 0, 0, RECEIVE, send_key(&one));
	call_revise(&one);
	refuse(&one, 0, 0);
}
END_TEST

START_TEST(shared_key_is_allowed)
{
	call_copy_key(&two, 0, 0, SEND, send_key(&one))->spec.shared = true;
	put(&two);
	ck_assert_uint_eq(senders_of(send_key(&one)), 2);
	world_delete(world, "one");
	ck_assert_uint_eq(senders_of(send_key(&two)), 1);
	/* one who did not ask is still refused */
	call_revise(&one);
	refuse(&one, 0, 0);
}
END_TEST

START_TEST(shared_in_either_direction_allows_one_key_for_both)
{
	call_copy_key(&two, 0, 0, SEND, &two.key[0][0][RECEIVE])->spec.shared = true;
	put(&two);
	two.key[0][0][SEND].spec.shared = false;
	two.key[0][0][RECEIVE].spec.shared = true;
	update(&two);
}
END_TEST

/* That another one shares it is no reason to refuse what stands. */
START_TEST(leg_that_sends_with_the_key_already_goes_on)
{
	call_copy_key(&two, 0, 0, SEND, send_key(&one))->spec.shared = true;
	put(&two);
	one.spec.timeout_s = 9;
	update(&one);
	one.spec.media[0].leg[0].cryptex = true;
	update(&one);
	ck_assert_uint_eq(senders_of(send_key(&one)), 2);
}
END_TEST

START_TEST(key_is_free_after_a_delete)
{
	call_copy_key(&two, 0, 0, SEND, send_key(&one));
	world_delete(world, "one");
	ck_assert_uint_eq(chains_used(), 0);
	put(&two);
}
END_TEST

START_TEST(key_is_free_after_a_failed_put)
{
	unsigned before = chains_used();

	call_add_media(&two, "video");
	two.spec.media[1].leg[1].remote = call_endpoint("2001:db8:9::1", 4000);
	ck_assert_int_eq(world_put(world, &two.spec).rc, -EHOSTUNREACH);
	ck_assert_uint_eq(senders_of(send_key(&two)), 0);
	ck_assert_uint_eq(chains_used(), before);
}
END_TEST

START_TEST(replaced_key_is_free_for_another)
{
	call_copy_key(&two, 0, 0, SEND, send_key(&one));
	call_rekey(&one, 0, 0, SEND, 8);
	update(&one);
	put(&two);
	ck_assert_uint_eq(senders_of(send_key(&two)), 1);
	/* and not for the one who had it */
	call_copy_key(&one, 0, 0, SEND, send_key(&two));
	call_revise(&one);
	refuse(&one, 0, 0);
}
END_TEST

/* {K1, K2} -> {K2, K3}: K1 is free, K2 is not. */
START_TEST(rolled_key_is_free_for_another)
{
	static const unsigned old[] = {51, 52}, new[] = {52, 53};
	struct call_key kept;

	call_roll(&one, 0, 0, SEND, 2, old);
	update(&one);
	kept = *send_key(&one);
	call_roll(&one, 0, 0, SEND, 2, new);
	update(&one);
	kept.keying.count = 1;
	call_copy_key(&two, 0, 0, SEND, &kept);
	put(&two);
	kept.keying.master[0] = kept.keying.master[1];
	call_copy_key(&two, 0, 0, SEND, &kept);
	call_revise(&two);
	refuse(&two, 0, 0);
}
END_TEST

/* A leg takes the key of another leg of its session, which goes on sending with it. */
START_TEST(st_14_update_that_makes_a_second_sender_is_refused)
{
	/* the one who has it comes before, or behind, the one who wants it */
	int has = _i, wants = 1 - _i;

	call_add_media(&two, "video");
	put(&two);
	call_copy_key(&two, (unsigned)wants, 0, SEND, &two.key[has][0][SEND]);
	call_revise(&two);
	refuse(&two, wants, 0);
	/* a third leg, too, when the two exchange theirs */
	call_rekey(&two, (unsigned)wants, 0, SEND, 90);
	call_secure(&two, 0, 1, 91);
	call_copy_key(&two, 0, 1, SEND, &two.key[has][0][SEND]);
	refuse(&two, 0, 1);
}
END_TEST

/* Under fresh streams the indices of both would begin again. */
START_TEST(two_legs_may_not_exchange_their_keys)
{
	struct call_key first;

	call_add_media(&two, "video");
	put(&two);
	first = two.key[0][0][SEND];
	call_copy_key(&two, 0, 0, SEND, &two.key[1][0][SEND]);
	call_copy_key(&two, 1, 0, SEND, &first);
	call_revise(&two);
	refuse(&two, 0, 0);
}
END_TEST

START_TEST(removed_key_is_free)
{
	one.spec.media[0].leg[0].send = NULL;
	update(&one);
	ck_assert_uint_eq(chains_used(), 0);
}
END_TEST

static void number(uint32_t n, uint8_t digest[SOTTO_DIGEST_LEN])
{
	memset(digest, 0, SOTTO_DIGEST_LEN);
	n *= 2654435761u;
	memcpy(digest, &n, sizeof(n));
}

/* Far more keys than chains, some of them twice; the table is right at every step. */
START_TEST(a_hundred_thousand_keys)
{
	uint8_t digest[SOTTO_DIGEST_LEN];

	for (uint32_t n = 0; n < MANY; n++) {
		number(n, digest);
		for (uint32_t k = 0; k <= n % 2; k++)
			ck_assert_int_eq(sotto_session_sender_add(world->sessions, digest), 0);
	}
	for (uint32_t n = 0; n < MANY; n++) {
		number(n, digest);
		if (sotto_session_sender_count(world->sessions, digest) != 1 + n % 2)
			ck_abort_msg("key %u is counted wrong", n);
		sotto_session_sender_remove(world->sessions, digest);
		if (sotto_session_sender_count(world->sessions, digest) != n % 2)
			ck_abort_msg("key %u is removed wrong", n);
	}
	for (uint32_t n = 1; n < MANY; n += 2) {
		number(n, digest);
		sotto_session_sender_remove(world->sessions, digest);
	}
	ck_assert_uint_eq(chains_used(), 0);
}
END_TEST

static void open_large(void)
{
	static const struct sotto_session_limits large = {
		.sessions = 16384, .streams = 512, .workers = 4};

	world = world_open(4, &large);
}

int main(void)
{
	Suite *suite = suite_create("session/senders");
	TCase *tc = tcase_create("senders");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, st_14_two_sessions_that_send_with_one_key_are_refused);
	tcase_add_test(tc, st_14_two_media_that_send_with_one_key_are_refused);
	tcase_add_test(tc, st_14_two_legs_that_send_with_one_key_are_refused);
	tcase_add_test(tc, st_14_one_common_key_of_several_is_refused);
	tcase_add_test(tc, st_13_one_key_for_both_directions_is_refused);
	tcase_add_test(tc, shared_key_is_allowed);
	tcase_add_test(tc, shared_in_either_direction_allows_one_key_for_both);
	tcase_add_test(tc, leg_that_sends_with_the_key_already_goes_on);
	tcase_add_test(tc, key_is_free_after_a_delete);
	tcase_add_test(tc, key_is_free_after_a_failed_put);
	tcase_add_test(tc, replaced_key_is_free_for_another);
	tcase_add_test(tc, rolled_key_is_free_for_another);
	tcase_add_loop_test(tc, st_14_update_that_makes_a_second_sender_is_refused, 0, 2);
	tcase_add_test(tc, two_legs_may_not_exchange_their_keys);
	tcase_add_test(tc, removed_key_is_free);
	suite_add_tcase(suite, tc);
	tc = tcase_create("many");
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, open_large, close_world);
	tcase_add_test(tc, a_hundred_thousand_keys);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
