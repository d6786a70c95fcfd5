/* SPDX-License-Identifier: BSD-3-Clause */
/* watch: rates from stats.get, redrawn in place on a terminal, one line each otherwise. */
#include "show.h"
#include "table.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REASONS 5 /* drop reasons that are shown */
#define REASONS_MAX 128

/* Two readings and the time between them. */
struct reading {
	const json_t *before;
	const json_t *now;
	double seconds;
};

struct reason {
	const char *name;
	double rate;     /* packets a second */
	long long total; /* packets */
};

static double rate(const struct reading *r, long long before, long long now)
{
	return r->seconds > 0 ? (double)(now - before) / r->seconds : 0;
}

static double rate_of(
	const struct reading *r, const json_t *before, const json_t *now, const char *name)
{
	return rate(r, show_number(before, name), show_number(now, name));
}

static double drop_rate(const struct reading *r, const json_t *before, const json_t *now)
{
	return rate(r, show_sum(json_object_get(before, "drops")),
		show_sum(json_object_get(now, "drops")));
}

static double busy_percent(const json_t *before, const json_t *now)
{
	double busy =
		(double)(show_number(now, "busy_cycles") - show_number(before, "busy_cycles"));
	double idle =
		(double)(show_number(now, "idle_cycles") - show_number(before, "idle_cycles"));

	return busy + idle > 0 ? 100 * busy / (busy + idle) : 0;
}

static int by_rate(const void *a, const void *b)
{
	const struct reason *left = a;
	const struct reason *right = b;

	if (left->rate != right->rate)
		return left->rate < right->rate ? 1 : -1;
	return left->total < right->total ? 1 : left->total > right->total ? -1 : 0;
}

/* The reasons that drop most now; returns how many. */
static size_t top_reasons(const struct reading *r, struct reason reasons[REASONS_MAX])
{
	const json_t *before = json_object_get(json_object_get(r->before, "totals"), "drops");
	json_t *now = json_object_get(json_object_get(r->now, "totals"), "drops");
	const char *name;
	json_t *value;
	size_t count = 0;

	json_object_foreach(now, name, value)
	{
		if (count == REASONS_MAX)
			break;
		reasons[count++] = (struct reason){.name = name,
			.rate = rate_of(r, before, now, name),
			.total = json_integer_value(value)};
	}
	qsort(reasons, count, sizeof(reasons[0]), by_rate);
	return count < REASONS ? count : REASONS;
}

static void draw_workers(const struct reading *r)
{
	static const char *const heads[] = {
		">WORKER", ">CORE", ">RECEIVED/S", ">SENT/S", ">DROPPED/S", ">BUSY %", NULL};
	const json_t *workers = json_object_get(r->now, "workers");
	struct table table;

	table_start(&table, heads);
	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *before = json_array_get(json_object_get(r->before, "workers"), i);
		const json_t *now = json_array_get(workers, i);

		table_add(&table, "%lld", show_number(now, "worker"));
		table_add(&table, "%lld", show_number(now, "core"));
		table_add(&table, "%.0f", rate_of(r, before, now, "received"));
		table_add(&table, "%.0f", rate_of(r, before, now, "sent"));
		table_add(&table, "%.0f", drop_rate(r, before, now));
		table_add(&table, "%.1f", busy_percent(before, now));
	}
	table_end(&table);
}

static void draw_reasons(const struct reading *r)
{
	static const char *const heads[] = {"DROPPED FOR", ">PACKETS/S", ">PACKETS", NULL};
	struct reason reasons[REASONS_MAX];
	size_t count = top_reasons(r, reasons);
	struct table table;

	table_start(&table, heads);
	for (size_t i = 0; i < count; i++) {
		table_add(&table, "%s", reasons[i].name);
		table_add(&table, "%.0f", reasons[i].rate);
		table_add(&table, "%lld", reasons[i].total);
	}
	table_end(&table);
}

/* For a terminal: the screen anew, from its upper left corner. */
static void draw(const struct reading *r)
{
	printf("\033[H\033[2J");
	printf("up %lld s, %lld sessions, %lld streams\n\n", show_number(r->now, "uptime_s"),
		show_number(r->now, "sessions"), show_number(r->now, "streams"));
	draw_workers(r);
	putchar('\n');
	draw_reasons(r);
	fflush(stdout);
}

/* For a file or a pipe: one line. */
static void print_line(const struct reading *r)
{
	const json_t *before = json_object_get(r->before, "totals");
	const json_t *now = json_object_get(r->now, "totals");
	const json_t *workers = json_object_get(r->now, "workers");
	struct reason reasons[REASONS_MAX];
	size_t count = top_reasons(r, reasons);

	printf("uptime_s=%lld sessions=%lld streams=%lld received/s=%.0f sent/s=%.0f "
	       "dropped/s=%.0f",
		show_number(r->now, "uptime_s"), show_number(r->now, "sessions"),
		show_number(r->now, "streams"), rate_of(r, before, now, "received"),
		rate_of(r, before, now, "sent"), drop_rate(r, before, now));
	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *then = json_array_get(json_object_get(r->before, "workers"), i);
		const json_t *worker = json_array_get(workers, i);

		printf(" worker%lld=%.0f/%.0f/%.0f", show_number(worker, "worker"),
			rate_of(r, then, worker, "received"), rate_of(r, then, worker, "sent"),
			drop_rate(r, then, worker));
	}
	for (size_t i = 0; i < count; i++)
		printf(" %s=%.0f", reasons[i].name, reasons[i].rate);
	putchar('\n');
	fflush(stdout);
}

static void show(const struct ctl *ctl, const struct reading *r)
{
	if (ctl->json)
		ctl_print_json(r->now);
	else if (isatty(STDOUT_FILENO))
		draw(r);
	else
		print_line(r);
}

/* Lets the interval pass; false when a signal came. */
static bool pause_for(struct ctl *ctl, int64_t ms)
{
	int64_t end = client_now_ms() + ms;
	int64_t left;

	while (!ctl->client.interrupted && (left = end - client_now_ms()) > 0)
		poll(NULL, 0, left > 1000 ? 1000 : (int)left);
	return !ctl->client.interrupted;
}

static enum ctl_exit read_stats(struct ctl *ctl, json_t **result, int64_t *at_ms)
{
	enum ctl_exit rc = ctl_call(ctl, "stats.get", json_object(), result);

	*at_ms = client_now_ms();
	return rc;
}

static enum ctl_exit watch(struct ctl *ctl, int64_t interval_ms, int64_t count)
{
	json_t *before = NULL;
	json_t *now = NULL;
	int64_t before_ms, now_ms;
	enum ctl_exit rc = read_stats(ctl, &before, &before_ms);

	for (int64_t i = 0; rc == CTL_OK && i < count && pause_for(ctl, interval_ms); i++) {
		struct reading reading;

		rc = read_stats(ctl, &now, &now_ms);
		if (rc != CTL_OK)
			break;
		reading = (struct reading){before, now, (double)(now_ms - before_ms) / 1000};
		show(ctl, &reading);
		json_decref(before);
		before = now;
		before_ms = now_ms;
	}
	json_decref(before);
	return rc;
}

/* Seconds, also parts of one, as milliseconds. */
static bool read_interval(const char *text, int64_t *ms)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds >= 0.1 && seconds <= 3600)) {
		ctl_complain("'%s' is not a number of seconds from 0.1 to 3600", text);
		return false;
	}
	*ms = (int64_t)(seconds * 1000);
	return true;
}

enum ctl_exit ctl_watch(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {{"interval", required_argument, NULL, 'i'},
		{"count", required_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
	int64_t interval_ms = 1000;
	int64_t count = INT64_MAX;
	bool good = true;
	int option;

	while (good && (option = getopt_long(argc, argv, "i:n:", options, NULL)) != -1) {
		if (option == 'i')
			good = read_interval(optarg, &interval_ms);
		else
			good = option == 'n' && ctl_number(optarg, 1, INT64_MAX, &count);
	}
	if (!good || optind != argc)
		return ctl_misused(argv[0]);
	return watch(ctl, interval_ms, count);
}
