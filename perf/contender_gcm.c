/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bare ipsec-mb as a contender for AES-GCM: its direct calls, one packet after the other over the
 * same buffers, keys and order, a burst's keys asked for ahead, with the nonces computed before the
 * clock starts. No header is
 * read, no list asked, no tag moved or compared.
 */
#include "contender.h"
#include "raw.h"

#include "base/bytes.h"
#include "drivers/crypto/drivers.h"
#include "drivers/crypto/ipsecmb/gcm.h"

#include <stdlib.h>

struct raw_tag {
	uint8_t bytes[SOTTO_GCM_TAG_LEN];
};

struct state {
	struct gcm_context_data context SOTTO_ALIGNED(SOTTO_CACHE_LINE);
	IMB_MGR *mgr;
	aes_gcm_enc_dec_t run;
	struct pages keys; /* of every stream: the library's key, without its padding */
	size_t stride;     /* bytes from one key to the next */
	uint8_t (*salts)[SOTTO_GCM_IV_LEN]; /* of every stream; apart, as in contender_raw.c */
	uint8_t (*iv)[SOTTO_GCM_IV_LEN];    /* of every packet */
	struct raw_tag *tags;               /* of every packet */
};

static uint8_t *key_at(const struct state *state, unsigned stream)
{
	return (uint8_t *)state->keys.memory + stream * state->stride;
}

static bool key_open(struct state *state, unsigned stream, struct sotto_crypto *crypto,
	const struct sotto_master *master)
{
	uint8_t cipher[SOTTO_CIPHER_KEY_MAX];
	void *key = key_at(state, stream);

	if (sotto_keys_derive(crypto, master, SOTTO_LABEL_RTP_ENCRYPTION, cipher,
		    master->suite->key_len) != 0 ||
		sotto_keys_derive(crypto, master, SOTTO_LABEL_RTP_SALT, state->salts[stream],
			SOTTO_GCM_IV_LEN) != 0)
		return false;
	if (master->suite->cipher == SOTTO_CIPHER_AES_GCM_128)
		IMB_AES128_GCM_PRE(state->mgr, cipher, key);
	else
		IMB_AES256_GCM_PRE(state->mgr, cipher, key);
	return true;
}

static bool keys_open(struct state *state, const struct traffic *traffic)
{
	struct sotto_crypto *crypto;
	bool good = true;

	if (sotto_crypto_openssl.create(NULL, &crypto) != 0)
		return false;
	for (unsigned i = 0; good && i < traffic->scene.streams; i++)
		good = key_open(state, i, crypto, &traffic->masters[i]);
	sotto_crypto_openssl.destroy(crypto);
	return good;
}

static void gcm_close(void *p)
{
	struct state *state = p;

	if (state->mgr)
		free_mb_mgr(state->mgr);
	pages_free(&state->keys);
	free(state->salts);
	free(state->iv);
	free(state->tags);
	free(state);
}

static struct state *state_alloc(const struct scene *scene)
{
	struct state *state = aligned_alloc(SOTTO_CACHE_LINE, sizeof(*state));

	if (!state)
		return NULL;
	memset(state, 0, sizeof(*state));
	state->stride = (SOTTO_IPSECMB_GCM_DATA_LEN + SOTTO_CACHE_LINE - 1) / SOTTO_CACHE_LINE *
			SOTTO_CACHE_LINE;
	state->mgr = alloc_mb_mgr(0);
	state->salts = calloc(scene->streams, sizeof(*state->salts));
	state->iv = calloc(traffic_count(scene), sizeof(*state->iv));
	state->tags = calloc(traffic_count(scene), sizeof(*state->tags));
	if (pages_alloc(&state->keys, scene->streams * state->stride) && state->mgr &&
		state->salts && state->iv && state->tags)
		return state;
	gcm_close(state);
	return NULL;
}

static aes_gcm_enc_dec_t call_for(const IMB_MGR *mgr, const struct scene *scene)
{
	bool seal = scene->direction == PROTECT;

	if (scene->suite->cipher == SOTTO_CIPHER_AES_GCM_128)
		return seal ? mgr->gcm128_enc : mgr->gcm128_dec;
	return seal ? mgr->gcm256_enc : mgr->gcm256_dec;
}

static void *gcm_open(const struct traffic *traffic, const char *backend, const char *tier)
{
	const struct sotto_ipsecmb_tier *t = raw_tier(backend, tier);
	struct state *state = t ? state_alloc(&traffic->scene) : NULL;

	if (!state)
		return NULL;
	t->init(state->mgr);
	state->run = call_for(state->mgr, &traffic->scene);
	if (keys_open(state, traffic))
		return state;
	gcm_close(state);
	return NULL;
}

/* Nonces (RFC 7714, 8.1). */
static void gcm_prepare(void *p, struct traffic *traffic)
{
	struct state *state = p;

	for (unsigned i = traffic->first; i < traffic->end; i++) {
		const uint8_t *salt = state->salts[traffic->order[i]];
		uint64_t index = traffic->index[i];
		uint8_t *iv = state->iv[i];

		memcpy(iv, salt, 2);
		sotto_base_put32(
			iv + 2, sotto_base_get32(salt + 2) ^ traffic_ssrc(traffic->order[i]));
		sotto_base_put16(iv + 6, sotto_base_get16(salt + 6) ^ (uint16_t)(index >> 32));
		sotto_base_put32(iv + 8, sotto_base_get32(salt + 8) ^ (uint32_t)index);
	}
}

static void fetch_keys(const struct state *state, const struct traffic *traffic, unsigned first)
{
	for (unsigned i = first; i < first + SOTTO_BURST; i++)
		for (size_t at = 0; at < state->stride; at += SOTTO_CACHE_LINE)
			sotto_base_prefetch(key_at(state, traffic->order[i]) + at);
}

static void run_one(struct state *state, struct traffic *traffic, unsigned i)
{
	uint8_t *payload = traffic->data[i] + RTP_HEADER_LEN;

	state->run((const struct gcm_key_data *)key_at(state, traffic->order[i]), &state->context,
		payload, payload, traffic->scene.payload, state->iv[i], traffic->data[i],
		RTP_HEADER_LEN, state->tags[i].bytes, SOTTO_GCM_TAG_LEN);
}

static unsigned gcm_run(void *p, struct traffic *traffic, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i += SOTTO_BURST) {
		fetch_keys(p, traffic, i);
		for (unsigned k = i; k < i + SOTTO_BURST; k++)
			run_one(p, traffic, k);
	}
	return end - first;
}

/* Moves the tags into the packets, or looks whether they are those that came. */
static void gcm_finish(void *p, struct traffic *traffic, unsigned end)
{
	struct state *state = p;
	uint32_t plain_len = traffic->plain_len;

	for (unsigned i = traffic->first; i < end; i++) {
		const uint8_t *tag = state->tags[i].bytes;

		if (traffic->scene.direction == PROTECT) {
			memcpy(traffic->data[i] + plain_len, tag, SOTTO_GCM_TAG_LEN);
			traffic->len[i] = plain_len + SOTTO_GCM_TAG_LEN;
		} else if (memcmp(tag, traffic_fresh(traffic, i) + plain_len, SOTTO_GCM_TAG_LEN) ==
			   0) {
			traffic->len[i] = plain_len;
		}
	}
}

static void gcm_pages(void *p, char *out, size_t size)
{
	struct state *state = p;

	pages_describe(&state->keys, out, size);
}

const struct contender_kind contender_raw_gcm = {
	.name = "raw",
	.open = gcm_open,
	.close = gcm_close,
	.prepare = gcm_prepare,
	.run = gcm_run,
	.finish = gcm_finish,
	.pages = gcm_pages,
	.stream_bytes = 1152,
};
