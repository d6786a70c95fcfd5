/* SPDX-License-Identifier: BSD-3-Clause */
/* Pseudo-random numbers that repeat for a seed: splitmix64. Not for keys that protect anything. */
#ifndef SOTTO_TESTS_ORACLE_RANDOM_H
#define SOTTO_TESTS_ORACLE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 0 to n - 1; n is at least 1 and far below 2^32, so the bias does not matter. */
static inline uint32_t random_below(struct random *r, uint32_t n)
{
	return (uint32_t)((random_next(r) >> 32) * n >> 32);
}

/* low to high, both included. */
static inline uint32_t random_between(struct random *r, uint32_t low, uint32_t high)
{
	return low + random_below(r, high - low + 1);
}

/* True once in n calls, about. */
static inline bool random_one_in(struct random *r, uint32_t n)
{
	return random_below(r, n) == 0;
}

static inline void random_bytes(struct random *r, uint8_t *out, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++, word >>= 8) {
		if (i % 8 == 0)
			word = random_next(r);
		out[i] = (uint8_t)word;
	}
}

#endif
