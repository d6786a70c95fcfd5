/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory in slabs: every block is whole, zeroed and nobody else's, and little is lost. */
#include "session/memory.h"

#include "allocations.h"
#include "base/compiler.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS 3000
#define STEPS 20000
#define PIECE (4u << 20)
#define LARGEST (SOTTO_SESSION_SLAB_LINES * SOTTO_CACHE_LINE) /* bytes of a block in a slab */

static struct sotto_session_memory memory;

static struct held {
	uint8_t *block; /* NULL: none */
	size_t size;
	uint8_t filled; /* every byte of it */
} held[BLOCKS];

static void *take(size_t size)
{
	void *block;

	allocations_count(true);
	block = sotto_session_memory_take(&memory, size);
	allocations_count(false);
	return block;
}

/* Where there must be memory. An assertion for each would take most of the time. */
static void *must_take(size_t size)
{
	void *block = take(size);

	if (!block)
		ck_abort_msg("no block of %zu bytes", size);
	return block;
}

static void give(void *block)
{
	allocations_count(true);
	sotto_session_memory_give(&memory, block);
	allocations_count(false);
}

static void end(void)
{
	allocations_count(true);
	sotto_session_memory_end(&memory);
	allocations_count(false);
	ck_assert_int_eq(allocations_out(), 0);
}

static bool all_are(const uint8_t *block, size_t size, uint8_t value)
{
	return block[0] == value && memcmp(block, block + 1, size - 1) == 0;
}

static void hold(struct held *to, size_t size, uint8_t fill)
{
	*to = (struct held){must_take(size), size, fill};
	if ((uintptr_t)to->block % SOTTO_CACHE_LINE != 0)
		ck_abort_msg("a block of %zu bytes is not on a line", size);
	if (!all_are(to->block, size, 0))
		ck_abort_msg("a block of %zu bytes is not zeroed", size);
	memset(to->block, fill, size);
}

/* Gives a block back, if it is one and nobody else has written to it. */
static void drop(struct held *from)
{
	if (from->block && !all_are(from->block, from->size, from->filled))
		ck_abort_msg("a block of %zu bytes was another one's, too", from->size);
	if (from->block)
		give(from->block);
	from->block = NULL;
}

/* Mostly what sessions need; now and then any size, the limits of slabs among them. */
static size_t any_size(void)
{
	static const size_t usual[] = {256, 376, 512, 640, 1152, 1, 63, 64, 65, 2 * LARGEST};

	switch (rand() % 50) {
	case 0:
		return 1 + (size_t)rand() % (2 * SOTTO_SESSION_SLAB);
	case 1:
		return LARGEST - 1 + (size_t)rand() % 3;
	default:
		return usual[(size_t)rand() % (sizeof(usual) / sizeof(usual[0]))];
	}
}

START_TEST(blocks_are_whole_zeroed_and_nobody_elses)
{
	srand(1);
	for (unsigned step = 0; step < STEPS; step++) {
		struct held *one = &held[rand() % BLOCKS];

		if (one->block)
			drop(one);
		else
			hold(one, any_size(), (uint8_t)(1 + step % 255));
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		drop(&held[i]);
	end();
}
END_TEST

/* A slab that is empty serves blocks of any size. */
START_TEST(what_came_back_serves_other_sizes)
{
	static const size_t size[] = {LARGEST, 64, 1152, 256, LARGEST - 64};

	allocations_fail_at(0, false);
	for (unsigned round = 0; round < 20; round++) {
		unsigned count = (unsigned)(PIECE / 2 / size[round % 5]);
		void **block = malloc(count * sizeof(*block));

		for (unsigned i = 0; i < count; i++)
			block[i] = must_take(size[round % 5]);
		for (unsigned i = 0; i < count; i++)
			give(block[i]);
		free(block);
	}
	ck_assert_uint_eq(allocations_made(), 1);
	end();
}
END_TEST

START_TEST(little_is_lost)
{
	static const size_t size[] = {64, 256, 384, 512, 640, 1152, 2048};
	size_t bytes = 0, next = 0;

	allocations_fail_at(0, false);
	while (bytes < 16 * (size_t)PIECE) {
		must_take(size[next]);
		bytes += size[next];
		next = (next + 1) % (sizeof(size) / sizeof(size[0]));
	}
	/* 5 % and what the last piece has left */
	ck_assert_uint_le(allocations_made(), 16 + 1 + 1);
	end();
}
END_TEST

/* Lines at the same place in blocks of a kind use all sets of the caches: here 64 of 64. */
START_TEST(blocks_spread_over_cache_sets)
{
	uint64_t sets = 0;

	for (unsigned i = 0; i < BLOCKS; i++)
		sets |= 1ull << (uintptr_t)must_take(1152) / SOTTO_CACHE_LINE % 64;
	ck_assert_uint_eq(sets, UINT64_MAX);
	end();
}
END_TEST

START_TEST(without_memory_nothing_changes)
{
	void *small, *large;

	for (unsigned round = 0; round < 2; round++) {
		allocations_fail_at(1, true);
		ck_assert_ptr_null(take(256));
		ck_assert_ptr_null(take(LARGEST + 1));
		allocations_fail_at(0, false);
		ck_assert_ptr_null(take(SIZE_MAX));
		ck_assert_ptr_null(take(SIZE_MAX - SOTTO_SESSION_SLAB - 1));
		ck_assert_ptr_nonnull(small = take(256));
		ck_assert_ptr_nonnull(large = take(LARGEST + 1));
		give(small);
		give(large);
		end();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/memory");
	TCase *tc = tcase_create("memory");

	tcase_add_test(tc, blocks_are_whole_zeroed_and_nobody_elses);
	tcase_add_test(tc, what_came_back_serves_other_sizes);
	tcase_add_test(tc, little_is_lost);
	tcase_add_test(tc, blocks_spread_over_cache_sets);
	tcase_add_test(tc, without_memory_nothing_changes);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
