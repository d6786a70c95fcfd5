/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a second worker brings: packets a second of processor time of two workers that run at the
 * same time, each on a core of its own with its own calls, against one alone, in turns. The packets
 * wait in rings before the clock starts, so that their source costs neither. See --help.
 */
#include "common.h"
#include "machine.h"
#include "pipeline.h"
#include "report.h"
#include "samples.h"

#include "tests/oracle/judge.h"

#include <rte_launch.h>
#include <rte_lcore.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKETS 4096 /* of a round and worker */
#define WARM_ROUNDS 3

static const char usage[] =
	"usage: %s [options]\n"
	"Packets a second of processor time through two workers at the same time, SRTP to RTP,\n"
	"against one of them alone, in turns. Needs two cores.\n"
	"\n"
	"  --calls N        calls of both workers together (default 2000)\n"
	"  --other-cpu N    core of the second worker (default: the next one)\n" COMMON_USAGE;

struct options {
	struct common common;
	unsigned calls;
	struct common_other other;
};

/* One worker's part of a round. */
struct part {
	struct sotto_worker *worker;
	unsigned wanted;        /* packets that wait for it */
	unsigned *come;         /* atomic: threads that are at the start */
	unsigned runners;       /* that start together */
	double packets_per_sec; /* of processor time */
};

struct bench {
	struct options options;
	struct gateway gateway;
	struct pipeline pipeline;
	unsigned come;
	struct part part[GATEWAY_WORKERS_MAX];
	struct samples rate[GATEWAY_WORKERS_MAX]; /* [n - 1]: of n workers together */
};

static bool option(void *arg, int c, const char *text)
{
	struct options *o = arg;

	switch (c) {
	case 'n':
		return common_number(text, 64, 400000, &o->calls);
	case 'o':
		return common_other_option(&o->other, text);
	default:
		return common_option(&o->common, c, text);
	}
}

/* False when the program must end with *status. */
static bool parse(int argc, char **argv, struct options *o, int *status)
{
	static const struct option longs[] = {
		{"calls", required_argument, NULL, 'n'}, COMMON_OTHER_OPTION, COMMON_OPTIONS, {0}};
	const struct common_program program = {
		.usage = usage, .longs = longs, .option = option, .arg = o};

	*o = (struct options){.common = common_defaults(), .calls = 2000};
	if (!common_parse(argc, argv, &program, status))
		return false;
	return true;
}

/* Polls until the worker's packets are through. The threads wait for each other before. */
static int run_part(void *arg)
{
	struct part *part = arg;
	unsigned n;
	uint64_t start;

	__atomic_fetch_add(part->come, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(part->come, __ATOMIC_ACQUIRE) < part->runners)
		;
	start = machine_ns();
	n = gateway_carry(part->worker, part->wanted);
	part->packets_per_sec = n * 1e9 / (double)(machine_ns() - start);
	return 0;
}

static bool run_round(struct bench *bench, unsigned workers)
{
	const struct pipeline_round round = {
		.way = WAY_UNPROTECT, .calls = bench->gateway.wish.calls, .workers = workers};
	double sum = 0;

	if (!pipeline_fill(&bench->pipeline, &round))
		return false;
	bench->come = 0;
	for (unsigned w = 0; w < workers; w++) {
		bench->part[w] = (struct part){.worker = bench->gateway.worker[w],
			.wanted = bench->pipeline.count[w],
			.come = &bench->come,
			.runners = workers};
	}
	if (workers > 1)
		rte_eal_remote_launch(run_part, &bench->part[1], rte_get_next_lcore(-1, 1, 0));
	run_part(&bench->part[0]);
	rte_eal_mp_wait_lcore();
	for (unsigned w = 0; w < workers; w++)
		sum += bench->part[w].packets_per_sec;
	samples_add(&bench->rate[workers - 1], sum);
	return pipeline_drain(&bench->pipeline, &round);
}

static bool run(struct bench *bench)
{
	for (unsigned n = 0; n < WARM_ROUNDS + bench->options.common.rounds; n++) {
		if (n == WARM_ROUNDS)
			memset(bench->rate, 0, sizeof(bench->rate));
		for (unsigned workers = 1; workers <= GATEWAY_WORKERS_MAX; workers++) {
			if (!run_round(bench, workers))
				return false;
		}
	}
	return pipeline_judge(&bench->pipeline);
}

static bool tell(const struct bench *bench)
{
	struct report *report =
		report_open("workers", "CLOCK_THREAD_CPUTIME_ID", &bench->options.common);

	report_backends(report);
	report_number(report, "other core", bench->options.other.cpu);
	for (unsigned w = 0; w < GATEWAY_WORKERS_MAX; w++) {
		struct report_row row = {.name = "rate",
			.unit = "packets/s",
			.samples = &bench->rate[w],
			.param = {{.name = "workers", .number = w + 1},
				{.name = "calls", .number = bench->options.calls}}};

		if (w > 0)
			row.ratio[0] = (struct report_ratio){
				.against = "one worker", .base = &bench->rate[0]};
		report_row(report, &row);
	}
	return report_close(report);
}

/* The workers' threads are ours: this one, and the second lcore's. */
static bool open_all(struct bench *bench)
{
	const struct gateway_wish wish = {.calls = bench->options.calls,
		.workers = GATEWAY_WORKERS_MAX,
		.suite = sotto_keys_suite_at(0),
		.window = 1024,
		.ssrcs = 4,
		.pages = GATEWAY_PAGES_HUGE};
	char lcores[64];

	snprintf(lcores, sizeof(lcores), "0@%u,1@%u", machine_cpu(), bench->options.other.cpu);
	judge_init();
	if (!gateway_start(&bench->gateway, lcores, GATEWAY_WORKERS_MAX) ||
		!gateway_open(&bench->gateway, &wish) ||
		!pipeline_open(&bench->pipeline, &bench->gateway, 160, PACKETS))
		return false;
	for (unsigned w = 0; w < GATEWAY_WORKERS_MAX; w++) {
		rte_rcu_qsbr_thread_register(bench->gateway.rcu, w);
		rte_rcu_qsbr_thread_online(bench->gateway.rcu, w);
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	int status;

	if (!parse(argc, argv, &bench.options, &status))
		return status;
	common_pin(&bench.options.common, argv[0]);
	common_other_choose(&bench.options.other);
	if (!bench.options.other.exists) {
		fprintf(stderr, "%s: two cores are needed\n", argv[0]);
		return EXIT_FAILURE;
	}
	if (!open_all(&bench) || !run(&bench))
		return EXIT_FAILURE;
	return tell(&bench) ? EXIT_SUCCESS : EXIT_FAILURE;
}
