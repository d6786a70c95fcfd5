/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The estimate of a packet's index against RFC 3711, appendix A, written again here with signed
 * numbers that are wide enough for every rollover counter.
 */
#include "unit.h"

#include "replay/replay.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const uint32_t edge_s_l[] = {0, 1, 2, 3, 127, 128, 0x7ffe, 0x7fff, 0x8000, 0x8001, 0x8002,
	0xff7f, 0xff80, 0xfffd, 0xfffe, 0xffff};

static const int64_t edge_roc[] = {0, 1, 5, 0x7fffffff, 0xfffffffe, 0xffffffff};

/* v of appendix A: ROC - 1, ROC or ROC + 1. */
static int64_t guess_roc(int64_t roc, int64_t s_l, int64_t seq)
{
	if (s_l < 32768)
		return seq - s_l > 32768 ? roc - 1 : roc;
	return s_l - 32768 > seq ? roc + 1 : roc;
}

/* With the one rule of ours: before index 0 there is nothing, so ROC 0 stays. */
static int64_t by_the_book(int64_t roc, int64_t s_l, int64_t seq)
{
	int64_t v = guess_roc(roc, s_l, seq);

	return (v < 0 ? 0 : v) * 65536 + seq;
}

/* next is the highest index plus one. */
static uint64_t next_of(int64_t roc, uint32_t s_l)
{
	return (uint64_t)roc * 65536 + s_l + 1;
}

/* A plain comparison first: Check notes every assertion, which takes long in loops of this size. */
static void expect(int64_t roc, uint32_t s_l, uint32_t seq, int64_t index)
{
	int64_t got = (int64_t)sotto_replay_estimate(next_of(roc, s_l), (uint16_t)seq);

	if (got != index)
		ck_abort_msg("ROC %ld, s_l %u, SEQ %u: %ld instead of %ld", (long)roc, s_l, seq,
			(long)got, (long)index);
}

/* All of a smaller space: every highest index of four turns, every sequence number. */
START_TEST(appendix_a_with_fewer_bits)
{
	int64_t range = 1ll << _i, half = range / 2;

	for (int64_t h = 0; h < 4 * range; h++) {
		for (int64_t seq = 0; seq < range; seq++) {
			int64_t roc = h / range, s_l = h % range;
			uint64_t got = sotto_replay_estimate_bits(
				(uint64_t)h + 1, (uint32_t)seq, (unsigned)_i);

			if (s_l < half && seq - s_l > half && roc > 0)
				roc--;
			else if (s_l >= half && s_l - half > seq)
				roc++;
			if (got != (uint64_t)(roc * range + seq))
				ck_abort_msg("%d bits, highest %ld, SEQ %ld: %ld", _i, (long)h,
					(long)seq, (long)got);
		}
	}
}
END_TEST

/* Sixteen bits are no other function. */
START_TEST(sixteen_bits_are_the_usual_ones)
{
	for (int r = 0; r < COUNT(edge_roc); r++) {
		uint64_t next = next_of(edge_roc[r], edge_s_l[_i]);

		for (uint32_t seq = 0; seq <= 0xffff; seq++) {
			if (sotto_replay_estimate_bits(next, seq, SOTTO_SEQ_BITS) !=
				sotto_replay_estimate(next, (uint16_t)seq))
				ck_abort_msg("next %lu, SEQ %u", (unsigned long)next, seq);
		}
	}
}
END_TEST

START_TEST(appendix_a_on_all_sequence_numbers)
{
	for (int r = 0; r < COUNT(edge_roc); r++) {
		for (uint32_t seq = 0; seq <= 0xffff; seq++)
			expect(edge_roc[r], edge_s_l[_i], seq,
				by_the_book(edge_roc[r], edge_s_l[_i], seq));
	}
}
END_TEST

START_TEST(appendix_a_on_all_highest_numbers)
{
	static const uint32_t edge_seq[] = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};

	for (int r = 0; r < COUNT(edge_roc); r++) {
		for (uint32_t s_l = 0; s_l <= 0xffff; s_l++)
			expect(edge_roc[r], s_l, edge_seq[_i],
				by_the_book(edge_roc[r], s_l, edge_seq[_i]));
	}
}
END_TEST

/* The first packet of a stream: whatever its number, the rollover counter is 0. */
START_TEST(first_packet_has_rollover_counter_0)
{
	for (uint32_t seq = 0; seq <= 0xffff; seq++)
		ck_assert_uint_eq(sotto_replay_estimate(0, (uint16_t)seq), seq);
}
END_TEST

/* The header's rule: where the nearest candidate lies before index 0, ROC 0 is the answer. */
START_TEST(before_index_0_is_clipped_to_rollover_counter_0)
{
	unsigned clipped = 0;

	for (uint32_t s_l = 0; s_l < 0x7fff; s_l++) {
		for (uint32_t seq = s_l + 0x8001; seq <= 0xffff; seq += 97, clipped++) {
			if (guess_roc(0, s_l, seq) != -1)
				ck_abort_msg("s_l %u, SEQ %u would not be clipped", s_l, seq);
			expect(0, s_l, seq, seq);
		}
	}
	ck_assert_uint_gt(clipped, 0x8000);
	/* one turn later the same numbers do lie behind */
	ck_assert_uint_eq(sotto_replay_estimate(next_of(1, 0), 0xffff), 0xffff);
}
END_TEST

/* The caller must be able to see that the index space is over (RFC 3711, 9.2). */
START_TEST(st11_behind_the_last_index_is_visible)
{
	uint64_t last = SOTTO_INDEX_END - 1;

	ck_assert_uint_eq(sotto_replay_estimate(last, 0xffff), last);
	ck_assert_uint_eq(sotto_replay_estimate(SOTTO_INDEX_END, 0xffff), last);
	ck_assert_uint_eq(sotto_replay_estimate(SOTTO_INDEX_END, 0x8000), last - 0x7fff);
	ck_assert_uint_eq(sotto_replay_estimate(SOTTO_INDEX_END, 0), SOTTO_INDEX_END);
	ck_assert_uint_eq(sotto_replay_estimate(SOTTO_INDEX_END, 0x7ffe), SOTTO_INDEX_END + 0x7ffe);
	ck_assert_uint_eq(sotto_replay_estimate(SOTTO_INDEX_END - 0x7ffe, 0), SOTTO_INDEX_END);
}
END_TEST

/* 32,766 packets lost in a row, at every place of the turn: the estimate still finds the index. */
START_TEST(st07_32766_lost_recover_everywhere)
{
	for (uint32_t s_l = 0; s_l <= 0xffff; s_l++)
		expect(7, s_l, (s_l + 0x7fff) & 0xffff, 7 * 65536 + s_l + 0x7fff);
}
END_TEST

/* 32,767 lost is a tie: appendix A goes ahead in the first half of a turn and back in the second.
 */
START_TEST(st07_32767_lost_is_the_tie_of_appendix_a)
{
	for (uint32_t s_l = 0; s_l <= 0xffff; s_l++) {
		int64_t ahead = 7 * 65536 + s_l + 0x8000;

		expect(7, s_l, ahead & 0xffff, s_l < 0x8000 ? ahead : ahead - 65536);
	}
}
END_TEST

/* From 32,768 lost on the estimate is one turn behind: synchronisation is lost, as documented. */
START_TEST(st07_32768_and_65536_lost_are_one_turn_behind)
{
	for (uint32_t s_l = 0; s_l <= 0xffff; s_l++) {
		int64_t h = 7 * 65536 + s_l;

		expect(7, s_l, (s_l + 0x8001) & 0xffff, h + 0x8001 - 65536);
		expect(7, s_l, (s_l + 1) & 0xffff, h + 65537 - 65536);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay/estimate");
	TCase *tc = tcase_create("estimate");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, appendix_a_on_all_sequence_numbers, 0, COUNT(edge_s_l));
	tcase_add_loop_test(tc, appendix_a_on_all_highest_numbers, 0, 6);
	tcase_add_loop_test(tc, appendix_a_with_fewer_bits, 2, 9);
	tcase_add_loop_test(tc, sixteen_bits_are_the_usual_ones, 0, COUNT(edge_s_l));
	tcase_add_test(tc, first_packet_has_rollover_counter_0);
	tcase_add_test(tc, before_index_0_is_clipped_to_rollover_counter_0);
	tcase_add_test(tc, st11_behind_the_last_index_is_visible);
	tcase_add_test(tc, st07_32766_lost_recover_everywhere);
	tcase_add_test(tc, st07_32767_lost_is_the_tie_of_appendix_a);
	tcase_add_test(tc, st07_32768_and_65536_lost_are_one_turn_behind);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
