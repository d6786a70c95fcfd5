/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside lib/rpc only: one decoder for each method's params. */
#ifndef SOTTO_RPC_PARAMS_H
#define SOTTO_RPC_PARAMS_H

#include "rpc/fields.h"
#include "rpc/request.h"

/*
 * A decoder reads params, fills request->params of its method, and leaves failures in the reader.
 * session.put owns nothing after a failure: params.put is NULL then.
 */
typedef void sotto_rpc_decoder(
	struct sotto_rpc_reader *r, const json_t *params, struct sotto_rpc_request *request);

sotto_rpc_decoder sotto_rpc_decode_hello;
sotto_rpc_decoder sotto_rpc_decode_session_put;
sotto_rpc_decoder sotto_rpc_decode_session_get;
sotto_rpc_decoder sotto_rpc_decode_session_list;
sotto_rpc_decoder sotto_rpc_decode_session_delete;
sotto_rpc_decoder sotto_rpc_decode_stats_get;
sotto_rpc_decoder sotto_rpc_decode_events_subscribe;
sotto_rpc_decoder sotto_rpc_decode_port_set;

/* Wipes and frees what sotto_rpc_decode_session_put() made; put may be NULL. */
void sotto_rpc_put_free(struct sotto_rpc_put *put);

#endif
