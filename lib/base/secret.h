/* SPDX-License-Identifier: BSD-3-Clause */
/* Handling of secret bytes: compare in constant time, wipe for good. */
#ifndef SOTTO_BASE_SECRET_H
#define SOTTO_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Compares n bytes. The time taken depends on n alone, never on where the bytes differ.
 * Any thread. Used for authentication tags (RFC 3711, 4.2), never memcmp.
 */
static inline bool sotto_base_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
	uint64_t diff = 0;
	uint64_t x, y;

	for (; n >= 8; n -= 8, a += 8, b += 8) {
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		diff |= x ^ y;
	}
	for (size_t i = 0; i < n; i++)
		diff |= (uint64_t)(a[i] ^ b[i]);
	/* The barrier keeps the compiler from turning the loops into ones that end early. */
	__asm__ volatile("" : "+r"(diff));
	return diff == 0;
}

/* Overwrites n bytes with zero in a way that the compiler may not drop. Any thread. */
void sotto_base_wipe(void *p, size_t n);

/*
 * Overwrites 64 KiB of stack below the caller's frame. What calls that have returned left there is
 * not in any variable: registers that the compiler or the dynamic linker saved, copies that string
 * functions made. For threads with a stack of a MiB or more.
 */
void sotto_base_wipe_stack(void);

#endif
