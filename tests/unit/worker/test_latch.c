/* SPDX-License-Identifier: BSD-3-Clause */
/* Secure legs with latching: the remote follows whoever sends the newest authentic packet. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xa0a0a001
#define GAP_US 5000u

static struct rig rig;
static struct call call;
static struct sotto_endpoint elsewhere, third;

/* Leg a is secure and latches. */
static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
	call_secure(&call, SIDE_A, SUITE_80);
	call.spec.media[0].leg[SIDE_A].latch = true;
	call_put(&call);
	elsewhere = (struct sotto_endpoint){rig_addr("192.0.2.66"), 5000};
	third = (struct sotto_endpoint){rig_addr("192.0.2.67"), 6000};
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

static void make(struct packet *out, uint16_t seq, enum sotto_srtp_kind kind)
{
	if (kind == SOTTO_SRTP)
		packet_rtp(out, SSRC, seq, 160);
	else
		packet_rtcp(out, SSRC);
	call_protect(&call, SIDE_A, out, kind);
}

/* A protected packet from there; whether it came out at b. */
static bool passes(
	const struct sotto_endpoint *from, const struct packet *packet, enum sotto_srtp_kind kind)
{
	struct packet payload;

	call_send_from(&call, SIDE_A, from, packet, kind);
	rig_poll(&rig);
	return call_take(&call, SIDE_B, kind, &payload);
}

static void carry(uint16_t seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, seq, 160);
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
}

static unsigned latches(struct sotto_event *event)
{
	return rig_events(&rig, SOTTO_EVENT_LATCH, event);
}

START_TEST(newest_from_elsewhere)
{
	struct sotto_event event;
	struct packet packet;

	carry(1);
	ck_assert_uint_eq(latches(NULL), 0);
	make(&packet, 2, SOTTO_SRTP);
	ck_assert(passes(&elsewhere, &packet, SOTTO_SRTP));
	ck_assert_uint_eq(latches(&event), 1);
	ck_assert_uint_eq(event.side, SIDE_A);
	ck_assert_uint_eq(event.rtcp, 0);
	ck_assert_uint_eq(event.from.port, elsewhere.port);
	ck_assert(sotto_base_addr_equal(&event.from.addr, &elsewhere.addr));
	/* once in a gap, while control moves the leg */
	for (uint16_t seq = 3; seq < 8; seq++) {
		make(&packet, seq, SOTTO_SRTP);
		ck_assert(passes(&elsewhere, &packet, SOTTO_SRTP));
	}
	ck_assert_uint_eq(latches(NULL), 0);
	rig_tick(&rig, 2 * GAP_US);
	make(&packet, 8, SOTTO_SRTP);
	ck_assert(passes(&elsewhere, &packet, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 1);
}
END_TEST

/* When the leg has moved, its place is right; and it follows on to the next. */
START_TEST(follows_on)
{
	struct packet packet;
	uint16_t seq = 1;

	for (unsigned i = 0; i < 4; i++) {
		const struct sotto_endpoint *at = i % 2 ? &third : &elsewhere;

		rig_tick(&rig, 2 * GAP_US);
		make(&packet, seq++, SOTTO_SRTP);
		ck_assert(passes(at, &packet, SOTTO_SRTP));
		ck_assert_uint_eq(latches(NULL), 1);
		ck_assert_int_eq(
			sotto_session_relocate(rig.sessions, call.session, 0, SIDE_A, at, 0), 0);
		rig_tick(&rig, 2 * GAP_US);
		make(&packet, seq++, SOTTO_SRTP);
		ck_assert(passes(at, &packet, SOTTO_SRTP));
		ck_assert_uint_eq(latches(NULL), 0);
	}
}
END_TEST

/* Late packets pass, but what is not the newest says nothing about where the peer is now. */
START_TEST(late_from_elsewhere)
{
	struct packet late, zero;

	make(&zero, 0, SOTTO_SRTP);
	make(&late, 5, SOTTO_SRTP);
	for (uint16_t seq = 6; seq < 20; seq++)
		carry(seq);
	ck_assert(passes(&elsewhere, &late, SOTTO_SRTP));
	ck_assert(passes(&elsewhere, &zero, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 0);
}
END_TEST

/* MB-03: whatever has no right tag or is not new: not taken, not followed. */
START_TEST(mb_03_forged_and_replayed_from_elsewhere)
{
	struct packet packet, bad;

	for (int kind = SOTTO_SRTP; kind <= SOTTO_SRTCP; kind++) {
		struct sotto_net_path path = call_path_in(&call, SIDE_A, kind);

		make(&packet, 1, kind);
		ck_assert(passes(&path.src, &packet, kind));
		ck_assert(!passes(&elsewhere, &packet, kind));
		make(&packet, 2, kind);
		for (uint32_t at = 8; at < packet.len; at += 7) {
			bad = packet;
			bad.bytes[at] ^= 4;
			ck_assert(!passes(&elsewhere, &bad, kind));
		}
	}
	packet_rtp(&bad, SSRC, 3, 160);
	ck_assert(!passes(&elsewhere, &bad, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 0);
}
END_TEST

START_TEST(rtcp_has_a_place_of_its_own)
{
	struct sotto_event event;
	struct packet packet;

	make(&packet, 1, SOTTO_SRTP);
	ck_assert(passes(&call.peer[SIDE_A].path.src, &packet, SOTTO_SRTP));
	make(&packet, 0, SOTTO_SRTCP);
	ck_assert(passes(&elsewhere, &packet, SOTTO_SRTCP));
	ck_assert_uint_eq(latches(&event), 1);
	ck_assert_uint_eq(event.rtcp, 1);
	ck_assert_uint_eq(event.from.port, elsewhere.port);
	rig_tick(&rig, 2 * GAP_US);
	make(&packet, 0, SOTTO_SRTCP);
	call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTCP);
	rig_poll(&rig);
	ck_assert(call_take(&call, SIDE_B, SOTTO_SRTCP, &packet));
	ck_assert_uint_eq(latches(NULL), 0);
}
END_TEST

START_TEST(without_latch_nothing_is_followed)
{
	struct packet packet;

	call.spec.media[0].leg[SIDE_A].latch = false;
	call_put(&call);
	make(&packet, 1, SOTTO_SRTP);
	ck_assert(passes(&elsewhere, &packet, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 0);
}
END_TEST

/* ST-19: packets under the key before pass for a while, but nothing is learned from them. */
START_TEST(st_19_nothing_is_learned_under_the_old_key)
{
	struct packet late;

	carry(1);
	make(&late, 3, SOTTO_SRTP);
	call.overlap_us = 1000000;
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	carry(2);
	ck_assert(passes(&elsewhere, &late, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 0);
}
END_TEST

/* Without tags on SRTP (RFC 4568, 6.3.3) anybody could send the newest packet. */
START_TEST(unauthenticated_is_not_followed)
{
	struct packet packet;

	call.modes = SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	make(&packet, 1, SOTTO_SRTP);
	ck_assert_uint_eq(packet.len, 12 + 160);
	ck_assert(passes(&elsewhere, &packet, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 0);
}
END_TEST

/* The event ring is full: it is told with the next packet. */
START_TEST(event_ring_full)
{
	const struct sotto_event filler = {.kind = SOTTO_EVENT_SSRC_NEW};
	struct packet packet;

	carry(1);
	while (sotto_punt_tell(&rig.punt, &filler))
		;
	make(&packet, 2, SOTTO_SRTP);
	ck_assert(passes(&elsewhere, &packet, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 0);
	make(&packet, 3, SOTTO_SRTP);
	ck_assert(passes(&elsewhere, &packet, SOTTO_SRTP));
	ck_assert_uint_eq(latches(NULL), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: following a secure peer");
	TCase *latch = tcase_create("latch");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(latch, setup, teardown);
	tcase_add_test(latch, newest_from_elsewhere);
	tcase_add_test(latch, follows_on);
	tcase_add_test(latch, late_from_elsewhere);
	tcase_add_test(latch, mb_03_forged_and_replayed_from_elsewhere);
	tcase_add_test(latch, rtcp_has_a_place_of_its_own);
	tcase_add_test(latch, without_latch_nothing_is_followed);
	tcase_add_test(latch, st_19_nothing_is_learned_under_the_old_key);
	tcase_add_test(latch, unauthenticated_is_not_followed);
	tcase_add_test(latch, event_ring_full);
	suite_add_tcase(suite, latch);
	return sotto_unit_run(suite);
}
