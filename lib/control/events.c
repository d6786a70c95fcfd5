/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events: numbered, kept in a ring of fixed size, delivered to subscribers at their own speed. A
 * subscriber that falls behind the ring is told how many it lost.
 */
#include "control/internal.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

#define HEAR_AT_ONCE 64 /* events taken from the workers' ring in one go */
#define HEAR_ROUNDS 64  /* such goes in one tick, so that a flood cannot hold the thread */

static struct kept_event *next_kept(struct sotto_control *control, enum sotto_rpc_event_kind kind)
{
	struct events *events = &control->events;
	struct kept_event *kept = &events->kept[events->next_seq++ % EVENTS_KEPT];

	memset(kept, 0, sizeof(*kept));
	kept->kind = kind;
	kept->t_us = control_wall_us();
	return kept;
}

void control_event_session(struct sotto_control *control, const struct sotto_session *session,
	struct sotto_rpc_event *event, int media, int side)
{
	struct kept_event *kept = next_kept(control, event->kind);

	kept->body = *event;
	snprintf(kept->session, sizeof(kept->session), "%s", session->id);
	if (media < 0)
		return;
	snprintf(kept->media, sizeof(kept->media), "%s", session->media[media].id);
	kept->leg = side == 0 ? 'a' : 'b';
}

void control_event_port(struct sotto_control *control, const char *port, bool up)
{
	struct kept_event *kept = next_kept(control, up ? SOTTO_RPC_PORT_UP : SOTTO_RPC_PORT_DOWN);

	snprintf(kept->session, sizeof(kept->session), "%s", port);
}

static enum sotto_rpc_sync_cause cause_of(uint8_t verdict)
{
	return verdict == SOTTO_DROP_REPLAY ? SOTTO_RPC_SYNC_REPLAY
	       : verdict == SOTTO_DROP_OLD  ? SOTTO_RPC_SYNC_OLD
					    : SOTTO_RPC_SYNC_AUTH;
}

/* What a worker told, in the protocol's words. */
static void translate(const struct sotto_event *from, struct sotto_rpc_event *to)
{
	static const enum sotto_rpc_event_kind kinds[SOTTO_EVENT_KINDS] = {
		[SOTTO_EVENT_FIRST_PACKET] = SOTTO_RPC_STREAM_FIRST_PACKET,
		[SOTTO_EVENT_SSRC_NEW] = SOTTO_RPC_SSRC_NEW,
		[SOTTO_EVENT_AUTH_FAILURES] = SOTTO_RPC_AUTH_FAILURES,
		[SOTTO_EVENT_PLAIN_SEEN] = SOTTO_RPC_PLAIN_SEEN,
		[SOTTO_EVENT_REKEY_NEEDED] = SOTTO_RPC_REKEY_NEEDED,
		[SOTTO_EVENT_KEY_EXPIRED] = SOTTO_RPC_KEY_EXPIRED,
		[SOTTO_EVENT_SYNC_LOST] = SOTTO_RPC_SYNC_LOST,
		[SOTTO_EVENT_AUTH_FLOOD] = SOTTO_RPC_AUTH_FLOOD,
		[SOTTO_EVENT_LOCKED] = SOTTO_RPC_SECURITY_LOCKED,
	};

	to->kind = kinds[from->kind];
	switch (from->kind) {
	case SOTTO_EVENT_AUTH_FAILURES:
	case SOTTO_EVENT_PLAIN_SEEN:
	case SOTTO_EVENT_AUTH_FLOOD:
		to->u.seen.count = from->count;
		to->u.seen.from = from->from;
		break;
	case SOTTO_EVENT_REKEY_NEEDED:
	case SOTTO_EVENT_KEY_EXPIRED:
		to->u.key.send = from->send;
		to->u.key.packets = from->packets;
		to->u.key.limit = from->limit;
		break;
	case SOTTO_EVENT_SYNC_LOST:
		to->u.sync.ssrc = from->ssrc;
		to->u.sync.count = from->count;
		to->u.sync.cause = cause_of(from->cause);
		to->u.sync.from = from->from;
		break;
	default:
		to->u.stream.ssrc = from->ssrc;
		to->u.stream.from = from->from;
	}
}

static void hear_one(struct sotto_control *control, const struct sotto_event *from)
{
	struct sotto_session *session =
		sotto_session_at(control->config.sessions, from->session, from->generation);
	struct sotto_rpc_event event = {.kind = SOTTO_RPC_STREAM_FIRST_PACKET};

	if (!session || from->media >= session->media_count)
		return; /* deleted meanwhile: its end was told */
	if (from->kind == SOTTO_EVENT_LATCH) {
		control_latch(control, session, from);
		return;
	}
	translate(from, &event);
	control_event_session(control, session, &event, from->media, from->side);
}

void control_events_hear(struct sotto_control *control)
{
	struct sotto_event heard[HEAR_AT_ONCE];
	unsigned n = HEAR_AT_ONCE;
	struct client *client, *next;

	for (unsigned round = 0; n == HEAR_AT_ONCE && round < HEAR_ROUNDS; round++) {
		n = sotto_punt_hear(control->config.punt, heard, HEAR_AT_ONCE);
		for (unsigned i = 0; i < n; i++)
			hear_one(control, &heard[i]);
	}
	for (client = control->clients; client; client = next) {
		next = client->next;
		control_events_deliver(client);
	}
}

static void send_event(struct client *client, struct sotto_rpc_event *event)
{
	char *text;
	size_t len;

	event->boot_id = client->control->config.boot_id;
	if (sotto_rpc_event_text(event, &text, &len) == 0)
		control_send(client, text, len);
}

static void send_kept(struct client *client, const struct kept_event *kept, uint64_t seq)
{
	struct sotto_rpc_event event = kept->body;
	bool port = kept->kind == SOTTO_RPC_PORT_UP || kept->kind == SOTTO_RPC_PORT_DOWN;

	event.kind = kept->kind;
	event.seq = seq;
	event.t_us = kept->t_us;
	event.leg = kept->leg;
	if (port)
		event.u.port = kept->session;
	else
		event.session = kept->session;
	event.media = kept->media[0] ? kept->media : NULL;
	send_event(client, &event);
}

/* Says how many events were overwritten before the client could take them. */
static void tell_overflow(struct client *client, uint64_t oldest)
{
	struct sotto_rpc_event event = {.kind = SOTTO_RPC_OVERFLOW, .seq = oldest};

	event.t_us = control_wall_us();
	event.u.overflow.lost = oldest - client->next_seq;
	event.u.overflow.next_seq = oldest;
	client->next_seq = oldest;
	send_event(client, &event);
}

void control_events_deliver(struct client *client)
{
	const struct events *events = &client->control->events;
	struct evbuffer *output = bufferevent_get_output(client->stream);

	if (!client->subscribed || client->closing || client->ended)
		return;
	while (client->next_seq < events->next_seq &&
		evbuffer_get_length(output) < EVENT_OUTPUT_PAUSE) {
		const struct kept_event *kept = &events->kept[client->next_seq % EVENTS_KEPT];

		if (client->next_seq + EVENTS_KEPT < events->next_seq) {
			tell_overflow(client, events->next_seq - EVENTS_KEPT);
			continue;
		}
		if (client->kinds >> kept->kind & 1)
			send_kept(client, kept, client->next_seq);
		client->next_seq++;
	}
}

void control_events_subscribe(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	const struct sotto_rpc_events_subscribe *wish = &request->params.subscribe;
	uint64_t next = client->control->events.next_seq;

	client->subscribed = true;
	client->kinds = wish->kinds;
	client->next_seq = wish->has_from_seq && wish->from_seq < next ? wish->from_seq : next;
	if (client->next_seq == 0)
		client->next_seq = 1;
	sotto_rpc_reply_events_subscribe(reply, request, client->next_seq);
}
