/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults that a replay list can have (RFC 3711, 3.3.2), each in a copy of its own: a model test
 * that does not find them proves nothing.
 */
#include "replay_faults.h"

#include <string.h>

#define W SOTTO_REPLAY_WINDOW

static void set_bit(struct sotto_replay *r, uint64_t index)
{
	r->seen[index / 64 % (W / 64)] |= 1ull << (index % 64);
}

static void clear_bits(struct sotto_replay *r, uint64_t from, uint64_t to)
{
	if (to - from > W)
		from = to - W;
	for (uint64_t i = from; i < to; i++)
		r->seen[i / 64 % (W / 64)] &= ~(1ull << (i % 64));
}

/* The part of a commit behind its check, right as it is. */
static void enter(struct sotto_replay *r, uint64_t index)
{
	if (index >= r->next) {
		clear_bits(r, r->next, index + 1);
		r->next = index + 1;
	}
	set_bit(r, index);
}

/* window-short: the oldest index that still fits is called too old. */
static enum sotto_replay_answer check_short(const struct sotto_replay *r, uint64_t index)
{
	if (index < r->next && index + W <= r->next)
		return SOTTO_REPLAY_OLD;
	return sotto_replay_check(r, index);
}

static enum sotto_replay_answer commit_short(struct sotto_replay *r, uint64_t index)
{
	enum sotto_replay_answer answer = check_short(r, index);

	if (answer == SOTTO_REPLAY_NEW)
		enter(r, index);
	return answer;
}

/* window-long: one index too many, whose bit is that of the highest. */
static enum sotto_replay_answer check_long(const struct sotto_replay *r, uint64_t index)
{
	if (index < r->next && index + W + 1 == r->next)
		return sotto_replay_bit(r, index) ? SOTTO_REPLAY_SEEN : SOTTO_REPLAY_NEW;
	return sotto_replay_check(r, index);
}

static enum sotto_replay_answer commit_long(struct sotto_replay *r, uint64_t index)
{
	enum sotto_replay_answer answer = check_long(r, index);

	if (answer == SOTTO_REPLAY_NEW)
		enter(r, index);
	return answer;
}

/* forget-nothing: the bits of the turn before stay when the window moves. */
static enum sotto_replay_answer commit_forget_nothing(struct sotto_replay *r, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_check(r, index);

	if (answer != SOTTO_REPLAY_NEW)
		return answer;
	if (index >= r->next)
		r->next = index + 1;
	set_bit(r, index);
	return answer;
}

/* forget-late: the first of the indices that the window moves over keeps its old bit. */
static enum sotto_replay_answer commit_forget_late(struct sotto_replay *r, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_check(r, index);

	if (answer != SOTTO_REPLAY_NEW)
		return answer;
	if (index > r->next)
		clear_bits(r, r->next + 1, index + 1);
	if (index >= r->next)
		r->next = index + 1;
	set_bit(r, index);
	return answer;
}

/* forget-big-jumps-not: a jump of a whole window or more clears nothing. */
static enum sotto_replay_answer commit_forget_small(struct sotto_replay *r, uint64_t index)
{
	if (index < r->next || index + 1 - r->next < W)
		return sotto_replay_commit(r, index);
	return commit_forget_nothing(r, index);
}

/* commit-blind: trusts the check that was made before the burst. */
static enum sotto_replay_answer commit_blind(struct sotto_replay *r, uint64_t index)
{
	enter(r, index);
	return SOTTO_REPLAY_NEW;
}

/* check-writes: the window moves before the packet is authentic. */
static enum sotto_replay_answer check_writes(const struct sotto_replay *r, uint64_t index)
{
	return sotto_replay_commit((struct sotto_replay *)(uintptr_t)r, index);
}

/* next-goes-back: a late packet becomes the highest. */
static enum sotto_replay_answer commit_back(struct sotto_replay *r, uint64_t index)
{
	enum sotto_replay_answer answer = sotto_replay_commit(r, index);

	if (answer == SOTTO_REPLAY_NEW)
		r->next = index + 1;
	return answer;
}

/* estimate-never-back: a late packet from before the turn gets the new rollover counter. */
static uint64_t estimate_never_back(uint64_t next, uint16_t seq)
{
	uint64_t index = sotto_replay_estimate(next, seq);

	return next != 0 && index >> 16 < (next - 1) >> 16 ? index + 0x10000 : index;
}

/* estimate-never-ahead: the rollover counter never rises. */
static uint64_t estimate_never_ahead(uint64_t next, uint16_t seq)
{
	uint64_t index = sotto_replay_estimate(next, seq);

	return next != 0 && index >> 16 > (next - 1) >> 16 ? index - 0x10000 : index;
}

static uint64_t estimate(uint64_t next, uint16_t seq)
{
	return sotto_replay_estimate(next, seq);
}

static enum sotto_replay_answer check(const struct sotto_replay *r, uint64_t index)
{
	return sotto_replay_check(r, index);
}

static const struct replay_functions table[] = {
	{NULL, estimate, check, sotto_replay_commit},
	{"window-short", estimate, check_short, commit_short},
	{"window-long", estimate, check_long, commit_long},
	{"forget-nothing", estimate, check, commit_forget_nothing},
	{"forget-late", estimate, check, commit_forget_late},
	{"forget-big-jumps-not", estimate, check, commit_forget_small},
	{"commit-blind", estimate, check, commit_blind},
	{"check-writes", estimate, check_writes, sotto_replay_commit},
	{"next-goes-back", estimate, check, commit_back},
	{"estimate-never-back", estimate_never_back, check, sotto_replay_commit},
	{"estimate-never-ahead", estimate_never_ahead, check, sotto_replay_commit},
};

#define FAULTS (sizeof(table) / sizeof(table[0]) - 1)

const struct replay_functions *replay_functions_with(const char *fault)
{
	if (!fault)
		return &table[0];
	for (unsigned i = 1; i <= FAULTS; i++) {
		if (strcmp(table[i].fault, fault) == 0)
			return &table[i];
	}
	return NULL;
}

const char *replay_fault_name(unsigned i)
{
	return i < FAULTS ? table[i + 1].fault : NULL;
}
