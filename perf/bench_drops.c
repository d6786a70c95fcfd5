/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What refused packets cost, through the worker as it is in the engine: forged ones, replayed ones
 * and those for a port where nobody listens, beside good ones; and what a flood of forged packets
 * on one call costs the good packets of the others.
 *
 * The latter cannot be read off a clock, since good and forged packets share bursts. It is the time
 * of n good packets of other calls mixed with n forged ones of one call, less the time of n such
 * forged packets alone, over n. What the sharing itself costs is thereby laid to the good packets:
 * alone they fill their bursts, here every burst has half as many to decrypt and to send. A gateway
 * under such a flood has no less full bursts than without it, so this is more than they pay there.
 * That the forged packets' own time is gone for others is not in it; forged-one-call tells that.
 */
#include "common.h"
#include "drops.h"
#include "machine.h"
#include "report.h"
#include "samples.h"

#include "tests/oracle/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: %s [options]\n"
	"Nanoseconds of processor time per packet through a worker, SRTP to RTP, in turns:\n"
	"  good             packets of all calls, in random order\n"
	"  forged           the same with a wrong tag, and the sequence numbers that come next, "
	"so\n"
	"                   that each is tried\n"
	"  replayed         the same once more\n"
	"  unknown-port     the same to ports where nobody listens\n"
	"  forged-one-call  forged ones of a single call that is none of these\n"
	"  beside-flood     good ones, mixed at random with as many forged ones of that call: the\n"
	"                   time of all, less that of as many forged ones alone in the same "
	"round,\n"
	"                   per good packet. Alone good packets fill their bursts, here half of\n"
	"                   each: what that costs is in it too.\n"
	"Before each turn as many good packets go ahead untimed. All counters of worker and legs\n"
	"must be exact, nothing refused may come out, no good packet may be missing, and what was\n"
	"refused must pass afterwards when it comes unchanged.\n"
	"\n"
	"  --calls N        calls that packets are drawn from, 500 to 20000 (default 1000)\n"
	"  --payload N      bytes, up to 1400 (default 160)\n"
	"  --suite NAME     crypto suite as in a=crypto (default AES_CM_128_HMAC_SHA1_80)\n"
	"  --packets N      of a turn, a multiple of 64, up to 4096 (default 4096)\n" COMMON_USAGE;

struct options {
	struct common common;
	struct drops_wish wish;
};

enum {
	GOOD,
	FORGED,
	REPLAYED,
	UNKNOWN_PORT,
	FORGED_ONE_CALL,
	BESIDE_FLOOD,
	TURNS
};

/* What one turn sends. */
struct kind {
	const char *name;
	enum drops_change change;
	bool calls; /* packets of all calls */
	bool flood; /* and as many forged ones of the one call */
};

static const struct kind kinds[TURNS] = {
	[GOOD] = {"good", DROPS_GOOD, true, false},
	[FORGED] = {"forged", DROPS_FORGED, true, false},
	[REPLAYED] = {"replayed", DROPS_REPLAYED, true, false},
	[UNKNOWN_PORT] = {"unknown-port", DROPS_UNWANTED, true, false},
	[FORGED_ONE_CALL] = {"forged-one-call", DROPS_FORGED, false, true},
	[BESIDE_FLOOD] = {"beside-flood", DROPS_GOOD, true, true},
};

struct bench {
	struct options options;
	struct drops drops;
	struct turn turns[TURNS];
	struct part {
		struct bench *bench;
		const struct kind *kind;
	} parts[TURNS];
};

static bool option(void *arg, int c, const char *text)
{
	struct options *o = arg;

	switch (c) {
	case 'n':
		return common_number(text, DROPS_CALLS_MIN, DROPS_CALLS_MAX, &o->wish.calls);
	case 'p':
		return common_number(text, 1, 1400, &o->wish.payload);
	case 's':
		o->wish.suite = sotto_keys_suite_by_name(text, strlen(text));
		return o->wish.suite != NULL;
	case 'k':
		return common_number(text, SOTTO_BURST, DROPS_PACKETS_MAX, &o->wish.packets) &&
		       o->wish.packets % SOTTO_BURST == 0;
	default:
		return common_option(&o->common, c, text);
	}
}

/* False when the program must end with *status. */
static bool parse(int argc, char **argv, struct options *o, int *status)
{
	static const struct option longs[] = {{"calls", required_argument, NULL, 'n'},
		{"payload", required_argument, NULL, 'p'}, {"suite", required_argument, NULL, 's'},
		{"packets", required_argument, NULL, 'k'}, COMMON_OPTIONS, {0}};
	const struct common_program program = {
		.usage = usage, .longs = longs, .option = option, .arg = o};

	*o = (struct options){.common = common_defaults(),
		.wish = {.suite = sotto_keys_suite_at(0),
			.payload = 160,
			.calls = 1000,
			.packets = DROPS_PACKETS_MAX}};
	return common_parse(argc, argv, &program, status);
}

/*
 * One turn: ns over the number of packets of either kind. What was refused untouched goes through
 * afterwards, so that the streams have no gaps, and to see that it passes.
 */
static double measure(void *arg, bool look)
{
	const struct part *part = arg;
	struct drops *drops = &part->bench->drops;
	const struct kind *kind = part->kind;
	unsigned packets = drops->good.count;
	uint64_t ns;

	drops_renew(drops, &drops->good);
	drops_pass(drops, DROPS_GOOD, &drops->good, 0);
	if (kind->calls && kind->change != DROPS_REPLAYED)
		drops_renew(drops, &drops->good);
	if (kind->flood)
		drops_renew(drops, &drops->flood);
	ns = drops_pass(
		drops, kind->change, kind->calls ? &drops->good : NULL, kind->flood ? packets : 0);
	if (kind->calls && (kind->change == DROPS_FORGED || kind->change == DROPS_UNWANTED))
		drops_pass(drops, DROPS_GOOD, &drops->good, 0);
	if (kind->flood)
		drops_pass(drops, DROPS_GOOD, &drops->flood, 0);
	drops_check_legs(drops);
	return (double)ns / packets;
}

static void run(struct bench *bench)
{
	for (unsigned k = 0; k < TURNS; k++) {
		bench->parts[k] = (struct part){.bench = bench, .kind = &kinds[k]};
		bench->turns[k] = (struct turn){.measure = measure, .arg = &bench->parts[k]};
	}
	samples_take_turns(bench->turns, TURNS, bench->options.common.rounds, NULL, NULL);
}

/* The mixed turn's time of both, per pair of a good and a forged packet, less the forged one's. */
static void take_off_flood(struct bench *bench)
{
	struct samples *mixed = &bench->turns[BESIDE_FLOOD].samples;

	for (unsigned i = 0; i < mixed->n; i++)
		mixed->value[i] -= bench->turns[FORGED_ONE_CALL].samples.value[i];
}

static bool tell(const struct bench *bench)
{
	const struct drops_wish *wish = &bench->options.wish;
	struct report *report =
		report_open("drops", "CLOCK_THREAD_CPUTIME_ID", &bench->options.common);

	report_backends(report);
	report_number(report, "packets", wish->packets);
	for (unsigned k = 0; k < TURNS; k++) {
		struct report_row row = {.name = kinds[k].name,
			.unit = "ns/packet",
			.samples = &bench->turns[k].samples,
			.param = {{.name = "suite", .text = wish->suite->name},
				{.name = "payload", .number = wish->payload},
				{.name = "calls", .number = wish->calls},
				{.name = "workers", .number = 1}}};

		if (k != GOOD)
			row.ratio[0] = (struct report_ratio){
				.against = k == BESIDE_FLOOD ? "no flood" : "good",
				.base = &bench->turns[GOOD].samples};
		report_row(report, &row);
	}
	return report_close(report);
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
	if (!gateway_start(&bench.drops.gateway, lcore, 1))
		return EXIT_FAILURE;
	drops_open(&bench.drops, &bench.options.wish);
	run(&bench);
	if (!pipeline_judge(&bench.drops.pipeline))
		return EXIT_FAILURE;
	take_off_flood(&bench);
	return tell(&bench) ? EXIT_SUCCESS : EXIT_FAILURE;
}
