/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds the two legs of a media complete, keys and rewrite headers included, before publication.
 */
#include "session/internal.h"

#include <errno.h>
#include <stddef.h>

_Static_assert(offsetof(struct sotto_leg_state, candidate_us) == SOTTO_CACHE_LINE,
	"what a passing packet needs of a leg's state is one line");

#define TTL 64
#define IP_UDP_LEN(family) ((family) == 4 ? 28u : 48u) /* bytes */

struct sotto_leg_state *sotto_session_state_new(struct sotto_sessions *sessions)
{
	return sessions->env.alloc(sessions->env.arg, sizeof(struct sotto_leg_state));
}

/* The way to the leg's remote: next hop and the header that is put before each packet. */
static int fill_path(struct sotto_sessions *sessions, const struct sotto_interface *interface,
	struct sotto_leg *leg)
{
	const struct sotto_addr *hop;
	struct sotto_net_path path = {
		.vlan = interface->local.vlan,
		.ttl = TTL,
		.dscp = leg->dscp,
		.src = {.addr = interface->local.addr, .port = leg->rtp_port},
		.dst = leg->remote,
	};

	leg->max_payload = (uint16_t)(interface->mtu - IP_UDP_LEN(interface->local.addr.family));
	if (leg->remote.addr.family == 0)
		return 0;
	hop = sotto_interface_next_hop(interface, &leg->remote.addr);
	if (!hop)
		return -EHOSTUNREACH;
	leg->next_hop = sotto_neighbor_get(&sessions->neighbors, interface, hop);
	if (!leg->next_hop)
		return -ENOSPC;
	memcpy(path.src_mac, interface->local.mac, 6);
	leg->header_len = (uint8_t)sotto_net_header_build(&path, leg->header);
	leg->sums = sotto_net_header_sums(leg->header, leg->header_len);
	return 0;
}

/* The contexts of a leg, with references of its own. */
static void fill_contexts(struct sotto_leg *leg, struct sotto_install *const from[DIRECTIONS])
{
	for (int d = 0; d < DIRECTIONS; d++)
		leg->install[d] = sotto_install_get(from[d]);
	if (from[RECEIVE])
		leg->receive = from[RECEIVE]->context;
	if (from[SEND])
		leg->send = from[SEND]->context;
	leg->trailer[SOTTO_SRTP] = (uint8_t)sotto_srtp_trailer(&leg->send, SOTTO_SRTP);
	leg->trailer[SOTTO_SRTCP] = (uint8_t)sotto_srtp_trailer(&leg->send, SOTTO_SRTCP);
}

static void fill_leg(struct sotto_leg *leg, const struct media_plan *plan, int side)
{
	const struct sotto_leg_spec *spec = &plan->spec->leg[side];

	leg->state = plan->state[side];
	leg->rtp_port = plan->port[side];
	leg->rtcp_port = (uint16_t)(leg->rtp_port + (spec->rtcp_mux ? 0 : 1));
	leg->owner = plan->session->owner;
	leg->security = (uint8_t)spec->security;
	leg->side = side & 1;
	leg->latch = spec->latch;
	leg->source_check = (uint8_t)spec->source_check & 3;
	leg->learn = plan->learn[side];
	leg->session = plan->session->slot;
	leg->generation = plan->session->generation;
	leg->media = (uint8_t)plan->index;
	leg->device = spec->interface->device;
	leg->remote = plan->remote[side];
	leg->remote_rtcp_port = plan->remote_rtcp_port[side];
	leg->dscp_keep = spec->dscp < 0;
	leg->dscp = spec->dscp < 0 ? 0 : (uint8_t)spec->dscp;
	leg->early_us = spec->early_us;
}

int sotto_session_media_build(struct sotto_sessions *sessions, const struct media_plan *plan,
	struct sotto_media **out, struct sotto_session_error *error)
{
	struct sotto_media *media = sessions->env.alloc(sessions->env.arg, sizeof(*media));

	if (!media)
		return -ENOMEM;
	for (int side = 0; side < 2; side++) {
		struct sotto_leg *leg = &media->leg[side];
		int rc;

		leg->peer = &media->leg[1 - side];
		fill_leg(leg, plan, side);
		fill_contexts(leg, plan->install[side]);
		rc = fill_path(sessions, plan->spec->leg[side].interface, leg);
		if (rc != 0) {
			error->side = side;
			sotto_session_media_free(sessions, media);
			return rc;
		}
	}
	*out = media;
	return 0;
}

/* Both legs, without the references that they hold. */
static void copy_legs(struct sotto_media *to, const struct sotto_media *from)
{
	memcpy(to->leg, from->leg, sizeof(to->leg));
	for (int side = 0; side < 2; side++) {
		to->leg[side].next_hop = NULL;
		memset(to->leg[side].install, 0, sizeof(to->leg[side].install));
	}
}

int sotto_session_media_move(struct sotto_sessions *sessions,
	const struct sotto_media_record *record, int side, const struct sotto_endpoint *remote,
	uint16_t rtcp_port, struct sotto_media **out)
{
	struct sotto_media *media = sessions->env.alloc(sessions->env.arg, sizeof(*media));

	if (!media)
		return -ENOMEM;
	copy_legs(media, record->media);
	for (int s = 0; s < 2; s++) {
		struct sotto_leg *leg = &media->leg[s];
		int rc;

		leg->peer = &media->leg[1 - s];
		fill_contexts(leg, record->media->leg[s].install);
		if (s == side)
			leg->remote = *remote;
		if (s == side && rtcp_port != 0)
			leg->remote_rtcp_port = rtcp_port;
		rc = fill_path(sessions, record->leg[s].interface, leg);
		if (rc != 0) {
			sotto_session_media_free(sessions, media);
			return rc;
		}
	}
	*out = media;
	return 0;
}

void sotto_session_media_free(struct sotto_sessions *sessions, struct sotto_media *media)
{
	if (!media)
		return;
	for (int side = 0; side < 2; side++) {
		const struct sotto_leg *leg = &media->leg[side];

		for (int d = 0; d < DIRECTIONS; d++)
			sotto_install_put(sessions, leg->install[d]);
		if (leg->next_hop)
			sotto_neighbor_put(leg->next_hop);
	}
	sessions->env.release(sessions->env.arg, media);
}
