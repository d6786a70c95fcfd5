/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams that end where readable memory ends: one byte read behind them ends the test. */
#include "guarded.h"

#include "unit.h"

#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u
#define ROOM (75 * PAGE)

static uint8_t *area;

static void map_area(void)
{
	area = mmap(NULL, ROOM + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(area, MAP_FAILED);
	ck_assert_int_eq(mprotect(area + ROOM, PAGE, PROT_NONE), 0);
}

uint8_t *guarded_copy(const uint8_t *from, size_t len)
{
	uint8_t *copy;

	if (!area)
		map_area();
	ck_assert_uint_lt(len, ROOM);
	copy = area + ROOM - len;
	copy[-1] = 0xa5;
	memcpy(copy, from, len);
	return copy;
}
