/* SPDX-License-Identifier: BSD-3-Clause */
/* Opportunistic legs (RFC 8643): plain until the first authentic packet, SRTP from then on. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xa0a0a001
#define SSRC_B 0xb0b0b001

static struct rig rig;
static struct call call;

/* Leg a is preferred and has both keys; leg b is clear. */
static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
	call_secure(&call, SIDE_A, SUITE_80);
	call.spec.media[0].leg[SIDE_A].security = SOTTO_PREFERRED;
	call_put(&call);
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
}

/* A plain packet from a's peer comes out at b as it is. */
static void pass_plain(uint16_t seq, enum sotto_srtp_kind kind)
{
	struct packet plain;

	make(&plain, seq, kind);
	call_send_raw(&call, SIDE_A, &plain, kind);
	rig_poll(&rig);
	call_expect_raw(&call, SIDE_B, &plain, kind);
	ck_assert(wire_is_silent(&rig));
}

static void pass_secure(uint16_t seq, enum sotto_srtp_kind kind)
{
	struct packet plain;

	make(&plain, seq, kind);
	call_carry(&call, SIDE_A, &plain, kind);
}

/* Random-looking plain media is a wrong tag; what cannot be ciphertext is plain media. */
static void lose_plain(uint16_t seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, seq, 160);
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTP, SOTTO_DROP_AUTH);
	memset(plain.bytes + 12, 0xd5, 160);
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTP, SOTTO_DROP_PLAIN);
	packet_rtcp(&plain, SSRC);
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTCP, SOTTO_DROP_PLAIN);
}

static bool is_locked(void)
{
	return call_state(&call, SIDE_A)->locked != 0;
}

START_TEST(plain_until_the_first_authentic)
{
	enum sotto_srtp_kind kind = _i == 0 ? SOTTO_SRTP : SOTTO_SRTCP;
	struct sotto_event event;

	for (uint16_t seq = 1; seq < 5; seq++)
		pass_plain(seq, SOTTO_SRTP);
	pass_plain(0, SOTTO_SRTCP);
	ck_assert(!is_locked());
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_LOCKED, NULL), 0);
	pass_secure(5, kind);
	ck_assert(is_locked());
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_LOCKED, &event), 1);
	ck_assert_uint_eq(event.side, SIDE_A);
	ck_assert_uint_eq(event.ssrc, SSRC);
	lose_plain(6);
	for (uint16_t seq = 7; seq < 20; seq++)
		pass_secure(seq, SOTTO_SRTP);
	pass_secure(0, SOTTO_SRTCP);
	lose_plain(20);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_LOCKED, NULL), 0);
}
END_TEST

/* Every try at opening leaves no trace in what passes as plain, whatever the cipher. */
START_TEST(plain_is_untouched_by_the_tries)
{
	static const char *const suites[] = {"AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_32"};

	call_secure(&call, SIDE_A, suites[_i]);
	call.spec.media[0].leg[SIDE_A].security = SOTTO_PREFERRED;
	call.peer[SIDE_A].keying[0].mki_len = _i == 0 ? 0 : 4;
	call_put(&call);
	for (uint16_t seq = 1; seq < 20; seq++) {
		pass_plain(seq, SOTTO_SRTP);
		pass_plain(seq, SOTTO_SRTCP);
	}
	ck_assert(!is_locked());
}
END_TEST

/* A packet that only looks like SRTP proves nothing: it passes like any plain one, and locks not.
 */
START_TEST(forged_does_not_lock)
{
	struct packet forged, good;

	for (int kind = SOTTO_SRTP; kind <= SOTTO_SRTCP; kind++) {
		make(&forged, 1, kind);
		call_protect(&call, SIDE_A, &forged, kind);
		forged.bytes[forged.len - 1] ^= 1;
		call_send_raw(&call, SIDE_A, &forged, kind);
		rig_poll(&rig);
		ck_assert(!is_locked());
		ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->bound, 0);
	}
	while (call_take(&call, SIDE_B, SOTTO_SRTP, &good))
		;
	pass_secure(2, SOTTO_SRTP);
	ck_assert(is_locked());
	/* and when it is locked, wrong tags and replays are what they are on any secure leg */
	make(&forged, 3, SOTTO_SRTP);
	call_protect(&call, SIDE_A, &forged, SOTTO_SRTP);
	good = forged;
	forged.bytes[50] ^= 1;
	drop_datagram(&call, SIDE_A, &forged, SOTTO_SRTP, SOTTO_DROP_AUTH);
	call_send_raw(&call, SIDE_A, &good, SOTTO_SRTP);
	rig_poll(&rig);
	ck_assert(call_take(&call, SIDE_B, SOTTO_SRTP, &forged));
	drop_datagram(&call, SIDE_A, &good, SOTTO_SRTP, SOTTO_DROP_REPLAY);
}
END_TEST

/* In the burst that locks the leg nothing plain passes any more, whatever its place. */
START_TEST(within_one_burst)
{
	struct packet plain, payload;

	for (uint16_t seq = 1; seq <= 9; seq++) {
		packet_rtp(&plain, SSRC, seq, 160);
		if (seq == 5)
			call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
		else
			call_send_raw(&call, SIDE_A, &plain, SOTTO_SRTP);
	}
	ck_assert_uint_eq(sotto_worker_poll(rig.worker[0]), 9);
	packet_rtp(&plain, SSRC, 5, 160);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
	ck_assert(!call_take(&call, SIDE_B, SOTTO_SRTP, &payload));
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_LOCKED, NULL), 1);
}
END_TEST

static void put_again(bool rekey)
{
	if (rekey)
		call_secure(&call, SIDE_A, SUITE_80);
	call.spec.media[0].leg[SIDE_A].security = SOTTO_PREFERRED;
	call_put(&call);
}

START_TEST(locked_survives_puts)
{
	struct packet plain;

	pass_plain(1, SOTTO_SRTP);
	pass_secure(2, SOTTO_SRTP);
	put_again(false);
	lose_plain(3);
	put_again(true);
	lose_plain(4);
	pass_secure(5, SOTTO_SRTP);
	/* nor is a key that was taken away a way back */
	call_forget(&call, SIDE_A, true, true);
	call_put(&call);
	rig_forget_events(&rig);
	for (uint16_t seq = 6; seq < 9; seq++) {
		packet_rtp(&plain, SSRC, seq, 160);
		drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTP, SOTTO_DROP_NO_KEY);
	}
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_LOCKED, NULL), 0);
}
END_TEST

/* Towards the peer: plain as long as there is no send key, and never again behind one. */
START_TEST(sends_plain_without_a_key)
{
	struct packet plain;

	call_forget(&call, SIDE_A, false, true);
	call_put(&call);
	for (uint16_t seq = 1; seq < 5; seq++) {
		packet_rtp(&plain, SSRC_B, seq, 160);
		call_send(&call, SIDE_B, &plain, SOTTO_SRTP);
		rig_poll(&rig);
		call_expect_raw(&call, SIDE_A, &plain, SOTTO_SRTP);
	}
	packet_rtcp(&plain, SSRC_B);
	call_send(&call, SIDE_B, &plain, SOTTO_SRTCP);
	rig_poll(&rig);
	call_expect_raw(&call, SIDE_A, &plain, SOTTO_SRTCP);
}
END_TEST

START_TEST(sends_encrypted_with_a_key)
{
	struct packet plain;

	for (uint16_t seq = 1; seq < 5; seq++) {
		packet_rtp(&plain, SSRC_B, seq, 160);
		call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
	}
	packet_rtcp(&plain, SSRC_B);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTCP);
	ck_assert(!is_locked());
}
END_TEST

static void expect_lost(enum sotto_srtp_kind kind)
{
	struct packet plain, frame;

	make(&plain, 1, kind);
	call_frame(&call, SIDE_B, &plain, kind, &frame);
	drop_expect(&rig, &call, RIG_CORE, &frame, SOTTO_DROP_SEND_NO_KEY, SIDE_A);
}

START_TEST(sends_nothing_when_locked_without_a_key)
{
	struct packet plain;

	call_forget(&call, SIDE_A, false, true);
	call_put(&call);
	pass_secure(1, SOTTO_SRTP);
	expect_lost(SOTTO_SRTP);
	expect_lost(SOTTO_SRTCP);
	call_remember(&call, SIDE_A, false, true);
	call_put(&call);
	packet_rtp(&plain, SSRC_B, 1, 160);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
}
END_TEST

START_TEST(no_keys_at_all)
{
	struct packet plain;

	call_forget(&call, SIDE_A, true, true);
	call_put(&call);
	for (uint16_t seq = 1; seq < 4; seq++) {
		pass_plain(seq, SOTTO_SRTP);
		packet_rtp(&plain, SSRC_B, seq, 160);
		call_send(&call, SIDE_B, &plain, SOTTO_SRTP);
		rig_poll(&rig);
		call_expect_raw(&call, SIDE_A, &plain, SOTTO_SRTP);
	}
}
END_TEST

/* Plain packets are held to the signalled source; for authentic ones the tag vouches. */
START_TEST(plain_from_elsewhere)
{
	struct sotto_endpoint elsewhere = {rig_addr("192.0.2.66"), 5000};
	struct packet plain;

	packet_rtp(&plain, SSRC, 1, 160);
	call_send_from(&call, SIDE_A, &elsewhere, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_WRONG_SOURCE), 1);
	call_protect(&call, SIDE_A, &plain, SOTTO_SRTP);
	call_send_from(&call, SIDE_A, &elsewhere, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	ck_assert(call_take(&call, SIDE_B, SOTTO_SRTP, &plain));
	ck_assert(is_locked());
}
END_TEST

/* Malformed plain packets do not pass for being plain. */
START_TEST(plain_is_checked)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, 1, 20);
	plain.bytes[0] = 0x8f;
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
	packet_rtcp(&plain, SSRC);
	sotto_base_put16(plain.bytes + 30, 77);
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTCP, SOTTO_DROP_RTCP_HEADER);
}
END_TEST

/* A plain stream faster than the budget of wrong tags is no flood, and passes whole. */
START_TEST(fast_plain_stream_is_no_flood)
{
	for (uint16_t seq = 1; seq < 3 * SOTTO_SRTP_FLOOD_BUDGET; seq++)
		pass_plain(seq, SOTTO_SRTP);
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_AUTH_FLOOD, NULL), 0);
	rig_tick(&rig, 2000000);
	pass_secure(3 * SOTTO_SRTP_FLOOD_BUDGET, SOTTO_SRTP);
	ck_assert(is_locked());
}
END_TEST

/* A new SSRC is told once, however it came. */
START_TEST(new_ssrc_is_told_once)
{
	struct sotto_event event;

	call_secure(&call, SIDE_B, SUITE_80);
	call_put(&call);
	for (uint16_t seq = 1; seq < 4; seq++) {
		struct packet plain;

		packet_rtp(&plain, SSRC, seq, 160);
		if (_i == 0)
			call_send_raw(&call, SIDE_A, &plain, SOTTO_SRTP);
		else
			call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
		rig_poll(&rig);
		call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
	}
	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_SSRC_NEW, &event), 1);
	ck_assert_uint_eq(event.side, SIDE_A);
	ck_assert_uint_eq(event.ssrc, SSRC);
}
END_TEST

static void add_in(Suite *suite)
{
	TCase *in = tcase_create("received");

	tcase_add_checked_fixture(in, setup, teardown);
	tcase_add_loop_test(in, plain_until_the_first_authentic, 0, 2);
	tcase_add_loop_test(in, plain_is_untouched_by_the_tries, 0, 2);
	tcase_add_test(in, forged_does_not_lock);
	tcase_add_test(in, within_one_burst);
	tcase_add_test(in, locked_survives_puts);
	tcase_add_test(in, plain_from_elsewhere);
	tcase_add_test(in, plain_is_checked);
	tcase_add_test(in, fast_plain_stream_is_no_flood);
	tcase_add_loop_test(in, new_ssrc_is_told_once, 0, 2);
	suite_add_tcase(suite, in);
}

static void add_out(Suite *suite)
{
	TCase *out = tcase_create("sent");

	tcase_add_checked_fixture(out, setup, teardown);
	tcase_add_test(out, sends_plain_without_a_key);
	tcase_add_test(out, sends_encrypted_with_a_key);
	tcase_add_test(out, sends_nothing_when_locked_without_a_key);
	tcase_add_test(out, no_keys_at_all);
	suite_add_tcase(suite, out);
}

int main(void)
{
	Suite *suite = suite_create("worker: preferred legs");

	rig_start(&rig, &rig_small);
	add_in(suite);
	add_out(suite);
	return sotto_unit_run(suite);
}
