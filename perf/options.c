/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of bench_srtp; see options.h. */
#include "options.h"

#include "drivers/crypto/drivers.h"
#include "replay/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_MAX 1400
#define STREAMS_MAX 1000000
#define PACKETS 4096

static void usage(FILE *to)
{
	fprintf(to,
		"usage: bench_srtp [options]\n"
		"Nanoseconds of processor time per SRTP packet: bare ipsec-mb, Sotto on each\n"
		"crypto backend and tier, and libsrtp2 (up to 1,000 streams), in turns. What "
		"differs\n"
		"in the number of streams only takes turns within one round too.\n"
		"  --suite NAME     crypto suite as in a=crypto (may be repeated; default\n"
		"                   AES_CM_128_HMAC_SHA1_80)\n"
		"  --payload N      bytes of payload, up to %d (may be repeated; default 20 160 "
		"1200)\n"
		"  --streams N      streams, each with its own key, up to %d (may be repeated;\n"
		"                   default 1000)\n"
		"  --window N       indices of a replay list, %u to %u (default %u)\n"
		"  --backend NAME   ipsecmb, openssl or ref only (default: all)\n"
		"  --tier NAME      one tier of instruction sets only, or best (default: all)\n",
		PAYLOAD_MAX, STREAMS_MAX, SOTTO_REPLAY_WINDOW_MIN, SOTTO_REPLAY_WINDOW_MAX,
		SOTTO_REPLAY_NARROW);
	fputs(COMMON_USAGE, to);
}

static bool parse_one(struct options *o, int c, const char *value)
{
	switch (c) {
	case 'p':
		return choices_number(value, 1, PAYLOAD_MAX, o->payloads, &o->payload_count);
	case 's':
		return choices_number(value, 1, STREAMS_MAX, o->streams, &o->stream_count);
	case 'S':
		return choices_suite(value, o->suites, &o->suite_count);
	case 'w':
		return common_number(
			value, SOTTO_REPLAY_WINDOW_MIN, SOTTO_REPLAY_WINDOW_MAX, &o->window);
	case 'b':
		o->backend = value;
		return sotto_crypto_backend_by_name(value) != NULL;
	case 't':
		o->tier = strcmp(value, "all") == 0 ? NULL : value;
		return true;
	default:
		return common_option(&o->common, c, value);
	}
}

static void set_defaults(struct options *o)
{
	o->packets = PACKETS;
	if (o->suite_count == 0)
		o->suites[o->suite_count++] = sotto_keys_suite_at(0);
	if (o->payload_count == 0) {
		o->payloads[o->payload_count++] = 20;
		o->payloads[o->payload_count++] = 160;
		o->payloads[o->payload_count++] = 1200;
	}
	if (o->stream_count == 0)
		o->streams[o->stream_count++] = 1000;
}

bool options_parse(int argc, char **argv, struct options *options, int *status)
{
	static const struct option names[] = {
		{"payload", required_argument, NULL, 'p'},
		{"streams", required_argument, NULL, 's'},
		{"suite", required_argument, NULL, 'S'},
		{"window", required_argument, NULL, 'w'},
		{"backend", required_argument, NULL, 'b'},
		{"tier", required_argument, NULL, 't'},
		COMMON_OPTIONS,
		{NULL, 0, NULL, 0},
	};
	int c;

	*options = (struct options){.common = common_defaults(), .window = SOTTO_REPLAY_NARROW};
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
