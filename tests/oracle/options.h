/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of oracle_srtp. */
#ifndef SOTTO_TESTS_ORACLE_OPTIONS_H
#define SOTTO_TESTS_ORACLE_OPTIONS_H

#include "plan.h"

#define EXIT_SKIPPED 77
#define EXIT_CANNOT_RUN 99 /* what meson takes for an error, never for a found fault */

struct options {
	uint64_t packets; /* received, both ways together */
	uint64_t seed;
	const char *backend;
	const char *tier; /* NULL = best */
	struct settings settings;
};

/* False when the program must end with *status: help was given, or an option is wrong. */
bool options_parse(int argc, char **argv, struct options *options, int *status);

#endif
