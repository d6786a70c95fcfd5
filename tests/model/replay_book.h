/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The receiver's bookkeeping as RFC 3711 tells it (3.3.1, 3.3.2, appendix A), written again without
 * any thought of speed: ROC, s_l, and a byte for every index that was ever accepted. The width of
 * the sequence number is a parameter, so that a small space can be walked as a whole.
 */
#ifndef SOTTO_TESTS_MODEL_REPLAY_BOOK_H
#define SOTTO_TESTS_MODEL_REPLAY_BOOK_H

#include "replay/replay.h"

struct book {
	int64_t range;   /* sequence numbers: 2 to the power of their bits */
	uint64_t window; /* indices */
	bool any;        /* roc and s_l mean something */
	int64_t roc;
	int64_t s_l;
	uint64_t base; /* index of seen[0]; the book knows none before it */
	uint8_t *seen; /* the caller's */
};

/* The highest index: ROC and s_l as one number. Needs any. */
static inline uint64_t book_highest(const struct book *b)
{
	return (uint64_t)(b->roc * b->range + b->s_l);
}

/* What sotto_replay's next stands for. */
static inline uint64_t book_next(const struct book *b)
{
	return b->any ? book_highest(b) + 1 : 0;
}

/* v of appendix A: ROC - 1, ROC or ROC + 1. Before index 0 ROC stays 0 (docs/decisions/0003). */
static inline int64_t book_guess(const struct book *b, int64_t seq)
{
	int64_t half = b->range / 2;

	if (!b->any)
		return 0;
	if (b->s_l >= half)
		return b->s_l - half > seq ? b->roc + 1 : b->roc;
	if (seq - b->s_l > half)
		return b->roc == 0 ? 0 : b->roc - 1;
	return b->roc;
}

static inline uint64_t book_index(const struct book *b, int64_t seq)
{
	return (uint64_t)(book_guess(b, seq) * b->range + seq);
}

/* A window of exactly that many indices up to the highest, and the set itself. */
static inline enum sotto_replay_answer book_answer(const struct book *b, uint64_t index)
{
	if (!b->any || index > book_highest(b))
		return SOTTO_REPLAY_NEW;
	if (book_highest(b) - index >= b->window)
		return SOTTO_REPLAY_OLD;
	return b->seen[index - b->base] ? SOTTO_REPLAY_SEEN : SOTTO_REPLAY_NEW;
}

/* An authentic packet: into the set, and ROC and s_l as 3.3.1 changes them. */
static inline void book_enter(struct book *b, uint64_t index)
{
	int64_t v = (int64_t)index / b->range;
	int64_t seq = (int64_t)index % b->range;

	b->seen[index - b->base] = 1;
	if (!b->any || v > b->roc) {
		b->roc = v;
		b->s_l = seq;
	} else if (v == b->roc && seq > b->s_l) {
		b->s_l = seq;
	}
	b->any = true;
}

/* The book of a list that sotto_replay_start() made; seen is zeroed. */
static inline void book_start(struct book *b, uint64_t next, bool seen_before)
{
	b->any = next > 0;
	b->roc = next > 0 ? (int64_t)(next - 1) / b->range : 0;
	b->s_l = next > 0 ? (int64_t)(next - 1) % b->range : 0;
	for (uint64_t i = next; seen_before && i > b->base && next - i < b->window; i--)
		b->seen[i - 1 - b->base] = 1;
}

#endif
