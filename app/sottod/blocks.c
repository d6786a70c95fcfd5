/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of free blocks, one for each multiple of 16 bytes, for jansson; libevent's blocks are few
 * and large. malloc knows how large a block is.
 */
#include "blocks.h"

#include "base/secret.h"

#include <event2/event.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

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
	size_t steps = size > 0 ? (size + STEP - 1) / STEP : 1;
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

static void wiping_free(void *p)
{
	if (p)
		sotto_base_wipe(p, malloc_usable_size(p));
	free(p);
}

static void *wiping_realloc(void *p, size_t size)
{
	size_t old = p ? malloc_usable_size(p) : 0;
	void *grown = malloc(size);

	if (!grown)
		return NULL;
	if (p)
		memcpy(grown, p, old < size ? old : size);
	wiping_free(p);
	return grown;
}

void app_blocks_use(void)
{
	event_set_mem_functions(malloc, wiping_realloc, wiping_free);
	json_set_alloc_funcs(app_block_take, app_block_give);
}
