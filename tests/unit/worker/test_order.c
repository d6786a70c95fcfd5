/* SPDX-License-Identifier: BSD-3-Clause */
/* Control's orders: streams that a worker uses are moved by the worker itself, in time. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SSRC 0xa0a0a001
#define ORDERS_ROOM 1023 /* orders that a worker's ring holds */

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

static void carry(int from, uint16_t seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, seq, 160);
	call_carry(&call, from, &plain, SOTTO_SRTP);
}

static bool order(struct sotto_srtp_streams *streams, uint64_t next_rtp, uint64_t next_rtcp)
{
	const struct sotto_order order = {.streams = streams,
		.preset = {.ssrc = SSRC, .next_rtp = next_rtp, .next_rtcp = next_rtcp}};

	return sotto_punt_order(&rig.punt, 0, &order);
}

static struct sotto_srtp_streams *receives(void)
{
	return call_leg(&call, SIDE_A)->receive.streams;
}

/* Control alone changes nothing; one round of the worker does. */
START_TEST(worker_presets_a_live_stream)
{
	struct sotto_stream *stream = call_stream(&call, SIDE_A, false);
	struct packet below;

	carry(SIDE_A, 10);
	packet_rtp(&below, SSRC, 500, 160);
	call_protect(&call, SIDE_A, &below, SOTTO_SRTP);
	ck_assert(order(receives(), 1000, 77));
	ck_assert_uint_eq(stream->rtp.next, 11);
	sotto_worker_poll(rig.worker[0]);
	ck_assert_uint_eq(stream->rtp.next, 1000);
	ck_assert_uint_eq(stream->rtcp.next, 77);
	drop_datagram(&call, SIDE_A, &below, SOTTO_SRTP, SOTTO_DROP_OLD);
	carry(SIDE_A, 1000);
}
END_TEST

START_TEST(send_streams_go_on_behind_a_preset)
{
	struct packet below, frame;

	carry(SIDE_B, 10);
	ck_assert(order(call_leg(&call, SIDE_A)->send.streams, 1000, 0));
	rig_poll(&rig);
	packet_rtp(&below, SSRC, 999, 160);
	call_frame(&call, SIDE_B, &below, SOTTO_SRTP, &frame);
	drop_expect(&rig, &call, RIG_CORE, &frame, SOTTO_DROP_SEND_REUSE, SIDE_A);
	carry(SIDE_B, 1000);
}
END_TEST

/* ST-10: never back, whatever is ordered; and nothing is lost by the attempt. */
START_TEST(st_10_lower_is_refused)
{
	struct packet seen;

	for (uint16_t seq = 0; seq < 20; seq++)
		carry(SIDE_A, seq);
	packet_rtp(&seen, SSRC, 20, 160);
	call_protect(&call, SIDE_A, &seen, SOTTO_SRTP);
	call_send_raw(&call, SIDE_A, &seen, SOTTO_SRTP);
	rig_poll(&rig);
	ck_assert(wire_take(&rig, RIG_CORE, &(struct packet){0}));
	ck_assert(order(receives(), 5, 0));
	ck_assert(order(receives(), 1ull << 49, 0));
	rig_poll(&rig);
	ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->rtp.next, 21);
	drop_datagram(&call, SIDE_A, &seen, SOTTO_SRTP, SOTTO_DROP_REPLAY);
	carry(SIDE_A, 21);
}
END_TEST

/* A request of control: the same key with presets that it has not had. */
START_TEST(put_presets_a_live_stream)
{
	const struct sotto_srtp_preset preset = {.ssrc = SSRC, .next_rtp = 3ull << 16 | 7};
	struct sotto_key_spec *spec = &call.peer[SIDE_A].spec[0];

	carry(SIDE_A, 10);
	spec->preset = &preset;
	spec->preset_count = 1;
	spec->preset_digest[0] = 1;
	call_put(&call);
	ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->rtp.next, 11);
	sotto_worker_poll(rig.worker[0]);
	ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->rtp.next, preset.next_rtp);
	ck_assert_int_eq(sotto_srtp_streams_preset(call.peer[SIDE_A].send.streams, &preset), 0);
	carry(SIDE_A, 7);
	/* presets are applied once */
	call_put(&call);
	ck_assert_uint_eq(sotto_punt_obey(&rig.punt, 0), 0);
	carry(SIDE_A, 8);
}
END_TEST

/*
 * The session is deleted right behind the order. Its memory must not be free before the order is
 * carried out: the quiescent state that would free it comes after.
 */
START_TEST(order_before_the_delete)
{
	ck_assert(order(receives(), 1000, 0));
	sotto_session_delete(rig.sessions, call.session);
	ck_assert_uint_gt(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_eq(rte_ring_count(rig.punt.orders[0]), 1);
	sotto_worker_poll(rig.worker[0]);
	ck_assert_uint_eq(rte_ring_count(rig.punt.orders[0]), 0);
	ck_assert_uint_eq(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_eq(rig.blocks, 0);
}
END_TEST

START_TEST(as_many_as_fit)
{
	for (unsigned i = 0; i < ORDERS_ROOM; i++)
		ck_assert(order(receives(), 1 + i, 0));
	ck_assert(!order(receives(), 5000, 0));
	sotto_worker_poll(rig.worker[0]);
	ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->rtp.next, ORDERS_ROOM);
	ck_assert(order(receives(), 5000, 0));
	ck_assert_uint_eq(sotto_punt_obey(&rig.punt, 0), 1);
	ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->rtp.next, 5000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: orders");
	TCase *orders = tcase_create("orders");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(orders, setup, teardown);
	tcase_add_test(orders, worker_presets_a_live_stream);
	tcase_add_test(orders, send_streams_go_on_behind_a_preset);
	tcase_add_test(orders, st_10_lower_is_refused);
	tcase_add_test(orders, put_presets_a_live_stream);
	tcase_add_test(orders, order_before_the_delete);
	tcase_add_test(orders, as_many_as_fit);
	suite_add_tcase(suite, orders);
	return sotto_unit_run(suite);
}
