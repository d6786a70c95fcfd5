/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bare ipsec-mb as a contender: the floor for anything that is built upon it. The two burst calls
 * over the same buffers, keys and order, with everything else done before the clock starts: jobs
 * are filled but for what differs from packet to packet, and filled once for both calls; counter
 * blocks are computed, rollover counters stand in the buffers. No header is read, no list asked, no
 * tag moved or compared.
 */
#include "contender.h"
#include "raw.h"

#include "base/bytes.h"
#include "drivers/crypto/drivers.h"

#include <stdlib.h>
#include <string.h>

/* The session keys of one stream, as large as a ready key of Sotto. */
struct raw_key {
	uint8_t inner[SOTTO_SHA1_LEN];
	uint8_t outer[SOTTO_SHA1_LEN];
	uint8_t rounds[] SOTTO_ALIGNED(16); /* as many as the cipher has */
} SOTTO_ALIGNED(16);

/* Twelve bytes are the shorter of the two lengths that the library writes. */
struct raw_tag {
	uint8_t bytes[12];
};

struct raw_salt {
	uint8_t bytes[14];
};

struct state {
	IMB_JOB jobs[SOTTO_BURST] SOTTO_ALIGNED(SOTTO_CACHE_LINE);
	IMB_MGR *mgr;
	struct pages keys;      /* of every stream */
	size_t stride;          /* bytes from one key to the next */
	struct raw_salt *salts; /* of every stream; apart, so that prepare leaves the keys alone */
	unsigned lines;         /* of one key */
	unsigned key_len;       /* bytes; 0: nothing is encrypted */
	uint8_t (*iv)[16];      /* of every packet */
	struct raw_tag *tags;   /* of every packet: written one behind the other */
};

static struct raw_key *key_at(const struct state *state, unsigned stream)
{
	return (struct raw_key *)((uint8_t *)state->keys.memory + stream * state->stride);
}

static void hash_pad(IMB_MGR *mgr, const uint8_t *key, uint8_t pad, uint8_t *out)
{
	uint8_t block[64];

	memset(block, pad, sizeof(block));
	for (unsigned i = 0; i < SOTTO_AUTH_KEY_MAX; i++)
		block[i] ^= key[i];
	IMB_SHA1_ONE_BLOCK(mgr, block, out);
}

static void expand(IMB_MGR *mgr, unsigned key_len, const uint8_t *key, uint8_t *rounds)
{
	uint8_t unused[16 * 15] SOTTO_ALIGNED(16);

	if (key_len == 16)
		IMB_AES_KEYEXP_128(mgr, key, rounds, unused);
	else if (key_len == 24)
		IMB_AES_KEYEXP_192(mgr, key, rounds, unused);
	else if (key_len == 32)
		IMB_AES_KEYEXP_256(mgr, key, rounds, unused);
}

static bool key_open(struct state *state, unsigned stream, struct sotto_crypto *crypto,
	const struct sotto_master *master)
{
	struct raw_key *key = key_at(state, stream);
	uint8_t cipher[SOTTO_CIPHER_KEY_MAX], auth[SOTTO_AUTH_KEY_MAX];

	if (sotto_keys_derive(crypto, master, SOTTO_LABEL_RTP_ENCRYPTION, cipher,
		    master->suite->key_len) != 0 ||
		sotto_keys_derive(crypto, master, SOTTO_LABEL_RTP_AUTH, auth, sizeof(auth)) != 0 ||
		sotto_keys_derive(
			crypto, master, SOTTO_LABEL_RTP_SALT, state->salts[stream].bytes, 14) != 0)
		return false;
	expand(state->mgr, state->key_len, cipher, key->rounds);
	hash_pad(state->mgr, auth, 0x36, key->inner);
	hash_pad(state->mgr, auth, 0x5c, key->outer);
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

static void fill_constants(const struct state *state, IMB_JOB *job, const struct scene *scene)
{
	job->cipher_mode = IMB_CIPHER_CNTR;
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->hash_alg = IMB_AUTH_HMAC_SHA_1;
	job->chain_order = IMB_ORDER_CIPHER_HASH;
	job->key_len_in_bytes = state->key_len;
	job->iv_len_in_bytes = 16;
	job->cipher_start_src_offset_in_bytes = RTP_HEADER_LEN;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_cipher_in_bytes = scene->payload;
	job->msg_len_to_hash_in_bytes = RTP_HEADER_LEN + scene->payload + 4;
	job->auth_tag_output_len_in_bytes = sizeof(struct raw_tag);
}

static void raw_close(void *p)
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

/* Cache lines of a key: AES has a round more than 6 for each 4 bytes of the key, and one before. */
static unsigned key_lines(unsigned key_len)
{
	size_t rounds = key_len != 0 ? 16 * (key_len / 4 + 7) : 0;

	return (unsigned)((sizeof(struct raw_key) + rounds + SOTTO_CACHE_LINE - 1) /
			  SOTTO_CACHE_LINE);
}

static struct state *state_alloc(const struct scene *scene)
{
	struct state *state = aligned_alloc(SOTTO_CACHE_LINE, sizeof(*state));

	if (!state)
		return NULL;
	memset(state, 0, sizeof(*state));
	state->key_len = (unsigned)sotto_crypto_cipher_key_len(scene->suite->cipher);
	state->lines = key_lines(state->key_len);
	state->stride = state->lines * SOTTO_CACHE_LINE;
	state->mgr = alloc_mb_mgr(0);
	state->salts = calloc(scene->streams, sizeof(*state->salts));
	state->iv = aligned_alloc(SOTTO_CACHE_LINE, traffic_count(scene) * sizeof(*state->iv));
	state->tags = calloc(traffic_count(scene), sizeof(*state->tags));
	if (pages_alloc(&state->keys, scene->streams * state->stride) && state->mgr &&
		state->salts && state->iv && state->tags)
		return state;
	raw_close(state);
	return NULL;
}

static void *raw_open(const struct traffic *traffic, const char *backend, const char *tier)
{
	const struct sotto_ipsecmb_tier *t = raw_tier(backend, tier);
	struct state *state;

	if (!t)
		return NULL;
	state = state_alloc(&traffic->scene);
	if (!state)
		return NULL;
	t->init(state->mgr);
	for (unsigned k = 0; k < SOTTO_BURST; k++)
		fill_constants(state, &state->jobs[k], &traffic->scene);
	if (keys_open(state, traffic))
		return state;
	raw_close(state);
	return NULL;
}

/* Counter blocks (RFC 3711, 4.1.1), and rollover counters where the tags stand or will stand. */
static void raw_prepare(void *p, struct traffic *traffic)
{
	struct state *state = p;

	for (unsigned i = traffic->first; i < traffic->end; i++) {
		const struct raw_salt *salt = &state->salts[traffic->order[i]];
		uint8_t *iv = state->iv[i];

		memcpy(iv, salt->bytes, sizeof(salt->bytes));
		sotto_base_put16(iv + 14, 0);
		sotto_base_put64(iv, sotto_base_get64(iv) ^ traffic_ssrc(traffic->order[i]));
		sotto_base_put64(iv + 8, sotto_base_get64(iv + 8) ^ traffic->index[i] << 16);
		sotto_base_put32(
			traffic->data[i] + traffic->plain_len, (uint32_t)(traffic->index[i] >> 16));
	}
}

static void fill_job(struct state *state, const struct traffic *traffic, unsigned i, IMB_JOB *job)
{
	const struct raw_key *key = key_at(state, traffic->order[i]);

	for (unsigned line = 0; line < state->lines; line++)
		sotto_base_prefetch((const uint8_t *)key + line * SOTTO_CACHE_LINE);
	job->enc_keys = key->rounds;
	job->src = traffic->data[i];
	job->dst = traffic->data[i] + RTP_HEADER_LEN;
	job->iv = state->iv[i];
	job->auth_tag_output = state->tags[i].bytes;
	job->u.HMAC._hashed_auth_key_xor_ipad = key->inner;
	job->u.HMAC._hashed_auth_key_xor_opad = key->outer;
}

static unsigned hash(struct state *state)
{
	return IMB_SUBMIT_HASH_BURST(state->mgr, state->jobs, SOTTO_BURST, IMB_AUTH_HMAC_SHA_1);
}

static unsigned cipher(struct state *state)
{
	if (state->key_len == 0)
		return SOTTO_BURST;
	return IMB_SUBMIT_CIPHER_BURST(state->mgr, state->jobs, SOTTO_BURST, IMB_CIPHER_CNTR,
		IMB_DIR_ENCRYPT, (IMB_KEY_SIZE_BYTES)state->key_len);
}

static unsigned raw_run(void *p, struct traffic *traffic, unsigned first, unsigned end)
{
	bool protect = traffic->scene.direction == PROTECT;
	struct state *state = p;
	unsigned done = 0;

	for (unsigned i = first; i < end; i += SOTTO_BURST) {
		unsigned one, other;

		for (unsigned k = 0; k < SOTTO_BURST; k++)
			fill_job(state, traffic, i + k, &state->jobs[k]);
		one = protect ? cipher(state) : hash(state);
		other = protect ? hash(state) : cipher(state);
		done += one < other ? one : other;
	}
	return done;
}

/* Moves the tags into the packets, or looks whether they are those that came. */
static void raw_finish(void *p, struct traffic *traffic, unsigned end)
{
	struct state *state = p;
	uint32_t plain_len = traffic->plain_len;

	for (unsigned i = traffic->first; i < end; i++) {
		const uint8_t *tag = state->tags[i].bytes;

		if (traffic->scene.direction == PROTECT) {
			memcpy(traffic->data[i] + plain_len, tag, traffic->tag_len);
			traffic->len[i] = plain_len + traffic->tag_len;
		} else if (memcmp(tag, traffic_fresh(traffic, i) + plain_len, traffic->tag_len) ==
			   0) {
			traffic->len[i] = plain_len;
		}
	}
}

static void raw_pages(void *p, char *out, size_t size)
{
	struct state *state = p;

	pages_describe(&state->keys, out, size);
}

const struct contender_kind contender_raw = {
	.name = "raw",
	.open = raw_open,
	.close = raw_close,
	.prepare = raw_prepare,
	.run = raw_run,
	.finish = raw_finish,
	.pages = raw_pages,
	.stream_bytes = 512,
};
