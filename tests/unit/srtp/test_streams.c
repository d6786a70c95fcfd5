/* SPDX-License-Identifier: BSD-3-Clause */
/* SSRC slots: bound by authenticated packets only, never taken back, never more than there are. */
#include "bed.h"

/* What a sender of that SSRC, alone, sends first. */
static void first_packet(struct bed *bed, struct call *call, struct packet *packet, uint32_t ssrc)
{
	side_reset(&call->tx);
	sent_rtp(bed, call, packet, 40, ssrc);
}

START_TEST(slots_are_bound_in_order)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[SIDE_SLOTS];

	for (unsigned i = 0; i < SIDE_SLOTS; i++) {
		first_packet(bed, call, &packets[i], 0x1000 + i);
		burst_clear(bed);
		burst_add(bed, &call->rx, &packets[i]);
		ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 1);
		ck_assert_uint_eq(bed->batch.bound, 1);
		ck_assert_uint_eq(call->rx.slot[i].ssrc, 0x1000 + i);
		ck_assert_uint_eq(call->rx.slot[i].bound, 1);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* SSRC 0 is legal and is not taken for a free slot. */
START_TEST(ssrc_zero)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet;

	first_packet(bed, call, &packet, 0);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	first_packet(bed, call, &packet, 5);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(call->rx.slot[0].ssrc, 0);
	ck_assert_uint_eq(call->rx.slot[1].ssrc, 5);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Many packets of one new SSRC in one burst bind one slot. */
START_TEST(one_slot_for_one_ssrc)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[SOTTO_BURST];

	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packet_rtp(&packets[i], (uint16_t)(65500 + i), 0xabc, 60);
		burst_add(bed, &call->tx, &packets[i]);
	}
	ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), ~0ull);
	ck_assert_uint_eq(bed->batch.bound, 1);
	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		burst_add(bed, &call->rx, &packets[i]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), ~0ull);
	ck_assert_uint_eq(bed->batch.bound, 1);
	ck_assert_uint_eq(call->rx.slot[0].packets, SOTTO_BURST);
	ck_assert_uint_eq(call->rx.slot[1].bound, 0);
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, 65500 + SOTTO_BURST);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* SRTCP and SRTP of one SSRC share its slot, whichever comes first. */
START_TEST(srtcp_shares_the_slot)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet;

	sent_rtcp(bed, call, &packet, 0xabc);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
	ck_assert_uint_eq(bed->batch.bound, 1);
	sent_rtp(bed, call, &packet, 65535, 0xabc);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(bed->batch.bound, 0);
	ck_assert_uint_eq(call->rx.slot[0].packets, 2);
	ck_assert_uint_eq(call->rx.slot[1].bound, 0);
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(full_table)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet, as_sent;
	struct sotto_stream before[SIDE_SLOTS];

	for (unsigned i = 0; i < SIDE_SLOTS; i++) {
		first_packet(bed, call, &packet, 0x2000 + i);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	}
	memcpy(before, call->rx.slot, sizeof(before));
	first_packet(bed, call, &packet, 0x3000);
	as_sent = packet;
	ck_assert_uint_eq(
		unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_SSRC_LIMIT);
	ck_assert(packet_equal(&packet, &as_sent));
	sent_rtcp(bed, call, &packet, 0x3000);
	ck_assert_uint_eq(
		unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_DROP_SSRC_LIMIT);
	ck_assert_mem_eq(before, call->rx.slot, sizeof(before));
	side_reset(&call->tx);
	sent_rtp(bed, call, &packet, 41, 0x2000 + SIDE_SLOTS - 1);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* ST-20 in small: forged packets of ever new SSRCs leave the table as it was. */
START_TEST(st_20_forged_ssrcs_bind_nothing)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet good, packets[SOTTO_BURST];
	struct sotto_stream before[SIDE_SLOTS];

	sent_rtp(bed, call, &good, 40, 0x4000);
	packets[0] = good;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packets[0], SOTTO_SRTP), SOTTO_OK);
	memcpy(before, call->rx.slot, sizeof(before));
	for (unsigned round = 0; round < 50; round++) {
		burst_clear(bed);
		for (unsigned i = 0; i < SOTTO_BURST; i++) {
			packets[i] = good;
			packets[i].bytes[8] = (uint8_t)(1 + round);
			packets[i].bytes[9] = (uint8_t)i;
			burst_add(bed, &call->rx, &packets[i]);
		}
		ck_assert_uint_eq(burst_unprotect(bed, round & 1 ? SOTTO_SRTCP : SOTTO_SRTP), 0);
		ck_assert_uint_eq(bed->batch.bound, 0);
		ck_assert_mem_eq(before, call->rx.slot, sizeof(before));
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Two new SSRCs, one slot left: the earlier position gets it, all of it and nothing else. */
START_TEST(two_new_ssrcs_for_the_last_slot)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet a[2], b[2], as_sent;

	for (unsigned i = 0; i < SIDE_SLOTS - 1; i++)
		side_preset(&call->rx, 0x5000 + i, 1);
	side_reset(&call->tx);
	sent_rtp(bed, call, &a[0], 10, 0xa);
	sent_rtp(bed, call, &a[1], 11, 0xa);
	sent_rtp(bed, call, &b[0], 20, 0xb);
	sent_rtp(bed, call, &b[1], 21, 0xb);
	as_sent = a[0];
	burst_clear(bed);
	burst_add(bed, &call->rx, &b[0]);
	burst_add(bed, &call->rx, &a[0]);
	burst_add(bed, &call->rx, &b[1]);
	burst_add(bed, &call->rx, &a[1]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 5);
	ck_assert_uint_eq(bed->batch.bound, 1);
	ck_assert_uint_eq(burst_verdict(bed, 1), SOTTO_DROP_SSRC_LIMIT);
	ck_assert_uint_eq(burst_verdict(bed, 3), SOTTO_DROP_SSRC_LIMIT);
	ck_assert(packet_equal(&a[0], &as_sent));
	ck_assert_uint_eq(call->rx.slot[SIDE_SLOTS - 1].ssrc, 0xb);
	ck_assert_uint_eq(call->rx.slot[SIDE_SLOTS - 1].packets, 2);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The same where the first in the burst is forged: it does not hold the slot. */
START_TEST(forged_ssrc_does_not_hold_the_last_slot)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet a, b;

	for (unsigned i = 0; i < SIDE_SLOTS - 1; i++)
		side_preset(&call->rx, 0x5000 + i, 1);
	sent_rtp(bed, call, &a, 10, 0xa);
	sent_rtp(bed, call, &b, 20, 0xb);
	a.bytes[20] ^= 1;
	burst_clear(bed);
	burst_add(bed, &call->rx, &a);
	burst_add(bed, &call->rx, &b);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 2);
	ck_assert_uint_eq(burst_verdict(bed, 0), SOTTO_DROP_AUTH);
	ck_assert_uint_eq(call->rx.slot[SIDE_SLOTS - 1].ssrc, 0xb);
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(send_table_full)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet;
	struct sotto_stream before[SIDE_SLOTS];

	for (unsigned i = 0; i < SIDE_SLOTS; i++)
		sent_rtp(bed, call, &packet, 1, 0x6000 + i);
	memcpy(before, call->tx.slot, sizeof(before));
	packet_rtp(&packet, 1, 0x7000, 100);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_SSRC_LIMIT);
	packet_rtcp(&packet, 0x7000, 100);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTCP), SOTTO_DROP_SEND_SSRC_LIMIT);
	ck_assert_mem_eq(before, call->tx.slot, sizeof(before));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Every stream has an index of its own: two SSRCs with one sequence number do not meet. */
START_TEST(streams_are_independent)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[SOTTO_BURST];

	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packet_rtp(&packets[i], (uint16_t)(65530 + i / SIDE_SLOTS), i % SIDE_SLOTS, 50);
		burst_add(bed, &call->tx, &packets[i]);
	}
	ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), ~0ull);
	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		burst_add(bed, &call->rx, &packets[i]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), ~0ull);
	for (unsigned i = 0; i < SIDE_SLOTS; i++) {
		ck_assert_uint_eq(call->rx.slot[i].packets, 8);
		ck_assert_uint_eq(call->rx.slot[i].rtp.next, 65538);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {slots_are_bound_in_order, ssrc_zero, one_slot_for_one_ssrc,
		srtcp_shares_the_slot, full_table, st_20_forged_ssrcs_bind_nothing,
		two_new_ssrcs_for_the_last_slot, forged_ssrc_does_not_hold_the_last_slot,
		send_table_full, streams_are_independent};

	return bed_main_layouts("srtp_streams", tests, sizeof(tests) / sizeof(tests[0]));
}
