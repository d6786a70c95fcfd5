/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What control costs: calls a second that can be installed, by lib/session alone and the whole way
 * from a socket; what traffic feels of it; and the memory of calls. See --help.
 */
#include "control.h"

#include "app/sottod/blocks.h"
#include "machine.h"
#include "tests/oracle/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: %s [options]\n"
	"Calls a second that are installed and deleted, in processor time of the control thread:\n"
	"by lib/session alone, and through lib/control from a Unix socket, in batches. Packets\n"
	"that are lost beside that, and microseconds from the request for a call to its first\n"
	"packet on its way out, while a worker on a core of its own has so much to carry. And the\n"
	"memory of calls.\n"
	"\n"
	"  --calls N          calls that a round installs (default 10000, quick 2000)\n"
	"  --memory-calls N   calls whose memory is counted (default 100000)\n"
	"  --rate N           calls a second beside traffic, installed and deleted (default 2000)\n"
	"  --load N           percent of what the worker could carry (default 80)\n"
	"  --seconds N        of calls beside traffic, 1 to 30 (default 10, quick 2)\n"
	"  --suite NAME       crypto suite as in a=crypto (default AES_CM_128_HMAC_SHA1_80)\n"
	"  --other-cpu N      core of the worker (default: the next one)\n"
	"  --only PART        installs, socket, beside or memory\n" COMMON_USAGE;

static const struct part {
	const char *name;
	bool (*run)(struct control_bench *bench);
} parts[] = {
	{"installs", control_installs},
	{"socket", control_socket},
	{"beside", control_beside},
	{"memory", control_memory},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* Only this part, when it is not NULL. */
static const struct part *only;

static bool choose_part(const char *name)
{
	for (unsigned i = 0; i < PARTS; i++) {
		if (strcmp(parts[i].name, name) == 0)
			only = &parts[i];
	}
	return only != NULL;
}

static bool option(void *arg, int c, const char *text)
{
	struct control_options *o = arg;

	switch (c) {
	case 'n':
		return common_number(text, 100, GATEWAY_CALLS_OF_AN_ADDRESS, &o->calls);
	case 'm':
		return common_number(text, 1000, 200000, &o->memory_calls);
	case 'R':
		return common_number(text, 10, 10000, &o->rate);
	case 'l':
		return common_number(text, 1, 100, &o->load);
	case 't':
		return common_number(text, 1, 30, &o->seconds);
	case 's':
		o->suite = sotto_keys_suite_by_name(text, strlen(text));
		return o->suite != NULL;
	case 'o':
		return common_other_option(&o->other, text);
	case 'p':
		return choose_part(text);
	default:
		return common_option(&o->common, c, text);
	}
}

/* What was not said: less of it when it is to be quick. */
static void fill_defaults(struct control_options *o)
{
	if (o->calls == 0)
		o->calls = o->common.quick ? 2000 : 10000;
	if (o->seconds == 0)
		o->seconds = o->common.quick ? 2 : 10;
}

/* False when the program must end with *status. */
static bool parse(int argc, char **argv, struct control_options *o, int *status)
{
	static const struct option longs[] = {{"calls", required_argument, NULL, 'n'},
		{"memory-calls", required_argument, NULL, 'm'},
		{"rate", required_argument, NULL, 'R'}, {"load", required_argument, NULL, 'l'},
		{"seconds", required_argument, NULL, 't'}, {"suite", required_argument, NULL, 's'},
		COMMON_OTHER_OPTION, {"only", required_argument, NULL, 'p'}, COMMON_OPTIONS, {0}};
	const struct common_program program = {
		.usage = usage, .longs = longs, .option = option, .arg = o};

	*o = (struct control_options){.common = common_defaults(),
		.memory_calls = 100000,
		.rate = 2000,
		.load = 80,
		.suite = sotto_keys_suite_at(0)};
	if (!common_parse(argc, argv, &program, status))
		return false;
	fill_defaults(o);
	return true;
}

static bool measure(struct control_bench *bench)
{
	const struct control_options *o = &bench->options;

	bench->report = report_open("control",
		"CLOCK_THREAD_CPUTIME_ID; beside traffic time-stamp counter", &o->common);
	report_backends(bench->report);
	report_number(bench->report, "calls of a round", o->calls);
	report_number(bench->report, "window", CONTROL_WINDOW);
	if (o->other.exists)
		report_number(bench->report, "other core", o->other.cpu);
	for (unsigned i = 0; i < PARTS; i++) {
		if ((!only || only == &parts[i]) && !parts[i].run(bench))
			return false;
	}
	return report_close(bench->report);
}

int main(int argc, char **argv)
{
	static struct control_bench bench;
	struct control_options *o = &bench.options;
	char lcores[64];
	int status;

	app_blocks_use(); /* as the engine does; before all JSON */
	if (!parse(argc, argv, o, &status))
		return status;
	common_pin(&o->common, argv[0]);
	common_other_choose(&o->other);
	snprintf(lcores, sizeof(lcores), o->other.exists ? "0@%u,%u@%u" : "0@%u", machine_cpu(),
		CONTROL_WORKER_LCORE, o->other.cpu);
	judge_init();
	if (!gateway_start(&bench.gateway, lcores, 1))
		return EXIT_FAILURE;
	return measure(&bench) ? EXIT_SUCCESS : EXIT_FAILURE;
}
