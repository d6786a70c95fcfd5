/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside lib/context only. */
#ifndef SOTTO_CONTEXT_INTERNAL_H
#define SOTTO_CONTEXT_INTERNAL_H

#include "context/open.h"

/* Whether options ask for some header extension element to be encrypted (RFC 6904). */
static inline bool sotto_context_has_ids(const struct sotto_context_options *options)
{
	return (options->ids[0] | options->ids[1] | options->ids[2] | options->ids[3]) != 0;
}

/* What can be said against a keying and options before any memory is taken. 0 or negative errno. */
int sotto_context_check(
	const struct sotto_keying *keying, const struct sotto_context_options *options);

#endif
