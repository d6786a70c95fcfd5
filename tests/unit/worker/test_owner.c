/* SPDX-License-Identifier: BSD-3-Clause */
/* Two workers, polled by hand: packets that arrive on the wrong queue reach the call's owner. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SSRC 0xa0a0a001
#define HANDOVER_ROOM 4095 /* packets that an owner's ring holds */

static struct rig rig;
static struct call call;
static unsigned wrong; /* the worker that does not own the call */

static void setup(void)
{
	rig_open(&rig);
	call_make(&call, &rig);
	wrong = 1 - call_queue(&call);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

static struct sotto_worker *owner(void)
{
	return rig.worker[call_queue(&call)];
}

/* A packet of the peer of that side, on the wrong queue. */
static void send_astray(int side, uint16_t seq)
{
	struct packet plain, frame;

	packet_rtp(&plain, SSRC, seq, 160);
	call_frame(&call, side, &plain, SOTTO_SRTP, &frame);
	wire_send(&rig, call_device(&call, side), wrong, &frame);
}

static void expect_at_the_other(int side, uint16_t seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, seq, 160);
	call_expect(&call, 1 - side, &plain, SOTTO_SRTP);
}

START_TEST(wrong_queue)
{
	for (int side = 0; side < SIDES; side++) {
		send_astray(side, 1);
		ck_assert_uint_eq(sotto_worker_poll(rig.worker[wrong]), 1);
		ck_assert(wire_is_silent(&rig));
		ck_assert_uint_eq(call_state(&call, side)->received_packets, 0);
		ck_assert_uint_eq(sotto_worker_poll(owner()), 1);
		expect_at_the_other(side, 1);
	}
	ck_assert_uint_eq(rig.worker[wrong]->stats.handed_over, 2);
	ck_assert_uint_eq(owner()->stats.taken_over, 2);
	ck_assert_uint_eq(owner()->stats.by_verdict[SOTTO_OK], 2);
	ck_assert_uint_eq(rig.worker[wrong]->stats.by_verdict[SOTTO_OK], 0);
}
END_TEST

/* The order of a stream that always comes the wrong way is kept, and both ways do not mix up. */
START_TEST(order_over_the_ring)
{
	for (uint16_t seq = 0; seq < 200; seq++) {
		send_astray(SIDE_A, seq);
		send_astray(SIDE_B, seq);
	}
	rig_poll(&rig);
	for (uint16_t seq = 0; seq < 200; seq++) {
		expect_at_the_other(SIDE_A, seq);
		expect_at_the_other(SIDE_B, seq);
	}
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(rig_stats(&rig).handed_over, 400);
}
END_TEST

/* RP-09: the same packet on both queues is accepted once, by the owner. */
START_TEST(rp_09_on_both_queues)
{
	struct packet plain, frame;

	packet_rtp(&plain, SSRC, 1, 160);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &frame);
	wire_send(&rig, RIG_ACCESS, 0, &frame);
	wire_send(&rig, RIG_ACCESS, 1, &frame);
	rig_poll(&rig);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(owner()->stats.by_verdict[SOTTO_DROP_REPLAY], 1);
	ck_assert_uint_eq(rig.worker[wrong]->stats.by_verdict[SOTTO_DROP_REPLAY], 0);
}
END_TEST

/* The owner stands still: its ring fills, the rest is counted, and then nothing is missing. */
START_TEST(handover_full)
{
	unsigned pool = rig_pool_free(&rig);

	for (unsigned i = 0; i < HANDOVER_ROOM + 10; i++) {
		send_astray(SIDE_B, (uint16_t)i);
		sotto_worker_poll(rig.worker[wrong]);
	}
	ck_assert_uint_eq(rig.worker[wrong]->stats.handed_over, HANDOVER_ROOM);
	ck_assert_uint_eq(rig.worker[wrong]->stats.by_verdict[SOTTO_DROP_HANDOVER_FULL], 10);
	for (unsigned i = 0; i < HANDOVER_ROOM; i++) {
		if (i % SOTTO_BURST == 0)
			sotto_worker_poll(owner());
		expect_at_the_other(SIDE_B, (uint16_t)i);
	}
	ck_assert_uint_eq(rig_pool_free(&rig), pool);
}
END_TEST

/* Packets before the key wait with the owner, whatever queue they came in on. */
START_TEST(early_packets_wait_with_the_owner)
{
	struct packet plain;

	call_forget(&call, SIDE_A, true, false);
	call.spec.media[0].leg[SIDE_A].early_us = 500000;
	call_put(&call);
	for (uint16_t seq = 1; seq < 5; seq++) {
		send_astray(SIDE_A, seq++);
		packet_rtp(&plain, SSRC, seq, 160);
		rig_poll(&rig);
		call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
		rig_poll(&rig);
	}
	ck_assert_uint_eq(owner()->early_count, 4);
	ck_assert_uint_eq(rig.worker[wrong]->early_count, 0);
	rig_conserves(&rig);
	call_remember(&call, SIDE_A, true, false);
	call_put(&call);
	rig_tick(&rig, 10000);
	rig_poll(&rig);
	for (uint16_t seq = 1; seq < 5; seq++)
		expect_at_the_other(SIDE_A, seq);
	ck_assert(wire_is_silent(&rig));
}
END_TEST

/* The worker with the fewest sessions gets the next one. */
START_TEST(owners_are_shared_out)
{
	struct call calls[7];

	for (unsigned i = 0; i < 7; i++) {
		call_init(&calls[i], &rig, RIG_ACCESS6, RIG_CORE6);
		call_put(&calls[i]);
	}
	ck_assert_uint_eq(sotto_sessions_owned(rig.sessions, 0), 4);
	ck_assert_uint_eq(sotto_sessions_owned(rig.sessions, 1), 4);
	for (unsigned i = 0; i < 7; i++)
		call_end(&calls[i]);
}
END_TEST

/* One worker that passes no quiescent state holds the memory of all. */
START_TEST(every_worker_ends_a_grace_period)
{
	sotto_session_delete(rig.sessions, call.session);
	sotto_worker_poll(rig.worker[0]);
	ck_assert_uint_gt(sotto_sessions_reclaim(rig.sessions), 0);
	sotto_worker_poll(rig.worker[1]);
	ck_assert_uint_eq(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_eq(rig.blocks, 0);
}
END_TEST

int main(void)
{
	struct rig_shape shape = rig_small;
	Suite *suite = suite_create("worker: owners");
	TCase *owners = tcase_create("owners");

	shape.workers = 2;
	rig_start(&rig, &shape);
	tcase_add_checked_fixture(owners, setup, teardown);
	tcase_add_test(owners, wrong_queue);
	tcase_add_test(owners, order_over_the_ring);
	tcase_add_test(owners, rp_09_on_both_queues);
	tcase_add_test(owners, handover_full);
	tcase_add_test(owners, early_packets_wait_with_the_owner);
	tcase_add_test(owners, owners_are_shared_out);
	tcase_add_test(owners, every_worker_ends_a_grace_period);
	suite_add_tcase(suite, owners);
	return sotto_unit_run(suite);
}
