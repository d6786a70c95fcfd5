/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of bench_srtp. */
#ifndef SOTTO_PERF_OPTIONS_H
#define SOTTO_PERF_OPTIONS_H

#include "keys/suite.h"

#include <stdbool.h>

#define CHOICES_MAX 8

struct options {
	unsigned payloads[CHOICES_MAX]; /* bytes */
	unsigned payload_count;
	unsigned streams[CHOICES_MAX];
	unsigned stream_count;
	const struct sotto_suite *suite;
	unsigned window;     /* indices of a replay list */
	const char *backend; /* NULL = all */
	const char *json;    /* file to write, or NULL */
	const char *commit;  /* of what is measured, for the report; NULL = not told */
	unsigned rounds;
	unsigned packets; /* in a round */
	int cpu;          /* -1 = the one it starts on */
};

/* False when the program must end with *status: help was given, or an option is wrong. */
bool options_parse(int argc, char **argv, struct options *options, int *status);

#endif
