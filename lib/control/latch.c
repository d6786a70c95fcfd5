/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Latching: a worker saw where a leg's peer is, by an authenticated packet or by what a clear leg
 * may learn; here the leg is published anew with that place as its remote.
 */
#include "control/internal.h"

static bool same_place(const struct sotto_endpoint *a, const struct sotto_endpoint *b)
{
	return a->port == b->port && sotto_base_addr_equal(&a->addr, &b->addr);
}

/* The remote after the event; false when it is there already. */
static bool move(const struct sotto_leg *leg, const struct sotto_event *event,
	struct sotto_endpoint *remote, uint16_t *rtcp_port)
{
	bool mux = leg->rtcp_port == leg->rtp_port;

	*remote = leg->remote;
	*rtcp_port = 0;
	if (event->rtcp && !mux) {
		/* RTCP moves its own port only, and only where RTP is already */
		if (!sotto_base_addr_equal(&event->from.addr, &leg->remote.addr) ||
			event->from.port == leg->remote_rtcp_port)
			return false;
		*rtcp_port = event->from.port;
		return true;
	}
	if (same_place(&event->from, &leg->remote))
		return false;
	*remote = event->from;
	if (mux)
		*rtcp_port = event->from.port;
	else if (!sotto_base_addr_equal(&event->from.addr, &leg->remote.addr))
		*rtcp_port = (uint16_t)(event->from.port + 1); /* until its RTCP shows */
	return true;
}

void control_latch(struct sotto_control *control, struct sotto_session *session,
	const struct sotto_event *event)
{
	const struct sotto_leg *leg = sotto_session_leg(&session->media[event->media], event->side);
	struct sotto_rpc_event told = {.kind = SOTTO_RPC_LATCHED};
	struct sotto_endpoint remote;
	uint16_t rtcp_port;

	if (!leg->latch || !move(leg, event, &remote, &rtcp_port))
		return;
	told.u.latch.from = leg->remote;
	told.u.latch.to = remote;
	if (sotto_session_relocate(control->config.sessions, session, event->media, event->side,
		    &remote, rtcp_port) != 0)
		return; /* no way there: packets go on to where they went */
	control_neighbors_ask(control);
	control_event_session(control, session, &told, event->media, event->side);
}
