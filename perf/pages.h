/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for state of many streams, on huge pages where they can be had, as the engine's is. */
#ifndef SOTTO_PERF_PAGES_H
#define SOTTO_PERF_PAGES_H

#include <stdbool.h>
#include <stddef.h>

struct pages {
	void *memory;  /* NULL: none */
	size_t size;   /* bytes, whole huge pages */
	bool reserved; /* from the kernel's pool of huge pages */
};

/*
 * Zeroed memory, aligned to 2 MiB: from reserved huge pages, else transparent ones are asked for.
 * False when memory is short.
 */
bool pages_alloc(struct pages *pages, size_t size);
void pages_free(struct pages *pages);

/* Which pages it has by now, in words; fill it first, since the kernel gives pages on first use. */
void pages_describe(const struct pages *pages, char *out, size_t size);

#endif
