/* SPDX-License-Identifier: BSD-3-Clause */
/* Lifetimes of master keys, and the overlap of two of them, as control hears of them. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xa0a0a001
#define LIFETIME 200u
#define MARK 180u /* 90 % */
#define OVERLAP_US 2000000u

static struct rig rig;
static struct call call;

static void live_forever(struct sotto_srtp_streams *streams)
{
	sotto_srtp_use_init(&streams->use, 0);
	sotto_srtp_streams_allot(streams);
}

static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
	call.lifetime = LIFETIME;
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	/* what the peer itself may send is not what is tested */
	live_forever(call.peer[SIDE_A].send.streams);
	live_forever(call.peer[SIDE_A].receive.streams);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

static void make(struct packet *out, unsigned n, enum sotto_srtp_kind kind)
{
	if (kind == SOTTO_SRTP)
		packet_rtp(out, SSRC + n % 2, (uint16_t)n, 160); /* over all SSRCs (RFC 3711, 9.2)
								  */
	else
		packet_rtcp(out, SSRC + n % 2);
}

static void pass(int from, unsigned first, unsigned n, enum sotto_srtp_kind kind)
{
	struct packet plain;

	for (unsigned i = first; i < first + n; i++) {
		make(&plain, i, kind);
		call_carry(&call, from, &plain, kind);
	}
}

/* Packets whose key's life is over: into leg a, or on the way out of it. */
static void lose(int from, unsigned first, unsigned n, enum sotto_srtp_kind kind)
{
	enum sotto_verdict verdict =
		from == SIDE_A ? SOTTO_DROP_KEY_EXPIRED : SOTTO_DROP_SEND_EXPIRED;
	struct packet plain, frame;

	for (unsigned i = first; i < first + n; i++) {
		make(&plain, i, kind);
		call_frame(&call, from, &plain, kind, &frame);
		drop_expect(&rig, &call, call_device(&call, from), &frame, verdict, SIDE_A);
	}
}

static void expect_event(
	enum sotto_event_kind kind, bool send, enum sotto_srtp_kind packet, uint64_t packets)
{
	struct sotto_event event;

	ck_assert_uint_eq(rig_events(&rig, kind, &event), 1);
	ck_assert_uint_eq(event.side, SIDE_A);
	ck_assert_uint_eq(event.send, send);
	ck_assert_uint_eq(event.rtcp, packet == SOTTO_SRTCP);
	ck_assert_uint_eq(event.packets, packets);
	ck_assert_uint_eq(event.limit, LIFETIME);
}

/* 0 and 1: SRTP received and sent; 2 and 3: SRTCP. */
START_TEST(st_12_soft_at_90_percent_then_hard)
{
	enum sotto_srtp_kind kind = _i < 2 ? SOTTO_SRTP : SOTTO_SRTCP;
	int from = _i % 2 == 0 ? SIDE_A : SIDE_B;
	bool send = from == SIDE_B;

	pass(from, 0, MARK - 1, kind);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_REKEY_NEEDED, NULL), 0);
	pass(from, MARK - 1, 1, kind);
	expect_event(SOTTO_EVENT_REKEY_NEEDED, send, kind, MARK);
	pass(from, MARK, LIFETIME - MARK, kind);
	ck_assert_uint_eq(rig_forget_events(&rig), 0);
	lose(from, LIFETIME, 1, kind);
	expect_event(SOTTO_EVENT_KEY_EXPIRED, send, kind, LIFETIME);
	lose(from, LIFETIME + 1, 20, kind);
	ck_assert_uint_eq(rig_forget_events(&rig), 0);
	/* the other kind and the other direction are counted on their own */
	pass(from, 0, 3, kind == SOTTO_SRTP ? SOTTO_SRTCP : SOTTO_SRTP);
	pass(1 - from, 0, 3, kind);
}
END_TEST

/* Forged packets wear nothing. */
START_TEST(forged_packets_wear_nothing)
{
	struct packet packet;

	pass(SIDE_A, 0, MARK - 1, SOTTO_SRTP);
	make(&packet, MARK, SOTTO_SRTP);
	call_protect(&call, SIDE_A, &packet, SOTTO_SRTP);
	packet.bytes[40] ^= 1;
	for (unsigned i = 0; i < 30; i++)
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_AUTH);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_REKEY_NEEDED, NULL), 0);
}
END_TEST

/* A whole burst over both marks: one event of each, at the right packets. */
START_TEST(both_marks_in_one_burst)
{
	struct packet plain, payload;
	unsigned n = 0;

	pass(SIDE_B, 0, MARK - 5, SOTTO_SRTP);
	for (unsigned i = MARK - 5; i < LIFETIME + 20; i++) {
		make(&plain, i, SOTTO_SRTP);
		call_send(&call, SIDE_B, &plain, SOTTO_SRTP);
	}
	ck_assert_uint_eq(sotto_worker_poll(rig.worker[0]), 45);
	while (call_take(&call, SIDE_A, SOTTO_SRTP, &payload))
		n++;
	ck_assert_uint_eq(n, LIFETIME - MARK + 5);
	ck_assert_uint_eq(
		sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_SEND_EXPIRED), 20);
}
END_TEST

/* A put that keeps the key keeps its count; a new key begins a new one. */
START_TEST(count_belongs_to_the_key)
{
	pass(SIDE_A, 0, MARK - 1, SOTTO_SRTP);
	call.spec.media[0].leg[SIDE_A].dscp = 10;
	call_put(&call);
	pass(SIDE_A, MARK - 1, 1, SOTTO_SRTP);
	expect_event(SOTTO_EVENT_REKEY_NEEDED, false, SOTTO_SRTP, MARK);
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	pass(SIDE_A, MARK, MARK - 1, SOTTO_SRTP);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_REKEY_NEEDED, NULL), 0);
	pass(SIDE_A, 2 * MARK - 1, 1, SOTTO_SRTP);
	expect_event(SOTTO_EVENT_REKEY_NEEDED, false, SOTTO_SRTP, MARK);
}
END_TEST

/* Frames under the key that stands now, to be sent when another one does. */
static void keep(struct packet frame[], unsigned first, unsigned n)
{
	struct packet plain;

	for (unsigned i = 0; i < n; i++) {
		packet_rtp(&plain, SSRC, (uint16_t)(first + i), 160);
		call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &frame[i]);
	}
}

static void rekey(void)
{
	call.overlap_us = OVERLAP_US;
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
}

static void carry(unsigned seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, (uint16_t)seq, 160);
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
}

static void pass_kept(const struct packet *frame, unsigned seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, (uint16_t)seq, 160);
	wire_send(&rig, RIG_ACCESS, 0, frame);
	rig_poll(&rig);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
}

/* ST-19: late packets pass for the overlap, each once, mixed with new ones; and then no more. */
START_TEST(st_19_overlap)
{
	struct packet late[4];

	for (unsigned seq = 0; seq < 10; seq++)
		carry(seq);
	keep(late, 10, 4);
	rekey();
	pass_kept(&late[0], 10);
	carry(14);
	pass_kept(&late[2], 12);
	drop_on_leg(&call, SIDE_A, &late[2], SOTTO_DROP_AUTH);
	carry(15);
	rig_tick(&rig, OVERLAP_US - 100000);
	pass_kept(&late[1], 11);
	rig_tick(&rig, 200000);
	drop_on_leg(&call, SIDE_A, &late[3], SOTTO_DROP_AUTH);
	carry(16);
}
END_TEST

/* The same when control ends the overlap and frees the key before. */
START_TEST(st_19_overlap_is_ended)
{
	struct packet late[2];
	uint64_t held;

	carry(1);
	keep(late, 2, 2);
	rekey();
	pass_kept(&late[0], 2);
	held = rig.blocks;
	rig_tick(&rig, 2 * OVERLAP_US);
	sotto_sessions_end_overlaps(rig.sessions, rig.now_us);
	rig_poll(&rig);
	ck_assert_uint_eq(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_lt(rig.blocks, held);
	drop_on_leg(&call, SIDE_A, &late[1], SOTTO_DROP_AUTH);
	carry(4);
}
END_TEST

/* A key that was replaced already need not be replaced again. */
START_TEST(old_key_asks_for_nothing)
{
	struct packet late[MARK];

	carry(0);
	keep(late, 1, MARK);
	rekey();
	for (unsigned i = 0; i < MARK; i++)
		pass_kept(&late[i], 1 + i);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_REKEY_NEEDED, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: lifetimes of keys");
	TCase *lifetime = tcase_create("lifetime");
	TCase *overlap = tcase_create("overlap");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(lifetime, setup, teardown);
	tcase_add_loop_test(lifetime, st_12_soft_at_90_percent_then_hard, 0, 4);
	tcase_add_test(lifetime, forged_packets_wear_nothing);
	tcase_add_test(lifetime, both_marks_in_one_burst);
	tcase_add_test(lifetime, count_belongs_to_the_key);
	suite_add_tcase(suite, lifetime);
	tcase_add_checked_fixture(overlap, setup, teardown);
	tcase_add_test(overlap, st_19_overlap);
	tcase_add_test(overlap, st_19_overlap_is_ended);
	tcase_add_test(overlap, old_key_asks_for_nothing);
	suite_add_tcase(suite, overlap);
	return sotto_unit_run(suite);
}
