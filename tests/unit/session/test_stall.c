/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RP-13: a worker that stands still, so that no grace period ends. Requests go on without waiting
 * for it, each leaves a bounded number of things behind, and all of them are freed when the worker
 * is back. A request that waited would never return: the time limit would end the test.
 */
#include "call.h"

#include <stdio.h>

#define ROUNDS 500
#define MEDIA_RETIRED 3 /* a media, and the installs of its two directions */
#define CALL_RETIRED 4  /* a session's end: its media, two states, itself */

static const struct sotto_session_limits limits = {.sessions = 4, .streams = 64, .workers = 2};

static struct world *world;

static void open_world(void)
{
	world = world_open(16, &limits);
}

static void close_world(void)
{
	world_close(world);
}

static void put(const struct call *call)
{
	ck_assert_int_eq(world_put(world, &call->spec).rc, 0);
}

/* How many things wait; none may have been freed. */
static uint32_t waiting(void)
{
	return world_reclaim(world);
}

START_TEST(rp_13_rekeys_go_on)
{
	static struct call call;
	uint32_t before = 0;

	call_init(&call, world, "one");
	call_secure(&call, 0, 0, 10);
	put(&call);
	for (unsigned n = 0; n < ROUNDS; n++) {
		call_secure(&call, 0, 0, 11 + n);
		call_revise(&call);
		put(&call);
		ck_assert_uint_gt(waiting(), before);
		ck_assert_uint_le(waiting(), before + MEDIA_RETIRED);
		before = waiting();
	}
	world_settle(world);
	ck_assert_uint_eq(waiting(), 0);
	world_delete(world, "one");
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

/* Limits count what stands, not what waits: the calls of others find room. */
START_TEST(rp_13_calls_come_and_go)
{
	static struct call call;
	uint32_t before = 0;
	char id[16];

	for (unsigned n = 0; n < ROUNDS; n++) {
		snprintf(id, sizeof(id), "call-%u", n);
		call_init(&call, world, id);
		put(&call);
		world_delete(world, id);
		ck_assert_uint_gt(waiting(), before);
		ck_assert_uint_le(waiting(), before + CALL_RETIRED);
		before = waiting();
		ck_assert_uint_eq(sotto_sessions_count(world->sessions), 0);
		ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 0);
	}
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

/* The packets of calls that stand find their legs all the while. */
START_TEST(rp_13_standing_calls_stay)
{
	static struct call stays, other;
	const struct sotto_leg *leg;
	uint16_t port;

	call_init(&stays, world, "stays");
	put(&stays);
	leg = sotto_session_leg(&sotto_session_find(world->sessions, "stays")->media[0], 0);
	port = leg->rtp_port;
	for (unsigned n = 0; n < ROUNDS; n++) {
		call_init(&other, world, "other");
		put(&other);
		world_delete(world, "other");
		ck_assert_ptr_eq(world_lookup(world, ACCESS, port), leg);
	}
	world_settle(world);
	ck_assert_ptr_eq(world_lookup(world, ACCESS, port), leg);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/stall");
	TCase *tests = tcase_create("stall");

	tcase_add_checked_fixture(tests, open_world, close_world);
	tcase_set_timeout(tests, 30);
	tcase_add_test(tests, rp_13_rekeys_go_on);
	tcase_add_test(tests, rp_13_calls_come_and_go);
	tcase_add_test(tests, rp_13_standing_calls_stay);
	suite_add_tcase(suite, tests);
	return sotto_unit_run(suite);
}
