/* SPDX-License-Identifier: BSD-3-Clause */
/* The histogram against sorted values: percentiles are never below the true one, and close to it.
 */
#include "unit.h"

#include "app/sotto-gen/histogram.h"
#include "app/sotto-gen/random.h"

#include <string.h>

#define VALUES 20000

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Values of every size up to 2^bits. */
static void draw(uint64_t *value, unsigned bits, uint64_t seed)
{
	for (unsigned i = 0; i < VALUES; i++)
		value[i] = gen_random(&seed) >> (64 - 1 - gen_random_below(&seed, bits));
}

/* The exact percentile: the smallest value that share of all do not exceed. */
static uint64_t exact(const uint64_t *sorted, double share)
{
	unsigned rank = 1;

	while ((double)rank < share * VALUES)
		rank++;
	return sorted[rank - 1];
}

START_TEST(percentiles_are_close_to_the_sorted_values)
{
	static const double share[] = {0.0001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
	static struct gen_histogram histogram;
	static uint64_t value[VALUES];

	for (uint64_t seed = 1; seed <= 5; seed++) {
		gen_histogram_reset(&histogram);
		draw(value, 40, seed);
		for (unsigned i = 0; i < VALUES; i++)
			gen_histogram_add(&histogram, value[i]);
		qsort(value, VALUES, sizeof(value[0]), by_size);
		for (unsigned i = 0; i < sizeof(share) / sizeof(share[0]); i++) {
			uint64_t truth = exact(value, share[i]);
			uint64_t found = gen_histogram_at(&histogram, share[i]);

			ck_assert_uint_ge(found, truth);
			ck_assert_uint_le(found, truth + truth / 64 + 1);
		}
		ck_assert_uint_eq(histogram.least, value[0]);
		ck_assert_uint_eq(gen_histogram_at(&histogram, 1), value[VALUES - 1]);
	}
}
END_TEST

START_TEST(small_values_are_exact)
{
	static struct gen_histogram histogram;

	for (uint64_t v = 0; v < 128; v++)
		gen_histogram_add(&histogram, v);
	for (uint64_t v = 0; v < 128; v++)
		ck_assert_uint_eq(gen_histogram_at(&histogram, (double)(v + 1) / 128), v);
}
END_TEST

START_TEST(empty_has_no_percentiles)
{
	static struct gen_histogram histogram;

	ck_assert_uint_eq(gen_histogram_at(&histogram, 0.5), 0);
	ck_assert_uint_eq(gen_histogram_at(&histogram, 1), 0);
}
END_TEST

START_TEST(a_value_beyond_the_last_bucket_is_kept_as_the_largest)
{
	static struct gen_histogram histogram;

	gen_histogram_add(&histogram, UINT64_MAX);
	gen_histogram_add(&histogram, 5);
	ck_assert_uint_eq(histogram.count, 2);
	ck_assert_uint_eq(gen_histogram_at(&histogram, 0.5), 5);
	ck_assert_uint_ge(gen_histogram_at(&histogram, 1), (1ull << GEN_HISTOGRAM_BITS) - 1);
}
END_TEST

START_TEST(merged_is_as_if_one_had_seen_all)
{
	static struct gen_histogram one, two, all;
	static uint64_t value[VALUES];

	draw(value, 30, 9);
	for (unsigned i = 0; i < VALUES; i++) {
		gen_histogram_add(i % 3 == 0 ? &one : &two, value[i]);
		gen_histogram_add(&all, value[i]);
	}
	gen_histogram_merge(&one, &two);
	ck_assert_mem_eq(&one, &all, sizeof(all));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gen_histogram");
	TCase *tcase = tcase_create("histogram");

	tcase_add_test(tcase, percentiles_are_close_to_the_sorted_values);
	tcase_add_test(tcase, small_values_are_exact);
	tcase_add_test(tcase, empty_has_no_percentiles);
	tcase_add_test(tcase, a_value_beyond_the_last_bucket_is_kept_as_the_largest);
	tcase_add_test(tcase, merged_is_as_if_one_had_seen_all);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
