/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of lib/rpc share: a real request, edits of it, and decoding it at its edges. */
#ifndef SOTTO_TESTS_UNIT_RPC_SUPPORT_H
#define SOTTO_TESTS_UNIT_RPC_SUPPORT_H

#include "unit.h"

#include "rpc/answer.h"
#include "rpc/request.h"

#include <stddef.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Stands in every key of the real request, so that it can be looked for where it must not be. */
#define CANARY "CANARYCANARYCANARY"

/* A session.put that uses every field; its keys hold CANARY. */
extern const char real_put[];

/* The smallest good one. */
extern const char small_put[];

/* The same text with the first occurrence of from replaced; fails the test when there is none. */
char *edited(const char *text, const char *from, const char *to);

/* A JSON-RPC request of a method with these params; NULL leaves them out. Freed by the caller. */
char *request_of(const char *method, const char *params);

/* count times c, as text between double quotes. Freed by the caller. */
char *quoted(char c, size_t count);

/* The address of a text; fails the test when it is none. */
struct sotto_addr addr_of(const char *text);

/* Decodes from a heap block of exactly len bytes, so that reading beyond is seen. */
void decode_bytes(const char *bytes, size_t len, struct sotto_rpc_batch *out);
void decode(const char *text, struct sotto_rpc_batch *out);

/* The only request of the text must be good; ends with sotto_rpc_batch_free(). */
struct sotto_rpc_request *decode_good(const char *text, struct sotto_rpc_batch *out);

/* The only request of the text must fail with this kind, and blame this field. */
void expect_error(const char *text, enum sotto_rpc_kind kind, const char *field);

/* The only request of the text must be a good session.put; ends with sotto_rpc_batch_free(). */
struct sotto_rpc_put *decode_put(const char *text, struct sotto_rpc_batch *out);

/* A change of the real request, and the field that it makes wrong. */
struct edit {
	const char *from;
	const char *to;
	const char *field;
};

/* The changed request is still good, or is refused and that field blamed. */
void expect_edit_good(const struct edit *edit);
void expect_edit_bad(const struct edit *edit);

/* The same for a method and its params. */
void expect_bad_params(const char *method, const char *params, const char *field);

/* What every batch must be, whatever line it came from. */
void check_batch(const struct sotto_rpc_batch *batch);

#endif
