/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans as requests of sottod's control protocol (docs/protocol.md), and its answers taken in. */
#ifndef SOTTO_GEN_REQUESTS_H
#define SOTTO_GEN_REQUESTS_H

#include "plan.h"

#include <jansson.h>

/* The session.put request of a call, with id call + 1; NULL: no memory, or a key line is wrong. */
json_t *gen_request_put(
	const struct gen_plan *plan, const struct gen_options *options, uint32_t call);

/* The session.delete request of a call, with id call + 1; NULL: no memory. */
json_t *gen_request_delete(const struct gen_options *options, uint32_t call);

/* Takes the gateway's addresses from the answer to a put. 0, or -EPROTO with call unchanged. */
int gen_request_answered(struct gen_call *call, const json_t *answer);

/* Writes the put requests to a file, one a line. 0 or an exit status. */
int gen_requests_save(
	const struct gen_plan *plan, const struct gen_options *options, const char *path);

#endif
