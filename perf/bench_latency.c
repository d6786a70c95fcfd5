/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long a packet that comes alone is in the gateway, from the ring that it arrives on to the
 * ring that it leaves on; and what small bursts cost. See --help.
 */
#include "common.h"
#include "machine.h"
#include "pipeline.h"
#include "report.h"
#include "ticks.h"

#include "drivers/crypto/drivers.h"
#include "tests/oracle/judge.h"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_pause.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 1000       /* SRTP to RTP, and as many SRTP to SRTP */
#define PACKED 1024      /* packets of a round, one after the other or in bursts */
#define SPACED 256       /* of a round, each alone for a while */
#define SPACED_QUICK 128 /* likewise */
#define WORKER_LCORE 1   /* where the worker's thread is */
#define LOST_AFTER_S 10  /* a packet that is not out by then is lost */
#define SIZES 7          /* of bursts: 1, 2, 4 ... 64 */
#define TIERS_MAX 8
#define WARM_ROUNDS 1

static const char usage[] =
	"usage: %s [options]\n"
	"Microseconds that a packet is in an idle gateway when it comes alone, from the ring that\n"
	"it arrives on to the ring that it leaves on: with the worker as a thread on a core of "
	"its\n"
	"own, and polled by the benchmark itself on one core; spaced, and each as soon as the one\n"
	"before is out. Then nanoseconds of processor time per packet in bursts of 1 to 64, for\n"
	"every tier of ipsec-mb that runs here. 1,000 calls of each kind, drawn at random.\n"
	"\n"
	"  --spacing N      microseconds between packets (default 1000)\n"
	"  --payload N      bytes, up to 1400 (default 160)\n"
	"  --suite NAME     crypto suite as in a=crypto (default AES_CM_128_HMAC_SHA1_80)\n"
	"  --other-cpu N    core of the worker's thread (default: the next one)\n" COMMON_USAGE;

struct options {
	struct common common;
	unsigned spacing_us;
	uint32_t payload;
	const struct sotto_suite *suite;
	struct common_other other;
};

/* Who polls the worker. */
enum path {
	PATH_THREAD, /* a thread of its own */
	PATH_POLLED, /* the benchmark, between enqueue and dequeue */
	PATHS
};

enum gap {
	GAP_SPACED,
	GAP_NONE,
	GAPS
};

static const char *const path_name[PATHS] = {"thread", "polled"};

struct bench {
	struct options options;
	struct gateway gateway;
	struct pipeline pipeline;
	size_t looked_at;
	struct ticks ticks[PATHS][GAPS][WAYS];
	const char *tier[TIERS_MAX];
	unsigned tiers;
	struct samples burst[TIERS_MAX][WAYS][SIZES];
	void *packet[PACKED];
};

static bool option(void *arg, int c, const char *text)
{
	struct options *o = arg;

	switch (c) {
	case 'i':
		return common_number(text, 1, 1000000, &o->spacing_us);
	case 'p':
		return common_number(text, 1, 1400, &o->payload);
	case 's':
		o->suite = sotto_keys_suite_by_name(text, strlen(text));
		return o->suite != NULL;
	case 'o':
		return common_other_option(&o->other, text);
	default:
		return common_option(&o->common, c, text);
	}
}

/* False when the program must end with *status. */
static bool parse(int argc, char **argv, struct options *o, int *status)
{
	static const struct option longs[] = {{"spacing", required_argument, NULL, 'i'},
		{"payload", required_argument, NULL, 'p'}, {"suite", required_argument, NULL, 's'},
		COMMON_OTHER_OPTION, COMMON_OPTIONS, {0}};
	const struct common_program program = {
		.usage = usage, .longs = longs, .option = option, .arg = o};

	*o = (struct options){.common = common_defaults(),
		.spacing_us = 1000,
		.payload = 160,
		.suite = sotto_keys_suite_at(0)};
	if (!common_parse(argc, argv, &program, status))
		return false;
	return true;
}

/* --- a gateway --------------------------------------------------------------------------------
 */

static bool open_gateway(struct bench *bench, const char *tier)
{
	const struct gateway_wish wish = {.calls = 2 * CALLS,
		.both = CALLS,
		.workers = 1,
		.suite = bench->options.suite,
		.window = 1024,
		.ssrcs = 4,
		.pages = GATEWAY_PAGES_HUGE,
		.tier = tier};

	return gateway_open(&bench->gateway, &wish) &&
	       pipeline_open(&bench->pipeline, &bench->gateway, bench->options.payload, PACKED);
}

/* Looks at the packets that were kept before their gateway goes. */
static bool close_gateway(struct bench *bench)
{
	bool good = pipeline_judge(&bench->pipeline);

	bench->looked_at += bench->pipeline.sample_count;
	pipeline_close(&bench->pipeline);
	gateway_close(&bench->gateway);
	return good;
}

/* The benchmark's thread is the worker's. */
static void be_the_worker(struct bench *bench)
{
	rte_rcu_qsbr_thread_register(bench->gateway.rcu, 0);
	rte_rcu_qsbr_thread_online(bench->gateway.rcu, 0);
}

static struct rte_ring *ring_in(const struct bench *bench, enum way way)
{
	return bench->gateway.to[way == WAY_PROTECT ? GATEWAY_B : GATEWAY_A][0];
}

static struct rte_ring *ring_out(const struct bench *bench, enum way way)
{
	return bench->gateway.from[way == WAY_PROTECT ? GATEWAY_A : GATEWAY_B][0];
}

static struct pipeline_round round_of(enum way way)
{
	return (struct pipeline_round){
		.way = way, .first = way == WAY_BOTH ? CALLS : 0, .calls = CALLS, .workers = 1};
}

/* Makes a round's packets, and takes them off the ring again: they are to go in piece by piece. */
static bool make_packets(struct bench *bench, enum way way, unsigned packets)
{
	const struct pipeline_round round = round_of(way);

	bench->pipeline.packets = packets;
	return pipeline_fill(&bench->pipeline, &round) &&
	       rte_ring_dequeue_bulk(ring_in(bench, way), bench->packet, packets, NULL) == packets;
}

static bool take_packets(struct bench *bench, enum way way)
{
	const struct pipeline_round round = round_of(way);

	return pipeline_drain(&bench->pipeline, &round);
}

/* --- one packet -------------------------------------------------------------------------------
 */

/* Whether one round of the worker, or of waiting for it, brought the packet out. */
static bool look(struct bench *bench, enum path path, enum way way, void **out)
{
	if (path == PATH_POLLED)
		sotto_worker_poll(bench->gateway.worker[0]);
	else
		rte_pause();
	return rte_ring_dequeue(ring_out(bench, way), out) == 0;
}

/* One packet goes in and comes out. Ticks, or 0: it is lost. */
static uint64_t carry(struct bench *bench, enum path path, enum way way, void **packet)
{
	uint64_t end, start = rte_rdtsc();

	rte_ring_enqueue(ring_in(bench, way), *packet);
	end = start + LOST_AFTER_S * rte_get_tsc_hz();
	while (!look(bench, path, way, packet)) {
		if (rte_rdtsc() > end)
			return 0;
	}
	return rte_rdtsc() - start;
}

static void wait_until(struct bench *bench, enum path path, uint64_t tsc)
{
	while (rte_rdtsc() < tsc) {
		if (path == PATH_POLLED)
			sotto_worker_poll(bench->gateway.worker[0]);
		else
			rte_pause();
	}
}

static bool carry_all(struct bench *bench, enum path path, enum gap gap, enum way way)
{
	uint64_t space = bench->options.spacing_us * (rte_get_tsc_hz() / 1000000);
	struct ticks *ticks = &bench->ticks[path][gap][way];
	uint64_t next = rte_rdtsc() + space; /* the worker has begun by then */

	wait_until(bench, path, next);
	for (unsigned i = 0; i < bench->pipeline.packets; i++) {
		uint64_t took = carry(bench, path, way, &bench->packet[i]);

		if (took == 0) {
			fprintf(stderr, "%s: a packet is lost\n", way_name[way]);
			return false;
		}
		ticks_add(ticks, took);
		next += space;
		if (gap == GAP_SPACED)
			wait_until(bench, path, next);
	}
	ticks_end_round(ticks);
	rte_ring_enqueue_bulk(ring_out(bench, way), bench->packet, bench->pipeline.packets, NULL);
	return true;
}

static bool run_one(struct bench *bench, enum path path, enum gap gap, enum way way)
{
	unsigned spaced = bench->options.common.quick ? SPACED_QUICK : SPACED;
	bool good;

	if (!make_packets(bench, way, gap == GAP_SPACED ? spaced : PACKED))
		return false;
	if (path == PATH_THREAD)
		rte_eal_remote_launch(sotto_worker_run, bench->gateway.worker[0], WORKER_LCORE);
	good = carry_all(bench, path, gap, way);
	if (path == PATH_THREAD) {
		__atomic_store_n(&bench->gateway.stop, 1, __ATOMIC_RELEASE);
		rte_eal_wait_lcore(WORKER_LCORE);
		bench->gateway.stop = 0;
	}
	return good && take_packets(bench, way);
}

static bool run_path(struct bench *bench, enum path path)
{
	if (!open_gateway(bench, NULL))
		return false;
	if (path == PATH_POLLED)
		be_the_worker(bench);
	for (unsigned n = 0; n < WARM_ROUNDS + bench->options.common.rounds; n++) {
		for (unsigned k = 0; k < GAPS * WAYS; k++) {
			if (n == WARM_ROUNDS)
				ticks_forget(&bench->ticks[path][k / WAYS][k % WAYS]);
			if (!run_one(bench, path, k / WAYS, k % WAYS))
				return false;
		}
	}
	return close_gateway(bench);
}

/* --- bursts -----------------------------------------------------------------------------------
 */

static bool run_burst(struct bench *bench, unsigned tier, enum way way, unsigned size)
{
	unsigned burst = 1u << size;
	struct rte_ring *in = ring_in(bench, way);
	uint64_t start;

	if (!make_packets(bench, way, PACKED))
		return false;
	start = machine_ns();
	for (unsigned i = 0; i < PACKED; i += burst) {
		rte_ring_enqueue_bulk(in, &bench->packet[i], burst, NULL);
		sotto_worker_poll(bench->gateway.worker[0]);
	}
	samples_add(&bench->burst[tier][way][size], (double)(machine_ns() - start) / PACKED);
	return take_packets(bench, way);
}

static bool run_tier(struct bench *bench, unsigned tier)
{
	if (!open_gateway(bench, bench->tier[tier]))
		return false;
	be_the_worker(bench);
	for (unsigned n = 0; n < WARM_ROUNDS + bench->options.common.rounds; n++) {
		if (n == WARM_ROUNDS)
			memset(bench->burst[tier], 0, sizeof(bench->burst[tier]));
		for (unsigned k = 0; k < WAYS * SIZES; k++) {
			if (!run_burst(bench, tier, k / SIZES, k % SIZES))
				return false;
		}
	}
	return close_gateway(bench);
}

/* The tiers of ipsec-mb that this processor runs. */
static void find_tiers(struct bench *bench)
{
	const struct sotto_crypto_backend *backend = sotto_crypto_backend_by_name("ipsecmb");
	struct sotto_crypto *crypto;

	for (unsigned i = 0; backend && backend->tiers[i] && bench->tiers < TIERS_MAX; i++) {
		if (backend->create(backend->tiers[i], &crypto) != 0)
			continue;
		backend->destroy(crypto);
		bench->tier[bench->tiers++] = backend->tiers[i];
	}
}

/* --- results ----------------------------------------------------------------------------------
 */

static void fill_params(const struct options *o, enum way way, struct report_row *row)
{
	row->param[0] = (struct report_param){.name = "way", .text = way_name[way]};
	row->param[1] = (struct report_param){.name = "suite", .text = o->suite->name};
	row->param[2] = (struct report_param){.name = "payload", .number = o->payload};
}

static void report_path(struct report *report, struct bench *bench, enum path path, enum gap gap)
{
	for (unsigned k = WAYS; k-- > 0;) { /* what has most to do comes first */
		struct report_row row = {.name = "one-packet", .unit = "us"};

		fill_params(&bench->options, k, &row);
		row.param[3] = (struct report_param){.name = "worker", .text = path_name[path]};
		row.param[4] = (struct report_param){.name = "spacing",
			.number = gap == GAP_SPACED ? (long)bench->options.spacing_us : 0};
		if (path == PATH_THREAD && !bench->options.other.exists) {
			row.skipped = "there is one core only";
			report_row(report, &row);
		}
		ticks_report(&bench->ticks[path][gap][k], report, &row);
	}
}

static void report_bursts(struct report *report, const struct bench *bench, unsigned tier)
{
	for (unsigned k = 0; k < WAYS * SIZES; k++) {
		const struct samples *bursts = bench->burst[tier][k / SIZES];
		struct report_row row = {
			.name = "burst", .unit = "ns/packet", .samples = &bursts[k % SIZES]};

		fill_params(&bench->options, k / SIZES, &row);
		row.param[3] = (struct report_param){.name = "tier", .text = bench->tier[tier]};
		row.param[4] = (struct report_param){.name = "burst", .number = 1l << k % SIZES};
		if (k % SIZES != SIZES - 1)
			row.ratio[0] = (struct report_ratio){
				.against = "burst of 64", .base = &bursts[SIZES - 1]};
		report_row(report, &row);
	}
}

static bool tell(struct bench *bench)
{
	struct report *report = report_open("latency",
		"time-stamp counter; of bursts CLOCK_THREAD_CPUTIME_ID", &bench->options.common);

	report_backends(report);
	report_number(report, "calls", CALLS);
	report_number(report, "spaced packets of a round",
		bench->options.common.quick ? SPACED_QUICK : SPACED);
	report_number(report, "other packets of a round", PACKED);
	if (bench->options.other.exists)
		report_number(report, "other core", bench->options.other.cpu);
	report_text(report, "packet pages", bench->gateway.huge ? "huge" : "4 KiB");
	for (unsigned k = 0; k < PATHS * GAPS; k++)
		report_path(report, bench, k / GAPS, k % GAPS);
	for (unsigned tier = 0; tier < bench->tiers; tier++)
		report_bursts(report, bench, tier);
	return report_close(report);
}

static bool measure(struct bench *bench)
{
	size_t room = (size_t)(WARM_ROUNDS + bench->options.common.rounds) * PACKED;

	for (unsigned k = 0; k < PATHS * GAPS * WAYS; k++) {
		if (!ticks_open(&bench->ticks[0][0][0] + k, room))
			return false;
	}
	if ((bench->options.other.exists && !run_path(bench, PATH_THREAD)) ||
		!run_path(bench, PATH_POLLED))
		return false;
	find_tiers(bench);
	for (unsigned tier = 0; tier < bench->tiers; tier++) {
		if (!run_tier(bench, tier))
			return false;
	}
	if (!tell(bench))
		return false;
	printf("%zu packets, one in %d, were looked at: headers, sums, and bytes after libsrtp2 "
	       "opened them\n",
		bench->looked_at, PIPELINE_CHECK_EACH);
	return true;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	char lcores[64];
	int status;

	if (!parse(argc, argv, &bench.options, &status))
		return status;
	common_pin(&bench.options.common, argv[0]);
	common_other_choose(&bench.options.other);
	snprintf(lcores, sizeof(lcores), bench.options.other.exists ? "0@%u,%u@%u" : "0@%u",
		machine_cpu(), WORKER_LCORE, bench.options.other.cpu);
	judge_init();
	if (!gateway_start(&bench.gateway, lcores, 1))
		return EXIT_FAILURE;
	return measure(&bench) ? EXIT_SUCCESS : EXIT_FAILURE;
}
