/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How every benchmark samples: those who are compared take turns within each round, in another
 * order each time. What comes out are medians and quartiles, and ratios of the same round.
 */
#ifndef SOTTO_PERF_SAMPLES_H
#define SOTTO_PERF_SAMPLES_H

#include <stdbool.h>

#define SAMPLES_MAX 101

struct samples {
	double value[SAMPLES_MAX]; /* in the order of the rounds */
	unsigned n;
};

struct spread {
	double min, lower, median, upper, max; /* lower and upper: quartiles */
};

void samples_add(struct samples *samples, double value);

/* n is at least 1. */
struct spread samples_spread(const struct samples *samples);

/*
 * The spread of a's values divided by b's of the same round: both of a pair were taken within a
 * moment, so a slow change of the clock rate drops out.
 */
struct spread samples_ratio(const struct samples *a, const struct samples *b);

#define TURNS_MAX 192

/* One of those who take turns, and what was measured of it. */
struct turn {
	/*
	 * One measurement, such as ns a packet. look: of the first and the last round; what was
	 * worked on is to be checked after the clock has stopped.
	 */
	double (*measure)(void *arg, bool look);
	void *arg;
	struct samples samples;
};

/*
 * Has everybody take so many turns, at most SAMPLES_MAX; next_round, which may be NULL, prepares
 * each round. One round more goes ahead and is not counted.
 */
void samples_take_turns(struct turn *turns, unsigned count, unsigned rounds,
	void (*next_round)(void *arg), void *arg);

#endif
