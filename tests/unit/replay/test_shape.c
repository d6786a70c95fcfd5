/* SPDX-License-Identifier: BSD-3-Clause */
/* The shapes of replay lists, the memory that they need, and lists that start somewhere. */
#include "list.h"

START_TEST(limits_of_the_window)
{
	/* RFC 3711, 3.3.2: at least 64 */
	ck_assert_uint_eq(sotto_replay_shape(0).window, 64);
	ck_assert_uint_eq(sotto_replay_shape(1).window, 64);
	ck_assert_uint_eq(sotto_replay_shape(63).window, 64);
	ck_assert_uint_eq(sotto_replay_shape(32769).window, 32768);
	ck_assert_uint_eq(sotto_replay_shape(65536).window, 32768);
	ck_assert_uint_eq(sotto_replay_shape(65536 + 100).window, 32768);
	ck_assert_uint_eq(sotto_replay_shape(UINT32_MAX).window, 32768);
}
END_TEST

/* The window asked for is the window there is; its bits fit, and half of them would not. */
START_TEST(every_window_has_a_shape)
{
	for (uint32_t window = 64; window <= 32768; window++) {
		struct sotto_replay_shape shape = sotto_replay_shape(window);
		uint32_t words = shape.word_mask + 1u;

		if (shape.window != window || (words & (words - 1)) != 0 || words < 2 ||
			64 * words < window || (words > 2 && 32 * words >= window))
			ck_abort_msg(
				"window %u: shape {%u, %u}", window, shape.window, shape.word_mask);
		if (sotto_replay_words(shape) != (window > 128 ? words : 0))
			ck_abort_msg("window %u: %zu words", window, sotto_replay_words(shape));
	}
}
END_TEST

START_TEST(memory_of_some_windows)
{
	ck_assert_uint_eq(sotto_replay_words(sotto_replay_shape(64)), 0);
	ck_assert_uint_eq(sotto_replay_words(sotto_replay_shape(128)), 0);
	ck_assert_uint_eq(sotto_replay_words(sotto_replay_shape(129)), 4);
	ck_assert_uint_eq(sotto_replay_words(sotto_replay_shape(256)), 4);
	ck_assert_uint_eq(sotto_replay_words(sotto_replay_shape(257)), 8);
	ck_assert_uint_eq(sotto_replay_words(sotto_replay_shape(1024)), 16);
	ck_assert_uint_eq(sotto_replay_words(sotto_replay_shape(32768)), 512);
}
END_TEST

START_TEST(the_narrow_shape_is_that_of_128)
{
	ck_assert_uint_eq(sotto_replay_narrow().window, 128);
	ck_assert_uint_eq(sotto_replay_narrow().word_mask, sotto_replay_shape(128).word_mask);
}
END_TEST

/* Memory that held something else must not show. */
static void start(struct list *l, uint32_t window, uint64_t next, bool seen_before)
{
	list_init(l, window);
	memset(l->words, 0x69, sizeof(l->words));
	if (l->wide_bytes == 0)
		memset(l->r.seen, 0x69, sizeof(l->r.seen));
	sotto_replay_start(&l->r, l->shape, next, seen_before);
	ck_assert_uint_eq(l->r.next, next);
	if (l->wide_bytes > 0)
		ck_assert_ptr_eq(l->r.wide, l->words);
}

static const uint64_t nexts[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 65535, 65536, 65537,
	(1ull << 31) - 1, 1ull << 32, SOTTO_INDEX_END - 1, SOTTO_INDEX_END};

/* How many indices there are before next, as far as the window goes. */
static uint64_t depth(const struct list *l, uint64_t next)
{
	return next < l->shape.window ? next : l->shape.window;
}

START_TEST(started_with_all_seen_before)
{
	static struct list l;

	for (int i = 0; i < COUNT(nexts); i++) {
		start(&l, windows[_i], nexts[i], true);
		for (uint64_t d = 1; d <= depth(&l, nexts[i]); d++)
			expect_commit(&l, nexts[i] - d, SEEN);
		if (nexts[i] > l.shape.window)
			expect_commit(&l, nexts[i] - l.shape.window - 1, OLD);
		expect_commit(&l, nexts[i], NEW);
		expect_commit(&l, nexts[i], SEEN);
	}
}
END_TEST

START_TEST(started_with_none_seen_before)
{
	static struct list l;

	for (int i = 0; i < COUNT(nexts); i++) {
		start(&l, windows[_i], nexts[i], false);
		if (nexts[i] > l.shape.window)
			expect_commit(&l, nexts[i] - l.shape.window - 1, OLD);
		for (uint64_t d = 1; d <= depth(&l, nexts[i]); d++)
			expect_commit(&l, nexts[i] - d, NEW);
		for (uint64_t d = 1; d <= depth(&l, nexts[i]); d++)
			expect_commit(&l, nexts[i] - d, SEEN);
		expect_commit(&l, nexts[i], NEW);
		expect_commit(&l, nexts[i], SEEN);
	}
}
END_TEST

/* The first packets after a start are lost: what was skipped is new, what was before is not. */
START_TEST(a_gap_after_the_start_is_new)
{
	static struct list l;
	uint64_t next = 5 * 65536 + 77;

	for (uint64_t gap = 1; gap < 64; gap++) {
		start(&l, windows[_i], next, true);
		expect_commit(&l, next + gap, NEW);
		for (uint64_t d = 1; d <= gap; d++)
			expect_check(&l, next + gap - d, NEW);
		for (uint64_t d = gap + 1; d < l.shape.window; d++)
			expect_check(&l, next + gap - d, SEEN);
		expect_check(&l, next + gap - l.shape.window, OLD);
	}
}
END_TEST

/* A start decides what the next sequence number is taken for. */
START_TEST(estimates_after_a_start)
{
	static struct list l;

	start(&l, windows[_i], 3ull * 65536 + 100, false);
	ck_assert_uint_eq(sotto_replay_estimate(l.r.next, 100), 3ull * 65536 + 100);
	ck_assert_uint_eq(sotto_replay_estimate(l.r.next, 65535), 2ull * 65536 + 65535);
	start(&l, windows[_i], 0, true);
	ck_assert_uint_eq(sotto_replay_estimate(l.r.next, 65535), 65535);
	expect_commit(&l, 65535, NEW);
	expect_check(&l, 65534, NEW);
}
END_TEST

/* Started anew, a list that was full of other indices knows nothing of them. */
START_TEST(a_used_list_starts_anew)
{
	static struct list l;

	list_init(&l, windows[_i]);
	for (uint64_t i = 0; i < 300; i++)
		expect_commit(&l, i, NEW);
	sotto_replay_start(&l.r, l.shape, 0, false);
	for (uint64_t i = 0; i < 300; i += 3)
		expect_commit(&l, i, NEW);
	sotto_replay_start(&l.r, l.shape, 300, false);
	expect_check(&l, 299, NEW);
	expect_check(&l, 297, NEW);
}
END_TEST

/* A copy knows what its original knew, as far as both look back. */
START_TEST(a_copy_knows_the_same)
{
	static struct list from, to;

	list_init(&from, windows[_i]);
	for (int other = 0; other < COUNT(windows); other++) {
		uint64_t next = from.r.next;

		list_init(&to, windows[other]);
		for (uint64_t i = next; i < next + 5000; i += 1 + i % 3)
			sotto_replay_commit(&from.r, from.shape, i);
		sotto_replay_copy(&to.r, to.shape, &from.r, from.shape);
		ck_assert_uint_eq(to.r.next, from.r.next);
		for (uint64_t back = 1; back <= to.shape.window && back <= to.r.next; back++) {
			uint64_t index = to.r.next - back;
			bool seen = sotto_replay_check(&from.r, from.shape, index) == SEEN;

			expect_check(&to, index, seen ? SEEN : NEW);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay/shape");
	TCase *tc = tcase_create("shape");

	tcase_add_test(tc, limits_of_the_window);
	tcase_add_test(tc, every_window_has_a_shape);
	tcase_add_test(tc, memory_of_some_windows);
	tcase_add_test(tc, the_narrow_shape_is_that_of_128);
	tcase_add_loop_test(tc, started_with_all_seen_before, 0, COUNT(windows));
	tcase_add_loop_test(tc, started_with_none_seen_before, 0, COUNT(windows));
	tcase_add_loop_test(tc, a_gap_after_the_start_is_new, 0, COUNT(windows));
	tcase_add_loop_test(tc, estimates_after_a_start, 0, COUNT(windows));
	tcase_add_loop_test(tc, a_used_list_starts_anew, 0, COUNT(windows));
	tcase_add_loop_test(tc, a_copy_knows_the_same, 0, COUNT(windows));
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
