/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside lib/rpc only: writing JSON as it goes out, with no tree of values before it. A failure (no
 * memory, a text that is not UTF-8) is remembered and everything after it is harmless, so encoders
 * read as a plain list of members and look once, at the end.
 */
#ifndef SOTTO_RPC_WRITE_H
#define SOTTO_RPC_WRITE_H

#include "rpc/answer.h"

#include <jansson.h>

/*
 * What each call below puts is a member of the object that was opened last, or an item of the
 * array: then name is NULL. Names are literals of ours that need no escape.
 */
void sotto_rpc_open_object(struct sotto_rpc_writer *w, const char *name);
void sotto_rpc_close_object(struct sotto_rpc_writer *w);
void sotto_rpc_open_array(struct sotto_rpc_writer *w, const char *name);
void sotto_rpc_close_array(struct sotto_rpc_writer *w);

void sotto_rpc_put_null(struct sotto_rpc_writer *w, const char *name);
/* Text is UTF-8; NULL becomes null. */
void sotto_rpc_put_text(struct sotto_rpc_writer *w, const char *name, const char *text);
void sotto_rpc_put_bool(struct sotto_rpc_writer *w, const char *name, bool value);
/* What JSON readers call an integer ends at 2^63 - 1; a counter beyond stays there. */
void sotto_rpc_put_int(struct sotto_rpc_writer *w, const char *name, uint64_t value);
void sotto_rpc_put_signed(struct sotto_rpc_writer *w, const char *name, int64_t value);
void sotto_rpc_put_addr(
	struct sotto_rpc_writer *w, const char *name, const struct sotto_addr *addr);
void sotto_rpc_put_json(struct sotto_rpc_writer *w, const char *name, const json_t *json);

/* Appends a newline and hands the text out as sotto_rpc_reply_finish() does. 0 or -ENOMEM. */
int sotto_rpc_write_end(struct sotto_rpc_writer *w, char **text, size_t *len);

#endif
