/* SPDX-License-Identifier: BSD-3-Clause */
/* An allocator for jansson that knows each block's size, so that it can wipe what it frees. */
#include "rpc/memory.h"

#include "base/secret.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>

/* Stands before every block and keeps the block's alignment. */
union head {
	size_t size;
	max_align_t align;
};

static void *wiping_malloc(size_t size)
{
	union head *head;

	if (size > SIZE_MAX - sizeof(*head))
		return NULL;
	head = malloc(sizeof(*head) + size);
	if (!head)
		return NULL;
	head->size = size;
	return head + 1;
}

static void wiping_free(void *block)
{
	union head *head = block;

	if (!block)
		return;
	head--;
	sotto_base_wipe(block, head->size);
	free(head);
}

void sotto_rpc_memory_wipe_json(void)
{
	json_set_alloc_funcs(wiping_malloc, wiping_free);
}
