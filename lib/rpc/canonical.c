/* SPDX-License-Identifier: BSD-3-Clause */
/* A session's wished content as one canonical text, to be hashed and compared (RFC 8785's aim). */
#include "rpc/reply.h"

#include <errno.h>

static json_t *master(struct sotto_rpc_build *b, const struct sotto_rpc_master *master)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_text_or_null(b, object, "key", master->key);
	sotto_rpc_put_int(b, object, "lifetime", master->lifetime);
	sotto_rpc_put_int(b, object, "mki", master->mki);
	sotto_rpc_put_text_or_null(b, object, "salt", master->salt);
	return object;
}

static json_t *position(struct sotto_rpc_build *b, const struct sotto_rpc_position *position)
{
	json_t *object = sotto_rpc_build_object(b);
	int64_t srtcp_index = position->has_srtcp_index ? (int64_t)position->srtcp_index : -1;

	sotto_rpc_put_int(b, object, "highest_seq", position->highest_seq);
	sotto_rpc_put_int(b, object, "roc", position->roc);
	sotto_rpc_put_value(b, object, "srtcp_index", json_integer(srtcp_index));
	sotto_rpc_put_int(b, object, "ssrc", position->ssrc);
	return object;
}

/*
 * The first master key's MKI is the default. What the default of a key line is cannot be known
 * here, so there it stays apart from every MKI that is given.
 */
static json_t *send_mki(const struct sotto_rpc_key *key)
{
	if (key->has_send_mki)
		return json_integer((json_int_t)key->send_mki);
	return json_integer(key->form == SOTTO_RPC_KEY_SDES ? -1 : (json_int_t)key->masters[0].mki);
}

static json_t *key(struct sotto_rpc_build *b, const struct sotto_rpc_key *key)
{
	json_t *object;
	json_t *masters;
	json_t *streams;

	if (!key)
		return json_null();
	object = sotto_rpc_build_object(b);
	masters = sotto_rpc_build_array(b);
	streams = sotto_rpc_build_array(b);
	for (unsigned i = 0; i < key->master_count; i++)
		sotto_rpc_append(b, masters, master(b, &key->masters[i]));
	for (unsigned i = 0; i < key->stream_count; i++)
		sotto_rpc_append(b, streams, position(b, &key->streams[i]));
	sotto_rpc_put_value(b, object, "masters", masters);
	sotto_rpc_put_int(b, object, "mki_length", key->mki_len);
	sotto_rpc_put_int(b, object, "modes", key->modes);
	sotto_rpc_put_int(b, object, "overlap_ms", key->overlap_ms);
	sotto_rpc_put_int(b, object, "roc", key->roc);
	sotto_rpc_put_int(b, object, "roc_value", key->roc_value);
	sotto_rpc_put_text_or_null(b, object, "sdes", key->sdes);
	sotto_rpc_put_value(b, object, "send_mki", send_mki(key));
	sotto_rpc_put_bool(b, object, "shared", key->shared);
	sotto_rpc_put_value(b, object, "streams", streams);
	sotto_rpc_put_text_or_null(b, object, "suite", key->suite);
	return object;
}

static json_t *elements(struct sotto_rpc_build *b, const uint64_t set[4])
{
	json_t *array = sotto_rpc_build_array(b);

	for (unsigned i = 1; i <= SOTTO_RPC_ELEMENTS; i++)
		if (set[i / 64] >> i % 64 & 1)
			sotto_rpc_append(b, array, json_integer(i));
	return array;
}

static json_t *leg(struct sotto_rpc_build *b, const struct sotto_rpc_leg *leg)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "allow", leg->allow);
	sotto_rpc_put_bool(b, object, "cryptex", leg->cryptex);
	sotto_rpc_put_value(b, object, "dscp", json_integer(leg->dscp));
	sotto_rpc_put_int(b, object, "early_ms", leg->early_ms);
	sotto_rpc_put_value(
		b, object, "encrypted_extensions", elements(b, leg->encrypted_extensions));
	sotto_rpc_put_int(b, object, "family", leg->family);
	sotto_rpc_put_text_or_null(b, object, "interface", leg->interface);
	sotto_rpc_put_bool(b, object, "latch", leg->latch);
	sotto_rpc_put_bool(b, object, "downgrade", leg->downgrade);
	sotto_rpc_put_int(b, object, "local_port", leg->local_port);
	sotto_rpc_put_int(b, object, "max_ssrcs", leg->max_ssrcs);
	sotto_rpc_put_value(b, object, "receive", key(b, leg->receive));
	sotto_rpc_put_addr(b, object, "remote_address", &leg->remote.addr);
	sotto_rpc_put_int(b, object, "remote_port", leg->remote.port);
	sotto_rpc_put_int(b, object, "remote_rtcp_port", leg->remote_rtcp_port);
	sotto_rpc_put_bool(b, object, "repeat", leg->repeat);
	sotto_rpc_put_int(b, object, "replay_window", leg->replay_window);
	sotto_rpc_put_bool(b, object, "rtcp_mux", leg->rtcp_mux);
	sotto_rpc_put_int(b, object, "security", leg->security);
	sotto_rpc_put_value(b, object, "send", key(b, leg->send));
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
