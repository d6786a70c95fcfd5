/* SPDX-License-Identifier: BSD-3-Clause */
/* A newer revision of a session: what stays, what is new, what goes. */
#include "call.h"

#include <errno.h>
#include <string.h>

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;
static struct sotto_session *session;

/* What stood before the update. */
static struct {
	struct sotto_session *session;
	const struct sotto_leg *leg[2];
	struct sotto_leg_state *state[2];
	uint16_t port[2];
} old;

static struct sotto_session *put(void)
{
	struct put_result result = world_put(world, &call.spec);

	ck_assert_int_eq(result.rc, 0);
	ck_assert_int_eq(result.outcome, SOTTO_SESSION_APPLIED);
	return result.session;
}

static void remember(unsigned media)
{
	old.session = session;
	for (int side = 0; side < 2; side++) {
		old.leg[side] = sotto_session_leg(&session->media[media], side);
		old.state[side] = session->media[media].leg[side].state;
		old.port[side] = old.leg[side]->rtp_port;
	}
}

static void open_world(void)
{
	world = world_open(32, &limits);
	call_init(&call, world, "one");
	session = put();
	remember(0);
}

static void close_world(void)
{
	world_settle(world);
	world_close(world);
}

static void update(void)
{
	call_revise(&call);
	session = put();
	ck_assert_ptr_eq(sotto_session_find(world->sessions, "one"), session);
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), 1);
}

static const struct sotto_leg *leg_of(unsigned media, int side)
{
	return sotto_session_leg(&session->media[media], side);
}

/* The leg is a new object on the old port with the old state. */
static void check_stays(unsigned media, int side)
{
	const struct sotto_leg *leg = leg_of(media, side);

	ck_assert_ptr_ne(leg, old.leg[side]);
	ck_assert_uint_eq(leg->rtp_port, old.port[side]);
	ck_assert_ptr_eq(leg->state, old.state[side]);
	ck_assert_ptr_eq(session->media[media].leg[side].state, old.state[side]);
	ck_assert_ptr_eq(world_lookup(world, side, old.port[side]), leg);
	ck_assert(world_port_used(world, side, old.port[side]));
}

static void check_port_free(int interface, uint16_t port)
{
	ck_assert_ptr_null(world_lookup(world, interface, port));
	ck_assert_ptr_null(world_lookup(world, interface, port + 1u));
	ck_assert(!world_port_used(world, interface, port));
}

START_TEST(identity_stays)
{
	uint32_t slot = session->slot, generation = session->generation;
	uint8_t owner = session->owner;

	call.spec.timeout_s = 5;
	update();
	ck_assert_uint_eq(session->slot, slot);
	ck_assert_uint_eq(session->generation, generation);
	ck_assert_uint_eq(session->owner, owner);
	ck_assert_uint_eq(session->created_us, 1000);
	ck_assert_uint_eq(session->revision, 2);
	ck_assert_uint_eq(session->timeout_s, 5);
	ck_assert_mem_eq(session->digest, call.spec.digest, SOTTO_DIGEST_LEN);
	ck_assert_ptr_eq(sotto_session_at(world->sessions, slot, generation), session);
	ck_assert_uint_eq(sotto_sessions_owned(world->sessions, owner), 1);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 8);
}
END_TEST

START_TEST(ports_states_and_windows_stay)
{
	const struct sotto_srtp_context receive = old.leg[0]->receive, send = old.leg[0]->send;

	update();
	check_stays(0, 0);
	check_stays(0, 1);
	ck_assert_mem_eq(&leg_of(0, 0)->receive, &receive, sizeof(receive));
	ck_assert_mem_eq(&leg_of(0, 0)->send, &send, sizeof(send));
	ck_assert_uint_eq(world_ports_used(world), 2);
}
END_TEST

START_TEST(wishing_the_port_it_has_changes_nothing)
{
	call.spec.media[0].leg[0].local_port = old.port[0];
	call.spec.media[0].leg[1].local_port = old.port[1];
	update();
	check_stays(0, 0);
	check_stays(0, 1);
}
END_TEST

/* Workers that still hold the old legs must find them as they were. */
START_TEST(old_legs_are_never_edited)
{
	struct sotto_leg before[2] = {*old.leg[0], *old.leg[1]};
	uint8_t key[64];

	memcpy(key, old.leg[0]->send.rtp, sizeof(key));
	call_secure(&call, 0, 0, 42);
	call.spec.media[0].leg[0].rtcp_mux = true;
	call.spec.media[0].leg[1].remote = call_endpoint("2001:db8::99", 6000);
	update();
	world_delete(world, "one");
	ck_assert_mem_eq(old.leg[0], &before[0], sizeof(before[0]));
	ck_assert_mem_eq(old.leg[1], &before[1], sizeof(before[1]));
	ck_assert_mem_eq(old.leg[0]->send.rtp, key, sizeof(key));
}
END_TEST

START_TEST(statistics_stay)
{
	old.state[1]->received_packets = 100;
	*sotto_leg_drops(old.state[1], SOTTO_DROP_AUTH) = 3;
	update();
	ck_assert_uint_eq(leg_of(0, 1)->state->received_packets, 100);
	ck_assert_uint_eq(sotto_leg_dropped(leg_of(0, 1)->state, SOTTO_DROP_AUTH), 3);
}
END_TEST

START_TEST(told_timeout_stays_told)
{
	session->media[0].leg[1].timed_out = true;
	update();
	ck_assert(!session->media[0].leg[0].timed_out);
	ck_assert(session->media[0].leg[1].timed_out);
}
END_TEST

/* It was silent before, and moving alone brings no packet. */
START_TEST(moved_leg_stays_timed_out)
{
	session->media[0].leg[1].timed_out = true;
	call.spec.media[0].leg[1].local_port = 20030;
	update();
	ck_assert(session->media[0].leg[1].timed_out);
}
END_TEST

START_TEST(mux_unpublishes_the_rtcp_port)
{
	call.spec.media[0].leg[0].rtcp_mux = true;
	update();
	check_stays(0, 0);
	ck_assert_ptr_null(world_lookup(world, ACCESS, old.port[0] + 1u));
	ck_assert_ptr_eq(world_lookup(world, CORE, old.port[1] + 1u), leg_of(0, 1));
	call.spec.media[0].leg[0].rtcp_mux = false;
	update();
	ck_assert_ptr_eq(world_lookup(world, ACCESS, old.port[0] + 1u), leg_of(0, 0));
}
END_TEST

START_TEST(new_remote_has_a_new_way_out)
{
	struct sotto_endpoint remote = call_endpoint("2001:db8::99", 6000);

	call.spec.media[0].leg[1].remote = remote;
	update();
	check_stays(0, 1);
	ck_assert(sotto_base_addr_equal(&leg_of(0, 1)->next_hop->addr, &remote.addr));
	ck_assert_uint_eq(leg_of(0, 1)->remote.port, 6000);
	ck_assert_uint_eq(old.leg[1]->next_hop->references, 1);
	world_settle(world);
	ck_assert_uint_eq(leg_of(0, 1)->next_hop->references, 1);
}
END_TEST

START_TEST(keys_may_come_later)
{
	call_init(&call, world, "two");
	call.spec.media[0].leg[0].receive = NULL;
	call.spec.media[0].leg[0].send = NULL;
	session = put();
	ck_assert_ptr_null(leg_of(0, 0)->receive.rtp);
	call_secure(&call, 0, 0, 3);
	call_revise(&call);
	session = put();
	ck_assert_ptr_nonnull(leg_of(0, 0)->receive.rtp);
	ck_assert_ptr_nonnull(leg_of(0, 0)->send.rtp);
	ck_assert_str_eq(
		sotto_session_suite(&session->media[0].leg[0], true), "AES_CM_128_HMAC_SHA1_80");
}
END_TEST

START_TEST(suite_may_change)
{
	const struct sotto_srtp_streams *streams = leg_of(0, 0)->send.streams;

	for (int d = 0; d < DIRECTIONS; d++) {
		call.key[0][0][d].keying.suite =
			sotto_keys_suite_by_name("AES_CM_128_HMAC_SHA1_32", 23);
		call_digest(&call.key[0][0][d]);
	}
	update();
	ck_assert_uint_eq(leg_of(0, 0)->send.rtp->tag_len, 4);
	ck_assert_uint_eq(leg_of(0, 0)->send.rtcp->tag_len, 10);
	ck_assert_str_eq(
		sotto_session_suite(&session->media[0].leg[0], false), "AES_CM_128_HMAC_SHA1_32");
	/* the master keys are the same, and so are the indices that they have seen */
	ck_assert_ptr_eq(leg_of(0, 0)->send.streams, streams);
}
END_TEST

/*
 * A leg that moves gives its port back but takes its windows along: under a send key that stays,
 * new windows would use indices twice (RFC 3711, 9.1).
 */
START_TEST(st_18_moved_leg_leaves_its_port_and_keeps_its_windows)
{
	const struct sotto_srtp_streams *streams[2] = {
		leg_of(0, 0)->receive.streams, leg_of(0, 0)->send.streams};

	call.spec.media[0].leg[0].local_port = 10040;
	update();
	check_port_free(ACCESS, old.port[0]);
	ck_assert_ptr_eq(leg_of(0, 0)->receive.streams, streams[0]);
	ck_assert_ptr_eq(leg_of(0, 0)->send.streams, streams[1]);
	ck_assert_uint_eq(leg_of(0, 0)->rtp_port, 10040);
	ck_assert_ptr_eq(world_lookup(world, ACCESS, 10040), leg_of(0, 0));
	ck_assert_ptr_eq(world_lookup(world, ACCESS, 10041), leg_of(0, 0));
	ck_assert_ptr_eq(leg_of(0, 0)->state, old.state[0]);
	check_stays(0, 1);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 8);
}
END_TEST

START_TEST(leg_can_move_to_another_interface)
{
	call.spec.media[0].leg[0].interface = &world->interface[CORE];
	call.spec.media[0].leg[0].remote = call_endpoint("2001:db8::55", 4000);
	update();
	check_port_free(ACCESS, old.port[0]);
	check_stays(0, 1);
	ck_assert_ptr_eq(world_lookup(world, CORE, leg_of(0, 0)->rtp_port), leg_of(0, 0));
	ck_assert_ptr_eq(session->media[0].leg[0].interface, &world->interface[CORE]);
	ck_assert_uint_eq(leg_of(0, 0)->device, 8);
}
END_TEST

START_TEST(both_legs_can_move)
{
	call.spec.media[0].leg[0].local_port = 10040;
	call.spec.media[0].leg[1].local_port = 20040;
	update();
	check_port_free(ACCESS, old.port[0]);
	check_port_free(CORE, old.port[1]);
	ck_assert_uint_eq(world_ports_used(world), 2);
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 3 + 4 + 2);
}
END_TEST

/* A port that the update itself gives up is not free for it: it would have two listeners. */
START_TEST(ports_cannot_be_swapped_in_one_step)
{
	uint64_t before;
	struct put_result result;

	call.spec.media[0].leg[1].interface = &world->interface[ACCESS];
	call.spec.media[0].leg[1].remote = call_endpoint("192.0.2.9", 4);
	update();
	call.spec.media[0].leg[0].local_port = leg_of(0, 1)->rtp_port;
	call.spec.media[0].leg[1].local_port = leg_of(0, 0)->rtp_port;
	call_revise(&call);
	before = world_fingerprint(world);
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, -EADDRINUSE);
	ck_assert_uint_eq(world_fingerprint(world), before);
}
END_TEST

START_TEST(added_media_joins)
{
	call_add_media(&call, "video");
	update();
	check_stays(0, 0);
	check_stays(0, 1);
	ck_assert_uint_eq(session->media_count, 2);
	ck_assert_str_eq(session->media[1].id, "video");
	ck_assert_ptr_eq(world_lookup(world, ACCESS, leg_of(1, 0)->rtp_port), leg_of(1, 0));
	ck_assert_ptr_eq(world_lookup(world, CORE, leg_of(1, 1)->rtp_port), leg_of(1, 1));
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 16);
	ck_assert_uint_eq(world_ports_used(world), 4);
}
END_TEST

START_TEST(removed_media_goes)
{
	uint16_t port[2];

	call_add_media(&call, "video");
	update();
	remember(0);
	port[0] = leg_of(1, 0)->rtp_port;
	port[1] = leg_of(1, 1)->rtp_port;
	call_remove_media(&call, 1);
	update();
	check_stays(0, 0);
	check_stays(0, 1);
	check_port_free(ACCESS, port[0]);
	check_port_free(CORE, port[1]);
	ck_assert_uint_eq(session->media_count, 1);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 8);
}
END_TEST

/* Media are known by their id, wherever they stand. */
START_TEST(media_that_moves_up_stays)
{
	call_add_media(&call, "video");
	update();
	remember(1);
	call_remove_media(&call, 0);
	update();
	ck_assert_str_eq(session->media[0].id, "video");
	check_stays(0, 0);
	check_stays(0, 1);
	ck_assert_uint_eq(leg_of(0, 0)->media, 0);
	ck_assert_uint_eq(world_ports_used(world), 2);
}
END_TEST

START_TEST(renamed_media_is_another_one)
{
	strcpy(call.spec.media[0].id, "sound");
	call_secure(&call, 0, 0, 77);
	update();
	ck_assert_ptr_ne(leg_of(0, 0)->state, old.state[0]);
	ck_assert_uint_ne(leg_of(0, 0)->rtp_port, old.port[0]);
	check_port_free(ACCESS, old.port[0]);
	check_port_free(CORE, old.port[1]);
	ck_assert_uint_eq(world_ports_used(world), 2);
}
END_TEST

START_TEST(all_media_can_go_and_come_back)
{
	call.spec.media_count = 0;
	update();
	ck_assert_uint_eq(world_ports_used(world), 0);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 0);
	call.spec.media_count = 1;
	update();
	ck_assert_uint_eq(world_ports_used(world), 2);
}
END_TEST

/* As a chatty SIP peer does it: memory does not grow, and the first state is still the state. */
START_TEST(a_thousand_revisions)
{
	for (unsigned i = 0; i < 1000; i++) {
		call_secure(&call, 0, 0, 1 + i % 50);
		update();
		if (i % 7 == 0)
			world_settle(world);
	}
	world_end_overlaps(world, world->now_us + 2000000);
	world_settle(world);
	check_stays(0, 0);
	check_stays(0, 1);
	/* one media, two states, four keys, two streams */
	ck_assert_uint_eq(world->block_count, 9);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/update");
	TCase *tc = tcase_create("update");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, identity_stays);
	tcase_add_test(tc, ports_states_and_windows_stay);
	tcase_add_test(tc, wishing_the_port_it_has_changes_nothing);
	tcase_add_test(tc, old_legs_are_never_edited);
	tcase_add_test(tc, statistics_stay);
	tcase_add_test(tc, told_timeout_stays_told);
	tcase_add_test(tc, moved_leg_stays_timed_out);
	tcase_add_test(tc, mux_unpublishes_the_rtcp_port);
	tcase_add_test(tc, new_remote_has_a_new_way_out);
	tcase_add_test(tc, keys_may_come_later);
	tcase_add_test(tc, suite_may_change);
	tcase_add_test(tc, st_18_moved_leg_leaves_its_port_and_keeps_its_windows);
	tcase_add_test(tc, leg_can_move_to_another_interface);
	tcase_add_test(tc, both_legs_can_move);
	tcase_add_test(tc, ports_cannot_be_swapped_in_one_step);
	tcase_add_test(tc, added_media_joins);
	tcase_add_test(tc, removed_media_goes);
	tcase_add_test(tc, media_that_moves_up_stays);
	tcase_add_test(tc, renamed_media_is_another_one);
	tcase_add_test(tc, all_media_can_go_and_come_back);
	tcase_add_test(tc, a_thousand_revisions);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
