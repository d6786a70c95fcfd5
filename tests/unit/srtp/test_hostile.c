/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets that lie, packets cut short, packets changed on the way: each is dropped with its reason,
 * nothing behind it is read or written, its own bytes and the streams stay as they were.
 */
#include "bed.h"

#include "base/bytes.h"

#include <stdio.h>

#define SSRC 0x00c0ffee
#define SWEEP 64 /* longest packet of the sweeps over lengths, in bytes */

/* A receiver with one active stream, and memory that ends at a fence. */
struct gate {
	struct bed *bed;
	struct call *call;
	struct fence fence;
	struct snapshot before;
	unsigned wrong; /* expectations that failed, all told before the test does */
};

static void gate_open(struct gate *gate, int way, const char *suite)
{
	struct packet packet;

	memset(gate, 0, sizeof(*gate));
	gate->bed = bed_open(way);
	gate->call = call_open(gate->bed, suite, 1);
	fence_open(&gate->fence, PACKET_ROOM);
	sent_rtp(gate->bed, gate->call, &packet, 100, SSRC);
	unprotect_one(gate->bed, &gate->call->rx, &packet, SOTTO_SRTP);
	sent_rtcp(gate->bed, gate->call, &packet, SSRC);
	unprotect_one(gate->bed, &gate->call->rx, &packet, SOTTO_SRTCP);
	gate->before = snapshot_take(&gate->call->rx);
}

/* Whatever came, a good packet still passes, and nothing else left a trace. */
static void gate_close(struct gate *gate)
{
	struct packet packet;

	ck_assert_uint_eq(gate->wrong, 0);
	ck_assert(snapshot_same(&gate->before, &gate->call->rx));
	sent_rtp(gate->bed, gate->call, &packet, 101, SSRC);
	ck_assert_uint_eq(unprotect_one(gate->bed, &gate->call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(gate->call);
	fence_close(&gate->fence);
	bed_close(gate->bed);
}

/* Receives bytes at the fence and holds them against what must come of them. */
static void expect(struct gate *gate, const uint8_t *bytes, uint32_t len, enum sotto_srtp_kind kind,
	enum sotto_verdict want)
{
	uint8_t *at = fence_place(&gate->fence, bytes, len);
	uint32_t left = len;
	enum sotto_verdict got = unprotect_at(gate->bed, &gate->call->rx, at, &left, kind);

	if (got == want && left == len && memcmp(at, bytes, len) == 0)
		return;
	fprintf(stderr, "length %u, first byte %02x: %s instead of %s, bytes %s\n", len, bytes[0],
		sotto_base_verdict_name(got), sotto_base_verdict_name(want),
		memcmp(at, bytes, len) == 0 ? "as before" : "changed");
	gate->wrong++;
}

/* The start of an RTP packet of the active stream, sequence number 110. */
static void shape_rtp(uint8_t *bytes, uint8_t first)
{
	struct packet packet;

	packet_rtp(&packet, 110, SSRC, 100);
	memcpy(bytes, packet.bytes, SWEEP);
	bytes[0] = first;
}

static enum sotto_verdict rtp_length_verdict(uint32_t len, uint32_t header, uint32_t tag)
{
	if (len < header)
		return SOTTO_DROP_RTP_HEADER;
	return len < header + tag ? SOTTO_DROP_SHORT : SOTTO_DROP_AUTH;
}

START_TEST(pp_01_every_length)
{
	for (unsigned s = 0; s < SUITES; s++) {
		uint8_t bytes[SWEEP];
		struct gate gate;

		gate_open(&gate, _i, suite_names[s]);
		shape_rtp(bytes, 0x80);
		for (uint32_t len = 0; len <= SWEEP; len++)
			expect(&gate, bytes, len, SOTTO_SRTP,
				rtp_length_verdict(len, 12, gate.call->suite->tag_len));
		gate_close(&gate);
	}
}
END_TEST

START_TEST(pp_02_csrc_count_lies)
{
	uint8_t bytes[SWEEP];
	struct gate gate;

	gate_open(&gate, _i, SUITE_80);
	shape_rtp(bytes, 0x8f);
	expect(&gate, bytes, 44, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
	for (unsigned cc = 0; cc <= 15; cc++) {
		shape_rtp(bytes, (uint8_t)(0x80 | cc));
		for (uint32_t len = 0; len <= SWEEP; len++)
			expect(&gate, bytes, len, SOTTO_SRTP,
				rtp_length_verdict(len, 12 + 4 * cc, 10));
	}
	gate_close(&gate);
}
END_TEST

START_TEST(pp_03_extension_header_cut_off)
{
	uint8_t bytes[SWEEP];
	struct gate gate;

	gate_open(&gate, _i, SUITE_80);
	for (unsigned cc = 0; cc <= 11; cc++) {
		shape_rtp(bytes, (uint8_t)(0x90 | cc));
		for (uint32_t more = 0; more <= 3; more++)
			expect(&gate, bytes, 12 + 4 * cc + more, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
	}
	gate_close(&gate);
}
END_TEST

START_TEST(pp_04_extension_length_lies)
{
	static const uint16_t words[] = {0xffff, 0x8000, 0x4000, 0x3fff, 13, 12, 3, 2, 1, 0};
	uint8_t bytes[SWEEP];
	struct gate gate;

	gate_open(&gate, _i, SUITE_80);
	shape_rtp(bytes, 0x90);
	for (unsigned w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		sotto_base_put16(bytes + 14, words[w]);
		for (uint32_t len = 16; len <= SWEEP; len++)
			expect(&gate, bytes, len, SOTTO_SRTP,
				rtp_length_verdict(len, 16 + 4u * words[w], 10));
	}
	gate_close(&gate);
}
END_TEST

START_TEST(pp_06_version)
{
	uint8_t bytes[SWEEP];
	struct gate gate;

	gate_open(&gate, _i, SUITE_80);
	shape_rtp(bytes, 0x80);
	memset(bytes + 12, 0xff, SWEEP - 12); /* read as SRTCP: E and an index never seen */
	for (unsigned version = 0; version < 4; version++) {
		for (unsigned low = 0; low < 64; low++) {
			bytes[0] = (uint8_t)(version << 6 | low);
			if (version == 2 && low != 0)
				continue;
			expect(&gate, bytes, SWEEP, SOTTO_SRTP,
				version == 2 ? SOTTO_DROP_AUTH : SOTTO_DROP_RTP_HEADER);
			expect(&gate, bytes, SWEEP, SOTTO_SRTCP,
				version == 2 ? SOTTO_DROP_AUTH : SOTTO_DROP_RTCP_HEADER);
		}
	}
	gate_close(&gate);
}
END_TEST

START_TEST(pp_08_empty_payload)
{
	for (unsigned s = 0; s < SUITES; s++) {
		struct packet packet, changed;
		struct gate gate;

		gate_open(&gate, _i, suite_names[s]);
		packet_rtp(&packet, 110, SSRC, 0);
		protect_one(gate.bed, &gate.call->tx, &packet, SOTTO_SRTP);
		ck_assert_uint_eq(packet.len, 12 + gate.call->suite->tag_len);
		for (uint32_t bit = 0; bit < 8 * (packet.len - 12); bit++) {
			changed = packet;
			changed.bytes[12 + bit / 8] ^= (uint8_t)(1 << bit % 8);
			expect(&gate, changed.bytes, changed.len, SOTTO_SRTP, SOTTO_DROP_AUTH);
		}
		ck_assert(snapshot_same(&gate.before, &gate.call->rx));
		ck_assert_uint_eq(
			unprotect_one(gate.bed, &gate.call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(packet.len, 12);
		gate.before = snapshot_take(&gate.call->rx);
		gate_close(&gate);
	}
}
END_TEST

START_TEST(rc_04_every_length)
{
	for (unsigned s = 0; s < SUITES; s++) {
		struct packet packet;
		struct gate gate;

		gate_open(&gate, _i, suite_names[s]);
		packet_rtcp(&packet, SSRC, 100);
		memset(packet.bytes + 8, 0xff, 100); /* an index of 2^31 - 1 with E, wherever cut */
		for (uint32_t len = 0; len <= SWEEP; len++) {
			enum sotto_verdict want = SOTTO_DROP_AUTH;

			if (len < 8)
				want = SOTTO_DROP_RTCP_HEADER;
			else if (len < 8u + RTCP_TRAILER_LEN + gate.call->suite->rtcp_tag_len)
				want = SOTTO_DROP_SHORT;
			expect(&gate, packet.bytes, len, SOTTO_SRTCP, want);
		}
		gate_close(&gate);
	}
}
END_TEST

/* Receiving needs no byte behind the packet: valid packets of all sizes right before the fence. */
START_TEST(cr_03_unprotect_at_the_fence)
{
	for (unsigned s = 0; s < SUITES; s++) {
		struct packet plain, packet;
		struct gate gate;

		gate_open(&gate, _i, suite_names[s]);
		for (uint32_t size = 0; size <= 300; size++) {
			uint32_t len;
			uint8_t *at;

			packet_rtp(&plain, (uint16_t)(200 + size), SSRC, size);
			packet = plain;
			protect_one(gate.bed, &gate.call->tx, &packet, SOTTO_SRTP);
			len = packet.len;
			at = fence_place(&gate.fence, packet.bytes, len);
			ck_assert_uint_eq(
				unprotect_at(gate.bed, &gate.call->rx, at, &len, SOTTO_SRTP),
				SOTTO_OK);
			ck_assert_uint_eq(len, plain.len);
			ck_assert_mem_eq(at, plain.bytes, plain.len);
			ck_assert_uint_eq(at[-1], GUARD_BYTE);
		}
		ck_assert(!snapshot_same(&gate.before, &gate.call->rx));
		side_reset(&gate.call->tx);
		side_reset(&gate.call->rx);
		gate.before = snapshot_take(&gate.call->rx);
		gate_close(&gate);
	}
}
END_TEST

/* The library's tags are longer than the suite's; what stands behind the packet must not notice. */
START_TEST(cr_03_protect_writes_the_tag_only)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_open(bed, suite_names[s], 2);
		struct packet packet;

		for (uint32_t size = 0; size <= 200; size++) {
			packet_rtp(&packet, (uint16_t)size, SSRC, size);
			ck_assert_uint_eq(
				protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
			ck_assert_uint_eq(packet.len, 12 + size + call->suite->tag_len);
			ck_assert(packet_guarded(&packet, packet.len));
			packet_rtcp(&packet, SSRC, size);
			ck_assert_uint_eq(
				protect_one(bed, &call->tx, &packet, SOTTO_SRTCP), SOTTO_OK);
			ck_assert_uint_eq(packet.len, 8 + size + 4 + call->suite->rtcp_tag_len);
			ck_assert(packet_guarded(&packet, packet.len));
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* What a packet with one bit turned over must come to, where the header decides. */
static void expect_not_ok(
	struct gate *gate, const struct packet *good, uint32_t bit, enum sotto_srtp_kind kind)
{
	struct packet changed = *good;
	struct packet as_sent;

	changed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	as_sent = changed;
	if (unprotect_one(gate->bed, &gate->call->rx, &changed, kind) == SOTTO_OK)
		gate->wrong++;
	if (!packet_equal(&changed, &as_sent) || !snapshot_same(&gate->before, &gate->call->rx))
		gate->wrong++;
	gate->before = snapshot_take(&gate->call->rx);
}

START_TEST(every_bit_counts)
{
	for (unsigned s = 0; s < SUITES; s++) {
		struct shape shape = {.csrc = 2, .extension = 1, .payload = 33};
		struct packet rtp, rtcp;
		struct gate gate;

		gate_open(&gate, _i, suite_names[s]);
		packet_rtp_shaped(&rtp, 110, SSRC, &shape);
		protect_one(gate.bed, &gate.call->tx, &rtp, SOTTO_SRTP);
		for (uint32_t bit = 0; bit < 8 * rtp.len; bit++)
			expect_not_ok(&gate, &rtp, bit, SOTTO_SRTP);
		sent_rtcp(gate.bed, gate.call, &rtcp, SSRC);
		for (uint32_t bit = 0; bit < 8 * rtcp.len; bit++)
			expect_not_ok(&gate, &rtcp, bit, SOTTO_SRTCP);
		gate_close(&gate);
	}
}
END_TEST

/* A packet cut at any length, its tag with it, fails as well. */
START_TEST(every_truncation)
{
	struct packet good;
	struct gate gate;

	gate_open(&gate, _i, SUITE_80);
	sent_rtp(gate.bed, gate.call, &good, 110, SSRC);
	for (uint32_t len = 0; len < good.len; len++)
		expect(&gate, good.bytes, len, SOTTO_SRTP, rtp_length_verdict(len, 12, 10));
	gate_close(&gate);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {pp_01_every_length, pp_02_csrc_count_lies,
		pp_03_extension_header_cut_off, pp_04_extension_length_lies, pp_06_version,
		pp_08_empty_payload, rc_04_every_length, cr_03_unprotect_at_the_fence,
		cr_03_protect_writes_the_tag_only, every_bit_counts, every_truncation};

	return bed_main("srtp_hostile", tests, sizeof(tests) / sizeof(tests[0]));
}
