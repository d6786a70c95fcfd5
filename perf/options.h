/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of bench_srtp. */
#ifndef SOTTO_PERF_OPTIONS_H
#define SOTTO_PERF_OPTIONS_H

#include "choices.h"
#include "common.h"

struct options {
	struct common common;
	const struct sotto_suite *suites[CHOICES_MAX];
	unsigned suite_count;
	unsigned payloads[CHOICES_MAX]; /* bytes */
	unsigned payload_count;
	unsigned streams[CHOICES_MAX];
	unsigned stream_count;
	unsigned window;     /* indices of a replay list */
	const char *backend; /* NULL = all */
	const char *tier;    /* NULL = all; "best" = the first of each backend that runs here */
	unsigned packets;    /* in a round */
};

/* False when the program must end with *status: help was given, or an option is wrong. */
bool options_parse(int argc, char **argv, struct options *options, int *status);

#endif
