/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A histogram of durations in log-linear buckets: every power of two is cut into 64 parts, so a
 * percentile is at most 1.6 % above the true one, whatever its size, and recording is a few cycles.
 */
#ifndef SOTTO_GEN_HISTOGRAM_H
#define SOTTO_GEN_HISTOGRAM_H

#include <stdint.h>

#define GEN_HISTOGRAM_PARTS 64
#define GEN_HISTOGRAM_BITS                                                                         \
	42 /* larger values count as the largest: 20 minutes of a 3 GHz clock                      \
	    */
#define GEN_HISTOGRAM_BUCKETS (GEN_HISTOGRAM_PARTS * (GEN_HISTOGRAM_BITS - 5))

/* All zero is empty. In any unit; the writer's thread alone. */
struct gen_histogram {
	uint64_t count;
	uint64_t sum;
	uint64_t least; /* valid when count is not 0 */
	uint64_t most;
	uint64_t bucket[GEN_HISTOGRAM_BUCKETS];
};

void gen_histogram_reset(struct gen_histogram *histogram);

void gen_histogram_add(struct gen_histogram *histogram, uint64_t value);

/* Adds what another one holds, of another thread that has stopped writing. */
void gen_histogram_merge(struct gen_histogram *histogram, const struct gen_histogram *more);

/*
 * The value that share (0 to 1) of all values do not exceed: the upper end of its bucket, and the
 * exact largest value for 1. 0 when there are none.
 */
uint64_t gen_histogram_at(const struct gen_histogram *histogram, double share);

#endif
