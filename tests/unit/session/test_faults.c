/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation fails in turn (MH-11): the environment's and the library's own, once or from
 * there on for good. A request that fails for it has changed nothing; removal never fails, waits
 * instead, and frees nothing early.
 */
#include "call.h"

#include "allocations.h"

#include <errno.h>

#define ENOUGH 200 /* more allocations than any request here makes */

/* Of a leg with one key each way: two directions with two keys, streams, and what holds it all
 * together; one sender. */
#define INSTALLS (2 * (2 + 1 + 1) + 1)

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;

static void open_world(void)
{
	world = world_open(16, &limits);
	call_init(&call, world, "other");
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call_init(&call, world, "one");
	call_add_media(&call, "video");
}

static void close_world(void)
{
	allocations_fail_at(0, false);
	world_close(world);
}

/* A put whose nth allocation fails; whether it was refused for that. */
static bool put_failing_at(unsigned n, bool for_good)
{
	uint64_t before = world_fingerprint(world);
	struct put_result result;

	allocations_fail_at(n, for_good);
	result = world_put(world, &call.spec);
	if (result.rc == 0)
		return false;
	ck_assert_msg(result.rc == -ENOMEM, "allocation %u: error %d", n, result.rc);
	ck_assert_msg(world_fingerprint(world) == before, "allocation %u", n);
	ck_assert_ptr_null(result.session);
	ck_assert_int_ne(result.error.reason[0], 0);
	return true;
}

/* Puts with one allocation after the other failing; the first that passes ends it. */
static unsigned refused_puts(bool for_good)
{
	unsigned n = 1;

	while (put_failing_at(n, for_good)) {
		n++;
		ck_assert_uint_lt(n, ENOUGH);
	}
	return n - 1;
}

START_TEST(mh11_new_session)
{
	/* the record; for each of two media two states, its block, and what is installed */
	ck_assert_uint_eq(refused_puts(_i), 1 + 2 * (2 + 1 + INSTALLS));
	ck_assert_ptr_nonnull(sotto_session_find(world->sessions, "one"));
}
END_TEST

START_TEST(mh11_update_in_place)
{
	allocations_fail_at(0, false);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call_revise(&call);
	world->patience = 3;
	/* keys that stay are not made again */
	ck_assert_uint_eq(refused_puts(_i), 1 + 2 * 1);
	ck_assert_uint_eq(sotto_session_find(world->sessions, "one")->revision, call.spec.revision);
}
END_TEST

START_TEST(mh11_update_with_other_keys)
{
	allocations_fail_at(0, false);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call_revise(&call);
	call_secure(&call, 0, 0, 40);
	call.key[0][0][RECEIVE].spec.overlap_us = 1000000;
	world->patience = 3;
	/* an overlap each way, and the block that leads to the receiver's */
	ck_assert_uint_eq(refused_puts(_i), 1 + 2 * 1 + INSTALLS + 2 + 1);
	world_settle(world);
	world_end_overlaps(world, 5000000);
}
END_TEST

/* MKIs, header extensions, wide windows, repetitions, then a roll that shares: all that there is.
 */
START_TEST(mh11_all_that_can_be_installed)
{
	static const unsigned seeds[] = {51, 52, 53, 54};

	call_roll(&call, 0, 0, RECEIVE, 3, seeds)->spec.overlap_us = 1000000;
	call_roll(&call, 0, 0, SEND, 3, seeds);
	call.spec.media[0].leg[0].repeat = true;
	call.spec.media[0].leg[0].window = 1024;
	call.spec.media[0].leg[0].ids[0] = 2;
	/* 9 keys, 2 uses, what leads to them, install, streams; senders */
	ck_assert_uint_eq(refused_puts(_i), 1 + 2 * (2 + 1) + INSTALLS + 2 * (9 + 2 + 1 + 2) + 3);
	call_revise(&call);
	call_roll(&call, 0, 0, RECEIVE, 3, seeds + 1);
	call_roll(&call, 0, 0, SEND, 3, seeds + 1);
	world->patience = 3;
	/* 9 keys, 1 use, what leads to them, install; an overlap; one sender is new */
	ck_assert_uint_eq(refused_puts(_i), 1 + 2 * 1 + 2 * (9 + 1 + 1 + 1) + 1 + 1);
}
END_TEST

START_TEST(mh11_update_that_moves_removes_and_adds)
{
	allocations_fail_at(0, false);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call_revise(&call);
	call_remove_media(&call, 0);
	call_add_media(&call, "text");
	call.spec.media[0].leg[0].local_port = 10020;
	world->patience = 3;
	/* no state and no keys for the leg that moves, all for the media that is new */
	ck_assert_uint_eq(refused_puts(_i), 1 + (0 + 1 + 0) + (2 + 1 + INSTALLS));
	ck_assert_uint_eq(world_ports_used(world), 6);
}
END_TEST

/* How many allocations a delete makes: one for each thing that has to wait. */
static unsigned allocations_of_a_delete(void)
{
	allocations_fail_at(0, false);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	allocations_fail_at(0, false);
	world_delete(world, "one");
	return allocations_made();
}

static void delete_failing_at(unsigned n, bool for_good)
{
	uint64_t begun;

	allocations_fail_at(0, false);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	begun = world->begun;
	allocations_fail_at(n, for_good);
	world_delete(world, "one");
	ck_assert_uint_gt(world->begun, begun);
	allocations_fail_at(0, false);
	world_settle(world);
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), 1);
	ck_assert_uint_eq(world_ports_used(world), 2);
	/* the other session: one media, two states, four keys, streams of two directions */
	ck_assert_uint_eq(world->block_count, 9);
}

START_TEST(mh11_delete_waits_instead)
{
	unsigned made;

	world->patience = 3;
	made = allocations_of_a_delete();
	world_settle(world);
	ck_assert_uint_gt(made, 0);
	for (unsigned n = 1; n <= made; n++)
		delete_failing_at(n, _i);
}
END_TEST

/* RP-14: without memory for the queue nothing is freed early, and nothing is forgotten. */
START_TEST(rp14_delete_without_memory_frees_nothing_early)
{
	unsigned made;

	world->patience = 3;
	made = allocations_of_a_delete();
	world_settle(world);
	world->watch_readers = true;
	for (unsigned n = 1; n <= made; n++)
		delete_failing_at(n, _i);
}
END_TEST

START_TEST(rp14_update_without_memory_frees_nothing_early)
{
	world->patience = 3;
	world->watch_readers = true;
	allocations_fail_at(0, false);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	for (unsigned n = 1; n < 40; n++) {
		call_revise(&call);
		call.spec.media[0].leg[0].local_port = (uint16_t)(10016 + 2 * (n % 3));
		while (put_failing_at(n, _i) && n < ENOUGH)
			n++;
		allocations_fail_at(0, false);
		world_settle(world);
	}
}
END_TEST

START_TEST(mh11_create)
{
	struct sotto_session_env env = {.crypto = world->crypto};
	struct sotto_sessions *sessions = NULL;
	long out = allocations_out();
	int rc = -ENOMEM;
	unsigned n = 0;

	while (rc == -ENOMEM) {
		ck_assert_uint_lt(n, ENOUGH);
		allocations_fail_at(++n, _i);
		allocations_count(true);
		rc = sotto_sessions_create(&env, &limits, 1, &sessions);
		allocations_count(false);
		if (rc == 0)
			break;
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_ptr_null(sessions);
		ck_assert_int_eq(allocations_out(), out);
	}
	ck_assert_uint_gt(n, 1);
	allocations_count(true);
	sotto_sessions_destroy(sessions);
	allocations_count(false);
	ck_assert_int_eq(allocations_out(), out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/faults");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, open_world, close_world);
	/* 0: one allocation fails; 1: all from there on */
	tcase_add_loop_test(tc, mh11_new_session, 0, 2);
	tcase_add_loop_test(tc, mh11_update_in_place, 0, 2);
	tcase_add_loop_test(tc, mh11_update_with_other_keys, 0, 2);
	tcase_add_loop_test(tc, mh11_all_that_can_be_installed, 0, 2);
	tcase_add_loop_test(tc, mh11_update_that_moves_removes_and_adds, 0, 2);
	tcase_add_loop_test(tc, mh11_delete_waits_instead, 0, 2);
	tcase_add_loop_test(tc, rp14_delete_without_memory_frees_nothing_early, 0, 2);
	tcase_add_loop_test(tc, rp14_update_without_memory_frees_nothing_early, 0, 2);
	tcase_add_loop_test(tc, mh11_create, 0, 2);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
