/* SPDX-License-Identifier: BSD-3-Clause */
/* Verifying legs: SRTP is authenticated and goes on byte for byte as it came. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SSRC 0xa0a0a001

static const char *const suites[] = {
	"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM"};

#define SUITES 3

static struct rig rig;
static struct call call;

static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

static void make_call(const char *suite)
{
	call_verify(&call, suite);
	call_put(&call);
}

static void make_protected(int from, uint16_t seq, enum sotto_srtp_kind kind, struct packet *out)
{
	if (kind == SOTTO_SRTP)
		packet_rtp(out, SSRC + (unsigned)from, seq, 160);
	else
		packet_rtcp(out, SSRC + (unsigned)from);
	call_protect(&call, from, out, kind);
}

/* Every byte of what the peer sent, tag included; and the other peer opens it. */
static void pass_untouched(int from, uint16_t seq, enum sotto_srtp_kind kind)
{
	struct packet sent, got;

	make_protected(from, seq, kind, &sent);
	call_send_raw(&call, from, &sent, kind);
	rig_poll(&rig);
	ck_assert(call_take(&call, 1 - from, kind, &got));
	ck_assert_uint_eq(got.len, sent.len);
	ck_assert_mem_eq(got.bytes, sent.bytes, sent.len);
	ck_assert(call_unprotect(&call, 1 - from, &got, kind));
	ck_assert(wire_is_silent(&rig));
}

START_TEST(passes_untouched)
{
	make_call(suites[_i]);
	for (uint16_t i = 0; i < 20; i++) {
		for (int from = 0; from < SIDES; from++) {
			pass_untouched(from, (uint16_t)(65530 + i), SOTTO_SRTP); /* rolls over */
			if (i % 5 == 0)
				pass_untouched(from, 0, SOTTO_SRTCP);
		}
	}
	ck_assert_uint_eq(call_state(&call, SIDE_A)->received_packets, 24);
	ck_assert_uint_eq(call_state(&call, SIDE_B)->sent_packets, 24);
	ck_assert_uint_eq(
		call_state(&call, SIDE_A)->received_bytes, call_state(&call, SIDE_B)->sent_bytes);
}
END_TEST

/* A whole burst, so that what passes, what is forged and what came twice lie side by side. */
START_TEST(mixed_burst)
{
	struct packet sent[8], bad, got;

	make_call(suites[_i]);
	for (uint16_t i = 0; i < 8; i++) {
		make_protected(SIDE_A, i, i % 4 == 3 ? SOTTO_SRTCP : SOTTO_SRTP, &sent[i]);
		bad = sent[i];
		bad.bytes[bad.len - 20] ^= 0x80;
		call_send_raw(&call, SIDE_A, &bad, i % 4 == 3 ? SOTTO_SRTCP : SOTTO_SRTP);
		call_send_raw(&call, SIDE_A, &sent[i], i % 4 == 3 ? SOTTO_SRTCP : SOTTO_SRTP);
		call_send_raw(&call, SIDE_A, &sent[i], i % 4 == 3 ? SOTTO_SRTCP : SOTTO_SRTP);
	}
	ck_assert_uint_eq(sotto_worker_poll(rig.worker[0]), 24);
	for (uint16_t i = 0; i < 8; i++) {
		enum sotto_srtp_kind kind = i % 4 == 3 ? SOTTO_SRTCP : SOTTO_SRTP;

		ck_assert(call_take(&call, SIDE_B, kind, &got));
		ck_assert_uint_eq(got.len, sent[i].len);
		ck_assert_mem_eq(got.bytes, sent[i].bytes, got.len);
	}
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_REPLAY), 8);
	ck_assert_uint_eq(sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_AUTH), 8);
}
END_TEST

/* ST-25: equal keys on both sides are no reason to skip the check. */
START_TEST(st_25_forged_and_replayed)
{
	struct packet good, bad;

	make_call(suites[_i]);
	for (int kind = SOTTO_SRTP; kind <= SOTTO_SRTCP; kind++) {
		make_protected(SIDE_A, 1, kind, &good);
		bad = good;
		bad.bytes[bad.len - 1] ^= 1;
		drop_datagram(&call, SIDE_A, &bad, kind, SOTTO_DROP_AUTH);
		call_send_raw(&call, SIDE_A, &good, kind);
		rig_poll(&rig);
		call_expect_raw(&call, SIDE_B, &good, kind);
		drop_datagram(&call, SIDE_A, &good, kind, SOTTO_DROP_REPLAY);
	}
}
END_TEST

/* SD-04: plain media is none of it, and neither are other protocols. */
START_TEST(sd_04_plain)
{
	struct packet plain;

	make_call(suites[_i]);
	packet_rtp(&plain, SSRC, 1, 160);
	memset(plain.bytes + 12, 0xd5, 160);
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTP, SOTTO_DROP_PLAIN);
	packet_rtcp(&plain, SSRC);
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTCP, SOTTO_DROP_PLAIN);
	plain.bytes[0] = 22; /* DTLS */
	drop_datagram(&call, SIDE_A, &plain, SOTTO_SRTP, SOTTO_DROP_NOT_MEDIA);
}
END_TEST

/* The keys of one leg do not open what the other leg's peer sends. */
START_TEST(each_leg_has_its_key)
{
	struct packet packet;

	make_call(suites[_i]);
	make_protected(SIDE_B, 1, SOTTO_SRTP, &packet);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_AUTH);
}
END_TEST

START_TEST(sd_01_no_key)
{
	struct packet packet;

	call_verify(&call, suites[_i]);
	call_forget(&call, SIDE_A, true, false);
	call_put(&call);
	make_protected(SIDE_A, 1, SOTTO_SRTP, &packet);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_NO_KEY);
	pass_untouched(SIDE_B, 1, SOTTO_SRTP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: verifying legs");
	TCase *verify = tcase_create("verify");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(verify, setup, teardown);
	tcase_add_loop_test(verify, passes_untouched, 0, SUITES);
	tcase_add_loop_test(verify, mixed_burst, 0, SUITES);
	tcase_add_loop_test(verify, st_25_forged_and_replayed, 0, SUITES);
	tcase_add_loop_test(verify, sd_04_plain, 0, SUITES);
	tcase_add_loop_test(verify, each_leg_has_its_key, 0, SUITES);
	tcase_add_loop_test(verify, sd_01_no_key, 0, SUITES);
	suite_add_tcase(suite, verify);
	return sotto_unit_run(suite);
}
