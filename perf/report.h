/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a benchmark tells: a table to read while it runs, and the same as JSON. The form is that of
 * all benchmarks; perf/README.md has it, and perf/compare, perf/plot and perf/aims read it.
 */
#ifndef SOTTO_PERF_REPORT_H
#define SOTTO_PERF_REPORT_H

#include "common.h"
#include "samples.h"

#define REPORT_PARAMS_MAX 10
#define REPORT_RATIOS_MAX 6

/* What a row is a measurement of: "payload" 160. With a text, the number is not looked at. */
struct report_param {
	const char *name;
	const char *text;
	long number;
};

/* The row's samples divided by those of another, round by round. */
struct report_ratio {
	const char *against; /* NULL: there is none */
	const struct samples *base;
};

/* One line. The name with all parameters is its own: no other row of the report has them. */
struct report_row {
	const char *name;                             /* "protect" */
	struct report_param param[REPORT_PARAMS_MAX]; /* up to the first without a name */
	const char *unit;                             /* "ns/packet" */
	const struct samples *samples; /* NULL: value is the only one; no quartiles */
	double value;
	struct report_ratio ratio[REPORT_RATIOS_MAX];
	const char *note;    /* more for people to read, or NULL */
	const char *skipped; /* why there is nothing, or NULL */
};

struct report;

/*
 * Prints what is measured on what machine, and begins the JSON. bench is the program without
 * "bench_"; clock says what times are of. Ends the program when memory is short.
 */
struct report *report_open(const char *bench, const char *clock, const struct common *common);

/* What the whole run has: versions of libraries, parameters. Printed and kept. */
void report_version(struct report *report, const char *library, const char *version);
void report_text(struct report *report, const char *name, const char *value);
void report_number(struct report *report, const char *name, long value);

/* The crypto backends with the versions of their libraries, each by report_version(). */
void report_backends(struct report *report);

void report_row(struct report *report, const struct report_row *row);

/* Writes the file, if one was asked for, and frees the report. False when it cannot be written. */
bool report_close(struct report *report);

#endif
