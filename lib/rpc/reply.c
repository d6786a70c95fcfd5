/* SPDX-License-Identifier: BSD-3-Clause */
/* The answers of one line: envelopes, errors, the array of a batch (JSON-RPC 2.0, 5 and 6). */
#include "rpc/reply.h"

#include "base/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024

int sotto_rpc_dump(const json_t *json, const char *end, char **text, size_t *len)
{
	size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT);
	size_t end_size = strlen(end) + 1;
	char *out = size ? malloc(size + end_size) : NULL;

	if (!out)
		return -ENOMEM;
	if (json_dumpb(json, out, size, JSON_COMPACT) != size) {
		sotto_base_wipe(out, size);
		free(out);
		return -ENOMEM;
	}
	memcpy(out + size, end, end_size);
	*text = out;
	*len = size + end_size - 1;
	return 0;
}

/* One byte more than asked for is kept free, for the closing zero. */
static bool make_room(struct sotto_rpc_reply *reply, size_t more)
{
	size_t room = reply->room ? reply->room : FIRST_ROOM;
	char *text;

	while (room <= reply->used + more)
		room *= 2;
	if (room == reply->room)
		return true;
	text = realloc(reply->text, room);
	if (!text)
		return false;
	reply->text = text;
	reply->room = room;
	return true;
}

static int append(const char *bytes, size_t len, void *data)
{
	struct sotto_rpc_reply *reply = data;

	if (!make_room(reply, len)) {
		reply->failed = true;
		return -1;
	}
	memcpy(reply->text + reply->used, bytes, len);
	reply->used += len;
	return 0;
}

void sotto_rpc_reply_start(struct sotto_rpc_reply *reply, const struct sotto_rpc_batch *batch)
{
	memset(reply, 0, sizeof(*reply));
	reply->is_array = batch && batch->is_array;
}

bool sotto_rpc_reply_is_full(const struct sotto_rpc_reply *reply)
{
	return reply->used > SOTTO_RPC_REPLY_BYTES;
}

int sotto_rpc_reply_finish(struct sotto_rpc_reply *reply, char **text, size_t *len)
{
	if (reply->answers > 0)
		append(reply->is_array ? "]\n" : "\n", reply->is_array ? 2 : 1, reply);
	if (reply->failed) {
		free(reply->text);
		memset(reply, 0, sizeof(*reply));
		return -ENOMEM;
	}
	if (reply->text)
		reply->text[reply->used] = '\0';
	*text = reply->text;
	*len = reply->used;
	memset(reply, 0, sizeof(*reply));
	return 0;
}

static bool wants_answer(const struct sotto_rpc_request *request)
{
	return !request || request->id;
}

/* Wraps value, which is taken over, as the member name of an answer, and writes that. */
static void add(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_build *so_far, const char *name, json_t *value)
{
	struct sotto_rpc_build b = *so_far;
	json_t *answer = sotto_rpc_build_object(&b);

	sotto_rpc_put_text_or_null(&b, answer, "jsonrpc", "2.0");
	sotto_rpc_put_value(&b, answer, "id", request ? json_incref(request->id) : json_null());
	sotto_rpc_put_value(&b, answer, name, value);
	if (reply->is_array)
		append(reply->answers == 0 ? "[" : ",", 1, reply);
	if (b.failed || json_dump_callback(answer, append, reply, JSON_COMPACT) != 0)
		reply->failed = true;
	reply->answers++;
	json_decref(answer);
}

void sotto_rpc_reply_result(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_build *b, json_t *result)
{
	if (wants_answer(request))
		add(reply, request, b, "result", result);
	else
		json_decref(result);
}

void sotto_rpc_reply_error(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_error *error)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *body;
	json_t *data;

	if (!wants_answer(request))
		return;
	body = sotto_rpc_build_object(&b);
	data = sotto_rpc_build_object(&b);
	sotto_rpc_put_value(&b, body, "code", json_integer(sotto_rpc_kind_code(error->kind)));
	sotto_rpc_put_text_or_null(&b, body, "message", sotto_rpc_kind_message(error->kind));
	sotto_rpc_put_text_or_null(&b, data, "kind", sotto_rpc_kind_name(error->kind));
	if (error->field[0])
		sotto_rpc_put_text_or_null(&b, data, "field", error->field);
	sotto_rpc_put_text_or_null(&b, data, "detail", error->detail);
	sotto_rpc_put_value(&b, body, "data", data);
	add(reply, request, &b, "error", body);
}
