/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions under the eyes of a worker: put, changed and deleted between its polls. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xa0a0a001

static struct rig rig;
static struct call call;

static void setup(void)
{
	rig_open(&rig);
	call_make(&call, &rig);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

/* What a worker would find at the ports of a call that is on its way out. */
struct look {
	struct packet frame[SIDES];
	unsigned graces;
	unsigned passed;
};

/*
 * A grace period has just begun, and the memory that it guards is free once every worker was
 * quiescent. This worker is, and a packet comes after that: it must not find the memory any more.
 */
static void look_after_begin(struct rig *r)
{
	struct look *look = r->on_grace_arg;
	struct packet frame;

	rig_poll(r);
	for (int side = 0; side < SIDES; side++)
		wire_send(r, call_device(&call, side), 0, &look->frame[side]);
	rig_poll(r);
	while (wire_take(r, RIG_ACCESS, &frame) || wire_take(r, RIG_CORE, &frame))
		look->passed++;
	look->graces++;
}

/* Frames that pass as long as anybody listens: clear legs forward every copy. */
static void prepare(struct look *look)
{
	struct packet plain;

	memset(look, 0, sizeof(*look));
	call_end(&call);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
	call_put(&call);
	packet_rtp(&plain, SSRC, 1, 160);
	for (int side = 0; side < SIDES; side++)
		call_frame(&call, side, &plain, SOTTO_SRTP, &look->frame[side]);
	rig.on_grace = look_after_begin;
	rig.on_grace_arg = look;
}

START_TEST(delete_unlinks_before_the_grace_period)
{
	struct look look;

	prepare(&look);
	sotto_session_delete(rig.sessions, call.session);
	rig.on_grace = NULL;
	ck_assert_uint_gt(look.graces, 0);
	ck_assert_msg(look.passed == 0,
		"%u packets passed through legs whose memory was already on its way out",
		look.passed);
}
END_TEST

/* The same when an update moves both legs to other ports. */
START_TEST(move_unlinks_before_the_grace_period)
{
	struct look look;

	prepare(&look);
	for (int side = 0; side < SIDES; side++)
		call.spec.media[0].leg[side].local_port =
			(uint16_t)(call_leg(&call, side)->rtp_port + 20);
	call_put(&call);
	rig.on_grace = NULL;
	ck_assert_uint_gt(look.graces, 0);
	ck_assert_msg(look.passed == 0,
		"%u packets passed through legs whose memory was already on its way out",
		look.passed);
}
END_TEST

/* Nothing is freed before the worker was quiescent, and all is freed after. */
START_TEST(memory_waits_for_the_worker)
{
	uint64_t held = rig.blocks;

	sotto_session_delete(rig.sessions, call.session);
	ck_assert_uint_gt(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_eq(rig.blocks, held);
	rig_poll(&rig);
	ck_assert_uint_eq(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_eq(rig.blocks, 0);
	ck_assert_uint_eq(sotto_sessions_count(rig.sessions), 0);
	ck_assert_uint_eq(sotto_sessions_streams(rig.sessions), 0);
}
END_TEST

/* A put that fails changes nothing for packets: not by memory, and not by a port that is taken. */
START_TEST(failed_put_leaves_the_call_alone)
{
	enum sotto_session_outcome outcome;
	struct sotto_session_error error;
	struct sotto_session *session;
	struct packet plain;
	uint64_t held = rig.blocks;

	call.spec.revision++;
	rig.refuse_memory = true;
	ck_assert_int_ne(
		sotto_session_put(rig.sessions, &call.spec, 0, &session, &outcome, &error), 0);
	call.spec.media[0].leg[SIDE_B].local_port = 1;
	ck_assert_int_ne(
		sotto_session_put(rig.sessions, &call.spec, 0, &session, &outcome, &error), 0);
	ck_assert_uint_eq(rig.blocks, held);
	for (uint16_t seq = 0; seq < 4; seq++) {
		packet_rtp(&plain, SSRC, seq, 160);
		call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
		call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
	}
}
END_TEST

/* Rewrites of the far end take effect with the put, and old ports fall silent. */
START_TEST(update_moves_remote_and_port)
{
	struct packet plain, late;

	packet_rtp(&plain, SSRC, 1, 160);
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
	packet_rtp(&plain, SSRC, 2, 160);
	call_frame(&call, SIDE_B, &plain, SOTTO_SRTP, &late);
	call.spec.media[0].leg[SIDE_B].remote.port += 100;
	call.spec.media[0].leg[SIDE_B].local_port =
		(uint16_t)(call_leg(&call, SIDE_B)->rtp_port + 20);
	call_put(&call);
	drop_expect(&rig, &call, RIG_CORE, &late, SOTTO_DROP_NO_PORT, NO_LEG);
	packet_rtp(&plain, SSRC, 3, 160);
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
	/* a leg that moved keeps its counters, as it keeps its windows */
	ck_assert_uint_eq(call_state(&call, SIDE_A)->received_packets, 2);
	ck_assert_uint_eq(call_state(&call, SIDE_B)->sent_packets, 2);
}
END_TEST

/* A call that is gone and comes back is a new one, with new windows. */
START_TEST(deleted_and_put_again)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, 1, 160);
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
	sotto_session_delete(rig.sessions, call.session);
	call_end(&call);
	call_make(&call, &rig);
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->received_packets, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: sessions come and go");
	TCase *sessions = tcase_create("sessions");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(sessions, setup, teardown);
	tcase_add_test(sessions, delete_unlinks_before_the_grace_period);
	tcase_add_test(sessions, move_unlinks_before_the_grace_period);
	tcase_add_test(sessions, memory_waits_for_the_worker);
	tcase_add_test(sessions, failed_put_leaves_the_call_alone);
	tcase_add_test(sessions, update_moves_remote_and_port);
	tcase_add_test(sessions, deleted_and_put_again);
	suite_add_tcase(suite, sessions);
	return sotto_unit_run(suite);
}
