/* SPDX-License-Identifier: BSD-3-Clause */
/* Changing a replay list (RFC 3711, 3.3.2), when the index is not simply the next one. */
#include "replay/replay.h"

#include <assert.h>

struct sotto_replay_shape sotto_replay_shape(uint32_t window)
{
	struct sotto_replay_shape shape = {.word_mask = 1};

	if (window < SOTTO_REPLAY_WINDOW_MIN)
		window = SOTTO_REPLAY_WINDOW_MIN;
	if (window > SOTTO_REPLAY_WINDOW_MAX)
		window = SOTTO_REPLAY_WINDOW_MAX;
	shape.window = (uint16_t)window;
	while (64u * (shape.word_mask + 1u) < window)
		shape.word_mask = (uint16_t)(2 * shape.word_mask + 1);
	return shape;
}

static uint64_t *words_of(struct sotto_replay *r, struct sotto_replay_shape shape)
{
	return shape.word_mask <= 1 ? r->seen : r->wide;
}

static void fill(struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t word)
{
	uint64_t *words = words_of(r, shape);

	for (unsigned i = 0; i <= shape.word_mask; i++)
		words[i] = word;
}

/* Forgets the bits of the indices from..to-1, which now stand for newer ones. */
static void forget(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t from, uint64_t to)
{
	uint64_t *words = words_of(r, shape);

	if (to - from >= 64u * (shape.word_mask + 1u)) {
		fill(r, shape, 0);
		return;
	}
	for (uint64_t i = from; i < to;) {
		uint64_t rest = 64 - i % 64; /* of this word */
		uint64_t n = to - i < rest ? to - i : rest;

		words[i / 64 & shape.word_mask] &= ~(~0ull >> (64 - n) << (i % 64));
		i += n;
	}
}

enum sotto_replay_answer sotto_replay_commit_any(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_check(r, shape, index);

	if (answer != SOTTO_REPLAY_NEW)
		return answer;
	sotto_replay_spill(r, shape);
	if (index >= r->next) {
		forget(r, shape, r->next, index + 1);
		__atomic_store_n(&r->next, index + 1, __ATOMIC_RELAXED);
	}
	words_of(r, shape)[index / 64 & shape.word_mask] |= 1ull << (index % 64);
	sotto_replay_fetch(r, shape);
	return SOTTO_REPLAY_NEW;
}

void sotto_replay_start(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next, bool seen_before)
{
	assert(next <= SOTTO_INDEX_END);
	assert(shape.word_mask <= 1 || r->wide);
	fill(r, shape, seen_before ? ~0ull : 0);
	__atomic_store_n(&r->next, next, __ATOMIC_RELAXED);
	sotto_replay_fetch(r, shape);
}

void sotto_replay_copy(struct sotto_replay *to, struct sotto_replay_shape to_shape,
	const struct sotto_replay *from, struct sotto_replay_shape from_shape)
{
	uint64_t window = to_shape.window < from_shape.window ? to_shape.window : from_shape.window;
	uint64_t first = from->next > window ? from->next - window : 0;

	sotto_replay_start(to, to_shape, from->next, false);
	for (uint64_t i = first; i < from->next; i++) {
		if (sotto_replay_check(from, from_shape, i) == SOTTO_REPLAY_SEEN)
			words_of(to, to_shape)[i / 64 & to_shape.word_mask] |= 1ull << (i % 64);
	}
	sotto_replay_fetch(to, to_shape);
}
