/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of error kinds and the filling of an error (JSON-RPC 2.0, section 5.1). */
#include "rpc/error.h"

#include <stdio.h>

#define SERVER_ERROR (-32000)

struct kind {
	int code;
	const char *name;
	const char *message;
};

static const struct kind kinds[SOTTO_RPC_KINDS] = {
	[SOTTO_RPC_NO_ERROR] = {0, "none", "No error"},
	[SOTTO_RPC_PARSE] = {-32700, "parse", "Parse error"},
	[SOTTO_RPC_INVALID] = {-32600, "invalid", "Invalid request"},
	[SOTTO_RPC_METHOD] = {-32601, "method", "Method not found"},
	[SOTTO_RPC_PARAMS] = {-32602, "params", "Invalid params"},
	[SOTTO_RPC_TOO_LARGE] = {SERVER_ERROR, "too_large", "Too large"},
	[SOTTO_RPC_BAD_KEY] = {SERVER_ERROR, "bad_key", "Bad key"},
	[SOTTO_RPC_UNSUPPORTED_SUITE] = {SERVER_ERROR, "unsupported_suite", "Unsupported suite"},
	[SOTTO_RPC_CONSENT] = {SERVER_ERROR, "consent", "Consent is missing"},
	[SOTTO_RPC_KEY_IN_USE] = {SERVER_ERROR, "key_in_use", "Key in use"},
	[SOTTO_RPC_STALE] = {SERVER_ERROR, "stale", "Stale revision"},
	[SOTTO_RPC_CONFLICT] = {SERVER_ERROR, "conflict", "Conflict"},
	[SOTTO_RPC_NOT_FOUND] = {SERVER_ERROR, "not_found", "Not found"},
	[SOTTO_RPC_NO_INTERFACE] = {SERVER_ERROR, "no_interface", "No such interface"},
	[SOTTO_RPC_NO_PORTS] = {SERVER_ERROR, "no_ports", "No free port"},
	[SOTTO_RPC_PORT_IN_USE] = {SERVER_ERROR, "port_in_use", "Port in use"},
	[SOTTO_RPC_LIMIT] = {SERVER_ERROR, "limit", "Limit reached"},
	[SOTTO_RPC_NO_ROUTE] = {SERVER_ERROR, "no_route", "No route"},
	[SOTTO_RPC_DRAINING] = {SERVER_ERROR, "draining", "Draining"},
	[SOTTO_RPC_INTERNAL] = {SERVER_ERROR, "internal", "Internal error"},
};

const char *sotto_rpc_kind_name(enum sotto_rpc_kind kind)
{
	return kinds[kind].name;
}

int sotto_rpc_kind_code(enum sotto_rpc_kind kind)
{
	return kinds[kind].code;
}

const char *sotto_rpc_kind_message(enum sotto_rpc_kind kind)
{
	return kinds[kind].message;
}

void sotto_rpc_error_vformat(struct sotto_rpc_error *error, enum sotto_rpc_kind kind,
	const char *field, const char *format, va_list args)
{
	error->kind = kind;
	snprintf(error->field, sizeof(error->field), "%s", field ? field : "");
	vsnprintf(error->detail, sizeof(error->detail), format, args);
}

void sotto_rpc_error_format(struct sotto_rpc_error *error, enum sotto_rpc_kind kind,
	const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	sotto_rpc_error_vformat(error, kind, field, format, args);
	va_end(args);
}

void sotto_rpc_error_set(struct sotto_rpc_error *error, enum sotto_rpc_kind kind, const char *field,
	const char *detail)
{
	sotto_rpc_error_format(error, kind, field, "%s", detail);
}

void sotto_rpc_error_set_leg(struct sotto_rpc_error *error, enum sotto_rpc_kind kind,
	unsigned media, unsigned leg, const char *member, const char *detail)
{
	char field[SOTTO_RPC_FIELD_BYTES];

	snprintf(field, sizeof(field), "media[%u].%c%s%s", media, leg == 0 ? 'a' : 'b',
		member ? "." : "", member ? member : "");
	sotto_rpc_error_set(error, kind, field, detail);
}
