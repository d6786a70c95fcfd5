/* SPDX-License-Identifier: BSD-3-Clause */
/* A session's wished content as one canonical text, to be hashed and compared (RFC 8785's aim). */
#include "rpc/reply.h"

#include <errno.h>

static json_t *key(struct sotto_rpc_build *b, const struct sotto_rpc_key *key)
{
	json_t *object;

	if (key->form == SOTTO_RPC_KEY_NONE)
		return json_null();
	object = sotto_rpc_build_object(b);
	sotto_rpc_put_text_or_null(b, object, "key", key->key);
	sotto_rpc_put_text_or_null(b, object, "salt", key->salt);
	sotto_rpc_put_text_or_null(b, object, "sdes", key->sdes);
	sotto_rpc_put_text_or_null(b, object, "suite", key->suite);
	return object;
}

static json_t *leg(struct sotto_rpc_build *b, const struct sotto_rpc_leg *leg)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_value(b, object, "dscp", json_integer(leg->dscp));
	sotto_rpc_put_int(b, object, "family", leg->family);
	sotto_rpc_put_text_or_null(b, object, "interface", leg->interface);
	sotto_rpc_put_int(b, object, "local_port", leg->local_port);
	sotto_rpc_put_int(b, object, "max_ssrcs", leg->max_ssrcs);
	sotto_rpc_put_value(b, object, "receive", key(b, &leg->receive));
	sotto_rpc_put_addr(b, object, "remote_address", &leg->remote.addr);
	sotto_rpc_put_int(b, object, "remote_port", leg->remote.port);
	sotto_rpc_put_int(b, object, "remote_rtcp_port", leg->remote_rtcp_port);
	sotto_rpc_put_bool(b, object, "required", leg->required);
	sotto_rpc_put_bool(b, object, "rtcp_mux", leg->rtcp_mux);
	sotto_rpc_put_value(b, object, "send", key(b, &leg->send));
	sotto_rpc_put_int(b, object, "source", leg->source);
	return object;
}

static json_t *media(struct sotto_rpc_build *b, const struct sotto_rpc_media *media)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_value(b, object, "a", leg(b, &media->legs[0]));
	sotto_rpc_put_value(b, object, "b", leg(b, &media->legs[1]));
	sotto_rpc_put_text_or_null(b, object, "id", media->id);
	return object;
}

int sotto_rpc_put_text(const struct sotto_rpc_put *put, char **text, size_t *len)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);
	json_t *array = sotto_rpc_build_array(&b);
	int rc = -ENOMEM;

	for (unsigned i = 0; i < put->media_count; i++)
		sotto_rpc_append(&b, array, media(&b, &put->media[i]));
	sotto_rpc_put_text_or_null(&b, object, "id", put->id);
	sotto_rpc_put_value(&b, object, "media", array);
	sotto_rpc_put_value(&b, object, "timeout_s", json_integer(put->timeout_s));
	if (!b.failed)
		rc = sotto_rpc_dump(object, JSON_SORT_KEYS, "", text, len);
	json_decref(object);
	return rc;
}
