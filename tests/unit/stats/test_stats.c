/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters: adding, summing over workers, and which verdicts are drops. */
#include "unit.h"

#include "stats/stats.h"

#include <string.h>

/* A different number in each counter, so that a forgotten one shows. */
static void fill(struct sotto_stats *stats, uint64_t base)
{
	memset(stats, 0, sizeof(*stats));
	stats->received = base + 1;
	stats->handed_over = base + 2;
	stats->taken_over = base + 3;
	stats->generated = base + 4;
	stats->bursts = base + 5;
	stats->busy_cycles = base + 6;
	stats->idle_cycles = base + 7;
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++)
		stats->by_verdict[v] = base + 100 + v;
}

START_TEST(add_counts)
{
	uint64_t counter = 0;

	sotto_stats_add(&counter, 0);
	ck_assert_uint_eq(sotto_stats_get(&counter), 0);
	sotto_stats_add(&counter, 64);
	sotto_stats_add(&counter, 1);
	ck_assert_uint_eq(sotto_stats_get(&counter), 65);
}
END_TEST

START_TEST(sum_of_one_is_that_one)
{
	struct sotto_stats sum = {0}, one;

	fill(&one, 1000);
	sotto_stats_sum(&sum, &one);
	ck_assert_mem_eq(&sum, &one, sizeof(sum));
}
END_TEST

START_TEST(sum_adds_every_counter)
{
	struct sotto_stats sum = {0}, one, two;

	fill(&one, 1ull << 40);
	fill(&two, 5);
	sotto_stats_sum(&sum, &one);
	sotto_stats_sum(&sum, &two);
	ck_assert_uint_eq(sum.received, one.received + two.received);
	ck_assert_uint_eq(sum.handed_over, one.handed_over + two.handed_over);
	ck_assert_uint_eq(sum.taken_over, one.taken_over + two.taken_over);
	ck_assert_uint_eq(sum.generated, one.generated + two.generated);
	ck_assert_uint_eq(sum.bursts, one.bursts + two.bursts);
	ck_assert_uint_eq(sum.busy_cycles, one.busy_cycles + two.busy_cycles);
	ck_assert_uint_eq(sum.idle_cycles, one.idle_cycles + two.idle_cycles);
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++)
		ck_assert_uint_eq(sum.by_verdict[v], one.by_verdict[v] + two.by_verdict[v]);
}
END_TEST

START_TEST(sum_leaves_its_source_alone)
{
	struct sotto_stats sum = {0}, one, before;

	fill(&one, 9);
	before = one;
	sotto_stats_sum(&sum, &one);
	ck_assert_mem_eq(&one, &before, sizeof(one));
}
END_TEST

START_TEST(ok_and_punted_are_no_drops)
{
	struct sotto_stats stats = {0};

	stats.by_verdict[SOTTO_OK] = 1000;
	stats.by_verdict[SOTTO_PUNTED] = 500;
	stats.received = 1500;
	ck_assert_uint_eq(sotto_stats_drops(&stats), 0);
}
END_TEST

START_TEST(every_other_verdict_is_a_drop)
{
	for (unsigned v = SOTTO_PUNTED + 1; v < SOTTO_VERDICTS; v++) {
		struct sotto_stats stats = {0};

		stats.by_verdict[v] = 3;
		ck_assert_msg(sotto_stats_drops(&stats) == 3, "%s", sotto_base_verdict_name(v));
	}
}
END_TEST

/* Conservation: packets in = packets out + punted + the sum of the drops. */
START_TEST(verdicts_add_up)
{
	struct sotto_stats stats;
	uint64_t all = 0;

	fill(&stats, 7);
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++)
		all += stats.by_verdict[v];
	ck_assert_uint_eq(all, stats.by_verdict[SOTTO_OK] + stats.by_verdict[SOTTO_PUNTED] +
				       sotto_stats_drops(&stats));
}
END_TEST

/* Two workers' counters never share a cache line. */
START_TEST(workers_have_lines_of_their_own)
{
	ck_assert_uint_eq(sizeof(struct sotto_stats) % SOTTO_CACHE_LINE, 0);
	ck_assert_uint_eq(_Alignof(struct sotto_stats), SOTTO_CACHE_LINE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tc = tcase_create("stats");

	tcase_add_test(tc, add_counts);
	tcase_add_test(tc, sum_of_one_is_that_one);
	tcase_add_test(tc, sum_adds_every_counter);
	tcase_add_test(tc, sum_leaves_its_source_alone);
	tcase_add_test(tc, ok_and_punted_are_no_drops);
	tcase_add_test(tc, every_other_verdict_is_a_drop);
	tcase_add_test(tc, verdicts_add_up);
	tcase_add_test(tc, workers_have_lines_of_their_own);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
