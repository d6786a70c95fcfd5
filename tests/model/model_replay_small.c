/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The replay list in spaces small enough to walk all of them: sequence numbers of 3 or 4 bits,
 * windows of 2 to 6, lists of one, two and four words; against the book of RFC 3711.
 *
 *   every state      whatever the book can know (the highest index, which of the window's indices
 *                    were seen) within more indices than the list has bits, reached from every
 *                    start by packets of every index. In each: the estimate of every sequence
 *                    number, a check of every index, a commit of every index; the commits again
 *                    with all those bits turned that should not matter.
 *   every sequence   of a few packets, estimated, checked and committed as a stream does it.
 *
 *   model_replay_small [--fault NAME]
 *
 * With a fault it runs on functions that are broken on purpose, and has to fail.
 */
#include "replay_book.h"
#include "replay_faults.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 4
#define SPAN 336 /* indices: more than the longest list has bits, and the farthest estimate */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A list and what happened to it. To be copied with copy(): it points into itself. */
struct situation {
	struct sotto_replay list;
	struct book book;
	unsigned packets; /* accepted since the start */
	uint64_t words[WORDS];
	uint8_t seen[SPAN];
};

/* All that a list consists of, to be compared. */
struct bytes {
	struct sotto_replay list;
	uint64_t words[WORDS];
};

struct tally {
	uint64_t states, estimates, checks, commits, sequences, packets;
	unsigned farthest; /* most packets that a state is away from a start */
};

struct walk {
	const struct replay_functions *f;
	struct sotto_replay_shape shape;
	unsigned bits; /* of the sequence number */
	uint64_t end;  /* indices below it are walked */
	struct tally *tally;

	/* every state: those found so far, in that order; known by key_of() */
	struct situation *found;
	size_t count, room;
	uint8_t *known;
};

static uint64_t *words_of(const struct walk *w, struct situation *s)
{
	return w->shape.word_mask > 1 ? s->words : s->list.seen;
}

static size_t size_of_words(const struct walk *w)
{
	return sizeof(uint64_t) * (w->shape.word_mask + 1u);
}

static struct bytes bytes_of(const struct situation *s)
{
	struct bytes bytes = {.list = s->list};

	memcpy(bytes.words, s->words, sizeof(bytes.words));
	return bytes;
}

static void copy(const struct walk *w, struct situation *to, const struct situation *from)
{
	*to = *from;
	to->book.seen = to->seen;
	if (w->shape.word_mask > 1)
		to->list.wide = to->words;
}

static void zeroed(const struct walk *w, struct situation *s)
{
	memset(s, 0, sizeof(*s));
	s->book =
		(struct book){.range = 1ll << w->bits, .window = w->shape.window, .seen = s->seen};
	if (w->shape.word_mask > 1)
		s->list.wide = s->words;
}

/* A start in memory that held something else before. */
static void started(const struct walk *w, struct situation *s, uint64_t next, bool seen_before)
{
	zeroed(w, s);
	memset(words_of(w, s), 0xa5, size_of_words(w));
	w->f->start(&s->list, w->shape, next, seen_before);
	book_start(&s->book, next, seen_before);
}

/* Whether the book knows index as seen and in the window. */
static bool remembered(const struct situation *s, uint64_t index)
{
	return index < book_next(&s->book) && book_answer(&s->book, index) == SOTTO_REPLAY_SEEN;
}

static void print_situation(const struct walk *w, const struct situation *s)
{
	printf("%u bits, window %u, %u words, next %" PRIu64 ", seen", w->bits, w->shape.window,
		w->shape.word_mask + 1u, book_next(&s->book));
	for (uint64_t i = 0; i < w->end; i++) {
		if (remembered(s, i))
			printf(" %" PRIu64, i);
	}
}

static bool wrong(const struct walk *w, const struct situation *s, const char *what,
	uint64_t number, uint64_t got, uint64_t want)
{
	print_situation(w, s);
	printf(": %s %" PRIu64 ": %" PRIu64 " instead of %" PRIu64 "\n", what, number, got, want);
	return false;
}

/* Whether a list is still what it was before a check, or a commit that was refused. */
static bool same(const struct walk *w, const struct situation *s, const struct bytes *before,
	const char *what, uint64_t index)
{
	if (memcmp(&s->list, &before->list, sizeof(s->list)) == 0 &&
		memcmp(s->words, before->words, sizeof(s->words)) == 0)
		return true;
	print_situation(w, s);
	printf(": the list was changed by %s of %" PRIu64 "\n", what, index);
	return false;
}

static bool do_estimate(const struct walk *w, const struct situation *s, uint32_t seq)
{
	uint64_t want = book_index(&s->book, seq);
	uint64_t got = w->f->estimate(s->list.next, seq, w->bits);

	w->tally->estimates++;
	return got == want || wrong(w, s, "estimate of sequence number", seq, got, want);
}

static bool do_check(const struct walk *w, struct situation *s, uint64_t index)
{
	struct bytes before = bytes_of(s);
	enum sotto_replay_answer want = book_answer(&s->book, index);
	enum sotto_replay_answer got = w->f->check(&s->list, w->shape, index);

	w->tally->checks++;
	if (got != want)
		return wrong(w, s, "check of", index, got, want);
	return same(w, s, &before, "a check", index);
}

/* A commit on a list that the check need not have seen. The book follows in book_enter() only. */
static bool do_commit(const struct walk *w, struct situation *s, uint64_t index)
{
	struct bytes before = bytes_of(s);
	enum sotto_replay_answer want = book_answer(&s->book, index);
	enum sotto_replay_answer got = w->f->commit(&s->list, w->shape, index);

	w->tally->commits++;
	if (got != want)
		return wrong(w, s, "commit of", index, got, want);
	if (want == SOTTO_REPLAY_NEW) {
		s->packets++;
		book_enter(&s->book, index);
	} else if (!same(w, s, &before, "a refused commit", index)) {
		return false;
	}
	if (s->list.next != book_next(&s->book))
		return wrong(
			w, s, "next after commit of", index, s->list.next, book_next(&s->book));
	return true;
}

static size_t key_of(const struct walk *w, const struct situation *s)
{
	uint64_t next = book_next(&s->book);
	size_t key = next;

	for (uint64_t d = 1; d <= w->shape.window; d++)
		key = key << 1 | (d <= next && remembered(s, next - d));
	return key;
}

/* Puts a state at the end of those to be walked, unless it is known. */
static void remember(struct walk *w, const struct situation *s)
{
	size_t key = key_of(w, s);

	if (w->known[key])
		return;
	w->known[key] = 1;
	if (w->count == w->room) {
		w->room = 2 * w->room + 1024;
		w->found = realloc(w->found, w->room * sizeof(*w->found));
		if (!w->found)
			exit(REPLAY_CANNOT_RUN);
	}
	copy(w, &w->found[w->count++], s);
	w->tally->states++;
	if (s->packets > w->tally->farthest)
		w->tally->farthest = s->packets;
}

/* Turns every bit of the list that stands for no index of the window. */
static void flip_outside(const struct walk *w, struct situation *s)
{
	uint64_t *words = words_of(w, s);
	uint64_t next = s->list.next;

	for (unsigned i = 0; i <= w->shape.word_mask; i++)
		words[i] = ~words[i];
	for (uint64_t i = next < w->shape.window ? 0 : next - w->shape.window; i < next; i++)
		words[i / 64 & w->shape.word_mask] ^= 1ull << (i % 64);
}

/* After a commit: what the window holds, and its lower edge. */
static bool check_window(const struct walk *w, struct situation *s)
{
	uint64_t next = s->list.next;

	for (uint64_t d = 0; d <= w->shape.window + 2u && d <= next; d++) {
		if (!do_check(w, s, next - d))
			return false;
	}
	return true;
}

static bool commits_from(struct walk *w, const struct situation *from, bool reached)
{
	struct situation s;

	for (uint64_t index = 0; index < w->end; index++) {
		copy(w, &s, from);
		if (!do_commit(w, &s, index))
			return false;
		if (s.packets == from->packets)
			continue;
		if (!check_window(w, &s))
			return false;
		if (reached)
			remember(w, &s);
	}
	return true;
}

static bool walk_state(struct walk *w, size_t number)
{
	struct situation s;

	copy(w, &s, &w->found[number]);
	for (uint32_t seq = 0; seq < 1u << w->bits; seq++) {
		if (!do_estimate(w, &s, seq))
			return false;
	}
	for (uint64_t index = 0; index < w->end; index++) {
		if (!do_check(w, &s, index))
			return false;
	}
	if (!commits_from(w, &s, true))
		return false;
	flip_outside(w, &s);
	return commits_from(w, &s, false);
}

static bool every_state(struct walk *w)
{
	struct situation s;
	bool good = true;

	w->known = calloc(w->end + 1, 1u << w->shape.window);
	if (!w->known)
		exit(REPLAY_CANNOT_RUN);
	zeroed(w, &s);
	remember(w, &s);
	for (uint64_t next = 0; next < w->end; next++) {
		started(w, &s, next, false);
		good = good && check_window(w, &s);
		remember(w, &s);
		started(w, &s, next, true);
		good = good && check_window(w, &s);
		remember(w, &s);
	}
	for (size_t i = 0; good && i < w->count; i++)
		good = walk_state(w, i);
	free(w->found);
	free(w->known);
	w->found = NULL;
	w->count = w->room = 0;
	return good;
}

/* All sequences of that many packets on from here. */
static bool sequences_from(const struct walk *w, const struct situation *from, unsigned packets)
{
	struct situation s;

	if (packets == 0) {
		w->tally->sequences++;
		return true;
	}
	for (uint32_t seq = 0; seq < 1u << w->bits; seq++) {
		uint64_t index = w->f->estimate(from->list.next, seq, w->bits);

		w->tally->packets++;
		if (!do_estimate(w, from, seq))
			return false;
		copy(w, &s, from);
		if (!do_check(w, &s, index) || !do_commit(w, &s, index) ||
			!sequences_from(w, &s, packets - 1))
			return false;
	}
	return true;
}

static bool every_sequence(const struct walk *w, unsigned packets)
{
	static const uint64_t starts[] = {1, 7, 61, 66};
	struct situation s;

	zeroed(w, &s);
	if (!sequences_from(w, &s, packets))
		return false;
	for (size_t i = 0; i < COUNT(starts); i++) {
		started(w, &s, starts[i], i % 2 == 0);
		if (!sequences_from(w, &s, packets - 1))
			return false;
	}
	return true;
}

static bool all_states(const struct replay_functions *f, struct tally *tally)
{
	static const struct {
		unsigned bits;
		uint16_t word_mask;
	} spaces[] = {{3, 0}, {4, 0}, {4, 1}, {3, 3}};
	bool good = true;

	for (size_t i = 0; i < COUNT(spaces); i++) {
		for (uint16_t window = 2; window <= 6; window++) {
			struct walk w = {.f = f, .bits = spaces[i].bits, .tally = tally};

			w.shape.window = window;
			w.shape.word_mask = spaces[i].word_mask;
			w.end = 64 * (w.shape.word_mask + 1u) + 70;
			good = good && every_state(&w);
		}
	}
	return good;
}

static bool all_sequences(const struct replay_functions *f, struct tally *tally)
{
	static const struct {
		unsigned bits, packets;
	} spaces[] = {{3, 7}, {4, 5}};
	bool good = true;

	for (size_t i = 0; i < COUNT(spaces); i++) {
		for (uint16_t window = 2; window <= 6; window++) {
			struct walk w = {.f = f, .bits = spaces[i].bits, .tally = tally};

			w.shape.window = window;
			good = good && every_sequence(&w, spaces[i].packets);
		}
	}
	return good;
}

int main(int argc, char **argv)
{
	const char *fault = argc == 3 && strcmp(argv[1], "--fault") == 0 ? argv[2] : NULL;
	struct tally states = {0}, sequences = {0};
	struct replay_functions f;
	bool good;

	if (argc != (fault ? 3 : 1) || !replay_functions_with(fault, &f)) {
		fprintf(stderr, "usage: model_replay_small [--fault NAME]\nfaults:");
		for (unsigned i = 0; replay_fault_name(i); i++)
			fprintf(stderr, " %s", replay_fault_name(i));
		fprintf(stderr, "\n");
		return REPLAY_CANNOT_RUN;
	}
	good = all_states(&f, &states);
	printf("every state: %" PRIu64 " states, each at most %u packets from a start, %" PRIu64
	       " estimates, %" PRIu64 " checks, %" PRIu64 " commits\n",
		states.states, states.farthest, states.estimates, states.checks, states.commits);
	good = good && all_sequences(&f, &sequences);
	printf("every sequence: %" PRIu64 " sequences, %" PRIu64 " packets\n", sequences.sequences,
		sequences.packets);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
