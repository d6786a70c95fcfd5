/* SPDX-License-Identifier: BSD-3-Clause */
/* The results of the session methods for people. */
#include "show.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#define DROPS_TEXT 512

/* Adds what a table tells of a leg. */
typedef void leg_row(struct table *table, const json_t *leg);

static void add_media(struct table *table, const json_t *media, const char *side, leg_row *row)
{
	table_add(table, "%s", show_text(media, "id"));
	table_add(table, "%s", side);
	row(table, json_object_get(media, side));
}

static void add_legs(
	struct table *table, const json_t *array, const char *const *heads, leg_row *row)
{
	table_start(table, heads);
	for (size_t i = 0; i < json_array_size(array); i++) {
		add_media(table, json_array_get(array, i), "a", row);
		add_media(table, json_array_get(array, i), "b", row);
	}
}

static void add_local(struct table *table, const json_t *leg)
{
	char text[SHOW_ENDPOINT];

	table_add(table, "%s", show_text(leg, "interface"));
	table_add(table, "%s", show_endpoint(leg, text));
	table_add(table, "%lld", show_number(leg, "rtcp_port"));
}

void show_session_put(const json_t *result)
{
	static const char *const heads[] = {"MEDIA", "LEG", "INTERFACE", "LOCAL", ">RTCP", NULL};
	struct table table;

	printf("%s revision %lld: %s, worker %lld\n", show_text(result, "id"),
		show_number(result, "rev"), show_text(result, "state"),
		show_number(result, "worker"));
	add_legs(&table, json_object_get(result, "media"), heads, add_local);
	table_end(&table);
}

static void add_addresses(struct table *table, const json_t *leg)
{
	const json_t *remote = json_object_get(leg, "remote");
	const json_t *suite = json_object_get(leg, "suite");
	char text[SHOW_ENDPOINT];

	add_local(table, leg);
	table_add(table, "%s", show_endpoint(remote, text));
	if (json_is_object(remote))
		table_add(table, "%lld", show_number(remote, "rtcp_port"));
	else
		table_add(table, "-");
	table_add(table, "%s%s", show_text(leg, "security"),
		json_is_true(json_object_get(leg, "locked")) ? ", locked" : "");
	table_add(table, "%s", show_text(suite, "receive"));
	table_add(table, "%s", show_text(suite, "send"));
}

/* A row for the key of a direction, when there is one. */
static void add_key(
	struct table *table, const json_t *media, const char *side, const char *direction)
{
	const json_t *leg = json_object_get(media, side);
	const json_t *use = json_object_get(json_object_get(leg, "use"), direction);
	const json_t *previous = json_object_get(use, "previous");

	if (!json_is_object(use))
		return;
	table_add(table, "%s", show_text(media, "id"));
	table_add(table, "%s", side);
	table_add(table, "%s", direction);
	table_add(table, "%lld", show_number(use, "rtp"));
	table_add(table, "%lld", show_number(use, "rtcp"));
	table_add(table, "%lld", show_number(use, "limit"));
	table_add(table, "%lld", show_number(use, "masters"));
	table_add(table, "%s", !previous ? "-" : json_is_true(previous) ? "yes" : "no");
	table_add(table, "%lld", show_number(leg, "replay_window"));
}

static void show_keys(const json_t *array)
{
	static const char *const heads[] = {"MEDIA", "LEG", "KEY", ">RTP", ">RTCP", ">LIMIT",
		">MASTERS", "PREVIOUS", ">WINDOW", NULL};
	struct table table;

	table_start(&table, heads);
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *media = json_array_get(array, i);

		add_key(&table, media, "a", "receive");
		add_key(&table, media, "a", "send");
		add_key(&table, media, "b", "receive");
		add_key(&table, media, "b", "send");
	}
	table_end_apart(&table);
}

/* "auth 3, replay 1" of {"auth": 3, "replay": 1}. */
static const char *drops_text(const json_t *drops, char out[DROPS_TEXT])
{
	size_t used = 0;
	const char *name;
	json_t *value;

	out[0] = '\0';
	json_object_foreach((json_t *)drops, name, value)
	{
		int more = snprintf(out + used, DROPS_TEXT - used, "%s%s %lld", used ? ", " : "",
			name, (long long)json_integer_value(value));

		if (more < 0 || (size_t)more >= DROPS_TEXT - used)
			break;
		used += (size_t)more;
	}
	return used ? out : "-";
}

static void add_traffic(struct table *table, const json_t *leg)
{
	const json_t *received = json_object_get(leg, "received");
	const json_t *sent = json_object_get(leg, "sent");
	char drops[DROPS_TEXT];

	table_add(table, "%lld", show_number(received, "packets"));
	table_add(table, "%lld", show_number(received, "bytes"));
	table_add(table, "%lld", show_number(sent, "packets"));
	table_add(table, "%lld", show_number(sent, "bytes"));
	table_add(table, "%s", drops_text(json_object_get(leg, "dropped"), drops));
}

static void add_streams(struct table *table, const json_t *media, const char *side)
{
	const json_t *streams = json_object_get(json_object_get(media, side), "streams");

	for (size_t i = 0; i < json_array_size(streams); i++) {
		const json_t *stream = json_array_get(streams, i);

		table_add(table, "%s", show_text(media, "id"));
		table_add(table, "%s", side);
		table_add(table, "%s", show_text(stream, "direction"));
		table_add(table, "0x%08llx", show_number(stream, "ssrc"));
		table_add(table, "%lld", show_number(stream, "roc"));
		table_add(table, "%lld", show_number(stream, "highest_seq"));
		table_add(table, "%lld", show_number(stream, "srtcp_index"));
		table_add(table, "%lld", show_number(stream, "packets"));
	}
}

static void show_media(const json_t *array)
{
	static const char *const addresses[] = {"MEDIA", "LEG", "INTERFACE", "LOCAL", ">RTCP",
		"REMOTE", ">RTCP", "SECURITY", "RECEIVE", "SEND", NULL};
	static const char *const traffic[] = {
		"MEDIA", "LEG", ">RECEIVED", ">BYTES", ">SENT", ">BYTES", "DROPPED", NULL};
	static const char *const streams[] = {"MEDIA", "LEG", "DIRECTION", "SSRC", ">ROC", ">SEQ",
		">SRTCP INDEX", ">PACKETS", NULL};
	struct table table;

	add_legs(&table, array, addresses, add_addresses);
	table_end(&table);
	show_keys(array);
	add_legs(&table, array, traffic, add_traffic);
	table_end_apart(&table);
	table_start(&table, streams);
	for (size_t i = 0; i < json_array_size(array); i++) {
		add_streams(&table, json_array_get(array, i), "a");
		add_streams(&table, json_array_get(array, i), "b");
	}
	table_end_apart(&table);
}

void show_session_get(const json_t *result)
{
	char since[SHOW_TIME];

	printf("%s revision %lld, worker %lld, since %s\n", show_text(result, "id"),
		show_number(result, "rev"), show_number(result, "worker"),
		show_time(show_number(result, "created_s") * 1000000, since));
	show_media(json_object_get(result, "media"));
}

void show_session_list(const json_t *result)
{
	static const char *const heads[] = {"SESSION", ">REVISION", ">WORKER", ">MEDIA", NULL};
	const json_t *sessions = json_object_get(result, "sessions");
	const char *cursor = json_string_value(json_object_get(result, "cursor"));
	struct table table;

	table_start(&table, heads);
	for (size_t i = 0; i < json_array_size(sessions); i++) {
		const json_t *row = json_array_get(sessions, i);

		table_add(&table, "%s", show_text(row, "id"));
		table_add(&table, "%lld", show_number(row, "rev"));
		table_add(&table, "%lld", show_number(row, "worker"));
		table_add(&table, "%lld", show_number(row, "media"));
	}
	table_end(&table);
	printf("%zu of %lld sessions\n", json_array_size(sessions), show_number(result, "total"));
	if (cursor)
		printf("more with: --cursor %s\n", cursor);
}

void show_session_delete(const json_t *result)
{
	printf("%s: %s\n", show_text(result, "id"), show_text(result, "state"));
	show_media(json_object_get(result, "statistics"));
}
