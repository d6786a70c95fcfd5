/* SPDX-License-Identifier: BSD-3-Clause */
/* A replay list of any window with its memory, whose every check and commit is watched. */
#ifndef SOTTO_TESTS_UNIT_REPLAY_LIST_H
#define SOTTO_TESTS_UNIT_REPLAY_LIST_H

#include "unit.h"

#include "replay/replay.h"

#include <stdio.h>
#include <string.h>

#define NEW SOTTO_REPLAY_NEW
#define SEEN SOTTO_REPLAY_SEEN
#define OLD SOTTO_REPLAY_OLD

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Narrow and wide; powers of two, one off them, and others. */
static const uint32_t windows[] = {
	64, 65, 100, 127, 128, 129, 200, 256, 1000, 1024, 4096, 32767, 32768};

struct list {
	struct sotto_replay r;
	struct sotto_replay_shape shape;
	size_t wide_bytes; /* of words[]; 0: the list is narrow */
	uint64_t words[SOTTO_REPLAY_WINDOW_MAX / 64];
};

/* An empty list, as a stream's first packet meets it. */
static inline void list_init(struct list *l, uint32_t window)
{
	memset(l, 0, sizeof(*l));
	l->shape = sotto_replay_shape(window);
	l->wide_bytes = 8 * sotto_replay_words(l->shape);
	if (l->wide_bytes > 0)
		l->r.wide = l->words;
}

/* Bits that the list has, of which the window uses some. */
static inline uint64_t list_bits(const struct list *l)
{
	return 64u * (l->shape.word_mask + 1u);
}

/* Plain comparisons first: Check notes every assertion, which takes long in loops. */
static inline void expect(
	const struct list *l, const char *what, uint64_t index, uint64_t got, uint64_t want)
{
	if (got != want)
		ck_abort_msg("window %u, next %llu: %s of %llu is %llu instead of %llu",
			l->shape.window, (unsigned long long)l->r.next, what,
			(unsigned long long)index, (unsigned long long)got,
			(unsigned long long)want);
}

static inline void expect_same(const struct list *l, const struct sotto_replay *r,
	const uint64_t *words, const char *what, uint64_t index)
{
	if (memcmp(&l->r, r, sizeof(*r)) != 0 || memcmp(l->words, words, l->wide_bytes) != 0)
		ck_abort_msg("window %u: the list was changed by %s of %llu", l->shape.window, what,
			(unsigned long long)index);
}

/* The check of a packet that is not authentic: nothing may follow from it. */
static inline enum sotto_replay_answer check_only(struct list *l, uint64_t index)
{
	struct sotto_replay before = l->r;
	uint64_t words[SOTTO_REPLAY_WINDOW_MAX / 64];
	enum sotto_replay_answer answer;

	memcpy(words, l->words, l->wide_bytes);
	answer = sotto_replay_check(&l->r, l->shape, index);
	expect_same(l, &before, words, "a check", index);
	return answer;
}

/* A commit that must agree with the check before it, and change nothing unless NEW. */
static inline enum sotto_replay_answer commit(struct list *l, uint64_t index)
{
	struct sotto_replay before = l->r;
	uint64_t words[SOTTO_REPLAY_WINDOW_MAX / 64];
	enum sotto_replay_answer checked = check_only(l, index);

	memcpy(words, l->words, l->wide_bytes);
	expect(l, "commit", index, sotto_replay_commit(&l->r, l->shape, index), checked);
	if (checked != NEW)
		expect_same(l, &before, words, "a refused commit", index);
	else
		expect(l, "next after commit", index, l->r.next,
			index < before.next ? before.next : index + 1);
	return checked;
}

static inline void expect_check(struct list *l, uint64_t index, enum sotto_replay_answer want)
{
	expect(l, "check", index, check_only(l, index), want);
}

static inline void expect_commit(struct list *l, uint64_t index, enum sotto_replay_answer want)
{
	expect(l, "commit", index, commit(l, index), want);
}

#endif
