/* SPDX-License-Identifier: BSD-3-Clause */
/* A table for people: columns as wide as their widest cell, numbers to the right. */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 16

void table_start(struct table *table, const char *const *heads)
{
	memset(table, 0, sizeof(*table));
	table->heads = heads;
	while (heads[table->columns] && table->columns < COLUMNS_MAX)
		table->columns++;
}

static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void table_add(struct table *table, const char *format, ...)
{
	va_list args;
	char *cell;
	int len;

	if (table->count == table->room) {
		size_t room = table->room ? 2 * table->room : 64;
		char **cells = realloc(table->cells, room * sizeof(*cells));

		if (!cells)
			abort();
		table->cells = cells;
		table->room = room;
	}
	va_start(args, format);
	len = vasprintf(&cell, format, args);
	va_end(args);
	if (len < 0)
		abort();
	make_printable(cell);
	table->cells[table->count++] = cell;
}

static const char *head(const struct table *table, unsigned column)
{
	const char *text = table->heads[column];

	return text[0] == '>' ? text + 1 : text;
}

static void find_widths(const struct table *table, int widths[COLUMNS_MAX])
{
	for (unsigned c = 0; c < table->columns; c++)
		widths[c] = (int)strlen(head(table, c));
	for (size_t i = 0; i < table->count; i++) {
		int width = (int)strlen(table->cells[i]);

		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
}

static void print_cell(
	const struct table *table, unsigned column, const char *text, const int *widths)
{
	const char *gap = column == 0 ? "" : "  ";

	if (table->heads[column][0] == '>')
		printf("%s%*s", gap, widths[column], text);
	else if (column + 1 == table->columns)
		printf("%s%s", gap, text);
	else
		printf("%s%-*s", gap, widths[column], text);
}

void table_end(struct table *table)
{
	int widths[COLUMNS_MAX];

	find_widths(table, widths);
	for (unsigned c = 0; c < table->columns && table->count > 0; c++)
		print_cell(table, c, head(table, c), widths);
	for (size_t i = 0; i < table->count; i++) {
		if (i % table->columns == 0)
			putchar('\n');
		print_cell(table, (unsigned)(i % table->columns), table->cells[i], widths);
		free(table->cells[i]);
	}
	if (table->count > 0)
		putchar('\n');
	free(table->cells);
}

void table_end_apart(struct table *table)
{
	if (table->count > 0)
		putchar('\n');
	table_end(table);
}
