/* SPDX-License-Identifier: BSD-3-Clause */
/* session.put: the wish becomes a session, or nothing changes. */
#include "control/internal.h"

#include <errno.h>

static enum sotto_rpc_kind kind_of(int rc)
{
	switch (rc) {
	case -ESTALE:
		return SOTTO_RPC_STALE;
	case -EEXIST:
		return SOTTO_RPC_CONFLICT;
	case -ENOSPC:
		return SOTTO_RPC_LIMIT;
	case -EADDRINUSE:
		return SOTTO_RPC_PORT_IN_USE;
	case -EADDRNOTAVAIL:
		return SOTTO_RPC_NO_PORTS;
	case -EINVAL:
		return SOTTO_RPC_PARAMS;
	case -EHOSTUNREACH:
		return SOTTO_RPC_NO_ROUTE;
	case -ENOTSUP:
		return SOTTO_RPC_UNSUPPORTED_SUITE;
	case -EKEYREJECTED:
		return SOTTO_RPC_KEY_IN_USE;
	default:
		return SOTTO_RPC_INTERNAL;
	}
}

static void refuse(struct client *client, const struct sotto_rpc_request *request,
	struct sotto_rpc_reply *reply, int rc, const struct sotto_session_error *why)
{
	struct sotto_rpc_error error = {.kind = SOTTO_RPC_NO_ERROR};

	client->control->errors++;
	if (why->media < 0)
		sotto_rpc_error_set(&error, kind_of(rc), NULL, why->reason);
	else
		sotto_rpc_error_set_leg(&error, kind_of(rc), (unsigned)why->media,
			(unsigned)why->side, why->member, why->reason);
	sotto_rpc_reply_error(reply, request, &error);
}

static void answer(const struct sotto_rpc_request *request, struct sotto_rpc_reply *reply,
	const struct sotto_session *session, bool unchanged)
{
	struct sotto_rpc_put_media media[SOTTO_MEDIA_MAX];
	struct sotto_rpc_put_result result = {
		.id = session->id,
		.rev = session->revision,
		.unchanged = unchanged,
		.worker = session->owner,
		.media = media,
		.media_count = session->media_count,
	};

	for (unsigned m = 0; m < session->media_count; m++) {
		media[m].id = session->media[m].id;
		for (int side = 0; side < 2; side++) {
			const struct sotto_leg *leg = sotto_session_leg(&session->media[m], side);
			const struct sotto_interface *interface =
				session->media[m].leg[side].interface;

			media[m].legs[side] = (struct sotto_rpc_local){
				.interface = interface->name,
				.rtp = {.addr = interface->local.addr, .port = leg->rtp_port},
				.rtcp_port = leg->rtcp_port,
			};
		}
	}
	sotto_rpc_reply_session_put(reply, request, &result);
}

void control_session_put(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	struct sotto_control *control = client->control;
	struct sotto_rpc_error error = {.kind = SOTTO_RPC_NO_ERROR};
	struct sotto_session_error why = {.media = -1};
	enum sotto_session_outcome outcome;
	struct sotto_session *session;
	struct control_wish wish;
	int rc = control_wish_read(control, request->params.put, &wish, &error);

	if (rc != 0) {
		control_wish_free(&wish);
		control->errors++;
		sotto_rpc_reply_error(reply, request, &error);
		return;
	}
	rc = sotto_session_put(control->config.sessions, &wish.spec, control_now_us(control),
		&session, &outcome, &why);
	control_wish_free(&wish);
	if (rc != 0) {
		refuse(client, request, reply, rc, &why);
		return;
	}
	control_neighbors_ask(control);
	answer(request, reply, session, outcome == SOTTO_SESSION_UNCHANGED);
}
