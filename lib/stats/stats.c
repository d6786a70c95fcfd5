/* SPDX-License-Identifier: BSD-3-Clause */
/* Summing the counters of several workers. */
#include "stats/stats.h"

#define COUNTERS (sizeof(struct sotto_stats) / sizeof(uint64_t))

void sotto_stats_sum(struct sotto_stats *sum, const struct sotto_stats *from)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *counter = (const uint64_t *)from;

	for (size_t i = 0; i < COUNTERS; i++)
		to[i] += sotto_stats_get(&counter[i]);
}

uint64_t sotto_stats_drops(const struct sotto_stats *stats)
{
	uint64_t drops = 0;

	for (unsigned v = SOTTO_PUNTED + 1; v < SOTTO_VERDICTS; v++)
		drops += stats->by_verdict[v];
	return drops;
}
