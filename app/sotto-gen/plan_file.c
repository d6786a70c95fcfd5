/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans as JSON: see plan_file.h. */
#include "plan_file.h"

#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1

/* --- out -------------------------------------------------------------------------------------- */

static json_t *print_endpoint(const struct sotto_endpoint *endpoint)
{
	char text[SOTTO_ADDR_TEXT];

	if (endpoint->port == 0)
		return json_null();
	return json_pack("{s:s, s:i}", "address", sotto_base_addr_text(&endpoint->addr, text),
		"port", endpoint->port);
}

static json_t *print_leg(const struct gen_leg *leg)
{
	return json_pack("{s:o, s:o, s:s?, s:s?}", "local", print_endpoint(&leg->local), "remote",
		print_endpoint(&leg->remote), "send", leg->send, "receive", leg->receive);
}

json_t *gen_plan_print(const struct gen_plan *plan)
{
	json_t *calls = json_array();

	for (uint32_t i = 0; i < plan->count; i++) {
		json_t *call = json_pack("{s:o, s:o}", "a", print_leg(&plan->call[i].leg[GEN_A]),
			"b", print_leg(&plan->call[i].leg[GEN_B]));

		if (json_array_append_new(calls, call) != 0) {
			json_decref(calls);
			return NULL;
		}
	}
	return json_pack("{s:i, s:o}", "version", VERSION, "calls", calls);
}

int gen_plan_save(const struct gen_plan *plan, const char *path)
{
	json_t *json = gen_plan_print(plan);
	int rc = json ? json_dump_file(json, path, JSON_INDENT(1)) : -1;

	json_decref(json);
	return rc == 0 ? 0 : gen_complain(GEN_FAULT, "cannot write %s", path);
}

/* --- in --------------------------------------------------------------------------------------- */

static const char *parse_endpoint(const json_t *json, struct sotto_endpoint *out)
{
	const char *text = json_string_value(json_object_get(json, "address"));
	json_int_t port = json_integer_value(json_object_get(json, "port"));

	if (!json || json_is_null(json))
		return NULL; /* not known */
	if (!text || sotto_base_addr_parse(text, &out->addr) != 0)
		return "address";
	if (port < 1 || port > UINT16_MAX)
		return "port";
	out->port = (uint16_t)port;
	return NULL;
}

static const char *parse_key(const json_t *json, char **out)
{
	if (!json || json_is_null(json))
		return NULL;
	if (!json_is_string(json))
		return "send or receive";
	*out = strdup(json_string_value(json));
	return *out ? NULL : "memory";
}

static const char *parse_leg(const json_t *json, struct gen_leg *leg)
{
	const char *fault;

	if (!json_is_object(json))
		return "a or b";
	fault = parse_endpoint(json_object_get(json, "local"), &leg->local);
	if (!fault)
		fault = parse_endpoint(json_object_get(json, "remote"), &leg->remote);
	if (!fault)
		fault = parse_key(json_object_get(json, "send"), &leg->send);
	if (!fault)
		fault = parse_key(json_object_get(json, "receive"), &leg->receive);
	return fault;
}

static int refuse(struct gen_plan *plan, char *why, size_t room, uint32_t call, const char *fault)
{
	snprintf(why, room, "calls[%u]: '%s' is missing or wrong", call, fault);
	gen_plan_free(plan);
	return -EINVAL;
}

int gen_plan_parse(const json_t *json, uint32_t most, struct gen_plan *plan, char *why, size_t room)
{
	const json_t *calls = json_object_get(json, "calls");
	size_t count = json_array_size(calls);

	*plan = (struct gen_plan){.count = 0};
	if (json_integer_value(json_object_get(json, "version")) != VERSION || count == 0) {
		snprintf(why, room, "expected \"version\": %d and \"calls\", an array", VERSION);
		return -EINVAL;
	}
	if (most != 0 && count > most)
		count = most;
	plan->call = calloc(count, sizeof(*plan->call));
	if (!plan->call)
		return -ENOMEM;
	plan->count = (uint32_t)count;
	for (uint32_t i = 0; i < plan->count; i++) {
		const json_t *call = json_array_get(calls, i);
		const char *fault =
			parse_leg(json_object_get(call, "a"), &plan->call[i].leg[GEN_A]);

		if (!fault)
			fault = parse_leg(json_object_get(call, "b"), &plan->call[i].leg[GEN_B]);
		if (fault)
			return refuse(plan, why, room, i, fault);
	}
	return 0;
}

int gen_plan_load(const char *path, uint32_t most, struct gen_plan *plan)
{
	json_error_t error;
	json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	char why[128] = "no memory";
	int rc;

	*plan = (struct gen_plan){.count = 0};
	if (!json)
		return gen_complain(
			GEN_USAGE, "%s: line %d: no JSON, or no such file", path, error.line);
	rc = gen_plan_parse(json, most, plan, why, sizeof(why));
	json_decref(json);
	return rc == 0 ? 0 : gen_complain(GEN_USAGE, "%s: %s", path, why);
}
