/* SPDX-License-Identifier: BSD-3-Clause */
/* The results of the session methods as JSON. Keys are nowhere: only their suites' names. */
#include "rpc/put.h"
#include "rpc/reply.h"

static void put_local(
	struct sotto_rpc_build *b, json_t *object, const struct sotto_rpc_local *local)
{
	sotto_rpc_put_text_or_null(b, object, "interface", local->interface);
	sotto_rpc_put_addr(b, object, "address", &local->rtp.addr);
	sotto_rpc_put_int(b, object, "port", local->rtp.port);
	sotto_rpc_put_int(b, object, "rtcp_port", local->rtcp_port);
}

static json_t *local_media(struct sotto_rpc_build *b, const struct sotto_rpc_put_media *media)
{
	json_t *object = sotto_rpc_build_object(b);
	json_t *leg_a = sotto_rpc_build_object(b);
	json_t *leg_b = sotto_rpc_build_object(b);

	put_local(b, leg_a, &media->legs[0]);
	put_local(b, leg_b, &media->legs[1]);
	sotto_rpc_put_text_or_null(b, object, "id", media->id);
	sotto_rpc_put_value(b, object, "a", leg_a);
	sotto_rpc_put_value(b, object, "b", leg_b);
	return object;
}

void sotto_rpc_reply_session_put(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_put_result *result)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);
	json_t *media = sotto_rpc_build_array(&b);
	const char *state = result->unchanged ? "unchanged" : "applied";

	for (size_t i = 0; i < result->media_count; i++)
		sotto_rpc_append(&b, media, local_media(&b, &result->media[i]));
	sotto_rpc_put_text_or_null(&b, object, "id", result->id);
	sotto_rpc_put_int(&b, object, "rev", result->rev);
	sotto_rpc_put_text_or_null(&b, object, "state", state);
	sotto_rpc_put_int(&b, object, "worker", result->worker);
	sotto_rpc_put_value(&b, object, "media", media);
	sotto_rpc_reply_result(reply, request, &b, object);
}

static json_t *remote(struct sotto_rpc_build *b, const struct sotto_rpc_leg_state *leg)
{
	json_t *object;

	if (leg->remote.addr.family == 0)
		return json_null();
	object = sotto_rpc_build_object(b);
	sotto_rpc_put_addr(b, object, "address", &leg->remote.addr);
	sotto_rpc_put_int(b, object, "port", leg->remote.port);
	sotto_rpc_put_int(b, object, "rtcp_port", leg->remote_rtcp_port);
	return object;
}

static json_t *suites(struct sotto_rpc_build *b, const struct sotto_rpc_leg_state *leg)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_text_or_null(b, object, "receive", leg->receive_suite);
	sotto_rpc_put_text_or_null(b, object, "send", leg->send_suite);
	return object;
}

/* One direction's use, null without a key. */
static json_t *key_use(struct sotto_rpc_build *b, const char *suite,
	const struct sotto_rpc_key_use *use, bool send)
{
	json_t *object;

	if (!suite)
		return json_null();
	object = sotto_rpc_build_object(b);
	sotto_rpc_put_int(b, object, "rtp", use->rtp);
	sotto_rpc_put_int(b, object, "rtcp", use->rtcp);
	sotto_rpc_put_int(b, object, "limit", use->limit);
	sotto_rpc_put_int(b, object, "masters", use->masters);
	if (!send)
		sotto_rpc_put_bool(b, object, "previous", use->previous);
	return object;
}

static json_t *uses(struct sotto_rpc_build *b, const struct sotto_rpc_leg_state *leg)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_value(
		b, object, "receive", key_use(b, leg->receive_suite, &leg->receive_use, false));
	sotto_rpc_put_value(b, object, "send", key_use(b, leg->send_suite, &leg->send_use, true));
	return object;
}

static json_t *volume(struct sotto_rpc_build *b, uint64_t packets, uint64_t bytes)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "packets", packets);
	sotto_rpc_put_int(b, object, "bytes", bytes);
	return object;
}

static json_t *stream(struct sotto_rpc_build *b, const struct sotto_rpc_stream_state *state)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "ssrc", state->ssrc);
	sotto_rpc_put_text_or_null(b, object, "direction", state->send ? "send" : "receive");
	sotto_rpc_put_int(b, object, "roc", state->roc);
	sotto_rpc_put_int(b, object, "highest_seq", state->highest_seq);
	sotto_rpc_put_int(b, object, "srtcp_index", state->srtcp_index);
	sotto_rpc_put_int(b, object, "packets", state->packets);
	return object;
}

static json_t *leg_state(struct sotto_rpc_build *b, const struct sotto_rpc_leg_state *leg)
{
	json_t *object = sotto_rpc_build_object(b);
	json_t *streams = sotto_rpc_build_array(b);

	for (size_t i = 0; i < leg->stream_count; i++)
		sotto_rpc_append(b, streams, stream(b, &leg->streams[i]));
	put_local(b, object, &leg->local);
	sotto_rpc_put_value(b, object, "remote", remote(b, leg));
	sotto_rpc_put_text_or_null(b, object, "security", sotto_rpc_security_words[leg->security]);
	sotto_rpc_put_bool(b, object, "locked", leg->locked);
	sotto_rpc_put_value(b, object, "suite", suites(b, leg));
	sotto_rpc_put_value(b, object, "use", uses(b, leg));
	sotto_rpc_put_int(b, object, "replay_window", leg->replay_window);
	sotto_rpc_put_bool(b, object, "rtcp_mux", leg->rtcp_mux);
	sotto_rpc_put_value(
		b, object, "received", volume(b, leg->received_packets, leg->received_bytes));
	sotto_rpc_put_value(b, object, "sent", volume(b, leg->sent_packets, leg->sent_bytes));
	sotto_rpc_put_drops(b, object, "dropped", leg->dropped);
	sotto_rpc_put_value(b, object, "streams", streams);
	return object;
}

static json_t *media_states(
	struct sotto_rpc_build *b, const struct sotto_rpc_media_state *media, size_t count)
{
	json_t *array = sotto_rpc_build_array(b);

	for (size_t i = 0; i < count; i++) {
		json_t *object = sotto_rpc_build_object(b);

		sotto_rpc_put_text_or_null(b, object, "id", media[i].id);
		sotto_rpc_put_value(b, object, "a", leg_state(b, &media[i].legs[0]));
		sotto_rpc_put_value(b, object, "b", leg_state(b, &media[i].legs[1]));
		sotto_rpc_append(b, array, object);
	}
	return array;
}

void sotto_rpc_reply_session_get(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_get_result *result)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);

	sotto_rpc_put_text_or_null(&b, object, "id", result->id);
	sotto_rpc_put_int(&b, object, "rev", result->rev);
	sotto_rpc_put_int(&b, object, "worker", result->worker);
	sotto_rpc_put_int(&b, object, "created_s", result->created_s);
	sotto_rpc_put_value(
		&b, object, "media", media_states(&b, result->media, result->media_count));
	sotto_rpc_reply_result(reply, request, &b, object);
}

void sotto_rpc_reply_session_delete(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_delete_result *result)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);
	json_t *statistics =
		result->absent ? json_null() : media_states(&b, result->media, result->media_count);

	sotto_rpc_put_text_or_null(&b, object, "id", result->id);
	sotto_rpc_put_text_or_null(&b, object, "state", result->absent ? "absent" : "deleted");
	sotto_rpc_put_value(&b, object, "statistics", statistics);
	sotto_rpc_reply_result(reply, request, &b, object);
}

static json_t *list_item(struct sotto_rpc_build *b, const struct sotto_rpc_list_item *item)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_text_or_null(b, object, "id", item->id);
	sotto_rpc_put_int(b, object, "rev", item->rev);
	sotto_rpc_put_int(b, object, "worker", item->worker);
	sotto_rpc_put_int(b, object, "media", item->media);
	return object;
}

void sotto_rpc_reply_session_list(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_list_result *result)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);
	json_t *sessions = sotto_rpc_build_array(&b);

	for (size_t i = 0; i < result->session_count; i++)
		sotto_rpc_append(&b, sessions, list_item(&b, &result->sessions[i]));
	sotto_rpc_put_value(&b, object, "sessions", sessions);
	sotto_rpc_put_text_or_null(&b, object, "cursor", result->cursor);
	sotto_rpc_put_int(&b, object, "total", result->total);
	sotto_rpc_reply_result(reply, request, &b, object);
}
