/* SPDX-License-Identifier: BSD-3-Clause */
/* Wiping of key material; kept out of line so that a wipe before free() survives optimisation. */
#include "base/secret.h"

#include <string.h>

void sotto_base_wipe(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}
