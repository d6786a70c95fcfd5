/* SPDX-License-Identifier: BSD-3-Clause */
/* A session's life: put, found in every way there is, deleted. */
#include "call.h"

#include <stdio.h>
#include <string.h>

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;

static void open_world(void)
{
	world = world_open(32, &limits);
	call_init(&call, world, "one");
}

static void close_world(void)
{
	world_close(world);
}

static struct sotto_session *put(void)
{
	struct put_result result = world_put(world, &call.spec);

	ck_assert_int_eq(result.rc, 0);
	ck_assert_int_eq(result.outcome, SOTTO_SESSION_APPLIED);
	ck_assert_ptr_nonnull(result.session);
	return result.session;
}

START_TEST(new_session_is_found_by_its_id)
{
	struct sotto_session *session = put();

	ck_assert_ptr_eq(sotto_session_find(world->sessions, "one"), session);
	ck_assert_ptr_null(sotto_session_find(world->sessions, ""));
	ck_assert_ptr_null(sotto_session_find(world->sessions, "on"));
	ck_assert_ptr_null(sotto_session_find(world->sessions, "one "));
	ck_assert_ptr_null(sotto_session_find(world->sessions, "two"));
}
END_TEST

START_TEST(record_holds_what_was_wished)
{
	struct sotto_session *session = put();

	ck_assert_str_eq(session->id, "one");
	ck_assert_uint_eq(session->revision, 1);
	ck_assert_mem_eq(session->digest, call.spec.digest, SOTTO_DIGEST_LEN);
	ck_assert_uint_eq(session->created_us, 1000);
	ck_assert_uint_eq(session->timeout_s, 60);
	ck_assert_uint_eq(session->media_count, 1);
	ck_assert_str_eq(session->media[0].id, "audio");
	ck_assert_ptr_eq(session->media[0].leg[0].interface, &world->interface[ACCESS]);
	ck_assert_ptr_eq(session->media[0].leg[1].interface, &world->interface[CORE]);
	for (int send = 0; send < 2; send++) {
		ck_assert_str_eq(sotto_session_suite(&session->media[0].leg[0], send),
			"AES_CM_128_HMAC_SHA1_80");
		ck_assert_ptr_null(sotto_session_suite(&session->media[0].leg[1], send));
	}
	ck_assert_uint_eq(sotto_session_window(&session->media[0].leg[0]), 128);
	ck_assert_uint_eq(sotto_session_window(&session->media[0].leg[1]), 0);
	ck_assert(!session->media[0].leg[0].timed_out);
}
END_TEST

START_TEST(new_session_is_counted)
{
	put();
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), 1);
	/* two legs, two directions, two SSRCs */
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 8);
	ck_assert_uint_eq(world_ports_used(world), 2);
}
END_TEST

START_TEST(legs_are_published_on_both_ports)
{
	struct sotto_session *session = put();

	for (int side = 0; side < 2; side++) {
		const struct sotto_leg *leg = sotto_session_leg(&session->media[0], side);

		ck_assert_uint_eq(leg->rtp_port % 2, 0);
		ck_assert_uint_eq(leg->rtcp_port, leg->rtp_port + 1);
		ck_assert_ptr_eq(world_lookup(world, side, leg->rtp_port), leg);
		ck_assert_ptr_eq(world_lookup(world, side, leg->rtcp_port), leg);
		ck_assert(world_port_used(world, side, leg->rtp_port));
	}
}
END_TEST

START_TEST(with_mux_only_the_rtp_port_answers)
{
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].rtcp_mux = true;
	leg = sotto_session_leg(&put()->media[0], 0);
	ck_assert_uint_eq(leg->rtcp_port, leg->rtp_port);
	ck_assert_ptr_eq(world_lookup(world, ACCESS, leg->rtp_port), leg);
	ck_assert_ptr_null(world_lookup(world, ACCESS, leg->rtp_port + 1u));
	ck_assert(world_port_used(world, ACCESS, leg->rtp_port));
}
END_TEST

START_TEST(wished_ports_are_taken)
{
	struct sotto_session *session;

	call.spec.media[0].leg[0].local_port = 10040;
	call.spec.media[0].leg[1].local_port = 20062;
	session = put();
	ck_assert_uint_eq(sotto_session_leg(&session->media[0], 0)->rtp_port, 10040);
	ck_assert_uint_eq(sotto_session_leg(&session->media[0], 1)->rtp_port, 20062);
}
END_TEST

START_TEST(longest_ids_are_kept_whole)
{
	struct sotto_session *session;

	memset(call.id, 'x', SOTTO_SESSION_ID_MAX);
	memset(call.spec.media[0].id, 'm', SOTTO_MEDIA_ID_MAX);
	session = put();
	ck_assert_str_eq(session->id, call.id);
	ck_assert_str_eq(session->media[0].id, call.spec.media[0].id);
	ck_assert_ptr_eq(sotto_session_find(world->sessions, call.id), session);
	call_revise(&call);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), 1);
}
END_TEST

START_TEST(all_media_are_published)
{
	struct sotto_session *session;

	for (unsigned i = 1; i < SOTTO_MEDIA_MAX; i++) {
		char id[8];

		snprintf(id, sizeof(id), "m%u", i);
		ck_assert_uint_eq(call_add_media(&call, id), i);
	}
	session = put();
	ck_assert_uint_eq(session->media_count, SOTTO_MEDIA_MAX);
	ck_assert_uint_eq(world_ports_used(world), 2 * SOTTO_MEDIA_MAX);
	for (unsigned i = 0; i < SOTTO_MEDIA_MAX; i++) {
		for (int side = 0; side < 2; side++) {
			const struct sotto_leg *leg = sotto_session_leg(&session->media[i], side);

			ck_assert_ptr_eq(world_lookup(world, side, leg->rtp_port), leg);
			ck_assert_uint_eq(leg->media, i);
		}
	}
}
END_TEST

START_TEST(events_find_the_session_by_slot_and_generation)
{
	struct sotto_session *session = put();
	const struct sotto_leg *leg = sotto_session_leg(&session->media[0], 1);

	ck_assert_uint_eq(leg->session, session->slot);
	ck_assert_uint_eq(leg->generation, session->generation);
	ck_assert_ptr_eq(sotto_session_at(world->sessions, leg->session, leg->generation), session);
	ck_assert_ptr_null(sotto_session_at(world->sessions, leg->session, leg->generation + 1));
	ck_assert_ptr_null(sotto_session_at(world->sessions, leg->session + 1, leg->generation));
	ck_assert_ptr_null(sotto_session_at(world->sessions, limits.sessions, leg->generation));
	ck_assert_ptr_null(sotto_session_at(world->sessions, UINT32_MAX, leg->generation));
}
END_TEST

/* An event that was on its way while the session went and another came into its slot. */
START_TEST(late_event_does_not_find_the_successor)
{
	for (unsigned i = 0; i < 3 * limits.sessions; i++) {
		struct sotto_session *session = put();
		uint32_t slot = session->slot, generation = session->generation;

		world_delete(world, "one");
		world_settle(world);
		ck_assert_ptr_null(sotto_session_at(world->sessions, slot, generation));
		session = put();
		ck_assert_uint_ne(session->generation, generation);
		world_delete(world, "one");
		world_settle(world);
	}
}
END_TEST

START_TEST(walk_meets_every_session_once)
{
	unsigned met[16] = {0};
	uint32_t slot = 0;
	char id[8];

	ck_assert_ptr_null(sotto_session_next(world->sessions, &slot));
	for (unsigned i = 0; i < limits.sessions; i++) {
		snprintf(id, sizeof(id), "%u", i);
		call_init(&call, world, id);
		put();
	}
	world_delete(world, "5");
	world_delete(world, "15");
	for (slot = 0; sotto_session_next(world->sessions, &slot); slot++) {
		struct sotto_session *session = sotto_session_next(world->sessions, &slot);

		ck_assert_uint_eq(session->slot, slot);
		met[atoi(session->id)]++;
	}
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(met[i], i != 5 && i != 15);
}
END_TEST

START_TEST(owners_are_spread_over_the_workers)
{
	char id[8];

	for (unsigned i = 0; i < 16; i++) {
		snprintf(id, sizeof(id), "%u", i);
		call_init(&call, world, id);
		ck_assert_uint_lt(put()->owner, limits.workers);
	}
	for (unsigned w = 0; w < limits.workers; w++)
		ck_assert_uint_eq(sotto_sessions_owned(world->sessions, w), 4);
	for (unsigned i = 0; i < 16; i++) {
		snprintf(id, sizeof(id), "%u", i);
		world_delete(world, id);
	}
	for (unsigned w = 0; w < limits.workers; w++)
		ck_assert_uint_eq(sotto_sessions_owned(world->sessions, w), 0);
}
END_TEST

/* Both directions of a call belong to one worker. */
START_TEST(all_legs_of_a_session_have_its_owner)
{
	struct sotto_session *session;

	call_add_media(&call, "video");
	put();
	call_init(&call, world, "two");
	call_add_media(&call, "video");
	session = put();
	ck_assert_uint_eq(session->owner, 1);
	for (unsigned i = 0; i < 2; i++) {
		for (int side = 0; side < 2; side++)
			ck_assert_uint_eq(
				sotto_session_leg(&session->media[i], side)->owner, session->owner);
	}
}
END_TEST

START_TEST(deleted_session_is_gone_at_once)
{
	struct sotto_session *session = put();
	uint32_t slot = session->slot, generation = session->generation;
	uint32_t first = 0;

	world_delete(world, "one");
	ck_assert_ptr_null(sotto_session_at(world->sessions, slot, generation));
	ck_assert_ptr_null(sotto_session_next(world->sessions, &first));
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), 0);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 0);
	ck_assert_uint_eq(world_ports_used(world), 0);
	for (int i = 0; i < INTERFACES; i++) {
		for (unsigned port = 0; port <= 65535; port++)
			ck_assert_ptr_null(world_lookup(world, i, port));
	}
}
END_TEST

/* The header allows it, and the answer to a delete needs it: statistics of the last state. */
START_TEST(deleted_session_can_be_read_until_the_next_reclaim)
{
	struct sotto_session *session = put();
	struct sotto_leg_state *state = session->media[0].leg[0].state;

	state->received_packets = 4711;
	world_delete(world, "one");
	ck_assert_str_eq(session->id, "one");
	ck_assert_uint_eq(session->media[0].leg[0].state->received_packets, 4711);
	ck_assert_uint_eq(sotto_session_leg(&session->media[0], 0)->rtp_port, 10000);
	world_settle(world);
}
END_TEST

START_TEST(same_id_can_be_put_again_before_the_old_one_is_freed)
{
	struct sotto_session *first = put(), *second;

	world_delete(world, "one");
	second = put();
	ck_assert_ptr_ne(second, first);
	ck_assert_ptr_eq(sotto_session_find(world->sessions, "one"), second);
	ck_assert_uint_ne(second->generation, first->generation);
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), 1);
	world_settle(world);
	ck_assert_ptr_eq(sotto_session_find(world->sessions, "one"), second);
}
END_TEST

START_TEST(session_without_media_is_possible)
{
	call.spec.media_count = 0;
	put();
	ck_assert_uint_eq(world_ports_used(world), 0);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 0);
	world_delete(world, "one");
}
END_TEST

/* Destroying frees what stands and what waits; world_close() looks for what is left. */
START_TEST(destroy_frees_sessions_and_what_waits)
{
	put();
	call_init(&call, world, "two");
	put();
	world_delete(world, "two");
	call_init(&call, world, "three");
	put();
	call_revise(&call);
	put();
	sotto_sessions_destroy(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/put");
	TCase *tc = tcase_create("put");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, new_session_is_found_by_its_id);
	tcase_add_test(tc, record_holds_what_was_wished);
	tcase_add_test(tc, new_session_is_counted);
	tcase_add_test(tc, legs_are_published_on_both_ports);
	tcase_add_test(tc, with_mux_only_the_rtp_port_answers);
	tcase_add_test(tc, wished_ports_are_taken);
	tcase_add_test(tc, longest_ids_are_kept_whole);
	tcase_add_test(tc, all_media_are_published);
	tcase_add_test(tc, events_find_the_session_by_slot_and_generation);
	tcase_add_test(tc, late_event_does_not_find_the_successor);
	tcase_add_test(tc, walk_meets_every_session_once);
	tcase_add_test(tc, owners_are_spread_over_the_workers);
	tcase_add_test(tc, all_legs_of_a_session_have_its_owner);
	tcase_add_test(tc, deleted_session_is_gone_at_once);
	tcase_add_test(tc, deleted_session_can_be_read_until_the_next_reclaim);
	tcase_add_test(tc, same_id_can_be_put_again_before_the_old_one_is_freed);
	tcase_add_test(tc, session_without_media_is_possible);
	tcase_add_test(tc, destroy_frees_sessions_and_what_waits);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
