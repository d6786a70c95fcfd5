/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside lib/rpc only: the parts of session.put's decoder. */
#ifndef SOTTO_RPC_PUT_H
#define SOTTO_RPC_PUT_H

#include "rpc/fields.h"
#include "rpc/request.h"

/* The words of enum sotto_rpc_security, and NULL. */
extern const char *const sotto_rpc_security_words[SOTTO_RPC_SECURITIES + 1];

/* The names of enum sotto_rpc_allow, lowest bit first, and NULL. */
extern const char *const sotto_rpc_allow_names[];

/* Reads the leg of that name; its keys are given back with the put, also on failure. */
void sotto_rpc_read_leg(struct sotto_rpc_reader *r, const json_t *media, const char *name,
	struct sotto_rpc_leg *out);

/*
 * Reads a leg's key of that name, "receive" or "send", when there is one; *out is given back by
 * sotto_rpc_key_free(), also on failure.
 */
void sotto_rpc_read_key(struct sotto_rpc_reader *r, const json_t *leg, const char *name,
	enum sotto_rpc_security security, struct sotto_rpc_key **out);

/* Wipes and frees; key may be NULL. */
void sotto_rpc_key_free(struct sotto_rpc_key *key);

#endif
