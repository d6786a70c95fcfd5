/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a session.put: interfaces by name, keys from their texts, and a digest of the content. */
#include "control/internal.h"

#include <errno.h>
#include <string.h>

#define WINDOW_DEFAULT 1024 /* packets: what retransmissions of video need */

int control_refuse_leg(const struct control_place *at, enum sotto_rpc_kind kind, const char *member,
	const char *detail)
{
	sotto_rpc_error_set_leg(at->error, kind, at->media, at->side, member, detail);
	return -EINVAL;
}

/* The first interface of that name, and of the family when one is wished. */
static struct sotto_interface *find_interface(
	const struct sotto_control *control, const struct sotto_rpc_leg *leg)
{
	for (unsigned i = 0; i < control->config.interface_count; i++) {
		struct sotto_interface *interface = &control->config.interface[i];

		if (strcmp(interface->name, leg->interface) == 0 &&
			(leg->family == 0 || leg->family == interface->local.addr.family))
			return interface;
	}
	return NULL;
}

static enum sotto_security security_of(enum sotto_rpc_security security)
{
	static const enum sotto_security ours[SOTTO_RPC_SECURITIES] = {
		[SOTTO_RPC_SECURITY_REQUIRED] = SOTTO_REQUIRED,
		[SOTTO_RPC_SECURITY_PREFERRED] = SOTTO_PREFERRED,
		[SOTTO_RPC_SECURITY_CLEAR] = SOTTO_CLEAR,
		[SOTTO_RPC_SECURITY_VERIFY] = SOTTO_VERIFY,
		[SOTTO_RPC_SECURITY_OPAQUE] = SOTTO_OPAQUE,
	};

	return ours[security];
}

static int read_keys(const struct sotto_control *control, const struct sotto_rpc_leg *from,
	struct control_key *key[2], struct sotto_leg_spec *to, const struct control_place *at)
{
	int rc = from->receive ? control_key_read(control, from, false, &key[0], at) : 0;

	if (rc == 0 && from->send)
		rc = control_key_read(control, from, true, &key[1], at);
	if (rc != 0)
		return rc;
	to->receive = key[0] ? &key[0]->spec : NULL;
	to->send = key[1] ? &key[1]->spec : NULL;
	to->window = from->replay_window;
	to->window_fixed = from->replay_window != 0;
	if (to->window == 0 && key[0])
		to->window = key[0]->keying.window;
	if (to->window == 0)
		to->window = WINDOW_DEFAULT;
	to->window = sotto_replay_shape(to->window).window; /* WSH may ask for anything */
	return 0;
}

static int read_leg(const struct sotto_control *control, const struct sotto_rpc_leg *from,
	struct control_key *key[2], struct sotto_leg_spec *to, const struct control_place *at)
{
	to->interface = find_interface(control, from);
	if (!to->interface)
		return control_refuse_leg(at, SOTTO_RPC_NO_INTERFACE, "interface",
			"no interface of that name and family");
	if (from->remote.addr.family != 0 &&
		from->remote.addr.family != to->interface->local.addr.family)
		return control_refuse_leg(at, SOTTO_RPC_NO_ROUTE, "remote",
			"the remote address is of another family than the interface");
	to->local_port = from->local_port;
	to->remote = from->remote;
	to->remote_rtcp_port = from->remote_rtcp_port;
	to->security = security_of(from->security);
	to->rtcp_mux = from->rtcp_mux;
	to->latch = from->latch;
	to->downgrade = from->downgrade;
	to->source_check = (enum sotto_source_check)from->source;
	to->dscp = from->dscp;
	to->max_ssrcs = from->max_ssrcs;
	to->repeat = from->repeat;
	to->cryptex = from->cryptex;
	memcpy(to->ids, from->encrypted_extensions, sizeof(to->ids));
	to->early_us = from->early_ms * 1000u;
	return read_keys(control, from, key, to, at);
}

/* Tells a repeated request, holds no key. */
static int digest_content(const struct sotto_control *control, const struct sotto_rpc_put *put,
	uint8_t out[SOTTO_DIGEST_LEN])
{
	struct control_digest *digest = control_digest_begin(control, "session");

	sotto_rpc_put_feed(put, control_digest_add, digest);
	return control_digest_end(digest, out);
}

void control_wish_free(struct control_wish *wish)
{
	for (unsigned m = 0; m < SOTTO_MEDIA_MAX; m++) {
		for (unsigned side = 0; side < 2; side++) {
			control_key_free(wish->key[m][side][0]);
			control_key_free(wish->key[m][side][1]);
		}
	}
	memset(wish, 0, sizeof(*wish));
}

int control_wish_read(const struct sotto_control *control, const struct sotto_rpc_put *put,
	struct control_wish *wish, struct sotto_rpc_error *error)
{
	struct sotto_session_spec *spec = &wish->spec;

	memset(wish, 0, sizeof(*wish));
	spec->id = put->id;
	spec->revision = put->rev;
	spec->timeout_s = put->timeout_s == SOTTO_RPC_TIMEOUT_DEFAULT
				  ? control->config.media_timeout_s
				  : (uint32_t)put->timeout_s;
	spec->media_count = put->media_count;
	for (unsigned m = 0; m < put->media_count; m++) {
		memcpy(spec->media[m].id, put->media[m].id, sizeof(spec->media[m].id));
		for (unsigned side = 0; side < 2; side++) {
			struct control_place at = {.media = m, .side = side, .error = error};
			int rc = read_leg(control, &put->media[m].legs[side], wish->key[m][side],
				&spec->media[m].leg[side], &at);

			if (rc != 0)
				return rc;
		}
	}
	if (digest_content(control, put, spec->digest) == 0)
		return 0;
	sotto_rpc_error_set(error, SOTTO_RPC_INTERNAL, NULL, "no memory");
	return -EINVAL;
}
