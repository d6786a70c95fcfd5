/* SPDX-License-Identifier: BSD-3-Clause */
/* All trials, from warm-up to verdict. */
#include "report.h"
#include "say.h"

#include <stdio.h>
#include <string.h>

#define PDR_LOSS 0.005 /* share that may be lost, unless --max-loss says so */

/* What the ptime says: packets a second of all streams. */
static double natural_rate(const struct gen *gen)
{
	return (double)gen->stream_count * 1000 / gen->options.ptime_ms;
}

static double pdr_loss(const struct gen *gen)
{
	return gen->options.max_loss > 0 ? gen->options.max_loss : PDR_LOSS;
}

/* Sends for a while so that neighbours, caches and queues are as they will be. */
static void warm_up(struct gen *gen, double rate)
{
	struct gen_result ignored;

	if (gen->options.warmup_s > 0 && !gen->stop)
		gen_trial(gen, rate, gen->options.warmup_s, NULL, &ignored);
}

/*
 * After a loss, half of what came through, so that a gateway empties the queues that have filled up
 * and the next trial does not meet them. Some look at a queue again only when a packet comes.
 */
static void settle(struct gen *gen, const struct gen_result *last)
{
	double seconds = gen->options.settle_s;
	struct gen_result ignored;

	if (seconds > 0 && !gen->stop && gen_lost(&last->counts) != 0 && last->counts.received != 0)
		gen_trial(gen, (double)last->counts.received / last->seconds / 2, seconds, NULL,
			&ignored);
}

static void keep(struct gen_report *report, const struct gen_result *result)
{
	report->result = *result;
	memcpy(&report->latency, &report->gen->lane.latency, sizeof(report->latency));
}

static void run_rate(struct gen *gen, struct gen_report *report)
{
	double rate = gen->options.rate > 0 ? gen->options.rate : natural_rate(gen);
	struct gen_result result;
	struct gen_search_trial trial;

	warm_up(gen, rate);
	gen_trial(gen, rate, gen->options.duration_s, "", &result);
	keep(report, &result);
	trial = (struct gen_search_trial){
		.sent = result.counts.sent, .received = result.counts.received};
	report->good =
		gen_search_passed(gen->options.max_loss, &trial) && gen_faults(&result.counts) == 0;
}

/* One trial of a search. Wrong packets fail it: no gateway may become wrong when it is fast. */
static bool try_rate(struct gen *gen, struct gen_report *report, struct gen_search *search,
	double rate, bool confirm)
{
	double seconds = confirm ? gen->options.confirm_s : gen->options.trial_s;
	struct gen_search_trial trial;
	struct gen_result result;

	settle(gen, &report->result);
	gen_trial(gen, rate, seconds, NULL, &result);
	trial = (struct gen_search_trial){
		.asked = rate,
		.offered = result.offered,
		.sent = result.counts.sent,
		.received = result.counts.received,
	};
	gen_report_trial(report, &result, confirm ? "confirm" : "trial",
		gen_search_passed(search->max_loss, &trial));
	gen_search_result(search, &trial);
	keep(report, &result);
	return gen_faults(&result.counts) == 0;
}

static void run_search(struct gen *gen, struct gen_report *report, struct gen_search *search)
{
	bool confirm, clean = true;
	double rate;

	gen_search_start(search, gen->options.highest,
		gen->options.search == GEN_SEARCH_PDR ? pdr_loss(gen) : 0, gen->options.precision,
		gen->options.confirm_s > 0);
	report->search = search;
	warm_up(gen, natural_rate(gen) < search->high ? natural_rate(gen) : search->high);
	while (!gen->stop && (rate = gen_search_next(search, &confirm)) > 0)
		clean = try_rate(gen, report, search, rate, confirm) && clean;
	report->good = clean && !gen->stop && search->low > 0 &&
		       (search->confirmed || !search->wants_confirm);
}

int gen_run(struct gen *gen)
{
	static struct gen_report report;
	struct gen_search search;
	int rc = 0;

	report.gen = gen;
	report.trials = json_array();
	if (gen->options.search != GEN_SEARCH_NONE)
		run_search(gen, &report, &search);
	else
		run_rate(gen, &report);
	gen_report_print(&report);
	if (gen->options.json)
		rc = gen_report_save(&report, gen->options.json);
	json_decref(report.trials);
	return rc != 0 ? rc : report.good ? GEN_GOOD : GEN_BAD;
}
