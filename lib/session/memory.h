/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for struct sotto_session_env, which needs many blocks of few sizes on whole cache lines:
 * blocks of one size lie side by side in slabs, so that neither a header nor the way to the next
 * line is lost with each. Control thread.
 */
#ifndef SOTTO_SESSION_MEMORY_H
#define SOTTO_SESSION_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define SOTTO_SESSION_SLAB 65536u     /* bytes of a slab, which lies on a multiple of that */
#define SOTTO_SESSION_SLAB_LINES 255u /* cache lines of the largest block that slabs have */

struct sotto_session_slab;
struct sotto_session_piece;

/* Zeroed: nothing yet. */
struct sotto_session_memory {
	struct sotto_session_piece *pieces; /* what slabs were cut from */
	struct sotto_session_slab *spare;   /* slabs that no block is in */
	/* by the lines of their blocks: slabs that have a free one */
	struct sotto_session_slab *open[SOTTO_SESSION_SLAB_LINES + 1];
	uint32_t opened; /* slabs so far */
};

/* Zeroed memory on a cache line, or NULL. size is not 0. */
void *sotto_session_memory_take(struct sotto_session_memory *memory, size_t size);

/* Gives a block back, which others of any size may get from now on. Its bytes are not wiped. */
void sotto_session_memory_give(struct sotto_session_memory *memory, void *block);

/* Frees everything; all blocks were given back. */
void sotto_session_memory_end(struct sotto_session_memory *memory);

#endif
