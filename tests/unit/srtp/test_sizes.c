/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CR-14: the counter of AES-CM has 16 bits for the blocks of one packet (RFC 3711, 4.1.1), so a
 * keystream ends after 2^20 bytes. Packets never come near: above SOTTO_SRTP_PACKET_MAX they are
 * refused in both directions, before anything is read behind the header or changed.
 */
#include "bed.h"

#define SSRC 0x5123e5
#define BUFFER_LEN ((1u << 20) + 4096)
#define KEYSTREAM_LEN (1u << 20) /* 2^16 blocks */

static const enum sotto_srtp_kind kinds[] = {SOTTO_SRTP, SOTTO_SRTCP};

/* What is added to the largest packet, and goes beyond 16 and 20 bits. */
static const uint32_t beyond[] = {1, 2, 5, 6, 7, 12, 28, 0x10000, 0x10000 + 6,
	KEYSTREAM_LEN - SOTTO_SRTP_PACKET_MAX, KEYSTREAM_LEN + 28 - SOTTO_SRTP_PACKET_MAX,
	KEYSTREAM_LEN + 28 + 16 - SOTTO_SRTP_PACKET_MAX};

static uint8_t packet[BUFFER_LEN], plain[BUFFER_LEN];

/* A packet of any length; its bytes stand in plain, too. */
static void fill(enum sotto_srtp_kind kind, uint16_t seq)
{
	struct packet small;

	for (uint32_t i = 0; i < BUFFER_LEN; i++)
		plain[i] = (uint8_t)(i * 31 + (i >> 8));
	if (kind == SOTTO_SRTP)
		packet_rtp(&small, seq, SSRC, 0);
	else
		packet_rtcp(&small, SSRC, 0);
	memcpy(plain, small.bytes, kind == SOTTO_SRTP ? 12 : 8);
	memcpy(packet, plain, sizeof(packet));
}

/* One packet of len bytes there and then; the verdict, and its new length. */
static enum sotto_verdict run(struct bed *bed, const struct side *side, enum sotto_srtp_kind kind,
	bool protect, uint32_t *len)
{
	uint64_t passed;

	burst_clear(bed);
	bed->batch.data[0] = packet;
	bed->batch.len[0] = *len;
	bed->batch.room[0] = sizeof(packet);
	bed->batch.context[0] = &side->context;
	passed = protect ? sotto_srtp_protect_burst(&bed->srtp, &bed->batch, 1, kind)
			 : sotto_srtp_unprotect_burst(&bed->srtp, &bed->batch, 1, kind);
	*len = bed->batch.len[0];
	return passed == 1 ? SOTTO_OK : burst_verdict(bed, 0);
}

/* That a packet of this length is refused, and nothing else happens. */
static void refused(struct bed *bed, const struct side *side, enum sotto_srtp_kind kind,
	bool protect, uint32_t len)
{
	struct snapshot before = snapshot_take(side);
	uint32_t after = len;

	fill(kind, 7);
	ck_assert_uint_eq(run(bed, side, kind, protect, &after),
		protect ? SOTTO_DROP_SEND_SIZE : SOTTO_DROP_SHORT);
	ck_assert_uint_eq(after, len);
	ck_assert(memcmp(packet, plain, sizeof(packet)) == 0);
	ck_assert(snapshot_same(&before, side));
}

START_TEST(cr_14_largest_packet_passes)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);

	for (unsigned k = 0; k < 2; k++) {
		uint32_t trailer = sotto_srtp_trailer(&call->tx.context, kinds[k]);
		uint32_t len = SOTTO_SRTP_PACKET_MAX - trailer;

		fill(kinds[k], 1);
		ck_assert_uint_eq(run(bed, &call->tx, kinds[k], true, &len), SOTTO_OK);
		ck_assert_uint_le(len, SOTTO_SRTP_PACKET_MAX);
		ck_assert(memcmp(packet + len, plain + len, sizeof(packet) - len) == 0);
		ck_assert_uint_eq(run(bed, &call->rx, kinds[k], false, &len), SOTTO_OK);
		ck_assert_uint_eq(len, SOTTO_SRTP_PACKET_MAX - trailer);
		ck_assert(memcmp(packet, plain, len) == 0);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(cr_14_larger_packets_are_not_protected)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);

	for (unsigned k = 0; k < 2; k++) {
		uint32_t most =
			SOTTO_SRTP_PACKET_MAX - sotto_srtp_trailer(&call->tx.context, kinds[k]);

		for (unsigned i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
			refused(bed, &call->tx, kinds[k], true, most + beyond[i]);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(cr_14_larger_packets_are_not_unprotected)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);

	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
			refused(bed, &call->rx, kinds[k], false, SOTTO_SRTP_PACKET_MAX + beyond[i]);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {cr_14_largest_packet_passes,
		cr_14_larger_packets_are_not_protected, cr_14_larger_packets_are_not_unprotected};

	return bed_main_layouts("srtp_sizes", tests, sizeof(tests) / sizeof(tests[0]));
}
