/* SPDX-License-Identifier: BSD-3-Clause */
/* The params of session.put: the whole wished session, with key text that is kept unread. */
#include "rpc/params.h"

#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>

static size_t put_size(unsigned media_count)
{
	return sizeof(struct sotto_rpc_put) + media_count * sizeof(struct sotto_rpc_media);
}

void sotto_rpc_put_free(struct sotto_rpc_put *put)
{
	if (!put)
		return;
	sotto_base_wipe(put, put_size(put->media_count));
	free(put);
}

static void read_key_texts(
	struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_key *out)
{
	bool suite;
	bool key;
	bool salt;

	if (sotto_rpc_read_text(r, value, "sdes", SOTTO_RPC_SDES_BYTES, out->sdes))
		out->form = SOTTO_RPC_KEY_SDES;
	suite = sotto_rpc_read_word(r, value, "suite", SOTTO_RPC_SUITE_BYTES, out->suite);
	key = sotto_rpc_read_word(r, value, "key", SOTTO_RPC_KEY_BYTES, out->key);
	salt = sotto_rpc_read_word(r, value, "salt", SOTTO_RPC_SALT_BYTES, out->salt);
	if (out->form == SOTTO_RPC_KEY_SDES && !suite && !key && !salt)
		return;
	if (out->form == SOTTO_RPC_KEY_NONE && suite && key && salt)
		out->form = SOTTO_RPC_KEY_RAW;
	else
		sotto_rpc_fail(r, NULL, "must have either sdes or suite, key and salt");
}

static void read_key(struct sotto_rpc_reader *r, const json_t *leg, const char *name, bool required,
	struct sotto_rpc_key *out)
{
	static const struct sotto_rpc_name names[] = {
		{"sdes", false}, {"suite", false}, {"key", false}, {"salt", false}, {NULL, false}};
	const json_t *value = json_object_get(leg, name);
	size_t mark = sotto_rpc_enter(r, name);

	if (value && !required)
		sotto_rpc_fail(r, NULL, "a clear leg has no keys");
	r->secret = true;
	if (value) {
		sotto_rpc_check_object(r, value, names);
		read_key_texts(r, value, out);
	}
	r->secret = false;
	sotto_rpc_leave(r, mark);
}

/* RTCP goes to the next port (RFC 3550, 11) unless it shares RTP's (RFC 5761). */
static void default_rtcp_port(struct sotto_rpc_reader *r, struct sotto_rpc_leg *leg)
{
	if (leg->rtcp_mux)
		leg->remote_rtcp_port = leg->remote.port;
	else if (leg->remote.port == UINT16_MAX)
		sotto_rpc_fail(r, "rtcp_port", "is missing, and port + 1 is no port");
	else
		leg->remote_rtcp_port = leg->remote.port + 1;
}

static void read_remote(struct sotto_rpc_reader *r, const json_t *value, struct sotto_rpc_leg *leg)
{
	static const struct sotto_rpc_name names[] = {
		{"address", true}, {"port", true}, {"rtcp_port", false}, {NULL, false}};
	const json_t *remote = json_object_get(value, "remote");
	size_t mark = sotto_rpc_enter(r, "remote");

	if (remote) {
		sotto_rpc_check_object(r, remote, names);
		sotto_rpc_read_addr(r, remote, "address", &leg->remote.addr);
		sotto_rpc_read_port(r, remote, "port", &leg->remote.port);
		if (!sotto_rpc_read_port(r, remote, "rtcp_port", &leg->remote_rtcp_port))
			default_rtcp_port(r, leg);
	}
	sotto_rpc_leave(r, mark);
}

static void read_local_port(
	struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	int64_t port = 0;

	sotto_rpc_read_int(r, leg, "local_port", 0, UINT16_MAX - 1, &port);
	if (port % 2 != 0)
		sotto_rpc_fail(r, "local_port", "must be even (RFC 3550, 11)");
	out->local_port = (uint16_t)port;
}

/* A number, or the word that leaves each packet's DSCP as it came. */
static void read_dscp(struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	const json_t *value = json_object_get(leg, "dscp");
	int64_t dscp = SOTTO_RPC_DSCP_KEEP;

	if (json_is_integer(value))
		sotto_rpc_read_int(r, leg, "dscp", 0, 63, &dscp);
	else if (value && (!json_is_string(value) || strcmp(json_string_value(value), "keep") != 0))
		sotto_rpc_fail(r, "dscp", "must be an integer from 0 to 63 or \"keep\"");
	out->dscp = (int8_t)dscp;
}

static void read_handling(struct sotto_rpc_reader *r, const json_t *leg, struct sotto_rpc_leg *out)
{
	static const char *const securities[] = {"clear", "required", NULL};
	static const char *const sources[] = {
		[SOTTO_RPC_SOURCE_STRICT] = "strict",
		[SOTTO_RPC_SOURCE_ADDRESS] = "address",
		[SOTTO_RPC_SOURCE_ANY] = "any",
		NULL,
	};
	unsigned security = 1;
	unsigned source = SOTTO_RPC_SOURCE_STRICT;
	int64_t max_ssrcs = SOTTO_RPC_SSRCS_DEFAULT;

	sotto_rpc_read_choice(r, leg, "security", securities, &security);
	sotto_rpc_read_choice(r, leg, "source", sources, &source);
	sotto_rpc_read_bool(r, leg, "rtcp_mux", &out->rtcp_mux);
	sotto_rpc_read_int(r, leg, "max_ssrcs", 1, SOTTO_RPC_SSRCS, &max_ssrcs);
	read_dscp(r, leg, out);
	out->required = security == 1;
	out->source = source;
	out->max_ssrcs = (uint8_t)max_ssrcs;
}

static void read_leg(struct sotto_rpc_reader *r, const json_t *media, const char *name,
	struct sotto_rpc_leg *out)
{
	static const struct sotto_rpc_name names[] = {{"interface", true}, {"security", true},
		{"family", false}, {"local_port", false}, {"remote", false}, {"rtcp_mux", false},
		{"receive", false}, {"send", false}, {"dscp", false}, {"source", false},
		{"max_ssrcs", false}, {NULL, false}};
	static const char *const families[] = {"ip4", "ip6", NULL};
	const json_t *leg = json_object_get(media, name);
	size_t mark = sotto_rpc_enter(r, name);
	unsigned family;

	sotto_rpc_check_object(r, leg, names);
	sotto_rpc_read_word(r, leg, "interface", SOTTO_RPC_NAME_BYTES, out->interface);
	if (sotto_rpc_read_choice(r, leg, "family", families, &family))
		out->family = family == 0 ? 4 : 6;
	read_local_port(r, leg, out);
	read_handling(r, leg, out);
	read_remote(r, leg, out);
	read_key(r, leg, "receive", out->required, &out->receive);
	read_key(r, leg, "send", out->required, &out->send);
	sotto_rpc_leave(r, mark);
}

/* The index as text stands in for an absent id, so a given id can clash with it, too. */
static void read_media_id(
	struct sotto_rpc_reader *r, const json_t *media, struct sotto_rpc_put *put, unsigned index)
{
	char *id = put->media[index].id;

	if (!sotto_rpc_read_word(r, media, "id", SOTTO_RPC_MEDIA_ID_BYTES, id))
		snprintf(id, SOTTO_RPC_MEDIA_ID_BYTES + 1, "%u", index);
	for (unsigned i = 0; i < index; i++)
		if (strcmp(put->media[i].id, id) == 0)
			sotto_rpc_fail(r, "id", "is another media's id");
}

static void read_media(struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_put *put)
{
	static const struct sotto_rpc_name names[] = {
		{"a", true}, {"b", true}, {"id", false}, {NULL, false}};
	const json_t *array = json_object_get(params, "media");

	for (unsigned i = 0; i < put->media_count && !sotto_rpc_reader_failed(r); i++) {
		const json_t *media = json_array_get(array, i);
		size_t mark = sotto_rpc_enter_item(r, "media", i);

		sotto_rpc_check_object(r, media, names);
		read_media_id(r, media, put, i);
		read_leg(r, media, "a", &put->media[i].legs[0]);
		read_leg(r, media, "b", &put->media[i].legs[1]);
		sotto_rpc_leave(r, mark);
	}
}

/* Zeroed memory for as many media as the params hold, or NULL and a failure in the reader. */
static struct sotto_rpc_put *new_put(struct sotto_rpc_reader *r, const json_t *params)
{
	size_t count = json_array_size(json_object_get(params, "media"));
	struct sotto_rpc_put *put;

	if (count < 1 || count > SOTTO_RPC_MEDIA)
		sotto_rpc_fail(r, "media", "must be an array of 1 to %d media", SOTTO_RPC_MEDIA);
	if (sotto_rpc_reader_failed(r))
		return NULL;
	put = calloc(1, put_size((unsigned)count));
	if (!put) {
		sotto_rpc_error_set(r->error, SOTTO_RPC_INTERNAL, NULL, "out of memory");
		return NULL;
	}
	put->media_count = (unsigned)count;
	return put;
}

void sotto_rpc_decode_session_put(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request)
{
	static const struct sotto_rpc_name names[] = {
		{"id", true}, {"rev", true}, {"media", true}, {"timeout_s", false}, {NULL, false}};
	int64_t timeout_s = SOTTO_RPC_TIMEOUT_DEFAULT;
	struct sotto_rpc_put *put;

	sotto_rpc_check_object(r, params, names);
	put = new_put(r, params);
	if (!put)
		return;
	sotto_rpc_read_word(r, params, "id", SOTTO_RPC_SESSION_ID_BYTES, put->id);
	sotto_rpc_read_counter(r, params, "rev", &put->rev);
	sotto_rpc_read_int(r, params, "timeout_s", 0, SOTTO_RPC_TIMEOUT_S, &timeout_s);
	put->timeout_s = (int32_t)timeout_s;
	read_media(r, params, put);
	if (sotto_rpc_reader_failed(r)) {
		sotto_rpc_put_free(put);
		return;
	}
	request->params.put = put;
}
