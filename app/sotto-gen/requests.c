/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of the control protocol: see requests.h. */
#include "requests.h"

#include "keys/sdes.h"
#include "say.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ID_TEXT 64

static void session_id(const struct gen_options *options, uint32_t call, char *out)
{
	snprintf(out, ID_TEXT, "sotto-gen-%" PRIu64 "-%" PRIu32, options->seed, call);
}

/* Adds what the key's suite and modes need to be allowed. */
static int add_consent(json_t *allow, const char *line)
{
	struct sotto_sdes_error error;
	struct sotto_sdes sdes;
	uint8_t bits;

	if (!line)
		return 0;
	if (sotto_keys_sdes_parse(line, strlen(line), &sdes, &error) != 0)
		return -EINVAL;
	bits = sotto_keys_consent(&sdes.keying);
	for (unsigned bit = 1; bit <= bits; bit <<= 1) {
		const char *name = sotto_keys_consent_name(bit);

		if (bits & bit)
			json_array_append_new(allow, json_string(name));
	}
	return 0;
}

static json_t *make_leg(const struct gen_leg *leg, const char *interface)
{
	bool secure = leg->send != NULL;
	char address[SOTTO_ADDR_TEXT];
	json_t *json = json_pack("{s:s, s:s, s:s, s:{s:s, s:i}}", "interface", interface, "family",
		leg->local.addr.family == 4 ? "ip4" : "ip6", "security",
		secure ? "required" : "clear", "remote", "address",
		sotto_base_addr_text(&leg->local.addr, address), "port", leg->local.port);
	json_t *allow = json_array();

	if (secure && add_consent(allow, leg->send) != 0) {
		json_decref(allow);
		json_decref(json);
		return NULL;
	}
	if (secure) {
		/* what we send with, the gateway receives with */
		json_object_set_new(json, "receive", json_pack("{s:s}", "sdes", leg->send));
		json_object_set_new(json, "send", json_pack("{s:s}", "sdes", leg->receive));
	}
	if (json_array_size(allow) != 0)
		json_object_set(json, "allow", allow);
	json_decref(allow);
	return json;
}

json_t *gen_request_put(
	const struct gen_plan *plan, const struct gen_options *options, uint32_t call)
{
	json_t *leg[GEN_SIDES];
	char id[ID_TEXT];

	session_id(options, call, id);
	for (int s = 0; s < GEN_SIDES; s++) {
		const struct gen_side_options *side = &options->side[s];

		leg[s] = make_leg(
			&plan->call[call].leg[s], side->interface[call % side->interface_count]);
	}
	return json_pack("{s:s, s:I, s:s, s:{s:s, s:i, s:i, s:[{s:o, s:o}]}}", "jsonrpc", "2.0",
		"id", (json_int_t)call + 1, "method", "session.put", "params", "id", id, "rev", 1,
		"timeout_s", 0, "media", "a", leg[GEN_A], "b", leg[GEN_B]);
}

json_t *gen_request_delete(const struct gen_options *options, uint32_t call)
{
	char id[ID_TEXT];

	session_id(options, call, id);
	return json_pack("{s:s, s:I, s:s, s:{s:s}}", "jsonrpc", "2.0", "id", (json_int_t)call + 1,
		"method", "session.delete", "params", "id", id);
}

static int read_endpoint(const json_t *leg, struct sotto_endpoint *out)
{
	const char *address = json_string_value(json_object_get(leg, "address"));
	json_int_t port = json_integer_value(json_object_get(leg, "port"));

	if (!address || sotto_base_addr_parse(address, &out->addr) != 0 || port < 1 ||
		port > UINT16_MAX)
		return -EPROTO;
	out->port = (uint16_t)port;
	return 0;
}

int gen_request_answered(struct gen_call *call, const json_t *answer)
{
	const json_t *media =
		json_array_get(json_object_get(json_object_get(answer, "result"), "media"), 0);
	struct sotto_endpoint a, b;

	if (read_endpoint(json_object_get(media, "a"), &a) != 0 ||
		read_endpoint(json_object_get(media, "b"), &b) != 0)
		return -EPROTO;
	call->leg[GEN_A].remote = a;
	call->leg[GEN_B].remote = b;
	return 0;
}

int gen_requests_save(
	const struct gen_plan *plan, const struct gen_options *options, const char *path)
{
	FILE *file = fopen(path, "we");
	bool good = file != NULL;

	for (uint32_t i = 0; good && i < plan->count; i++) {
		json_t *request = gen_request_put(plan, options, i);

		good = request && json_dumpf(request, file, JSON_COMPACT) == 0 &&
		       fputc('\n', file) != EOF;
		json_decref(request);
	}
	if (file && fclose(file) != 0)
		good = false;
	return good ? 0 : gen_complain(GEN_FAULT, "cannot write %s", path);
}
