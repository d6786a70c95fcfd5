/* SPDX-License-Identifier: BSD-3-Clause */
/* The control thread's insides. Private to lib/control. */
#ifndef SOTTO_CONTROL_INTERNAL_H
#define SOTTO_CONTROL_INTERNAL_H

#include "control/control.h"

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/types.h>
#include <sys/stat.h>

#define CLIENTS_MAX 64
#define EVENTS_KEPT 4096                /* events that a late subscriber can still get */
#define OUTPUT_PAUSE (4u << 20)         /* bytes waiting for a client before we stop reading it */
#define EVENT_OUTPUT_PAUSE (256u << 10) /* bytes waiting before its events wait, too */
#define WRITE_TIMEOUT_S 30              /* a client that takes nothing for so long is dropped */
#define SIGNALS_MAX 4

/* An event as it is kept; the texts outlive the session. */
struct kept_event {
	enum sotto_rpc_event_kind kind;
	uint64_t t_us;
	char leg;
	char session[SOTTO_SESSION_ID_MAX + 1];
	char media[SOTTO_MEDIA_ID_MAX + 1];
	struct sotto_rpc_event body; /* u only; its port text is in session[] */
};

struct events {
	uint64_t next_seq; /* of the next event; the newest kept one has next_seq - 1 */
	struct kept_event kept[EVENTS_KEPT]; /* [seq % EVENTS_KEPT] */
};

struct client {
	struct client *next;
	struct sotto_control *control;
	struct bufferevent *stream;
	bool subscribed;
	bool ended;        /* has said its last: ends when that is answered */
	bool closing;      /* ends when its answers are out, whatever it still says */
	uint32_t kinds;    /* bits of enum sotto_rpc_event_kind */
	uint64_t next_seq; /* the next event that it gets */
};

struct sotto_control {
	struct sotto_control_config config;
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *tick;
	struct event *signal[SIGNALS_MAX];
	unsigned signal_count;
	struct control_digest *digest; /* digest.c */
	struct stat socket_made;       /* device and inode of the socket's path */
	struct client *clients;
	unsigned client_count;
	uint64_t requests, errors;
	uint64_t refused_peers;   /* since the last word about them */
	uint64_t refused_told_us; /* when that was */
	uint64_t started_us;
	uint64_t slow_tick_us; /* when the slow work was done last */
	uint32_t timeout_slot; /* where the walk for media timeouts goes on */
	struct events events;
};

/* server.c */
int control_listen(struct sotto_control *control);
void control_close(struct sotto_control *control);
/* Queues text for a client and frees it. */
void control_send(struct client *client, char *text, size_t len);

/* dispatch.c: executes one line of a client and sends the answer. */
void control_line(struct client *client, const char *line, size_t len);

/* One handler for each method: answers into reply. */
typedef void control_handler(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply);
control_handler control_hello;
control_handler control_session_put;
control_handler control_session_get;
control_handler control_session_list;
control_handler control_session_delete;
control_handler control_stats_get;
control_handler control_events_subscribe;
control_handler control_port_set;

/* Answers with an error that concerns no leg. */
void control_refuse(struct client *client, const struct sotto_rpc_request *request,
	struct sotto_rpc_reply *reply, enum sotto_rpc_kind kind, const char *field,
	const char *detail);

/*
 * digest.c: SHA-256 over this boot's salt, a word of what it is for, and what is added; one at a
 * time. Open once (0 or -ENOMEM; close it after both).
 */
int control_digest_open(struct sotto_control *control);
void control_digest_close(struct sotto_control *control);
struct control_digest *control_digest_begin(const struct sotto_control *control, const char *what);
/* arg is what begin returned: this is a sotto_rpc_feed, too. */
void control_digest_add(void *arg, const void *bytes, size_t len);
/* 0, or -ENOMEM; either way nothing that was added stays in memory. */
int control_digest_end(struct control_digest *digest, uint8_t out[SOTTO_DIGEST_LEN]);

/* One direction's key as it was read: a secret. */
struct control_key {
	struct sotto_keying keying;
	struct sotto_key_spec spec;
	struct sotto_srtp_preset preset[SOTTO_RPC_POSITIONS];
};

/* wish.c: from the protocol's words to the session library's; keys read, interfaces found. */
struct control_wish {
	struct sotto_session_spec spec;
	struct control_key *key[SOTTO_MEDIA_MAX][2][2]; /* media, side, receive and send; or NULL */
};
/* 0, or -EINVAL with *error. Free the wish after use, also after an error. */
int control_wish_read(const struct sotto_control *control, const struct sotto_rpc_put *put,
	struct control_wish *wish, struct sotto_rpc_error *error);
/* Wipes and frees what a wish holds. */
void control_wish_free(struct control_wish *wish);

/* Where in a request we are, for errors. */
struct control_place {
	unsigned media;
	unsigned side;
	struct sotto_rpc_error *error;
};

/* Fills in an error that concerns a leg; -EINVAL. */
int control_refuse_leg(const struct control_place *at, enum sotto_rpc_kind kind, const char *member,
	const char *detail);

/* Reads a key that the leg allows. 0 with *out to be wiped and freed, or -EINVAL. */
int control_key_read(const struct sotto_control *control, const struct sotto_rpc_leg *leg,
	bool send, struct control_key **out, const struct control_place *at);
/* NULL allowed. */
void control_key_free(struct control_key *key);

/* events.c */
void control_event_session(struct sotto_control *control, const struct sotto_session *session,
	struct sotto_rpc_event *event, int media, int side);
/* latch.c: lets a leg send to where a worker saw its peer. */
void control_latch(struct sotto_control *control, struct sotto_session *session,
	const struct sotto_event *event);

void control_event_port(struct sotto_control *control, const char *port, bool up);
/* Takes what workers told, and gives every subscriber what it can take. */
void control_events_hear(struct sotto_control *control);
void control_events_deliver(struct client *client);

/* neighbors.c: ARP, ND and ICMP that workers sent up, and our own questions. */
void control_neighbors_answer(struct sotto_control *control);
void control_neighbors_ask(struct sotto_control *control);

/* timeout.c: walks a part of the sessions and tells media that fell silent or came back. */
void control_timeouts_walk(struct sotto_control *control, uint32_t slots);

/* Microseconds since 1970-01-01 UTC, for people to read. */
uint64_t control_wall_us(void);

static inline uint64_t control_now_us(const struct sotto_control *control)
{
	return control->config.host.now_us(control->config.host.arg);
}

#endif
