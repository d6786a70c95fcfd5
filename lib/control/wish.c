/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a session.put: interfaces by name, keys from their texts, and a digest of the content. */
#include "control/internal.h"

#include "base/secret.h"
#include "keys/sdes.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where in the request we are, for errors. */
struct place {
	unsigned media;
	unsigned side;
	struct sotto_rpc_error *error;
};

static int refuse(
	const struct place *at, enum sotto_rpc_kind kind, const char *member, const char *detail)
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

static int refuse_key(const struct place *at, const char *member, int rc, const char *detail)
{
	return refuse(at, rc == -ENOTSUP ? SOTTO_RPC_UNSUPPORTED_SUITE : SOTTO_RPC_BAD_KEY, member,
		detail);
}

static int read_sdes(const struct sotto_rpc_key *key, struct sotto_master *master,
	const struct place *at, const char *member)
{
	struct sotto_sdes_error why;
	struct sotto_sdes sdes;
	char detail[SOTTO_RPC_DETAIL_BYTES];
	int rc = sotto_keys_sdes_parse(key->sdes, strlen(key->sdes), &sdes, &why);

	if (rc != 0) {
		snprintf(
			detail, sizeof(detail), "%s (at character %u of sdes)", why.reason, why.at);
		return refuse_key(at, member, rc, detail);
	}
	*master = sdes.master;
	sotto_base_wipe(&sdes, sizeof(sdes));
	return 0;
}

/* Fills *master and points *out at it, when there is a key. */
static int read_key(const struct sotto_rpc_key *key, struct sotto_master *master,
	const struct sotto_master **out, const struct place *at, const char *member)
{
	const char *reason;
	int rc = 0;

	if (key->form == SOTTO_RPC_KEY_NONE)
		return 0;
	if (key->form == SOTTO_RPC_KEY_SDES) {
		rc = read_sdes(key, master, at, member);
	} else {
		rc = sotto_keys_master_from_base64(
			key->suite, key->key, key->salt, master, &reason);
		if (rc != 0)
			rc = refuse_key(at, member, rc, reason);
	}
	if (rc == 0)
		*out = master;
	return rc;
}

static int read_leg(const struct sotto_control *control, const struct sotto_rpc_leg *from,
	struct sotto_master master[2], struct sotto_leg_spec *to, const struct place *at)
{
	int rc;

	to->interface = find_interface(control, from);
	if (!to->interface)
		return refuse(at, SOTTO_RPC_NO_INTERFACE, "interface",
			"no interface of that name and family");
	if (from->remote.addr.family != 0 &&
		from->remote.addr.family != to->interface->local.addr.family)
		return refuse(at, SOTTO_RPC_NO_ROUTE, "remote",
			"the remote address is of another family than the interface");
	to->local_port = from->local_port;
	to->remote = from->remote;
	to->remote_rtcp_port = from->remote_rtcp_port;
	to->secure = from->required;
	to->rtcp_mux = from->rtcp_mux;
	to->source_check = (enum sotto_source_check)from->source;
	to->dscp = from->dscp;
	to->max_ssrcs = from->max_ssrcs;
	rc = read_key(&from->receive, &master[0], &to->receive, at, "receive");
	if (rc == 0)
		rc = read_key(&from->send, &master[1], &to->send, at, "send");
	return rc;
}

/* SHA-256 over this boot's salt and the content: tells a repeated request, holds no key. */
static int digest(const struct sotto_control *control, const struct sotto_rpc_put *put,
	uint8_t out[SOTTO_DIGEST_LEN])
{
	EVP_MD_CTX *ctx;
	char *text;
	size_t len;
	int good;

	if (sotto_rpc_put_text(put, &text, &len) != 0)
		return -ENOMEM;
	ctx = EVP_MD_CTX_new();
	good = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) &&
	       EVP_DigestUpdate(ctx, control->config.boot_salt, SOTTO_CONTROL_BOOT_SALT) &&
	       EVP_DigestUpdate(ctx, text, len) && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx);
	sotto_base_wipe(text, len);
	free(text);
	return good ? 0 : -ENOMEM;
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
			struct place at = {.media = m, .side = side, .error = error};
			int rc = read_leg(control, &put->media[m].legs[side], wish->master[m][side],
				&spec->media[m].leg[side], &at);

			if (rc != 0)
				return rc;
		}
	}
	if (digest(control, put, spec->digest) == 0)
		return 0;
	sotto_rpc_error_set(error, SOTTO_RPC_INTERNAL, NULL, "no memory");
	return -EINVAL;
}
