/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Behind a re-key the key before opens late packets for a while, learns nothing from them, and is
 * wiped in time (ST-19).
 */
#include "call.h"
#include "packets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SSRC 0x50770a11
#define OVERLAP_US 2000000
#define MANY 10000

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;
static struct sotto_session *session;
static struct call peer; /* who sends what the call receives */

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

static const struct sotto_srtp_previous *previous(void)
{
	const struct sotto_srtp_more *more = context(RECEIVE)->more;

	return more ? more->previous : NULL;
}

/* Gives both directions other keys. */
static void rekey(unsigned seed)
{
	call_rekey(&call, 0, 0, RECEIVE, seed);
	call_rekey(&call, 0, 0, SEND, seed);
	update();
}

static void rekey_with_overlap(unsigned seed)
{
	call.key[0][0][RECEIVE].spec.overlap_us = OVERLAP_US;
	call.key[0][0][SEND].spec.overlap_us = OVERLAP_US;
	rekey(seed);
}

START_TEST(overlap_leads_to_the_context_before)
{
	struct sotto_srtp_context before = *context(RECEIVE);

	rekey_with_overlap(42);
	ck_assert_ptr_nonnull(previous());
	ck_assert_mem_eq(&previous()->context, &before, sizeof(before));
	ck_assert_uint_eq(previous()->until_us, world->now_us + OVERLAP_US);
	/* what is sent has one key at a time */
	ck_assert_ptr_null(context(SEND)->more);
	ck_assert_ptr_null(installed(SEND)->overlap->previous);
}
END_TEST

START_TEST(without_overlap_nothing_is_left)
{
	rekey(42);
	ck_assert_ptr_null(context(RECEIVE)->more);
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 4);
	/* but for the streams that the sender goes on from, and their record, for two seconds */
	ck_assert_uint_eq(world->block_count, 9 + 2);
	ck_assert_ptr_nonnull(context(SEND)->streams->before);
	world_end_overlaps(world, world->now_us + 1999999);
	ck_assert_ptr_nonnull(context(SEND)->streams->before);
	world_end_overlaps(world, world->now_us + 2000000);
	ck_assert_ptr_null(context(SEND)->streams->before);
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 9);
}
END_TEST

START_TEST(st_19_overlap_ends_in_time_and_the_key_is_wiped_behind_the_grace_period)
{
	uint64_t end = world->now_us + OVERLAP_US;

	world->watch_readers = true;
	rekey_with_overlap(42);
	world_settle(world);
	/* the send keys are gone; the receive keys are in use */
	ck_assert_uint_eq(world->keys_wiped, 2);
	world_end_overlaps(world, end - 1);
	ck_assert_ptr_nonnull(previous());
	world_end_overlaps(world, end);
	ck_assert_ptr_null(previous());
	ck_assert_uint_gt(world_reclaim(world), 0);
	ck_assert_uint_eq(world->keys_wiped, 2);
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 4);
	/* once is enough */
	world_end_overlaps(world, end + OVERLAP_US);
	ck_assert_uint_eq(world_reclaim(world), 0);
	/* media, states, keys, streams; more goes with the install */
	ck_assert_uint_eq(world->block_count, 9 + 1);
}
END_TEST

START_TEST(rekey_inside_an_overlap_ends_the_older_one)
{
	struct sotto_srtp_context first = *context(RECEIVE), second;
	const struct sotto_srtp_more *more;

	world->watch_readers = true;
	rekey_with_overlap(42);
	second = *context(RECEIVE);
	more = second.more;
	ck_assert_ptr_eq(previous()->context.rtp, first.rtp);
	world->now_us += 1000;
	rekey_with_overlap(43);
	ck_assert_ptr_eq(previous()->context.rtp, second.rtp);
	ck_assert_uint_eq(previous()->until_us, world->now_us + OVERLAP_US);
	/* two keys at most, whoever asks */
	ck_assert_ptr_null(more->previous);
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 2 + 4);
	/* the time of the first is over: nothing ends too early for it */
	world_end_overlaps(world, world->now_us + OVERLAP_US - 1);
	ck_assert_ptr_nonnull(previous());
	world_end_overlaps(world, world->now_us + OVERLAP_US);
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 4 + 4);
}
END_TEST

START_TEST(a_hundred_rekeys_inside_overlaps_leave_two_keys)
{
	unsigned blocks = 0;

	for (unsigned i = 0; i < 100; i++) {
		rekey_with_overlap(42 + i);
		world_settle(world);
		if (i == 1)
			blocks = world->block_count;
		if (i > 1)
			ck_assert_uint_eq(world->block_count, blocks);
	}
	world_end_overlaps(world, world->now_us + OVERLAP_US);
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 9 + 1);
}
END_TEST

START_TEST(delete_inside_an_overlap)
{
	world->watch_readers = true;
	rekey_with_overlap(42);
	world_delete(world, "one");
	world_end_overlaps(world, world->now_us + OVERLAP_US);
	while (world->over_to < world->begun) {
		world->over_to++;
		world_reclaim(world);
	}
	ck_assert_uint_eq(world->block_count, 0);
	ck_assert_uint_eq(world->keys_wiped, 8);
}
END_TEST

START_TEST(key_that_is_taken_away_inside_an_overlap)
{
	world->watch_readers = true;
	rekey_with_overlap(42);
	call.spec.media[0].leg[0].receive = NULL;
	update();
	ck_assert_ptr_null(context(RECEIVE)->rtp);
	world_end_overlaps(world, world->now_us + OVERLAP_US);
	world_settle(world);
	/* only the send keys of today are left */
	ck_assert_uint_eq(world->keys_wiped, 6);
}
END_TEST

START_TEST(overlap_outlives_an_update_and_a_move)
{
	struct sotto_endpoint place = call_endpoint("192.0.2.99", 7000);
	const struct sotto_srtp_previous *before;

	world->watch_readers = true;
	rekey_with_overlap(42);
	before = previous();
	world->now_us += OVERLAP_US / 2;
	call.spec.timeout_s = 7;
	update();
	ck_assert_ptr_eq(previous(), before);
	ck_assert_int_eq(world_relocate(world, "one", 0, &place, 7001), 0);
	ck_assert_ptr_eq(previous(), before);
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 2);
	world_end_overlaps(world, world->now_us + OVERLAP_US / 2);
	ck_assert_ptr_null(previous());
}
END_TEST

START_TEST(refused_rekey_leaves_the_overlap_as_it_is)
{
	const struct sotto_srtp_previous *before;
	uint64_t fingerprint;

	rekey_with_overlap(42);
	before = previous();
	call_rekey(&call, 0, 0, RECEIVE, 43);
	call.spec.media[0].leg[1].remote = call_endpoint("2001:db8:9::1", 4000);
	call_revise(&call);
	fingerprint = world_fingerprint(world);
	ck_assert_int_eq(world_put(world, &call.spec).rc, -EHOSTUNREACH);
	ck_assert_uint_eq(world_fingerprint(world), fingerprint);
	ck_assert_ptr_eq(previous(), before);
	world_end_overlaps(world, world->now_us + OVERLAP_US);
	ck_assert_ptr_null(previous());
}
END_TEST

/* From here on: packets. The peer's session sends with the key that the call receives with. */

static const struct sotto_srtp_context *peer_sends(const struct call_key *key, const char *id)
{
	struct put_result result;

	call_init(&peer, world, id);
	call_copy_key(&peer, 0, 0, SEND, key);
	result = world_put(world, &peer.spec);
	ck_assert_int_eq(result.rc, 0);
	return &sotto_session_leg(&result.session->media[0], 0)->send;
}

static void send(const struct sotto_srtp_context *from, uint16_t seq, struct packet *packet)
{
	ck_assert_int_eq(packet_protect(world, from, SSRC, seq, packet), SOTTO_OK);
}

START_TEST(st_19_late_packets_open_in_the_overlap_and_teach_nothing)
{
	const struct sotto_srtp_context *from;
	struct packet early, old, far, new;
	uint64_t now = world->now_us;
	bool late = false;

	from = peer_sends(&call.key[0][0][RECEIVE], "peer");
	send(from, 10, &early);
	send(from, 11, &old);
	send(from, 30000, &far);
	ck_assert_int_eq(packet_open(world, context(RECEIVE), &early, now, NULL), SOTTO_OK);
	rekey_with_overlap(42);
	from = peer_sends(&call.key[0][0][RECEIVE], "peer with the new key");
	send(from, 12, &new);
	/* under the new key the old packets teach nothing, however far they are */
	ck_assert_int_eq(packet_open(world, context(RECEIVE), &old, now, &late), SOTTO_OK);
	ck_assert(late);
	ck_assert_int_eq(packet_open(world, context(RECEIVE), &far, now, &late), SOTTO_OK);
	ck_assert(late);
	ck_assert_uint_eq(packet_next(context(RECEIVE), SSRC), 11);
	ck_assert_int_eq(packet_open(world, context(RECEIVE), &new, now, &late), SOTTO_OK);
	ck_assert(!late);
	ck_assert_uint_eq(packet_next(context(RECEIVE), SSRC), 13);
	/* once each, also there */
	ck_assert_int_ne(packet_open(world, context(RECEIVE), &old, now, NULL), SOTTO_OK);
	ck_assert_int_ne(packet_open(world, context(RECEIVE), &early, now, NULL), SOTTO_OK);
}
END_TEST

START_TEST(st_19_late_packets_fail_behind_the_overlap)
{
	const struct sotto_srtp_context *from = peer_sends(&call.key[0][0][RECEIVE], "peer");
	uint64_t end = world->now_us + OVERLAP_US;
	struct packet first, second;

	send(from, 10, &first);
	send(from, 11, &second);
	rekey_with_overlap(42);
	/* in time even when nobody has ended it */
	ck_assert_int_eq(packet_open(world, context(RECEIVE), &first, end, NULL), SOTTO_DROP_AUTH);
	ck_assert_int_eq(packet_open(world, context(RECEIVE), &first, end - 1, NULL), SOTTO_OK);
	world_end_overlaps(world, end);
	ck_assert_int_eq(
		packet_open(world, context(RECEIVE), &second, end - 1, NULL), SOTTO_DROP_AUTH);
}
END_TEST

/* Many at once: as many steps as sessions, and none before the time. */

static unsigned steps;

static void count_step(struct world *at, void *arg)
{
	steps++;
}

static void put_many(unsigned revision)
{
	char id[16];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(id, sizeof(id), "%u", i);
		call_init(&call, world, id);
		call.spec.media[0].leg[0].send = NULL;
		call_rekey(&call, 0, 0, RECEIVE, revision)->spec.overlap_us = OVERLAP_US;
		call.spec.revision = revision;
		put();
	}
}

static unsigned count_overlaps(void)
{
	const struct sotto_overlap *overlap = world->sessions->overlaps;
	unsigned n = 0;

	for (; overlap; overlap = overlap->next)
		n++;
	return n;
}

START_TEST(ten_thousand_overlaps_end_in_as_many_steps)
{
	static const struct sotto_session_limits many = {
		.sessions = MANY, .streams = 8 * MANY, .workers = 4};

	world = world_open(MANY, &many);
	put_many(1);
	ck_assert_uint_eq(count_overlaps(), 0);
	put_many(2);
	ck_assert_uint_eq(count_overlaps(), MANY);
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 0);
	world->hook = count_step;
	world_end_overlaps(world, world->now_us + OVERLAP_US - 1);
	ck_assert_uint_eq(steps, 0);
	/* each begins one grace period, and is asked for once */
	world_end_overlaps(world, world->now_us + OVERLAP_US);
	ck_assert_uint_eq(steps, MANY);
	ck_assert_uint_eq(count_overlaps(), 0);
	ck_assert_uint_eq(world_reclaim(world), MANY);
	ck_assert_uint_eq(steps, MANY + 1);
	world->hook = NULL;
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 2 * MANY);
	world_close(world);
}
END_TEST

static void add_overlap_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, overlap_leads_to_the_context_before);
	tcase_add_test(tc, without_overlap_nothing_is_left);
	tcase_add_test(tc, st_19_overlap_ends_in_time_and_the_key_is_wiped_behind_the_grace_period);
	tcase_add_test(tc, rekey_inside_an_overlap_ends_the_older_one);
	tcase_add_test(tc, a_hundred_rekeys_inside_overlaps_leave_two_keys);
	tcase_add_test(tc, delete_inside_an_overlap);
	tcase_add_test(tc, key_that_is_taken_away_inside_an_overlap);
	tcase_add_test(tc, overlap_outlives_an_update_and_a_move);
	tcase_add_test(tc, refused_rekey_leaves_the_overlap_as_it_is);
	tcase_add_test(tc, st_19_late_packets_open_in_the_overlap_and_teach_nothing);
	tcase_add_test(tc, st_19_late_packets_fail_behind_the_overlap);
}

int main(void)
{
	Suite *suite = suite_create("session/overlap");
	TCase *tc = tcase_create("overlap");

	add_overlap_tests(tc);
	suite_add_tcase(suite, tc);
	tc = tcase_create("many");
	tcase_set_timeout(tc, 110);
	tcase_add_test(tc, ten_thousand_overlaps_end_in_as_many_steps);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
