/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a packet costs from receive to transmit: rings in, the worker as it is in the engine, rings
 * out; beside bare ipsec-mb over the same kind of packets, in turns. See --help.
 */
#include "common.h"
#include "machine.h"
#include "pipeline.h"
#include "pipeline_options.h"
#include "pipeline_raw.h"
#include "report.h"
#include "samples.h"
#include "stages.h"

#include "tests/oracle/judge.h"

#include <rte_cycles.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is measured in turns: all ways and numbers of calls of one suite and payload. */
struct bench {
	struct pipeline_options options;
	struct report *report;
	struct gateway gateway;   /* of the suite */
	struct pipeline pipeline; /* likewise */
	struct pipeline_raw raw;
	struct samples ns[WAYS][CHOICES_MAX];
	struct samples cycles[WAYS][CHOICES_MAX][STAGES + 1]; /* the last: all */
	size_t looked_at;                                     /* packets, of all */
};

/* What is under way, for those who watch; a log has the table alone. */
static void tell_progress(
	const struct bench *bench, const struct sotto_suite *suite, unsigned calls)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (calls != 0)
		fprintf(stderr, "%s: %u calls are being set up\n", suite->name, calls);
	else
		fprintf(stderr, "%s: %u bytes\n", suite->name, bench->pipeline.payload);
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

static struct pipeline_round round_of(const struct bench *bench, enum way way, unsigned calls)
{
	return (struct pipeline_round){.way = way,
		.first = way == WAY_BOTH ? bench->gateway.wish.calls - bench->gateway.wish.both : 0,
		.calls = calls,
		.workers = 1};
}

/*
 * Every stream has its first packet before anything is measured: with many calls most would have it
 * under the clock, and a first packet is not what calls mostly carry.
 */
static bool begin_streams(struct bench *bench)
{
	const struct pipeline_options *o = &bench->options;

	for (unsigned way = 0; way < WAYS; way++) {
		struct pipeline_round round = round_of(bench, way, o->calls_max);

		round.in_turn = true;
		for (unsigned n = 0; n < o->calls_max; n += o->packets) {
			if (!pipeline_fill(&bench->pipeline, &round))
				return false;
			gateway_carry(bench->gateway.worker[0], o->packets);
			if (!pipeline_drain(&bench->pipeline, &round))
				return false;
		}
	}
	return true;
}

static bool run_pipeline(struct bench *bench, enum way way, unsigned k)
{
	const struct pipeline_round round = round_of(bench, way, bench->options.calls[k]);
	uint64_t start, cycles;

	if (!pipeline_fill(&bench->pipeline, &round))
		return false;
	stages_reset();
	cycles = rte_rdtsc();
	start = machine_ns();
	gateway_carry(bench->gateway.worker[0], bench->options.packets);
	samples_add(&bench->ns[way][k], (double)(machine_ns() - start) / bench->options.packets);
	add_cycles(bench, way, k, rte_rdtsc() - cycles);
	return pipeline_drain(&bench->pipeline, &round);
}

static bool run_all(struct bench *bench)
{
	pipeline_raw_run(&bench->raw);
	for (unsigned way = 0; way < WAYS; way++) {
		for (unsigned k = 0; k < bench->options.call_count; k++) {
			if (!run_pipeline(bench, way, k))
				return false;
		}
	}
	return true;
}

/* Caches and clock settle: these rounds do not count. */
static void forget(struct bench *bench)
{
	memset(bench->raw.ns, 0, sizeof(bench->raw.ns));
	memset(bench->ns, 0, sizeof(bench->ns));
	memset(bench->cycles, 0, sizeof(bench->cycles));
}

static bool run(struct bench *bench)
{
	unsigned rounds = PIPELINE_WARM_ROUNDS + bench->options.common.rounds;

	forget(bench);
	for (unsigned round = 0; round < rounds; round++) {
		if (round == PIPELINE_WARM_ROUNDS)
			forget(bench);
		if (!run_all(bench))
			return false;
	}
	return true;
}

/* --- results -----------------------------------------------------------------------------------
 */

/* The parameters of every row. */
static void fill_params(const struct bench *bench, unsigned calls, struct report_row *row)
{
	row->param[0] =
		(struct report_param){.name = "suite", .text = bench->gateway.wish.suite->name};
	row->param[1] = (struct report_param){.name = "payload", .number = bench->pipeline.payload};
	row->param[2] = (struct report_param){.name = "calls", .number = calls};
	row->param[3] = (struct report_param){.name = "workers", .number = 1};
}

static void report_way(const struct bench *bench, enum way way, unsigned k)
{
	const struct pipeline_options *o = &bench->options;
	struct samples raw;
	struct report_row row = {
		.name = way_name[way], .unit = "ns/packet", .samples = &bench->ns[way][k]};
	char against[32];
	unsigned ratios = 0;

	pipeline_raw_of(&bench->raw, way, &raw);
	fill_params(bench, o->calls[k], &row);
	snprintf(against, sizeof(against), "%u calls", o->calls[0]);
	if (raw.n == bench->ns[way][k].n)
		row.ratio[ratios++] = (struct report_ratio){.against = "raw", .base = &raw};
	if (k > 0)
		row.ratio[ratios++] =
			(struct report_ratio){.against = against, .base = &bench->ns[way][0]};
	report_row(bench->report, &row);
}

static void report_stages(const struct bench *bench, enum way way, unsigned k)
{
	char name[48];

	for (unsigned i = 0; stages_name(0) && i <= STAGES; i++) {
		struct report_row row = {.name = name,
			.unit = "cycles/packet",
			.samples = &bench->cycles[way][k][i]};

		snprintf(name, sizeof(name), "%s %s", way_name[way],
			i < STAGES ? stages_name(i) : "all");
		fill_params(bench, bench->options.calls[k], &row);
		report_row(bench->report, &row);
	}
}

static void report_ways(const struct bench *bench)
{
	for (unsigned way = 0; way < WAYS; way++) {
		for (unsigned k = 0; k < bench->options.call_count; k++)
			report_way(bench, way, k);
	}
	for (unsigned way = 0; way < WAYS; way++) {
		for (unsigned k = 0; k < bench->options.call_count; k++)
			report_stages(bench, way, k);
	}
}

/* What the suite's sessions take: half of the calls are SRTP on one side, half on both. */
static void report_memory(const struct bench *bench)
{
	const struct gateway *gateway = &bench->gateway;
	char pages[64] = "4 KiB pages";

	if (gateway->arena.memory)
		pages_describe(&gateway->arena, pages, sizeof(pages));
	report_row(bench->report,
		&(struct report_row){.name = "session-memory",
			.unit = "bytes",
			.value = (double)gateway->asked,
			.param = {{.name = "suite", .text = gateway->wish.suite->name},
				{.name = "calls", .number = gateway->wish.calls}},
			.note = pages});
}

static void begin_report(struct bench *bench)
{
	const struct pipeline_options *o = &bench->options;
	struct report *report = report_open(stages_name(0) ? "stages" : "pipeline",
		stages_name(0) ? "time-stamp counter" : "CLOCK_THREAD_CPUTIME_ID", &o->common);

	report_backends(report);
	report_number(report, "window", o->window);
	report_number(report, "ssrcs", o->ssrcs);
	report_number(report, "packets", o->packets);
	report_text(report, "packet pages", bench->gateway.huge ? "huge" : "4 KiB");
	report_text(report, "session pages", o->small_pages ? "4 KiB" : "huge");
	bench->report = report;
}

/* --- suites and payloads -----------------------------------------------------------------------
 */

/* Whether all was right; what came out is looked at when the clock stands. */
static bool measure_payload(struct bench *bench, unsigned payload)
{
	const struct scene scene = {.suite = bench->gateway.wish.suite,
		.window = 128,
		.payload = payload,
		.streams = bench->options.calls[0],
		.packets = bench->options.packets};
	bool good;

	pipeline_set_payload(&bench->pipeline, payload);
	tell_progress(bench, scene.suite, 0);
	if (!pipeline_raw_open(&bench->raw, &scene))
		return false;
	good = run(bench) && pipeline_judge(&bench->pipeline);
	if (good)
		report_ways(bench);
	bench->looked_at += bench->pipeline.sample_count;
	pipeline_raw_close(&bench->raw);
	return good;
}

static bool measure_payloads(struct bench *bench)
{
	const struct pipeline_options *o = &bench->options;
	bool good = pipeline_open(&bench->pipeline, &bench->gateway, o->payloads[0], o->packets);

	rte_rcu_qsbr_thread_register(bench->gateway.rcu, 0);
	rte_rcu_qsbr_thread_online(bench->gateway.rcu, 0);
	report_memory(bench);
	good = good && begin_streams(bench);
	for (unsigned p = 0; good && p < o->payload_count; p++)
		good = measure_payload(bench, o->payloads[p]);
	rte_rcu_qsbr_thread_offline(bench->gateway.rcu, 0);
	rte_rcu_qsbr_thread_unregister(bench->gateway.rcu, 0);
	pipeline_close(&bench->pipeline);
	return good;
}

static bool measure_suite(struct bench *bench, const struct sotto_suite *suite)
{
	const struct pipeline_options *o = &bench->options;
	const struct gateway_wish wish = {.calls = 2 * o->calls_max,
		.both = o->calls_max,
		.workers = 1,
		.suite = suite,
		.window = o->window,
		.ssrcs = o->ssrcs,
		.pages = o->small_pages ? GATEWAY_PAGES_SMALL : GATEWAY_PAGES_HUGE};
	bool good;

	tell_progress(bench, suite, wish.calls);
	if (!gateway_open(&bench->gateway, &wish))
		return false;
	good = measure_payloads(bench);
	gateway_close(&bench->gateway);
	return good;
}

static bool measure(struct bench *bench)
{
	bool good = true;

	for (unsigned s = 0; good && s < bench->options.suite_count; s++)
		good = measure_suite(bench, bench->options.suites[s]);
	if (good)
		printf("%zu packets, one in %d, were looked at: headers, sums, and bytes after "
		       "libsrtp2 opened them\n",
			bench->looked_at, PIPELINE_CHECK_EACH);
	return good;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	char lcore[32];
	int status;

	if (!pipeline_options_parse(argc, argv, &bench.options, &status))
		return status;
	common_pin(&bench.options.common, argv[0]);
	snprintf(lcore, sizeof(lcore), "0@%u", machine_cpu());
	judge_init();
	if (!gateway_start(&bench.gateway, lcore, 1))
		return EXIT_FAILURE;
	begin_report(&bench);
	return measure(&bench) && report_close(bench.report) ? EXIT_SUCCESS : EXIT_FAILURE;
}
