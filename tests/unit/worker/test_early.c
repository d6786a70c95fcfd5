/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets that come before the key of a secure leg: they wait, few and briefly. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xa0a0a001
#define EARLY_US 500000u
#define LOOK_US 1000u /* after which the worker has looked again */

static struct rig rig;
static struct call call;

/* Leg a is secure, its receive key is not known yet. */
static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
	call_secure(&call, SIDE_A, SUITE_80);
	call_forget(&call, SIDE_A, true, false);
	call.spec.media[0].leg[SIDE_A].early_us = EARLY_US;
	call_put(&call);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

static void send(uint16_t seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, seq, 160);
	call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
}

static void send_many(uint16_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		send((uint16_t)(first + i));
	rig_poll(&rig);
	ck_assert(wire_is_silent(&rig));
}

static void expect_many(uint16_t first, unsigned n)
{
	struct packet plain;

	for (unsigned i = 0; i < n; i++) {
		packet_rtp(&plain, SSRC, (uint16_t)(first + i), 160);
		call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
	}
	ck_assert(wire_is_silent(&rig));
}

static void put_key(void)
{
	call_remember(&call, SIDE_A, true, false);
	call_put(&call);
}

static void look(void)
{
	rig_tick(&rig, LOOK_US);
	rig_poll(&rig);
}

static void expect_held(unsigned n, unsigned pool)
{
	struct sotto_stats stats = rig_stats(&rig);

	ck_assert_uint_eq(rig.worker[0]->early_count, n);
	ck_assert_uint_eq(rig_pool_free(&rig), pool - n);
	ck_assert_uint_eq(stats.by_verdict[SOTTO_OK], 0);
	ck_assert_uint_eq(stats.by_verdict[SOTTO_DROP_EARLY], 0);
	rig_conserves(&rig);
}

/* n packets ended as early, nothing is held and every mbuf is back. */
static void expect_ended(unsigned n, unsigned pool)
{
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_EARLY], n);
	ck_assert_uint_eq(rig.worker[0]->early_count, 0);
	ck_assert_uint_eq(rig_pool_free(&rig), pool);
	rig_conserves(&rig);
}

START_TEST(packets_wait_for_the_key)
{
	unsigned pool = rig_pool_free(&rig);

	send_many(1, 5);
	expect_held(5, pool);
	look();
	expect_held(5, pool);
	put_key();
	look();
	expect_many(1, 5);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->received_packets, 5);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_OK], 5);
	expect_ended(0, pool);
	send(6);
	rig_poll(&rig);
	expect_many(6, 1);
}
END_TEST

/* Both kinds wait, and leave in the order in which they came. */
START_TEST(rtcp_waits_too)
{
	struct packet report, plain;

	packet_rtcp(&report, SSRC);
	packet_rtp(&plain, SSRC, 1, 160);
	call_send(&call, SIDE_A, &report, SOTTO_SRTCP);
	call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	put_key();
	look();
	call_expect(&call, SIDE_B, &report, SOTTO_SRTCP);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
}
END_TEST

/* What comes right behind the key, before the worker looks again, does not overtake. */
START_TEST(later_packets_do_not_overtake)
{
	send_many(65534, 3);
	put_key();
	send(1);
	send(2);
	rig_poll(&rig);
	look();
	expect_many(65534, 5);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->held, 0);
}
END_TEST

START_TEST(so_many_of_a_leg)
{
	unsigned pool = rig_pool_free(&rig);

	send_many(1, SOTTO_EARLY_OF_A_LEG + 4);
	expect_held(SOTTO_EARLY_OF_A_LEG, pool);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_NO_KEY), 4);
	put_key();
	look();
	expect_many(1, SOTTO_EARLY_OF_A_LEG);
	expect_ended(0, pool);
}
END_TEST

/* A full leg that has got its key: what cannot wait behind passes. */
START_TEST(full_leg_with_a_key)
{
	struct packet payload;
	unsigned n = 0;

	send_many(1, SOTTO_EARLY_OF_A_LEG);
	put_key();
	send(SOTTO_EARLY_OF_A_LEG + 1);
	rig_poll(&rig);
	look();
	while (call_take(&call, SIDE_B, SOTTO_SRTP, &payload))
		n++;
	ck_assert_uint_eq(n, SOTTO_EARLY_OF_A_LEG + 1);
}
END_TEST

#define FEW 5 /* calls with more held packets than a burst has room for */
#define CALLS (SOTTO_EARLY_MAX / SOTTO_EARLY_OF_A_LEG / SIDES)

static struct call many[CALLS];

/* 16 packets for each of 64 legs fill the worker's room. */
static void fill_room(void)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, 1, 160);
	for (unsigned n = 0; n < CALLS; n++) {
		call_init(&many[n], &rig, RIG_ACCESS4, RIG_CORE4);
		for (int side = 0; side < SIDES; side++) {
			call_secure(&many[n], side, SUITE_80);
			call_forget(&many[n], side, true, true);
			many[n].spec.media[0].leg[side].early_us = EARLY_US;
		}
		call_put(&many[n]);
		for (unsigned i = 0; i < SOTTO_EARLY_OF_A_LEG; i++) {
			call_send_raw(&many[n], SIDE_A, &plain, SOTTO_SRTP);
			call_send_raw(&many[n], SIDE_B, &plain, SOTTO_SRTP);
		}
		rig_poll(&rig);
	}
}

START_TEST(so_many_of_a_worker)
{
	unsigned pool = rig_pool_free(&rig);

	fill_room();
	expect_held(SOTTO_EARLY_MAX, pool);
	send_many(1, 3);
	expect_held(SOTTO_EARLY_MAX, pool);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_NO_KEY), 3);
	rig_tick(&rig, 2 * EARLY_US);
	rig_poll(&rig);
	expect_ended(SOTTO_EARLY_MAX, pool);
	send_many(4, 3); /* there is room again */
	ck_assert_uint_eq(rig.worker[0]->early_count, 3);
	for (unsigned n = 0; n < CALLS; n++)
		call_end(&many[n]);
}
END_TEST

/* Packet i of each of a few calls, in turn; sent, or expected. */
static void in_turn(unsigned i, bool expected)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, (uint16_t)i, 160);
	for (unsigned n = 0; n < FEW; n++) {
		if (expected)
			call_expect(&many[n], SIDE_B, &plain, SOTTO_SRTP);
		else
			call_send(&many[n], SIDE_A, &plain, SOTTO_SRTP);
	}
}

/* More than one burst holds, of several calls: all pass, in the order in which they came. */
START_TEST(more_than_a_burst)
{
	for (unsigned n = 0; n < FEW; n++) {
		call_init(&many[n], &rig, RIG_ACCESS4, RIG_CORE4);
		call_secure(&many[n], SIDE_A, SUITE_80);
		call_forget(&many[n], SIDE_A, true, false);
		many[n].spec.media[0].leg[SIDE_A].early_us = EARLY_US;
		call_put(&many[n]);
	}
	for (unsigned i = 0; i < SOTTO_EARLY_OF_A_LEG; i++)
		in_turn(i, false);
	rig_poll(&rig);
	ck_assert_uint_eq(rig.worker[0]->early_count, FEW * SOTTO_EARLY_OF_A_LEG);
	for (unsigned n = 0; n < FEW; n++) {
		call_remember(&many[n], SIDE_A, true, false);
		call_put(&many[n]);
	}
	look();
	for (unsigned i = 0; i < SOTTO_EARLY_OF_A_LEG; i++)
		in_turn(i, true);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(rig.worker[0]->early_count, 0);
	for (unsigned n = 0; n < FEW; n++)
		call_end(&many[n]);
}
END_TEST

START_TEST(time_is_over)
{
	unsigned pool = rig_pool_free(&rig);

	send_many(1, 5);
	rig_tick(&rig, EARLY_US / 2);
	rig_poll(&rig);
	expect_held(5, pool);
	rig_tick(&rig, EARLY_US);
	rig_poll(&rig);
	expect_ended(5, pool);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_EARLY), 5);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->held, 0);
	put_key();
	send(6);
	rig_poll(&rig);
	expect_many(6, 1);
}
END_TEST

START_TEST(session_ends)
{
	unsigned pool = rig_pool_free(&rig);

	send_many(1, 5);
	sotto_session_delete(rig.sessions, call.session);
	look();
	expect_ended(5, pool);
	ck_assert_uint_eq(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_eq(rig.blocks, 0);
}
END_TEST

/* Calls come and go until the next one gets that slot of the session table. */
static void go_round(uint32_t slot)
{
	struct call other;
	uint32_t at;

	do {
		call_init(&other, &rig, RIG_ACCESS6, RIG_CORE6);
		call_put(&other);
		at = other.session->slot;
		sotto_session_delete(rig.sessions, other.session);
	} while ((at + 1) % rig.shape.sessions != slot);
}

/* The same port, the same slot, but another call: what waited is none of its business. */
START_TEST(session_ends_and_another_has_its_port)
{
	uint16_t port = call_leg(&call, SIDE_A)->rtp_port;
	uint32_t slot = call.session->slot;
	unsigned pool = rig_pool_free(&rig);

	send_many(1, 5);
	sotto_session_delete(rig.sessions, call.session);
	go_round(slot);
	call.spec.media[0].leg[SIDE_A].local_port = port;
	put_key();
	ck_assert_uint_eq(call_leg(&call, SIDE_A)->rtp_port, port);
	ck_assert_uint_eq(call.session->slot, slot);
	look();
	expect_ended(5, pool);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->received_packets, 0);
}
END_TEST

START_TEST(worker_ends)
{
	unsigned pool = rig_pool_free(&rig);

	send_many(1, 5);
	sotto_worker_fini(rig.worker[0]);
	expect_ended(5, pool);
	sotto_worker_fini(rig.worker[0]);
	expect_ended(5, pool);
}
END_TEST

/* Other puts, which bring no key, and a latched remote leave them waiting. */
START_TEST(put_without_the_key)
{
	struct sotto_endpoint elsewhere = {rig_host(RIG_ACCESS4), 7000};
	unsigned pool = rig_pool_free(&rig);

	send_many(1, 3);
	call.spec.media[0].leg[SIDE_A].dscp = 12;
	call_put(&call);
	look();
	ck_assert_int_eq(
		sotto_session_relocate(rig.sessions, call.session, 0, SIDE_A, &elsewhere, 7001), 0);
	sotto_sessions_reclaim(rig.sessions);
	look();
	expect_held(3, pool);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->held, 3);
	put_key();
	look();
	expect_many(1, 3);
}
END_TEST

/* Who moves to another port leaves behind what waited at the old one, but not its room for ever. */
START_TEST(port_moves)
{
	unsigned pool = rig_pool_free(&rig);

	send_many(1, SOTTO_EARLY_OF_A_LEG);
	call.spec.media[0].leg[SIDE_A].local_port =
		(uint16_t)(call_leg(&call, SIDE_A)->rtp_port + 20);
	call_put(&call);
	look();
	expect_ended(SOTTO_EARLY_OF_A_LEG, pool);
	rig_tick(&rig, 2 * EARLY_US);
	send_many(50, SOTTO_EARLY_OF_A_LEG);
	ck_assert_uint_eq(rig.worker[0]->early_count, SOTTO_EARLY_OF_A_LEG);
	put_key();
	look();
	expect_many(50, SOTTO_EARLY_OF_A_LEG);
}
END_TEST

/* What waited is judged like any other packet. */
START_TEST(forged_ones_wait_in_vain)
{
	struct packet packet;

	packet_rtp(&packet, SSRC, 1, 160);
	call_protect(&call, SIDE_A, &packet, SOTTO_SRTP);
	call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTP);
	call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTP);
	packet.bytes[20] ^= 1;
	packet.bytes[3] ^= 8;
	call_send_raw(&call, SIDE_A, &packet, SOTTO_SRTP);
	rig_poll(&rig);
	put_key();
	look();
	expect_many(1, 1);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_REPLAY), 1);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_AUTH), 1);
}
END_TEST

/* SD-01: without leave to wait it is over at once; so it is on legs of other kinds. */
START_TEST(sd_01_no_time_to_wait)
{
	static const enum sotto_security kinds[] = {SOTTO_REQUIRED, SOTTO_VERIFY};

	call.spec.media[0].leg[SIDE_A].early_us = _i == 0 ? 0 : EARLY_US;
	for (int side = 0; side < SIDES && _i == 1; side++)
		call.spec.media[0].leg[side].security = kinds[_i];
	call_put(&call);
	send_many(1, 3);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_NO_KEY], 3);
	ck_assert_uint_eq(rig.worker[0]->early_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: packets before the key");
	TCase *early = tcase_create("early");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(early, setup, teardown);
	tcase_add_test(early, packets_wait_for_the_key);
	tcase_add_test(early, rtcp_waits_too);
	tcase_add_test(early, later_packets_do_not_overtake);
	tcase_add_test(early, so_many_of_a_leg);
	tcase_add_test(early, full_leg_with_a_key);
	tcase_add_test(early, so_many_of_a_worker);
	tcase_add_test(early, more_than_a_burst);
	tcase_add_test(early, time_is_over);
	tcase_add_test(early, session_ends);
	tcase_add_test(early, session_ends_and_another_has_its_port);
	tcase_add_test(early, worker_ends);
	tcase_add_test(early, put_without_the_key);
	tcase_add_test(early, port_moves);
	tcase_add_test(early, forged_ones_wait_in_vain);
	tcase_add_loop_test(early, sd_01_no_time_to_wait, 0, 2);
	suite_add_tcase(suite, early);
	return sotto_unit_run(suite);
}
