/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The replay list (RFC 3711, 3.3.2): what is new, what was seen, what is too old. A loop test runs
 * with each of windows[].
 */
#include "list.h"

#define N SOTTO_REPLAY_NARROW

/* Narrow lists are empty when they are zeroed. */
static struct list narrow(uint64_t next)
{
	return (struct list){.r.next = next, .shape = sotto_replay_narrow()};
}

static uint64_t roc(const struct list *l)
{
	return (l->r.next - 1) >> 16;
}

/* Estimates, checks and commits, as a stream does. */
static enum sotto_replay_answer take(struct list *l, uint16_t seq)
{
	return commit(l, sotto_replay_estimate(l->r.next, seq));
}

START_TEST(rp01_index_zero_once)
{
	static struct list l;

	list_init(&l, windows[_i]);
	expect_commit(&l, 0, NEW);
	ck_assert_uint_eq(l.r.next, 1);
	expect_commit(&l, 0, SEEN);
	expect_commit(&l, 1, NEW);
	expect_commit(&l, 0, SEEN);
}
END_TEST

START_TEST(rp01_index_zero_late)
{
	static struct list l;
	uint64_t w = windows[_i];

	list_init(&l, windows[_i]);
	expect_commit(&l, w - 1, NEW);
	expect_commit(&l, 0, NEW);
	expect_commit(&l, 0, SEEN);
	expect_commit(&l, w, NEW);
	expect_commit(&l, 0, OLD);
	expect_commit(&l, 1, NEW);
}
END_TEST

/* Around every place of the highest index in its word, at several places of the list. */
START_TEST(rp03_edges_of_the_window)
{
	static struct list l;
	uint64_t w = windows[_i];
	uint64_t step;

	list_init(&l, windows[_i]);
	step = list_bits(&l) <= 256 ? 1 : list_bits(&l) / 100 | 1;
	for (uint64_t h = w + 1; h < 5 * list_bits(&l); h += step) {
		list_init(&l, windows[_i]);
		expect_commit(&l, h, NEW);
		expect_check(&l, h - w - 1, OLD);
		expect_check(&l, h - w, OLD);
		expect_commit(&l, h - w, OLD);
		expect_commit(&l, h - (w - 1), NEW);
		expect_commit(&l, h - (w - 1), SEEN);
		expect_commit(&l, h - (w - 2), NEW);
		ck_assert_uint_eq(l.r.next, h + 1);
	}
}
END_TEST

START_TEST(rp03_edges_move_with_the_highest)
{
	static struct list l;
	uint64_t w = windows[_i];

	list_init(&l, windows[_i]);
	expect_commit(&l, 100000, NEW);
	for (uint64_t h = 100000; h < 100000 + w - 1; h++) {
		expect_check(&l, h - (w - 1), NEW);
		expect_check(&l, h - w, OLD);
		expect_commit(&l, h + 1, NEW);
		expect_check(&l, h - (w - 1), OLD);
	}
	/* now the first that was seen stands at the edge */
	expect_check(&l, l.r.next - w, SEEN);
	expect_check(&l, l.r.next - w - 1, OLD);
}
END_TEST

/* What counts is the window, not the bits that the list happens to have. */
START_TEST(rp03_seen_behind_the_window_is_old)
{
	static struct list l;
	uint64_t w = windows[_i];

	list_init(&l, windows[_i]);
	for (uint64_t i = 0; i < list_bits(&l) + 2; i++)
		expect_commit(&l, i, NEW);
	for (uint64_t d = 1; d <= l.r.next; d++)
		expect_check(&l, l.r.next - d, d <= w ? SEEN : OLD);
}
END_TEST

/* Distances that a few bits too few would take for near ones. */
START_TEST(rp03_far_behind_is_old)
{
	static const uint64_t distances[] = {
		1ull << 15, 1ull << 16, 1ull << 17, 1ull << 31, 1ull << 32, 1ull << 33, 1ull << 47};
	static struct list l;

	list_init(&l, windows[_i]);
	expect_commit(&l, SOTTO_INDEX_END - 1000, NEW);
	for (int i = 0; i < COUNT(distances); i++) {
		for (uint64_t d = distances[i]; d < distances[i] + 200; d += 7)
			expect_commit(&l, SOTTO_INDEX_END - 1000 - d, OLD);
	}
	expect_commit(&l, 0, OLD);
}
END_TEST

START_TEST(rp05_eight_copies_of_one_packet_in_one_burst)
{
	static const uint64_t indices[] = {0, 1, 63, 64, 127, 128, 65535, 65536, 1ull << 47};
	static struct list l;

	for (int i = 0; i < COUNT(indices); i++) {
		unsigned forwarded = 0, replays = 0;

		list_init(&l, windows[_i]);
		/* all eight are checked before the first is authentic, as in a burst */
		for (int copy = 0; copy < 8; copy++)
			expect_check(&l, indices[i], NEW);
		for (int copy = 0; copy < 8; copy++) {
			enum sotto_replay_answer answer =
				sotto_replay_commit(&l.r, l.shape, indices[i]);

			forwarded += answer == NEW;
			replays += answer == SEEN;
		}
		ck_assert_uint_eq(forwarded, 1);
		ck_assert_uint_eq(replays, 7);
	}
}
END_TEST

/* A burst that was checked as a whole: a commit in between made one of its packets too old. */
START_TEST(rp05_commit_checks_again_for_old)
{
	static struct list l;
	uint64_t oldest = 100000 - windows[_i] + 1;

	list_init(&l, windows[_i]);
	expect_commit(&l, 100000, NEW);
	expect_check(&l, oldest, NEW);
	expect_check(&l, 200000, NEW);
	ck_assert_int_eq(sotto_replay_commit(&l.r, l.shape, 200000), NEW);
	ck_assert_int_eq(sotto_replay_commit(&l.r, l.shape, oldest), OLD);
}
END_TEST

/* Fills every second index of a list, then jumps: what was seen stays seen, the rest is new. */
static void jump(struct list *l, uint32_t window, uint64_t first, uint64_t step)
{
	uint64_t last, h;

	list_init(l, window);
	for (uint64_t i = 0; i < list_bits(l); i += 2)
		sotto_replay_commit(&l->r, l->shape, first + i);
	last = l->r.next - 1;
	h = last + step;
	expect_commit(l, h, NEW);
	for (uint64_t i = h - window + 1; i < h; i++) {
		bool seen = i >= first && i <= last && (i - first) % 2 == 0;

		expect(l, "check", i, sotto_replay_check(&l->r, l->shape, i), seen ? SEEN : NEW);
	}
	expect_commit(l, h, SEEN);
	expect_commit(l, h - window, OLD);
}

static const uint32_t near[] = {64, 65, 100, 127, 128, 129, 200, 256};

START_TEST(jumps_of_every_size)
{
	static struct list l;

	for (uint64_t step = 1; step <= 3 * near[_i]; step++)
		jump(&l, near[_i], 1000, step);
}
END_TEST

/* From all places in a word, over words, windows, the list, and far beyond. */
START_TEST(jumps_over_the_edges)
{
	static struct list l;
	uint64_t w = windows[_i];
	uint64_t around[7];

	list_init(&l, windows[_i]);
	around[0] = 63;
	around[1] = 128;
	around[2] = w;
	around[3] = list_bits(&l);
	around[4] = 2 * list_bits(&l);
	around[5] = 1ull << 31;
	around[6] = 1ull << 32;
	for (int i = 0; i < COUNT(around); i++) {
		for (uint64_t step = around[i] - 3; step <= around[i] + 3; step++)
			jump(&l, windows[_i], 1000 * 65536 - 13 + 5 * step, step);
	}
}
END_TEST

START_TEST(a_full_window_backwards)
{
	static struct list l;
	uint64_t w = windows[_i];

	list_init(&l, windows[_i]);
	expect_commit(&l, 70000, NEW);
	for (uint64_t i = 1; i < w; i++)
		expect_commit(&l, 70000 - i, NEW);
	for (uint64_t i = 0; i < w; i++)
		expect_commit(&l, 70000 - i, SEEN);
	expect_commit(&l, 70000 - w, OLD);
}
END_TEST

/* While fewer than W indices exist, nothing is too old. */
START_TEST(nothing_is_old_at_the_start_of_the_index_space)
{
	static struct list l;
	uint64_t w = windows[_i];

	for (uint64_t h = 0; h < w; h += 1 + w / 200) {
		list_init(&l, windows[_i]);
		expect_commit(&l, h, NEW);
		for (uint64_t i = 0; i < h; i += 1 + h / 100)
			expect_check(&l, i, NEW);
	}
}
END_TEST

START_TEST(st01_first_packet_near_wrap)
{
	static const uint16_t seqs[] = {65534, 65535, 0, 1};
	static const uint64_t indices[] = {65534, 65535, 65536, 65537};
	static struct list l;

	list_init(&l, windows[_i]);
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(sotto_replay_estimate(l.r.next, seqs[i]), indices[i]);
		ck_assert_int_eq(take(&l, seqs[i]), NEW);
		ck_assert_uint_eq(roc(&l), indices[i] >> 16);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(take(&l, seqs[i]), SEEN);
}
END_TEST

START_TEST(st03_reordered_wrap_raises_the_counter_once)
{
	static const uint16_t seqs[] = {65533, 65535, 0, 1, 65534, 2};
	static const uint64_t rocs[] = {0, 0, 1, 1, 1, 1};
	static struct list l;

	list_init(&l, windows[_i]);
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(take(&l, seqs[i]), NEW);
		ck_assert_uint_eq(roc(&l), rocs[i]);
	}
	ck_assert_uint_eq(l.r.next, 65536 + 2 + 1);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(take(&l, seqs[i]), SEEN);
}
END_TEST

/* The widest window takes what the estimate can tell apart: up to half a turn back. */
START_TEST(late_by_sequence_number_over_the_wrap)
{
	static struct list l;
	uint64_t w = windows[_i];
	uint64_t h = 3 * 65536 + w / 2;

	list_init(&l, windows[_i]);
	expect_commit(&l, h, NEW);
	for (uint64_t d = w - 1; d > 0; d--) {
		ck_assert_uint_eq(sotto_replay_estimate(l.r.next, (uint16_t)(h - d)), h - d);
		if (take(&l, (uint16_t)(h - d)) != NEW)
			ck_abort_msg("window %u: %u back", windows[_i], (unsigned)d);
	}
	for (uint64_t d = 0; d < w; d++) {
		if (take(&l, (uint16_t)(h - d)) != SEEN)
			ck_abort_msg("window %u: %u back, again", windows[_i], (unsigned)d);
	}
}
END_TEST

START_TEST(st08_forged_far_index_changes_nothing)
{
	struct list l = narrow(0);
	uint16_t seq = 1000;

	ck_assert_int_eq(take(&l, seq), NEW);
	for (int turn = 0; turn < 70000; turn++) {
		/* s_l + 30,000 with a wrong tag: estimated and checked, never committed */
		uint64_t forged = sotto_replay_estimate(l.r.next, (uint16_t)(seq + 30000));

		expect_check(&l, forged, NEW);
		seq++;
		expect_commit(&l, sotto_replay_estimate(l.r.next, seq), NEW);
	}
	ck_assert_uint_eq(l.r.next, 1000 + 70000 + 1);
}
END_TEST

START_TEST(st11_the_last_index_is_accepted_once)
{
	static struct list l;
	uint64_t w = windows[_i];

	list_init(&l, windows[_i]);
	sotto_replay_start(&l.r, l.shape, SOTTO_INDEX_END - 2, false);
	expect_commit(&l, SOTTO_INDEX_END - 1, NEW);
	ck_assert_uint_eq(l.r.next, SOTTO_INDEX_END);
	expect_commit(&l, SOTTO_INDEX_END - 1, SEEN);
	expect_commit(&l, SOTTO_INDEX_END - 2, NEW);
	expect_check(&l, SOTTO_INDEX_END - w, NEW);
	expect_check(&l, SOTTO_INDEX_END - 1 - w, OLD);
	/* what comes next is no index any more, and the estimate says so */
	ck_assert_uint_ge(sotto_replay_estimate(l.r.next, 0), SOTTO_INDEX_END);
}
END_TEST

START_TEST(st11_the_last_srtcp_index_is_accepted_once)
{
	struct list l = narrow(SOTTO_RTCP_INDEX_END - 1);

	expect_commit(&l, SOTTO_RTCP_INDEX_END - 1, NEW);
	ck_assert_uint_eq(l.r.next, SOTTO_RTCP_INDEX_END);
	expect_commit(&l, SOTTO_RTCP_INDEX_END - 1, SEEN);
	expect_check(&l, SOTTO_RTCP_INDEX_END - 1 - N, OLD);
}
END_TEST

/* A jump over the whole index space leaves no bit of the old window behind. */
START_TEST(the_longest_jump_forgets_all)
{
	static struct list l;
	uint64_t w = windows[_i];

	list_init(&l, windows[_i]);
	for (uint64_t i = 0; i < list_bits(&l); i++)
		sotto_replay_commit(&l.r, l.shape, i);
	expect_commit(&l, SOTTO_INDEX_END - 1, NEW);
	for (uint64_t i = 1; i < w; i++)
		expect_check(&l, SOTTO_INDEX_END - 1 - i, NEW);
	expect_check(&l, w - 1, OLD);
}
END_TEST

static void add_windows(TCase *tc)
{
	tcase_add_loop_test(tc, rp01_index_zero_once, 0, COUNT(windows));
	tcase_add_loop_test(tc, rp01_index_zero_late, 0, COUNT(windows));
	tcase_add_loop_test(tc, rp03_edges_of_the_window, 0, COUNT(windows));
	tcase_add_loop_test(tc, rp03_edges_move_with_the_highest, 0, COUNT(windows));
	tcase_add_loop_test(tc, rp03_seen_behind_the_window_is_old, 0, COUNT(windows));
	tcase_add_loop_test(tc, rp03_far_behind_is_old, 0, COUNT(windows));
	tcase_add_loop_test(tc, rp05_eight_copies_of_one_packet_in_one_burst, 0, COUNT(windows));
	tcase_add_loop_test(tc, rp05_commit_checks_again_for_old, 0, COUNT(windows));
	tcase_add_loop_test(tc, jumps_over_the_edges, 0, COUNT(windows));
	tcase_add_loop_test(tc, a_full_window_backwards, 0, COUNT(windows));
	tcase_add_loop_test(tc, nothing_is_old_at_the_start_of_the_index_space, 0, COUNT(windows));
	tcase_add_loop_test(tc, st01_first_packet_near_wrap, 0, COUNT(windows));
	tcase_add_loop_test(tc, st03_reordered_wrap_raises_the_counter_once, 0, COUNT(windows));
	tcase_add_loop_test(tc, late_by_sequence_number_over_the_wrap, 0, COUNT(windows));
	tcase_add_loop_test(tc, st11_the_last_index_is_accepted_once, 0, COUNT(windows));
	tcase_add_loop_test(tc, the_longest_jump_forgets_all, 0, COUNT(windows));
}

int main(void)
{
	Suite *suite = suite_create("replay/window");
	TCase *tc = tcase_create("window");

	add_windows(tc);
	tcase_add_loop_test(tc, jumps_of_every_size, 0, COUNT(near));
	tcase_add_test(tc, st08_forged_far_index_changes_nothing);
	tcase_add_test(tc, st11_the_last_srtcp_index_is_accepted_once);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
