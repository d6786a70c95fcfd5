/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Has a key on its stack and one on its heap, clears them, and then waits to be looked at; for
 * test_hygiene.py, which compiles it as a release is compiled, with HOW from NOT to STACK.
 *
 * usage: wipe SEED
 */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	NOT,
	MEMSET,
	WIPE,
	STACK, /* nothing of the key itself, but all of the stack afterwards */
};

#define KEY_LEN 4096 /* long, so that later calls do not write over all of it */

/* The same bytes as in test_hygiene.py; they follow from the seed, so no constant holds them. */
static void fill(uint8_t *key, uint32_t seed)
{
	for (size_t i = 0; i < KEY_LEN; i++) {
		seed = seed * 1664525u + 1013904223u;
		key[i] = (uint8_t)(seed >> 24);
	}
	__asm__ volatile("" : : "r"(key) : "memory"); /* here the key is used */
}

static void clear(uint8_t *key)
{
	if (HOW == WIPE)
		sotto_base_wipe(key, KEY_LEN);
	else if (HOW == MEMSET)
		memset(key, 0, KEY_LEN);
}

static void __attribute__((noinline)) on_stack(uint32_t seed)
{
	uint8_t key[KEY_LEN];

	fill(key, seed);
	clear(key);
}

static void __attribute__((noinline)) on_heap(uint32_t seed)
{
	uint8_t *key = malloc(KEY_LEN);

	if (!key)
		abort();
	fill(key, seed);
	clear(key);
	free(key);
}

int main(int argc, char **argv)
{
	uint32_t seed;
	char byte;

	if (argc != 2)
		return 2;
	seed = (uint32_t)strtoul(argv[1], NULL, 10);
	on_stack(seed);
	on_heap(seed + 1);
	if (HOW == STACK)
		sotto_base_wipe_stack();
	/* nothing that needs much stack from here on */
	if (write(STDOUT_FILENO, "\n", 1) != 1)
		return 1;
	return read(STDIN_FILENO, &byte, 1) < 0;
}
