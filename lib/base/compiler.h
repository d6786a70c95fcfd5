/* SPDX-License-Identifier: BSD-3-Clause */
/* Words for the compiler: cache lines, branch hints, prefetch. Nothing else. */
#ifndef SOTTO_BASE_COMPILER_H
#define SOTTO_BASE_COMPILER_H

#include <stddef.h>
#include <stdint.h>

#define SOTTO_CACHE_LINE 64
#define SOTTO_ALIGNED(n) __attribute__((aligned(n)))

#define sotto_likely(x) __builtin_expect(!!(x), 1)
#define sotto_unlikely(x) __builtin_expect(!!(x), 0)

/*
 * Fetches the cache line at p for reading. p need not be valid: a prefetch never faults. The empty
 * assembler text is for gcc, which takes a function that only prefetches for one without effect,
 * and leaves calls of it out.
 */
static inline void sotto_base_prefetch(const void *p)
{
	__builtin_prefetch(p, 0, 3);
	__asm__ volatile("");
}

/* As above, for a line that will be written. */
static inline void sotto_base_prefetch_write(void *p)
{
	__builtin_prefetch(p, 1, 3);
	__asm__ volatile("");
}

#endif
