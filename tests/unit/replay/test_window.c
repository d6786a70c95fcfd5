/* SPDX-License-Identifier: BSD-3-Clause */
/* The replay list (RFC 3711, 3.3.2): what is new, what was seen, what is too old. */
#include "unit.h"

#include "replay/replay.h"

#include <string.h>

#define W SOTTO_REPLAY_WINDOW

#define NEW SOTTO_REPLAY_NEW
#define SEEN SOTTO_REPLAY_SEEN
#define OLD SOTTO_REPLAY_OLD

/* The check of a packet that is not authentic: nothing may follow from it. */
static enum sotto_replay_answer check_only(struct sotto_replay *r, uint64_t index)
{
	struct sotto_replay before = *r;
	enum sotto_replay_answer answer = sotto_replay_check(r, index);

	ck_assert_mem_eq(r, &before, sizeof(before));
	return answer;
}

/* A commit that must agree with the check before it, and change nothing unless NEW. */
static enum sotto_replay_answer commit(struct sotto_replay *r, uint64_t index)
{
	enum sotto_replay_answer expected = check_only(r, index);
	struct sotto_replay before = *r;

	ck_assert_int_eq(sotto_replay_commit(r, index), expected);
	if (expected != NEW)
		ck_assert_mem_eq(r, &before, sizeof(before));
	return expected;
}

static uint64_t roc(const struct sotto_replay *r)
{
	return (r->next - 1) >> 16;
}

/* Estimates, checks and commits, as a stream does. */
static enum sotto_replay_answer take(struct sotto_replay *r, uint16_t seq)
{
	return commit(r, sotto_replay_estimate(r->next, seq));
}

START_TEST(rp01_index_zero_once)
{
	struct sotto_replay r = {0};

	ck_assert_int_eq(commit(&r, 0), NEW);
	ck_assert_uint_eq(r.next, 1);
	ck_assert_int_eq(commit(&r, 0), SEEN);
}
END_TEST

START_TEST(rp01_index_zero_late)
{
	struct sotto_replay r = {0};

	ck_assert_int_eq(commit(&r, W - 1), NEW);
	ck_assert_int_eq(commit(&r, 0), NEW);
	ck_assert_int_eq(commit(&r, 0), SEEN);
	ck_assert_int_eq(commit(&r, W), NEW);
	ck_assert_int_eq(commit(&r, 0), OLD);
}
END_TEST

START_TEST(rp03_edges_of_the_window)
{
	for (uint64_t h = W + 1; h < 5 * W; h++) {
		struct sotto_replay r = {0};

		ck_assert_int_eq(commit(&r, h), NEW);
		ck_assert_int_eq(check_only(&r, h - W - 1), OLD);
		ck_assert_int_eq(check_only(&r, h - W), OLD);
		ck_assert_int_eq(commit(&r, h - W), OLD);
		ck_assert_int_eq(commit(&r, h - (W - 1)), NEW);
		ck_assert_int_eq(commit(&r, h - (W - 1)), SEEN);
		ck_assert_uint_eq(r.next, h + 1);
	}
}
END_TEST

START_TEST(rp03_edges_move_with_the_highest)
{
	struct sotto_replay r = {0};

	ck_assert_int_eq(commit(&r, 1000), NEW);
	ck_assert_int_eq(check_only(&r, 1000 - (W - 1)), NEW);
	ck_assert_int_eq(commit(&r, 1001), NEW);
	ck_assert_int_eq(check_only(&r, 1000 - (W - 1)), OLD);
	ck_assert_int_eq(commit(&r, 1001 - (W - 1)), NEW);
}
END_TEST

/* RFC 3711, 3.3.2: at least 64. The header says 128. */
START_TEST(rp03_window_is_what_the_header_says)
{
	ck_assert_uint_eq(W, 128);
	ck_assert_uint_eq(sizeof(((struct sotto_replay *)0)->seen) * 8, W);
}
END_TEST

START_TEST(rp05_eight_copies_of_one_packet_in_one_burst)
{
	static const uint64_t indices[] = {0, 1, 63, 64, 127, 128, 65535, 65536, 1ull << 47};

	for (size_t i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		struct sotto_replay r = {0};
		unsigned forwarded = 0, replays = 0;

		/* all eight are checked before the first is authentic, as in a burst */
		for (int copy = 0; copy < 8; copy++)
			ck_assert_int_eq(check_only(&r, indices[i]), NEW);
		for (int copy = 0; copy < 8; copy++) {
			enum sotto_replay_answer answer = sotto_replay_commit(&r, indices[i]);

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
	struct sotto_replay r = {0};

	ck_assert_int_eq(commit(&r, 500), NEW);
	ck_assert_int_eq(check_only(&r, 500 - W + 1), NEW);
	ck_assert_int_eq(check_only(&r, 900), NEW);
	ck_assert_int_eq(sotto_replay_commit(&r, 900), NEW);
	ck_assert_int_eq(sotto_replay_commit(&r, 500 - W + 1), OLD);
}
END_TEST

START_TEST(st01_first_packet_near_wrap)
{
	static const uint16_t seqs[] = {65534, 65535, 0, 1};
	static const uint64_t indices[] = {65534, 65535, 65536, 65537};
	struct sotto_replay r = {0};

	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(sotto_replay_estimate(r.next, seqs[i]), indices[i]);
		ck_assert_int_eq(take(&r, seqs[i]), NEW);
		ck_assert_uint_eq(roc(&r), indices[i] >> 16);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(take(&r, seqs[i]), SEEN);
}
END_TEST

START_TEST(st03_reordered_wrap_raises_the_counter_once)
{
	static const uint16_t seqs[] = {65533, 65535, 0, 1, 65534, 2};
	static const uint64_t rocs[] = {0, 0, 1, 1, 1, 1};
	struct sotto_replay r = {0};

	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(take(&r, seqs[i]), NEW);
		ck_assert_uint_eq(roc(&r), rocs[i]);
	}
	ck_assert_uint_eq(r.next, 65536 + 2 + 1);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(take(&r, seqs[i]), SEEN);
}
END_TEST

START_TEST(st08_forged_far_index_changes_nothing)
{
	struct sotto_replay r = {0};
	uint16_t seq = 1000;

	ck_assert_int_eq(take(&r, seq), NEW);
	for (int turn = 0; turn < 70000; turn++) {
		/* s_l + 30,000 with a wrong tag: estimated and checked, never committed */
		uint64_t forged = sotto_replay_estimate(r.next, (uint16_t)(seq + 30000));

		ck_assert_int_eq(sotto_replay_check(&r, forged), NEW);
		seq++;
		ck_assert_int_eq(sotto_replay_commit(&r, sotto_replay_estimate(r.next, seq)), NEW);
	}
	ck_assert_uint_eq(r.next, 1000 + 70000 + 1);
}
END_TEST

/* Jumps of every size up to three windows: what was seen stays seen, what was skipped is new. */
START_TEST(jumps_of_every_size)
{
	for (uint64_t jump = 1; jump <= 3 * W; jump++) {
		struct sotto_replay r = {0};
		uint64_t h = 1000 + 2 * (W - 1) + jump;

		for (uint64_t i = 1000; i < 1000 + 2 * W; i += 2)
			ck_assert_int_eq(commit(&r, i), NEW);
		ck_assert_int_eq(commit(&r, h), NEW);
		for (uint64_t i = h - W + 1; i < h; i++) {
			bool seen = i >= 1000 && i <= 1000 + 2 * (W - 1) && i % 2 == 0;

			ck_assert_int_eq(check_only(&r, i), seen ? SEEN : NEW);
		}
		ck_assert_int_eq(check_only(&r, h), SEEN);
		ck_assert_int_eq(check_only(&r, h - W), OLD);
	}
}
END_TEST

START_TEST(a_full_window_backwards)
{
	struct sotto_replay r = {0};

	ck_assert_int_eq(commit(&r, 70000), NEW);
	for (uint64_t i = 1; i < W; i++)
		ck_assert_int_eq(commit(&r, 70000 - i), NEW);
	for (uint64_t i = 0; i < W; i++)
		ck_assert_int_eq(commit(&r, 70000 - i), SEEN);
	ck_assert_int_eq(commit(&r, 70000 - W), OLD);
}
END_TEST

/* While fewer than W indices exist, nothing is too old. */
START_TEST(nothing_is_old_at_the_start_of_the_index_space)
{
	for (uint64_t h = 0; h < W; h++) {
		struct sotto_replay r = {0};

		ck_assert_int_eq(commit(&r, h), NEW);
		for (uint64_t i = 0; i < h; i++)
			ck_assert_int_eq(check_only(&r, i), NEW);
	}
}
END_TEST

START_TEST(st11_the_last_index_is_accepted_once)
{
	struct sotto_replay r = {.next = SOTTO_INDEX_END - 2};

	ck_assert_int_eq(commit(&r, SOTTO_INDEX_END - 1), NEW);
	ck_assert_uint_eq(r.next, SOTTO_INDEX_END);
	ck_assert_int_eq(commit(&r, SOTTO_INDEX_END - 1), SEEN);
	ck_assert_int_eq(commit(&r, SOTTO_INDEX_END - 2), NEW);
	ck_assert_int_eq(check_only(&r, SOTTO_INDEX_END - 1 - W), OLD);
	/* what comes next is no index any more, and the estimate says so */
	ck_assert_uint_ge(sotto_replay_estimate(r.next, 0), SOTTO_INDEX_END);
}
END_TEST

START_TEST(st11_the_last_srtcp_index_is_accepted_once)
{
	struct sotto_replay r = {.next = SOTTO_RTCP_INDEX_END - 1};

	ck_assert_int_eq(commit(&r, SOTTO_RTCP_INDEX_END - 1), NEW);
	ck_assert_uint_eq(r.next, SOTTO_RTCP_INDEX_END);
	ck_assert_int_eq(commit(&r, SOTTO_RTCP_INDEX_END - 1), SEEN);
	ck_assert_int_eq(check_only(&r, SOTTO_RTCP_INDEX_END - 1 - W), OLD);
}
END_TEST

/* A jump over the whole index space leaves no bit of the old window behind. */
START_TEST(the_longest_jump_forgets_all)
{
	struct sotto_replay r = {0};

	for (uint64_t i = 0; i < W; i++)
		ck_assert_int_eq(commit(&r, i), NEW);
	ck_assert_int_eq(commit(&r, SOTTO_INDEX_END - 1), NEW);
	for (uint64_t i = 1; i < W; i++)
		ck_assert_int_eq(check_only(&r, SOTTO_INDEX_END - 1 - i), NEW);
	ck_assert_int_eq(check_only(&r, W - 1), OLD);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay/window");
	TCase *tc = tcase_create("window");

	tcase_add_test(tc, rp01_index_zero_once);
	tcase_add_test(tc, rp01_index_zero_late);
	tcase_add_test(tc, rp03_edges_of_the_window);
	tcase_add_test(tc, rp03_edges_move_with_the_highest);
	tcase_add_test(tc, rp03_window_is_what_the_header_says);
	tcase_add_test(tc, rp05_eight_copies_of_one_packet_in_one_burst);
	tcase_add_test(tc, rp05_commit_checks_again_for_old);
	tcase_add_test(tc, st01_first_packet_near_wrap);
	tcase_add_test(tc, st03_reordered_wrap_raises_the_counter_once);
	tcase_add_test(tc, st08_forged_far_index_changes_nothing);
	tcase_add_test(tc, jumps_of_every_size);
	tcase_add_test(tc, a_full_window_backwards);
	tcase_add_test(tc, nothing_is_old_at_the_start_of_the_index_space);
	tcase_add_test(tc, st11_the_last_index_is_accepted_once);
	tcase_add_test(tc, st11_the_last_srtcp_index_is_accepted_once);
	tcase_add_test(tc, the_longest_jump_forgets_all);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
