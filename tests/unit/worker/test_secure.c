/* SPDX-License-Identifier: BSD-3-Clause */
/* What must not pass a secure leg: forged, replayed, plain, keyless, and one SSRC too many. */
#include "drop.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SUITE_32 "AES_CM_128_HMAC_SHA1_32"
#define SSRC 0xa0a0a001
#define FLOOD 1000u

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

static void carry_rtp(int from, uint32_t ssrc, uint16_t seq)
{
	struct packet packet;

	packet_rtp(&packet, ssrc, seq, 160);
	call_carry(&call, from, &packet, SOTTO_SRTP);
}

/* A protected packet of the peer of the secure leg a, as a datagram. */
static void protected_rtp(struct packet *out, uint32_t ssrc, uint16_t seq)
{
	packet_rtp(out, ssrc, seq, 160);
	call_protect(&call, SIDE_A, out, SOTTO_SRTP);
}

/* Each byte of header, ciphertext and tag is authenticated. */
START_TEST(any_changed_byte)
{
	struct packet good, bad;

	carry_rtp(SIDE_A, SSRC, 1);
	protected_rtp(&good, SSRC, 2);
	for (uint32_t at = 1; at < good.len; at++) {
		bad = good;
		bad.bytes[at] ^= 0x01;
		/* another sequence number can also be one that was seen */
		if (at != 2 && at != 3)
			drop_datagram(&call, SIDE_A, &bad, SOTTO_SRTP, SOTTO_DROP_AUTH);
	}
	bad = good;
	bad.len--;
	drop_datagram(&call, SIDE_A, &bad, SOTTO_SRTP, SOTTO_DROP_AUTH);
	bad = good;
	bad.bytes[bad.len++] = 0;
	drop_datagram(&call, SIDE_A, &bad, SOTTO_SRTP, SOTTO_DROP_AUTH);
}
END_TEST

/* PP-07: with the padding bit too, the tag is looked at first. */
START_TEST(pp_07_padding_is_authenticated_first)
{
	static const uint8_t last[] = {0, 1, 255};
	struct packet packet;

	for (unsigned i = 0; i < 3; i++) {
		packet_rtp(&packet, SSRC, (uint16_t)i, 160);
		packet.bytes[0] |= 0x20;
		packet.bytes[packet.len - 1] = last[i];
		call_protect(&call, SIDE_A, &packet, SOTTO_SRTP);
		packet.bytes[packet.len - 1] ^= 1;
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_AUTH);
	}
}
END_TEST

START_TEST(st_08_forged_far_ahead)
{
	static const uint16_t ahead[] = {30000, 32767, 32768, 65535};
	struct packet packet;

	for (uint16_t seq = 0; seq < 20; seq++)
		carry_rtp(SIDE_A, SSRC, seq);
	for (unsigned i = 0; i < 4; i++) {
		packet_rtp(&packet, SSRC, (uint16_t)(19 + ahead[i]), 160);
		for (uint32_t at = 12; at < 182; at++)
			packet.bytes[at] = (uint8_t)(97 * at);
		packet.len = 182;
		/* one below the highest was seen: that one costs no hash */
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP,
			ahead[i] == 65535 ? SOTTO_DROP_REPLAY : SOTTO_DROP_AUTH);
	}
	for (uint16_t seq = 20; seq < 40; seq++)
		carry_rtp(SIDE_A, SSRC, seq);
}
END_TEST

/* Sends the same frame n times in one burst; exactly one passes, the rest is counted so. */
static void copies_in_one_burst(const struct packet *plain, enum sotto_srtp_kind kind, unsigned n)
{
	uint64_t replays = rig_stats(&rig).by_verdict[SOTTO_DROP_REPLAY];
	struct packet frame;

	call_frame(&call, SIDE_A, plain, kind, &frame);
	for (unsigned i = 0; i < n; i++)
		wire_send(&rig, RIG_ACCESS, 0, &frame);
	ck_assert_uint_eq(sotto_worker_poll(rig.worker[0]), n);
	call_expect(&call, SIDE_B, plain, kind);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_REPLAY], replays + n - 1);
	ck_assert_uint_eq(
		sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_REPLAY), replays + n - 1);
}

/* First as the first packet of a stream, then in the middle of one. */
START_TEST(rp_05_eight_copies_in_one_burst)
{
	unsigned pool = rig_pool_free(&rig);
	struct packet plain;

	packet_rtp(&plain, SSRC, 7, 160);
	copies_in_one_burst(&plain, SOTTO_SRTP, 8);
	carry_rtp(SIDE_A, SSRC, 8);
	packet_rtp(&plain, SSRC, 9, 160);
	copies_in_one_burst(&plain, SOTTO_SRTP, 8);
	packet_rtcp(&plain, SSRC);
	copies_in_one_burst(&plain, SOTTO_SRTCP, 8);
	ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->packets, 4);
	ck_assert_uint_eq(rig_pool_free(&rig), pool);
}
END_TEST

/* Sends a datagram of the peer of leg a that must pass, whatever it holds. */
static void pass_datagram(const struct packet *datagram)
{
	struct sotto_net_path path = call_path_in(&call, SIDE_A, SOTTO_SRTP);
	struct packet frame;

	packet_frame(&path, datagram, &frame);
	wire_send(&rig, RIG_ACCESS, 0, &frame);
	rig_poll(&rig);
	ck_assert(wire_take(&rig, RIG_CORE, &frame));
}

/* With highest 128, 1 is the last index in the window and 0 the first behind it. */
START_TEST(replay_and_old)
{
	struct packet zero, one;

	protected_rtp(&zero, SSRC, 0);
	protected_rtp(&one, SSRC, 1);
	for (uint16_t seq = 2; seq < 129; seq++)
		carry_rtp(SIDE_A, SSRC, seq);
	drop_datagram(&call, SIDE_A, &zero, SOTTO_SRTP, SOTTO_DROP_OLD);
	pass_datagram(&one);
	drop_datagram(&call, SIDE_A, &one, SOTTO_SRTP, SOTTO_DROP_REPLAY);
}
END_TEST

/* An SRTCP packet with E = 0 whose tag is right: made by hand (RFC 3711, 3.4). */
static void srtcp_without_encryption(struct packet *out, uint32_t index)
{
	const struct sotto_key *key = call.peer[SIDE_A].send.rtcp;
	struct sotto_auth_job job = {.key = key};

	packet_rtcp(out, SSRC);
	sotto_base_put32(out->bytes + out->len, index);
	job.data = out->bytes;
	job.len = out->len + 4;
	ck_assert_int_eq(rig.crypto->backend->auth_burst(rig.crypto, &job, 1), 0);
	memcpy(out->bytes + job.len, job.tag, key->tag_len);
	out->len = job.len + key->tag_len;
}

START_TEST(rc_01_srtcp_without_encryption)
{
	struct packet packet;

	srtcp_without_encryption(&packet, 0);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_RTCP_CLEAR);
	packet_rtcp(&packet, SSRC);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTCP);
	srtcp_without_encryption(&packet, 5);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_RTCP_CLEAR);
}
END_TEST

START_TEST(srtcp_forged_and_replayed)
{
	struct packet packet, again;

	packet_rtcp(&packet, SSRC);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTCP);
	call_protect(&call, SIDE_A, &packet, SOTTO_SRTCP);
	again = packet;
	packet.bytes[20] ^= 1;
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_AUTH);
	sotto_base_put32(again.bytes + again.len - 14, 0x80000000);
	drop_datagram(&call, SIDE_A, &again, SOTTO_SRTCP, SOTTO_DROP_REPLAY);
}
END_TEST

/* What decrypts to malformed RTCP was authentic, so its index is spent; but it goes nowhere. */
START_TEST(rc_12_malformed_behind_a_right_tag)
{
	const struct sotto_stream *stream = call_stream(&call, SIDE_A, false);
	struct packet packet;

	packet_rtcp(&packet, SSRC);
	sotto_base_put16(packet.bytes + 30, 4);
	call_send(&call, SIDE_A, &packet, SOTTO_SRTCP);
	rig_poll(&rig);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_RTCP_HEADER], 1);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_RTCP_HEADER), 1);
	ck_assert_uint_eq(stream->rtcp.next, 1);
}
END_TEST

START_TEST(sd_01_no_receive_key)
{
	struct packet packet;

	call_forget(&call, SIDE_A, true, false);
	call_put(&call);
	protected_rtp(&packet, SSRC, 1);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_NO_KEY);
	packet_rtp(&packet, SSRC, 1, 160);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_NO_KEY);
	packet_rtcp(&packet, SSRC);
	call_protect(&call, SIDE_A, &packet, SOTTO_SRTCP);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_NO_KEY);
	carry_rtp(SIDE_B, SSRC, 1); /* the other direction has its key */
}
END_TEST

/* Sent on the clear leg b, lost on the way to a: silent, never plain. */
static void expect_lost(const struct packet *plain, enum sotto_srtp_kind kind, enum sotto_verdict v)
{
	struct packet frame;

	call_frame(&call, SIDE_B, plain, kind, &frame);
	drop_expect(&rig, &call, RIG_CORE, &frame, v, SIDE_A);
}

START_TEST(sd_01_no_send_key)
{
	struct packet packet;

	call_forget(&call, SIDE_A, false, true);
	call_put(&call);
	packet_rtp(&packet, SSRC, 1, 160);
	expect_lost(&packet, SOTTO_SRTP, SOTTO_DROP_SEND_NO_KEY);
	packet_rtcp(&packet, SSRC);
	expect_lost(&packet, SOTTO_SRTCP, SOTTO_DROP_SEND_NO_KEY);
	carry_rtp(SIDE_A, SSRC, 1);
}
END_TEST

START_TEST(sd_01_no_keys_at_all)
{
	struct packet packet;

	call_forget(&call, SIDE_A, true, true);
	call_put(&call);
	packet_rtp(&packet, SSRC, 1, 160);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_NO_KEY);
	expect_lost(&packet, SOTTO_SRTP, SOTTO_DROP_SEND_NO_KEY);
}
END_TEST

/* A-law samples of a tone: few values, often repeated. */
static void g711(struct packet *out, uint16_t seq)
{
	static const uint8_t period[] = {
		0xd5, 0x34, 0x21, 0x2c, 0x21, 0x34, 0x55, 0xb4, 0xa1, 0xac};

	packet_rtp(out, SSRC, seq, 160);
	out->bytes[1] = 8;
	for (unsigned i = 0; i < 160; i++)
		out->bytes[12 + i] = period[i % sizeof(period)];
}

START_TEST(sd_04_plain_rtp)
{
	struct packet packet;

	g711(&packet, 1);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_PLAIN);
	carry_rtp(SIDE_A, SSRC, 1);
	g711(&packet, 2);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_PLAIN);
}
END_TEST

/* Where packets carry an MKI, plain media has none that is known, and is plain media all the same.
 */
START_TEST(sd_04_plain_rtp_where_an_mki_is_due)
{
	struct sotto_keying *keying = &call.peer[SIDE_A].keying[0];
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	keying->mki_len = 4;
	keying->master[0].mki = 7;
	call_put(&call);
	g711(&packet, 1);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_PLAIN);
	protected_rtp(&packet, SSRC, 1); /* by a peer that puts no MKI */
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_MKI);
}
END_TEST

START_TEST(sd_04_plain_rtcp)
{
	struct packet packet;

	packet_rtcp(&packet, SSRC);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_PLAIN);
	packet.len = 28;
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_PLAIN);
	/* an empty receiver report, shorter than any SRTCP */
	memcpy(packet.bytes, "\x80\xc9\x00\x01", 4);
	packet.len = 8;
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_PLAIN);
}
END_TEST

/* A packet under the right key, with another SSRC written over its own. */
static void forged_ssrc(struct packet *out, uint32_t i)
{
	protected_rtp(out, SSRC, (uint16_t)i);
	sotto_base_put32(out->bytes + 8, 0x10000000 + 77 * i);
}

/*
 * ST-20, made small: forged SSRCs bind nothing, however many, and beyond the budget of a second
 * they are not even hashed.
 */
START_TEST(st_20_forged_ssrcs)
{
	struct packet packet;

	for (uint32_t i = 0; i < FLOOD; i++) {
		forged_ssrc(&packet, i);
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP,
			i <= SOTTO_SRTP_FLOOD_BUDGET ? SOTTO_DROP_AUTH : SOTTO_DROP_FLOOD);
	}
	/* behind the flood all slots are free, and once they are bound nobody is even hashed */
	rig_set_time(&rig, RIG_START_US + 2000000);
	for (uint32_t i = 0; i < CALL_SSRCS; i++)
		carry_rtp(SIDE_A, SSRC + 1 + i, 1);
	for (uint32_t i = 0; i < FLOOD; i++) {
		forged_ssrc(&packet, FLOOD + i);
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_SSRC_LIMIT);
	}
	for (uint32_t i = 0; i < CALL_SSRCS; i++)
		carry_rtp(SIDE_A, SSRC + 1 + i, 2);
}
END_TEST

START_TEST(valid_ssrcs_above_the_limit)
{
	struct packet packet;

	for (uint32_t i = 0; i < SOTTO_SRTP_SLOTS_MAX; i++) {
		if (i < CALL_SSRCS) {
			carry_rtp(SIDE_A, SSRC + i, 1);
			continue;
		}
		protected_rtp(&packet, SSRC + i, 1);
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_SSRC_LIMIT);
	}
	for (uint32_t i = 0; i < CALL_SSRCS; i++)
		carry_rtp(SIDE_A, SSRC + i, 2);
}
END_TEST

/* All of them new in one burst: the slots go to the first, the rest is refused at the commit. */
START_TEST(valid_ssrcs_above_the_limit_in_one_burst)
{
	struct packet packet;

	for (uint32_t i = 0; i < SOTTO_BURST; i++) {
		packet_rtp(&packet, SSRC + i, 1, 160);
		call_send(&call, SIDE_A, &packet, SOTTO_SRTP);
	}
	rig_poll(&rig);
	for (uint32_t i = 0; i < CALL_SSRCS; i++) {
		packet_rtp(&packet, SSRC + i, 1, 160);
		call_expect(&call, SIDE_B, &packet, SOTTO_SRTP);
	}
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_SSRC_LIMIT),
		SOTTO_BURST - CALL_SSRCS);
}
END_TEST

START_TEST(plain_ssrcs_above_the_limit)
{
	struct packet packet;

	for (uint32_t i = 0; i < FLOOD; i++) {
		packet_rtp(&packet, SSRC + i, 1, 160);
		if (i < CALL_SSRCS)
			call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
		else
			expect_lost(&packet, SOTTO_SRTP, SOTTO_DROP_SEND_SSRC_LIMIT);
	}
}
END_TEST

/* ST-25: equal suites on both sides are no reason to skip the check. */
START_TEST(st_25_equal_suites_are_verified)
{
	struct packet packet;

	call_secure(&call, SIDE_B, SUITE_80);
	call_put(&call);
	protected_rtp(&packet, SSRC, 1);
	packet.bytes[packet.len - 1] ^= 1;
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_AUTH);
}
END_TEST

static void add_received(Suite *suite)
{
	TCase *received = tcase_create("received");

	tcase_add_checked_fixture(received, setup, teardown);
	tcase_add_test(received, any_changed_byte);
	tcase_add_test(received, pp_07_padding_is_authenticated_first);
	tcase_add_test(received, st_08_forged_far_ahead);
	tcase_add_test(received, rp_05_eight_copies_in_one_burst);
	tcase_add_test(received, replay_and_old);
	tcase_add_test(received, rc_01_srtcp_without_encryption);
	tcase_add_test(received, srtcp_forged_and_replayed);
	tcase_add_test(received, rc_12_malformed_behind_a_right_tag);
	tcase_add_test(received, st_25_equal_suites_are_verified);
	suite_add_tcase(suite, received);
}

static void add_policy(Suite *suite)
{
	TCase *policy = tcase_create("policy");

	tcase_add_checked_fixture(policy, setup, teardown);
	tcase_add_test(policy, sd_01_no_receive_key);
	tcase_add_test(policy, sd_01_no_send_key);
	tcase_add_test(policy, sd_01_no_keys_at_all);
	tcase_add_test(policy, sd_04_plain_rtp);
	tcase_add_test(policy, sd_04_plain_rtp_where_an_mki_is_due);
	tcase_add_test(policy, sd_04_plain_rtcp);
	tcase_add_test(policy, st_20_forged_ssrcs);
	tcase_add_test(policy, valid_ssrcs_above_the_limit);
	tcase_add_test(policy, valid_ssrcs_above_the_limit_in_one_burst);
	tcase_add_test(policy, plain_ssrcs_above_the_limit);
	suite_add_tcase(suite, policy);
}

int main(void)
{
	Suite *suite = suite_create("worker: secure legs");

	rig_start(&rig, &rig_small);
	add_received(suite);
	add_policy(suite);
	return sotto_unit_run(suite);
}
