/* SPDX-License-Identifier: BSD-3-Clause */
/* What the control thread hears: events about legs, and the packets that workers do not handle. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC_A 0xa0a0a001
#define SSRC_B 0xb0b0b001
#define SECOND 1000000u /* microseconds */
#define UP_ROOM 1023    /* packets that the ring to control holds */

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

/* Common to all events about a leg of the call. */
static void expect_event(const struct sotto_event *event, enum sotto_event_kind kind, int side,
	enum sotto_srtp_kind packet)
{
	struct sotto_net_path path = call_path_in(&call, side, packet);

	ck_assert_uint_eq(event->kind, kind);
	ck_assert_uint_eq(event->side, (unsigned)side);
	ck_assert_uint_eq(event->media, 0);
	ck_assert_uint_eq(event->session, call.session->slot);
	ck_assert_uint_eq(event->generation, call.session->generation);
	ck_assert(sotto_base_addr_equal(&event->from.addr, &path.src.addr));
	ck_assert_uint_eq(event->from.port, path.src.port);
	ck_assert_uint_ge(event->time_us, RIG_START_US);
}

/* The two events of the first packet of a secure call: of the leg and of the SSRC, in any order. */
static void expect_both(int side, enum sotto_srtp_kind packet, uint32_t ssrc)
{
	struct sotto_event event[3];
	unsigned ssrc_first;

	ck_assert_uint_eq(sotto_punt_hear(&rig.punt, event, 3), 2);
	ssrc_first = event[0].kind == SOTTO_EVENT_SSRC_NEW;
	expect_event(&event[ssrc_first], SOTTO_EVENT_FIRST_PACKET, side, packet);
	expect_event(&event[!ssrc_first], SOTTO_EVENT_SSRC_NEW, side, packet);
	ck_assert_uint_eq(event[0].ssrc, ssrc);
	ck_assert_uint_eq(event[1].ssrc, ssrc);
}

START_TEST(first_packet_and_new_ssrc)
{
	struct packet packet;
	struct sotto_event event;

	packet_rtp(&packet, SSRC_A, 1, 160);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	expect_both(SIDE_A, SOTTO_SRTP, SSRC_A);
	packet_rtp(&packet, SSRC_B, 1, 160);
	call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
	expect_both(SIDE_B, SOTTO_SRTP, SSRC_B);
	/* no more of them, in both directions and kinds */
	for (uint16_t seq = 2; seq < 10; seq++) {
		packet_rtp(&packet, SSRC_A, seq, 160);
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
		packet_rtp(&packet, SSRC_B, seq, 160);
		call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
		packet_rtcp(&packet, SSRC_A);
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTCP);
	}
	ck_assert_uint_eq(rig_forget_events(&rig), 0);
	packet_rtp(&packet, SSRC_A + 1, 77, 160);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	event = rig_event(&rig);
	expect_event(&event, SOTTO_EVENT_SSRC_NEW, SIDE_A, SOTTO_SRTP);
	ck_assert_uint_eq(event.ssrc, SSRC_A + 1);
}
END_TEST

START_TEST(first_packet_is_rtcp)
{
	struct packet packet;

	packet_rtcp(&packet, SSRC_A);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTCP);
	expect_both(SIDE_A, SOTTO_SRTCP, SSRC_A);
	packet_rtcp(&packet, SSRC_B);
	call_carry(&call, SIDE_B, &packet, SOTTO_SRTCP);
	expect_both(SIDE_B, SOTTO_SRTCP, SSRC_B);
}
END_TEST

/* An empty receiver report (RFC 3550, 6.4.2) is 8 bytes, and they name the sender. */
START_TEST(first_packet_is_an_empty_report)
{
	struct packet packet;

	for (int side = 0; side < SIDES; side++) {
		packet_rtcp(&packet, SSRC_A + (unsigned)side);
		memcpy(packet.bytes, "\x80\xc9\x00\x01", 4);
		packet.len = 8;
		call_carry(&call, side, &packet, SOTTO_SRTCP);
		expect_both(side, SOTTO_SRTCP, SSRC_A + (unsigned)side);
	}
}
END_TEST

START_TEST(clear_legs_tell_the_first_packet)
{
	struct packet packet;
	struct sotto_event event;

	call_end(&call);
	call_init(&call, &rig, RIG_ACCESS6, RIG_CORE4);
	call_put(&call);
	packet_rtp(&packet, SSRC_A, 1, 160);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	event = rig_event(&rig);
	expect_event(&event, SOTTO_EVENT_FIRST_PACKET, SIDE_A, SOTTO_SRTP);
	ck_assert_uint_eq(event.ssrc, SSRC_A);
}
END_TEST

/* Sends n packets to the secure leg a that fail so: a wrong tag, or plain media. */
static void lose(enum sotto_verdict verdict, unsigned n)
{
	struct packet packet;

	for (unsigned i = 0; i < n; i++) {
		packet_rtp(&packet, SSRC_A, 50, 160);
		if (verdict == SOTTO_DROP_PLAIN)
			memset(packet.bytes + 12, 0xd5, 160);
		else
			for (unsigned k = 12; k < 172; k++)
				packet.bytes[k] = (uint8_t)(89 * k);
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, verdict);
	}
}

static void expect_failures(enum sotto_event_kind kind, uint32_t count)
{
	struct sotto_event event = rig_event(&rig);

	expect_event(&event, kind, SIDE_A, SOTTO_SRTP);
	ck_assert_uint_eq(event.count, count);
	ck_assert_uint_eq(event.ssrc, SSRC_A);
}

/* At most one event a second, and the counts add up to all failures. */
static void rate_limit(enum sotto_verdict verdict, enum sotto_event_kind kind)
{
	lose(verdict, 1);
	expect_failures(kind, 1);
	lose(verdict, 50);
	rig_set_time(&rig, RIG_START_US + SECOND / 2);
	lose(verdict, 49);
	ck_assert_uint_eq(rig_forget_events(&rig), 0);
	rig_set_time(&rig, RIG_START_US + 2 * SECOND);
	lose(verdict, 1);
	expect_failures(kind, 100);
	lose(verdict, 5);
	ck_assert_uint_eq(rig_forget_events(&rig), 0);
	rig_set_time(&rig, RIG_START_US + 4 * SECOND);
	lose(verdict, 1);
	expect_failures(kind, 6);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), verdict), 1 + 100 + 6);
}

START_TEST(auth_failures_are_rate_limited)
{
	rate_limit(SOTTO_DROP_AUTH, SOTTO_EVENT_AUTH_FAILURES);
}
END_TEST

START_TEST(plain_seen_is_rate_limited)
{
	rate_limit(SOTTO_DROP_PLAIN, SOTTO_EVENT_PLAIN_SEEN);
}
END_TEST

/* A look at a payload is dear: in one millisecond 64 are looked at, the others count as forged. */
START_TEST(looks_at_payloads_are_bounded)
{
	lose(SOTTO_DROP_AUTH, 4);
	lose(SOTTO_DROP_PLAIN, 60);
	for (unsigned n = 0; n < 3; n++) {
		struct packet packet;

		packet_rtp(&packet, SSRC_A, 50, 160);
		memset(packet.bytes + 12, 0xd5, 160);
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_AUTH);
	}
	rig_set_time(&rig, RIG_START_US + 1000);
	lose(SOTTO_DROP_PLAIN, 64);
}
END_TEST

/* One kind does not hold back the other. */
START_TEST(failures_are_told_by_kind)
{
	lose(SOTTO_DROP_AUTH, 1);
	expect_failures(SOTTO_EVENT_AUTH_FAILURES, 1);
	lose(SOTTO_DROP_PLAIN, 1);
	expect_failures(SOTTO_EVENT_PLAIN_SEEN, 1);
	lose(SOTTO_DROP_AUTH, 3);
	lose(SOTTO_DROP_PLAIN, 4);
	ck_assert_uint_eq(rig_forget_events(&rig), 0);
	rig_set_time(&rig, RIG_START_US + 2 * SECOND);
	lose(SOTTO_DROP_PLAIN, 1);
	expect_failures(SOTTO_EVENT_PLAIN_SEEN, 5);
	lose(SOTTO_DROP_AUTH, 1);
	expect_failures(SOTTO_EVENT_AUTH_FAILURES, 4);
}
END_TEST

/* Control is behind with reading: packets are not held up, and the failures are told later. */
START_TEST(event_ring_full)
{
	struct sotto_event other = {.kind = SOTTO_EVENT_SSRC_NEW};
	struct packet packet;

	packet_rtp(&packet, SSRC_A, 1, 160);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	while (sotto_punt_tell(&rig.punt, &other))
		;
	lose(SOTTO_DROP_AUTH, 3);
	packet_rtp(&packet, SSRC_A, 2, 160);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	rig_forget_events(&rig);
	rig_set_time(&rig, RIG_START_US + 2 * SECOND);
	lose(SOTTO_DROP_AUTH, 1);
	expect_failures(SOTTO_EVENT_AUTH_FAILURES, 4);
}
END_TEST

/* Who has 192.0.2.1? asks the host on the access wire. */
static void question(struct packet *frame)
{
	struct sotto_net_local host = {.addr = rig_host(RIG_ACCESS4), .prefix = 24};

	rig_host_mac(RIG_ACCESS4, host.mac);
	frame->len = (uint32_t)sotto_net_question(
		&host, &rig.interface[RIG_ACCESS4].local.addr, frame->bytes);
	ck_assert_uint_ne(frame->len, 0);
}

/* A punted packet as control gets it: whole, with the device that it came from. */
START_TEST(arp_goes_up)
{
	struct packet frame;
	struct rte_mbuf *mbuf;

	question(&frame);
	wire_send(&rig, RIG_ACCESS, 0, &frame);
	rig_poll(&rig);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_PUNTED], 1);
	ck_assert_int_eq(rte_ring_dequeue(rig.punt.up, (void **)&mbuf), 0);
	ck_assert_uint_eq(mbuf->port, rig.port[RIG_ACCESS]);
	ck_assert_uint_eq(mbuf->data_len, frame.len);
	ck_assert_mem_eq(rte_pktmbuf_mtod(mbuf, void *), frame.bytes, frame.len);
	rte_pktmbuf_free(mbuf);
	ck_assert_uint_ne(rte_ring_empty(rig.punt.up), 0);
}
END_TEST

START_TEST(punt_ring_full)
{
	struct picture before;
	struct packet frame;

	question(&frame);
	for (unsigned i = 0; i < UP_ROOM; i++) {
		wire_send(&rig, RIG_ACCESS, 0, &frame);
		if (i % SOTTO_BURST == 0)
			rig_poll(&rig);
	}
	rig_poll(&rig);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_PUNTED], UP_ROOM);
	ck_assert_uint_ne(rte_ring_full(rig.punt.up), 0);
	picture_take(&before, &rig, &call);
	wire_send(&rig, RIG_ACCESS, 0, &frame);
	rig_poll(&rig);
	picture_expect(&before, &rig, &call, SOTTO_DROP_PUNT_FULL, 1, NO_LEG);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: what control hears");
	TCase *events = tcase_create("events");
	TCase *punted = tcase_create("punted");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(events, setup, teardown);
	tcase_add_test(events, first_packet_and_new_ssrc);
	tcase_add_test(events, first_packet_is_rtcp);
	tcase_add_test(events, first_packet_is_an_empty_report);
	tcase_add_test(events, clear_legs_tell_the_first_packet);
	tcase_add_test(events, auth_failures_are_rate_limited);
	tcase_add_test(events, plain_seen_is_rate_limited);
	tcase_add_test(events, looks_at_payloads_are_bounded);
	tcase_add_test(events, failures_are_told_by_kind);
	tcase_add_test(events, event_ring_full);
	suite_add_tcase(suite, events);
	tcase_add_checked_fixture(punted, setup, teardown);
	tcase_add_test(punted, arp_goes_up);
	tcase_add_test(punted, punt_ring_full);
	suite_add_tcase(suite, punted);
	return sotto_unit_run(suite);
}
