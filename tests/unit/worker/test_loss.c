/* SPDX-License-Identifier: BSD-3-Clause */
/* Loss of synchronisation, which must be told, and floods, which must not cause it. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xa0a0a001
#define RUN 40u           /* refused in a row before it is told */
#define SOON 50u          /* packets within which it must be (ST-07) */
#define TOLD_GAP 5000000u /* microseconds */
#define FLOOD 5000u

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

static void carry(uint64_t index)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, (uint16_t)index, 160);
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
}

/* Sends what the peer protects; returns the verdict. */
static enum sotto_verdict send(uint64_t index)
{
	struct sotto_stats before = rig_stats(&rig), after;
	struct packet packet;
	enum sotto_verdict verdict = SOTTO_OK;

	packet_rtp(&packet, SSRC, (uint16_t)index, 160);
	call_protect(&call, SIDE_A, &packet, SOTTO_SRTP);
	call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTP);
	rig_poll(&rig);
	after = rig_stats(&rig);
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++)
		verdict = after.by_verdict[v] != before.by_verdict[v] ? v : verdict;
	while (wire_take(&rig, RIG_CORE, &packet))
		;
	return verdict;
}

/* The peer goes on after lost packets: its own index moves, nothing arrives. */
static void lose(uint64_t next)
{
	const struct sotto_srtp_preset preset = {.ssrc = SSRC, .next_rtp = next};

	ck_assert_int_eq(sotto_srtp_streams_preset(call.peer[SIDE_A].send.streams, &preset), 0);
}

/* SOON packets from index on are refused, which is told once, with the cause and in time. */
static void expect_lost(uint64_t index)
{
	struct sotto_event event;
	enum sotto_verdict verdict = SOTTO_OK;

	rig_forget_events(&rig);
	for (unsigned i = 0; i < RUN - 1; i++) {
		verdict = send(index + i);
		ck_assert_uint_ne(verdict, SOTTO_OK);
	}
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
	for (unsigned i = RUN - 1; i < SOON; i++)
		verdict = send(index + i);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, &event), 1);
	ck_assert_uint_eq(event.side, SIDE_A);
	ck_assert_uint_eq(event.ssrc, SSRC);
	ck_assert_uint_eq(event.cause, verdict);
	ck_assert_uint_ge(event.count, RUN);
}

/* ST-07: half of all sequence numbers are lost, less one: the estimate finds the stream again. */
START_TEST(st_07_32767_lost)
{
	carry(100);
	lose(101 + 32767);
	for (uint64_t i = 101 + 32767; i < 101 + 32767 + 100; i++)
		carry(i);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
}
END_TEST

/* ST-07: more, and the rollover counters differ for good; it is told, and control can repair it. */
START_TEST(st_07_more_lost)
{
	static const uint64_t lost[] = {32768, 65536, 200000};
	const uint64_t first = 5 * 65536 + 1000;
	uint64_t next = first + 1 + lost[_i];
	struct sotto_order order = {.streams = call_leg(&call, SIDE_A)->receive.streams,
		.preset = {.ssrc = SSRC, .next_rtp = first}};

	lose(first);
	ck_assert(sotto_punt_order(&rig.punt, 0, &order));
	rig_poll(&rig);
	carry(first);
	lose(next);
	expect_lost(next);
	next += SOON;
	order.preset.next_rtp = next;
	ck_assert(sotto_punt_order(&rig.punt, 0, &order));
	rig_poll(&rig);
	for (uint64_t i = next; i < next + 60; i++)
		carry(i);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
}
END_TEST

/* The peer forgets what it has sent, and begins again under the same key. */
static void restart(void)
{
	struct sotto_srtp_streams *streams = call.peer[SIDE_A].send.streams;

	memset(&streams->slot[0], 0, sizeof(streams->slot[0]));
}

/* ST-16: hold and resume; replays or what is behind the window, until there is a new key. */
START_TEST(st_16_sequence_restarts)
{
	const uint16_t sent = _i == 0 ? 100 : 300;

	for (uint16_t seq = 0; seq < sent; seq++)
		carry(seq);
	restart();
	expect_lost(_i == 0 ? 0 : 5);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A),
				  _i == 0 ? SOTTO_DROP_REPLAY : SOTTO_DROP_OLD),
		SOON);
	call_secure(&call, SIDE_A, SUITE_80);
	call.peer[SIDE_A].spec[0].roc_policy = SOTTO_ROC_RESET;
	call.peer[SIDE_A].spec[1].roc_policy = SOTTO_ROC_RESET;
	call_put(&call);
	restart();
	for (uint16_t seq = 0; seq < 60; seq++)
		carry(seq);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
}
END_TEST

/* A wrong tag on the bound SSRC. */
static void forge(uint16_t seq)
{
	struct packet packet;

	packet_rtp(&packet, SSRC, seq, 170);
	call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTP);
	rig_poll(&rig);
}

/* One good packet in between, and nothing is lost. */
START_TEST(not_when_good_ones_come)
{
	uint16_t seq = 1;

	carry(seq++);
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned k = 0; k < RUN - 1; k++)
			forge(9000);
		carry(seq++);
	}
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
	for (unsigned k = 0; k < RUN; k++)
		forge(9000);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 1);
}
END_TEST

START_TEST(told_once_in_a_while)
{
	carry(1);
	for (unsigned k = 0; k < 150; k++)
		forge(9000);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 1);
	rig_tick(&rig, TOLD_GAP / 2);
	forge(9000);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
	rig_tick(&rig, TOLD_GAP);
	forge(9000);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 1);
}
END_TEST

/* An SSRC that nothing authentic ever had cannot be lost. */
START_TEST(not_of_strangers)
{
	struct packet packet;

	for (unsigned k = 0; k < 150; k++) {
		packet_rtp(&packet, SSRC + 5, (uint16_t)k, 170);
		call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTP);
	}
	rig_poll(&rig);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
}
END_TEST

/* Far off from where the stream stands. */
START_TEST(auth_flood_is_told_once)
{
	struct sotto_event event;

	carry(1);
	for (unsigned k = 0; k < SOTTO_SRTP_FLOOD_BUDGET; k++)
		forge((uint16_t)(9000 + k));
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_AUTH_FLOOD, NULL), 0);
	for (unsigned k = 0; k < 5 * SOTTO_SRTP_FLOOD_BUDGET; k++)
		forge((uint16_t)(9000 + k));
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_AUTH_FLOOD, &event), 1);
	ck_assert_uint_eq(event.side, SIDE_A);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_AUTH),
		SOTTO_SRTP_FLOOD_BUDGET + 1);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_FLOOD),
		5 * SOTTO_SRTP_FLOOD_BUDGET - 1);
	rig_tick(&rig, 2000000);
	for (unsigned k = 0; k < 5 * SOTTO_SRTP_FLOOD_BUDGET; k++)
		forge((uint16_t)(9000 + k));
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_AUTH_FLOOD, NULL), 1);
}
END_TEST

static void expect_all(uint16_t *seq, unsigned n)
{
	struct packet plain;

	for (unsigned i = 0; i < n; i++) {
		packet_rtp(&plain, SSRC, (*seq)++, 160);
		call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
	}
	ck_assert(wire_is_silent(&rig));
}

/*
 * OV-01, made small: forged packets at random sequence numbers, near and far, with good ones
 * between them in every burst. Of the good ones none is lost.
 */
START_TEST(ov_01_forged_flood)
{
	uint16_t sent = 1, seen = 1;
	uint32_t random = 2026;
	struct packet packet;

	for (unsigned k = 0; k < FLOOD; k++) {
		random = random * 1664525 + 1013904223;
		packet_rtp(&packet, SSRC, (uint16_t)(random >> 16), 170);
		if (k % 3 == 0)
			sotto_base_put16(packet.bytes + 2, (uint16_t)(sent + random % 60));
		call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTP);
		if (k % 10 != 0)
			continue;
		packet_rtp(&packet, SSRC, sent++, 160);
		call_send(&call, SIDE_A, &packet, SOTTO_SRTP);
		if (k % 100 != 0)
			continue;
		rig_poll(&rig);
		expect_all(&seen, (uint16_t)(sent - seen));
	}
	rig_poll(&rig);
	expect_all(&seen, (uint16_t)(sent - seen));
	ck_assert_uint_gt(
		sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_FLOOD), FLOOD / 2);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->received_packets, FLOOD / 10);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SYNC_LOST, NULL), 0);
}
END_TEST

/* The other call does not notice. */
START_TEST(ov_01_isolation)
{
	struct packet packet;
	struct call other;

	call_make(&other, &rig);
	carry(1);
	for (unsigned k = 0; k < FLOOD; k++) {
		forge((uint16_t)(9000 + k));
		if (k % 50 != 0)
			continue;
		packet_rtp(&packet, SSRC, (uint16_t)(20000 * (k / 2500) + k), 160);
		call_carry(&other, SIDE_A, &packet, SOTTO_SRTP);
	}
	ck_assert_uint_eq(call_state(&other, SIDE_A)->received_packets, FLOOD / 50);
	call_end(&other);
}
END_TEST

/* Noise of every length and first byte, from a stranger to one port of one of our addresses. */
static void junk_at(enum rig_interface i, const char *stranger, uint16_t port, unsigned n)
{
	const struct sotto_interface *interface = &rig.interface[i];
	struct sotto_net_path path = {
		.ttl = 9,
		.src = {rig_addr(stranger), 9},
		.dst = {interface->local.addr, port},
	};
	struct packet junk, frame;

	memcpy(path.dst_mac, interface->local.mac, 6);
	for (unsigned k = 0; k < n; k++) {
		for (uint32_t b = 0; b < 60; b++)
			junk.bytes[b] = (uint8_t)((b * b + 3 * k + port) * 97 >> (k & 3));
		junk.bytes[0] = (uint8_t)(k * 41);
		junk.len = (k * 7) % 60;
		packet_frame(&path, &junk, &frame);
		wire_send(&rig, rig_device_of(i), 0, &frame);
	}
	rig_poll(&rig);
}

/* MB-07: 200 of them at each port of both sides; whatever comes, no call ends or suffers. */
START_TEST(mb_07_junk_at_every_port)
{
	const struct sotto_interface *access = &rig.interface[RIG_ACCESS4];
	struct packet plain;
	struct call clear;

	call_init(&clear, &rig, RIG_ACCESS4, RIG_CORE4);
	call_put(&clear);
	carry(1);
	for (unsigned port = access->port_low; port <= access->port_high; port++) {
		junk_at(RIG_ACCESS4, "192.0.2.66", (uint16_t)port, 200);
		junk_at(RIG_CORE4, "203.0.113.66", (uint16_t)port, 200);
	}
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(sotto_sessions_count(rig.sessions), 2);
	for (uint16_t seq = 2; seq < 20; seq++) {
		carry(seq);
		packet_rtp(&plain, SSRC, seq, 160);
		call_carry(&clear, SIDE_A, &plain, SOTTO_SRTP);
		call_carry(&clear, SIDE_B, &plain, SOTTO_SRTP);
	}
	call_end(&clear);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: loss and floods");
	TCase *loss = tcase_create("loss");
	TCase *flood = tcase_create("flood");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(loss, setup, teardown);
	tcase_add_test(loss, st_07_32767_lost);
	tcase_add_loop_test(loss, st_07_more_lost, 0, 3);
	tcase_add_loop_test(loss, st_16_sequence_restarts, 0, 2);
	tcase_add_test(loss, not_when_good_ones_come);
	tcase_add_test(loss, told_once_in_a_while);
	tcase_add_test(loss, not_of_strangers);
	suite_add_tcase(suite, loss);
	tcase_add_checked_fixture(flood, setup, teardown);
	tcase_add_test(flood, auth_flood_is_told_once);
	tcase_add_test(flood, ov_01_forged_flood);
	tcase_add_test(flood, ov_01_isolation);
	tcase_add_test(flood, mb_07_junk_at_every_port);
	suite_add_tcase(suite, flood);
	return sotto_unit_run(suite);
}
