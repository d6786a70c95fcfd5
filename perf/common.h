/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the command line that all benchmarks share. */
#ifndef SOTTO_PERF_COMMON_H
#define SOTTO_PERF_COMMON_H

#include <getopt.h>
#include <stdbool.h>

#define COMMON_ROUNDS 21
#define COMMON_ROUNDS_QUICK 9

struct common {
	bool quick;         /* the fewest and the smallest that still mean something */
	unsigned rounds;    /* measurements of each */
	int cpu;            /* core to run on; -1 = the one it starts on */
	const char *json;   /* file to write, or NULL */
	const char *commit; /* of what is measured, or NULL */
};

/* For the table of getopt_long(); a benchmark's own options stand around them. */
/* clang-format off */
#define COMMON_OPTIONS \
	{"quick", no_argument, NULL, 'q'}, \
	{"rounds", required_argument, NULL, 'r'}, \
	{"cpu", required_argument, NULL, 'c'}, \
	{"json", required_argument, NULL, 'j'}, \
	{"commit", required_argument, NULL, 'g'}, \
	{"help", no_argument, NULL, 'h'}

#define COMMON_USAGE \
	"  --quick          fewer and shorter measurements\n" \
	"  --rounds N       measurements of each, 9 to 101 (default 21, quick 9)\n" \
	"  --cpu N          core to run on (default: the one it starts on)\n" \
	"  --json FILE      write all results to FILE as well\n" \
	"  --commit TEXT    what is measured, for the JSON file\n" \
	"  --help           this text\n"
/* clang-format on */

/* What is not said on the command line. */
struct common common_defaults(void);

/* A core for a thread beside ours. */
struct common_other {
	unsigned cpu;
	bool given;  /* on the command line */
	bool exists; /* set by common_other_choose(): there is one, and it is not ours */
};

/* clang-format off */
#define COMMON_OTHER_OPTION {"other-cpu", required_argument, NULL, 'o'}
/* clang-format on */

/* Takes the value of --other-cpu. False when it is wrong. */
bool common_other_option(struct common_other *other, const char *value);

/* Chooses the next core, if none was given. After common_pin(). */
void common_other_choose(struct common_other *other);

/* How a program reads its command line. */
struct common_program {
	const char *usage; /* a format with %s for the program's name */
	const struct option *longs;
	/* Takes one option but help; false when its value is wrong. */
	bool (*option)(void *arg, int option, const char *value);
	void *arg;
};

/* False when the program must end with *status: help was given, or something is wrong. */
bool common_parse(int argc, char **argv, const struct common_program *program, int *status);

/* Takes one option of the table above. False when it is none of these, or its value is wrong. */
bool common_option(struct common *common, int option, const char *value);

/* A number from low to high, in decimal digits only. */
bool common_number(const char *text, unsigned low, unsigned high, unsigned *out);

/* Pins the process to the core asked for. Ends the program when it may not run there. */
void common_pin(const struct common *common, const char *program);

#endif
