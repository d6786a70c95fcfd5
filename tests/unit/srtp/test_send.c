/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sender's rules: no index twice (RFC 3711, 9.1), none behind the last (9.2), no packet without
 * room or key; and nothing leaves when the crypto backend fails, in either direction.
 */
#include "bed.h"

#include <errno.h>

#define SSRC 0x5e4d

/* Protects a packet that must be refused, with no trace in the streams. */
static void refused(struct bed *bed, struct side *side, struct packet *packet, uint32_t room,
	enum sotto_srtp_kind kind, enum sotto_verdict want)
{
	struct snapshot before = snapshot_take(side);
	struct packet as_given = *packet;

	burst_clear(bed);
	burst_add(bed, side, packet);
	bed->batch.room[0] = room;
	ck_assert_uint_eq(burst_protect(bed, kind), 0);
	ck_assert_msg(burst_verdict(bed, 0) == want, "%s instead of %s",
		sotto_base_verdict_name(burst_verdict(bed, 0)), sotto_base_verdict_name(want));
	ck_assert_uint_eq(bed->batch.bound, 0);
	ck_assert(snapshot_same(&before, side));
	ck_assert(packet_equal(packet, &as_given));
}

START_TEST(lying_headers)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	for (uint32_t len = 0; len < 12; len++) {
		packet_rtp(&packet, 10, SSRC, 100);
		packet.len = len;
		refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
		packet_rtcp(&packet, SSRC, 100);
		packet.len = len;
		if (len < 8)
			refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTCP,
				SOTTO_DROP_RTCP_HEADER);
	}
	packet_rtp(&packet, 10, SSRC, 32);
	packet.bytes[0] = 0x8f; /* 15 CSRCs in 44 bytes */
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
	packet.bytes[0] = 0x90; /* an extension that is not there */
	packet.bytes[14] = 0xff;
	packet.bytes[15] = 0xff;
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
	packet.bytes[0] = 0x40;
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* ST-24: a sequence number that was sent is not encrypted again, whatever the payload is now. */
START_TEST(st_24_no_index_twice)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	for (uint16_t seq = 0; seq < 300; seq++)
		sent_rtp(bed, call, &packet, seq, SSRC);
	for (uint16_t seq = 0; seq < 300; seq++) {
		packet_rtp(&packet, seq, SSRC, 33);
		refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_SEND_REUSE);
	}
	sent_rtp(bed, call, &packet, 300, SSRC);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The sender's window is as wide as the receiver's: what is late but new still goes out. */
START_TEST(late_but_new)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	sent_rtp(bed, call, &packet, 1000, SSRC);
	sent_rtp(bed, call, &packet, 1000 - (WINDOW - 1), SSRC);
	packet_rtp(&packet, 1000 - WINDOW, SSRC, 100);
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_SEND_REUSE);
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(no_index_twice_in_one_burst)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packets[8], as_given;

	burst_clear(bed);
	for (unsigned i = 0; i < 8; i++) {
		packet_rtp(&packets[i], 77, SSRC, 100);
		packets[i].bytes[30] = (uint8_t)i;
		burst_add(bed, &call->tx, &packets[i]);
	}
	as_given = packets[5];
	ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), 1);
	for (unsigned i = 1; i < 8; i++)
		ck_assert_uint_eq(burst_verdict(bed, i), SOTTO_DROP_SEND_REUSE);
	ck_assert(packet_equal(&packets[5], &as_given));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* ST-11: behind the last index there is none, and the state says so for good. */
START_TEST(st_11_index_exhausted)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	side_preset(&call->tx, SSRC, SOTTO_INDEX_END - 2);
	sent_rtp(bed, call, &packet, 65534, SSRC);
	sent_rtp(bed, call, &packet, 65535, SSRC);
	ck_assert_uint_eq(call->tx.slot[0].rtp.next, SOTTO_INDEX_END);
	packet_rtp(&packet, 0, SSRC, 100);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_EXHAUSTED);
	ck_assert_uint_eq(bed->batch.expired, 1); /* told once */
	for (uint16_t seq = 0; seq < 32767; seq += 1111) {
		packet_rtp(&packet, seq, SSRC, 100);
		refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP,
			SOTTO_DROP_SEND_EXHAUSTED);
		ck_assert_uint_eq(bed->batch.expired, 0);
	}
	packet_rtp(&packet, 65535, SSRC, 100);
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_SEND_REUSE);
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(srtcp_index_exhausted)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	side_preset(&call->tx, SSRC, 0)->rtcp.next = SOTTO_RTCP_INDEX_END - 1;
	sent_rtcp(bed, call, &packet, SSRC);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
	packet_rtcp(&packet, SSRC, 100);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTCP), SOTTO_DROP_SEND_EXHAUSTED);
	ck_assert_uint_eq(bed->batch.expired, 1); /* told once */
	packet_rtcp(&packet, SSRC, 100);
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTCP, SOTTO_DROP_SEND_EXHAUSTED);
	ck_assert_uint_eq(bed->batch.expired, 0);
	sent_rtp(bed, call, &packet, 5, SSRC); /* SRTP has an index of its own */
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A context without keys lets nothing through, and says so each way. */
START_TEST(no_key)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet, as_sent;

	sent_rtp(bed, call, &packet, 5, SSRC);
	as_sent = packet;
	call->rx.context.rtp = NULL;
	call->rx.context.rtcp = NULL;
	call->tx.context.rtp = NULL;
	call->tx.context.rtcp = NULL;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_NO_KEY);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_DROP_NO_KEY);
	ck_assert(packet_equal(&packet, &as_sent));
	packet_rtp(&packet, 6, SSRC, 100);
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_SEND_NO_KEY);
	packet_rtcp(&packet, SSRC, 100);
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTCP, SOTTO_DROP_SEND_NO_KEY);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Keys on one context do not open the other, in the same burst. */
START_TEST(no_key_beside_a_key)
{
	struct bed *bed = bed_open(_i);
	struct call *a = call_open(bed, SUITE_80, 1);
	struct call *b = call_open(bed, SUITE_80, 2);
	struct packet packets[2];

	sent_rtp(bed, a, &packets[0], 5, SSRC);
	sent_rtp(bed, b, &packets[1], 5, SSRC);
	b->rx.context.rtp = NULL;
	burst_clear(bed);
	burst_add(bed, &a->rx, &packets[0]);
	burst_add(bed, &b->rx, &packets[1]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 1);
	ck_assert_uint_eq(burst_verdict(bed, 1), SOTTO_DROP_NO_KEY);
	call_close(a);
	call_close(b);
	bed_close(bed);
}
END_TEST

static int fail_cipher(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	return -EIO;
}

static int fail_auth(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	return -EIO;
}

/* Puts a table of the test's own before the instance, still sound, and opens a call through it. */
static struct call *call_wrapped(struct bed *bed, struct sotto_crypto_backend *wrapper)
{
	*wrapper = *bed->crypto->backend;
	bed->crypto->backend = wrapper;
	return call_open(bed, SUITE_80, 1);
}

/* What three packets of each direction come to while the wrapper fails: nothing may leave. */
static void nothing_leaves(struct bed *bed, struct call *call, const struct packet received[3],
	enum sotto_srtp_kind kind)
{
	struct packet packets[3];

	burst_clear(bed);
	for (unsigned i = 0; i < 3; i++) {
		packets[i] = received[i];
		burst_add(bed, &call->rx, &packets[i]);
	}
	ck_assert_uint_eq(burst_unprotect(bed, kind), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(burst_verdict(bed, i), SOTTO_DROP_CRYPTO);
	burst_clear(bed);
	for (unsigned i = 0; i < 3; i++) {
		packet_rtp(&packets[i], (uint16_t)(70 + i), SSRC, 100);
		if (kind == SOTTO_SRTCP)
			packet_rtcp(&packets[i], SSRC, 100);
		burst_add(bed, &call->tx, &packets[i]);
	}
	ck_assert_uint_eq(burst_protect(bed, kind), 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(burst_verdict(bed, i), SOTTO_DROP_CRYPTO);
}

START_TEST(backend_that_cannot_encrypt)
{
	struct bed *bed = bed_open(_i);
	struct sotto_crypto_backend wrapper;
	struct call *call = call_wrapped(bed, &wrapper);
	struct packet rtp[3], rtcp[3];

	for (unsigned i = 0; i < 3; i++) {
		sent_rtp(bed, call, &rtp[i], (uint16_t)(60 + i), SSRC);
		sent_rtcp(bed, call, &rtcp[i], SSRC);
	}
	wrapper.cipher_burst = fail_cipher;
	nothing_leaves(bed, call, rtp, SOTTO_SRTP);
	nothing_leaves(bed, call, rtcp, SOTTO_SRTCP);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Without a tag nothing is known to be true: the receiver's streams and bytes stay, too. */
START_TEST(backend_that_cannot_authenticate)
{
	struct bed *bed = bed_open(_i);
	const struct sotto_crypto_backend *sound = bed->crypto->backend;
	struct sotto_crypto_backend wrapper;
	struct call *call = call_wrapped(bed, &wrapper);
	struct sotto_stream before[SIDE_SLOTS];
	struct packet rtp[3], rtcp[3], packet;

	for (unsigned i = 0; i < 3; i++) {
		sent_rtp(bed, call, &rtp[i], (uint16_t)(60 + i), SSRC);
		sent_rtcp(bed, call, &rtcp[i], SSRC);
	}
	memcpy(before, call->rx.slot, sizeof(before));
	wrapper.auth_burst = fail_auth;
	nothing_leaves(bed, call, rtp, SOTTO_SRTP);
	nothing_leaves(bed, call, rtcp, SOTTO_SRTCP);
	ck_assert_mem_eq(before, call->rx.slot, sizeof(before));
	packet = rtp[0];
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_CRYPTO);
	ck_assert(packet_equal(&packet, &rtp[0]));
	wrapper.auth_burst = sound->auth_burst;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* What failed is not tried again under the same index: the next packet takes the next one. */
START_TEST(failed_index_is_spent)
{
	struct bed *bed = bed_open(_i);
	const struct sotto_crypto_backend *sound = bed->crypto->backend;
	struct sotto_crypto_backend wrapper;
	struct call *call = call_wrapped(bed, &wrapper);
	struct packet packet;

	wrapper.auth_burst = fail_auth;
	packet_rtp(&packet, 500, SSRC, 100);
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_CRYPTO);
	wrapper.auth_burst = sound->auth_burst;
	packet_rtp(&packet, 500, SSRC, 100);
	refused(bed, &call->tx, &packet, PACKET_ROOM, SOTTO_SRTP, SOTTO_DROP_SEND_REUSE);
	sent_rtp(bed, call, &packet, 501, SSRC);
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {lying_headers, st_24_no_index_twice, late_but_new,
		no_index_twice_in_one_burst, st_11_index_exhausted, srtcp_index_exhausted, no_key,
		no_key_beside_a_key, backend_that_cannot_encrypt, backend_that_cannot_authenticate,
		failed_index_is_spent};

	return bed_main("srtp_send", tests, sizeof(tests) / sizeof(tests[0]));
}
