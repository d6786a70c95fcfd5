/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory on huge pages; see pages.h. */
#include "pages.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define NEARLY_ALL 95 /* percent */

static void *map(size_t size, int flags)
{
	void *memory = mmap(
		NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* The kernel aligns mappings to small pages: one huge page more, and the ends are given back. */
static void *map_aligned(size_t size)
{
	uint8_t *memory = map(size + HUGE_PAGE, 0);
	size_t before;

	if (!memory)
		return NULL;
	before = -(uintptr_t)memory % HUGE_PAGE;
	if (before != 0)
		munmap(memory, before);
	if (before != HUGE_PAGE)
		munmap(memory + before + size, HUGE_PAGE - before);
	return memory + before;
}

bool pages_alloc(struct pages *pages, size_t size)
{
	size = (size + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	*pages = (struct pages){.size = size, .memory = map(size, MAP_HUGETLB)};
	pages->reserved = pages->memory != NULL;
	if (pages->reserved)
		return true;
	pages->memory = map_aligned(size);
	if (pages->memory)
		madvise(pages->memory, size, MADV_HUGEPAGE); /* without them it is only slower */
	return pages->memory != NULL;
}

void pages_free(struct pages *pages)
{
	if (pages->memory)
		munmap(pages->memory, pages->size);
	memset(pages, 0, sizeof(*pages));
}

/* How much of the mapping around p is on transparent huge pages, in percent. */
static unsigned percent_huge(const void *p)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	uintptr_t low, high;
	uint64_t kb, all = 0, huge = 0;
	bool inside = false;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &low, &high) == 2)
			inside = (uintptr_t)p >= low && (uintptr_t)p < high;
		else if (inside && sscanf(line, "Rss: %" SCNu64, &kb) == 1)
			all = kb;
		else if (inside && sscanf(line, "AnonHugePages: %" SCNu64, &kb) == 1)
			huge = kb;
	}
	if (file)
		fclose(file);
	return all == 0 ? 0 : (unsigned)(100 * huge / all);
}

void pages_describe(const struct pages *pages, char *out, size_t size)
{
	unsigned percent = pages->reserved ? 100 : percent_huge(pages->memory);

	if (pages->reserved)
		snprintf(out, size, "reserved huge pages");
	else if (percent >= NEARLY_ALL)
		snprintf(out, size, "transparent huge pages");
	else
		snprintf(out, size, "4 KiB pages, %u %% on transparent huge pages", percent);
}
