/* SPDX-License-Identifier: BSD-3-Clause */
/* Sotto as a contender: lib/srtp in bursts, from packet bytes to packet bytes, nothing left out. */
#include "contender.h"

#include "lanes.h"

#include <stdlib.h>
#include <string.h>

struct state {
	struct sotto_srtp srtp;
	struct sotto_srtp_batch batch;
	struct lanes lanes;
};

static void *sotto_open(const struct traffic *traffic, const char *backend, const char *tier)
{
	struct state *state = aligned_alloc(SOTTO_CACHE_LINE,
		(sizeof(*state) + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul));

	if (!state)
		return NULL;
	memset(state, 0, sizeof(*state));
	if (lanes_open(&state->lanes,
		    &(struct lanes_wish){.backend = backend,
			    .tier = tier,
			    .masters = traffic->masters,
			    .count = traffic->scene.streams,
			    .window = traffic->scene.window},
		    &state->srtp))
		return state;
	free(state);
	return NULL;
}

static void sotto_close(void *p)
{
	struct state *state = p;

	lanes_close(&state->lanes);
	free(state);
}

/*
 * Filling the batch is part of the work: in the engine the stages before do it, and ask for the
 * context as soon as the leg is known, and for keys and streams as soon as the context is there.
 */
static unsigned run_burst(struct state *state, struct traffic *traffic, unsigned first)
{
	struct sotto_srtp_batch *batch = &state->batch;
	uint64_t passed;

	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		unsigned i = first + k;

		batch->data[k] = traffic->data[i];
		batch->len[k] = traffic->len[i];
		batch->room[k] = 2048;
		batch->context[k] = &lanes_at(&state->lanes, traffic->order[i])->context;
		sotto_base_prefetch(batch->context[k]);
	}
	for (unsigned k = 0; k < SOTTO_BURST; k++)
		sotto_srtp_prefetch(batch->context[k]);
	passed = traffic->scene.direction == PROTECT
			 ? sotto_srtp_protect_burst(&state->srtp, batch, ~0ull, SOTTO_SRTP)
			 : sotto_srtp_unprotect_burst(&state->srtp, batch, ~0ull, SOTTO_SRTP);
	memcpy(&traffic->len[first], batch->len, sizeof(batch->len));
	return (unsigned)__builtin_popcountll(passed);
}

static unsigned sotto_run(void *p, struct traffic *traffic, unsigned first, unsigned end)
{
	unsigned passed = 0;

	for (unsigned i = first; i < end; i += SOTTO_BURST)
		passed += run_burst(p, traffic, i);
	return passed;
}

static void sotto_pages(void *p, char *out, size_t size)
{
	struct state *state = p;

	pages_describe(&state->lanes.memory, out, size);
}

const struct contender_kind contender_sotto = {
	.name = "sotto",
	.open = sotto_open,
	.close = sotto_close,
	.run = sotto_run,
	.pages = sotto_pages,
	.stream_bytes = 1536,
};
