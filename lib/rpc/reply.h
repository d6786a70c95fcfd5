/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside lib/rpc only: what the encoders of results share. */
#ifndef SOTTO_RPC_REPLY_H
#define SOTTO_RPC_REPLY_H

#include "rpc/answer.h"
#include "rpc/build.h"

/* Answers request with result, which is taken over; not used when the build failed. */
void sotto_rpc_reply_result(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_build *b, json_t *result);

/* Puts {name: count} of every verdict that dropped something. */
void sotto_rpc_put_drops(struct sotto_rpc_build *b, json_t *object, const char *name,
	const uint64_t drops[SOTTO_VERDICTS]);

/* Writes json compact, then end, into malloc'ed memory. 0 or -ENOMEM. */
int sotto_rpc_dump(const json_t *json, const char *end, char **text, size_t *len);

#endif
