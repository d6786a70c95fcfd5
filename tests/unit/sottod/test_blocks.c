/* SPDX-License-Identifier: BSD-3-Clause */
/* The JSON library's memory: nothing of what stood in a block is left, and no block has two users.
 */
#include "unit.h"

#include "app/sottod/blocks.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SIZE_MOST (2 * APP_BLOCK_MAX)

static volatile unsigned freed; /* blocks that went back to malloc */

void __real_free(void *block);
void __wrap_free(void *block);

void __wrap_free(void *block)
{
	freed++;
	__real_free(block);
}

static uint8_t *take(size_t size)
{
	uint8_t *block = app_block_take(size);

	ck_assert_ptr_nonnull(block);
	ck_assert_uint_eq((uintptr_t)block % 16, 0);
	ck_assert_uint_ge(malloc_usable_size(block), size);
	return block;
}

START_TEST(a_block_is_used_again_and_holds_nothing)
{
	for (size_t size = 1; size <= APP_BLOCK_MAX; size++) {
		uint8_t *first = take(size);
		size_t whole = malloc_usable_size(first);
		uint8_t *second;

		memset(first, 0xa5, whole);
		app_block_give(first);
		second = take(size);
		ck_assert_ptr_eq(second, first);
		ck_assert_msg(second[0] == 0 && memcmp(second, second + 1, whole - 1) == 0,
			"something is left in a block of %zu bytes", size);
		app_block_give(second);
	}
}
END_TEST

/* Every block is filled with a number of its own, which nobody else overwrites. */
START_TEST(no_block_has_two_users)
{
	static uint8_t *blocks[SIZE_MOST];

	for (unsigned round = 0; round < 3; round++) {
		for (size_t i = 0; i < SIZE_MOST; i++)
			memset(blocks[i] = take(i + 1), (uint8_t)(i + round), i + 1);
		for (size_t i = 0; i < SIZE_MOST; i++) {
			bool good = true;

			for (size_t k = 0; k <= i; k++)
				good &= blocks[i][k] == (uint8_t)(i + round);
			ck_assert_msg(good, "a block of %zu bytes was written to", i + 1);
			app_block_give(blocks[i]);
		}
	}
}
END_TEST

START_TEST(so_many_are_kept_and_no_more)
{
	static void *blocks[2 * APP_BLOCKS_KEPT];
	unsigned before;

	for (unsigned i = 0; i < 2 * APP_BLOCKS_KEPT; i++)
		blocks[i] = take(APP_BLOCK_MAX);
	before = freed;
	for (unsigned i = 0; i < 2 * APP_BLOCKS_KEPT; i++)
		app_block_give(blocks[i]);
	ck_assert_uint_eq(freed - before, APP_BLOCKS_KEPT);
}
END_TEST

START_TEST(nothing_may_be_given_and_much_be_taken)
{
	uint8_t *large = take(1 << 20);

	app_block_give(NULL);
	large[(1 << 20) - 1] = 1;
	app_block_give(large);
	app_block_give(take(0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sottod: blocks");
	TCase *tcase = tcase_create("blocks");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_block_is_used_again_and_holds_nothing);
	tcase_add_test(tcase, no_block_has_two_users);
	tcase_add_test(tcase, so_many_are_kept_and_no_more);
	tcase_add_test(tcase, nothing_may_be_given_and_much_be_taken);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
