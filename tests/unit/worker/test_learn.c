/* SPDX-License-Identifier: BSD-3-Clause */
/* Clear legs with latching: where the peer is, learned once, from few packets. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SSRC 0xb0b0b001
#define SECOND 1000000u

static struct rig rig;
static struct call call;
static struct sotto_endpoint signalled, other_port, nat, stranger;

/* Leg b is clear and learns; leg a is clear and strict. */
static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
	call.spec.media[0].leg[SIDE_B].latch = true;
	call_put(&call);
	signalled = call.spec.media[0].leg[SIDE_B].remote;
	other_port = (struct sotto_endpoint){signalled.addr, 41000};
	nat = (struct sotto_endpoint){rig_addr("203.0.113.77"), 42000};
	stranger = (struct sotto_endpoint){rig_addr("203.0.113.66"), 43000};
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

/* One packet to leg b from there; whether it came out at a. */
static bool passes(const struct sotto_endpoint *from, enum sotto_srtp_kind kind)
{
	uint64_t refused = sotto_leg_dropped(call_state(&call, SIDE_B), SOTTO_DROP_WRONG_SOURCE);
	struct packet plain;

	packet_rtp(&plain, SSRC, (uint16_t)rig.injected, 160);
	if (kind == SOTTO_SRTCP)
		packet_rtcp(&plain, SSRC);
	call_send_from(&call, SIDE_B, from, &plain, kind);
	rig_poll(&rig);
	if (sotto_leg_dropped(call_state(&call, SIDE_B), SOTTO_DROP_WRONG_SOURCE) != refused) {
		ck_assert(wire_is_silent(&rig));
		return false;
	}
	call_expect_raw(&call, SIDE_A, &plain, kind);
	return true;
}

static void pass(const struct sotto_endpoint *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert(passes(from, SOTTO_SRTP));
}

static void refuse(const struct sotto_endpoint *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert(!passes(from, SOTTO_SRTP));
}

static void expect_latch(const struct sotto_endpoint *from)
{
	struct sotto_event event;

	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_LATCH, &event), 1);
	ck_assert_uint_eq(event.side, SIDE_B);
	ck_assert_uint_eq(event.rtcp, 0);
	ck_assert_uint_eq(event.from.port, from->port);
	ck_assert(sotto_base_addr_equal(&event.from.addr, &from->addr));
}

static void expect_no_latch(void)
{
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_LATCH, NULL), 0);
}

/* What control does with the event. */
static void relocate(const struct sotto_endpoint *to)
{
	ck_assert_int_eq(sotto_session_relocate(rig.sessions, call.session, 0, SIDE_B, to, 0), 0);
	rig_poll(&rig);
	sotto_sessions_reclaim(rig.sessions);
}

START_TEST(five_packets_settle)
{
	pass(&nat, SOTTO_LATCH_PACKETS - 1);
	expect_no_latch();
	pass(&nat, 1);
	expect_latch(&nat);
	pass(&nat, 10);
	expect_no_latch();
	relocate(&nat);
	rig_tick(&rig, 10 * SECOND);
	pass(&nat, 10);
	refuse(&signalled, 3); /* strict: the learned place is the remote now */
	expect_no_latch();
}
END_TEST

/* MB-01: while one candidate is looked at, a third party gets nothing through. */
START_TEST(mb_01_third_party_is_refused)
{
	pass(&nat, 1);
	refuse(&stranger, 100);
	pass(&nat, SOTTO_LATCH_PACKETS - 1);
	refuse(&stranger, 100);
	expect_latch(&nat);
}
END_TEST

/* MB-01: who sprays before the peer's first packet gets fewer than five through. */
START_TEST(mb_01_better_candidate_takes_over)
{
	pass(&stranger, SOTTO_LATCH_PACKETS - 1);
	pass(&other_port, 1);
	refuse(&stranger, 100);
	pass(&other_port, SOTTO_LATCH_PACKETS - 2);
	expect_no_latch();
	pass(&other_port, 1);
	expect_latch(&other_port);
}
END_TEST

START_TEST(mb_01_signalled_source_settles_at_once)
{
	pass(&stranger, 2);
	pass(&other_port, 2);
	pass(&signalled, 1);
	refuse(&stranger, 100);
	refuse(&other_port, 100);
	pass(&signalled, 10);
	expect_no_latch(); /* it is where packets go already */
}
END_TEST

/* Without latching, the strict default: no packet at all. */
START_TEST(mb_01_strict_without_latch)
{
	call.spec.media[0].leg[SIDE_B].latch = false;
	call_put(&call);
	refuse(&stranger, 100);
	refuse(&other_port, 100);
	pass(&signalled, 1);
	expect_no_latch();
}
END_TEST

START_TEST(mb_02_spray_after_learning)
{
	pass(&nat, SOTTO_LATCH_PACKETS);
	expect_latch(&nat);
	refuse(&stranger, 50); /* before control has moved the leg */
	relocate(&nat);
	refuse(&stranger, 50); /* and after */
	rig_tick(&rig, 3600ull * SECOND);
	refuse(&stranger, 50); /* and an hour of silence later */
	pass(&nat, 1);
	expect_no_latch();
}
END_TEST

/* If control cannot move the leg, the candidate is no peer for ever. */
START_TEST(settled_but_not_moved)
{
	pass(&nat, SOTTO_LATCH_PACKETS);
	rig_tick(&rig, SECOND / 2);
	pass(&nat, 1);
	rig_tick(&rig, SECOND);
	refuse(&nat, 1);
	pass(&signalled, 1);
}
END_TEST

/* Looser source checks still hold after learning. */
START_TEST(address_check_after_learning)
{
	call.spec.media[0].leg[SIDE_B].source_check = SOTTO_SOURCE_ADDRESS;
	call_put(&call);
	pass(&nat, SOTTO_LATCH_PACKETS);
	relocate(&nat);
	nat.port++;
	pass(&nat, 3);
	refuse(&stranger, 3);
}
END_TEST

/* MB-06: RTCP from elsewhere neither passes nor decides where RTP goes. */
START_TEST(mb_06_rtcp_does_not_decide)
{
	struct sotto_endpoint rtcp = {signalled.addr, (uint16_t)(signalled.port + 1)};

	for (unsigned i = 0; i < 20; i++)
		ck_assert(!passes(&stranger, SOTTO_SRTCP));
	expect_no_latch();
	ck_assert(passes(&rtcp, SOTTO_SRTCP));
	pass(&nat, SOTTO_LATCH_PACKETS);
	expect_latch(&nat);
	for (unsigned i = 0; i < 20; i++)
		ck_assert(!passes(&stranger, SOTTO_SRTCP));
	expect_no_latch();
}
END_TEST

/* MB-07: junk to both ports, from anywhere; then the call works as before. */
START_TEST(mb_07_junk)
{
	struct packet junk;

	for (unsigned i = 0; i < 200; i++) {
		for (uint32_t k = 0; k < 60; k++)
			junk.bytes[k] = (uint8_t)(k * i * 7 + 3 * i + k);
		junk.len = i % 60;
		call_send_from(&call, SIDE_B, &stranger, &junk, i % 2 ? SOTTO_SRTP : SOTTO_SRTCP);
		rig_poll(&rig);
	}
	while (wire_take(&rig, RIG_ACCESS, &junk))
		;
	rig_tick(&rig, SECOND);
	pass(&signalled, 10);
	rig_conserves(&rig);
}
END_TEST

/* One stray packet during set-up must not keep a peer behind a NAT out. */
START_TEST(mb_07_stray_candidate_is_forgotten)
{
	pass(&stranger, 1);
	refuse(&nat, 3);
	rig_tick(&rig, 2 * SECOND);
	pass(&nat, SOTTO_LATCH_PACKETS);
	expect_latch(&nat);
	refuse(&stranger, 1);
}
END_TEST

/* A candidate that is only slow stays it, and its count goes on. */
START_TEST(slow_candidate)
{
	for (unsigned i = 0; i < SOTTO_LATCH_PACKETS; i++) {
		expect_no_latch();
		rig_tick(&rig, 5 * SECOND);
		pass(&nat, 1);
	}
	expect_latch(&nat);
}
END_TEST

/* A latch that control could not be told is told with the next packet, not lost. */
START_TEST(event_ring_full)
{
	const struct sotto_event filler = {.kind = SOTTO_EVENT_SSRC_NEW};

	pass(&nat, 1);
	while (sotto_punt_tell(&rig.punt, &filler))
		;
	pass(&nat, SOTTO_LATCH_PACKETS + 3);
	expect_no_latch();
	pass(&nat, 1);
	expect_latch(&nat);
}
END_TEST

/* Learning opens again with another wish, and with nothing else (MB-08: its bound is control's). */
START_TEST(learning_opens_with_another_wish)
{
	pass(&nat, SOTTO_LATCH_PACKETS);
	expect_latch(&nat);
	relocate(&nat);
	for (unsigned i = 0; i < 3; i++) {
		call.spec.media[0].leg[SIDE_B].dscp = (int)i;
		call_put(&call);
		refuse(&stranger, SOTTO_LATCH_PACKETS);
		pass(&nat, 1);
	}
	call.spec.media[0].leg[SIDE_B].remote.port += 8;
	call_put(&call);
	pass(&stranger, SOTTO_LATCH_PACKETS);
	expect_latch(&stranger);
	refuse(&nat, 1);
}
END_TEST

/* Nobody has said where the peer is: whoever sends first is looked at. */
START_TEST(remote_unknown)
{
	struct packet plain;

	memset(&call.spec.media[0].leg[SIDE_B].remote, 0, sizeof(struct sotto_endpoint));
	call_put(&call);
	packet_rtp(&plain, SSRC, 1, 160);
	call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_NO_REMOTE], 1);
	nat.addr = signalled.addr; /* the rig knows the MAC of that host */
	pass(&nat, SOTTO_LATCH_PACKETS);
	expect_latch(&nat);
	relocate(&nat);
	call.peer[SIDE_B].path.src = nat;
	call_carry(&call, SIDE_A, &plain, SOTTO_SRTP);
}
END_TEST

static void add_candidates(Suite *suite)
{
	TCase *candidates = tcase_create("candidates");

	tcase_add_checked_fixture(candidates, setup, teardown);
	tcase_add_test(candidates, five_packets_settle);
	tcase_add_test(candidates, mb_01_third_party_is_refused);
	tcase_add_test(candidates, mb_01_better_candidate_takes_over);
	tcase_add_test(candidates, mb_01_signalled_source_settles_at_once);
	tcase_add_test(candidates, mb_01_strict_without_latch);
	tcase_add_test(candidates, mb_06_rtcp_does_not_decide);
	tcase_add_test(candidates, mb_07_junk);
	tcase_add_test(candidates, mb_07_stray_candidate_is_forgotten);
	tcase_add_test(candidates, slow_candidate);
	tcase_add_test(candidates, remote_unknown);
	suite_add_tcase(suite, candidates);
}

static void add_settled(Suite *suite)
{
	TCase *settled = tcase_create("settled");

	tcase_add_checked_fixture(settled, setup, teardown);
	tcase_add_test(settled, mb_02_spray_after_learning);
	tcase_add_test(settled, settled_but_not_moved);
	tcase_add_test(settled, address_check_after_learning);
	tcase_add_test(settled, event_ring_full);
	tcase_add_test(settled, learning_opens_with_another_wish);
	suite_add_tcase(suite, settled);
}

int main(void)
{
	Suite *suite = suite_create("worker: learning where a clear peer is");

	rig_start(&rig, &rig_small);
	add_candidates(suite);
	add_settled(suite);
	return sotto_unit_run(suite);
}
