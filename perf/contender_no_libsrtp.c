/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands in for contender_libsrtp.c where libsrtp2 is not installed: its columns stay empty. */
#include "contender.h"

#include <stdio.h>

static void *none_open(const struct traffic *traffic, const char *backend, const char *tier)
{
	return NULL;
}

void contender_libsrtp_describe(char *out, size_t size)
{
	snprintf(out, size, "not built in");
}

const struct contender_kind contender_libsrtp = {
	.name = "libsrtp2",
	.open = none_open,
};
