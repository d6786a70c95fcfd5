/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/rpc only: building JSON values. A failure (no memory) is remembered and everything
 * after it is harmless, so encoders read as a plain list of members and look once, at the end.
 */
#ifndef SOTTO_RPC_BUILD_H
#define SOTTO_RPC_BUILD_H

#include "base/addr.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct sotto_rpc_build {
	bool failed; /* a value is missing: what was built must not be used */
};

json_t *sotto_rpc_build_object(struct sotto_rpc_build *b);
json_t *sotto_rpc_build_array(struct sotto_rpc_build *b);

/* Puts value, which is taken over, into an object or at the end of an array. */
void sotto_rpc_put_value(
	struct sotto_rpc_build *b, json_t *object, const char *name, json_t *value);
void sotto_rpc_append(struct sotto_rpc_build *b, json_t *array, json_t *value);

/* Text is UTF-8; NULL becomes null. */
void sotto_rpc_put_text_or_null(
	struct sotto_rpc_build *b, json_t *object, const char *name, const char *text);
void sotto_rpc_put_bool(struct sotto_rpc_build *b, json_t *object, const char *name, bool value);
/* What JSON readers call an integer ends at 2^63 - 1; a counter beyond stays there. */
void sotto_rpc_put_int(struct sotto_rpc_build *b, json_t *object, const char *name, uint64_t value);
void sotto_rpc_put_addr(
	struct sotto_rpc_build *b, json_t *object, const char *name, const struct sotto_addr *addr);

#endif
