/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counters of one worker: written by that worker alone, read by anyone at any time. A reader sees
 * each counter whole but not all of them at one instant.
 */
#ifndef SOTTO_STATS_STATS_H
#define SOTTO_STATS_STATS_H

#include "base/compiler.h"
#include "base/verdict.h"

#include <stdint.h>

/* All in packets unless a unit is named. */
struct sotto_stats {
	uint64_t received;                   /* taken from devices */
	uint64_t handed_over;                /* given to the owner's ring */
	uint64_t taken_over;                 /* got from other workers */
	uint64_t generated;                  /* sent on behalf of the control thread */
	uint64_t bursts;                     /* bursts that held at least one packet */
	uint64_t busy_cycles;                /* TSC cycles in loops that found work */
	uint64_t idle_cycles;                /* TSC cycles in loops that found none */
	uint64_t by_verdict[SOTTO_VERDICTS]; /* [SOTTO_OK] = sent */
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

/* Adds n to a counter. The owner of the counter only. */
static inline void sotto_stats_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* Reads a counter. Any thread. */
static inline uint64_t sotto_stats_get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* Adds all counters of from, read one by one, to *sum, which belongs to the caller. Any thread. */
void sotto_stats_sum(struct sotto_stats *sum, const struct sotto_stats *from);

/* The sum of all drops (neither OK nor PUNTED) in a private copy. */
uint64_t sotto_stats_drops(const struct sotto_stats *stats);

#endif
