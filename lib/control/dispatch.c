/* SPDX-License-Identifier: BSD-3-Clause */
/* From a line to its answer: one handler for each method, batches in order. */
#include "control/internal.h"

static control_handler *const handlers[SOTTO_RPC_METHODS] = {
	[SOTTO_RPC_HELLO] = control_hello,
	[SOTTO_RPC_SESSION_PUT] = control_session_put,
	[SOTTO_RPC_SESSION_GET] = control_session_get,
	[SOTTO_RPC_SESSION_LIST] = control_session_list,
	[SOTTO_RPC_SESSION_DELETE] = control_session_delete,
	[SOTTO_RPC_STATS_GET] = control_stats_get,
	[SOTTO_RPC_EVENTS_SUBSCRIBE] = control_events_subscribe,
	[SOTTO_RPC_PORT_SET] = control_port_set,
};

void control_refuse(struct client *client, const struct sotto_rpc_request *request,
	struct sotto_rpc_reply *reply, enum sotto_rpc_kind kind, const char *field,
	const char *detail)
{
	struct sotto_rpc_error error = {.kind = SOTTO_RPC_NO_ERROR};

	client->control->errors++;
	sotto_rpc_error_set(&error, kind, field, detail);
	sotto_rpc_reply_error(reply, request, &error);
}

static void execute(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	client->control->requests++;
	if (sotto_rpc_reply_is_full(reply)) {
		control_refuse(client, request, reply, SOTTO_RPC_LIMIT, NULL,
			"the answers of this batch are too large");
	} else if (request->method == SOTTO_RPC_NONE) {
		client->control->errors++;
		sotto_rpc_reply_error(reply, request, &request->error);
	} else {
		handlers[request->method](client, request, reply);
	}
}

void control_line(struct client *client, const char *line, size_t len)
{
	struct sotto_rpc_batch batch;
	struct sotto_rpc_reply reply;
	char *text;

	if (sotto_rpc_decode(line, len, &batch) != 0) {
		client->closing = true; /* out of memory: an end is clearer than silence */
		return;
	}
	sotto_rpc_reply_start(&reply, &batch);
	for (size_t i = 0; i < batch.count; i++)
		execute(client, &batch.requests[i], &reply);
	sotto_rpc_batch_free(&batch);
	if (sotto_rpc_reply_finish(&reply, &text, &len) != 0)
		client->closing = true;
	else if (text)
		control_send(client, text, len);
	control_events_deliver(client);
}
