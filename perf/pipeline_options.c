/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of bench_pipeline; see pipeline_options.h. */
#include "pipeline_options.h"

#include "gateway.h"

#include <stdio.h>
#include <stdlib.h>

#define NUMBERS 50000 /* of a stream, so that none passes 65,535: libsrtp2 opens what has ROC 0 */

static const char usage[] =
	"usage: %s [options]\n"
	"Nanoseconds of processor time per packet through a worker, from a device made of rings "
	"to\n"
	"another, for RTP to SRTP, SRTP to RTP and SRTP to SRTP; beside bare ipsec-mb, in turns.\n"
	"Each suite has a gateway of its own; its payloads come one after the other, its numbers\n"
	"of calls in turns.\n"
	"\n"
	"  --calls N        calls that packets are drawn from (may be repeated; default 1000)\n"
	"  --payload N      bytes, up to 1400 (may be repeated; default 160)\n"
	"  --suite NAME     crypto suite as in a=crypto (may be repeated; default\n"
	"                   AES_CM_128_HMAC_SHA1_80)\n"
	"  --window N       indices of a replay list, 64 to 32768 (default 1024)\n"
	"  --ssrcs N        SSRC slots of a direction, 1 to 64 (default 4)\n"
	"  --small-pages    sessions in pages of 4 KiB instead of huge ones\n"
	"  --packets N      in a round, a multiple of 64, up to 8192 (default 4096)\n" COMMON_USAGE;

static bool option(void *arg, int c, const char *text)
{
	struct pipeline_options *o = arg;

	switch (c) {
	case 'n':
		return choices_number(text, 64, 240000, o->calls, &o->call_count);
	case 'p':
		return choices_number(text, 1, 1400, o->payloads, &o->payload_count);
	case 's':
		return choices_suite(text, o->suites, &o->suite_count);
	case 'w':
		return common_number(text, 64, 32768, &o->window);
	case 'x':
		return common_number(text, 1, 64, &o->ssrcs);
	case 'k':
		return common_number(text, 64, GATEWAY_PACKETS_MAX, &o->packets) &&
		       o->packets % SOTTO_BURST == 0;
	case 'm':
		o->small_pages = true;
		return true;
	default:
		return common_option(&o->common, c, text);
	}
}

static void set_defaults(struct pipeline_options *o)
{
	if (o->suite_count == 0)
		o->suites[o->suite_count++] = sotto_keys_suite_at(0);
	if (o->payload_count == 0)
		o->payloads[o->payload_count++] = 160;
	if (o->call_count == 0)
		o->calls[o->call_count++] = 1000;
	for (unsigned k = 0; k < o->call_count; k++)
		o->calls_max = o->calls[k] > o->calls_max ? o->calls[k] : o->calls_max;
}

/* Whether the streams have sequence numbers for all rounds: they go on from payload to payload. */
static bool has_numbers(const struct pipeline_options *o)
{
	double rounds = (o->common.rounds + PIPELINE_WARM_ROUNDS) * o->payload_count;
	double of_a_call = 0;

	for (unsigned k = 0; k < o->call_count; k++)
		of_a_call += rounds * o->packets / o->calls[k];
	return of_a_call < NUMBERS;
}

bool pipeline_options_parse(int argc, char **argv, struct pipeline_options *options, int *status)
{
	static const struct option longs[] = {{"calls", required_argument, NULL, 'n'},
		{"payload", required_argument, NULL, 'p'}, {"suite", required_argument, NULL, 's'},
		{"window", required_argument, NULL, 'w'}, {"ssrcs", required_argument, NULL, 'x'},
		{"packets", required_argument, NULL, 'k'}, {"small-pages", no_argument, NULL, 'm'},
		COMMON_OPTIONS, {0}};
	const struct common_program program = {
		.usage = usage, .longs = longs, .option = option, .arg = options};

	*options = (struct pipeline_options){
		.common = common_defaults(), .window = 1024, .ssrcs = 4, .packets = 4096};
	if (!common_parse(argc, argv, &program, status))
		return false;
	set_defaults(options);
	if (has_numbers(options))
		return true;
	fprintf(stderr, "%s: too many packets for so few calls\n", argv[0]);
	*status = EXIT_FAILURE;
	return false;
}
