/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds the two legs of a media complete, keys and rewrite headers included, before publication.
 */
#include "session/internal.h"

#include "base/secret.h"

#include <errno.h>

#define TTL 64
#define IP_UDP_LEN(family) ((family) == 4 ? 28u : 48u) /* bytes */

struct sotto_leg_state *sotto_session_state_new(struct sotto_sessions *sessions, uint32_t streams)
{
	size_t head = (sizeof(struct sotto_leg_state) + SOTTO_CACHE_LINE - 1) / SOTTO_CACHE_LINE *
		      SOTTO_CACHE_LINE;
	struct sotto_leg_state *state = sessions->env.alloc(
		sessions->env.arg, head + 2 * streams * sizeof(struct sotto_stream));

	if (!state)
		return NULL;
	state->receive = (struct sotto_stream *)((uint8_t *)state + head);
	state->send = state->receive + streams;
	state->stream_count = streams;
	return state;
}

static struct sotto_key *key_alloc(struct sotto_sessions *sessions, const struct sotto_suite *suite)
{
	size_t size =
		sotto_crypto_key_size(sessions->env.crypto->backend, suite->cipher, suite->auth);

	return size == 0 ? NULL : sessions->env.alloc(sessions->env.arg, size);
}

static int build_keys(struct sotto_sessions *sessions, const struct sotto_master *master,
	struct sotto_key *key[2])
{
	const struct sotto_crypto_backend *backend = sessions->env.crypto->backend;

	if (!master)
		return 0;
	if (sotto_crypto_key_size(backend, master->suite->cipher, master->suite->auth) == 0)
		return -ENOTSUP;
	key[0] = key_alloc(sessions, master->suite);
	key[1] = key_alloc(sessions, master->suite);
	if (!key[0] || !key[1])
		return -ENOMEM;
	return sotto_keys_build(sessions->env.crypto, master, key[0], key[1]);
}

static void fill_context(struct sotto_srtp_context *context, struct sotto_key *const key[2],
	struct sotto_stream *streams, uint32_t count)
{
	context->rtp = key[0];
	context->rtcp = key[1];
	context->streams = streams;
	context->stream_count = count;
}

/* The way to the remote: next hop and the header that is put before each packet. */
static int fill_path(struct sotto_sessions *sessions, const struct sotto_leg_spec *spec,
	struct sotto_leg *leg, struct sotto_neighbor **neighbor)
{
	const struct sotto_interface *interface = spec->interface;
	const struct sotto_addr *hop;
	struct sotto_net_path path = {
		.vlan = interface->local.vlan,
		.ttl = TTL,
		.dscp = spec->dscp < 0 ? 0 : (uint8_t)spec->dscp,
		.src = {.addr = interface->local.addr, .port = leg->rtp_port},
		.dst = spec->remote,
	};

	leg->max_payload = (uint16_t)(interface->mtu - IP_UDP_LEN(interface->local.addr.family));
	if (spec->remote.addr.family == 0)
		return 0;
	hop = sotto_interface_next_hop(interface, &spec->remote.addr);
	if (!hop)
		return -EHOSTUNREACH;
	*neighbor = sotto_neighbor_get(&sessions->neighbors, interface, hop);
	if (!*neighbor)
		return -ENOSPC;
	memcpy(path.src_mac, interface->local.mac, 6);
	leg->header_len = (uint8_t)sotto_net_header_build(&path, leg->header);
	leg->next_hop = *neighbor;
	return 0;
}

static int build_leg(struct sotto_sessions *sessions, const struct sotto_leg_spec *spec,
	struct sotto_leg *leg, struct sotto_key *key[KEYS], struct sotto_neighbor **neighbor)
{
	struct sotto_leg_state *state = leg->state;
	int rc = build_keys(sessions, spec->receive, &key[KEY_RECEIVE_RTP]);

	if (rc == 0)
		rc = build_keys(sessions, spec->send, &key[KEY_SEND_RTP]);
	if (rc != 0)
		return rc;
	fill_context(&leg->receive, &key[KEY_RECEIVE_RTP], state->receive, state->stream_count);
	fill_context(&leg->send, &key[KEY_SEND_RTP], state->send, state->stream_count);
	leg->rtcp_port = (uint16_t)(leg->rtp_port + (spec->rtcp_mux ? 0 : 1));
	leg->secure = spec->secure;
	leg->source_check = (uint8_t)spec->source_check;
	leg->device = spec->interface->device;
	leg->remote = spec->remote;
	leg->remote_rtcp_port = spec->remote_rtcp_port;
	leg->dscp_keep = spec->dscp < 0;
	leg->dscp = spec->dscp < 0 ? 0 : (uint8_t)spec->dscp;
	return fill_path(sessions, spec, leg, neighbor);
}

int sotto_session_media_build(struct sotto_sessions *sessions, const struct sotto_session *session,
	unsigned index, const struct sotto_media_spec *spec, const uint16_t port[2],
	struct sotto_leg_state *const state[2], struct sotto_media **out,
	struct sotto_session_error *error)
{
	struct sotto_media *media = sessions->env.alloc(sessions->env.arg, sizeof(*media));

	if (!media)
		return -ENOMEM;
	for (int side = 0; side < 2; side++) {
		struct sotto_leg *leg = &media->leg[side];
		int rc;

		leg->state = state[side];
		leg->peer = &media->leg[1 - side];
		leg->rtp_port = port[side];
		leg->owner = session->owner;
		leg->side = (uint8_t)side;
		leg->media = (uint8_t)index;
		leg->session = session->slot;
		leg->generation = session->generation;
		rc = build_leg(
			sessions, &spec->leg[side], leg, media->key[side], &media->neighbor[side]);
		if (rc != 0) {
			error->side = side;
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
		for (int k = 0; k < KEYS; k++) {
			if (!media->key[side][k])
				continue;
			sotto_crypto_key_wipe(media->key[side][k]);
			sessions->env.release(sessions->env.arg, media->key[side][k]);
		}
		if (media->neighbor[side])
			sotto_neighbor_put(media->neighbor[side]);
	}
	sessions->env.release(sessions->env.arg, media);
}
