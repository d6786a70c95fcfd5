/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Removal in two phases: nothing is freed while a worker may hold it, keys are wiped when it is.
 * world.c watches every release; here grace periods end one by one, in the worst order for us: a
 * worker is quiescent the moment a period has begun, and takes up pointers right behind that.
 */
#include "call.h"

#include <string.h>

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;

static void open_world(void)
{
	world = world_open(16, &limits);
	world->watch_readers = true;
	call_init(&call, world, "one");
}

static void close_world(void)
{
	world_close(world);
}

static void put(void)
{
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
}

static void update(void)
{
	call_revise(&call);
	put();
}

/* Ends one grace period after the other, and reclaims after each. */
static void end_one_by_one(void)
{
	while (world->over_to < world->begun) {
		world->over_to++;
		world_reclaim(world);
	}
	ck_assert_uint_eq(world_reclaim(world), 0);
}

START_TEST(nothing_is_freed_before_its_grace_period_is_over)
{
	unsigned blocks;

	put();
	blocks = world->block_count;
	world_delete(world, "one");
	ck_assert_uint_eq(world->block_count, blocks);
	for (int i = 0; i < 10; i++)
		ck_assert_uint_gt(world_reclaim(world), 0);
	ck_assert_uint_eq(world->block_count, blocks);
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

START_TEST(reclaim_without_work_is_harmless)
{
	ck_assert_uint_eq(world_reclaim(world), 0);
	put();
	ck_assert_uint_eq(world_reclaim(world), 0);
	ck_assert_uint_eq(world->begun, 0);
}
END_TEST

START_TEST(older_grace_periods_free_their_part_only)
{
	unsigned blocks;

	put();
	update();
	blocks = world->block_count;
	/* the old media waits; its keys have stayed. Now the rest goes, too */
	world->over_to = world->begun;
	world_delete(world, "one");
	world_reclaim(world);
	ck_assert_uint_eq(world->block_count, blocks - 1);
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

/*
 * While one leg of a call is still in its port table, the state of the other is in use: packets
 * that arrive here are counted there. Its grace period must not begin before both are out.
 */
START_TEST(delete_unpublishes_all_before_a_grace_period_begins)
{
	put();
	world_delete(world, "one");
	end_one_by_one();
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

START_TEST(delete_of_many_media)
{
	call_add_media(&call, "video");
	call_add_media(&call, "text");
	call.spec.media[1].leg[0].rtcp_mux = true;
	put();
	world_delete(world, "one");
	end_one_by_one();
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

START_TEST(update_in_place)
{
	put();
	for (int i = 0; i < 5; i++) {
		call_secure(&call, 0, 0, 10u + (unsigned)i);
		update();
		end_one_by_one();
	}
}
END_TEST

START_TEST(update_to_mux_and_back)
{
	put();
	call.spec.media[0].leg[0].rtcp_mux = true;
	update();
	call.spec.media[0].leg[0].rtcp_mux = false;
	update();
	end_one_by_one();
}
END_TEST

START_TEST(update_that_moves_the_first_leg)
{
	put();
	call.spec.media[0].leg[0].local_port = 10020;
	update();
	end_one_by_one();
}
END_TEST

START_TEST(update_that_moves_the_second_leg)
{
	put();
	call.spec.media[0].leg[1].local_port = 20020;
	update();
	end_one_by_one();
}
END_TEST

START_TEST(update_that_moves_both_legs)
{
	put();
	call.spec.media[0].leg[0].local_port = 10020;
	call.spec.media[0].leg[1].local_port = 20020;
	update();
	end_one_by_one();
}
END_TEST

START_TEST(update_that_removes_a_media)
{
	call_add_media(&call, "video");
	put();
	call_remove_media(&call, 0);
	update();
	end_one_by_one();
}
END_TEST

START_TEST(update_that_replaces_a_media)
{
	put();
	strcpy(call.spec.media[0].id, "other");
	call_secure(&call, 0, 0, 77); /* the old key would begin its indices again */
	update();
	end_one_by_one();
}
END_TEST

START_TEST(updates_that_overtake_the_grace_periods)
{
	put();
	for (int i = 0; i < 8; i++) {
		call_secure(&call, 0, 0, 10u + (unsigned)i);
		call.spec.media[0].leg[i % 2].local_port =
			(uint16_t)(10000 * (1 + i % 2) + 10 + 2 * i);
		update();
		if (i % 3 == 0) {
			world->over_to += (world->begun - world->over_to) / 2;
			world_reclaim(world);
		}
	}
	end_one_by_one();
}
END_TEST

/* MH-02: world.c looks at every key block that is released: all of them were wiped. */
START_TEST(mh02_every_key_is_wiped_when_it_is_freed)
{
	const struct sotto_leg *leg;
	struct put_result result;

	world->watch_readers = false;
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	leg = sotto_session_leg(&result.session->media[0], 0);
	world_delete(world, "one");
	/* until then the key is whole: workers may use it to the last packet */
	ck_assert_ptr_eq(leg->send.rtp->backend, world->crypto->backend);
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 4);
}
END_TEST

/* MH-02: also the keys that an update replaces, and those of a put that fails on its way. */
START_TEST(mh02_replaced_and_half_built_keys_are_wiped)
{
	world->watch_readers = false;
	put();
	call_secure(&call, 0, 0, 7);
	update();
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 4);
	call_add_media(&call, "video");
	call.spec.media[1].leg[1].remote = call_endpoint("2001:db8:9::1", 4000);
	call_revise(&call);
	ck_assert_int_lt(world_put(world, &call.spec).rc, 0);
	ck_assert_uint_eq(world->keys_wiped, 8);
}
END_TEST

/* The next hop of an old leg is in use as long as the leg is. */
START_TEST(neighbours_are_held_for_the_grace_period)
{
	const struct sotto_neighbor *hop;
	struct sotto_addr addr = call_endpoint("192.0.2.200", 0).addr;
	struct sotto_session *session;

	put();
	session = sotto_session_find(world->sessions, "one");
	hop = sotto_session_leg(&session->media[0], 0)->next_hop;
	world->watch_readers = false;
	world_delete(world, "one");
	ck_assert_uint_eq(hop->references, 1);
	/* a new neighbour must not take over the entry meanwhile */
	ck_assert_ptr_ne(sotto_neighbor_get(sotto_sessions_neighbors(world->sessions),
				 &world->interface[ACCESS], &addr),
		hop);
	world_settle(world);
	ck_assert_uint_eq(hop->references, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/grace");
	TCase *tc = tcase_create("grace");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, nothing_is_freed_before_its_grace_period_is_over);
	tcase_add_test(tc, reclaim_without_work_is_harmless);
	tcase_add_test(tc, older_grace_periods_free_their_part_only);
	tcase_add_test(tc, delete_unpublishes_all_before_a_grace_period_begins);
	tcase_add_test(tc, delete_of_many_media);
	tcase_add_test(tc, update_in_place);
	tcase_add_test(tc, update_to_mux_and_back);
	tcase_add_test(tc, update_that_moves_the_first_leg);
	tcase_add_test(tc, update_that_moves_the_second_leg);
	tcase_add_test(tc, update_that_moves_both_legs);
	tcase_add_test(tc, update_that_removes_a_media);
	tcase_add_test(tc, update_that_replaces_a_media);
	tcase_add_test(tc, updates_that_overtake_the_grace_periods);
	tcase_add_test(tc, mh02_every_key_is_wiped_when_it_is_freed);
	tcase_add_test(tc, mh02_replaced_and_half_built_keys_are_wiped);
	tcase_add_test(tc, neighbours_are_held_for_the_grace_period);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
