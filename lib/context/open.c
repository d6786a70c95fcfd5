/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opening and closing a context: one block of memory that holds the context, its keys and its
 * streams, each on cache lines of its own, so that one wipe reaches all of it.
 */
#include "context/open.h"

#include "base/secret.h"
#include "context/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KINDS 3 /* of ready keys: SRTP, SRTCP, header extensions */

/* What the block begins with. The packet path reads the first member only. */
struct block {
	struct sotto_srtp_context context;
	size_t size; /* bytes of the whole block */
	struct sotto_srtp_more *more;
	struct sotto_key *key[SOTTO_SRTP_MASTERS_MAX][KINDS];
	struct sotto_srtp_previous previous;
	struct sotto_key_use use[SOTTO_SRTP_MASTERS_MAX]; /* [0] is in the streams instead */
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

/* Bytes of the parts. */
struct plan {
	struct sotto_srtp_shape shape;
	size_t key[KINDS]; /* of each master key */
	size_t more;       /* 0: the context needs none */
	size_t streams;
};

static size_t whole_lines(size_t bytes)
{
	return (bytes + SOTTO_CACHE_LINE - 1) / SOTTO_CACHE_LINE * SOTTO_CACHE_LINE;
}

/* Whether each packet needs what most contexts do not have. */
static bool is_special(
	const struct sotto_keying *keying, const struct sotto_context_options *options)
{
	return keying->mki_len != 0 || options->cryptex || options->verify_only ||
	       sotto_context_has_ids(options);
}

static bool needs_more(
	const struct sotto_keying *keying, const struct sotto_context_options *options)
{
	return is_special(keying, options) || options->until_us != 0;
}

static struct sotto_srtp_shape shape_of(
	const struct sotto_keying *keying, const struct sotto_context_options *options)
{
	uint32_t window = options->window ? options->window : keying->window;

	return (struct sotto_srtp_shape){
		.count = options->ssrcs ? options->ssrcs : SOTTO_CONTEXT_SSRCS,
		.window = window ? window : SOTTO_CONTEXT_WINDOW,
		.roc = options->roc,
		.try_roc_zero = options->try_roc_zero,
		.repeat = options->repeat,
		.lifetime = keying->master[0].lifetime,
	};
}

static int make_plan(const struct sotto_crypto_backend *backend, const struct sotto_keying *keying,
	const struct sotto_context_options *options, struct plan *plan)
{
	size_t masters = keying->count * sizeof(struct sotto_srtp_master);

	memset(plan, 0, sizeof(*plan));
	plan->shape = shape_of(keying, options);
	plan->streams = sotto_srtp_streams_size(&plan->shape);
	plan->key[0] = plan->key[1] = sotto_keys_size(backend, keying->suite);
	if (plan->key[0] == 0)
		return -ENOTSUP;
	if (sotto_context_has_ids(options))
		plan->key[2] = sotto_keys_header_size(backend, keying->suite);
	if (needs_more(keying, options))
		plan->more = whole_lines(sizeof(struct sotto_srtp_more) + masters);
	return 0;
}

/* Cuts the next piece from the block; NULL when it has no bytes. */
static void *cut(uint8_t **at, size_t size)
{
	uint8_t *piece = *at;

	*at += size;
	return size != 0 ? piece : NULL;
}

/* A zeroed block with every part's place, or NULL. */
static struct block *block_take(const struct plan *plan, unsigned masters)
{
	size_t keys = plan->key[0] + plan->key[1] + plan->key[2];
	size_t size = sizeof(struct block) + plan->more + masters * keys + plan->streams;
	struct block *block = aligned_alloc(SOTTO_CACHE_LINE, size);
	uint8_t *at = (uint8_t *)block + sizeof(*block);

	if (!block)
		return NULL;
	memset(block, 0, size);
	block->size = size;
	block->more = cut(&at, plan->more);
	for (unsigned n = 0; n < masters; n++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			block->key[n][kind] = cut(&at, plan->key[kind]);
	block->context.streams = cut(&at, plan->streams);
	return block;
}

static void block_free(struct block *block)
{
	for (unsigned n = 0; n < SOTTO_SRTP_MASTERS_MAX; n++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			sotto_crypto_key_wipe(block->key[n][kind]);
	sotto_base_wipe(block, block->size);
	free(block);
}

static int build_keys(struct sotto_crypto *crypto, const struct sotto_keying *keying,
	struct sotto_key *const keys[KINDS], unsigned n)
{
	struct sotto_master master;
	int rc;

	sotto_keys_master_at(keying, n, &master);
	rc = sotto_keys_build(crypto, &master, keys[0], keys[1]);
	if (rc == 0 && keys[2])
		rc = sotto_keys_build_header(crypto, &master, keys[2]);
	sotto_base_wipe(&master, sizeof(master));
	return rc;
}

/* Whether a key of another context was derived from the same master key: then so was its salt. */
static bool has_master_of(const struct sotto_srtp_context *old, const struct sotto_key *key)
{
	unsigned masters = old->more ? old->more->master_count : 1;

	for (unsigned n = 0; n < masters; n++) {
		const struct sotto_key *rtp = old->more ? old->more->master[n].rtp : old->rtp;

		if (rtp && sotto_base_equal(rtp->iv, key->iv, sizeof(key->iv)))
			return true;
	}
	return false;
}

static int fill_keys(struct block *block, struct sotto_crypto *crypto,
	const struct sotto_keying *keying, const struct sotto_context_options *options)
{
	for (unsigned n = 0; n < keying->count; n++) {
		int rc = build_keys(crypto, keying, block->key[n], n);

		if (rc != 0)
			return rc;
		if (options->old && has_master_of(options->old, block->key[n][0]))
			return -EEXIST;
	}
	block->context.rtp = block->key[options->send_master][0];
	block->context.rtcp = block->key[options->send_master][1];
	return 0;
}

static void fill_streams(struct block *block, const struct sotto_srtp_shape *shape,
	const struct sotto_context_options *options)
{
	struct sotto_srtp_streams *streams = block->context.streams;

	sotto_srtp_streams_init(streams, shape);
	if (options->old)
		sotto_srtp_streams_inherit(streams, options->old->streams, options->sends);
}

static void fill_masters(struct block *block, const struct sotto_keying *keying)
{
	struct sotto_srtp_more *more = block->more;

	for (unsigned n = 0; n < keying->count; n++) {
		struct sotto_key_use *use = &block->use[n];

		if (n == 0)
			use = &block->context.streams->use;
		else
			sotto_srtp_use_init(use, keying->master[n].lifetime);
		more->master[n] = (struct sotto_srtp_master){
			.rtp = block->key[n][0],
			.rtcp = block->key[n][1],
			.header = block->key[n][2],
			.use = use,
			.mki = keying->master[n].mki,
		};
	}
}

static void fill_more(struct block *block, const struct sotto_keying *keying,
	const struct sotto_context_options *options)
{
	struct sotto_srtp_more *more = block->more;

	more->master_count = keying->count;
	more->mki_len = keying->mki_len;
	more->send_master = options->send_master;
	more->verify_only = options->verify_only;
	more->cryptex = options->cryptex;
	more->encrypts_ids = sotto_context_has_ids(options);
	more->late_only = !is_special(keying, options);
	memcpy(more->ids, options->ids, sizeof(more->ids));
	fill_masters(block, keying);
	if (options->until_us != 0) {
		block->previous.context = *options->old;
		block->previous.until_us = options->until_us;
		more->previous = &block->previous;
	}
	block->context.more = more;
}

int sotto_context_open(struct sotto_crypto *crypto, const struct sotto_keying *keying,
	const struct sotto_context_options *options, struct sotto_srtp_context **out)
{
	struct block *block;
	struct plan plan;
	int rc = sotto_context_check(keying, options);

	if (rc == 0)
		rc = make_plan(crypto->backend, keying, options, &plan);
	if (rc != 0)
		return rc;
	block = block_take(&plan, keying->count);
	if (!block)
		return -ENOMEM;
	rc = fill_keys(block, crypto, keying, options);
	if (rc != 0) {
		block_free(block);
		return rc;
	}
	fill_streams(block, &plan.shape, options);
	if (block->more)
		fill_more(block, keying, options);
	*out = &block->context;
	return 0;
}

void sotto_context_forget(struct sotto_srtp_context *context)
{
	struct block *block = (struct block *)context;

	if (block->more)
		__atomic_store_n(&block->more->previous, NULL, __ATOMIC_RELEASE);
}

void sotto_context_close(struct sotto_srtp_context *context)
{
	if (context)
		block_free((struct block *)context);
}
