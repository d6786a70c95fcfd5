/* SPDX-License-Identifier: BSD-3-Clause */
/* Complaints: see say.h. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>

int gen_complain(int status, const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fputs("sotto-gen: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return status;
}
