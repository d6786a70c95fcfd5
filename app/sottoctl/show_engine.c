/* SPDX-License-Identifier: BSD-3-Clause */
/* hello, stats.get and port.set for people. */
#include "show.h"
#include "table.h"

#include <stdio.h>

/* An array of texts as one line. */
static void show_list(const char *name, const json_t *array)
{
	printf("%s", name);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *text = json_string_value(json_array_get(array, i));

		printf("%s%s", i == 0 ? "" : ", ", text ? text : "-");
	}
	putchar('\n');
}

static void show_interfaces(const json_t *interfaces)
{
	static const char *const heads[] = {"INTERFACE", "FAMILY", "ADDRESS", "PORTS", NULL};
	struct table table;

	table_start(&table, heads);
	for (size_t i = 0; i < json_array_size(interfaces); i++) {
		const json_t *row = json_array_get(interfaces, i);

		table_add(&table, "%s", show_text(row, "name"));
		table_add(&table, "%s", show_text(row, "family"));
		table_add(&table, "%s", show_text(row, "address"));
		table_add(&table, "%s", show_text(row, "ports"));
	}
	table_end_apart(&table);
}

void show_hello(const json_t *result)
{
	const json_t *api = json_object_get(result, "api");
	const json_t *limits = json_object_get(result, "limits");

	printf("server      %s\n", show_text(result, "server"));
	printf("api         %lld.%lld\n", show_number(api, "major"), show_number(api, "minor"));
	printf("instance    %s\n", show_text(result, "instance"));
	printf("boot id     %s\n", show_text(result, "boot_id"));
	printf("next event  %lld\n", show_number(result, "event_seq"));
	printf("limits      %lld sessions, %lld streams, %lld bytes a line, %lld requests a "
	       "batch\n",
		show_number(limits, "sessions"), show_number(limits, "streams"),
		show_number(limits, "line_bytes"), show_number(limits, "batch"));
	show_list("suites      ", json_object_get(result, "suites"));
	show_list("features    ", json_object_get(result, "features"));
	show_interfaces(json_object_get(result, "interfaces"));
}

static void show_workers(const json_t *workers)
{
	static const char *const heads[] = {">WORKER", ">CORE", ">RECEIVED", ">SENT", ">DROPPED",
		">PUNTED", ">GENERATED", ">HANDED OVER", ">TAKEN OVER", ">BURSTS", ">BUSY %", NULL};
	struct table table;

	table_start(&table, heads);
	for (size_t i = 0; i < json_array_size(workers); i++) {
		const json_t *row = json_array_get(workers, i);
		double busy = (double)show_number(row, "busy_cycles");
		double all = busy + (double)show_number(row, "idle_cycles");

		table_add(&table, "%lld", show_number(row, "worker"));
		table_add(&table, "%lld", show_number(row, "core"));
		table_add(&table, "%lld", show_number(row, "received"));
		table_add(&table, "%lld", show_number(row, "sent"));
		table_add(&table, "%lld", show_sum(json_object_get(row, "drops")));
		table_add(&table, "%lld", show_number(row, "punted"));
		table_add(&table, "%lld", show_number(row, "generated"));
		table_add(&table, "%lld", show_number(row, "handed_over"));
		table_add(&table, "%lld", show_number(row, "taken_over"));
		table_add(&table, "%lld", show_number(row, "bursts"));
		table_add(&table, "%.1f", all > 0 ? 100 * busy / all : 0);
	}
	table_end_apart(&table);
}

static void show_drops(const json_t *drops)
{
	static const char *const heads[] = {"DROPPED FOR", ">PACKETS", NULL};
	struct table table;
	const char *name;
	json_t *value;

	table_start(&table, heads);
	json_object_foreach((json_t *)drops, name, value)
	{
		table_add(&table, "%s", name);
		table_add(&table, "%lld", (long long)json_integer_value(value));
	}
	table_end_apart(&table);
}

static void show_ports(const json_t *ports)
{
	static const char *const heads[] = {"PORT", "STATE", "MAC", ">RECEIVED", ">SENT", ">MISSED",
		">NO BUFFER", ">TX ERRORS", "DEVICE", NULL};
	struct table table;

	table_start(&table, heads);
	for (size_t i = 0; i < json_array_size(ports); i++) {
		const json_t *row = json_array_get(ports, i);

		table_add(&table, "%s", show_text(row, "name"));
		table_add(&table, "%s", json_is_true(json_object_get(row, "up")) ? "up" : "down");
		table_add(&table, "%s", show_text(row, "mac"));
		table_add(&table, "%lld", show_number(row, "received"));
		table_add(&table, "%lld", show_number(row, "sent"));
		table_add(&table, "%lld", show_number(row, "missed"));
		table_add(&table, "%lld", show_number(row, "no_buffer"));
		table_add(&table, "%lld", show_number(row, "tx_errors"));
		table_add(&table, "%s", show_text(row, "device"));
	}
	table_end_apart(&table);
}

void show_stats(const json_t *result)
{
	const json_t *pool = json_object_get(result, "pool");
	const json_t *control = json_object_get(result, "control");

	printf("up %lld s, %lld sessions, %lld streams\n", show_number(result, "uptime_s"),
		show_number(result, "sessions"), show_number(result, "streams"));
	printf("packet buffers: %lld of %lld free\n", show_number(pool, "free"),
		show_number(pool, "size"));
	printf("control: %lld clients, %lld requests, %lld errors, %lld events\n",
		show_number(control, "clients"), show_number(control, "requests"),
		show_number(control, "errors"), show_number(control, "events"));
	show_workers(json_object_get(result, "workers"));
	show_drops(json_object_get(json_object_get(result, "totals"), "drops"));
	show_ports(json_object_get(result, "ports"));
}

void show_port_set(const json_t *result)
{
	printf("%s: %s\n", show_text(result, "name"),
		json_is_true(json_object_get(result, "up")) ? "up" : "down");
}
