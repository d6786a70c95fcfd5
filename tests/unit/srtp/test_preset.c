/* SPDX-License-Identifier: BSD-3-Clause */
/* Where control says that streams stand (ST-10), and what they inherit from those before. */
#include "bed.h"

#include <errno.h>

#define SSRC 0x00ab0012
#define INDEX(roc, seq) ((uint64_t)(roc) << 16 | (seq))

/* What a sender that stands there makes of a sequence number. */
static void sent_from(struct bed *bed, struct call *call, struct packet *packet, uint64_t index)
{
	side_preset(&call->tx, SSRC, index);
	sent_rtp(bed, call, packet, (uint16_t)index, SSRC);
}

/* Presets move forward only, and change nothing when they fail (ST-10). */
START_TEST(st_10_never_back)
{
	static const struct {
		struct sotto_srtp_preset preset;
		int want;
	} rows[] = {
		{{SSRC, INDEX(4, 999), 0}, -EINVAL},
		{{SSRC, 1, 0}, -EINVAL},
		{{SSRC, 0, 499}, -EINVAL},
		{{SSRC, INDEX(5, 0), 499}, -EINVAL},
		{{SSRC, INDEX(4, 999), 600}, -EINVAL},
		{{SSRC, SOTTO_INDEX_END + 1, 0}, -EINVAL},
		{{SSRC, 0, SOTTO_RTCP_INDEX_END + 1ull}, -EINVAL},
		{{SSRC + 1, SOTTO_INDEX_END + 1, 0}, -EINVAL},
		{{SSRC + 1, UINT64_MAX, UINT64_MAX}, -EINVAL},
	};
	static const uint32_t windows[] = {WINDOW, 1024};
	struct bed *bed = bed_open(_i);

	for (unsigned w = 0; w < 2; w++) {
		const struct sotto_srtp_shape shape = {.window = windows[w]};
		const struct sotto_srtp_preset stand = {SSRC, INDEX(4, 1000), 500};
		struct call *call = call_open(bed, SUITE_80, 1);
		struct snapshot before;

		side_reshape(&call->rx, &shape);
		ck_assert_int_eq(sotto_srtp_streams_preset(call->rx.streams, &stand), 0);
		ck_assert_int_eq(sotto_srtp_streams_preset(call->rx.streams, &stand), 0);
		before = snapshot_take(&call->rx);
		for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
			ck_assert_int_eq(
				sotto_srtp_streams_preset(call->rx.streams, &rows[r].preset),
				rows[r].want);
		ck_assert(snapshot_same(&before, &call->rx));
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

START_TEST(preset_finds_no_slot)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct snapshot before;

	for (uint32_t k = 0; k < SIDE_SLOTS; k++) {
		struct sotto_srtp_preset preset = {.ssrc = SSRC + k, .next_rtcp = k};

		ck_assert_int_eq(sotto_srtp_streams_preset(call->rx.streams, &preset), 0);
		ck_assert_uint_eq(call->rx.slot[k].bound, 1);
		ck_assert_uint_eq(call->rx.slot[k].ssrc, SSRC + k);
	}
	before = snapshot_take(&call->rx);
	ck_assert_int_eq(sotto_srtp_streams_preset(call->rx.streams,
				 &(struct sotto_srtp_preset){.ssrc = SSRC + SIDE_SLOTS}),
		-ENOSPC);
	ck_assert(snapshot_same(&before, &call->rx));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* All before a preset counts as seen, for a receiver and for a sender; what follows does not. */
static void preset_is_seen(struct bed *bed, uint32_t window)
{
	const struct sotto_srtp_shape shape = {.window = window};
	const struct sotto_srtp_preset preset = {SSRC, INDEX(4, 20000), 5000};
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	side_reshape(&call->rx, &shape);
	ck_assert_int_eq(sotto_srtp_streams_preset(call->rx.streams, &preset), 0);
	for (unsigned behind = 1; behind < window + 3; behind += behind < 3 ? 1 : window / 3) {
		sent_from(bed, call, &packet, INDEX(4, 20000 - behind));
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP),
			behind <= window ? SOTTO_DROP_REPLAY : SOTTO_DROP_OLD);
	}
	sent_from(bed, call, &packet, INDEX(4, 20001));
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	sent_from(bed, call, &packet, INDEX(4, 20000));
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	side_reshape(&call->tx, &shape);
	ck_assert_int_eq(sotto_srtp_streams_preset(call->tx.streams, &preset), 0);
	packet_rtp(&packet, 19999, SSRC, 40);
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_REUSE);
	sent_rtp(bed, call, &packet, 20002, SSRC);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	sent_rtcp(bed, call, &packet, SSRC); /* takes index 5000 */
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
	side_reset(&call->tx);
	call->tx.slot[0].rtcp.next = 4999;
	call->tx.slot[0].ssrc = SSRC;
	call->tx.slot[0].bound = 1;
	sent_rtcp(bed, call, &packet, SSRC);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_DROP_REPLAY);
	call_close(call);
}

START_TEST(preset_counts_as_seen)
{
	struct bed *bed = bed_open(_i);

	preset_is_seen(bed, WINDOW);
	preset_is_seen(bed, 1024);
	bed_close(bed);
}
END_TEST

/* Where control said that a stream stands, nobody tries whether it begins anew. */
START_TEST(preset_ends_the_tries)
{
	static const struct sotto_srtp_shape shape = {.try_roc_zero = true};
	const struct sotto_srtp_preset preset = {.ssrc = SSRC, .next_rtp = INDEX(5, 40000)};
	struct bed *bed = bed_open(_i);
	struct call *old = call_open(bed, SUITE_80, 1), *new = call_open(bed, SUITE_80, 2);
	struct packet packet;

	side_preset(&old->rx, SSRC, INDEX(3, 40000));
	side_reshape(&new->rx, &shape);
	sotto_srtp_streams_inherit(new->rx.streams, old->rx.streams, false);
	ck_assert_int_eq(sotto_srtp_streams_preset(new->rx.streams, &preset), 0);
	sent_rtp(bed, new, &packet, 100, SSRC);
	ck_assert_uint_ne(unprotect_one(bed, &new->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(new->rx.streams->roc_tries, SOTTO_SRTP_ROC_TRIES);
	ck_assert_uint_eq(new->rx.slot[0].rtp.next, INDEX(5, 40000));
	sent_from(bed, new, &packet, INDEX(5, 40000));
	ck_assert_uint_eq(unprotect_one(bed, &new->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(old);
	call_close(new);
	bed_close(bed);
}
END_TEST

/* ST-11 by preset: the last index goes out, and then none. */
START_TEST(st_11_preset_to_the_last_index)
{
	const struct sotto_srtp_preset last = {SSRC, SOTTO_INDEX_END - 1, SOTTO_RTCP_INDEX_END - 1};
	const struct sotto_srtp_preset end = {SSRC, SOTTO_INDEX_END, SOTTO_RTCP_INDEX_END};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	ck_assert_int_eq(sotto_srtp_streams_preset(call->tx.streams, &last), 0);
	sent_rtp(bed, call, &packet, 65535, SSRC);
	sent_rtcp(bed, call, &packet, SSRC);
	for (unsigned round = 0; round < 2; round++) {
		packet_rtp(&packet, 0, SSRC, 40);
		ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP),
			SOTTO_DROP_SEND_EXHAUSTED);
		packet_rtcp(&packet, SSRC, 40);
		ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTCP),
			SOTTO_DROP_SEND_EXHAUSTED);
		side_reset(&call->tx);
		ck_assert_int_eq(sotto_srtp_streams_preset(call->tx.streams, &end), 0);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* What is inherited: SSRC, count, next index; no lists, and of a sender the SRTCP index ahead. */
START_TEST(what_is_inherited)
{
	struct bed *bed = bed_open(_i);
	struct call *old = call_open(bed, SUITE_80, 1), *new = call_open(bed, SUITE_80, 2);
	struct packet packet;

	for (uint32_t k = 0; k < 3; k++) {
		sent_rtp(bed, old, &packet, (uint16_t)(100 + k), SSRC + k);
		sent_rtcp(bed, old, &packet, SSRC + k);
	}
	sotto_srtp_streams_inherit(new->tx.streams, old->tx.streams, true);
	sotto_srtp_streams_inherit(new->rx.streams, old->tx.streams, false);
	for (uint32_t k = 0; k < 4; k++) {
		const struct sotto_stream *tx = &new->tx.slot[k], *rx = &new->rx.slot[k];

		ck_assert_uint_eq(tx->bound, k < 3);
		ck_assert_uint_eq(tx->ssrc, k < 3 ? SSRC + k : 0);
		ck_assert_uint_eq(tx->rtp.next, k < 3 ? 101 + k : 0);
		ck_assert_uint_eq(tx->packets, k < 3 ? 2 : 0);
		ck_assert_uint_eq(tx->rtp.seen[0] | tx->rtp.seen[1], 0);
		ck_assert(k == 3 || tx->rtcp.next >= 2);
		ck_assert_uint_eq(rx->rtcp.next, 0);
		ck_assert_uint_eq(rx->expected, k < 3);
	}
	ck_assert_uint_eq(side_used(&new->tx, SOTTO_SRTP), 0);
	call_close(old);
	call_close(new);
	bed_close(bed);
}
END_TEST

/* Fewer slots than before: the first ones are kept, the rest is let go. */
START_TEST(inherited_by_fewer_slots)
{
	const struct sotto_srtp_shape shape = {.count = 2, .window = 1024};
	struct bed *bed = bed_open(_i);
	struct call *old = call_open(bed, SUITE_80, 1), *new = call_open(bed, SUITE_80, 2);
	struct packet packet;

	for (uint32_t k = 0; k < SIDE_SLOTS; k++)
		sent_rtp(bed, old, &packet, 5, SSRC + k);
	side_reshape(&new->rx, &shape);
	sotto_srtp_streams_inherit(new->rx.streams, old->tx.streams, false);
	for (uint32_t k = 0; k < 3; k++) {
		sent_rtp(bed, new, &packet, 6, SSRC + k);
		ck_assert_uint_eq(unprotect_one(bed, &new->rx, &packet, SOTTO_SRTP),
			k < 2 ? SOTTO_OK : SOTTO_DROP_SSRC_LIMIT);
	}
	call_close(old);
	call_close(new);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {st_10_never_back, preset_finds_no_slot, preset_counts_as_seen,
		preset_ends_the_tries, st_11_preset_to_the_last_index, what_is_inherited,
		inherited_by_fewer_slots};

	return bed_main("srtp_preset", tests, sizeof(tests) / sizeof(tests[0]));
}
