/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The replay list in its full space, 16-bit sequence numbers and windows from 64 to 32,768, against
 * the book of RFC 3711. Long random runs with a fixed seed (steps, jumps, wraps, duplicates, late
 * packets, checks without a commit, looks at the whole list), and every short sequence over a few
 * indices around the edges of the window and of the list.
 *
 *   model_replay [--fault NAME] [--seed N] [--operations N]
 *
 * With a fault it runs on functions that are broken on purpose, and has to fail.
 */
#include "replay_book.h"
#include "replay_faults.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN (1u << 22) /* indices that one run may use */
#define LONGEST_JUMP (1u << 18)
#define WORDS (SOTTO_REPLAY_WINDOW_MAX / 64)
#define RECENT 64
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint32_t windows[] = {
	64, 65, 100, 127, 128, 129, 200, 256, 1000, 1024, 4096, 32767, 32768};

/* What has been done, to be printed. */
struct tally {
	uint64_t operations, checks, commits, accepted, seen, old, estimates, turns, runs, looks;
};

struct test {
	const struct replay_functions *f;
	struct sotto_replay_shape shape;
	struct sotto_replay replay;
	uint64_t words[WORDS];
	struct book book;
	uint8_t seen[SPAN];      /* the book's */
	uint64_t recent[RECENT]; /* accepted, to be sent again */
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

static uint64_t list_size(const struct test *t)
{
	return 64u * (t->shape.word_mask + 1u);
}

static uint64_t highest_or_base(const struct test *t)
{
	return t->book.any ? book_highest(&t->book) : t->book.base;
}

static void empty_list(struct test *t)
{
	memset(&t->replay, 0, sizeof(t->replay));
	if (sotto_replay_words(t->shape) == 0)
		return;
	memset(t->words, 0, sizeof(uint64_t) * sotto_replay_words(t->shape));
	t->replay.wide = t->words;
}

static void start_run(struct test *t, uint32_t window, uint64_t base)
{
	t->shape = t->f->shape(window);
	t->book = (struct book){
		.range = 1 << SOTTO_SEQ_BITS, .window = window, .base = base, .seen = t->seen};
	memset(t->seen, 0, sizeof(t->seen));
	for (size_t i = 0; i < RECENT; i++)
		t->recent[i] = base;
	empty_list(t);
	t->tally.runs++;
}

/* As when a call is handed over: a list that goes on somewhere, in memory that was used. */
static void start_somewhere(struct test *t)
{
	uint64_t next = t->book.base + t->shape.window + below(t, 3 * SOTTO_REPLAY_WINDOW_MAX);
	bool seen_before = below(t, 2);

	if (sotto_replay_words(t->shape) == 0)
		memset(t->replay.seen, 0x5a, sizeof(t->replay.seen));
	memset(t->words, 0x5a, sizeof(t->words));
	t->f->start(&t->replay, t->shape, next, seen_before);
	book_start(&t->book, next, seen_before);
}

static bool wrong(
	const struct test *t, const char *what, uint64_t index, uint64_t got, uint64_t want)
{
	printf("window %u, operation %" PRIu64 ": %s of index %" PRIu64 " (highest %" PRIu64
	       "): %" PRIu64 " instead of %" PRIu64 "\n",
		(unsigned)t->book.window, t->tally.operations, what, index, highest_or_base(t), got,
		want);
	return false;
}

static bool do_estimate(struct test *t, uint64_t index)
{
	uint64_t want = book_index(&t->book, (uint16_t)index);
	uint64_t got = t->f->estimate(t->replay.next, (uint16_t)index, SOTTO_SEQ_BITS);

	t->tally.estimates++;
	return got == want || wrong(t, "estimate", index, got, want);
}

/* Around half a turn away, and nearer: there the estimate must give the index back. */
static bool do_estimates(struct test *t, uint64_t index)
{
	const struct book *b = &t->book;
	uint64_t far = book_next(b) + 0x8000 - 3 + below(t, 5);

	if (!do_estimate(t, index) || !do_estimate(t, far))
		return false;
	if (!b->any || index + 0x8000 <= book_highest(b) || index >= book_highest(b) + 0x8000)
		return true;
	return book_index(b, (uint16_t)index) == index ||
	       wrong(t, "the book's estimate", index, book_index(b, (uint16_t)index), index);
}

static bool same(struct test *t, const char *what, uint64_t index,
	const struct sotto_replay *replay, const uint64_t *words)
{
	if (memcmp(&t->replay, replay, sizeof(*replay)) == 0 &&
		memcmp(t->words, words, sizeof(*words) * sotto_replay_words(t->shape)) == 0)
		return true;
	printf("window %u: the list was changed by %s of index %" PRIu64 "\n",
		(unsigned)t->book.window, what, index);
	return false;
}

static bool do_check(struct test *t, uint64_t index)
{
	struct sotto_replay before = t->replay;
	enum sotto_replay_answer want = book_answer(&t->book, index);
	enum sotto_replay_answer got;
	uint64_t words[WORDS];

	memcpy(words, t->words, sizeof(*words) * sotto_replay_words(t->shape));
	got = t->f->check(&t->replay, t->shape, index);
	t->tally.operations++;
	t->tally.checks++;
	if (got != want)
		return wrong(t, "check", index, got, want);
	return same(t, "a check", index, &before, words) && do_estimates(t, index);
}

static void enter(struct test *t, uint64_t index)
{
	struct book *b = &t->book;

	t->tally.turns += b->any && index >> 16 > book_highest(b) >> 16;
	t->recent[t->tally.accepted++ % RECENT] = index;
	book_enter(b, index);
}

/* Without a check before it: a commit must stand on its own. */
static bool do_commit(struct test *t, uint64_t index)
{
	struct sotto_replay before = t->replay;
	enum sotto_replay_answer want = book_answer(&t->book, index);
	enum sotto_replay_answer got;
	uint64_t words[WORDS];

	memcpy(words, t->words, sizeof(*words) * sotto_replay_words(t->shape));
	got = t->f->commit(&t->replay, t->shape, index);
	t->tally.operations++;
	t->tally.commits++;
	if (got != want)
		return wrong(t, "commit", index, got, want);
	if (got == SOTTO_REPLAY_NEW)
		enter(t, index);
	else if (!same(t, "a refused commit", index, &before, words))
		return false;
	t->tally.seen += got == SOTTO_REPLAY_SEEN;
	t->tally.old += got == SOTTO_REPLAY_OLD;
	if (t->replay.next != book_next(&t->book))
		return wrong(t, "next after commit", index, t->replay.next, book_next(&t->book));
	return true;
}

/* A look at every index that the list has a bit for, and some before. */
static bool look_at_all(struct test *t)
{
	uint64_t index = highest_or_base(t) + 1;
	uint64_t last =
		index < t->book.base + list_size(t) + 2 ? t->book.base : index - list_size(t) - 2;

	t->tally.looks++;
	for (; index > last; index--) {
		enum sotto_replay_answer want = book_answer(&t->book, index);
		enum sotto_replay_answer got = t->f->check(&t->replay, t->shape, index);

		if (got != want)
			return wrong(t, "look", index, got, want);
	}
	return true;
}

/* Some in order, or every second: what fills a list. */
static bool fill_some(struct test *t)
{
	uint64_t step = 1 + below(t, 2);
	uint64_t n = below(t, t->book.window);
	uint64_t first = highest_or_base(t) + 1;

	for (uint64_t i = 0; i < n; i++) {
		if (!do_commit(t, first + i * step))
			return false;
	}
	return true;
}

/* A step back of at most n, not beyond where the run began. */
static uint64_t back(struct test *t, uint64_t n)
{
	uint64_t step = below(t, n);
	uint64_t room = highest_or_base(t) - t->book.base;

	return highest_or_base(t) - (step < room ? step : room);
}

/* Two indices to each side of the oldest that has a place in that many. */
static uint64_t lower_edge(struct test *t, uint64_t indices)
{
	if (highest_or_base(t) < t->book.base + indices + 3)
		return t->book.base;
	return highest_or_base(t) - (indices - 1) + 2 - below(t, 5);
}

/* Of every order of magnitude. Two statements: each draws, and the order must not vary. */
static uint64_t long_jump(struct test *t)
{
	uint64_t jump = below(t, LONGEST_JUMP);

	return jump >> below(t, 18);
}

/* The index of the next packet: mostly the next one, sometimes anything else that happens. */
static uint64_t choose(struct test *t)
{
	uint64_t highest = highest_or_base(t);
	unsigned dice = (unsigned)below(t, 200);

	if (dice < 100)
		return highest + 1;
	if (dice < 120)
		return highest + 1 + below(t, 8);
	if (dice < 121)
		return highest + t->book.window - 2 + below(t, 5);
	if (dice < 122)
		return highest + list_size(t) - 2 + below(t, 5);
	if (dice < 123)
		return highest + 1 + long_jump(t);
	if (dice < 140)
		return back(t, 4);
	if (dice < 160)
		return back(t, t->book.window + 8);
	if (dice < 180)
		return t->recent[below(t, RECENT)];
	if (dice < 188)
		return lower_edge(t, t->book.window);
	if (dice < 192)
		return lower_edge(t, list_size(t));
	return back(t, LONGEST_JUMP);
}

/* One packet, or two copies of one that were checked together. */
static bool one_packet(struct test *t)
{
	uint64_t base = t->book.base;
	uint64_t index = t->book.any ? choose(t) : base + below(t, 2 * t->book.window);
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

static bool one_event(struct test *t)
{
	uint64_t dice = below(t, 2000);

	if (dice == 0)
		return fill_some(t);
	if (dice == 1)
		return look_at_all(t);
	return one_packet(t);
}

/* A run until its indices are used up or that many operations are done. */
static bool one_run(struct test *t, uint64_t operations)
{
	uint64_t last = t->book.base + SPAN - LONGEST_JUMP - 4 * SOTTO_REPLAY_WINDOW_MAX;
	uint64_t end = t->tally.operations + operations;

	if (t->tally.runs % 2 == 0) {
		start_somewhere(t);
		if (!look_at_all(t))
			return false;
	}
	while (highest_or_base(t) < last && t->tally.operations < end) {
		if (!one_event(t))
			return false;
	}
	return look_at_all(t);
}

/* Runs at the start of the index space, around turns, and at the very end of it. */
static bool random_runs(struct test *t, uint64_t operations)
{
	static const uint64_t bases[] = {
		0, 1, 0xff00, 0xffffff80ull, 0x123456789abull, SOTTO_INDEX_END - SPAN};
	uint64_t share = operations / (COUNT(windows) * COUNT(bases) * 2) + 1;

	while (t->tally.operations < operations) {
		for (size_t i = 0; i < COUNT(windows) * COUNT(bases) * 2; i++) {
			uint32_t window = windows[i / 2 % COUNT(windows)];

			start_run(t, window, bases[i / 2 / COUNT(windows)]);
			if (!one_run(t, share))
				return false;
		}
	}
	return true;
}

#define OFFSETS 12
#define LENGTH 4

/* One sequence, given as a number in base OFFSETS: a check and a commit for each digit. */
static bool one_sequence(struct test *t, const uint64_t *offsets, unsigned sequence)
{
	for (int i = 0; i < LENGTH; i++, sequence /= OFFSETS) {
		uint64_t index = t->book.base + offsets[sequence % OFFSETS];

		if (!do_check(t, index) || !do_commit(t, index))
			return false;
	}
	return true;
}

static void forget_sequence(struct test *t, const uint64_t *offsets)
{
	for (size_t i = 0; i < OFFSETS; i++)
		t->seen[offsets[i]] = 0;
	t->book.any = false;
	empty_list(t);
}

/* All sequences of indices around the edges of words, window and list. */
static bool every_short_sequence(struct test *t, uint32_t window, uint64_t base)
{
	uint64_t list = 64u * (t->f->shape(window).word_mask + 1u);
	const uint64_t offsets[OFFSETS] = {0, 1, 63, 64, window - 2, window - 1, window, window + 1,
		list - 1, list, list + 1, 2 * list};
	unsigned sequences = 1;

	for (int i = 0; i < LENGTH; i++)
		sequences *= OFFSETS;
	start_run(t, window, base);
	for (unsigned s = 0; s < sequences; s++) {
		forget_sequence(t, offsets);
		if (one_sequence(t, offsets, s))
			continue;
		printf("in sequence %u from index %" PRIu64 "\n", s, base);
		return false;
	}
	return true;
}

static bool short_sequences(struct test *t)
{
	for (size_t i = 0; i < COUNT(windows); i++) {
		if (!every_short_sequence(t, windows[i], 0) ||
			!every_short_sequence(t, windows[i], 0x10000 - windows[i]) ||
			!every_short_sequence(t, windows[i], SOTTO_INDEX_END - 0x10001))
			return false;
	}
	return true;
}

static void print_tally(const char *name, const struct tally *tally)
{
	printf("%s: %" PRIu64 " runs, %" PRIu64 " operations (%" PRIu64 " checks, %" PRIu64
	       " commits), %" PRIu64 " accepted, %" PRIu64 " rejected (%" PRIu64 " seen, %" PRIu64
	       " old), %" PRIu64 " estimates, %" PRIu64 " turns of the rollover counter, %" PRIu64
	       " looks at whole lists\n",
		name, tally->runs, tally->operations, tally->checks, tally->commits,
		tally->accepted, tally->seen + tally->old, tally->seen, tally->old,
		tally->estimates, tally->turns, tally->looks);
}

static int usage(void)
{
	fprintf(stderr, "usage: model_replay [--fault NAME] [--seed N] [--operations N]\nfaults:");
	for (unsigned i = 0; replay_fault_name(i); i++)
		fprintf(stderr, " %s", replay_fault_name(i));
	fprintf(stderr, "\n");
	return REPLAY_CANNOT_RUN;
}

int main(int argc, char **argv)
{
	uint64_t operations = 12000000, seed = 0x5077054aull;
	const char *fault = NULL;
	struct replay_functions f;
	struct test *t;
	bool good;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return usage();
		if (strcmp(argv[i], "--fault") == 0)
			fault = argv[i + 1];
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 0) | 1;
		else if (strcmp(argv[i], "--operations") == 0)
			operations = strtoull(argv[i + 1], NULL, 0);
		else
			return usage();
	}
	t = calloc(1, sizeof(*t));
	if (!replay_functions_with(fault, &f) || !t)
		return usage();
	t->f = &f;
	t->random = seed;
	good = random_runs(t, operations);
	print_tally("random", &t->tally);
	t->tally = (struct tally){0};
	good = good && short_sequences(t);
	print_tally("every short sequence", &t->tally);
	free(t);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
