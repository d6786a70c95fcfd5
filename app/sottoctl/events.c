/* SPDX-License-Identifier: BSD-3-Clause */
/* events.subscribe: prints events as they come. */
#include "show.h"

#include "rpc/limits.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* What is asked for. */
struct wish {
	json_t *params;
	int64_t count;     /* events, then it ends */
	int64_t timeout_s; /* then it ends, too */
};

/* Members that stand in every event, and first in its line. */
static bool is_common(const char *name)
{
	static const char *const names[] = {"seq", "boot_id", "t_us", "kind", NULL};

	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

void show_event(const json_t *params)
{
	char text[SHOW_ENDPOINT], time[SHOW_TIME];
	const char *name;
	json_t *value;

	printf("%s %lld %s", show_time(show_number(params, "t_us"), time),
		show_number(params, "seq"), show_text(params, "kind"));
	json_object_foreach((json_t *)params, name, value)
	{
		if (is_common(name))
			continue;
		if (json_is_string(value))
			printf(" %s=%s", name, json_string_value(value));
		else if (json_is_object(value))
			printf(" %s=%s", name, show_endpoint(value, text));
		else if (json_is_null(value))
			printf(" %s=-", name);
		else
			printf(" %s=%lld", name, (long long)json_integer_value(value));
	}
	putchar('\n');
	fflush(stdout);
}

/* Prints what comes until enough came, the time is over, or a signal ends it. */
static enum ctl_exit listen_for_events(struct ctl *ctl, const struct wish *wish)
{
	int64_t deadline_ms = wish->timeout_s == INT64_MAX
				      ? CLIENT_FOREVER
				      : client_now_ms() + wish->timeout_s * 1000;
	int64_t seen = 0;

	while (seen < wish->count) {
		json_t *message;
		enum ctl_exit rc = client_receive(&ctl->client, deadline_ms, &message);
		const json_t *params = json_object_get(message, "params");

		if (rc != CTL_OK || !message)
			return rc;
		if (params) {
			seen++;
			if (ctl->json)
				ctl_print_json(params);
			else
				show_event(params);
		}
		json_decref(message);
	}
	return CTL_OK;
}

static bool read_options(int argc, char **argv, struct wish *wish)
{
	static const struct option options[] = {{"count", required_argument, NULL, 'n'},
		{"timeout", required_argument, NULL, 't'},
		{"from-seq", required_argument, NULL, 'f'}, {NULL, 0, NULL, 0}};
	int64_t from_seq;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		bool good = false;

		if (option == 'n') {
			good = ctl_number(optarg, 1, SOTTO_RPC_INTEGER, &wish->count);
		} else if (option == 't') {
			good = ctl_number(optarg, 0, 86400 * 365, &wish->timeout_s);
		} else if (option == 'f') {
			good = ctl_number(optarg, 0, SOTTO_RPC_INTEGER, &from_seq);
			if (good)
				json_object_set_new(
					wish->params, "from_seq", json_integer(from_seq));
		}
		if (!good)
			return false;
	}
	return true;
}

enum ctl_exit ctl_events(struct ctl *ctl, int argc, char **argv)
{
	struct wish wish = {.params = json_object(), .count = INT64_MAX, .timeout_s = INT64_MAX};
	json_t *kinds = json_array();
	json_t *result;
	enum ctl_exit rc;

	if (!read_options(argc, argv, &wish)) {
		json_decref(wish.params);
		json_decref(kinds);
		return ctl_misused(argv[0]);
	}
	for (int i = optind; i < argc; i++)
		json_array_append_new(kinds, json_string(argv[i]));
	if (json_array_size(kinds) > 0)
		json_object_set(wish.params, "kinds", kinds);
	json_decref(kinds);
	rc = ctl_call(ctl, "events.subscribe", wish.params, &result);
	if (rc != CTL_OK)
		return rc;
	json_decref(result);
	return listen_for_events(ctl, &wish);
}
