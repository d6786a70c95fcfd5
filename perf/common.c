/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of all benchmarks; see common.h. */
#include "common.h"

#include "machine.h"
#include "samples.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CPU_LAST 4095

struct common common_defaults(void)
{
	return (struct common){.rounds = COMMON_ROUNDS, .cpu = -1};
}

bool common_number(const char *text, unsigned low, unsigned high, unsigned *out)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != 0 || errno != 0 || value < low || value > high)
		return false;
	*out = (unsigned)value;
	return true;
}

bool common_option(struct common *common, int option, const char *value)
{
	unsigned cpu;

	switch (option) {
	case 'q':
		common->quick = true;
		common->rounds = COMMON_ROUNDS_QUICK;
		return true;
	case 'r':
		return common_number(value, COMMON_ROUNDS_QUICK, SAMPLES_MAX, &common->rounds);
	case 'c':
		if (!common_number(value, 0, CPU_LAST, &cpu))
			return false;
		common->cpu = (int)cpu;
		return true;
	case 'j':
		common->json = value;
		return true;
	case 'g':
		common->commit = value;
		return true;
	default:
		return false;
	}
}

bool common_other_option(struct common_other *other, const char *value)
{
	other->given = true;
	return common_number(value, 0, CPU_LAST, &other->cpu);
}

void common_other_choose(struct common_other *other)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (!other->given && cores > 1)
		other->cpu = (machine_cpu() + 1) % (unsigned)cores;
	other->exists = cores > 1 && other->cpu != machine_cpu();
}

bool common_parse(int argc, char **argv, const struct common_program *program, int *status)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", program->longs, NULL)) != -1) {
		*status = c == 'h' ? EXIT_SUCCESS : 2;
		if (c != 'h' && c != '?' && program->option(program->arg, c, optarg))
			continue;
		if (c != 'h' && c != '?')
			fprintf(stderr, "%s: wrong value: %s\n", argv[0], optarg ? optarg : "");
		fprintf(c == 'h' ? stdout : stderr, program->usage, argv[0]);
		return false;
	}
	return true;
}

void common_pin(const struct common *common, const char *program)
{
	if (machine_pin(common->cpu < 0 ? machine_cpu() : (unsigned)common->cpu))
		return;
	fprintf(stderr, "%s: cannot run on core %d\n", program, common->cpu);
	exit(EXIT_FAILURE);
}
