/* SPDX-License-Identifier: BSD-3-Clause */
/* Changing a replay list (RFC 3711, 3.3.2), when the index is not simply the next one. */
#include "replay/replay.h"

#define WORDS (SOTTO_REPLAY_WINDOW / 64)

/* Forgets the bits of the indices from..to-1, which now stand for newer ones. */
static void forget(struct sotto_replay *r, uint64_t from, uint64_t to)
{
	if (to - from >= SOTTO_REPLAY_WINDOW) {
		for (unsigned i = 0; i < WORDS; i++)
			r->seen[i] = 0;
		return;
	}
	for (uint64_t i = from; i < to; i++)
		r->seen[i / 64 % WORDS] &= ~(1ull << (i % 64));
}

enum sotto_replay_answer sotto_replay_commit_any(struct sotto_replay *r, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_check(r, index);

	if (answer != SOTTO_REPLAY_NEW)
		return answer;
	if (index >= r->next) {
		forget(r, r->next, index + 1);
		__atomic_store_n(&r->next, index + 1, __ATOMIC_RELAXED);
	}
	r->seen[index / 64 % WORDS] |= 1ull << (index % 64);
	return SOTTO_REPLAY_NEW;
}
