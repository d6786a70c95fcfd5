/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults that a replay list can have (RFC 3711, 3.3.1 and 3.3.2), each in a copy of its own: a
 * model test that does not find them proves nothing.
 */
#include "replay_faults.h"

#include <string.h>

#define HALF(bits) (1ll << ((bits)-1))

static uint64_t list_size(struct sotto_replay_shape shape)
{
	return 64u * (shape.word_mask + 1u);
}

static uint64_t *word_of(struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	uint64_t *words = shape.word_mask > 1 ? r->wide : r->seen;

	return &words[index / 64 & shape.word_mask];
}

/* Between spill and fetch all words are in memory. */
static void mark(struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	*word_of(r, shape, index) |= 1ull << (index % 64);
}

static void wipe(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t from, uint64_t to)
{
	if (to > from && to - from > list_size(shape))
		from = to - list_size(shape);
	for (uint64_t i = from; i < to; i++)
		*word_of(r, shape, i) &= ~(1ull << (i % 64));
}

static void set_bit(struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	sotto_replay_spill(r, shape);
	mark(r, shape, index);
	sotto_replay_fetch(r, shape);
}

static void clear_bits(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t from, uint64_t to)
{
	sotto_replay_spill(r, shape);
	wipe(r, shape, from, to);
	sotto_replay_fetch(r, shape);
}

static void move_to(struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next)
{
	sotto_replay_spill(r, shape);
	r->next = next;
	sotto_replay_fetch(r, shape);
}

/* The part of a commit behind its check, right as it is. */
static void enter(struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	sotto_replay_spill(r, shape);
	if (index >= r->next) {
		wipe(r, shape, r->next, index + 1);
		r->next = index + 1;
	}
	mark(r, shape, index);
	sotto_replay_fetch(r, shape);
}

/* The same, but of the indices that the window moves over only from..to-1 lose their old bit. */
static enum sotto_replay_answer commit_clearing(struct sotto_replay *r,
	struct sotto_replay_shape shape, uint64_t index, uint64_t from, uint64_t to)
{
	enum sotto_replay_answer answer = sotto_replay_check(r, shape, index);

	if (answer != SOTTO_REPLAY_NEW)
		return answer;
	sotto_replay_spill(r, shape);
	if (index >= r->next) {
		wipe(r, shape, from, to);
		r->next = index + 1;
	}
	mark(r, shape, index);
	sotto_replay_fetch(r, shape);
	return answer;
}

/* A check with another window in the same list, and the commit that goes with it. */
static enum sotto_replay_answer check_window(const struct sotto_replay *r,
	struct sotto_replay_shape shape, uint64_t index, uint64_t window)
{
	if (index >= r->next)
		return SOTTO_REPLAY_NEW;
	if (index + window < r->next)
		return SOTTO_REPLAY_OLD;
	return *sotto_replay_word(r, shape, index) >> (index % 64) & 1 ? SOTTO_REPLAY_SEEN
								       : SOTTO_REPLAY_NEW;
}

static enum sotto_replay_answer commit_window(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index, uint64_t window)
{
	enum sotto_replay_answer answer = check_window(r, shape, index, window);

	if (answer == SOTTO_REPLAY_NEW)
		enter(r, shape, index);
	return answer;
}

/* window-short: the oldest index that still fits is called too old. */
static enum sotto_replay_answer check_short(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return check_window(r, shape, index, shape.window - 1u);
}

static enum sotto_replay_answer commit_short(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_window(r, shape, index, shape.window - 1u);
}

/* window-long: one index too many, whose bit may be that of the highest. */
static enum sotto_replay_answer check_long(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return check_window(r, shape, index, shape.window + 1u);
}

static enum sotto_replay_answer commit_long(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_window(r, shape, index, shape.window + 1u);
}

/* wide-window-short: as window-short, but only in lists with memory of their own. */
static enum sotto_replay_answer check_wide_short(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return check_window(r, shape, index, shape.window - (shape.word_mask > 1));
}

static enum sotto_replay_answer commit_wide_short(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_window(r, shape, index, shape.window - (shape.word_mask > 1));
}

/* wide-window-long: likewise. */
static enum sotto_replay_answer check_wide_long(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return check_window(r, shape, index, shape.window + (shape.word_mask > 1));
}

static enum sotto_replay_answer commit_wide_long(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_window(r, shape, index, shape.window + (shape.word_mask > 1));
}

/* window-is-the-list: all bits of the list count, whatever the window. */
static enum sotto_replay_answer check_list(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return check_window(r, shape, index, list_size(shape));
}

static enum sotto_replay_answer commit_list(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_window(r, shape, index, list_size(shape));
}

/* behind-16-bits: the distance behind the highest is kept in 16 bits. */
static enum sotto_replay_answer check_16_bits(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	if (index < r->next && (uint16_t)(r->next - index) <= shape.window)
		return check_window(r, shape, index, UINT32_MAX);
	return sotto_replay_check(r, shape, index);
}

static enum sotto_replay_answer commit_16_bits(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	enum sotto_replay_answer answer = check_16_bits(r, shape, index);

	if (answer == SOTTO_REPLAY_NEW)
		enter(r, shape, index);
	return answer;
}

/* forget-nothing: the bits of the turn before stay when the window moves. */
static enum sotto_replay_answer commit_forget_nothing(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_clearing(r, shape, index, 0, 0);
}

/* forget-late: the first of the indices that the window moves over keeps its old bit. */
static enum sotto_replay_answer commit_forget_late(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_clearing(r, shape, index, r->next + 1, index + 1);
}

/* forget-one-too-few: the last of them before the new highest keeps its old bit. */
static enum sotto_replay_answer commit_forget_few(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return commit_clearing(r, shape, index, r->next, index - (index > 0));
}

/* forget-big-jumps-not: a jump of a whole list or more clears nothing. */
static enum sotto_replay_answer commit_forget_small(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	bool big = index >= r->next && index + 1 - r->next >= list_size(shape);

	return big ? commit_forget_nothing(r, shape, index) : sotto_replay_commit(r, shape, index);
}

/* forget-list-not: a jump of exactly the list's size clears nothing. */
static enum sotto_replay_answer commit_forget_list(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	bool exact = index + 1 - r->next == list_size(shape);

	return exact ? commit_forget_nothing(r, shape, index)
		     : sotto_replay_commit(r, shape, index);
}

/* forget-words-not: only the words at both ends of a jump are cleared, not those between. */
static enum sotto_replay_answer commit_forget_ends(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	uint64_t second = (r->next | 63) + 1; /* where the second word begins */

	if (index < second || index / 64 * 64 == second || index + 1 - r->next >= list_size(shape))
		return sotto_replay_commit(r, shape, index);
	clear_bits(r, shape, r->next, second);
	return commit_clearing(r, shape, index, index / 64 * 64, index + 1);
}

/* forget-first-word: of a jump over several words, the first one's rest keeps its bits. */
static enum sotto_replay_answer commit_forget_rest(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	uint64_t second = (r->next | 63) + 1;

	if (index < second || index + 1 - r->next >= list_size(shape))
		return sotto_replay_commit(r, shape, index);
	return commit_clearing(r, shape, index, second, index + 1);
}

/* commit-blind: trusts the check that was made before the burst. */
static enum sotto_replay_answer commit_blind(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	enter(r, shape, index);
	return SOTTO_REPLAY_NEW;
}

/* commit-marks-refused: a packet that is too old leaves its bit nevertheless. */
static enum sotto_replay_answer commit_marks(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_commit(r, shape, index);

	set_bit(r, shape, index);
	return answer;
}

/* wide-in-order-unmarked: the next index of a wide list moves it, but is not marked. */
static enum sotto_replay_answer commit_unmarked(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	if (shape.word_mask <= 1 || index != r->next)
		return sotto_replay_commit(r, shape, index);
	clear_bits(r, shape, index, index + 1);
	move_to(r, shape, index + 1);
	return SOTTO_REPLAY_NEW;
}

/* wide-word-lost: the word that the highest index leaves is not brought into memory. */
static enum sotto_replay_answer commit_word_lost(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	if (shape.word_mask <= 1 || index != r->next || index % 64 != 0)
		return sotto_replay_commit(r, shape, index);
	r->newest = 1;
	r->next = index + 1;
	return SOTTO_REPLAY_NEW;
}

/* wide-word-whole: it is brought there whole, over the older bits behind the highest index. */
static enum sotto_replay_answer commit_word_whole(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	if (shape.word_mask > 1 && r->next != 0)
		*word_of(r, shape, r->next - 1) = 0;
	return sotto_replay_commit(r, shape, index);
}

/* wide-two-words: a wide list is used as if it had two words. */
static enum sotto_replay_answer check_two_words(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_check(r, shape, index);

	if (shape.word_mask <= 1 || index >= r->next || answer == SOTTO_REPLAY_OLD)
		return answer;
	return r->wide[index / 64 & 1] >> (index % 64) & 1 ? SOTTO_REPLAY_SEEN : SOTTO_REPLAY_NEW;
}

static enum sotto_replay_answer commit_two_words(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	enum sotto_replay_answer answer = check_two_words(r, shape, index);
	struct sotto_replay_shape narrow = {
		.window = shape.window, .word_mask = shape.word_mask > 1};
	struct sotto_replay two = {.next = r->next};

	if (answer != SOTTO_REPLAY_NEW)
		return answer;
	if (shape.word_mask <= 1)
		return sotto_replay_commit(r, shape, index);
	memcpy(two.seen, r->wide, sizeof(two.seen));
	enter(&two, narrow, index);
	memcpy(r->wide, two.seen, sizeof(two.seen));
	r->next = two.next;
	return answer;
}

/* check-writes: the window moves before the packet is authentic. */
static enum sotto_replay_answer check_writes(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return sotto_replay_commit((struct sotto_replay *)(uintptr_t)r, shape, index);
}

/* next-goes-back: a late packet becomes the highest. */
static enum sotto_replay_answer commit_back(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_commit(r, shape, index);

	if (answer == SOTTO_REPLAY_NEW)
		move_to(r, shape, index + 1);
	return answer;
}

/* shape-not-a-power: as many words as the window needs, but not a power of two. */
static struct sotto_replay_shape shape_not_a_power(uint32_t window)
{
	struct sotto_replay_shape shape = sotto_replay_shape(window);

	if (shape.word_mask > 1)
		shape.word_mask = (uint16_t)((shape.window + 63u) / 64 - 1);
	return shape;
}

/* shape-cut: a window that is not a power of two is cut to the one below. */
static struct sotto_replay_shape shape_cut(uint32_t window)
{
	struct sotto_replay_shape shape = sotto_replay_shape(window);

	while (shape.window & (shape.window - 1u))
		shape.window &= (uint16_t)(shape.window - 1u);
	return shape;
}

/* estimate-never-back: a late packet from before the turn gets the new rollover counter. */
static uint64_t estimate_never_back(uint64_t next, uint32_t seq, unsigned bits)
{
	uint64_t index = sotto_replay_estimate_bits(next, seq, bits);

	return next != 0 && index >> bits < (next - 1) >> bits ? index + (1ull << bits) : index;
}

/* estimate-never-ahead: the rollover counter never rises. */
static uint64_t estimate_never_ahead(uint64_t next, uint32_t seq, unsigned bits)
{
	uint64_t index = sotto_replay_estimate_bits(next, seq, bits);

	return next != 0 && index >> bits > (next - 1) >> bits ? index - (1ull << bits) : index;
}

/* estimate-tie-back: half the range ahead is taken for half the range behind. */
static uint64_t estimate_tie_back(uint64_t next, uint32_t seq, unsigned bits)
{
	uint64_t index = sotto_replay_estimate_bits(next, seq, bits);
	bool tie = next != 0 && (int64_t)(index - (next - 1)) == HALF(bits);

	return tie && index >> bits > 0 ? index - (1ull << bits) : index;
}

/* estimate-tie-ahead: half the range behind is taken for half the range ahead. */
static uint64_t estimate_tie_ahead(uint64_t next, uint32_t seq, unsigned bits)
{
	uint64_t index = sotto_replay_estimate_bits(next, seq, bits);
	bool tie = next != 0 && (int64_t)(next - 1 - index) == HALF(bits);

	return tie ? index + (1ull << bits) : index;
}

/* estimate-below-zero: what would lie before index 0 gets rollover counter 1. */
static uint64_t estimate_below_zero(uint64_t next, uint32_t seq, unsigned bits)
{
	uint64_t index = sotto_replay_estimate_bits(next, seq, bits);
	bool below = next != 0 && (int64_t)(index - (next - 1)) > HALF(bits);

	return below ? index + (1ull << bits) : index;
}

/* estimate-16-bits: the number of bits is ignored where halves are compared. */
static uint64_t estimate_16_bits(uint64_t next, uint32_t seq, unsigned bits)
{
	int64_t highest = (int64_t)next - 1;
	int64_t index = (highest >> bits << bits) | seq;

	if (next == 0)
		return seq;
	if (index - highest > 0x8000)
		index -= 1ll << bits;
	else if (highest - index > 0x8000)
		index += 1ll << bits;
	return index < 0 ? seq : (uint64_t)index;
}

/* start-forgets: seen_before is ignored. */
static void start_forgets(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next, bool seen_before)
{
	sotto_replay_start(r, shape, next, false);
}

/* start-one-short: the oldest index of the window does not count as seen. */
static void start_one_short(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next, bool seen_before)
{
	sotto_replay_start(r, shape, next, seen_before);
	if (next >= shape.window)
		clear_bits(r, shape, next - shape.window, next - shape.window + 1);
}

/* start-marks-highest: the index before next counts as seen in any case. */
static void start_marks(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next, bool seen_before)
{
	sotto_replay_start(r, shape, next, seen_before);
	if (next > 0)
		set_bit(r, shape, next - 1);
}

/* start-keeps: the bits of the list before stay. */
static void start_keeps(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next, bool seen_before)
{
	if (seen_before)
		sotto_replay_start(r, shape, next, seen_before);
	else
		r->next = next;
}

static uint64_t estimate(uint64_t next, uint32_t seq, unsigned bits)
{
	return sotto_replay_estimate_bits(next, seq, bits);
}

static enum sotto_replay_answer check(
	const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return sotto_replay_check(r, shape, index);
}

static enum sotto_replay_answer commit(
	struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index)
{
	return sotto_replay_commit(r, shape, index);
}

static const struct replay_functions real = {
	NULL, sotto_replay_shape, estimate, check, commit, sotto_replay_start};

/* What a row leaves out is real. */
static const struct replay_functions faults[] = {
	{"window-short", .check = check_short, .commit = commit_short},
	{"window-long", .check = check_long, .commit = commit_long},
	{"wide-window-short", .check = check_wide_short, .commit = commit_wide_short},
	{"wide-window-long", .check = check_wide_long, .commit = commit_wide_long},
	{"window-is-the-list", .check = check_list, .commit = commit_list},
	{"behind-16-bits", .check = check_16_bits, .commit = commit_16_bits},
	{"forget-nothing", .commit = commit_forget_nothing},
	{"forget-late", .commit = commit_forget_late},
	{"forget-one-too-few", .commit = commit_forget_few},
	{"forget-big-jumps-not", .commit = commit_forget_small},
	{"forget-list-not", .commit = commit_forget_list},
	{"forget-words-not", .commit = commit_forget_ends},
	{"forget-first-word-not", .commit = commit_forget_rest},
	{"commit-blind", .commit = commit_blind},
	{"commit-marks-refused", .commit = commit_marks},
	{"wide-in-order-unmarked", .commit = commit_unmarked},
	{"wide-word-lost", .commit = commit_word_lost},
	{"wide-word-whole", .commit = commit_word_whole},
	{"wide-two-words", .check = check_two_words, .commit = commit_two_words},
	{"check-writes", .check = check_writes},
	{"next-goes-back", .commit = commit_back},
	{"shape-not-a-power", .shape = shape_not_a_power},
	{"shape-cut", .shape = shape_cut},
	{"estimate-never-back", .estimate = estimate_never_back},
	{"estimate-never-ahead", .estimate = estimate_never_ahead},
	{"estimate-tie-back", .estimate = estimate_tie_back},
	{"estimate-tie-ahead", .estimate = estimate_tie_ahead},
	{"estimate-below-zero", .estimate = estimate_below_zero},
	{"estimate-16-bits", .estimate = estimate_16_bits},
	{"start-forgets", .start = start_forgets},
	{"start-one-short", .start = start_one_short},
	{"start-marks-highest", .start = start_marks},
	{"start-keeps", .start = start_keeps},
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

bool replay_functions_with(const char *fault, struct replay_functions *f)
{
	*f = real;
	for (unsigned i = 0; fault && i < FAULTS; i++) {
		if (strcmp(faults[i].fault, fault) != 0)
			continue;
		f->fault = fault;
		f->shape = faults[i].shape ? faults[i].shape : real.shape;
		f->estimate = faults[i].estimate ? faults[i].estimate : real.estimate;
		f->check = faults[i].check ? faults[i].check : real.check;
		f->commit = faults[i].commit ? faults[i].commit : real.commit;
		f->start = faults[i].start ? faults[i].start : real.start;
	}
	return !fault || f->fault;
}

const char *replay_fault_name(unsigned i)
{
	return i < FAULTS ? faults[i].fault : NULL;
}
