/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of free blocks, one for each multiple of 16 bytes. malloc knows how large a block is. */
#include "blocks.h"

#include "base/secret.h"

#include <malloc.h>
#include <stdlib.h>

#define STEP 16
#define SIZES (APP_BLOCK_MAX / STEP + 1)

/* What a block that is kept begins with. */
struct kept {
	struct kept *next;
};

struct list {
	struct kept *first;
	unsigned count;
};

static _Thread_local struct list lists[SIZES]; /* [bytes / STEP] */

void *app_block_take(size_t size)
{
	size_t steps = (size + STEP - 1) / STEP;
	struct list *list;
	struct kept *block;

	if (size > APP_BLOCK_MAX)
		return malloc(size);
	list = &lists[steps];
	block = list->first;
	if (!block)
		return malloc(steps * STEP);
	list->first = block->next;
	list->count--;
	block->next = NULL;
	return block;
}

void app_block_give(void *block)
{
	size_t size = block ? malloc_usable_size(block) : 0;
	struct kept *kept = block;
	struct list *list;

	if (!block)
		return;
	sotto_base_wipe(block, size);
	list = size / STEP < SIZES ? &lists[size / STEP] : NULL;
	if (!list || list->count == APP_BLOCKS_KEPT) {
		free(block);
		return;
	}
	kept->next = list->first;
	list->first = kept;
	list->count++;
}
