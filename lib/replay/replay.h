/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is this index new? The estimate of a packet's index and the replay list of RFC 3711, sections
 * 3.3.1, 3.3.2 and appendix A, over plain numbers: no packets, no keys.
 *
 * check() reads only; commit() alone writes, is called after authentication, and checks again. A
 * window of W holds exactly W indices: with h the highest index seen, h - W + 1 is still accepted
 * and h - W is too old. One writer, the owner of the stream.
 */
#ifndef SOTTO_REPLAY_REPLAY_H
#define SOTTO_REPLAY_REPLAY_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOTTO_REPLAY_NARROW 128u       /* widest window that needs no memory of its own */
#define SOTTO_REPLAY_WINDOW_MIN 64u    /* RFC 3711, 3.3.2 */
#define SOTTO_REPLAY_WINDOW_MAX 32768u /* beyond half of the sequence numbers nothing is gained */
#define SOTTO_SEQ_BITS 16
#define SOTTO_INDEX_END (1ull << 48)    /* SRTP: ROC and SEQ; the first index that does not exist */
#define SOTTO_RTCP_INDEX_END (1u << 31) /* SRTCP */

/*
 * The shape of a list, constant for its life; lists of one shape share it. sotto_replay_shape()
 * makes them; only tests that walk every state make smaller ones, of a single word too.
 */
struct sotto_replay_shape {
	uint16_t window;    /* indices: at most 64 * (word_mask + 1) */
	uint16_t word_mask; /* words of bits - 1; the words are a power of two */
};

/*
 * A replay list. next is the highest index seen plus one, 0 = none yet. The bit of index i is bit
 * i % 64 of word i / 64 & word_mask; it means something only for the last 64 * (word_mask + 1)
 * indices before next. Lists up to SOTTO_REPLAY_NARROW keep the words inside. Wider ones keep the
 * word that the highest index is in inside too, so that packets in order touch the others once in
 * 64; what memory has in its place are bits of 64 * (word_mask + 1) indices before.
 */
struct sotto_replay {
	uint64_t next;
	union {
		uint64_t seen[SOTTO_REPLAY_NARROW / 64];
		struct {
			uint64_t *wide; /* sotto_replay_words() words, set before the start */
			uint64_t
				newest; /* the word of index next - 1; bits behind it are nothing */
		};
	};
};

enum sotto_replay_answer {
	SOTTO_REPLAY_NEW,
	SOTTO_REPLAY_SEEN,
	SOTTO_REPLAY_OLD, /* behind the window: may or may not have been seen */
};

/* The shape of a window of that many indices, brought into the limits above. */
struct sotto_replay_shape sotto_replay_shape(uint32_t window);

/* The shape of a list without memory of its own and the full SOTTO_REPLAY_NARROW window. */
static inline struct sotto_replay_shape sotto_replay_narrow(void)
{
	return (struct sotto_replay_shape){.window = SOTTO_REPLAY_NARROW, .word_mask = 1};
}

/* Words of 64 bits that wide must point at; 0 when the list keeps its bits inside. */
static inline size_t sotto_replay_words(struct sotto_replay_shape shape)
{
	return shape.word_mask > 1 ? (size_t)shape.word_mask + 1 : 0;
}

/*
 * The index of the packet whose sequence number, of that many bits, is seq, given next (as above):
 * the one of the three candidates nearest to the highest index seen; a tie at half the range goes
 * as appendix A has it. Where that would be before index 0 the answer is the one with rollover
 * counter 0. May return SOTTO_INDEX_END or more: the caller refuses that. bits is
 * SOTTO_SEQ_BITS but in tests, which walk all of a smaller space.
 */
static inline uint64_t sotto_replay_estimate_bits(uint64_t next, uint32_t seq, unsigned bits)
{
	uint64_t highest = next - 1;
	int64_t range = 1ll << bits;
	int64_t index;

	if (sotto_unlikely(next == 0))
		return seq;
	index = (int64_t)((highest & ~(uint64_t)(range - 1)) | seq);
	if (index - (int64_t)highest > range / 2)
		index -= range;
	else if ((int64_t)highest - index > range / 2)
		index += range;
	return index < 0 ? seq : (uint64_t)index;
}

static inline uint64_t sotto_replay_estimate(uint64_t next, uint16_t seq)
{
	return sotto_replay_estimate_bits(next, seq, SOTTO_SEQ_BITS);
}

/* The word that holds the bit of an index before next. */
static inline const uint64_t *sotto_replay_word(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	if (shape.word_mask <= 1)
		return &r->seen[index / 64 & shape.word_mask];
	return index / 64 == (r->next - 1) / 64 ? &r->newest
						: &r->wide[index / 64 & shape.word_mask];
}

/* Wide lists: brings newest into memory beside the older bits there, to work on all words alike. */
static inline void sotto_replay_spill(struct sotto_replay *r, struct sotto_replay_shape shape)
{
	uint64_t highest = r->next - 1;
	uint64_t mine = ~0ull >> (63 - highest % 64);
	uint64_t *word;

	if (shape.word_mask <= 1 || r->next == 0)
		return;
	word = &r->wide[highest / 64 & shape.word_mask];
	*word = (*word & ~mine) | (r->newest & mine);
}

/* Wide lists: takes newest from memory, after all words were worked on. */
static inline void sotto_replay_fetch(struct sotto_replay *r, struct sotto_replay_shape shape)
{
	if (shape.word_mask > 1)
		r->newest = r->wide[(r->next - 1) / 64 & shape.word_mask];
}

/* Whether index is new. Reads only. */
static inline enum sotto_replay_answer sotto_replay_check(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	if (sotto_likely(index >= r->next))
		return SOTTO_REPLAY_NEW;
	if (r->next - index > shape.window)
		return SOTTO_REPLAY_OLD;
	return *sotto_replay_word(r, shape, index) >> (index % 64) & 1 ? SOTTO_REPLAY_SEEN
								       : SOTTO_REPLAY_NEW;
}

/* The general form of sotto_replay_commit(), for any index. */
enum sotto_replay_answer sotto_replay_commit_any(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index);

/*
 * Checks again, and when the answer is NEW marks index as seen; otherwise changes nothing. Two
 * packets of one burst with one index are told apart here: the first commit wins.
 */
static inline enum sotto_replay_answer sotto_replay_commit(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	if (sotto_unlikely(index != r->next))
		return sotto_replay_commit_any(r, shape, index);
	if (sotto_likely(shape.word_mask <= 1)) {
		/* its bit belonged to the index that leaves the list */
		r->seen[index / 64 & shape.word_mask] |= 1ull << (index % 64);
	} else if (sotto_likely(index % 64 != 0)) {
		/* bits behind the highest index are nothing, so they may be anything */
		r->newest = (r->newest & ((1ull << (index % 64)) - 1)) | 1ull << (index % 64);
	} else {
		sotto_replay_spill(r, shape);
		r->newest = 1;
	}
	__atomic_store_n(&r->next, index + 1, __ATOMIC_RELAXED);
	return SOTTO_REPLAY_NEW;
}

/*
 * Starts a list anew so that next (at most SOTTO_INDEX_END) is the next index; with seen_before
 * every index in the window before it counts as seen, otherwise as new. A zeroed narrow list is
 * started already. Before the list is published, or by its owner.
 */
void sotto_replay_start(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next, bool seen_before);

/*
 * Makes a started list what another one is, which may have another window: what that one does not
 * remember counts as new. By the owner of both.
 */
void sotto_replay_copy(struct sotto_replay *to, struct sotto_replay_shape to_shape,
	const struct sotto_replay *from, struct sotto_replay_shape from_shape);

#endif
