/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The replay list against a plain model: the set of all indices ever committed, one byte each. Long
 * random runs with a fixed seed (steps, jumps, wraps, duplicates, late packets, checks without a
 * commit), and every short sequence over a few indices around the window's edges.
 *
 *   model_replay [--fault NAME] [--seed N] [--operations N]
 *
 * With a fault it runs on functions that are broken on purpose, and has to fail.
 */
#include "replay_faults.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define W SOTTO_REPLAY_WINDOW
#define SPAN (1u << 22) /* indices that one run may use */
#define LONGEST_JUMP (1u << 18)
#define CANNOT_RUN 99
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All indices seen, as a byte each, from base on. */
struct model {
	uint64_t base;
	uint64_t highest;
	bool any;
	uint8_t seen[SPAN];
};

/* What has been done, to be printed. */
struct tally {
	uint64_t operations, checks, commits, accepted, seen, old, estimates, turns, runs;
};

struct test {
	const struct replay_functions *f;
	struct model *model;
	struct sotto_replay replay;
	struct tally tally;
	uint64_t random;
};

static uint64_t next_random(struct test *t)
{
	t->random ^= t->random >> 12;
	t->random ^= t->random << 25;
	t->random ^= t->random >> 27;
	return t->random * 0x2545f4914f6cdd1dull;
}

static uint64_t below(struct test *t, uint64_t n)
{
	return (next_random(t) >> 16) % n;
}

static void start_run(struct test *t, uint64_t base)
{
	memset(t->model, 0, sizeof(*t->model));
	memset(&t->replay, 0, sizeof(t->replay));
	t->model->base = base;
	t->tally.runs++;
}

/* The answer by the book: a window of exactly W below the highest, and the set itself. */
static enum sotto_replay_answer expected(const struct model *m, uint64_t index)
{
	if (!m->any || index > m->highest)
		return SOTTO_REPLAY_NEW;
	if (m->highest - index >= W)
		return SOTTO_REPLAY_OLD;
	return m->seen[index - m->base] ? SOTTO_REPLAY_SEEN : SOTTO_REPLAY_NEW;
}

static bool wrong(
	const struct test *t, const char *what, uint64_t index, uint64_t got, uint64_t want)
{
	printf("operation %" PRIu64 ": %s of index %" PRIu64 " (highest %" PRIu64 "): %" PRIu64
	       " instead of %" PRIu64 "\n",
		t->tally.operations, what, index, t->model->highest, got, want);
	return false;
}

/* Where appendix A is sure, less than half a turn away, the estimate must give the index back. */
static bool do_estimate(struct test *t, uint64_t index)
{
	const struct model *m = t->model;
	uint64_t got;

	if (!m->any || index + 0x8000 <= m->highest || index >= m->highest + 0x8000)
		return true;
	t->tally.estimates++;
	got = t->f->estimate(t->replay.next, (uint16_t)index);
	return got == index || wrong(t, "estimate", index, got, index);
}

static bool do_check(struct test *t, uint64_t index)
{
	struct sotto_replay before = t->replay;
	enum sotto_replay_answer want = expected(t->model, index);
	enum sotto_replay_answer got = t->f->check(&t->replay, index);

	t->tally.operations++;
	t->tally.checks++;
	if (got != want)
		return wrong(t, "check", index, got, want);
	if (memcmp(&before, &t->replay, sizeof(before)) != 0)
		return wrong(t, "check wrote; next", index, t->replay.next, before.next);
	return do_estimate(t, index);
}

static void enter(struct test *t, uint64_t index)
{
	struct model *m = t->model;

	t->tally.accepted++;
	m->seen[index - m->base] = 1;
	if (m->any && index <= m->highest)
		return;
	if (m->any && index >> 16 != m->highest >> 16)
		t->tally.turns++;
	m->highest = index;
	m->any = true;
}

/* Without a check before it: a commit must stand on its own. */
static bool do_commit(struct test *t, uint64_t index)
{
	enum sotto_replay_answer want = expected(t->model, index);
	enum sotto_replay_answer got = t->f->commit(&t->replay, index);

	t->tally.operations++;
	t->tally.commits++;
	if (got != want)
		return wrong(t, "commit", index, got, want);
	if (got == SOTTO_REPLAY_NEW)
		enter(t, index);
	t->tally.seen += got == SOTTO_REPLAY_SEEN;
	t->tally.old += got == SOTTO_REPLAY_OLD;
	if (t->replay.next != t->model->highest + 1)
		return wrong(t, "next after commit", index, t->replay.next, t->model->highest + 1);
	return true;
}

/* A step back of at most n, not beyond where the run began. */
static uint64_t back(struct test *t, uint64_t n)
{
	uint64_t step = below(t, n);
	uint64_t room = t->model->highest - t->model->base;

	return t->model->highest - (step < room ? step : room);
}

/* Two indices to each side of the oldest that fits. */
static uint64_t lower_edge(struct test *t)
{
	const struct model *m = t->model;

	if (m->highest < m->base + W + 3)
		return m->base;
	return m->highest - (W - 1) + 2 - below(t, 5);
}

/* The index of the next packet: mostly the next one, sometimes anything else that happens. */
static uint64_t choose(struct test *t)
{
	uint64_t highest = t->model->highest;
	unsigned dice = (unsigned)below(t, 100);

	if (dice < 50)
		return highest + 1;
	if (dice < 60)
		return highest + 1 + below(t, 8);
	if (dice < 66)
		return highest + W - 2 + below(t, 5);
	if (dice < 68)
		return highest + 1 + (below(t, LONGEST_JUMP) >> below(t, 18));
	if (dice < 78)
		return back(t, 4);
	if (dice < 90)
		return back(t, W + 8);
	if (dice < 96)
		return lower_edge(t);
	return back(t, LONGEST_JUMP);
}

/* One packet, or two copies of one that were checked together. */
static bool one_event(struct test *t)
{
	uint64_t index = t->model->any ? choose(t) : t->model->base + below(t, 2 * W);
	unsigned dice = (unsigned)below(t, 8);

	if (dice < 2)
		return do_check(t, index);
	if (dice < 5)
		return do_check(t, index) && do_commit(t, index);
	if (dice < 6)
		return do_check(t, index) && do_check(t, index) && do_commit(t, index) &&
		       do_commit(t, index);
	return do_commit(t, index);
}

/* Runs at the start of the index space, around turns, and at the very end of it. */
static bool random_runs(struct test *t, uint64_t operations)
{
	static const uint64_t bases[] = {
		0, 1, 0xff00, 0xffffff80ull, 0x123456789abull, SOTTO_INDEX_END - SPAN};

	for (unsigned run = 0; t->tally.operations < operations; run++) {
		start_run(t, bases[run % COUNT(bases)]);
		while (t->model->highest < t->model->base + SPAN - LONGEST_JUMP - W &&
			t->tally.operations < operations) {
			if (!one_event(t))
				return false;
		}
	}
	return true;
}

/* Offsets around the edges of a window and of its words. */
static const uint16_t offsets[] = {0, 1, 2, 63, 64, 126, 127, 128, 129, 191, 255, 256};

#define LENGTH 5

/* One sequence, given as a number in base COUNT(offsets): a check and a commit for each digit. */
static bool one_sequence(struct test *t, uint64_t base, unsigned sequence)
{
	for (int i = 0; i < LENGTH; i++, sequence /= COUNT(offsets)) {
		uint64_t index = base + offsets[sequence % COUNT(offsets)];

		if (!do_check(t, index) || !do_commit(t, index))
			return false;
	}
	return true;
}

static void forget_sequence(struct test *t)
{
	struct model *m = t->model;

	for (size_t i = 0; i < COUNT(offsets); i++)
		m->seen[offsets[i]] = 0;
	m->any = false;
	m->highest = 0;
	memset(&t->replay, 0, sizeof(t->replay));
}

static bool every_short_sequence(struct test *t)
{
	static const uint64_t bases[] = {0, 0x10000 - 128, SOTTO_INDEX_END - 257};
	unsigned sequences = 1;

	for (int i = 0; i < LENGTH; i++)
		sequences *= COUNT(offsets);
	for (size_t b = 0; b < COUNT(bases); b++) {
		start_run(t, bases[b]);
		for (unsigned s = 0; s < sequences; s++) {
			forget_sequence(t);
			if (one_sequence(t, bases[b], s))
				continue;
			printf("in sequence %u from index %" PRIu64 "\n", s, bases[b]);
			return false;
		}
	}
	return true;
}

static void print_tally(const char *name, const struct tally *tally)
{
	printf("%s: %" PRIu64 " runs, %" PRIu64 " operations (%" PRIu64 " checks, %" PRIu64
	       " commits), %" PRIu64 " accepted, %" PRIu64 " rejected (%" PRIu64 " seen, %" PRIu64
	       " old), %" PRIu64 " estimates, %" PRIu64 " turns of the rollover counter\n",
		name, tally->runs, tally->operations, tally->checks, tally->commits,
		tally->accepted, tally->seen + tally->old, tally->seen, tally->old,
		tally->estimates, tally->turns);
}

static int usage(void)
{
	fprintf(stderr, "usage: model_replay [--fault NAME] [--seed N] [--operations N]\nfaults:");
	for (unsigned i = 0; replay_fault_name(i); i++)
		fprintf(stderr, " %s", replay_fault_name(i));
	fprintf(stderr, "\n");
	return CANNOT_RUN;
}

int main(int argc, char **argv)
{
	struct test t = {.random = 0x5077054aull};
	uint64_t operations = 3000000;
	const char *fault = NULL;
	bool good;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return usage();
		if (strcmp(argv[i], "--fault") == 0)
			fault = argv[i + 1];
		else if (strcmp(argv[i], "--seed") == 0)
			t.random = strtoull(argv[i + 1], NULL, 0) | 1;
		else if (strcmp(argv[i], "--operations") == 0)
			operations = strtoull(argv[i + 1], NULL, 0);
		else
			return usage();
	}
	t.f = replay_functions_with(fault);
	t.model = malloc(sizeof(*t.model));
	if (!t.f || !t.model)
		return usage();
	good = random_runs(&t, operations);
	print_tally("random", &t.tally);
	t.tally = (struct tally){0};
	good = every_short_sequence(&t) && good;
	print_tally("every short sequence", &t.tally);
	free(t.model);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
