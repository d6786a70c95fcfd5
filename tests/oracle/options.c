/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of oracle_srtp; see options.h. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	enum fault fault;
	const char *what;
} faults[] = {
	{"window", FAULT_WINDOW, "our window is longer by one index"},
	{"rollover", FAULT_ROLLOVER, "we do not count a rollover when receiving"},
	{"keep", FAULT_KEEP, "our streams begin anew where they should go on under a new key"},
	{"late", FAULT_LATE, "we do not try the key before the new one"},
	{"master", FAULT_MASTER, "we send under another master key than we are told"},
};

static void usage(FILE *to)
{
	fputs("usage: oracle_srtp [options]\n"
	      "  --packets N     packets to receive, both ways together (default 1000000)\n"
	      "  --seed S        first of all random numbers (default 1)\n"
	      "  --suite NAME    this suite only (default: all that libsrtp2 has)\n"
	      "  --small         payloads of 20 to 160 bytes only\n"
	      "  --backend NAME  crypto backend of Sotto: ipsecmb, openssl, ref (default ipsecmb)\n"
	      "  --tier NAME     its instruction-set tier (default: the best one here)\n"
	      "  --fault NAME    plant a fault, which must be found:\n",
		to);
	for (unsigned i = 0; i < COUNT(faults); i++)
		fprintf(to, "                  %-9s %s\n", faults[i].name, faults[i].what);
	fputs("Suites:\n", to);
	for (unsigned i = 0; plan_suite_at(i); i++)
		fprintf(to, "  %s\n", plan_suite_at(i)->name);
	fputs("Ends with 0 when nothing differs, 1 when something does, 77 when this processor\n"
	      "lacks the tier, 99 when it cannot run.\n",
		to);
}

static bool parse_number(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return *text != 0 && *text != '-' && *end == 0 && errno == 0;
}

static bool parse_suite(const char *name, struct settings *settings)
{
	settings->suite = NULL;
	for (unsigned i = 0; plan_suite_at(i); i++)
		if (strcmp(plan_suite_at(i)->name, name) == 0)
			settings->suite = plan_suite_at(i);
	return settings->suite != NULL;
}

static bool parse_fault(const char *name, struct settings *settings)
{
	settings->fault = FAULT_NONE;
	for (unsigned i = 0; i < COUNT(faults); i++)
		if (strcmp(faults[i].name, name) == 0)
			settings->fault = faults[i].fault;
	return settings->fault != FAULT_NONE;
}

static bool parse_one(struct options *o, int c, const char *value)
{
	switch (c) {
	case 'p':
		return parse_number(value, &o->packets);
	case 's':
		return parse_number(value, &o->seed);
	case 'S':
		return parse_suite(value, &o->settings);
	case 'm':
		o->settings.small = true;
		return true;
	case 'b':
		o->backend = value;
		return true;
	case 't':
		o->tier = value;
		return true;
	case 'f':
		return parse_fault(value, &o->settings);
	default:
		return false;
	}
}

bool options_parse(int argc, char **argv, struct options *o, int *status)
{
	static const struct option names[] = {
		{"packets", required_argument, NULL, 'p'},
		{"seed", required_argument, NULL, 's'},
		{"suite", required_argument, NULL, 'S'},
		{"small", no_argument, NULL, 'm'},
		{"backend", required_argument, NULL, 'b'},
		{"tier", required_argument, NULL, 't'},
		{"fault", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*o = (struct options){.packets = 1000000, .seed = 1, .backend = "ipsecmb"};
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (parse_one(o, c, optarg))
			continue;
		*status = c == 'h' ? EXIT_SUCCESS : EXIT_CANNOT_RUN;
		usage(c == 'h' ? stdout : stderr);
		return false;
	}
	*status = EXIT_CANNOT_RUN;
	if (optind < argc)
		usage(stderr);
	return optind == argc;
}
