/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of bench_srtp; see options.h. */
#include "options.h"

#include "replay/replay.h"
#include "samples.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_MAX 1400
#define STREAMS_MAX 100000
#define CPU_MAX 4095
#define ROUNDS 21
#define ROUNDS_QUICK 9
#define PACKETS 4096
#define PACKETS_QUICK 1024

static void usage(FILE *to)
{
	fprintf(to,
		"usage: bench_srtp [options]\n"
		"Nanoseconds of processor time per SRTP packet: bare ipsec-mb, Sotto on each\n"
		"crypto backend and tier, and libsrtp2, in turns.\n"
		"  --quick          fewer packets, %d rounds instead of %d\n"
		"  --payload N      bytes of payload, up to %d (may be repeated; default 20 160 "
		"1000)\n"
		"  --streams N      streams, each with its own key (may be repeated; default 1 "
		"1000)\n"
		"  --suite NAME     crypto suite as in a=crypto (default AES_CM_128_HMAC_SHA1_80)\n"
		"  --window N       indices of a replay list, %u to %u (default %u)\n"
		"  --backend NAME   ipsecmb, openssl or ref only (default: all)\n"
		"  --rounds N       measurements of each, 9 to %d\n"
		"  --cpu N          core to run on (default: the one it starts on)\n"
		"  --json FILE      write all results to FILE as well\n"
		"  --commit TEXT    what is measured, for the JSON file\n",
		ROUNDS_QUICK, ROUNDS, PAYLOAD_MAX, SOTTO_REPLAY_WINDOW_MIN, SOTTO_REPLAY_WINDOW_MAX,
		SOTTO_REPLAY_NARROW, SAMPLES_MAX);
}

static bool parse_number(const char *text, unsigned low, unsigned high, unsigned *out)
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

/* Appends a number to a list of choices. */
static bool parse_choice(
	const char *text, unsigned low, unsigned high, unsigned *list, unsigned *count)
{
	return *count < CHOICES_MAX && parse_number(text, low, high, &list[(*count)++]);
}

static bool parse_one(struct options *o, int c, const char *value)
{
	unsigned cpu;

	switch (c) {
	case 'q':
		o->rounds = ROUNDS_QUICK;
		o->packets = PACKETS_QUICK;
		return true;
	case 'p':
		return parse_choice(value, 1, PAYLOAD_MAX, o->payloads, &o->payload_count);
	case 's':
		return parse_choice(value, 1, STREAMS_MAX, o->streams, &o->stream_count);
	case 'S':
		o->suite = sotto_keys_suite_by_name(value, strlen(value));
		return o->suite != NULL;
	case 'w':
		return parse_number(
			value, SOTTO_REPLAY_WINDOW_MIN, SOTTO_REPLAY_WINDOW_MAX, &o->window);
	case 'b':
		o->backend = value;
		return true;
	case 'r':
		return parse_number(value, ROUNDS_QUICK, SAMPLES_MAX, &o->rounds);
	case 'c':
		if (!parse_number(value, 0, CPU_MAX, &cpu))
			return false;
		o->cpu = (int)cpu;
		return true;
	case 'j':
		o->json = value;
		return true;
	case 'g':
		o->commit = value;
		return true;
	default:
		return false;
	}
}

static void set_defaults(struct options *o)
{
	if (o->payload_count == 0) {
		o->payloads[0] = 20;
		o->payloads[1] = 160;
		o->payloads[2] = 1000;
		o->payload_count = 3;
	}
	if (o->stream_count == 0) {
		o->streams[0] = 1;
		o->streams[1] = 1000;
		o->stream_count = 2;
	}
}

bool options_parse(int argc, char **argv, struct options *options, int *status)
{
	static const struct option names[] = {
		{"quick", no_argument, NULL, 'q'},
		{"payload", required_argument, NULL, 'p'},
		{"streams", required_argument, NULL, 's'},
		{"suite", required_argument, NULL, 'S'},
		{"window", required_argument, NULL, 'w'},
		{"backend", required_argument, NULL, 'b'},
		{"rounds", required_argument, NULL, 'r'},
		{"cpu", required_argument, NULL, 'c'},
		{"json", required_argument, NULL, 'j'},
		{"commit", required_argument, NULL, 'g'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*options = (struct options){.suite = sotto_keys_suite_at(0),
		.window = SOTTO_REPLAY_NARROW,
		.rounds = ROUNDS,
		.packets = PACKETS,
		.cpu = -1};
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (parse_one(options, c, optarg))
			continue;
		*status = c == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
		if (c != 'h')
			fprintf(stderr, "bench_srtp: wrong option or value\n");
		usage(c == 'h' ? stdout : stderr);
		return false;
	}
	if (optind < argc) {
		usage(stderr);
		*status = EXIT_FAILURE;
		return false;
	}
	set_defaults(options);
	return true;
}
