/* SPDX-License-Identifier: BSD-3-Clause */
/* What SRTCP does in its own way: the index in the packet, the E bit, the tag (RFC 3711, 3.4). */
#include "bed.h"

#include "base/bytes.h"

#define SSRC 0x00ab12cd

/*
 * Makes an SRTCP packet that is authentic but not encrypted: as a sender of the same keys would
 * that has encryption off, or with any index and E bit a test wants.
 */
static void authentic(struct bed *bed, struct call *call, struct packet *packet, uint32_t index)
{
	packet_rtcp(packet, SSRC, 44);
	sotto_base_put32(packet->bytes + packet->len, index);
	packet->len += RTCP_TRAILER_LEN;
	sign(bed, call->tx.rtcp, packet->bytes, packet->len, packet->bytes + packet->len);
	packet->len += RTCP_TAG_LEN;
}

START_TEST(rc_01_clear_with_a_valid_tag)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < 2; s++) {
		struct call *call = call_open(bed, s == 0 ? SUITE_80 : SUITE_32, 1);
		struct sotto_stream before[SIDE_SLOTS];
		struct packet packet, as_sent;

		memcpy(before, call->rx.slot, sizeof(before));
		authentic(bed, call, &packet, 7);
		as_sent = packet;
		ck_assert_uint_eq(
			unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_DROP_RTCP_CLEAR);
		ck_assert(packet_equal(&packet, &as_sent));
		ck_assert_mem_eq(before, call->rx.slot, sizeof(before));
		/* the tag was right: the same with E = 1 is taken */
		authentic(bed, call, &packet, 7 | RTCP_E_BIT);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* The first index is 0 here; each packet takes the next, and the wire shows it with E. */
START_TEST(index_on_the_wire)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	for (uint32_t i = 0; i < 200; i++) {
		sent_rtcp(bed, call, &packet, SSRC);
		ck_assert_uint_eq(sotto_base_get32(packet.bytes + 52), i | RTCP_E_BIT);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
	}
	ck_assert_uint_eq(call->rx.slot[0].rtcp.next, 200);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Ten in a row, each index other than the highest seen: the IV follows the packet's own. */
START_TEST(rc_07_index_from_the_packet)
{
	static const unsigned order[] = {9, 3, 7, 0, 8, 1, 6, 2, 5, 4};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet plain[10], packets[10], received;

	for (unsigned i = 0; i < 10; i++) {
		packet_rtcp(&plain[i], SSRC, 100);
		plain[i].bytes[20] = (uint8_t)i;
		packets[i] = plain[i];
		protect_one(bed, &call->tx, &packets[i], SOTTO_SRTCP);
	}
	for (unsigned i = 0; i < 10; i++) {
		received = packets[order[i]];
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &received, SOTTO_SRTCP), SOTTO_OK);
		ck_assert_uint_eq(received.len, plain[0].len);
		ck_assert_mem_eq(received.bytes, plain[order[i]].bytes, received.len);
	}
	side_reset(&call->rx);
	burst_clear(bed);
	for (unsigned i = 0; i < 10; i++)
		burst_add(bed, &call->rx, &packets[order[i]]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTCP), 0x3ff);
	for (unsigned i = 0; i < 10; i++)
		ck_assert_mem_eq(packets[i].bytes, plain[i].bytes, plain[i].len);
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(rc_09_replayed_a_thousand_times)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet, copy;
	unsigned accepted = 0;

	sent_rtcp(bed, call, &packet, SSRC);
	for (unsigned i = 0; i < 1000; i++) {
		copy = packet;
		accepted += unprotect_one(bed, &call->rx, &copy, SOTTO_SRTCP) == SOTTO_OK;
	}
	ck_assert_uint_eq(accepted, 1);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The 32-bit suite cuts SRTP's tag only. */
START_TEST(rc_10_tag_of_80_bits_always)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_32, 1);
	struct packet rtp, rtcp, cut;
	uint8_t tag[SOTTO_SRTP_TAG_MAX];

	packet_rtp(&rtp, 1, SSRC, 100);
	protect_one(bed, &call->tx, &rtp, SOTTO_SRTP);
	ck_assert_uint_eq(rtp.len, 112 + 4);
	packet_rtcp(&rtcp, SSRC, 100);
	protect_one(bed, &call->tx, &rtcp, SOTTO_SRTCP);
	ck_assert_uint_eq(rtcp.len, 108 + 4 + 10);
	sign(bed, call->rx.rtcp, rtcp.bytes, rtcp.len - 10, tag);
	ck_assert_mem_eq(rtcp.bytes + rtcp.len - 10, tag, 10);
	cut = rtcp;
	cut.len -= 6; /* a tag of 4 bytes is none */
	ck_assert_uint_ne(unprotect_one(bed, &call->rx, &cut, SOTTO_SRTCP), SOTTO_OK);
	for (unsigned byte = 4; byte < 10; byte++) {
		cut = rtcp;
		cut.bytes[cut.len - 10 + byte] ^= 1;
		ck_assert_uint_eq(
			unprotect_one(bed, &call->rx, &cut, SOTTO_SRTCP), SOTTO_DROP_AUTH);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The window of SRTCP has the same edges as that of SRTP, up to the last index. */
START_TEST(window_of_srtcp)
{
	static const uint32_t tops[] = {WINDOW + 1, 5000, SOTTO_RTCP_INDEX_END - 1};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);

	for (unsigned t = 0; t < 3; t++) {
		static const struct {
			uint32_t behind;
			enum sotto_verdict want;
		} rows[] = {
			{0, SOTTO_OK},
			{WINDOW - 1, SOTTO_OK},
			{WINDOW - 1, SOTTO_DROP_REPLAY},
			{WINDOW, SOTTO_DROP_OLD},
			{WINDOW + 1, SOTTO_DROP_OLD},
			{0, SOTTO_DROP_REPLAY},
		};
		struct packet packet;

		side_reset(&call->rx);
		for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
			authentic(bed, call, &packet, (tops[t] - rows[r].behind) | RTCP_E_BIT);
			ck_assert_uint_eq(
				unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), rows[r].want);
		}
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* SRTP and SRTCP have keys of their own: neither passes for the other (RC-11). */
START_TEST(rc_11_wrong_class)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	sent_rtp(bed, call, &packet, 1, SSRC);
	packet.bytes[packet.len - 14] |= 0x80;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_DROP_AUTH);
	sent_rtcp(bed, call, &packet, SSRC);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_AUTH);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The first 8 bytes stay readable, all behind them is encrypted. */
START_TEST(header_is_clear_payload_is_not)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet plain, packet;

	packet_rtcp(&plain, SSRC, 100);
	packet = plain;
	protect_one(bed, &call->tx, &packet, SOTTO_SRTCP);
	ck_assert_mem_eq(packet.bytes, plain.bytes, 8);
	for (unsigned at = 8; at + 16 <= plain.len; at++)
		ck_assert_mem_ne(packet.bytes + at, plain.bytes + at, 16);
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rc_01_clear_with_a_valid_tag, index_on_the_wire,
		rc_07_index_from_the_packet, rc_09_replayed_a_thousand_times,
		rc_10_tag_of_80_bits_always, window_of_srtcp, rc_11_wrong_class,
		header_is_clear_payload_is_not};

	return bed_main("srtp_srtcp", tests, sizeof(tests) / sizeof(tests[0]));
}
