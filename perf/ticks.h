/* SPDX-License-Identifier: BSD-3-Clause */
/* How long packets took, in ticks of the time-stamp counter, and the percentiles of that. */
#ifndef SOTTO_PERF_TICKS_H
#define SOTTO_PERF_TICKS_H

#include "report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TICKS_OF_ROUND 3 /* percentiles that a round has packets enough for: 50, 90, 99 */

struct ticks {
	uint64_t *value;
	size_t count, room;
	size_t round; /* where the round begins */
	struct samples of_round[TICKS_OF_ROUND];
};

/* False when memory is short. */
bool ticks_open(struct ticks *ticks, size_t room);
void ticks_close(struct ticks *ticks);

/* There is room for what open was told. */
static inline void ticks_add(struct ticks *ticks, uint64_t value)
{
	ticks->value[ticks->count++] = value;
}

/* A round is over: its percentiles become samples. */
void ticks_end_round(struct ticks *ticks);

/* Forgets all: what went before was to warm up. */
void ticks_forget(struct ticks *ticks);

/*
 * Rows like the one given, in microseconds, with a parameter "percentile" more: 50, 90, 99 with the
 * quartiles of the rounds; 99.9 and max of the packets of all rounds. Sorts the values.
 */
void ticks_report(struct ticks *ticks, struct report *report, const struct report_row *row);

#endif
