/* SPDX-License-Identifier: BSD-3-Clause */
/* Medians and quartiles; see samples.h. */
#include "samples.h"

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
