/* SPDX-License-Identifier: BSD-3-Clause */
/* Log-linear buckets: see histogram.h. */
#include "histogram.h"

#include <string.h>

#define PART_BITS 6 /* of GEN_HISTOGRAM_PARTS */
#define LARGEST ((1ull << GEN_HISTOGRAM_BITS) - 1)

/* Below 128 each value has its own bucket; above, its seven highest bits choose one. */
static unsigned bucket_of(uint64_t value)
{
	unsigned shift;

	if (value > LARGEST)
		value = LARGEST;
	if (value < 2 * GEN_HISTOGRAM_PARTS)
		return (unsigned)value;
	shift = 63 - PART_BITS - (unsigned)__builtin_clzll(value);
	return (shift << PART_BITS) + (unsigned)(value >> shift);
}

/* The largest value that falls into a bucket. */
static uint64_t end_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * GEN_HISTOGRAM_PARTS)
		return bucket;
	shift = (bucket >> PART_BITS) - 1;
	return ((uint64_t)(bucket - (shift << PART_BITS) + 1) << shift) - 1;
}

void gen_histogram_reset(struct gen_histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
}

void gen_histogram_add(struct gen_histogram *histogram, uint64_t value)
{
	if (histogram->count == 0 || value < histogram->least)
		histogram->least = value;
	if (value > histogram->most)
		histogram->most = value;
	histogram->count++;
	histogram->sum += value;
	histogram->bucket[bucket_of(value)]++;
}

void gen_histogram_merge(struct gen_histogram *histogram, const struct gen_histogram *more)
{
	if (more->count == 0)
		return;
	if (histogram->count == 0 || more->least < histogram->least)
		histogram->least = more->least;
	if (more->most > histogram->most)
		histogram->most = more->most;
	histogram->count += more->count;
	histogram->sum += more->sum;
	for (unsigned i = 0; i < GEN_HISTOGRAM_BUCKETS; i++)
		histogram->bucket[i] += more->bucket[i];
}

uint64_t gen_histogram_at(const struct gen_histogram *histogram, double share)
{
	double wanted = share * (double)histogram->count;
	uint64_t passed = 0;

	if (histogram->count == 0)
		return 0;
	for (unsigned i = 0; i < GEN_HISTOGRAM_BUCKETS; i++) {
		passed += histogram->bucket[i];
		if (passed != 0 && (double)passed >= wanted)
			return end_of(i) < histogram->most ? end_of(i) : histogram->most;
	}
	return histogram->most;
}
