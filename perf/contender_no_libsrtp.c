/* SPDX-License-Identifier: BSD-3-Clause */
/* Stands in for contender_libsrtp.c where libsrtp2 is not installed: it opens nowhere. */
#include "contender.h"

#include <stdio.h>

static void *none_open(const struct traffic *traffic, const char *backend, const char *tier)
{
	return NULL;
}

static void none_describe(char *out, size_t size)
{
	snprintf(out, size, "not built in");
}

const struct contender_kind LIBSRTP_CONTENDER = {
	.name = LIBSRTP_NAME,
	.open = none_open,
	.describe = none_describe,
};
