/* SPDX-License-Identifier: BSD-3-Clause */
/* What is told at the end: see report.h. */
#include "report.h"

#include "say.h"

#include <inttypes.h>
#include <stdio.h>

/* The counters by name, in the order of the table. */
static const struct counter {
	const char *name;  /* in JSON */
	const char *title; /* in the table */
	size_t offset;
} counters[] = {
	{"sent", "sent", offsetof(struct gen_counts, sent)},
	{"received", "received", offsetof(struct gen_counts, received)},
	{"reordered", "reordered", offsetof(struct gen_counts, reordered)},
	{"late", "too late", offsetof(struct gen_counts, late)},
	{"duplicate", "duplicate", offsetof(struct gen_counts, duplicate)},
	{"wrong", "wrong bytes", offsetof(struct gen_counts, wrong)},
	{"bad_tag", "wrong tag", offsetof(struct gen_counts, bad_tag)},
	{"malformed", "malformed", offsetof(struct gen_counts, malformed)},
	{"unexpected", "unexpected", offsetof(struct gen_counts, unexpected)},
	{"foreign", "foreign frames", offsetof(struct gen_counts, foreign)},
	{"unsent", "not sent", offsetof(struct gen_counts, unsent)},
	{"held", "device was full", offsetof(struct gen_counts, held)},
};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

static const struct {
	const char *name;
	double share;
} percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};

#define PERCENTILES (sizeof(percentiles) / sizeof(percentiles[0]))

static uint64_t value_of(const struct gen_counts *counts, const struct counter *counter)
{
	return *(const uint64_t *)((const char *)counts + counter->offset);
}

static double loss_percent(const struct gen_counts *counts)
{
	return counts->sent == 0 ? 0 : 100 * (double)gen_lost(counts) / (double)counts->sent;
}

static double microseconds(const struct gen_report *report, double share)
{
	return (double)gen_histogram_at(&report->latency, share) * 1e6 / (double)report->gen->hz;
}

/* Whether what was asked for was sent. */
static bool was_offered(const struct gen_result *result)
{
	return result->offered >= GEN_SEARCH_KEPT * result->asked;
}

/* --- for programs ----------------------------------------------------------------------------- */

static json_t *result_json(const struct gen_result *result)
{
	const struct gen_counts *counts = &result->counts;
	json_t *json = json_pack("{s:f, s:f, s:f, s:f, s:I, s:I, s:f}", "asked_pps", result->asked,
		"offered_pps", result->offered, "began_s", result->began, "seconds",
		result->seconds, "let_go", (json_int_t)result->let_go, "lost",
		(json_int_t)gen_lost(counts), "loss_percent", loss_percent(counts));

	json_object_set_new(json, "offered", json_boolean(was_offered(result)));
	for (size_t i = 0; i < COUNTERS; i++)
		json_object_set_new(json, counters[i].name,
			json_integer((json_int_t)value_of(counts, &counters[i])));
	return json;
}

static json_t *latency_json(const struct gen_report *report)
{
	const struct gen_histogram *latency = &report->latency;
	json_t *json = json_object();

	if (latency->count == 0) {
		json_decref(json);
		return json_null();
	}
	json_object_set_new(json, "packets", json_integer((json_int_t)latency->count));
	json_object_set_new(
		json, "min", json_real((double)latency->least * 1e6 / (double)report->gen->hz));
	json_object_set_new(json, "mean",
		json_real((double)latency->sum / (double)latency->count * 1e6 /
			  (double)report->gen->hz));
	for (size_t i = 0; i < PERCENTILES; i++)
		json_object_set_new(json, percentiles[i].name,
			json_real(microseconds(report, percentiles[i].share)));
	return json;
}

static const char *suite_name(const struct gen_options *options, int side)
{
	return options->side[side].suite ? options->side[side].suite->name : "clear";
}

static json_t *settings_json(const struct gen *gen)
{
	const struct gen_options *options = &gen->options;

	return json_pack("{s:i, s:i, s:i, s:i, s:s?, s:s?, s:s?, s:s?, s:s?, s:I, s:s}", "calls",
		(int)gen->plan.count, "streams", (int)gen->stream_count, "payload",
		(int)options->payload, "ptime_ms", (int)options->ptime_ms, "device_a",
		options->side[GEN_A].device, "device_b", options->side[GEN_B].device,
		/* a plan has suites of its own */
		"suite_a", options->plan ? NULL : suite_name(options, GEN_A), "suite_b",
		options->plan ? NULL : suite_name(options, GEN_B), "plan", options->plan, "seed",
		(json_int_t)options->seed, "version", SOTTO_VERSION);
}

static json_t *search_json(const struct gen_report *report)
{
	const struct gen_search *search = report->search;
	bool ndr = report->gen->options.search == GEN_SEARCH_NDR;

	if (!search)
		return json_null();
	return json_pack("{s:s, s:f, s:f, s:b, s:b, s:f, s:O}", "kind", ndr ? "ndr" : "pdr",
		"max_loss_percent", 100 * search->max_loss, "pps", search->low, "confirmed",
		search->confirmed, "offer_limited", search->limited, "precision_percent",
		100 * search->precision, "trials", report->trials);
}

int gen_report_save(const struct gen_report *report, const char *path)
{
	json_t *json =
		json_pack("{s:o, s:o, s:o, s:o, s:b}", "settings", settings_json(report->gen),
			"search", search_json(report), "result", result_json(&report->result),
			"latency_us", latency_json(report), "good", report->good);
	int rc = json ? json_dump_file(json, path, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : -1;

	json_decref(json);
	return rc == 0 ? 0 : gen_complain(GEN_FAULT, "cannot write %s", path);
}

/* --- for people ------------------------------------------------------------------------------- */

void gen_report_trial(
	struct gen_report *report, const struct gen_result *result, const char *what, bool passed)
{
	json_t *json = result_json(result);

	json_object_set_new(json, "what", json_string(what));
	json_object_set_new(json, "passed", json_boolean(passed));
	json_array_append_new(report->trials, json);
	printf("%-8s %9.0f/s offered of %9.0f/s  lost %" PRIu64 " of %" PRIu64
	       " (%.4f %%)  faults %" PRIu64 "  %s\n",
		what, result->offered, result->asked, gen_lost(&result->counts),
		result->counts.sent, loss_percent(&result->counts), gen_faults(&result->counts),
		!passed               ? "too much"
		: was_offered(result) ? "good"
				      : "good, but the rate was not offered");
	fflush(stdout);
}

static void print_counters(const struct gen_result *result)
{
	for (size_t i = 0; i < COUNTERS; i++) {
		uint64_t value = value_of(&result->counts, &counters[i]);

		printf("  %-16s %14" PRIu64, counters[i].title, value);
		if (value != 0 && i < 2 && result->seconds > 0)
			printf("   %.0f a second", (double)value / result->seconds);
		putchar('\n');
		if (i == 1)
			printf("  %-16s %14" PRIu64 "   %.4f %%\n", "lost",
				gen_lost(&result->counts), loss_percent(&result->counts));
	}
}

static void print_latency(const struct gen_report *report)
{
	if (report->latency.count == 0)
		return;
	printf("  one-way latency ");
	for (size_t i = 0; i < PERCENTILES; i++)
		printf("  %s %.1f us", percentiles[i].name,
			microseconds(report, percentiles[i].share));
	putchar('\n');
}

static void print_search(const struct gen_report *report)
{
	const struct gen_search *search = report->search;
	bool ndr = report->gen->options.search == GEN_SEARCH_NDR;

	printf("  %s (%g %% loss) %.0f packets a second%s%s\n", ndr ? "NDR" : "PDR",
		100 * search->max_loss, search->low,
		search->confirmed       ? ", confirmed"
		: search->wants_confirm ? ", NOT confirmed"
					: "",
		search->limited ? "; more could not be offered" : "");
}

void gen_report_print(const struct gen_report *report)
{
	const struct gen_result *result = &report->result;

	printf("\n%u calls, %u streams, %.1f s", report->gen->plan.count, report->gen->stream_count,
		result->seconds);
	if (result->let_go != 0)
		printf(" (%.2f %% of the packets were not sent: %s)",
			100 * (double)result->let_go /
				(double)(result->let_go + result->counts.sent),
			result->counts.held != 0 ? "the devices were full"
						 : "this machine was too slow, or busy otherwise");
	putchar('\n');
	print_counters(result);
	print_latency(report);
	if (report->search)
		print_search(report);
	else if (!was_offered(result))
		printf("  only %.0f of %.0f packets a second could be sent: this says nothing of a "
		       "higher rate\n",
			result->offered, result->asked);
	printf("verdict: %s\n", report->good ? "good" : "BAD");
	fflush(stdout);
}
