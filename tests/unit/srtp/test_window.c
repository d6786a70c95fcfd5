/* SPDX-License-Identifier: BSD-3-Clause */
/* Replay lists of every width, through packets (RFC 3711, 3.3.2). */
#include "bed.h"

#define SSRC 0x77000001
#define TOP 100000 /* the highest index: rollover counter 1 */

static const uint32_t windows[] = {64, 65, 128, 129, 1000, 1024, 32767, 32768};
#define WINDOWS (sizeof(windows) / sizeof(windows[0]))

static struct call *call_wide(struct bed *bed, uint32_t window)
{
	const struct sotto_srtp_shape shape = {.window = window};
	struct call *call = call_open(bed, SUITE_80, 1);

	side_reshape(&call->rx, &shape);
	side_preset(&call->tx, SSRC, 0);
	return call;
}

/* Sends and receives one packet of that index. */
static enum sotto_verdict arrives(struct bed *bed, struct call *call, uint32_t ssrc, uint64_t index)
{
	struct packet packet, as_sent;
	enum sotto_verdict verdict;

	side_reset(&call->tx);
	side_preset(&call->tx, ssrc, index);
	packet_rtp(&packet, (uint16_t)index, ssrc, 20);
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
	as_sent = packet;
	verdict = unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP);
	ck_assert(verdict == SOTTO_OK || packet_equal(&packet, &as_sent));
	return verdict;
}

/* RP-03: W - 1 behind the highest is the last that is taken. */
START_TEST(rp_03_edges_of_every_window)
{
	struct bed *bed = bed_open(_i);

	for (unsigned w = 0; w < WINDOWS; w++) {
		struct call *call = call_wide(bed, windows[w]);
		const struct sotto_srtp_preset preset = {.ssrc = SSRC, .next_rtp = TOP - 60000};

		ck_assert_int_eq(sotto_srtp_streams_preset(call->rx.streams, &preset), 0);
		arrives(bed, call, SSRC, TOP - 40000); /* no further than 2^15 at once */
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP - 20000), SOTTO_OK);
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP), SOTTO_OK);
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP), SOTTO_DROP_REPLAY);
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP - windows[w]), SOTTO_DROP_OLD);
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP - (windows[w] - 1)), SOTTO_OK);
		ck_assert_uint_eq(
			arrives(bed, call, SSRC, TOP - (windows[w] - 1)), SOTTO_DROP_REPLAY);
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP - 1), SOTTO_OK);
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP + 1), SOTTO_OK);
		ck_assert_uint_eq(arrives(bed, call, SSRC, TOP - (windows[w] - 1)), SOTTO_DROP_OLD);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Asked for less than 64 it is 64, for more than 2^15 it is that. */
START_TEST(window_out_of_bounds)
{
	static const struct {
		uint32_t asked, got;
	} rows[] = {
		{1, 64}, {8, 64}, {63, 64}, {32769, 32768}, {1000000, 32768}, {UINT32_MAX, 32768}};

	for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		const struct sotto_srtp_shape asked = {.count = 3, .window = rows[r].asked};
		const struct sotto_srtp_shape got = {.count = 3, .window = rows[r].got};
		size_t size = sotto_srtp_streams_size(&asked);
		struct sotto_srtp_streams *streams = aligned_alloc(SOTTO_CACHE_LINE, size);

		ck_assert_uint_eq(size, sotto_srtp_streams_size(&got));
		ck_assert_uint_eq(size % SOTTO_CACHE_LINE, 0);
		memset(streams, 0, size);
		sotto_srtp_streams_init(streams, &asked);
		ck_assert_uint_eq(streams->shape.window, rows[r].got);
		ck_assert_uint_eq(streams->size, size);
		free(streams);
	}
}
END_TEST

/* A sequence of numbers that looks like none. */
static uint32_t next_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Every index within the window is taken once, in whatever order, and again never. */
START_TEST(each_index_once_in_any_order)
{
	struct bed *bed = bed_open(_i);

	for (unsigned w = 0; w < WINDOWS; w++) {
		struct call *call = call_wide(bed, windows[w]);
		uint32_t state = w, reach = windows[w] < 2048 ? windows[w] : 2048;
		uint8_t seen[2048] = {0};

		ck_assert_uint_eq(arrives(bed, call, SSRC, 30000), SOTTO_OK);
		seen[0] = 1;
		for (unsigned k = 0; k < 600; k++) {
			uint32_t behind = next_number(&state) % reach;

			ck_assert_uint_eq(arrives(bed, call, SSRC, 30000 - behind),
				seen[behind] ? SOTTO_DROP_REPLAY : SOTTO_OK);
			seen[behind] = 1;
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Lists of several SSRCs lie side by side in memory, and do not meet. */
START_TEST(lists_lie_apart)
{
	struct bed *bed = bed_open(_i);

	for (unsigned w = 0; w < WINDOWS; w++) {
		struct call *call = call_wide(bed, windows[w]);

		for (unsigned round = 0; round < 3; round++)
			for (uint32_t k = 0; k < SIDE_SLOTS; k++)
				ck_assert_uint_eq(arrives(bed, call, SSRC + k,
							  32000 - round * 31 - k % 2 * 64),
					SOTTO_OK);
		for (unsigned round = 0; round < 3; round++)
			for (uint32_t k = 0; k < SIDE_SLOTS; k++)
				ck_assert_uint_ne(arrives(bed, call, SSRC + k,
							  32000 - round * 31 - k % 2 * 64),
					SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* A jump ahead leaves no old bits where the new indices have theirs. */
START_TEST(jumps_clear_the_list)
{
	struct bed *bed = bed_open(_i);

	for (unsigned w = 0; w < WINDOWS; w++) {
		struct call *call = call_wide(bed, windows[w]);
		uint64_t at = 0;

		for (unsigned k = 0; k < 130; k++)
			ck_assert_uint_eq(arrives(bed, call, SSRC, k), SOTTO_OK);
		for (unsigned k = 1; k <= 6; k++) {
			at += 32768 / k - 5;
			ck_assert_uint_eq(arrives(bed, call, SSRC, at), SOTTO_OK);
			for (unsigned behind = 1; behind < 63; behind += 7)
				ck_assert_uint_eq(arrives(bed, call, SSRC, at - behind), SOTTO_OK);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* SRTCP has a list of its own, of its own width, whatever SRTP's is. */
START_TEST(rc_09_window_of_srtcp_is_apart)
{
	struct bed *bed = bed_open(_i);

	for (unsigned w = 0; w < WINDOWS; w++) {
		struct call *call = call_wide(bed, windows[w]);
		struct packet packets[WINDOW + 2], copy;

		for (unsigned k = 0; k < WINDOW + 2; k++)
			sent_rtcp(bed, call, &packets[k], SSRC);
		ck_assert_uint_eq(arrives(bed, call, SSRC, 5), SOTTO_OK);
		for (unsigned k = WINDOW + 1; k > 1; k--) {
			copy = packets[k];
			ck_assert_uint_eq(
				unprotect_one(bed, &call->rx, &copy, SOTTO_SRTCP), SOTTO_OK);
			copy = packets[k];
			ck_assert_uint_eq(unprotect_one(bed, &call->rx, &copy, SOTTO_SRTCP),
				SOTTO_DROP_REPLAY);
		}
		copy = packets[1];
		ck_assert_uint_eq(
			unprotect_one(bed, &call->rx, &copy, SOTTO_SRTCP), SOTTO_DROP_OLD);
		ck_assert_uint_eq(arrives(bed, call, SSRC, 4), SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* RP-19: packet 1,000 numbers late is new in a window of 1,024 and old in one of 64. */
START_TEST(rp_19_late_retransmission)
{
	struct bed *bed = bed_open(_i);

	for (unsigned w = 0; w < WINDOWS; w++) {
		struct call *call = call_wide(bed, windows[w]);

		arrives(bed, call, SSRC, 5000);
		ck_assert_uint_eq(arrives(bed, call, SSRC, 4000),
			windows[w] > 1000 ? SOTTO_OK : SOTTO_DROP_OLD);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* A sender's list is as wide as it was made, and no index goes out twice. */
START_TEST(sender_with_a_wide_list)
{
	static const struct sotto_srtp_shape shape = {.window = 1000};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	side_reshape(&call->tx, &shape);
	sent_rtp(bed, call, &packet, 20000, SSRC);
	sent_rtp(bed, call, &packet, 20000 - 999, SSRC);
	for (unsigned behind = 999; behind < 1002; behind++) {
		packet_rtp(&packet, (uint16_t)(20000 - behind), SSRC, 20);
		ck_assert_uint_eq(
			protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_REUSE);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rp_03_edges_of_every_window, window_out_of_bounds,
		each_index_once_in_any_order, lists_lie_apart, jumps_clear_the_list,
		rc_09_window_of_srtcp_is_apart, rp_19_late_retransmission, sender_with_a_wide_list};

	return bed_main("srtp_window", tests, sizeof(tests) / sizeof(tests[0]));
}
