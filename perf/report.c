/* SPDX-License-Identifier: BSD-3-Clause */
/* Results of bench_srtp; see report.h. */
#include "report.h"

#include "contender.h"
#include "drivers/crypto/drivers.h"

#include <jansson.h>
#include <stdio.h>

#define CLOCK_NAME "CLOCK_THREAD_CPUTIME_ID"

/* Backends with their library versions: one line each, and into the JSON. */
static void describe_backends(json_t *versions)
{
	for (unsigned i = 0; sotto_crypto_backends[i]; i++) {
		const struct sotto_crypto_backend *backend = sotto_crypto_backends[i];
		struct sotto_crypto *crypto;

		if (backend->create(NULL, &crypto) != 0)
			continue;
		printf("%-9s %s\n", backend->name, backend->describe(crypto));
		json_object_set_new(
			versions, backend->name, json_string(backend->describe(crypto)));
		backend->destroy(crypto);
	}
}

static json_t *machine_json(const struct machine *machine, unsigned cpu)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:i}", "cpu", machine->cpu, "flags",
		machine->flags, "kernel", machine->kernel, "compiler", machine->compiler, "build",
		machine->build, "load_at_start", machine->load, "core", (int)cpu);
}

void report_open(struct report *report, const struct options *options,
	const struct machine *machine, unsigned cpu)
{
	json_t *versions = json_object();
	char libsrtp[128];

	contender_libsrtp_describe(libsrtp, sizeof(libsrtp));
	printf("processor %s, core %u (%s)\n", machine->cpu, cpu, machine->flags);
	printf("system    %s, compiler %s, build %s, load %.2f\n", machine->kernel,
		machine->compiler, machine->build, machine->load);
	describe_backends(versions);
	printf("libsrtp2  %s\n", libsrtp);
	printf("suite     %s, replay lists of %u\n", options->suite->name, options->window);
	printf("clock     " CLOCK_NAME "; bursts of %d; %u packets a round, %u rounds in turns\n\n",
		SOTTO_BURST, options->packets, options->rounds);
	printf("ns per packet: median [quartiles]; ratios: median of the rounds' ratios\n");
	printf("%-9s %7s %7s  %-15s %-22s %-22s %-22s %9s %14s\n", "", "payload", "streams",
		"backend", "bare ipsec-mb", "sotto", "libsrtp2", "sotto/raw", "libsrtp2/sotto");
	json_object_set_new(versions, "libsrtp2", json_string(libsrtp));
	report->results = json_array();
	report->json = json_pack("{s:s, s:s, s:i, s:s, s:i, s:i, s:i, s:o, s:o, s:o}", "bench",
		"srtp", "suite", options->suite->name, "window", (int)options->window, "clock",
		CLOCK_NAME, "burst", SOTTO_BURST, "packets_per_round", (int)options->packets,
		"rounds", (int)options->rounds, "machine", machine_json(machine, cpu), "versions",
		versions, "results", report->results);
	if (options->commit)
		json_object_set_new(report->json, "commit", json_string(options->commit));
}

static void print_spread(const struct samples *samples)
{
	struct spread s;
	char text[64];

	if (!samples) {
		printf(" %-22s", "-");
		return;
	}
	s = samples_spread(samples);
	snprintf(text, sizeof(text), "%.1f [%.1f..%.1f]", s.median, s.lower, s.upper);
	printf(" %-22s", text);
}

static void print_ratio(const struct samples *a, const struct samples *b, int width)
{
	if (a && b)
		printf(" %*.2f", width, samples_ratio(a, b).median);
	else
		printf(" %*s", width, "-");
}

static json_t *spread_json(struct spread s)
{
	return json_pack("{s:f, s:f, s:f, s:f, s:f}", "min", s.min, "lower", s.lower, "median",
		s.median, "upper", s.upper, "max", s.max);
}

static void set_spread(json_t *to, const char *name, const struct samples *samples)
{
	if (samples)
		json_object_set_new(to, name, spread_json(samples_spread(samples)));
}

static void set_ratio(
	json_t *to, const char *name, const struct samples *a, const struct samples *b)
{
	if (a && b)
		json_object_set_new(to, name, spread_json(samples_ratio(a, b)));
}

void report_row(struct report *report, const struct row *row)
{
	const struct scene *scene = row->scene;
	const char *direction = scene->direction == PROTECT ? "protect" : "unprotect";
	json_t *json = json_pack("{s:s, s:i, s:i, s:s, s:s}", "direction", direction, "payload",
		(int)scene->payload, "streams", (int)scene->streams, "backend", row->backend,
		"tier", row->tier);
	char name[32];

	snprintf(name, sizeof(name), "%s/%s", row->backend, row->tier);
	printf("%-9s %7u %7u  %-14s", direction, scene->payload, scene->streams, name);
	print_spread(row->raw);
	print_spread(row->sotto);
	print_spread(row->libsrtp);
	print_ratio(row->sotto, row->raw, 9);
	print_ratio(row->libsrtp, row->sotto, 14);
	printf("\n");
	fflush(stdout);
	set_spread(json, "raw_ns", row->raw);
	set_spread(json, "sotto_ns", row->sotto);
	set_spread(json, "libsrtp2_ns", row->libsrtp);
	set_ratio(json, "sotto_to_raw", row->sotto, row->raw);
	set_ratio(json, "libsrtp2_to_sotto", row->libsrtp, row->sotto);
	json_array_append_new(report->results, json);
}

bool report_close(struct report *report, const struct options *options)
{
	int rc = options->json ? json_dump_file(report->json, options->json,
					 JSON_INDENT(1) | JSON_REAL_PRECISION(6))
			       : 0;

	json_decref(report->json);
	if (rc != 0)
		fprintf(stderr, "bench_srtp: cannot write %s\n", options->json);
	return rc == 0;
}
