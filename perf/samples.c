/* SPDX-License-Identifier: BSD-3-Clause */
/* Turns, medians and quartiles; see samples.h. */
#include "samples.h"

#include "tests/oracle/random.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double value)
{
	assert(samples->n < SAMPLES_MAX);
	samples->value[samples->n++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value at a part of the sorted list, between two where it falls between. */
static double at(const double *sorted, unsigned n, double part)
{
	double place = part * (n - 1);
	unsigned low = (unsigned)place;
	unsigned high = low + 1 < n ? low + 1 : low;

	return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

struct spread samples_spread(const struct samples *samples)
{
	double sorted[SAMPLES_MAX];
	unsigned n = samples->n;

	assert(n > 0);
	memcpy(sorted, samples->value, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), compare);
	return (struct spread){sorted[0], at(sorted, n, 0.25), at(sorted, n, 0.5),
		at(sorted, n, 0.75), sorted[n - 1]};
}

struct spread samples_ratio(const struct samples *a, const struct samples *b)
{
	struct samples ratios = {.n = 0};

	assert(a->n == b->n);
	for (unsigned i = 0; i < a->n; i++)
		samples_add(&ratios, a->value[i] / b->value[i]);
	return samples_spread(&ratios);
}

/* Another order in every round, so that nobody always follows the same. */
static void shuffle(unsigned *order, unsigned n, struct random *random)
{
	for (unsigned i = n - 1; i > 0; i--) {
		unsigned k = random_below(random, i + 1), other = order[k];

		order[k] = order[i];
		order[i] = other;
	}
}

void samples_take_turns(struct turn *turns, unsigned count, unsigned rounds,
	void (*next_round)(void *arg), void *arg)
{
	struct random random = {1};
	unsigned order[TURNS_MAX];

	assert(count > 0 && count <= TURNS_MAX);
	for (unsigned i = 0; i < count; i++)
		order[i] = i;
	for (unsigned round = 0; round <= rounds; round++) {
		if (next_round)
			next_round(arg);
		shuffle(order, count, &random);
		for (unsigned i = 0; i < count; i++) {
			struct turn *turn = &turns[order[i]];
			double value = turn->measure(turn->arg, round == 0 || round == rounds);

			if (round > 0)
				samples_add(&turn->samples, value);
		}
	}
}
