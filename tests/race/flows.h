/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RTP streams over a rig whose workers run as threads: packets that come to the engine now, late or
 * again, and a book of what came out of it. For the thread that is the wire.
 */
#ifndef SOTTO_TESTS_RACE_FLOWS_H
#define SOTTO_TESTS_RACE_FLOWS_H

#include "far_end.h"

#define FLOWS_PAYLOAD 160
#define FLOWS_CREDIT 512u /* packets in flight; every ring on the way holds more */
#define FLOWS_WAIT 128u   /* rounds that a packet may wait, less one; a power of two */

/* One direction of one call: one RTP stream. */
struct flow {
	struct call *call;
	int from;            /* side that sends */
	struct far_end *end; /* of the sender; NULL: plain */
	struct far_end *to;  /* of the receiver; NULL: plain */
	unsigned switch_at;  /* round in which the sender takes its newest key */
	uint16_t first_seq;
	uint32_t sent; /* packets: each once, whatever comes again */
	uint8_t *came; /* [packet]: how often it came out; room for all that will be sent */
};

struct waiting;

/* Flow 2n goes from a to b of call n, flow 2n + 1 back; calls are numbered as they were made. */
struct flows {
	struct rig *rig;
	struct flow *flow;
	unsigned count;
	struct waiting *due[FLOWS_WAIT]; /* [round % size] */
	uint64_t drained;                /* frames that came out */
	uint64_t twice;                  /* packets that came out again */
	/* what a right engine never causes */
	uint64_t unknown;   /* a frame that is no packet of any flow */
	uint64_t different; /* other bytes than were sent */
	uint64_t refused;   /* opened by no key that its receiver knows */
	uint64_t plain;     /* not encrypted towards a secure receiver */
};

/* Packet number of a flow; flow and number stand in its payload. */
void flows_make(
	const struct flows *flows, const struct flow *flow, uint32_t number, struct packet *out);

/* Lets a datagram come to the engine in that round. */
void flows_schedule(
	struct flows *flows, const struct flow *flow, const struct packet *packet, unsigned round);

/* Sends what is due in a round, in no order, with bounded credit. False: nothing moves any more. */
bool flows_deliver(struct flows *flows, unsigned round);

/* Takes and judges what came out. Returns how many. */
unsigned flows_drain(struct flows *flows);

/* Drains until so many packets are in flight at most. False: nothing moves any more. */
bool flows_settle(struct flows *flows, uint64_t most);

/* Packets that were sent and never came out. */
uint64_t flows_lost(const struct flows *flows);

/* Frees what waits still. */
void flows_forget(struct flows *flows);

#endif
