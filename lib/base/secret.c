/* SPDX-License-Identifier: BSD-3-Clause */
/* Wiping of key material; kept out of line so that a wipe before free() survives optimisation. */
#include "base/secret.h"

#include <string.h>

#define STACK_LEN (64 * 1024) /* bytes; more than a request ever needs */

void sotto_base_wipe(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

/* Not inline, and a frame of its own: it has to lie where those before it lay. */
void __attribute__((noinline)) sotto_base_wipe_stack(void)
{
	uint8_t below[STACK_LEN];

	sotto_base_wipe(below, sizeof(below));
}
