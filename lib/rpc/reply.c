/* SPDX-License-Identifier: BSD-3-Clause */
/* The answers of one line: envelopes, errors, the array of a batch (JSON-RPC 2.0, 5 and 6). */
#include "rpc/reply.h"

#include <string.h>

void sotto_rpc_reply_start(struct sotto_rpc_reply *reply, const struct sotto_rpc_batch *batch)
{
	memset(reply, 0, sizeof(*reply));
	reply->is_array = batch && batch->is_array;
}

bool sotto_rpc_reply_is_full(const struct sotto_rpc_reply *reply)
{
	return reply->out.used > SOTTO_RPC_REPLY_BYTES;
}

int sotto_rpc_reply_finish(struct sotto_rpc_reply *reply, char **text, size_t *len)
{
	if (reply->answers == 0) {
		*text = NULL;
		*len = 0;
		return 0;
	}
	reply->answers = 0;
	if (reply->is_array)
		sotto_rpc_close_array(&reply->out);
	return sotto_rpc_write_end(&reply->out, text, len);
}

/* Writes an answer down to where the members of its result or error begin. */
static struct sotto_rpc_writer *begin(
	struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request, const char *name)
{
	struct sotto_rpc_writer *w = &reply->out;

	if (request && !request->id)
		return NULL;
	if (reply->is_array && reply->answers == 0)
		sotto_rpc_open_array(w, NULL);
	reply->answers++;
	sotto_rpc_open_object(w, NULL);
	sotto_rpc_put_text(w, "jsonrpc", "2.0");
	if (!request)
		sotto_rpc_put_null(w, "id");
	else if (json_is_integer(request->id))
		sotto_rpc_put_signed(w, "id", json_integer_value(request->id));
	else
		sotto_rpc_put_json(w, "id", request->id);
	sotto_rpc_open_object(w, name);
	return w;
}

struct sotto_rpc_writer *sotto_rpc_reply_result(
	struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request)
{
	return begin(reply, request, "result");
}

void sotto_rpc_reply_end(struct sotto_rpc_reply *reply)
{
	sotto_rpc_close_object(&reply->out);
	sotto_rpc_close_object(&reply->out);
}

void sotto_rpc_reply_error(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_error *error)
{
	struct sotto_rpc_writer *w = begin(reply, request, "error");

	if (!w)
		return;
	sotto_rpc_put_signed(w, "code", sotto_rpc_kind_code(error->kind));
	sotto_rpc_put_text(w, "message", sotto_rpc_kind_message(error->kind));
	sotto_rpc_open_object(w, "data");
	sotto_rpc_put_text(w, "kind", sotto_rpc_kind_name(error->kind));
	if (error->field[0])
		sotto_rpc_put_text(w, "field", error->field);
	sotto_rpc_put_text(w, "detail", error->detail);
	sotto_rpc_close_object(w);
	sotto_rpc_reply_end(reply);
}
