/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The library's own malloc(), calloc() and free(), through the linker's --wrap, so that the nth
 * allocation of a call can be made to fail (MH-11) and what is not given back is seen.
 */
#ifndef SOTTO_TESTS_UNIT_SESSION_ALLOCATIONS_H
#define SOTTO_TESTS_UNIT_SESSION_ALLOCATIONS_H

#include <stdbool.h>

/*
 * Whether calls are the library's from here on, or the test's own (Check allocates, too, in every
 * assertion). Returns what was so before.
 */
bool allocations_count(bool on);

/* Blocks that the library allocated itself and has not freed. */
long allocations_out(void);

/* From now on the nth allocation fails, and all behind it when for_good is set; 0 = none. */
void allocations_fail_at(unsigned nth, bool for_good);

/* Allocations since the last allocations_fail_at(). */
unsigned allocations_made(void);

/* Counts one allocation; whether it has to fail. For the environment's alloc. */
bool allocations_fail(void);

#endif
