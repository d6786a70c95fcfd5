/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From plain structs to the answers of one line: JSON-RPC 2.0, section 5, results as
 * docs/protocol.md shows them. Pure code, like request.h.
 *
 *     sotto_rpc_reply_start(&reply, &batch);
 *     for each request: carry it out, then one call of sotto_rpc_reply_...()
 *     sotto_rpc_reply_finish(&reply, &text, &len);
 *
 * All texts and arrays in the structs are borrowed for the call; texts are UTF-8. No struct here
 * has a place for a key.
 */
#ifndef SOTTO_RPC_ANSWER_H
#define SOTTO_RPC_ANSWER_H

#include "base/addr.h"
#include "base/verdict.h"
#include "rpc/error.h"
#include "rpc/request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text of JSON as it grows; starts as all zero. */
struct sotto_rpc_writer {
	char *text;
	size_t used; /* bytes of text so far */
	size_t room;
	bool failed; /* something is missing: the text is never handed out */
};

/* The answers of one line as they grow. One thread at a time; starts with reply_start(). */
struct sotto_rpc_reply {
	struct sotto_rpc_writer out;
	size_t answers;
	bool is_array;
};

void sotto_rpc_reply_start(struct sotto_rpc_reply *reply, const struct sotto_rpc_batch *batch);

/*
 * The answers have grown beyond SOTTO_RPC_REPLY_BYTES: the rest of the batch is not to be carried
 * out, but answered with SOTTO_RPC_LIMIT.
 */
bool sotto_rpc_reply_is_full(const struct sotto_rpc_reply *reply);

/*
 * Hands out the whole answer: one line with its newline and a closing zero, freed by the caller;
 * *len counts the newline, not the zero. NULL and 0 when nothing is to be answered (notifications).
 * Returns 0, or -ENOMEM with nothing handed out. The reply is empty afterwards either way.
 */
int sotto_rpc_reply_finish(struct sotto_rpc_reply *reply, char **text, size_t *len);

/*
 * Every call below answers one request; a notification is answered with nothing. request may be
 * NULL for a line that was never decoded: then the id is null.
 */
void sotto_rpc_reply_error(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_error *error);

/* hello */
struct sotto_rpc_interface_info {
	const char *name;
	struct sotto_addr addr;
	uint16_t first_port, last_port; /* host order */
};

/* Also says the limits of limits.h and the API version. */
struct sotto_rpc_hello_result {
	const char *server; /* "sottod 0.1.0" */
	const char *instance;
	const char *boot_id;
	uint64_t sessions; /* the most that may exist at once */
	uint64_t streams;
	const char *const *suites;   /* ends with NULL */
	const char *const *features; /* ends with NULL */
	const struct sotto_rpc_interface_info *interfaces;
	size_t interface_count;
	uint64_t event_seq; /* of the next event */
};

void sotto_rpc_reply_hello(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_hello_result *result);

/* session.put */
struct sotto_rpc_local {
	const char *interface;
	struct sotto_endpoint rtp;
	uint16_t rtcp_port; /* host order; rtp.port with rtcp-mux */
};

struct sotto_rpc_put_media {
	const char *id;
	struct sotto_rpc_local legs[2];
};

struct sotto_rpc_put_result {
	const char *id;
	uint64_t rev;
	bool unchanged; /* the same revision with the same content was there already */
	unsigned worker;
	const struct sotto_rpc_put_media *media;
	size_t media_count;
};

void sotto_rpc_reply_session_put(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_put_result *result);

/* session.get and session.delete */
struct sotto_rpc_stream_state {
	uint32_t ssrc; /* host order, like all numbers here */
	bool send;     /* false = receive */
	uint32_t roc;
	uint16_t highest_seq;
	uint32_t srtcp_index;
	uint64_t packets;
};

/* How much of a key is spent. */
struct sotto_rpc_key_use {
	uint64_t rtp, rtcp; /* packets so far */
	uint64_t limit;     /* SRTP packets that it may carry */
	unsigned masters;   /* master keys, 1..SOTTO_RPC_MASTERS */
	bool previous;      /* receive: the key before it may still be used by late packets */
};

struct sotto_rpc_leg_state {
	struct sotto_rpc_local local;
	struct sotto_endpoint remote; /* family 0 = not known */
	uint16_t remote_rtcp_port;
	enum sotto_rpc_security security;
	bool locked; /* preferred: an authenticated packet has come, plain ones are not taken */
	bool rtcp_mux;
	unsigned replay_window;    /* packets, in force; 0 on clear and opaque legs */
	const char *receive_suite; /* NULL = no key, then its use is not shown */
	const char *send_suite;
	struct sotto_rpc_key_use receive_use, send_use;
	uint64_t received_packets, received_bytes;
	uint64_t sent_packets, sent_bytes;
	uint64_t dropped[SOTTO_VERDICTS]; /* packets; SOTTO_OK and SOTTO_PUNTED are not shown */
	const struct sotto_rpc_stream_state *streams;
	size_t stream_count;
};

struct sotto_rpc_media_state {
	const char *id;
	struct sotto_rpc_leg_state legs[2];
};

struct sotto_rpc_get_result {
	const char *id;
	uint64_t rev;
	unsigned worker;
	uint64_t created_s; /* seconds since 1970-01-01 UTC */
	const struct sotto_rpc_media_state *media;
	size_t media_count;
};

void sotto_rpc_reply_session_get(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_get_result *result);

struct sotto_rpc_delete_result {
	const char *id;
	bool absent; /* there was no such session: no statistics */
	const struct sotto_rpc_media_state *media;
	size_t media_count;
};

void sotto_rpc_reply_session_delete(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_delete_result *result);

/* session.list */
struct sotto_rpc_list_item {
	const char *id;
	uint64_t rev;
	unsigned worker;
	unsigned media;
};

struct sotto_rpc_list_result {
	const struct sotto_rpc_list_item *sessions;
	size_t session_count;
	const char *cursor; /* where the next call goes on; NULL = that was all */
	uint64_t total;     /* sessions in the engine */
};

void sotto_rpc_reply_session_list(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_list_result *result);

/* stats.get; packets unless a unit is named */
struct sotto_rpc_traffic {
	uint64_t received, sent, punted, generated;
	uint64_t drops[SOTTO_VERDICTS];
};

struct sotto_rpc_worker_stats {
	unsigned worker;
	unsigned core;
	struct sotto_rpc_traffic traffic;
	uint64_t handed_over, taken_over;
	uint64_t busy_cycles, idle_cycles; /* of the TSC */
	uint64_t bursts;
};

struct sotto_rpc_port_stats {
	const char *name;
	const char *device;
	bool up;
	uint8_t mac[6];
	uint64_t received, sent, missed, no_buffer, tx_errors;
	const char *steering;             /* "none", "flow", "rss-port", "rss-tuple" */
	uint64_t steered, astray;         /* port pairs given out */
	uint64_t queue[SOTTO_RPC_QUEUES]; /* packets received */
	size_t queue_count;               /* 0: the device does not tell */
};

struct sotto_rpc_stats_result {
	uint64_t uptime_s;
	uint64_t sessions, streams;
	const struct sotto_rpc_worker_stats *workers;
	size_t worker_count;
	struct sotto_rpc_traffic totals;
	const struct sotto_rpc_port_stats *ports;
	size_t port_count;
	uint64_t pool_size, pool_free;              /* packet buffers */
	uint64_t clients, requests, errors, events; /* of the control socket */
};

void sotto_rpc_reply_stats_get(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_stats_result *result);

/* events.subscribe: seq is the number of the first event to come */
void sotto_rpc_reply_events_subscribe(
	struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request, uint64_t seq);

/* port.set */
void sotto_rpc_reply_port_set(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const char *name, bool up);

#endif
