/* SPDX-License-Identifier: BSD-3-Clause */
/* The budget of wrong tags (OV-01): a flood costs little, and the call in it goes on. */
#include "bed.h"

#define SSRC 0x000f100d
#define NOW 77000000ull /* microseconds */
#define SECOND 1000000ull

/* A receiver at sequence number 1000 and SRTCP index 1, and what to forge from. */
struct siege {
	struct bed *bed;
	struct call *call;
	struct packet like[2];
};

static void siege_open(struct siege *siege, int way, const char *suite)
{
	struct packet packet;

	siege->bed = bed_open(way);
	siege->call = call_open(siege->bed, suite, 1);
	sent_rtp(siege->bed, siege->call, &packet, 1000, SSRC);
	siege->like[SOTTO_SRTP] = packet;
	unprotect_one(siege->bed, &siege->call->rx, &packet, SOTTO_SRTP);
	sent_rtcp(siege->bed, siege->call, &packet, SSRC);
	unprotect_one(siege->bed, &siege->call->rx, &packet, SOTTO_SRTCP);
	sent_rtcp(siege->bed, siege->call, &siege->like[SOTTO_SRTCP], SSRC);
}

static void siege_close(struct siege *siege)
{
	call_close(siege->call);
	bed_close(siege->bed);
}

static enum sotto_verdict receive(
	struct siege *siege, struct packet *packet, enum sotto_srtp_kind kind, uint64_t now_us)
{
	burst_clear(siege->bed);
	burst_add(siege->bed, &siege->call->rx, packet);
	siege->bed->batch.now_us = now_us;
	burst_unprotect(siege->bed, kind);
	return burst_verdict(siege->bed, 0);
}

/* A forged SRTP packet of that sequence number. */
static enum sotto_verdict forge(struct siege *siege, uint16_t seq, uint64_t now_us)
{
	struct packet packet = siege->like[SOTTO_SRTP], as_sent;
	enum sotto_verdict verdict;

	packet.bytes[2] = (uint8_t)(seq >> 8);
	packet.bytes[3] = (uint8_t)seq;
	packet.bytes[packet.len - 1] ^= 1;
	as_sent = packet;
	verdict = receive(siege, &packet, SOTTO_SRTP, now_us);
	ck_assert(packet_equal(&packet, &as_sent));
	return verdict;
}

/* Spends the budget; the flag comes with the packet that does it, and with no other. */
static void spend(struct siege *siege, uint64_t now_us)
{
	for (unsigned k = 0; k <= SOTTO_SRTP_FLOOD_BUDGET; k++) {
		ck_assert_uint_eq(forge(siege, (uint16_t)(9000 + k), now_us), SOTTO_DROP_AUTH);
		ck_assert_uint_eq(siege->bed->batch.flooded, k == SOTTO_SRTP_FLOOD_BUDGET);
	}
}

START_TEST(ov_01_far_packets_go_untried)
{
	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct siege siege;
		struct packet packet;

		siege_open(&siege, _i, layout_names[s]);
		spend(&siege, NOW);
		for (unsigned k = 0; k < 1000; k++) {
			ck_assert_uint_eq(forge(&siege, (uint16_t)(9000 + 20 * k), NOW + k),
				SOTTO_DROP_FLOOD);
			ck_assert_uint_eq(siege.bed->batch.flooded, 0);
		}
		sent_rtp(siege.bed, siege.call, &packet, 1001 + 1000, SSRC); /* far but right */
		ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTP, NOW), SOTTO_DROP_FLOOD);
		siege_close(&siege);
	}
}
END_TEST

/* What the stream would send next is tried, forged or not. */
START_TEST(ov_01_near_packets_are_tried)
{
	struct siege siege;
	struct packet packet;

	siege_open(&siege, _i, SUITE_80);
	spend(&siege, NOW);
	for (uint16_t seq = 1001; seq < 1001 + SOTTO_SRTP_FLOOD_NEAR; seq++) {
		ck_assert_uint_eq(forge(&siege, seq, NOW), SOTTO_DROP_AUTH);
		ck_assert_uint_eq(siege.bed->batch.flooded, 0);
	}
	for (uint16_t seq = 1001; seq < 1500; seq++) {
		sent_rtp(siege.bed, siege.call, &packet, seq, SSRC);
		ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTP, NOW + 1), SOTTO_OK);
	}
	ck_assert_uint_eq(forge(&siege, 1500 + SOTTO_SRTP_FLOOD_NEAR, NOW), SOTTO_DROP_AUTH);
	ck_assert_uint_eq(forge(&siege, 1501 + SOTTO_SRTP_FLOOD_NEAR, NOW), SOTTO_DROP_FLOOD);
	siege_close(&siege);
}
END_TEST

/* Late but near packets are tried as well. */
START_TEST(near_behind)
{
	struct siege siege;
	struct packet late, packet;

	siege_open(&siege, _i, SUITE_80);
	sent_rtp(siege.bed, siege.call, &late, 1001, SSRC);
	sent_rtp(siege.bed, siege.call, &packet, 1100, SSRC);
	ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTP, NOW), SOTTO_OK);
	spend(&siege, NOW);
	ck_assert_uint_eq(receive(&siege, &late, SOTTO_SRTP, NOW), SOTTO_OK);
	siege_close(&siege);
}
END_TEST

/* With the next second all is tried again, and the budget is whole. */
START_TEST(next_second_is_free)
{
	struct siege siege;
	struct packet packet;

	siege_open(&siege, _i, SUITE_80);
	spend(&siege, NOW);
	ck_assert_uint_eq(forge(&siege, 9000, NOW + SECOND - 1), SOTTO_DROP_FLOOD);
	sent_rtp(siege.bed, siege.call, &packet, 3000, SSRC);
	ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTP, NOW + SECOND), SOTTO_OK);
	spend(&siege, NOW + SECOND);
	ck_assert_uint_eq(forge(&siege, 9000, NOW + SECOND), SOTTO_DROP_FLOOD);
	spend(&siege, NOW + 10 * SECOND);
	siege_close(&siege);
}
END_TEST

/* So many wrong tags over a longer time are no flood. */
START_TEST(slow_trickle_is_no_flood)
{
	struct siege siege;

	siege_open(&siege, _i, SUITE_80);
	for (unsigned k = 0; k < 5 * SOTTO_SRTP_FLOOD_BUDGET; k++) {
		ck_assert_uint_eq(forge(&siege, 9000, NOW + k * (SECOND / 150)), SOTTO_DROP_AUTH);
		ck_assert_uint_eq(siege.bed->batch.flooded, 0);
	}
	siege_close(&siege);
}
END_TEST

/* Without a clock there is no second, and all is tried. */
START_TEST(no_clock_no_flood)
{
	struct siege siege;

	siege_open(&siege, _i, SUITE_80);
	for (unsigned k = 0; k < 10 * SOTTO_SRTP_FLOOD_BUDGET; k++) {
		ck_assert_uint_eq(forge(&siege, 9000, 0), SOTTO_DROP_AUTH);
		ck_assert_uint_eq(siege.bed->batch.flooded, 0);
	}
	siege_close(&siege);
}
END_TEST

/* SSRCs that nobody knows are far from everything; known replays keep their own reason. */
START_TEST(new_ssrcs_and_replays)
{
	struct siege siege;
	struct packet packet, replay;

	siege_open(&siege, _i, SUITE_80);
	sent_rtp(siege.bed, siege.call, &packet, 1001, SSRC);
	replay = packet;
	ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTP, NOW), SOTTO_OK);
	spend(&siege, NOW);
	sent_rtp(siege.bed, siege.call, &packet, 1, SSRC + 1);
	ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTP, NOW), SOTTO_DROP_FLOOD);
	ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTP, NOW + SECOND), SOTTO_OK);
	ck_assert_uint_eq(receive(&siege, &replay, SOTTO_SRTP, NOW), SOTTO_DROP_REPLAY);
	siege_close(&siege);
}
END_TEST

/* SRTCP shares the budget of its direction, and has an index of its own to be near to. */
START_TEST(srtcp_in_the_flood)
{
	struct siege siege;
	struct packet packet;

	siege_open(&siege, _i, SUITE_80);
	spend(&siege, NOW);
	packet = siege.like[SOTTO_SRTCP];
	ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTCP, NOW), SOTTO_OK);
	packet = siege.like[SOTTO_SRTCP];
	packet.bytes[packet.len - 13] ^= 0x40; /* the index */
	ck_assert_uint_eq(receive(&siege, &packet, SOTTO_SRTCP, NOW), SOTTO_DROP_FLOOD);
	siege_close(&siege);
}
END_TEST

/* The budget ends within a burst as well, and is told once. */
START_TEST(spent_within_a_burst)
{
	struct siege siege;
	struct packet packets[SOTTO_BURST];
	unsigned told = 0;

	siege_open(&siege, _i, SUITE_80);
	for (unsigned round = 0; round < 5; round++) {
		burst_clear(siege.bed);
		for (unsigned i = 0; i < SOTTO_BURST; i++) {
			packets[i] = siege.like[SOTTO_SRTP];
			packets[i].bytes[2] = 0x55;
			burst_add(siege.bed, &siege.call->rx, &packets[i]);
		}
		siege.bed->batch.now_us = NOW;
		ck_assert_uint_eq(burst_unprotect(siege.bed, SOTTO_SRTP), 0);
		ck_assert_uint_eq(siege.bed->batch.flooded, round == 3 ? 1ull << 8 : 0);
		told += siege.bed->batch.flooded != 0;
		for (unsigned i = 0; i < SOTTO_BURST; i++)
			ck_assert_uint_eq(burst_verdict(siege.bed, i),
				round < 4 ? SOTTO_DROP_AUTH : SOTTO_DROP_FLOOD);
	}
	ck_assert_uint_eq(told, 1);
	siege_close(&siege);
}
END_TEST

/* The flood of one direction is not that of another in the same burst. */
START_TEST(other_directions_are_not_touched)
{
	struct siege siege;
	struct call *other;
	struct packet packets[2];

	siege_open(&siege, _i, SUITE_80);
	spend(&siege, NOW);
	other = call_open(siege.bed, SUITE_80, 2);
	packets[0] = siege.like[SOTTO_SRTP];
	packets[0].bytes[2] = 0x55;
	sent_rtp(siege.bed, other, &packets[1], 40000, SSRC);
	burst_clear(siege.bed);
	burst_add(siege.bed, &siege.call->rx, &packets[0]);
	burst_add(siege.bed, &other->rx, &packets[1]);
	siege.bed->batch.now_us = NOW;
	ck_assert_uint_eq(burst_unprotect(siege.bed, SOTTO_SRTP), 2);
	ck_assert_uint_eq(burst_verdict(siege.bed, 0), SOTTO_DROP_FLOOD);
	call_close(other);
	siege_close(&siege);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {ov_01_far_packets_go_untried, ov_01_near_packets_are_tried,
		near_behind, next_second_is_free, slow_trickle_is_no_flood, no_clock_no_flood,
		new_ssrcs_and_replays, srtcp_in_the_flood, spent_within_a_burst,
		other_directions_are_not_touched};

	return bed_main("srtp_flood", tests, sizeof(tests) / sizeof(tests[0]));
}
