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
	SOTTO_RPC_KEY_SDES = 1, /* the text of RFC 4568's a=crypto */
	SOTTO_RPC_KEY_RAW,      /* suite, and one master key without MKI */
	SOTTO_RPC_KEY_MASTERS,  /* suite, and master keys with MKIs */
};

/*
 * Weakenings that a leg must allow by name; modes are the last three (RFC 4568, 6.3.2 and 6.3.3).
 * Same order and bits as enum sotto_consent in lib/keys/suite.h, which this library must not see.
 */
enum sotto_rpc_allow {
	SOTTO_RPC_ALLOW_TAG_32 = 1,
	SOTTO_RPC_ALLOW_NULL_CIPHER = 2,
	SOTTO_RPC_ALLOW_UNENCRYPTED_SRTP = 4,
	SOTTO_RPC_ALLOW_UNENCRYPTED_SRTCP = 8,
	SOTTO_RPC_ALLOW_UNAUTHENTICATED_SRTP = 16,
};

/* A master key as it came, printable ASCII of at least one character; unread and secret. */
struct sotto_rpc_master {
	uint64_t lifetime; /* packets, 1..SOTTO_RPC_LIFETIME; 0 = not given */
	uint64_t mki;      /* its value, fits mki_len bytes; 0 without MKI */
	char key[SOTTO_RPC_KEY_BYTES + 1];
	char salt[SOTTO_RPC_SALT_BYTES + 1];
};

/* Where an SSRC stands; host order. */
struct sotto_rpc_position {
	uint32_t ssrc;
	uint32_t roc;
	uint32_t srtcp_index; /* of the last SRTCP packet, 0..2^31 - 1 */
	uint16_t highest_seq;
	bool has_srtcp_index; /* false: nothing is said, srtcp_index is 0 */
};

/* What becomes of the rollover counters when this key replaces another one. */
enum sotto_rpc_roc {
	SOTTO_RPC_ROC_KEEP = 0, /* they go on (RFC 3711, 3.3.1) */
	SOTTO_RPC_ROC_RESET,    /* they begin at 0 again */
	SOTTO_RPC_ROC_TRY_BOTH, /* receive only: going on is tried first, then 0, bounded */
	SOTTO_RPC_ROC_GIVEN,    /* they are roc_value */
};

/*
 * One direction's key. sdes, masters and streams are blocks of their own, as large as what came,
 * owned by the request like the key itself. sdes and masters are secret and unread.
 */
struct sotto_rpc_key {
	enum sotto_rpc_key_form form;
	char *sdes; /* KEY_SDES: 1..SOTTO_RPC_SDES_BYTES printable characters; else NULL */
	char suite[SOTTO_RPC_SUITE_BYTES + 1]; /* "" with KEY_SDES, as are the next four */
	uint8_t modes;                         /* enum sotto_rpc_allow, the last three */
	uint8_t mki_len;                       /* bytes; KEY_MASTERS: 1..SOTTO_RPC_MKI_BYTES */
	uint8_t master_count;                  /* KEY_RAW: 1; KEY_MASTERS: 1..SOTTO_RPC_MASTERS */
	struct sotto_rpc_master *masters;      /* as they came; MKIs are distinct */
	enum sotto_rpc_roc roc;
	uint32_t roc_value;   /* with ROC_GIVEN, else 0 */
	uint16_t overlap_ms;  /* how long the key before may be used by late packets; 0 for send */
	bool shared;          /* this is another key that is installed, on purpose */
	bool has_send_mki;    /* send only */
	uint64_t send_mki;    /* KEY_MASTERS: one of masters'; KEY_SDES: unread; 0 = not given */
	uint8_t stream_count; /* 0..SOTTO_RPC_POSITIONS */
	struct sotto_rpc_position *streams; /* sorted by SSRC, which are distinct; or NULL */
};

/* How a leg's packets are protected. */
enum sotto_rpc_security {
	SOTTO_RPC_SECURITY_REQUIRED = 0, /* SRTP only */
	SOTTO_RPC_SECURITY_PREFERRED,    /* opportunistic SRTP (RFC 8643) */
	SOTTO_RPC_SECURITY_CLEAR,        /* RTP only */
	SOTTO_RPC_SECURITY_VERIFY,       /* authenticated, then forwarded as it came; both legs */
	SOTTO_RPC_SECURITY_OPAQUE,       /* forwarded untouched; both legs */
	SOTTO_RPC_SECURITIES
};

/* Which senders packets are taken from where no tag decides. */
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
	enum sotto_rpc_security security;
	bool rtcp_mux;
	int8_t dscp; /* 0..63 or SOTTO_RPC_DSCP_KEEP */
	uint8_t max_ssrcs;
	uint8_t allow; /* enum sotto_rpc_allow; 0 on clear and opaque legs */
	enum sotto_rpc_source source;
	bool latch;             /* packets are sent to where the peer's come from */
	bool downgrade;         /* the leg may protect less than the one that stands */
	bool repeat;            /* identical packets may be sent again; required, preferred */
	bool cryptex;           /* RFC 9335, both directions; required, preferred */
	uint16_t replay_window; /* packets; 0 = WSH of the receive key, else the default */
	uint16_t early_ms;      /* packets before their key are held; 0 = not at all */
	/* RFC 6904, both directions: bit n % 64 of word n / 64 is element n; none with cryptex */
	uint64_t encrypted_extensions[4];
	struct sotto_rpc_key *receive; /* the peer encrypts with it, the engine decrypts; or NULL */
	struct sotto_rpc_key *send;    /* the engine encrypts with it; or NULL */
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

/* Takes the next len bytes of a run; they are valid until it returns. */
typedef void sotto_rpc_feed(void *arg, const void *bytes, size_t len);

/*
 * Feeds what put wishes, except its revision, as one canonical run of bytes: members in a fixed
 * order, defaults spelled out, x- fields left out. Two runs are equal exactly when the content is,
 * so control can hash them and compare; into which pieces a run is cut tells nothing. A run holds
 * keys: feed keeps no copy, nor does this. Its form may change with every version. Any thread.
 */
void sotto_rpc_put_feed(const struct sotto_rpc_put *put, sotto_rpc_feed *feed, void *arg);

/* The method's name as in a request; "none" for SOTTO_RPC_NONE. Any thread. */
const char *sotto_rpc_method_name(enum sotto_rpc_method method);

#endif
