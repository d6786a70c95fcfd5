/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rings between threads: exceptions up to the control thread, packets down from it, events, and
 * packets from a worker to the owner of their call. Nobody waits on a ring: what does not fit is
 * counted by the sender.
 */
#ifndef SOTTO_PUNT_PUNT_H
#define SOTTO_PUNT_PUNT_H

#include "base/addr.h"
#include "srtp/context.h"

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <stdbool.h>
#include <stdint.h>

#define SOTTO_PUNT_WORKERS_MAX 64

enum sotto_event_kind {
	SOTTO_EVENT_FIRST_PACKET,  /* ssrc, from */
	SOTTO_EVENT_SSRC_NEW,      /* ssrc, from */
	SOTTO_EVENT_AUTH_FAILURES, /* count since the last such event, from = the last sender */
	SOTTO_EVENT_PLAIN_SEEN,    /* the same */
	SOTTO_EVENT_REKEY_NEEDED,  /* send; a key came to 90 % of its lifetime */
	SOTTO_EVENT_KEY_EXPIRED,   /* send; a key's lifetime refused its first packet */
	SOTTO_EVENT_SYNC_LOST,     /* ssrc, count refused in a row, cause = verdict, from */
	SOTTO_EVENT_AUTH_FLOOD,    /* count, from: the budget of wrong tags is spent */
	SOTTO_EVENT_LATCH,         /* from, rtcp: this is where packets shall go from now on */
	SOTTO_EVENT_LOCKED,        /* ssrc, from: a preferred leg takes nothing plain any more */
	SOTTO_EVENT_KINDS
};

/* What a worker tells the control thread about a leg. */
struct sotto_event {
	uint64_t time_us;
	uint32_t session; /* slot and generation */
	uint32_t generation;
	uint32_t ssrc;
	uint32_t count;
	struct sotto_endpoint from;
	uint8_t kind; /* enum sotto_event_kind */
	uint8_t media;
	uint8_t side;
	uint8_t cause;    /* enum sotto_verdict: auth, replay or old */
	uint64_t packets; /* under the key: rekey needed */
	uint64_t limit;   /* that it may carry */
	uint8_t send;     /* 1: the leg's send key */
	uint8_t rtcp;     /* 1: the packet was RTCP */
	uint8_t reserved[6];
};

/* What control has a worker do with streams that it owns. */
struct sotto_order {
	struct sotto_srtp_streams *streams;
	struct sotto_srtp_preset preset;
};

struct sotto_punt {
	unsigned workers;
	struct rte_ring *up;     /* mbufs; any worker to control; mbuf->port is the device */
	struct rte_ring *events; /* struct sotto_event; any worker to control */
	struct rte_ring *down[SOTTO_PUNT_WORKERS_MAX];     /* mbufs; control to one worker */
	struct rte_ring *handover[SOTTO_PUNT_WORKERS_MAX]; /* mbufs; any worker to the owner */
	struct rte_ring *orders[SOTTO_PUNT_WORKERS_MAX];   /* struct sotto_order; control to one */
};

/*
 * Makes the rings for 1 to SOTTO_PUNT_WORKERS_MAX workers; prefix makes their names unique. 0,
 * -EINVAL or -ENOMEM with nothing made. Main thread, before workers start.
 */
int sotto_punt_create(const char *prefix, unsigned workers, struct sotto_punt *punt);

/* Frees the rings and the packets in them. No worker may run. */
void sotto_punt_destroy(struct sotto_punt *punt);

/* Worker: tells an event; false when the ring is full. */
bool sotto_punt_tell(struct sotto_punt *punt, const struct sotto_event *event);

/* Control: takes at most most events; returns how many. */
unsigned sotto_punt_hear(struct sotto_punt *punt, struct sotto_event *events, unsigned most);

/* Control: orders a worker to preset a stream; false when the ring is full. */
bool sotto_punt_order(struct sotto_punt *punt, unsigned worker, const struct sotto_order *order);

/*
 * Worker: carries out every order that waits; returns how many. Before each quiescent state: the
 * streams of an order live until then.
 */
unsigned sotto_punt_obey(struct sotto_punt *punt, unsigned worker);

#endif
