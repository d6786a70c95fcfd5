/* SPDX-License-Identifier: BSD-3-Clause */
/* Medians and quartiles of few measurements. */
#ifndef SOTTO_PERF_SAMPLES_H
#define SOTTO_PERF_SAMPLES_H

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

#endif
