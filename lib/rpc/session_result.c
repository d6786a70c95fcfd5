/* SPDX-License-Identifier: BSD-3-Clause */
/* The results of the session methods as JSON. Keys are nowhere: only their suites' names. */
#include "rpc/put.h"
#include "rpc/reply.h"

static void put_local(struct sotto_rpc_writer *w, const struct sotto_rpc_local *local)
{
	sotto_rpc_put_text(w, "interface", local->interface);
	sotto_rpc_put_addr(w, "address", &local->rtp.addr);
	sotto_rpc_put_int(w, "port", local->rtp.port);
	sotto_rpc_put_int(w, "rtcp_port", local->rtcp_port);
}

static void put_local_leg(
	struct sotto_rpc_writer *w, const char *name, const struct sotto_rpc_local *local)
{
	sotto_rpc_open_object(w, name);
	put_local(w, local);
	sotto_rpc_close_object(w);
}

void sotto_rpc_reply_session_put(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_put_result *result)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	sotto_rpc_put_text(w, "id", result->id);
	sotto_rpc_put_int(w, "rev", result->rev);
	sotto_rpc_put_text(w, "state", result->unchanged ? "unchanged" : "applied");
	sotto_rpc_put_int(w, "worker", result->worker);
	sotto_rpc_open_array(w, "media");
	for (size_t i = 0; i < result->media_count; i++) {
		sotto_rpc_open_object(w, NULL);
		sotto_rpc_put_text(w, "id", result->media[i].id);
		put_local_leg(w, "a", &result->media[i].legs[0]);
		put_local_leg(w, "b", &result->media[i].legs[1]);
		sotto_rpc_close_object(w);
	}
	sotto_rpc_close_array(w);
	sotto_rpc_reply_end(reply);
}

static void put_remote(struct sotto_rpc_writer *w, const struct sotto_rpc_leg_state *leg)
{
	if (leg->remote.addr.family == 0) {
		sotto_rpc_put_null(w, "remote");
		return;
	}
	sotto_rpc_open_object(w, "remote");
	sotto_rpc_put_addr(w, "address", &leg->remote.addr);
	sotto_rpc_put_int(w, "port", leg->remote.port);
	sotto_rpc_put_int(w, "rtcp_port", leg->remote_rtcp_port);
	sotto_rpc_close_object(w);
}

static void put_suites(struct sotto_rpc_writer *w, const struct sotto_rpc_leg_state *leg)
{
	sotto_rpc_open_object(w, "suite");
	sotto_rpc_put_text(w, "receive", leg->receive_suite);
	sotto_rpc_put_text(w, "send", leg->send_suite);
	sotto_rpc_close_object(w);
}

/* One direction's use, null without a key. */
static void put_use(struct sotto_rpc_writer *w, const char *suite,
	const struct sotto_rpc_key_use *use, bool send)
{
	const char *name = send ? "send" : "receive";

	if (!suite) {
		sotto_rpc_put_null(w, name);
		return;
	}
	sotto_rpc_open_object(w, name);
	sotto_rpc_put_int(w, "rtp", use->rtp);
	sotto_rpc_put_int(w, "rtcp", use->rtcp);
	sotto_rpc_put_int(w, "limit", use->limit);
	sotto_rpc_put_int(w, "masters", use->masters);
	if (!send)
		sotto_rpc_put_bool(w, "previous", use->previous);
	sotto_rpc_close_object(w);
}

static void put_volume(
	struct sotto_rpc_writer *w, const char *name, uint64_t packets, uint64_t bytes)
{
	sotto_rpc_open_object(w, name);
	sotto_rpc_put_int(w, "packets", packets);
	sotto_rpc_put_int(w, "bytes", bytes);
	sotto_rpc_close_object(w);
}

static void put_stream(struct sotto_rpc_writer *w, const struct sotto_rpc_stream_state *state)
{
	sotto_rpc_open_object(w, NULL);
	sotto_rpc_put_int(w, "ssrc", state->ssrc);
	sotto_rpc_put_text(w, "direction", state->send ? "send" : "receive");
	sotto_rpc_put_int(w, "roc", state->roc);
	sotto_rpc_put_int(w, "highest_seq", state->highest_seq);
	sotto_rpc_put_int(w, "srtcp_index", state->srtcp_index);
	sotto_rpc_put_int(w, "packets", state->packets);
	sotto_rpc_close_object(w);
}

static void put_protection(struct sotto_rpc_writer *w, const struct sotto_rpc_leg_state *leg)
{
	sotto_rpc_put_text(w, "security", sotto_rpc_security_words[leg->security]);
	sotto_rpc_put_bool(w, "locked", leg->locked);
	put_suites(w, leg);
	sotto_rpc_open_object(w, "use");
	put_use(w, leg->receive_suite, &leg->receive_use, false);
	put_use(w, leg->send_suite, &leg->send_use, true);
	sotto_rpc_close_object(w);
	sotto_rpc_put_int(w, "replay_window", leg->replay_window);
}

static void put_leg_state(
	struct sotto_rpc_writer *w, const char *name, const struct sotto_rpc_leg_state *leg)
{
	sotto_rpc_open_object(w, name);
	put_local(w, &leg->local);
	put_remote(w, leg);
	put_protection(w, leg);
	sotto_rpc_put_bool(w, "rtcp_mux", leg->rtcp_mux);
	put_volume(w, "received", leg->received_packets, leg->received_bytes);
	put_volume(w, "sent", leg->sent_packets, leg->sent_bytes);
	sotto_rpc_put_drops(w, "dropped", leg->dropped);
	sotto_rpc_open_array(w, "streams");
	for (size_t i = 0; i < leg->stream_count; i++)
		put_stream(w, &leg->streams[i]);
	sotto_rpc_close_array(w);
	sotto_rpc_close_object(w);
}

static void put_media_states(struct sotto_rpc_writer *w, const char *name,
	const struct sotto_rpc_media_state *media, size_t count)
{
	sotto_rpc_open_array(w, name);
	for (size_t i = 0; i < count; i++) {
		sotto_rpc_open_object(w, NULL);
		sotto_rpc_put_text(w, "id", media[i].id);
		put_leg_state(w, "a", &media[i].legs[0]);
		put_leg_state(w, "b", &media[i].legs[1]);
		sotto_rpc_close_object(w);
	}
	sotto_rpc_close_array(w);
}

void sotto_rpc_reply_session_get(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_get_result *result)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	sotto_rpc_put_text(w, "id", result->id);
	sotto_rpc_put_int(w, "rev", result->rev);
	sotto_rpc_put_int(w, "worker", result->worker);
	sotto_rpc_put_int(w, "created_s", result->created_s);
	put_media_states(w, "media", result->media, result->media_count);
	sotto_rpc_reply_end(reply);
}

void sotto_rpc_reply_session_delete(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_delete_result *result)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	sotto_rpc_put_text(w, "id", result->id);
	sotto_rpc_put_text(w, "state", result->absent ? "absent" : "deleted");
	if (result->absent)
		sotto_rpc_put_null(w, "statistics");
	else
		put_media_states(w, "statistics", result->media, result->media_count);
	sotto_rpc_reply_end(reply);
}

static void put_list_item(struct sotto_rpc_writer *w, const struct sotto_rpc_list_item *item)
{
	sotto_rpc_open_object(w, NULL);
	sotto_rpc_put_text(w, "id", item->id);
	sotto_rpc_put_int(w, "rev", item->rev);
	sotto_rpc_put_int(w, "worker", item->worker);
	sotto_rpc_put_int(w, "media", item->media);
	sotto_rpc_close_object(w);
}

void sotto_rpc_reply_session_list(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_list_result *result)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	sotto_rpc_open_array(w, "sessions");
	for (size_t i = 0; i < result->session_count; i++)
		put_list_item(w, &result->sessions[i]);
	sotto_rpc_close_array(w);
	sotto_rpc_put_text(w, "cursor", result->cursor);
	sotto_rpc_put_int(w, "total", result->total);
	sotto_rpc_reply_end(reply);
}
