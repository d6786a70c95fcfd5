/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line of the control protocol to checked requests: JSON-RPC 2.0, sections 4 and 6, with the
 * methods and the strictness of docs/protocol.md. Pure code: no socket, no file, no clock.
 *
 * Checked here: JSON, envelope, names, types, lengths, ranges, counts. Not judged here: whether a
 * key can be read, a suite is supported, an interface or a session exists; that is control's.
 */
#ifndef SOTTO_RPC_REQUEST_H
#define SOTTO_RPC_REQUEST_H

#include "base/addr.h"
#include "rpc/error.h"
#include "rpc/event.h"
#include "rpc/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t; /* jansson's; callers only hand it on */

enum sotto_rpc_method {
	SOTTO_RPC_NONE = 0, /* nothing to execute: answer with the request's error */
	SOTTO_RPC_HELLO,
	SOTTO_RPC_SESSION_PUT,
	SOTTO_RPC_SESSION_GET,
	SOTTO_RPC_SESSION_LIST,
	SOTTO_RPC_SESSION_DELETE,
	SOTTO_RPC_STATS_GET,
	SOTTO_RPC_EVENTS_SUBSCRIBE,
	SOTTO_RPC_PORT_SET,
	SOTTO_RPC_METHODS
};

/* The api of hello; the major is already known to be ours. */
struct sotto_rpc_hello {
	char client[SOTTO_RPC_CLIENT_BYTES + 1]; /* "" when absent */
	uint16_t minor;
};

enum sotto_rpc_key_form {
	SOTTO_RPC_KEY_NONE = 0,
	SOTTO_RPC_KEY_SDES, /* the text of RFC 4568's a=crypto */
	SOTTO_RPC_KEY_RAW,  /* suite, key and salt apart */
};

/* Key text as it came, printable ASCII of at least one character; unread and secret. */
struct sotto_rpc_key {
	enum sotto_rpc_key_form form;
	char sdes[SOTTO_RPC_SDES_BYTES + 1];
	char suite[SOTTO_RPC_SUITE_BYTES + 1];
	char key[SOTTO_RPC_KEY_BYTES + 1];
	char salt[SOTTO_RPC_SALT_BYTES + 1];
};

/* Which senders a clear leg takes packets from. */
enum sotto_rpc_source {
	SOTTO_RPC_SOURCE_STRICT = 0, /* the remote's address and port */
	SOTTO_RPC_SOURCE_ADDRESS,    /* the remote's address, any port */
	SOTTO_RPC_SOURCE_ANY,
};

#define SOTTO_RPC_DSCP_KEEP (-1)

struct sotto_rpc_leg {
	char interface[SOTTO_RPC_NAME_BYTES + 1];
	uint8_t family;               /* 4, 6, or 0 = the interface's first */
	uint16_t local_port;          /* even, host order; 0 = sotto chooses */
	struct sotto_endpoint remote; /* family 0 = not known yet */
	uint16_t remote_rtcp_port;    /* host order; set whenever remote is */
	bool required;                /* encrypted; false = clear */
	bool rtcp_mux;
	int8_t dscp; /* 0..63 or SOTTO_RPC_DSCP_KEEP */
	uint8_t max_ssrcs;
	enum sotto_rpc_source source;
	struct sotto_rpc_key receive; /* the peer encrypts with it, the engine decrypts */
	struct sotto_rpc_key send;    /* the engine encrypts with it */
};

struct sotto_rpc_media {
	char id[SOTTO_RPC_MEDIA_ID_BYTES + 1]; /* unique in its session */
	struct sotto_rpc_leg legs[2];          /* a, b */
};

#define SOTTO_RPC_TIMEOUT_DEFAULT (-1)

/* A whole wished session. Holds key text: lives only inside its request, which wipes it. */
struct sotto_rpc_put {
	char id[SOTTO_RPC_SESSION_ID_BYTES + 1];
	uint64_t rev;
	int32_t timeout_s;    /* 0 = never, SOTTO_RPC_TIMEOUT_DEFAULT = as configured */
	unsigned media_count; /* 1..SOTTO_RPC_MEDIA */
	struct sotto_rpc_media media[];
};

struct sotto_rpc_session_get {
	char id[SOTTO_RPC_SESSION_ID_BYTES + 1];
};

struct sotto_rpc_session_list {
	char cursor[SOTTO_RPC_CURSOR_BYTES + 1]; /* "" = from the start */
	unsigned limit;
};

struct sotto_rpc_session_delete {
	char id[SOTTO_RPC_SESSION_ID_BYTES + 1];
	bool has_rev;
	uint64_t rev;
};

struct sotto_rpc_events_subscribe {
	uint32_t kinds; /* bit n: enum sotto_rpc_event_kind n; all when absent */
	bool has_from_seq;
	uint64_t from_seq;
};

struct sotto_rpc_port_set {
	char name[SOTTO_RPC_NAME_BYTES + 1];
	bool up;
};

struct sotto_rpc_request {
	struct json_t *id; /* as it came; NULL = notification: execute, never answer */
	enum sotto_rpc_method method;
	struct sotto_rpc_error error; /* set when method is SOTTO_RPC_NONE */
	union {
		struct sotto_rpc_hello hello;
		struct sotto_rpc_put *put; /* owned by the request */
		struct sotto_rpc_session_get get;
		struct sotto_rpc_session_list list;
		struct sotto_rpc_session_delete del;
		struct sotto_rpc_events_subscribe subscribe;
		struct sotto_rpc_port_set port;
	} params; /* of the method; stats.get has none */
};

/* What one line held: one request, or an array of them to be answered as an array. */
struct sotto_rpc_batch {
	bool is_array;
	size_t count; /* at least 1 */
	struct sotto_rpc_request *requests;
};

/*
 * Decodes len bytes, a line without its newline; they need no closing zero and are only read, so
 * the caller wipes them. Whatever stands in the line, the batch comes out well: a request that
 * cannot be executed carries its error. Any thread. Returns 0, to be followed by
 * sotto_rpc_batch_free(), or -ENOMEM with *out unchanged.
 */
int sotto_rpc_decode(const char *line, size_t len, struct sotto_rpc_batch *out);

/* Wipes the keys in a batch and frees all that it holds. */
void sotto_rpc_batch_free(struct sotto_rpc_batch *batch);

/*
 * Writes what put wishes, except its revision, as one canonical text: sorted names, no spaces,
 * defaults spelled out, x- fields left out. Equal texts mean equal content, so control can hash it
 * and compare. *text holds keys: the caller wipes its *len bytes, then frees it. Returns 0 or
 * -ENOMEM.
 */
int sotto_rpc_put_text(const struct sotto_rpc_put *put, char **text, size_t *len);

/* The method's name as in a request; "none" for SOTTO_RPC_NONE. Any thread. */
const char *sotto_rpc_method_name(enum sotto_rpc_method method);

#endif
