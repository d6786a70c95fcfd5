/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slabs: a slab has a header in its first cache line and blocks of one size behind it. Slabs lie on
 * multiples of their size, so a block's address leads to the header. What is too large for slabs
 * gets one header and memory of its own.
 */
#include "session/memory.h"

#include "base/compiler.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_SLABS 63 /* in one piece of memory: 4 MiB with what aligning costs */
#define SLAB_LINES (SOTTO_SESSION_SLAB / SOTTO_CACHE_LINE)

struct sotto_session_slab {
	struct sotto_session_slab *next; /* in the list of its like */
	struct sotto_session_slab *previous;
	void *freed;    /* blocks that came back; each begins with where the next one is */
	uint8_t *uncut; /* behind all blocks that were ever in use */
	void *own;      /* a block without a slab: what malloc gave */
	uint32_t lines; /* of each block */
	uint32_t room;  /* blocks that fit */
	uint32_t out;   /* blocks in use */
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

_Static_assert(sizeof(struct sotto_session_slab) == SOTTO_CACHE_LINE, "a header is one line");

struct sotto_session_piece {
	struct sotto_session_piece *next;
};

static void link_slab(struct sotto_session_slab **list, struct sotto_session_slab *slab)
{
	slab->previous = NULL;
	slab->next = *list;
	if (slab->next)
		slab->next->previous = slab;
	*list = slab;
}

static void unlink_slab(struct sotto_session_slab **list, struct sotto_session_slab *slab)
{
	if (slab->previous)
		slab->previous->next = slab->next;
	else
		*list = slab->next;
	if (slab->next)
		slab->next->previous = slab->previous;
}

/* The first place for a slab at p or behind it. */
static struct sotto_session_slab *align(void *p)
{
	uint8_t *byte = p;

	return (struct sotto_session_slab *)(byte + -(uintptr_t)byte % SOTTO_SESSION_SLAB);
}

static struct sotto_session_slab *slab_of(void *block)
{
	uint8_t *byte = block;

	return (struct sotto_session_slab *)(byte - (uintptr_t)byte % SOTTO_SESSION_SLAB);
}

/* Gets memory for more slabs; false when there is none. */
static bool add_piece(struct sotto_session_memory *memory)
{
	struct sotto_session_piece *piece = malloc((PIECE_SLABS + 1) * (size_t)SOTTO_SESSION_SLAB);
	uint8_t *first;

	if (!piece)
		return false;
	piece->next = memory->pieces;
	memory->pieces = piece;
	first = (uint8_t *)align(piece + 1);
	for (unsigned i = PIECE_SLABS; i > 0; i--)
		link_slab(&memory->spare,
			(struct sotto_session_slab *)(first + (i - 1) * SOTTO_SESSION_SLAB));
	return true;
}

/*
 * A slab for blocks of so many lines. What they leave of it stands before the first one, from slab
 * to slab another part of that: otherwise the lines that packets need would lie in all slabs at the
 * same places, and share few sets of the caches.
 */
static struct sotto_session_slab *open_slab(struct sotto_session_memory *memory, uint32_t lines)
{
	uint32_t left = (SLAB_LINES - 1) % lines;
	struct sotto_session_slab *slab;

	if (!memory->spare && !add_piece(memory))
		return NULL;
	slab = memory->spare;
	unlink_slab(&memory->spare, slab);
	*slab = (struct sotto_session_slab){
		.lines = lines,
		.room = (SLAB_LINES - 1) / lines,
		.uncut = (uint8_t *)(slab + 1 + memory->opened++ % (left + 1)),
	};
	link_slab(&memory->open[lines], slab);
	return slab;
}

static void *take_of_slab(struct sotto_session_memory *memory, uint32_t lines)
{
	struct sotto_session_slab *slab = memory->open[lines];
	void *block;

	if (!slab)
		slab = open_slab(memory, lines);
	if (!slab)
		return NULL;
	block = slab->freed;
	if (block) {
		memcpy(&slab->freed, block, sizeof(slab->freed));
	} else {
		block = slab->uncut;
		slab->uncut += lines * (size_t)SOTTO_CACHE_LINE;
	}
	if (++slab->out == slab->room)
		unlink_slab(&memory->open[lines], slab);
	return block;
}

static void *take_alone(size_t size)
{
	struct sotto_session_slab *slab;
	void *own;

	if (size > SIZE_MAX - sizeof(*slab) - SOTTO_SESSION_SLAB)
		return NULL;
	own = malloc(sizeof(*slab) + SOTTO_SESSION_SLAB + size);
	if (!own)
		return NULL;
	slab = align(own);
	*slab = (struct sotto_session_slab){.own = own};
	return slab + 1;
}

void *sotto_session_memory_take(struct sotto_session_memory *memory, size_t size)
{
	size_t lines = size / SOTTO_CACHE_LINE + (size % SOTTO_CACHE_LINE != 0);
	void *block = lines <= SOTTO_SESSION_SLAB_LINES ? take_of_slab(memory, (uint32_t)lines)
							: take_alone(size);

	return block ? memset(block, 0, size) : NULL;
}

void sotto_session_memory_give(struct sotto_session_memory *memory, void *block)
{
	struct sotto_session_slab *slab = slab_of(block);

	if (slab->own) {
		free(slab->own);
		return;
	}
	memcpy(block, &slab->freed, sizeof(slab->freed));
	slab->freed = block;
	if (slab->out-- == slab->room)
		link_slab(&memory->open[slab->lines], slab);
	if (slab->out == 0) {
		unlink_slab(&memory->open[slab->lines], slab);
		link_slab(&memory->spare, slab);
	}
}

void sotto_session_memory_end(struct sotto_session_memory *memory)
{
	while (memory->pieces) {
		struct sotto_session_piece *piece = memory->pieces;

		memory->pieces = piece->next;
		free(piece);
	}
	memset(memory, 0, sizeof(*memory));
}
