/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a request can be answered with when it fails: JSON-RPC 2.0, section 5.1, and our kinds.
 * No text here ever repeats what stood in a key: details are fixed sentences and numbers.
 */
#ifndef SOTTO_RPC_ERROR_H
#define SOTTO_RPC_ERROR_H

#include "rpc/limits.h"

#include <stdarg.h>

/* The kinds, stable for ever; each has one JSON-RPC code and one message. */
enum sotto_rpc_kind {
	SOTTO_RPC_NO_ERROR = 0,
	SOTTO_RPC_PARSE,             /* -32700: not one JSON text */
	SOTTO_RPC_INVALID,           /* -32600: JSON, but not a request */
	SOTTO_RPC_METHOD,            /* -32601: no such method */
	SOTTO_RPC_PARAMS,            /* -32602: a field is missing, unknown or wrong */
	SOTTO_RPC_TOO_LARGE,         /* from here on -32000: line, batch, nesting */
	SOTTO_RPC_BAD_KEY,           /* key text that cannot be read, or of a wrong length */
	SOTTO_RPC_UNSUPPORTED_SUITE, /* a crypto suite that this engine does not have */
	SOTTO_RPC_CONSENT,           /* the suite or a mode needs a name in allow */
	SOTTO_RPC_KEY_IN_USE,        /* the key is installed elsewhere, and not called shared */
	SOTTO_RPC_STALE,             /* a lower revision than the engine holds */
	SOTTO_RPC_CONFLICT,          /* the same revision with other content */
	SOTTO_RPC_NOT_FOUND,         /* no such session or port */
	SOTTO_RPC_NO_INTERFACE,      /* no interface of that name and family */
	SOTTO_RPC_NO_PORTS,          /* every local port of the interface is taken */
	SOTTO_RPC_PORT_IN_USE,       /* the local port asked for is taken */
	SOTTO_RPC_LIMIT,             /* a configured maximum is reached */
	SOTTO_RPC_NO_ROUTE,          /* the remote address cannot be reached from the interface */
	SOTTO_RPC_DRAINING,          /* the engine takes no new sessions */
	SOTTO_RPC_INTERNAL,          /* our fault: out of memory, a failed device */
	SOTTO_RPC_KINDS
};

struct sotto_rpc_error {
	enum sotto_rpc_kind kind;
	char field[SOTTO_RPC_FIELD_BYTES];   /* path inside params, "" when none is to blame */
	char detail[SOTTO_RPC_DETAIL_BYTES]; /* for people; not part of the stable protocol */
};

/* The kind as it stands in error.data.kind; "none" for SOTTO_RPC_NO_ERROR. Any thread. */
const char *sotto_rpc_kind_name(enum sotto_rpc_kind kind);

/* The JSON-RPC error code of a kind. Any thread. */
int sotto_rpc_kind_code(enum sotto_rpc_kind kind);

/* The JSON-RPC error message of a kind. Any thread. */
const char *sotto_rpc_kind_message(enum sotto_rpc_kind kind);

/*
 * Fills *error; field may be NULL. Texts that are too long are cut. The caller never passes text of
 * a key, nor text that came in where a key may stand.
 */
void sotto_rpc_error_set(struct sotto_rpc_error *error, enum sotto_rpc_kind kind, const char *field,
	const char *detail);

/*
 * The same for a member of a leg: field becomes "media[1].a.remote" for media 1, leg 0 and member
 * "remote"; with member NULL the leg itself is blamed.
 */
void sotto_rpc_error_set_leg(struct sotto_rpc_error *error, enum sotto_rpc_kind kind,
	unsigned media, unsigned leg, const char *member, const char *detail);

/* Fills *error with a detail by printf's rules, from numbers and words of our own. */
void sotto_rpc_error_format(struct sotto_rpc_error *error, enum sotto_rpc_kind kind,
	const char *field, const char *format, ...) __attribute__((format(printf, 4, 5)));
void sotto_rpc_error_vformat(struct sotto_rpc_error *error, enum sotto_rpc_kind kind,
	const char *field, const char *format, va_list args) __attribute__((format(printf, 4, 0)));

#endif
