/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of bench_pipeline and bench_stages. */
#ifndef SOTTO_PERF_PIPELINE_OPTIONS_H
#define SOTTO_PERF_PIPELINE_OPTIONS_H

#include "choices.h"
#include "common.h"

#include <stdint.h>

#define PIPELINE_WARM_ROUNDS 3 /* in which caches fill and the clock settles */

struct pipeline_options {
	struct common common;
	const struct sotto_suite *suites[CHOICES_MAX];
	unsigned suite_count;
	unsigned payloads[CHOICES_MAX]; /* bytes */
	unsigned payload_count;
	unsigned calls[CHOICES_MAX];
	unsigned call_count;
	unsigned calls_max; /* the most of calls */
	uint32_t window;    /* indices of a replay list */
	uint32_t ssrcs;     /* slots of a direction */
	bool small_pages;
	unsigned packets; /* in a round */
};

/* False when the program must end with *status: help was given, or an option is wrong. */
bool pipeline_options_parse(int argc, char **argv, struct pipeline_options *options, int *status);

#endif
