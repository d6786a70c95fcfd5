/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told at the end: a table for people, JSON for programs. */
#ifndef SOTTO_GEN_REPORT_H
#define SOTTO_GEN_REPORT_H

#include "gen.h"
#include "search.h"

#include <jansson.h>

struct gen_report {
	const struct gen *gen;
	json_t *trials;                  /* of a search */
	const struct gen_search *search; /* NULL: none */
	struct gen_result result;        /* the run's, or the last confirmation's */
	struct gen_histogram latency;    /* of that one */
	bool good;
};

/* Adds a trial of a search, and prints its line. */
void gen_report_trial(
	struct gen_report *report, const struct gen_result *result, const char *what, bool passed);

/* Prints the table and the verdict. */
void gen_report_print(const struct gen_report *report);

/* Writes the JSON. 0 or an exit status. */
int gen_report_save(const struct gen_report *report, const char *path);

#endif
