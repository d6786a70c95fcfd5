/* SPDX-License-Identifier: BSD-3-Clause */
/* Events as JSON-RPC 2.0 notifications (section 4.1 there), one line each. */
#include "rpc/event.h"

#include "rpc/reply.h"

#include <errno.h>

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
static void put_endpoint(struct sotto_rpc_build *b, json_t *params, const char *name,
	const struct sotto_endpoint *endpoint)
{
	json_t *object;

	if (endpoint->addr.family == 0) {
		sotto_rpc_put_value(b, params, name, json_null());
		return;
	}
	object = sotto_rpc_build_object(b);
	sotto_rpc_put_addr(b, object, "address", &endpoint->addr);
	sotto_rpc_put_int(b, object, "port", endpoint->port);
	sotto_rpc_put_value(b, params, name, object);
}

static void put_sync(struct sotto_rpc_build *b, json_t *params, const struct sotto_rpc_event *event)
{
	sotto_rpc_put_int(b, params, "ssrc", event->u.sync.ssrc);
	sotto_rpc_put_int(b, params, "count", event->u.sync.count);
	sotto_rpc_put_text_or_null(b, params, "cause", sync_causes[event->u.sync.cause]);
	put_endpoint(b, params, "from", &event->u.sync.from);
}

static void put_key(struct sotto_rpc_build *b, json_t *params, const struct sotto_rpc_event *event)
{
	const char *direction = event->u.key.send ? "send" : "receive";

	sotto_rpc_put_text_or_null(b, params, "direction", direction);
	if (event->kind != SOTTO_RPC_REKEY_NEEDED)
		return;
	sotto_rpc_put_int(b, params, "packets", event->u.key.packets);
	sotto_rpc_put_int(b, params, "limit", event->u.key.limit);
}

/* Members that only this kind has. */
static void put_details(
	struct sotto_rpc_build *b, json_t *params, const struct sotto_rpc_event *event)
{
	switch (event->kind) {
	case SOTTO_RPC_STREAM_FIRST_PACKET:
	case SOTTO_RPC_SECURITY_LOCKED:
		sotto_rpc_put_int(b, params, "ssrc", event->u.stream.ssrc);
		put_endpoint(b, params, "from", &event->u.stream.from);
		break;
	case SOTTO_RPC_SSRC_NEW:
		sotto_rpc_put_int(b, params, "ssrc", event->u.stream.ssrc);
		break;
	case SOTTO_RPC_MEDIA_TIMEOUT:
		sotto_rpc_put_int(b, params, "since_s", event->u.since_s);
		break;
	case SOTTO_RPC_AUTH_FAILURES:
	case SOTTO_RPC_PLAIN_SEEN:
	case SOTTO_RPC_AUTH_FLOOD:
		sotto_rpc_put_int(b, params, "count", event->u.seen.count);
		put_endpoint(b, params, "from", &event->u.seen.from);
		break;
	case SOTTO_RPC_REKEY_NEEDED:
	case SOTTO_RPC_KEY_EXPIRED:
		put_key(b, params, event);
		break;
	case SOTTO_RPC_SYNC_LOST:
		put_sync(b, params, event);
		break;
	case SOTTO_RPC_LATCHED:
		put_endpoint(b, params, "from", &event->u.latch.from);
		put_endpoint(b, params, "to", &event->u.latch.to);
		break;
	case SOTTO_RPC_SESSION_ENDED:
		sotto_rpc_put_text_or_null(b, params, "cause", causes[event->u.cause]);
		break;
	case SOTTO_RPC_PORT_UP:
	case SOTTO_RPC_PORT_DOWN:
		sotto_rpc_put_text_or_null(b, params, "port", event->u.port);
		break;
	case SOTTO_RPC_OVERFLOW:
		sotto_rpc_put_int(b, params, "lost", event->u.overflow.lost);
		sotto_rpc_put_int(b, params, "next_seq", event->u.overflow.next_seq);
		break;
	case SOTTO_RPC_MEDIA_RESUMED:
	case SOTTO_RPC_EVENT_KINDS:
		break;
	}
}

static json_t *event_params(struct sotto_rpc_build *b, const struct sotto_rpc_event *event)
{
	json_t *params = sotto_rpc_build_object(b);
	char leg[2] = {event->leg, '\0'};

	sotto_rpc_put_int(b, params, "seq", event->seq);
	sotto_rpc_put_text_or_null(b, params, "boot_id", event->boot_id);
	sotto_rpc_put_int(b, params, "t_us", event->t_us);
	sotto_rpc_put_text_or_null(b, params, "kind", names[event->kind]);
	if (event->session)
		sotto_rpc_put_text_or_null(b, params, "session", event->session);
	if (event->media)
		sotto_rpc_put_text_or_null(b, params, "media", event->media);
	if (event->leg)
		sotto_rpc_put_text_or_null(b, params, "leg", leg);
	put_details(b, params, event);
	return params;
}

int sotto_rpc_event_text(const struct sotto_rpc_event *event, char **text, size_t *len)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);
	int rc = -ENOMEM;

	sotto_rpc_put_text_or_null(&b, object, "jsonrpc", "2.0");
	sotto_rpc_put_text_or_null(&b, object, "method", "event");
	sotto_rpc_put_value(&b, object, "params", event_params(&b, event));
	if (!b.failed)
		rc = sotto_rpc_dump(object, "\n", text, len);
	json_decref(object);
	return rc;
}
