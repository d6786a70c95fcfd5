/* SPDX-License-Identifier: BSD-3-Clause */
/* session.get, session.list and session.delete: what stands, read while workers go on writing. */
#include "control/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t load(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* Adds the bound slots of one direction. */
static size_t copy_streams(
	const struct sotto_srtp_context *context, bool send, struct sotto_rpc_stream_state *out)
{
	const struct sotto_stream *stream = context->rtp ? context->streams->slot : NULL;
	uint32_t count = context->rtp ? context->streams->count : 0;
	size_t n = 0;

	for (uint32_t i = 0; i < count; i++, stream++) {
		uint64_t next = load(&stream->rtp.next);
		uint64_t rtcp_next = load(&stream->rtcp.next);

		if (!__atomic_load_n(&stream->bound, __ATOMIC_ACQUIRE))
			continue;
		out[n++] = (struct sotto_rpc_stream_state){
			.ssrc = __atomic_load_n(&stream->ssrc, __ATOMIC_RELAXED),
			.send = send,
			.roc = next == 0 ? 0 : (uint32_t)((next - 1) >> 16),
			.highest_seq = next == 0 ? 0 : (uint16_t)(next - 1),
			.srtcp_index = rtcp_next == 0 ? 0 : (uint32_t)(rtcp_next - 1),
			.packets = load(&stream->packets),
		};
	}
	return n;
}

static enum sotto_rpc_security security_of(uint8_t security)
{
	static const enum sotto_rpc_security theirs[] = {
		[SOTTO_CLEAR] = SOTTO_RPC_SECURITY_CLEAR,
		[SOTTO_REQUIRED] = SOTTO_RPC_SECURITY_REQUIRED,
		[SOTTO_PREFERRED] = SOTTO_RPC_SECURITY_PREFERRED,
		[SOTTO_VERIFY] = SOTTO_RPC_SECURITY_VERIFY,
		[SOTTO_OPAQUE] = SOTTO_RPC_SECURITY_OPAQUE,
	};

	return theirs[security];
}

/* How much of a direction's key is spent: the one that sends, or the one that received most. */
static struct sotto_rpc_key_use copy_use(const struct sotto_srtp_context *context, bool send)
{
	const struct sotto_srtp_more *more = context->more;
	struct sotto_rpc_key_use out = {.masters = more ? more->master_count : 1};

	for (unsigned n = 0; context->rtp && n < out.masters; n++) {
		uint64_t rtp = sotto_srtp_used(context, n, SOTTO_SRTP);

		if (send && more ? n != more->send_master : n != 0 && rtp <= out.rtp)
			continue;
		out.rtp = rtp;
		out.rtcp = sotto_srtp_used(context, n, SOTTO_SRTCP);
		out.limit = sotto_srtp_use(context, n)->limit[SOTTO_SRTP];
	}
	out.previous = more && __atomic_load_n(&more->previous, __ATOMIC_RELAXED) != NULL;
	return out;
}

static void copy_leg(const struct sotto_media_record *record, int side,
	struct sotto_rpc_stream_state *streams, struct sotto_rpc_leg_state *out)
{
	const struct sotto_leg *leg = sotto_session_leg(record, side);
	const struct sotto_leg_record *from = &record->leg[side];
	const struct sotto_leg_state *state = from->state;

	*out = (struct sotto_rpc_leg_state){
		.local = {.interface = from->interface->name,
			.rtp = {.addr = from->interface->local.addr, .port = leg->rtp_port},
			.rtcp_port = leg->rtcp_port},
		.remote = leg->remote,
		.remote_rtcp_port = leg->remote_rtcp_port,
		.security = security_of(leg->security),
		.locked = __atomic_load_n(&state->locked, __ATOMIC_RELAXED),
		.replay_window = sotto_session_window(from),
		.rtcp_mux = leg->rtcp_port == leg->rtp_port,
		.receive_suite = sotto_session_suite(from, false),
		.send_suite = sotto_session_suite(from, true),
		.receive_use = copy_use(&leg->receive, false),
		.send_use = copy_use(&leg->send, true),
		.received_packets = load(&state->received_packets),
		.received_bytes = load(&state->received_bytes),
		.sent_packets = load(&state->sent_packets),
		.sent_bytes = load(&state->sent_bytes),
		.streams = streams,
	};
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++)
		out->dropped[v] = sotto_leg_dropped(state, v);
	out->stream_count = copy_streams(&leg->receive, false, streams);
	out->stream_count += copy_streams(&leg->send, true, streams + out->stream_count);
}

/* A session as the protocol shows it; the arrays are freed by the caller. */
struct picture {
	struct sotto_rpc_media_state media[SOTTO_MEDIA_MAX];
	struct sotto_rpc_stream_state streams[SOTTO_MEDIA_MAX][2][2 * SOTTO_SSRCS_MAX];
};

static struct picture *take_picture(const struct sotto_session *session)
{
	struct picture *picture = malloc(sizeof(*picture));

	for (unsigned m = 0; picture && m < session->media_count; m++) {
		picture->media[m].id = session->media[m].id;
		for (int side = 0; side < 2; side++)
			copy_leg(&session->media[m], side, picture->streams[m][side],
				&picture->media[m].legs[side]);
	}
	return picture;
}

void control_session_get(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	struct sotto_control *control = client->control;
	struct sotto_session *session =
		sotto_session_find(control->config.sessions, request->params.get.id);
	struct sotto_rpc_get_result result;
	struct picture *picture;
	uint64_t age_us;

	if (!session) {
		control_refuse(
			client, request, reply, SOTTO_RPC_NOT_FOUND, "id", "no such session");
		return;
	}
	picture = take_picture(session);
	if (!picture) {
		control_refuse(client, request, reply, SOTTO_RPC_INTERNAL, NULL, "no memory");
		return;
	}
	age_us = control_now_us(control) - session->created_us;
	result = (struct sotto_rpc_get_result){
		.id = session->id,
		.rev = session->revision,
		.worker = session->owner,
		.created_s = (control_wall_us() - age_us) / 1000000,
		.media = picture->media,
		.media_count = session->media_count,
	};
	sotto_rpc_reply_session_get(reply, request, &result);
	free(picture);
}

void control_session_delete(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	struct sotto_control *control = client->control;
	const struct sotto_rpc_session_delete *wish = &request->params.del;
	struct sotto_session *session = sotto_session_find(control->config.sessions, wish->id);
	struct sotto_rpc_delete_result result = {.id = wish->id, .absent = session == NULL};
	struct sotto_rpc_event event = {.kind = SOTTO_RPC_SESSION_ENDED};
	struct picture *picture;

	if (!session) {
		sotto_rpc_reply_session_delete(reply, request, &result);
		return;
	}
	if (wish->has_rev && wish->rev < session->revision) {
		control_refuse(
			client, request, reply, SOTTO_RPC_STALE, "rev", "a higher revision stands");
		return;
	}
	picture = take_picture(session);
	if (!picture) {
		control_refuse(client, request, reply, SOTTO_RPC_INTERNAL, NULL, "no memory");
		return;
	}
	result.media = picture->media;
	result.media_count = session->media_count;
	sotto_rpc_reply_session_delete(reply, request, &result);
	free(picture);
	event.u.cause = SOTTO_RPC_CAUSE_DELETED;
	control_event_session(control, session, &event, -1, 0);
	sotto_session_delete(control->config.sessions, session);
}

/* A cursor is the slot to go on with: "s" and a decimal number. */
static bool read_cursor(const char *text, uint32_t *slot)
{
	char *end;
	unsigned long v;

	*slot = 0;
	if (text[0] == 0)
		return true;
	if (text[0] != 's' || text[1] < '0' || text[1] > '9')
		return false;
	v = strtoul(text + 1, &end, 10);
	*slot = (uint32_t)v;
	return *end == 0 && v <= UINT32_MAX;
}

void control_session_list(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	struct sotto_sessions *sessions = client->control->config.sessions;
	struct sotto_rpc_list_item item[SOTTO_RPC_LIST];
	struct sotto_rpc_list_result result = {
		.sessions = item, .total = sotto_sessions_count(sessions)};
	const struct sotto_session *session;
	char cursor[16];
	uint32_t slot;

	if (!read_cursor(request->params.list.cursor, &slot)) {
		control_refuse(client, request, reply, SOTTO_RPC_PARAMS, "cursor",
			"not a cursor of an earlier answer");
		return;
	}
	while (result.session_count < request->params.list.limit &&
		(session = sotto_session_next(sessions, &slot)) != NULL) {
		item[result.session_count++] = (struct sotto_rpc_list_item){
			.id = session->id,
			.rev = session->revision,
			.worker = session->owner,
			.media = session->media_count,
		};
		slot++;
	}
	if (sotto_session_next(sessions, &slot)) {
		snprintf(cursor, sizeof(cursor), "s%u", slot);
		result.cursor = cursor;
	}
	sotto_rpc_reply_session_list(reply, request, &result);
}
