/* SPDX-License-Identifier: BSD-3-Clause */
/* Results of bench_srtp: a table to read and a JSON file to keep. */
#ifndef SOTTO_PERF_REPORT_H
#define SOTTO_PERF_REPORT_H

#include "machine.h"
#include "options.h"
#include "samples.h"
#include "traffic.h"

/* Sotto on one backend and tier in one scene, and whom it is held against. ns per packet. */
struct row {
	const struct scene *scene;
	const char *backend;
	const char *tier;
	const struct samples *sotto;
	const struct samples *raw;     /* NULL: the backend is not ipsec-mb */
	const struct samples *libsrtp; /* NULL: not built in */
};

/* Where the results go; json is NULL without a file. */
struct report {
	struct json_t *json;
	struct json_t *results;
};

/* Prints what was measured on what, and begins the JSON. Backends and libsrtp2 are described. */
void report_open(struct report *report, const struct options *options,
	const struct machine *machine, unsigned cpu);

void report_row(struct report *report, const struct row *row);

/* Writes the file, if one was asked for. False when it cannot be written. */
bool report_close(struct report *report, const struct options *options);

#endif
