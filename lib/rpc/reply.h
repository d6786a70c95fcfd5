/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside lib/rpc only: what the encoders of results share. */
#ifndef SOTTO_RPC_REPLY_H
#define SOTTO_RPC_REPLY_H

#include "rpc/write.h"

/*
 * Begins the answer to a request; what is put into the writer until reply_end() are the members of
 * its result. NULL for a notification: nothing is to be written, and nothing to be ended.
 */
struct sotto_rpc_writer *sotto_rpc_reply_result(
	struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request);
void sotto_rpc_reply_end(struct sotto_rpc_reply *reply);

/* Puts {name: count} of every verdict that dropped something. */
void sotto_rpc_put_drops(
	struct sotto_rpc_writer *w, const char *name, const uint64_t drops[SOTTO_VERDICTS]);

#endif
