/* SPDX-License-Identifier: BSD-3-Clause */
/* The limits of sessions and streams, exactly at them and one above (RP-15). */
#include "call.h"

#include <errno.h>
#include <stdio.h>

static struct world *world;
static struct call call;

static void open_with(uint32_t sessions, uint32_t streams)
{
	struct sotto_session_limits limits = {
		.sessions = sessions, .streams = streams, .workers = 1};

	world = world_open(64, &limits);
}

static int put(const char *id)
{
	call_init(&call, world, id);
	return world_put(world, &call.spec).rc;
}

static void refuse(int error)
{
	uint64_t before = world_fingerprint(world);
	struct put_result result = world_put(world, &call.spec);

	ck_assert_int_eq(result.rc, error);
	ck_assert_uint_eq(world_fingerprint(world), before);
	ck_assert_int_eq(result.error.media, -1);
	ck_assert_int_ne(result.error.reason[0], 0);
}

START_TEST(rp15_sessions_at_the_limit)
{
	char id[8];

	open_with(5, 1000);
	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "%d", i);
		ck_assert_int_eq(put(id), 0);
	}
	call_init(&call, world, "one too many");
	refuse(-ENOSPC);
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), 5);
	for (int i = 0; i < 5; i++) {
		snprintf(id, sizeof(id), "%d", i);
		ck_assert_ptr_nonnull(sotto_session_find(world->sessions, id));
	}
	world_close(world);
}
END_TEST

START_TEST(rp15_one_delete_makes_room_for_one)
{
	open_with(2, 1000);
	ck_assert_int_eq(put("a"), 0);
	ck_assert_int_eq(put("b"), 0);
	for (int i = 0; i < 20; i++) {
		world_delete(world, i % 2 ? "b" : "a");
		ck_assert_int_eq(put(i % 2 ? "b" : "a"), 0);
		call_init(&call, world, "c");
		refuse(-ENOSPC);
	}
	world_close(world);
}
END_TEST

START_TEST(updates_work_at_the_session_limit)
{
	open_with(1, 1000);
	ck_assert_int_eq(put("a"), 0);
	for (int i = 0; i < 10; i++) {
		call_revise(&call);
		ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	}
	world_close(world);
}
END_TEST

START_TEST(one_session_is_a_limit_too)
{
	open_with(1, 8);
	ck_assert_int_eq(put("a"), 0);
	call_init(&call, world, "b");
	refuse(-ENOSPC);
	world_delete(world, "a");
	ck_assert_int_eq(put("b"), 0);
	world_close(world);
}
END_TEST

START_TEST(streams_at_the_limit)
{
	/* a call has two legs, two directions, two SSRCs: eight streams */
	open_with(100, 3 * 8);
	ck_assert_int_eq(put("a"), 0);
	ck_assert_int_eq(put("b"), 0);
	ck_assert_int_eq(put("c"), 0);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 24);
	call_init(&call, world, "d");
	refuse(-ENOSPC);
	call.spec.media[0].leg[0].max_ssrcs = 1;
	call.spec.media[0].leg[1].max_ssrcs = 1;
	refuse(-ENOSPC);
	world_close(world);
}
END_TEST

START_TEST(streams_one_below_and_one_above)
{
	open_with(100, 8 + 4);
	ck_assert_int_eq(put("a"), 0);
	call_init(&call, world, "b");
	refuse(-ENOSPC);
	call.spec.media[0].leg[0].max_ssrcs = 1;
	refuse(-ENOSPC);
	call.spec.media[0].leg[1].max_ssrcs = 1;
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 12);
	world_close(world);
}
END_TEST

/* An update counts with what it gives back. */
START_TEST(update_at_the_stream_limit)
{
	open_with(100, 16);
	ck_assert_int_eq(put("a"), 0);
	call_add_media(&call, "video");
	call_revise(&call);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call_add_media(&call, "text");
	call_revise(&call);
	refuse(-ENOSPC);
	call_remove_media(&call, 1);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 16);
	world_close(world);
}
END_TEST

START_TEST(largest_legs_are_counted_in_full)
{
	open_with(100, 2 * 2 * SOTTO_SSRCS_MAX * SOTTO_MEDIA_MAX);
	call_init(&call, world, "a");
	for (unsigned i = 1; i < SOTTO_MEDIA_MAX; i++)
		call_add_media(&call, (const char[2]){(char)('0' + i), 0});
	for (unsigned i = 0; i < SOTTO_MEDIA_MAX; i++) {
		call.spec.media[i].leg[0].max_ssrcs = SOTTO_SSRCS_MAX;
		call.spec.media[i].leg[1].max_ssrcs = SOTTO_SSRCS_MAX;
	}
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call_init(&call, world, "b");
	refuse(-ENOSPC);
	world_delete(world, "a");
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 0);
	world_close(world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/limits");
	TCase *tc = tcase_create("limits");

	tcase_add_test(tc, rp15_sessions_at_the_limit);
	tcase_add_test(tc, rp15_one_delete_makes_room_for_one);
	tcase_add_test(tc, updates_work_at_the_session_limit);
	tcase_add_test(tc, one_session_is_a_limit_too);
	tcase_add_test(tc, streams_at_the_limit);
	tcase_add_test(tc, streams_one_below_and_one_above);
	tcase_add_test(tc, update_at_the_stream_limit);
	tcase_add_test(tc, largest_legs_are_counted_in_full);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
