/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a packet costs from receive to transmit: rings in, the worker as it is in the engine, rings
 * out; beside bare ipsec-mb over the same kind of packets, in turns. See --help.
 */
#include "common.h"
#include "contender.h"
#include "machine.h"
#include "pipeline.h"
#include "raw.h"
#include "report.h"
#include "samples.h"
#include "stages.h"

#include "tests/oracle/judge.h"

#include <rte_cycles.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTS_MAX 4
#define WARM_ROUNDS 3 /* in which streams begin and caches fill */

static const char usage[] =
	"usage: %s [options]\n"
	"Nanoseconds of processor time per packet through a worker, from a device made of rings "
	"to\n"
	"another, for RTP to SRTP, SRTP to RTP and SRTP to SRTP; beside bare ipsec-mb, in turns.\n"
	"\n"
	"  --calls N        calls that packets are drawn from (may be repeated; default 1000)\n"
	"  --payload N      bytes, up to 1400 (default 160)\n"
	"  --suite NAME     crypto suite as in a=crypto (default AES_CM_128_HMAC_SHA1_80)\n"
	"  --window N       indices of a replay list, 64 to 32768 (default 1024)\n"
	"  --ssrcs N        SSRC slots of a direction, 1 to 64 (default 4)\n"
	"  --small-pages    sessions in pages of 4 KiB instead of huge ones\n"
	"  --packets N      in a round, a multiple of 64, up to 8192 (default 4096)\n" COMMON_USAGE;

struct options {
	struct common common;
	unsigned calls[COUNTS_MAX];
	unsigned count;
	uint32_t payload;
	const struct sotto_suite *suite;
	uint32_t window;
	uint32_t ssrcs;
	bool small_pages;
	unsigned packets;
};

/* What is measured in turns. */
struct bench {
	struct options options;
	struct gateway gateway;
	struct pipeline pipeline;
	struct traffic traffic[2]; /* PROTECT, UNPROTECT; of the first count of calls */
	void *raw[2];
	struct samples raw_ns[2];
	struct samples ns[WAYS][COUNTS_MAX];
	struct samples cycles[WAYS][COUNTS_MAX][STAGES + 1]; /* the last: all */
};

static bool option(void *arg, int c, const char *text)
{
	struct options *o = arg;

	switch (c) {
	case 'n':
		return o->count < COUNTS_MAX &&
		       common_number(text, 64, 240000, &o->calls[o->count++]);
	case 'p':
		return common_number(text, 1, 1400, &o->payload);
	case 's':
		o->suite = sotto_keys_suite_by_name(text, strlen(text));
		return o->suite != NULL;
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

/* False when the program must end with *status. */
static bool parse(int argc, char **argv, struct options *o, int *status)
{
	static const struct option longs[] = {{"calls", required_argument, NULL, 'n'},
		{"payload", required_argument, NULL, 'p'}, {"suite", required_argument, NULL, 's'},
		{"window", required_argument, NULL, 'w'}, {"ssrcs", required_argument, NULL, 'x'},
		{"packets", required_argument, NULL, 'k'}, {"small-pages", no_argument, NULL, 'm'},
		COMMON_OPTIONS, {0}};
	const struct common_program program = {
		.usage = usage, .longs = longs, .option = option, .arg = o};

	*o = (struct options){.common = common_defaults(),
		.payload = 160,
		.suite = sotto_keys_suite_at(0),
		.window = 1024,
		.ssrcs = 4,
		.packets = 4096};
	if (!common_parse(argc, argv, &program, status))
		return false;
	if (o->count == 0)
		o->calls[o->count++] = 1000;
	return true;
}

/* --- raw ---------------------------------------------------------------------------------------
 */

static const struct contender_kind *raw_kind(const struct bench *bench)
{
	return sotto_crypto_is_aead(bench->options.suite->cipher) ? &contender_raw_gcm
								  : &contender_raw;
}

/* The best tier that runs here, as the gateway has it too. */
static const char *best_tier(void)
{
	unsigned i = 0;

	while (sotto_ipsecmb_tier_names[i + 1] && !raw_tier("ipsecmb", sotto_ipsecmb_tier_names[i]))
		i++;
	return sotto_ipsecmb_tier_names[i];
}

static bool open_raw(struct bench *bench)
{
	for (unsigned d = 0; d < 2; d++) {
		const struct scene scene = {.suite = bench->options.suite,
			.direction = d == 0 ? PROTECT : UNPROTECT,
			.window = 128,
			.payload = bench->options.payload,
			.streams = bench->options.calls[0],
			.packets = bench->options.packets};

		if (!traffic_open(&bench->traffic[d], &scene))
			return false;
		bench->raw[d] = raw_kind(bench)->open(&bench->traffic[d], "ipsecmb", best_tier());
	}
	return true;
}

static void run_raw(struct bench *bench, unsigned d)
{
	struct traffic *traffic = &bench->traffic[d];
	uint64_t start;

	if (!bench->raw[d])
		return;
	traffic_next_round(traffic);
	traffic_restore(traffic);
	if (raw_kind(bench)->prepare)
		raw_kind(bench)->prepare(bench->raw[d], traffic);
	start = machine_ns();
	raw_kind(bench)->run(bench->raw[d], traffic, 0, bench->options.packets);
	samples_add(&bench->raw_ns[d], (double)(machine_ns() - start) / bench->options.packets);
}

/* --- the pipeline ------------------------------------------------------------------------------
 */

static void add_cycles(struct bench *bench, enum way way, unsigned k, uint64_t all)
{
	double packets = bench->options.packets;

	for (unsigned i = 0; i < STAGES; i++)
		samples_add(&bench->cycles[way][k][i], (double)stages_cycles(i) / packets);
	samples_add(&bench->cycles[way][k][STAGES], (double)all / packets);
}

static bool run_pipeline(struct bench *bench, enum way way, unsigned k)
{
	struct sotto_worker *worker = bench->gateway.worker[0];
	const struct pipeline_round round = {.way = way,
		.first = way == WAY_BOTH ? bench->gateway.wish.calls - bench->gateway.wish.both : 0,
		.calls = bench->options.calls[k],
		.workers = 1};
	unsigned n = 0, idle = 0;
	uint64_t start, cycles;

	if (!pipeline_fill(&bench->pipeline, &round))
		return false;
	stages_reset();
	cycles = rte_rdtsc();
	start = machine_ns();
	while (n < bench->options.packets && idle < 100) {
		unsigned got = sotto_worker_poll(worker);

		n += got;
		idle = got == 0 ? idle + 1 : 0;
	}
	samples_add(&bench->ns[way][k], (double)(machine_ns() - start) / bench->options.packets);
	add_cycles(bench, way, k, rte_rdtsc() - cycles);
	return pipeline_drain(&bench->pipeline, &round);
}

static bool run_all(struct bench *bench)
{
	for (unsigned d = 0; d < 2; d++)
		run_raw(bench, d);
	for (unsigned way = 0; way < WAYS; way++) {
		for (unsigned k = 0; k < bench->options.count; k++) {
			if (!run_pipeline(bench, way, k))
				return false;
		}
	}
	return true;
}

/* Streams begin, caches and clock settle: these rounds do not count. */
static void forget(struct bench *bench)
{
	memset(bench->raw_ns, 0, sizeof(bench->raw_ns));
	memset(bench->ns, 0, sizeof(bench->ns));
	memset(bench->cycles, 0, sizeof(bench->cycles));
}

static bool run(struct bench *bench)
{
	for (unsigned k = 0; k < WARM_ROUNDS; k++) {
		if (!run_all(bench))
			return false;
	}
	forget(bench);
	for (unsigned round = 0; round < bench->options.common.rounds; round++) {
		if (!run_all(bench))
			return false;
	}
	return true;
}

/* --- results -----------------------------------------------------------------------------------
 */

/* Raw crypto of one packet: for both ways of SRTP to SRTP that of either, on the average. */
static void raw_of(const struct bench *bench, enum way way, struct samples *out)
{
	*out = bench->raw_ns[way == WAY_PROTECT ? 0 : 1];
	for (unsigned i = 0; way == WAY_BOTH && i < out->n; i++)
		out->value[i] = (out->value[i] + bench->raw_ns[0].value[i]) / 2;
}

/* The parameters of every row. */
static void fill_params(const struct options *o, unsigned calls, struct report_row *row)
{
	row->param[0] = (struct report_param){.name = "suite", .text = o->suite->name};
	row->param[1] = (struct report_param){.name = "payload", .number = o->payload};
	row->param[2] = (struct report_param){.name = "calls", .number = calls};
	row->param[3] = (struct report_param){.name = "workers", .number = 1};
}

static void report_way(struct report *report, const struct bench *bench, enum way way, unsigned k)
{
	const struct options *o = &bench->options;
	struct samples raw;
	struct report_row row = {
		.name = way_name[way], .unit = "ns/packet", .samples = &bench->ns[way][k]};
	char against[32];
	unsigned ratios = 0;

	raw_of(bench, way, &raw);
	fill_params(o, o->calls[k], &row);
	snprintf(against, sizeof(against), "%u calls", o->calls[0]);
	if (raw.n == bench->ns[way][k].n)
		row.ratio[ratios++] = (struct report_ratio){.against = "raw", .base = &raw};
	if (k > 0)
		row.ratio[ratios++] =
			(struct report_ratio){.against = against, .base = &bench->ns[way][0]};
	report_row(report, &row);
}

static void report_stages(
	struct report *report, const struct bench *bench, enum way way, unsigned k)
{
	char name[48];

	for (unsigned i = 0; stages_name(0) && i <= STAGES; i++) {
		struct report_row row = {.name = name,
			.unit = "cycles/packet",
			.samples = &bench->cycles[way][k][i]};

		snprintf(name, sizeof(name), "%s %s", way_name[way],
			i < STAGES ? stages_name(i) : "all");
		fill_params(&bench->options, bench->options.calls[k], &row);
		report_row(report, &row);
	}
}

static bool tell(const struct bench *bench)
{
	const struct options *o = &bench->options;
	struct report *report = report_open(stages_name(0) ? "stages" : "pipeline",
		stages_name(0) ? "time-stamp counter" : "CLOCK_THREAD_CPUTIME_ID", &o->common);

	report_backends(report);
	report_number(report, "window", o->window);
	report_number(report, "ssrcs", o->ssrcs);
	report_number(report, "packets", o->packets);
	report_number(report, "session bytes", (long)bench->gateway.asked);
	report_text(report, "packet pages", bench->gateway.huge ? "huge" : "4 KiB");
	report_text(report, "session pages", o->small_pages ? "4 KiB" : "huge");
	for (unsigned way = 0; way < WAYS; way++) {
		for (unsigned k = 0; k < o->count; k++)
			report_way(report, bench, way, k);
	}
	for (unsigned way = 0; way < WAYS; way++) {
		for (unsigned k = 0; k < o->count; k++)
			report_stages(report, bench, way, k);
	}
	return report_close(report);
}

static bool open_all(struct bench *bench)
{
	const struct options *o = &bench->options;
	struct gateway_wish wish = {.workers = 1,
		.suite = o->suite,
		.window = o->window,
		.ssrcs = o->ssrcs,
		.pages = o->small_pages ? GATEWAY_PAGES_SMALL : GATEWAY_PAGES_HUGE};

	for (unsigned k = 0; k < o->count; k++)
		wish.both = o->calls[k] > wish.both ? o->calls[k] : wish.both;
	wish.calls = 2 * wish.both;
	return gateway_open(&bench->gateway, &wish) &&
	       pipeline_open(&bench->pipeline, &bench->gateway, o->payload, o->packets) &&
	       open_raw(bench);
}

/* Whether all was right; what came out is looked at when the clock stands. */
static bool measure(struct bench *bench)
{
	bool good;

	rte_rcu_qsbr_thread_register(bench->gateway.rcu, 0);
	rte_rcu_qsbr_thread_online(bench->gateway.rcu, 0);
	good = run(bench) && pipeline_judge(&bench->pipeline) && tell(bench);
	if (good)
		printf("%zu packets, one in %d, were looked at: headers, sums, and bytes after "
		       "libsrtp2 opened them\n",
			bench->pipeline.sample_count, PIPELINE_CHECK_EACH);
	return good;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	char lcore[32];
	int status;

	if (!parse(argc, argv, &bench.options, &status))
		return status;
	common_pin(&bench.options.common, argv[0]);
	snprintf(lcore, sizeof(lcore), "0@%u", machine_cpu());
	judge_init();
	if (!gateway_start(&bench.gateway, lcore, 1) || !open_all(&bench))
		return EXIT_FAILURE;
	return measure(&bench) ? EXIT_SUCCESS : EXIT_FAILURE;
}
