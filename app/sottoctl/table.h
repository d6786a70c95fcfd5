/* SPDX-License-Identifier: BSD-3-Clause */
/* A table for people: columns as wide as their widest cell, numbers to the right. */
#ifndef SOTTO_APP_SOTTOCTL_TABLE_H
#define SOTTO_APP_SOTTOCTL_TABLE_H

#include <stddef.h>

struct table {
	const char *const *heads; /* ends with NULL; one beginning with > is of numbers */
	unsigned columns;
	char **cells; /* row by row */
	size_t count, room;
};

void table_start(struct table *table, const char *const *heads);

/* Adds the next cell, row by row. Bytes that a terminal might obey are shown as ?. */
void table_add(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the heads and the rows, or nothing when there is no row, and frees the cells. */
void table_end(struct table *table);

/* The same with an empty line above, for a table that follows another. */
void table_end_apart(struct table *table);

#endif
