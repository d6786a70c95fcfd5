/* SPDX-License-Identifier: BSD-3-Clause */
/* Percentiles of waits; see ticks.h. */
#include "ticks.h"

#include <rte_cycles.h>

#include <stdlib.h>

static const unsigned of_round[TICKS_OF_ROUND] = {50, 90, 99};

bool ticks_open(struct ticks *ticks, size_t room)
{
	*ticks = (struct ticks){.room = room};
	ticks->value = malloc(room * sizeof(ticks->value[0]));
	return ticks->value != NULL;
}

void ticks_close(struct ticks *ticks)
{
	free(ticks->value);
}

static int order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest value that so many of a thousand do not exceed, in microseconds. */
static double per_mille(const uint64_t *sorted, size_t count, unsigned mille)
{
	size_t rank = (count * mille + 999) / 1000;

	return (double)sorted[rank - 1] * 1e6 / (double)rte_get_tsc_hz();
}

void ticks_end_round(struct ticks *ticks)
{
	uint64_t *first = ticks->value + ticks->round;
	size_t count = ticks->count - ticks->round;

	ticks->round = ticks->count;
	if (count == 0)
		return;
	qsort(first, count, sizeof(*first), order);
	for (unsigned i = 0; i < TICKS_OF_ROUND; i++)
		samples_add(&ticks->of_round[i], per_mille(first, count, 10 * of_round[i]));
}

void ticks_forget(struct ticks *ticks)
{
	ticks->count = 0;
	ticks->round = 0;
	for (unsigned i = 0; i < TICKS_OF_ROUND; i++)
		ticks->of_round[i].n = 0;
}

static void report_one(struct report *report, const struct report_row *like,
	const struct report_param *percentile, const struct samples *samples, double value)
{
	struct report_row row = *like;
	unsigned i = 0;

	while (row.param[i].name)
		i++;
	row.param[i] = *percentile;
	row.unit = "us";
	row.samples = samples;
	row.value = value;
	report_row(report, &row);
}

void ticks_report(struct ticks *ticks, struct report *report, const struct report_row *row)
{
	struct report_param percentile = {.name = "percentile"};

	if (ticks->count == 0)
		return;
	for (unsigned i = 0; i < TICKS_OF_ROUND; i++) {
		percentile.number = of_round[i];
		report_one(report, row, &percentile, &ticks->of_round[i], 0);
	}
	qsort(ticks->value, ticks->count, sizeof(ticks->value[0]), order);
	percentile.text = "99.9";
	report_one(report, row, &percentile, NULL, per_mille(ticks->value, ticks->count, 999));
	percentile.text = "max";
	report_one(report, row, &percentile, NULL, per_mille(ticks->value, ticks->count, 1000));
}
