/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the fuzz targets share: what must hold, the bytes of an input as a stream of choices, and
 * copies in heap blocks of exactly their size, so that the address sanitizer sees any read behind.
 * A target is one function; libFuzzer drives it, or replay_main.c with files that were kept.
 */
#ifndef SOTTO_TESTS_FUZZ_FUZZ_H
#define SOTTO_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The target: one input. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a message when a promise does not hold; also in release builds. */
#define fuzz_require(holds, what)                                                                  \
	do {                                                                                       \
		if (!(holds))                                                                      \
			fuzz_fail(__FILE__, __LINE__, what);                                       \
	} while (0)

_Noreturn static inline void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* A heap copy of exactly size bytes; the caller frees it. */
static inline void *fuzz_copy(const void *data, size_t size)
{
	void *copy = calloc(1, size > 0 ? size : 1);

	fuzz_require(copy, "memory");
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* An input that is read as choices; behind its end every choice is 0. */
struct fuzz_input {
	const uint8_t *at;
	const uint8_t *end;
};

static inline size_t fuzz_left(const struct fuzz_input *in)
{
	return (size_t)(in->end - in->at);
}

static inline uint8_t fuzz_take8(struct fuzz_input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static inline uint16_t fuzz_take16(struct fuzz_input *in)
{
	uint16_t high = fuzz_take8(in);

	return (uint16_t)(high << 8 | fuzz_take8(in));
}

/* A choice of 0 to n - 1; n is 1 to 256. */
static inline unsigned fuzz_below(struct fuzz_input *in, unsigned n)
{
	return fuzz_take8(in) % n;
}

/* Up to most bytes of the input; how many there were is returned. */
static inline size_t fuzz_take(struct fuzz_input *in, const uint8_t **bytes, size_t most)
{
	size_t n = fuzz_left(in) < most ? fuzz_left(in) : most;

	*bytes = in->at;
	in->at += n;
	return n;
}

#endif
