/* SPDX-License-Identifier: BSD-3-Clause */
/* Events as JSON-RPC 2.0 notifications (section 4.1 there), one line each. */
#include "rpc/event.h"

#include "rpc/write.h"

static const char *const names[SOTTO_RPC_EVENT_KINDS] = {
	[SOTTO_RPC_STREAM_FIRST_PACKET] = "stream.first_packet",
	[SOTTO_RPC_SSRC_NEW] = "ssrc.new",
	[SOTTO_RPC_MEDIA_TIMEOUT] = "media.timeout",
	[SOTTO_RPC_MEDIA_RESUMED] = "media.resumed",
	[SOTTO_RPC_AUTH_FAILURES] = "auth.failures",
	[SOTTO_RPC_PLAIN_SEEN] = "plain.seen",
	[SOTTO_RPC_REKEY_NEEDED] = "rekey.needed",
	[SOTTO_RPC_KEY_EXPIRED] = "key.expired",
	[SOTTO_RPC_SYNC_LOST] = "sync.lost",
	[SOTTO_RPC_AUTH_FLOOD] = "auth.flood",
	[SOTTO_RPC_LATCHED] = "latched",
	[SOTTO_RPC_SECURITY_LOCKED] = "security.locked",
	[SOTTO_RPC_SESSION_ENDED] = "session.ended",
	[SOTTO_RPC_PORT_UP] = "port.up",
	[SOTTO_RPC_PORT_DOWN] = "port.down",
	[SOTTO_RPC_OVERFLOW] = "overflow",
};

static const char *const causes[SOTTO_RPC_CAUSES] = {
	[SOTTO_RPC_CAUSE_DELETED] = "deleted",
};

static const char *const sync_causes[SOTTO_RPC_SYNC_CAUSES] = {
	[SOTTO_RPC_SYNC_AUTH] = "auth",
	[SOTTO_RPC_SYNC_REPLAY] = "replay",
	[SOTTO_RPC_SYNC_OLD] = "old",
};

const char *sotto_rpc_event_name(enum sotto_rpc_event_kind kind)
{
	return names[kind];
}

/* An endpoint; null when it is nowhere. */
static void put_endpoint(
	struct sotto_rpc_writer *w, const char *name, const struct sotto_endpoint *endpoint)
{
	if (endpoint->addr.family == 0) {
		sotto_rpc_put_null(w, name);
		return;
	}
	sotto_rpc_open_object(w, name);
	sotto_rpc_put_addr(w, "address", &endpoint->addr);
	sotto_rpc_put_int(w, "port", endpoint->port);
	sotto_rpc_close_object(w);
}

static void put_sync(struct sotto_rpc_writer *w, const struct sotto_rpc_event *event)
{
	sotto_rpc_put_int(w, "ssrc", event->u.sync.ssrc);
	sotto_rpc_put_int(w, "count", event->u.sync.count);
	sotto_rpc_put_text(w, "cause", sync_causes[event->u.sync.cause]);
	put_endpoint(w, "from", &event->u.sync.from);
}

static void put_key(struct sotto_rpc_writer *w, const struct sotto_rpc_event *event)
{
	const char *direction = event->u.key.send ? "send" : "receive";

	sotto_rpc_put_text(w, "direction", direction);
	if (event->kind != SOTTO_RPC_REKEY_NEEDED)
		return;
	sotto_rpc_put_int(w, "packets", event->u.key.packets);
	sotto_rpc_put_int(w, "limit", event->u.key.limit);
}

/* Members that only this kind has. */
static void put_details(struct sotto_rpc_writer *w, const struct sotto_rpc_event *event)
{
	switch (event->kind) {
	case SOTTO_RPC_STREAM_FIRST_PACKET:
	case SOTTO_RPC_SECURITY_LOCKED:
		sotto_rpc_put_int(w, "ssrc", event->u.stream.ssrc);
		put_endpoint(w, "from", &event->u.stream.from);
		break;
	case SOTTO_RPC_SSRC_NEW:
		sotto_rpc_put_int(w, "ssrc", event->u.stream.ssrc);
		break;
	case SOTTO_RPC_MEDIA_TIMEOUT:
		sotto_rpc_put_int(w, "since_s", event->u.since_s);
		break;
	case SOTTO_RPC_AUTH_FAILURES:
	case SOTTO_RPC_PLAIN_SEEN:
	case SOTTO_RPC_AUTH_FLOOD:
		sotto_rpc_put_int(w, "count", event->u.seen.count);
		put_endpoint(w, "from", &event->u.seen.from);
		break;
	case SOTTO_RPC_REKEY_NEEDED:
	case SOTTO_RPC_KEY_EXPIRED:
		put_key(w, event);
		break;
	case SOTTO_RPC_SYNC_LOST:
		put_sync(w, event);
		break;
	case SOTTO_RPC_LATCHED:
		put_endpoint(w, "from", &event->u.latch.from);
		put_endpoint(w, "to", &event->u.latch.to);
		break;
	case SOTTO_RPC_SESSION_ENDED:
		sotto_rpc_put_text(w, "cause", causes[event->u.cause]);
		break;
	case SOTTO_RPC_PORT_UP:
	case SOTTO_RPC_PORT_DOWN:
		sotto_rpc_put_text(w, "port", event->u.port);
		break;
	case SOTTO_RPC_OVERFLOW:
		sotto_rpc_put_int(w, "lost", event->u.overflow.lost);
		sotto_rpc_put_int(w, "next_seq", event->u.overflow.next_seq);
		break;
	case SOTTO_RPC_MEDIA_RESUMED:
	case SOTTO_RPC_EVENT_KINDS:
		break;
	}
}

static void put_params(struct sotto_rpc_writer *w, const struct sotto_rpc_event *event)
{
	char leg[2] = {event->leg, '\0'};

	sotto_rpc_open_object(w, "params");
	sotto_rpc_put_int(w, "seq", event->seq);
	sotto_rpc_put_text(w, "boot_id", event->boot_id);
	sotto_rpc_put_int(w, "t_us", event->t_us);
	sotto_rpc_put_text(w, "kind", names[event->kind]);
	if (event->session)
		sotto_rpc_put_text(w, "session", event->session);
	if (event->media)
		sotto_rpc_put_text(w, "media", event->media);
	if (event->leg)
		sotto_rpc_put_text(w, "leg", leg);
	put_details(w, event);
	sotto_rpc_close_object(w);
}

int sotto_rpc_event_text(const struct sotto_rpc_event *event, char **text, size_t *len)
{
	struct sotto_rpc_writer w = {.failed = false};

	sotto_rpc_open_object(&w, NULL);
	sotto_rpc_put_text(&w, "jsonrpc", "2.0");
	sotto_rpc_put_text(&w, "method", "event");
	put_params(&w, event);
	sotto_rpc_close_object(&w);
	return sotto_rpc_write_end(&w, text, len);
}
