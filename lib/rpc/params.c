/* SPDX-License-Identifier: BSD-3-Clause */
/* The params of every method but session.put, as docs/protocol.md lists them. */
#include "rpc/params.h"

#include <assert.h>

static void read_api(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {
		{"major", true}, {"minor", true}, {NULL, false}};
	size_t mark = sotto_rpc_enter(r, "api");
	const json_t *api = json_object_get(params, "api");
	int64_t major = SOTTO_RPC_API_MAJOR;
	int64_t minor = 0;

	sotto_rpc_check_object(r, api, names);
	sotto_rpc_read_int(r, api, "major", 0, UINT16_MAX, &major);
	sotto_rpc_read_int(r, api, "minor", 0, UINT16_MAX, &minor);
	if (major != SOTTO_RPC_API_MAJOR)
		sotto_rpc_fail(r, "major", "another major version than this engine's");
	request->params.hello.minor = (uint16_t)minor;
	sotto_rpc_leave(r, mark);
}

void sotto_rpc_decode_hello(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {
		{"api", true}, {"client", false}, {NULL, false}};

	sotto_rpc_check_object(r, params, names);
	sotto_rpc_read_text(
		r, params, "client", SOTTO_RPC_CLIENT_BYTES, request->params.hello.client);
	read_api(r, params, request);
}

void sotto_rpc_decode_session_get(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {{"id", true}, {NULL, false}};

	sotto_rpc_check_object(r, params, names);
	sotto_rpc_read_word(r, params, "id", SOTTO_RPC_SESSION_ID_BYTES, request->params.get.id);
}

void sotto_rpc_decode_session_list(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {
		{"cursor", false}, {"limit", false}, {NULL, false}};
	struct sotto_rpc_session_list *list = &request->params.list;
	int64_t limit = SOTTO_RPC_LIST_DEFAULT;

	sotto_rpc_check_object(r, params, names);
	sotto_rpc_read_word(r, params, "cursor", SOTTO_RPC_CURSOR_BYTES, list->cursor);
	sotto_rpc_read_int(r, params, "limit", 1, SOTTO_RPC_LIST, &limit);
	list->limit = (unsigned)limit;
}

void sotto_rpc_decode_session_delete(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {{"id", true}, {"rev", false}, {NULL, false}};
	struct sotto_rpc_session_delete *del = &request->params.del;

	sotto_rpc_check_object(r, params, names);
	sotto_rpc_read_word(r, params, "id", SOTTO_RPC_SESSION_ID_BYTES, del->id);
	del->has_rev = sotto_rpc_read_counter(r, params, "rev", &del->rev);
}

void sotto_rpc_decode_stats_get(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {{NULL, false}};

	(void)request;
	sotto_rpc_check_object(r, params, names);
}

/* The names of all event kinds, as a list of choices. */
static void list_kinds(const char *names[SOTTO_RPC_EVENT_KINDS + 1])
{
	for (unsigned i = 0; i < SOTTO_RPC_EVENT_KINDS; i++)
		names[i] = sotto_rpc_event_name(i);
	names[SOTTO_RPC_EVENT_KINDS] = NULL;
}

/* An array holds its items' names nowhere, so each item is looked up here, not as a member. */
static void read_kind(struct sotto_rpc_reader *r, const json_t *item, size_t index, uint32_t *kinds)
{
	const char *names[SOTTO_RPC_EVENT_KINDS + 1];
	size_t mark = sotto_rpc_enter_item(r, "kinds", index);
	int kind;

	list_kinds(names);
	kind = sotto_rpc_find(item, names);
	if (kind < 0)
		sotto_rpc_fail(r, NULL, "must be the name of an event kind");
	else
		*kinds |= UINT32_C(1) << kind;
	sotto_rpc_leave(r, mark);
}

static void read_kinds(struct sotto_rpc_reader *r, const json_t *kinds, uint32_t *out)
{
	size_t count = json_array_size(kinds);

	static_assert(SOTTO_RPC_EVENT_KINDS < 32, "the kinds fit a mask");
	if (!kinds) {
		*out = (UINT32_C(1) << SOTTO_RPC_EVENT_KINDS) - 1;
		return;
	}
	if (count < 1 || count > SOTTO_RPC_EVENT_KINDS) {
		sotto_rpc_fail(r, "kinds", "must be an array of names of event kinds, each once");
		return;
	}
	for (size_t i = 0; i < count; i++)
		read_kind(r, json_array_get(kinds, i), i, out);
}

void sotto_rpc_decode_events_subscribe(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {
		{"kinds", false}, {"from_seq", false}, {NULL, false}};
	struct sotto_rpc_events_subscribe *subscribe = &request->params.subscribe;

	sotto_rpc_check_object(r, params, names);
	read_kinds(r, json_object_get(params, "kinds"), &subscribe->kinds);
	subscribe->has_from_seq =
		sotto_rpc_read_counter(r, params, "from_seq", &subscribe->from_seq);
}

void sotto_rpc_decode_port_set(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {{"name", true}, {"up", true}, {NULL, false}};
	struct sotto_rpc_port_set *port = &request->params.port;

	sotto_rpc_check_object(r, params, names);
	sotto_rpc_read_word(r, params, "name", SOTTO_RPC_NAME_BYTES, port->name);
	sotto_rpc_read_bool(r, params, "up", &port->up);
}
