/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is this index new? The estimate of a packet's index and the replay list of RFC 3711, sections
 * 3.3.1, 3.3.2 and appendix A, over plain numbers: no packets, no keys.
 *
 * check() reads only; commit() alone writes, is called after authentication, and checks again. The
 * window holds exactly SOTTO_REPLAY_WINDOW indices: with h the highest index seen, h - 127 is still
 * accepted and h - 128 is too old. One writer, the owner of the stream.
 */
#ifndef SOTTO_REPLAY_REPLAY_H
#define SOTTO_REPLAY_REPLAY_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stdint.h>

#define SOTTO_REPLAY_WINDOW 128u
#define SOTTO_INDEX_END (1ull << 48)    /* SRTP: ROC and SEQ; the first index that does not exist */
#define SOTTO_RTCP_INDEX_END (1u << 31) /* SRTCP */

/*
 * A replay list. next is the highest index seen plus one, 0 = none yet. The bit of index i is bit
 * i mod 128 of seen[]; it means something only for next - 128 <= i < next.
 */
struct sotto_replay {
	uint64_t next;
	uint64_t seen[SOTTO_REPLAY_WINDOW / 64];
};

enum sotto_replay_answer {
	SOTTO_REPLAY_NEW,
	SOTTO_REPLAY_SEEN,
	SOTTO_REPLAY_OLD, /* behind the window: may or may not have been seen */
};

/*
 * The index of the packet with sequence number seq, given next (as above): the one of the three
 * candidates nearest to the highest index seen. Where that would be before index 0 the answer is
 * the one with rollover counter 0. May return SOTTO_INDEX_END or more: the caller refuses that.
 */
static inline uint64_t sotto_replay_estimate(uint64_t next, uint16_t seq)
{
	uint64_t highest = next - 1;
	int64_t index;

	if (sotto_unlikely(next == 0))
		return seq;
	index = (int64_t)((highest & ~0xffffull) | seq);
	if (index - (int64_t)highest > 0x8000)
		index -= 0x10000;
	else if ((int64_t)highest - index > 0x8000)
		index += 0x10000;
	return index < 0 ? seq : (uint64_t)index;
}

static inline bool sotto_replay_bit(const struct sotto_replay *r, uint64_t index)
{
	return r->seen[index / 64 % (SOTTO_REPLAY_WINDOW / 64)] >> (index % 64) & 1;
}

/* Whether index is new. Reads only. */
static inline enum sotto_replay_answer sotto_replay_check(
	const struct sotto_replay *r, uint64_t index)
{
	if (sotto_likely(index >= r->next))
		return SOTTO_REPLAY_NEW;
	if (index + SOTTO_REPLAY_WINDOW < r->next)
		return SOTTO_REPLAY_OLD;
	return sotto_replay_bit(r, index) ? SOTTO_REPLAY_SEEN : SOTTO_REPLAY_NEW;
}

/* The general form of sotto_replay_commit(), for any index. */
enum sotto_replay_answer sotto_replay_commit_any(struct sotto_replay *r, uint64_t index);

/*
 * Checks again, and when the answer is NEW marks index as seen; otherwise changes nothing. Two
 * packets of one burst with one index are told apart here: the first commit wins.
 */
static inline enum sotto_replay_answer sotto_replay_commit(struct sotto_replay *r, uint64_t index)
{
	if (sotto_unlikely(index != r->next))
		return sotto_replay_commit_any(r, index);
	/* the next in order: its bit belonged to the index that leaves the window */
	r->seen[index / 64 % (SOTTO_REPLAY_WINDOW / 64)] |= 1ull << (index % 64);
	__atomic_store_n(&r->next, index + 1, __ATOMIC_RELAXED);
	return SOTTO_REPLAY_NEW;
}

#endif
