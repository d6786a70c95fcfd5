/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keys that stay: the same key, the same key with other options, and one master key of several that
 * rolls on. Whatever stays must keep its streams and its count of packets: an index is never used
 * twice under one key (RFC 3711, 9.1).
 */
#include "call.h"
#include "packets.h"

#include "allocations.h"

#include <errno.h>
#include <string.h>

#define SSRC 0x50770a11
#define ROLLS 1000

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;
static struct sotto_session *session;

static void put(void)
{
	struct put_result result = world_put(world, &call.spec);

	ck_assert_msg(result.rc == 0, "%d: %s", result.rc, result.error.reason);
	session = result.session;
}

static void update(void)
{
	call_revise(&call);
	put();
}

static void open_world(void)
{
	world = world_open(16, &limits);
	call_init(&call, world, "one");
	put();
}

static void close_world(void)
{
	world_settle(world);
	world_close(world);
}

static struct sotto_install *installed(int direction)
{
	return session->media[0].leg[0].install[direction];
}

static const struct sotto_srtp_context *context(int direction)
{
	const struct sotto_leg *leg = sotto_session_leg(&session->media[0], 0);

	return direction == SEND ? &leg->send : &leg->receive;
}

static void refuse(const char *member)
{
	uint64_t before;
	struct put_result result;

	call_revise(&call);
	before = world_fingerprint(world);
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, -EINVAL);
	ck_assert_uint_eq(world_fingerprint(world), before);
	ck_assert_int_eq(result.error.media, 0);
	ck_assert_int_eq(result.error.side, 0);
	ck_assert_str_eq(result.error.member, member);
	ck_assert_int_ne(result.error.reason[0], 0);
}

/* Where a master key's packets are counted. */
static const struct sotto_key_use *use_of(int direction, unsigned n)
{
	return sotto_srtp_use(context(direction), n);
}

START_TEST(unchanged_key_is_not_installed_again)
{
	struct sotto_install *install[2] = {installed(RECEIVE), installed(SEND)};
	struct sotto_srtp_context before[2] = {*context(RECEIVE), *context(SEND)};
	struct packet packet;
	unsigned taken;

	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, 700, &packet), SOTTO_OK);
	taken = world->taken;
	call.spec.media[0].leg[0].remote.port = 4002;
	update();
	/* one block for the new legs, and nothing else */
	ck_assert_uint_eq(world->taken, taken + 1);
	for (int d = 0; d < DIRECTIONS; d++) {
		ck_assert_ptr_eq(installed(d), install[d]);
		ck_assert_mem_eq(context(d), &before[d], sizeof(before[d]));
	}
	ck_assert_uint_eq(packet_next(context(SEND), SSRC), 701);
	ck_assert_uint_eq(sotto_srtp_used(context(SEND), 0, SOTTO_SRTP), 1);
	world_settle(world);
	ck_assert_int_eq(
		packet_protect(world, context(SEND), SSRC, 700, &packet), SOTTO_DROP_SEND_REUSE);
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, 701, &packet), SOTTO_OK);
}
END_TEST

START_TEST(other_lifetime_or_wsh_does_not_install_again)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct sotto_install *install = installed(d);
		uint64_t limit = use_of(d, 0)->limit[SOTTO_SRTP];

		call.key[0][0][d].keying.master[0].lifetime = 5000;
		call.key[0][0][d].keying.window = 512;
		update();
		ck_assert_ptr_eq(installed(d), install);
		ck_assert_uint_eq(use_of(d, 0)->limit[SOTTO_SRTP], limit);
	}
}
END_TEST

START_TEST(what_belongs_to_streams_cannot_change_under_a_key)
{
	struct sotto_leg_spec *leg = &call.spec.media[0].leg[0];

	leg->max_ssrcs = 3;
	refuse("max_ssrcs");
	leg->max_ssrcs = 2;
	leg->window = 256;
	leg->window_fixed = true;
	refuse("replay_window");
	leg->window_fixed = false; /* what a key line asks for is for new streams */
	update();
	ck_assert_uint_eq(sotto_session_window(&session->media[0].leg[0]), 128);
	leg->window = 128;
	leg->repeat = true;
	refuse("repeat");
	/* also when an option changes with it */
	leg->cryptex = true;
	refuse("repeat");
	leg->repeat = false;
	leg->max_ssrcs = 1;
	refuse("max_ssrcs");
	/* what is received has no repetitions */
	leg->max_ssrcs = 2;
	leg->cryptex = false;
	leg->send = NULL;
	leg->repeat = true;
	update();
}
END_TEST

static void set_option(int which, bool on)
{
	struct sotto_leg_spec *leg = &call.spec.media[0].leg[0];

	if (which == 0)
		leg->cryptex = on;
	else
		leg->ids[3] = on ? 1ull << 63 : 0;
}

START_TEST(options_change_under_the_same_streams)
{
	struct sotto_srtp_streams *streams[2] = {context(RECEIVE)->streams, context(SEND)->streams};
	struct sotto_install *before = installed(SEND);
	unsigned blocks;

	/* still in the request, and no matter: no key is replaced */
	call.key[0][0][SEND].spec.roc_policy = SOTTO_ROC_VALUE;
	call.key[0][0][SEND].spec.roc = 3;
	for (int on = 1; on >= 0; on--) {
		set_option(_i, on);
		update();
		ck_assert_ptr_ne(installed(SEND), before);
		for (int d = 0; d < DIRECTIONS; d++) {
			const struct sotto_srtp_more *more = context(d)->more;

			ck_assert_ptr_eq(context(d)->streams, streams[d]);
			ck_assert_ptr_eq(use_of(d, 0), &streams[d]->use);
			ck_assert_uint_eq(more->cryptex, on && _i == 0);
			ck_assert_uint_eq(more->encrypts_ids, on && _i == 1);
			ck_assert_uint_eq(more->ids[3], on && _i == 1 ? 1ull << 63 : 0);
			ck_assert(!more->master[0].header == !(on && _i == 1));
		}
	}
	world_settle(world);
	blocks = world->block_count;
	before = installed(SEND);
	update();
	ck_assert_ptr_eq(installed(SEND), before);
	world_settle(world);
	ck_assert_uint_eq(world->block_count, blocks);
}
END_TEST

START_TEST(sending_master_key_changes_under_the_same_streams)
{
	static const unsigned seeds[] = {61, 62};
	const struct sotto_key_use *use[2];
	struct sotto_srtp_streams *streams;
	struct packet packet;

	call_roll(&call, 0, 0, SEND, 2, seeds);
	update();
	streams = context(SEND)->streams;
	use[0] = use_of(SEND, 0);
	use[1] = use_of(SEND, 1);
	ck_assert_ptr_ne(use[0], use[1]);
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, 9, &packet), SOTTO_OK);
	call.key[0][0][SEND].spec.send_master = 1;
	update();
	ck_assert_ptr_eq(context(SEND)->streams, streams);
	ck_assert_ptr_eq(use_of(SEND, 0), use[0]);
	ck_assert_ptr_eq(use_of(SEND, 1), use[1]);
	ck_assert_uint_eq(context(SEND)->more->send_master, 1);
	ck_assert_ptr_eq(context(SEND)->rtp, context(SEND)->more->master[1].rtp);
	ck_assert_ptr_eq(context(SEND)->rtcp, context(SEND)->more->master[1].rtcp);
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, 10, &packet), SOTTO_OK);
	/* the MKI on the wire is the second key's: behind 32 bytes, before the tag */
	ck_assert_uint_eq(packet.len, 32 + 4 + 10);
	ck_assert_uint_eq(packet.data[32 + 3], 62);
	ck_assert_uint_eq(sotto_srtp_used(context(SEND), 0, SOTTO_SRTP), 1);
	ck_assert_uint_eq(sotto_srtp_used(context(SEND), 1, SOTTO_SRTP), 1);
}
END_TEST

/* {K1} -> {K2, K1}: what K1 has counted goes with it, wherever it stands. */
START_TEST(key_that_gets_company_keeps_streams_and_use)
{
	static const unsigned first[] = {71}, both[] = {72, 71};
	struct sotto_srtp_streams *streams;
	const struct sotto_key_use *use;
	struct packet packet;

	call_roll(&call, 0, 0, SEND, 1, first);
	update();
	streams = context(SEND)->streams;
	use = use_of(SEND, 0);
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, 5, &packet), SOTTO_OK);
	call_roll(&call, 0, 0, SEND, 2, both)->spec.send_master = 1;
	call.key[0][0][SEND].keying.master[0].lifetime = 1000;
	update();
	ck_assert_ptr_eq(context(SEND)->streams, streams);
	ck_assert_ptr_eq(use_of(SEND, 1), use);
	ck_assert_ptr_ne(use_of(SEND, 0), use);
	ck_assert_uint_eq(use_of(SEND, 0)->limit[SOTTO_SRTP], 1000);
	ck_assert_uint_eq(sotto_srtp_used(context(SEND), 0, SOTTO_SRTP), 0);
	ck_assert_int_eq(
		packet_protect(world, context(SEND), SSRC, 5, &packet), SOTTO_DROP_SEND_REUSE);
}
END_TEST

/* An instruction about rollover counters cannot be followed while a key goes on. */
START_TEST(roll_with_another_rollover_counter_is_refused)
{
	static const unsigned old[] = {81, 82}, new[] = {82, 83};

	for (int d = 0; d < DIRECTIONS; d++)
		call_roll(&call, 0, 0, d, 2, old);
	update();
	call_roll(&call, 0, 0, RECEIVE, 2, new)->spec.roc_policy = SOTTO_ROC_TRY;
	refuse("receive.roc");
	call.key[0][0][RECEIVE].spec.roc_policy = SOTTO_ROC_KEEP;
	call_roll(&call, 0, 0, SEND, 2, new)->spec.roc_policy = SOTTO_ROC_RESET;
	refuse("send.roc");
	call.key[0][0][SEND].spec.roc_policy = SOTTO_ROC_KEEP;
	update();
}
END_TEST

/* One roll {n, n + 1} -> {n + 1, n + 2}, with a packet before and after it. */
static void roll(unsigned n)
{
	const unsigned seeds[] = {n + 1, n + 2};
	const struct sotto_srtp_streams *streams[2] = {
		context(RECEIVE)->streams, context(SEND)->streams};
	const struct sotto_key_use *use[2] = {use_of(RECEIVE, 1), use_of(SEND, 1)};
	struct packet packet;

	/* both times under the key that stays */
	ck_assert_int_eq(
		packet_protect(world, context(SEND), SSRC, (uint16_t)(2 * n), &packet), SOTTO_OK);
	call_roll(&call, 0, 0, RECEIVE, 2, seeds)->spec.overlap_us = 1000000;
	call_roll(&call, 0, 0, SEND, 2, seeds)->spec.send_master = 0;
	update();
	for (int d = 0; d < DIRECTIONS; d++) {
		ck_assert_ptr_eq(context(d)->streams, streams[d]);
		ck_assert_ptr_eq(use_of(d, 0), use[d]);
	}
	ck_assert_uint_eq(sotto_srtp_used(context(SEND), 0, SOTTO_SRTP), 1);
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, (uint16_t)(2 * n), &packet),
		SOTTO_DROP_SEND_REUSE);
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, (uint16_t)(2 * n + 1), &packet),
		SOTTO_OK);
	/* the younger one sends until the next roll */
	call.key[0][0][SEND].spec.send_master = 1;
	update();
	ck_assert_ptr_eq(context(SEND)->streams, streams[1]);
}

START_TEST(a_thousand_rolls_of_master_keys_use_no_index_twice_and_no_memory)
{
	static const unsigned seeds[] = {100, 101};
	unsigned blocks = 0;
	long out = 0;

	call_roll(&call, 0, 0, RECEIVE, 2, seeds);
	call_roll(&call, 0, 0, SEND, 2, seeds)->spec.send_master = 1;
	update();
	for (unsigned i = 0; i < ROLLS; i++) {
		roll(100 + i);
		world_settle(world);
		if (i == 2) {
			blocks = world->block_count;
			out = allocations_out();
		}
	}
	ck_assert_uint_eq(world->block_count, blocks);
	ck_assert_int_eq(allocations_out(), out);
	ck_assert_uint_eq(packet_next(context(SEND), SSRC), 2 * (100 + ROLLS - 1) + 2);
	world_end_overlaps(world, world->now_us + 1000000);
	world_settle(world);
	/* the overlap held the other keys of the install before: two master keys, two keys each,
	 * and what led to them */
	ck_assert_uint_lt(world->block_count, blocks);
}
END_TEST

/* MH-02: header keys and those of every master key. world.c looks at each. */
START_TEST(mh02_all_keys_of_an_install_are_wiped)
{
	static const unsigned seeds[] = {91, 92, 93};
	unsigned wiped;

	call_roll(&call, 0, 0, RECEIVE, 3, seeds);
	call_roll(&call, 0, 0, SEND, 3, seeds);
	call.spec.media[0].leg[0].ids[0] = 4;
	update();
	world_settle(world);
	wiped = world->keys_wiped;
	ck_assert_uint_eq(wiped, 4);
	world_delete(world, "one");
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped - wiped, 2 * 3 * 3);
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

/* The record of a session must not hold what it was made from. */
START_TEST(mh02_no_block_holds_a_master_key)
{
	const uint8_t *key = call.key[0][0][SEND].keying.master[0].key;
	struct sotto_install *install = installed(SEND);
	size_t install_size = sizeof(*install) + install->master_count * sizeof(install->master[0]);
	size_t session_size = sizeof(*session) + session->media_count * sizeof(session->media[0]);

	ck_assert_ptr_null(memmem(install, install_size, key, 16));
	ck_assert_ptr_null(memmem(session, session_size, key, 16));
	ck_assert_ptr_null(memmem(context(SEND)->rtp, world->key_size[0], key, 16));
	ck_assert_ptr_null(memmem(context(SEND)->rtcp, world->key_size[0], key, 16));
	ck_assert_ptr_null(memmem(session->media[0].media, sizeof(struct sotto_media), key, 16));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/keys");
	TCase *tc = tcase_create("keys");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, unchanged_key_is_not_installed_again);
	tcase_add_test(tc, other_lifetime_or_wsh_does_not_install_again);
	tcase_add_test(tc, what_belongs_to_streams_cannot_change_under_a_key);
	/* 0: Cryptex; 1: encrypted elements */
	tcase_add_loop_test(tc, options_change_under_the_same_streams, 0, 2);
	tcase_add_test(tc, sending_master_key_changes_under_the_same_streams);
	tcase_add_test(tc, key_that_gets_company_keeps_streams_and_use);
	tcase_add_test(tc, roll_with_another_rollover_counter_is_refused);
	tcase_add_test(tc, a_thousand_rolls_of_master_keys_use_no_index_twice_and_no_memory);
	tcase_add_test(tc, mh02_all_keys_of_an_install_are_wiped);
	tcase_add_test(tc, mh02_no_block_holds_a_master_key);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
