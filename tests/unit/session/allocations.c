/* SPDX-License-Identifier: BSD-3-Clause */
/* Counting and failing of the library's own allocations. */
#include "allocations.h"

#include <stddef.h>

static struct {
	bool on;
	long out;
	unsigned made;
	unsigned fail_at;
	bool for_good;
} state;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);

bool allocations_count(bool on)
{
	bool before = state.on;

	state.on = on;
	return before;
}

long allocations_out(void)
{
	return state.out;
}

void allocations_fail_at(unsigned nth, bool for_good)
{
	state.made = 0;
	state.fail_at = nth;
	state.for_good = for_good;
}

unsigned allocations_made(void)
{
	return state.made;
}

bool allocations_fail(void)
{
	state.made++;
	if (state.fail_at == 0)
		return false;
	return state.made == state.fail_at || (state.for_good && state.made > state.fail_at);
}

void *__wrap_malloc(size_t size)
{
	void *p;

	if (state.on && allocations_fail())
		return NULL;
	p = __real_malloc(size);
	state.out += state.on && p;
	return p;
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p;

	if (state.on && allocations_fail())
		return NULL;
	p = __real_calloc(n, size);
	state.out += state.on && p;
	return p;
}

void __wrap_free(void *p)
{
	state.out -= state.on && p;
	__real_free(p);
}
