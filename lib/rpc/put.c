/* SPDX-License-Identifier: BSD-3-Clause */
/* The params of session.put: the whole wished session, with key text that is kept unread. */
#include "rpc/params.h"

#include "base/secret.h"
#include "rpc/put.h"

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
	for (unsigned i = 0; i < put->media_count; i++) {
		for (unsigned side = 0; side < 2; side++) {
			sotto_rpc_key_free(put->media[i].legs[side].receive);
			sotto_rpc_key_free(put->media[i].legs[side].send);
		}
	}
	sotto_base_wipe(put, put_size(put->media_count));
	free(put);
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

/* Packets that are forwarded as they came, or untouched, are so on both legs. */
static void check_pair(struct sotto_rpc_reader *r, const struct sotto_rpc_leg legs[2])
{
	for (unsigned side = 0; side < 2; side++) {
		enum sotto_rpc_security security = legs[side].security;

		if ((security == SOTTO_RPC_SECURITY_VERIFY ||
			    security == SOTTO_RPC_SECURITY_OPAQUE) &&
			legs[1 - side].security != security)
			sotto_rpc_fail(r, side == 0 ? "b.security" : "a.security",
				"must be \"%s\" like the other leg's",
				sotto_rpc_security_words[security]);
	}
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
		sotto_rpc_read_leg(r, media, "a", &put->media[i].legs[0]);
		sotto_rpc_read_leg(r, media, "b", &put->media[i].legs[1]);
		check_pair(r, put->media[i].legs);
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
	put = sotto_rpc_new(r, 1, put_size((unsigned)count));
	if (put)
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
