/* SPDX-License-Identifier: BSD-3-Clause */
/* Table and JSON of a benchmark; see report.h. */
#include "report.h"

#include "drivers/crypto/drivers.h"
#include "machine.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "sotto-bench-1" /* changes when a reader would misread */

struct report {
	json_t *json;
	json_t *versions;
	json_t *parameters;
	json_t *rows;
	const char *bench;
	const char *file;             /* NULL: none */
	char head[256];               /* the names over the rows last printed */
	int width[REPORT_PARAMS_MAX]; /* of its columns */
	unsigned count;               /* rows */
};

static json_t *machine_json(const struct machine *machine)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:i, s:I}", "cpu", machine->cpu,
		"flags", machine->flags, "kernel", machine->kernel, "compiler", machine->compiler,
		"build", machine->build, "load_at_start", machine->load, "core", (int)machine_cpu(),
		"cores", (int)machine->cores, "memory", (json_int_t)machine->memory);
}

static void print_machine(const struct machine *machine, const char *clock)
{
	printf("processor %s, core %u of %u (%s)\n", machine->cpu, machine_cpu(), machine->cores,
		machine->flags);
	printf("system    %s, compiler %s, build %s, load %.2f\n", machine->kernel,
		machine->compiler, machine->build, machine->load);
	printf("clock     %s\n", clock);
}

struct report *report_open(const char *bench, const char *clock, const struct common *common)
{
	struct report *report = calloc(1, sizeof(*report));
	struct machine machine;

	if (!report)
		abort();
	machine_describe(&machine);
	print_machine(&machine, clock);
	report->bench = bench;
	report->file = common->json;
	report->versions = json_object();
	report->parameters = json_object();
	report->rows = json_array();
	report->json = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o, s:o, s:o}", "format", FORMAT,
		"bench", bench, "date", machine.date, "clock", clock, "commit", common->commit,
		"machine", machine_json(&machine), "versions", report->versions, "parameters",
		report->parameters, "rows", report->rows);
	if (!report->json)
		abort();
	report_number(report, "rounds", common->rounds);
	return report;
}

void report_version(struct report *report, const char *library, const char *version)
{
	printf("%-9s %s\n", library, version);
	json_object_set_new(report->versions, library, json_string(version));
}

void report_backends(struct report *report)
{
	for (unsigned i = 0; sotto_crypto_backends[i]; i++) {
		const struct sotto_crypto_backend *backend = sotto_crypto_backends[i];
		struct sotto_crypto *crypto;

		if (backend->create(NULL, &crypto) != 0)
			continue;
		report_version(report, backend->name, backend->describe(crypto));
		backend->destroy(crypto);
	}
}

void report_text(struct report *report, const char *name, const char *value)
{
	printf("%-9s %s\n", name, value);
	json_object_set_new(report->parameters, name, json_string(value));
}

void report_number(struct report *report, const char *name, long value)
{
	printf("%-9s %ld\n", name, value);
	json_object_set_new(report->parameters, name, json_integer(value));
}

/* --- the table ---------------------------------------------------------------------------------*/

static const char *param_text(const struct report_param *param, char *number, size_t size)
{
	if (param->text)
		return param->text;
	snprintf(number, size, "%ld", param->number);
	return number;
}

/* The names of the columns, again whenever they change. */
static void print_head(struct report *report, const struct report_row *row)
{
	char head[sizeof(report->head)] = "", number[32];
	size_t used = 0;

	for (unsigned i = 0; i < REPORT_PARAMS_MAX && row->param[i].name && used < sizeof(head);
		i++)
		used += (size_t)snprintf(
			head + used, sizeof(head) - used, " %s", row->param[i].name);
	if (report->count > 0 && strcmp(head, report->head) == 0)
		return;
	memcpy(report->head, head, sizeof(head));
	printf("\n%-12s", "");
	for (unsigned i = 0; i < REPORT_PARAMS_MAX && row->param[i].name; i++) {
		int len = (int)strlen(row->param[i].name);
		int own = (int)strlen(param_text(&row->param[i], number, sizeof(number)));

		report->width[i] = own > len ? own : len;
		printf(" %-*s", report->width[i], row->param[i].name);
	}
	printf(" median [quartiles] of the rounds\n");
}

static void print_params(struct report *report, const struct report_row *row)
{
	char number[32];

	printf("%-12s", row->name);
	for (unsigned i = 0; i < REPORT_PARAMS_MAX && row->param[i].name; i++) {
		const char *text = param_text(&row->param[i], number, sizeof(number));

		if ((int)strlen(text) > report->width[i])
			report->width[i] = (int)strlen(text);
		printf(" %-*s", report->width[i], text);
	}
}

static void print_row(struct report *report, const struct report_row *row)
{
	print_head(report, row);
	print_params(report, row);
	if (row->skipped) {
		printf(" skipped: %s\n", row->skipped);
		return;
	}
	if (row->samples) {
		struct spread s = samples_spread(row->samples);

		printf(" %8.1f [%.1f..%.1f] %s", s.median, s.lower, s.upper, row->unit);
	} else {
		printf(" %8.*f %s", row->value < 1000 ? 1 : 0, row->value, row->unit);
	}
	for (unsigned i = 0; i < REPORT_RATIOS_MAX && row->ratio[i].against; i++) {
		double ratio = samples_ratio(row->samples, row->ratio[i].base).median;

		printf(", %.*f times %s", ratio < 10 ? 2 : 0, ratio, row->ratio[i].against);
	}
	printf("%s%s\n", row->note ? "; " : "", row->note ? row->note : "");
}

/* --- the JSON ----------------------------------------------------------------------------------*/

static json_t *params_json(const struct report_row *row)
{
	json_t *json = json_object();

	for (unsigned i = 0; i < REPORT_PARAMS_MAX && row->param[i].name; i++)
		json_object_set_new(json, row->param[i].name,
			row->param[i].text ? json_string(row->param[i].text)
					   : json_integer(row->param[i].number));
	return json;
}

static void set_spread(json_t *json, struct spread s, unsigned n)
{
	json_object_set_new(json, "median", json_real(s.median));
	json_object_set_new(json, "lower", json_real(s.lower));
	json_object_set_new(json, "upper", json_real(s.upper));
	json_object_set_new(json, "min", json_real(s.min));
	json_object_set_new(json, "max", json_real(s.max));
	json_object_set_new(json, "n", json_integer(n));
}

static json_t *ratios_json(const struct report_row *row)
{
	json_t *json = json_array();

	for (unsigned i = 0; i < REPORT_RATIOS_MAX && row->ratio[i].against; i++) {
		json_t *one = json_pack("{s:s}", "against", row->ratio[i].against);

		set_spread(one, samples_ratio(row->samples, row->ratio[i].base), row->samples->n);
		json_array_append_new(json, one);
	}
	return json;
}

static json_t *row_json(const struct report_row *row)
{
	json_t *json = json_pack("{s:s, s:o, s:s}", "name", row->name, "parameters",
		params_json(row), "unit", row->unit ? row->unit : "");

	if (row->note)
		json_object_set_new(json, "note", json_string(row->note));
	if (row->skipped) {
		json_object_set_new(json, "skipped", json_string(row->skipped));
		return json;
	}
	if (row->samples)
		set_spread(json, samples_spread(row->samples), row->samples->n);
	else
		set_spread(json,
			(struct spread){row->value, row->value, row->value, row->value, row->value},
			1);
	json_object_set_new(json, "ratios", ratios_json(row));
	return json;
}

void report_row(struct report *report, const struct report_row *row)
{
	print_row(report, row);
	fflush(stdout);
	json_array_append_new(report->rows, row_json(row));
	report->count++;
}

bool report_close(struct report *report)
{
	int rc = report->file ? json_dump_file(report->json, report->file,
					JSON_INDENT(1) | JSON_REAL_PRECISION(6))
			      : 0;

	if (rc != 0)
		fprintf(stderr, "bench_%s: cannot write %s\n", report->bench, report->file);
	json_decref(report->json);
	free(report);
	return rc == 0;
}
