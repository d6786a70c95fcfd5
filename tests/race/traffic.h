/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two-way traffic of many calls through a rig whose workers run as threads. The thread that calls
 * these functions is the wire on both sides: it sends with bounded credit, so that no ring
 * overflows, and judges every packet that comes out. It counts faults and never asserts by itself.
 */
#ifndef SOTTO_TESTS_RACE_TRAFFIC_H
#define SOTTO_TESTS_RACE_TRAFFIC_H

#include "call.h"

#define TRAFFIC_HISTORY 64 /* packets of a flow whose revision is remembered */

/* One direction of one call: one RTP stream. */
struct flow {
	struct call *call;
	int from;            /* side that sends */
	bool astray;         /* its packets always come in on the queue of the other worker */
	uint32_t sent;       /* packets; also the sequence number of the last one */
	uint32_t seen;       /* packets that came out */
	uint16_t last_seq;   /* of the last one that came out */
	uint16_t order_from; /* sequence number from which on the order is judged */
	uint32_t revision[TRAFFIC_HISTORY]; /* of the call when packet [seq % size] was sent */
};

/* What a right engine never causes. */
struct traffic_faults {
	uint64_t unknown;    /* a frame that is no packet of any flow */
	uint64_t disordered; /* behind a later packet of its flow */
	uint64_t different;  /* other bytes than were sent */
	uint64_t refused;    /* the secure peer's unprotect fails under the key of that revision */
	uint64_t plain;      /* the payload stands readable on a secure leg */
};

struct traffic {
	struct rig *rig;
	struct call *calls;
	struct flow *flows;     /* [2 * count]: flow 2n goes from a to b of call n, 2n + 1 back */
	unsigned count;         /* of calls */
	unsigned next;          /* flow whose turn it is */
	uint64_t drained;       /* packets that came out */
	uint64_t first_packets; /* events of that kind */
	struct traffic_faults faults;
};

/* Prepares count calls between secure access and clear core legs; none is put. */
void traffic_open(struct traffic *traffic, struct rig *rig, unsigned count);
void traffic_close(struct traffic *traffic);

/*
 * Puts call n anew after it was deleted, with fresh keys. It may have another owner now, whose
 * queue overtakes what is left of the old call, so its order is judged from here on.
 */
void traffic_put_again(struct traffic *traffic, unsigned n);

/* Sends one packet of each of the next n flows whose call stands, as far as credit allows. */
void traffic_feed(struct traffic *traffic, unsigned n);

/* Sends the next n packets of one flow, if credit allows all of them. */
void traffic_feed_flow(struct traffic *traffic, struct flow *flow, unsigned n);

/* Takes and judges what came out, and the events. Returns the packets taken. */
unsigned traffic_drain(struct traffic *traffic);

/* Packets that are neither out nor dropped. */
uint64_t traffic_in_flight(const struct traffic *traffic);

/* Drains until nothing is in flight. False when nothing moves for a minute. */
bool traffic_settle(struct traffic *traffic);

/* Sends rounds packets of every flow and settles. False as above. */
bool traffic_run(struct traffic *traffic, unsigned rounds);

/* Asserts that no fault was seen. */
void traffic_is_faultless(const struct traffic *traffic);

#endif
