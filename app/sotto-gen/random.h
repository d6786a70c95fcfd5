/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers that look random and follow from a seed, so that a run can be repeated. No secrets. */
#ifndef SOTTO_GEN_RANDOM_H
#define SOTTO_GEN_RANDOM_H

#include <stdint.h>

#define GEN_ODD 0x9e3779b97f4a7c15ull /* 2^64 over the golden ratio: steps that fill all bits */

/* A bijection of 64 bits in which every bit of x moves every bit of the result. */
static inline uint64_t gen_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	x ^= x >> 32;
	return x;
}

/* The next number of a sequence, whose place is *state. */
static inline uint64_t gen_random(uint64_t *state)
{
	*state += GEN_ODD;
	return gen_mix(*state);
}

/* A number from 0 to below n, n at least 1; even enough for any n that fits 32 bits. */
static inline uint32_t gen_random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)(((gen_random(state) >> 32) * n) >> 32);
}

#endif
