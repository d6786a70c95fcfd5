/* SPDX-License-Identifier: BSD-3-Clause */
/* Events: what the engine tells its subscribers unasked, as JSON-RPC 2.0 notifications. */
#ifndef SOTTO_RPC_EVENT_H
#define SOTTO_RPC_EVENT_H

#include "base/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sotto_rpc_event_kind {
	SOTTO_RPC_STREAM_FIRST_PACKET = 0, /* the first authentic packet of a leg */
	SOTTO_RPC_SSRC_NEW,                /* a further SSRC was bound to a leg */
	SOTTO_RPC_MEDIA_TIMEOUT,           /* no packet for the session's timeout */
	SOTTO_RPC_MEDIA_RESUMED,
	SOTTO_RPC_AUTH_FAILURES,   /* wrong tags, at most one event a second and leg */
	SOTTO_RPC_PLAIN_SEEN,      /* plain media on a leg that takes none, likewise */
	SOTTO_RPC_REKEY_NEEDED,    /* a key has spent 90 % of its lifetime */
	SOTTO_RPC_KEY_EXPIRED,     /* a key has spent its lifetime: nothing passes under it */
	SOTTO_RPC_SYNC_LOST,       /* packets of a bound SSRC fail one after another */
	SOTTO_RPC_AUTH_FLOOD,      /* so many wrong tags that far-off packets go untried */
	SOTTO_RPC_LATCHED,         /* packets are now sent to where the peer's come from */
	SOTTO_RPC_SECURITY_LOCKED, /* a preferred leg takes no plain packets any more */
	SOTTO_RPC_SESSION_ENDED,
	SOTTO_RPC_PORT_UP,
	SOTTO_RPC_PORT_DOWN,
	SOTTO_RPC_OVERFLOW, /* events were lost; sent whether or not it was asked for */
	SOTTO_RPC_EVENT_KINDS
};

enum sotto_rpc_cause {
	SOTTO_RPC_CAUSE_DELETED = 0, /* session.delete */
	SOTTO_RPC_CAUSES
};

/* Why the packets of an SSRC fail. */
enum sotto_rpc_sync_cause {
	SOTTO_RPC_SYNC_AUTH = 0, /* wrong tags: key or rollover counter differ */
	SOTTO_RPC_SYNC_REPLAY,   /* indices that were seen */
	SOTTO_RPC_SYNC_OLD,      /* indices behind the replay window */
	SOTTO_RPC_SYNC_CAUSES
};

/* Texts are borrowed for the call and are UTF-8. */
struct sotto_rpc_event {
	enum sotto_rpc_event_kind kind;
	char leg;            /* 'a', 'b', or 0 = concerns no leg */
	uint64_t seq;        /* counts every event of this boot, with or without a reader */
	uint64_t t_us;       /* microseconds since 1970-01-01 UTC */
	const char *boot_id; /* changes with every start of the engine */
	const char *session; /* NULL = concerns no session */
	const char *media;   /* NULL = concerns no media */
	union {
		struct {
			uint32_t ssrc; /* host order */
			struct sotto_endpoint from;
		} stream; /* stream.first_packet, security.locked; ssrc.new without from */
		struct {
			uint64_t count; /* since the last event of this kind for the leg */
			struct sotto_endpoint from; /* the last one's sender */
		} seen;                             /* auth.failures, plain.seen, auth.flood */
		struct {
			bool send;        /* false = the receive key */
			uint64_t packets; /* rekey.needed only, as is limit */
			uint64_t limit;
		} key; /* rekey.needed, key.expired */
		struct {
			uint32_t ssrc;  /* host order */
			uint64_t count; /* packets that failed since the last good one */
			enum sotto_rpc_sync_cause cause;
			struct sotto_endpoint from; /* the last one's sender */
		} sync;                             /* sync.lost */
		struct {
			struct sotto_endpoint from; /* family 0 = nowhere before */
			struct sotto_endpoint to;
		} latch;                    /* latched */
		uint64_t since_s;           /* media.timeout: seconds without a packet */
		enum sotto_rpc_cause cause; /* session.ended */
		const char *port;           /* port.up, port.down: its name */
		struct {
			uint64_t lost;     /* events that this subscriber did not get */
			uint64_t next_seq; /* the next one that it will get */
		} overflow;
	} u;
};

/* The kind as it stands in params.kind. Any thread. */
const char *sotto_rpc_event_name(enum sotto_rpc_event_kind kind);

/*
 * Encodes an event as one line with its newline and a closing zero; the caller frees *text. *len
 * counts the newline, not the zero. Any thread. Returns 0 or -ENOMEM, then with both unchanged.
 */
int sotto_rpc_event_text(const struct sotto_rpc_event *event, char **text, size_t *len);

#endif
