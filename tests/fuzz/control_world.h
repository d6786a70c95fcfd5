/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands around the session tables of the target control: three media addresses, memory that
 * knows who may still hold it, grace periods that end when the input says so, and workers that do
 * what they are told at once.
 *
 * Always watched: a block comes back once, no sooner than every worker has let go of it, and with
 * all zeros when key material was put into it.
 */
#ifndef SOTTO_TESTS_FUZZ_CONTROL_WORLD_H
#define SOTTO_TESTS_FUZZ_CONTROL_WORLD_H

#include "session/internal.h"
#include "srtp/srtp.h"

#define CONTROL_INTERFACES 3 /* access of both families, core */
#define CONTROL_PAIRS 6      /* of ports of each */
#define CONTROL_SESSIONS 4
#define CONTROL_STREAMS 200
#define CONTROL_WORKERS 2
#define CONTROL_ORDERS 8 /* presets that wait for workers */
#define CONTROL_PACKET 256

struct control_block; /* head of a block that env.alloc handed out */

struct control_order {
	struct sotto_srtp_streams *streams;
	struct sotto_srtp_preset preset;
};

struct control_world {
	struct sotto_interface interface[CONTROL_INTERFACES];
	struct sotto_session_limits limits;
	struct sotto_sessions *sessions;
	uint64_t now_us;

	struct control_block *blocks; /* that are out */
	uint64_t block_count;
	unsigned fails_in; /* the allocation that fails, counted from now; 0 = none */

	/* grace periods: tokens are 1, 2, 3...; those up to over_to are over */
	uint64_t begun;
	uint64_t over_to;
	bool workers_gone; /* nobody can hold anything */

	struct control_order order[CONTROL_ORDERS];
	unsigned order_count;
	bool orders_full;

	uint8_t packet[CONTROL_PACKET]; /* the last one that a leg sent */
	uint32_t packet_len;
};

/* Empty tables, behind the ports that docs/protocol.md shows. */
void control_world_open(struct control_world *world);

/* Requires that all sessions can be deleted, and that all memory comes back. */
void control_world_close(struct control_world *world);

/* Requires that tables, ports, counts and limits agree, and that what is published is alive. */
void control_world_check(const struct control_world *world);

/* All that a refused request must leave as it was, as one number. */
uint64_t control_world_fingerprint(const struct control_world *world);

/* Workers carry out their orders and pass a quiescent state: grace periods up to one are over. */
void control_world_quiesce(struct control_world *world, uint64_t over_to);

/* The nth leg, counted around, that a port leads to; NULL when there is none. */
const struct sotto_leg *control_world_leg(const struct control_world *world, unsigned nth);

/* A packet leaves on a leg, or the last one that left arrives on a leg. */
void control_world_send(
	struct control_world *world, const struct sotto_leg *leg, uint32_t ssrc, uint16_t seq);
void control_world_receive(struct control_world *world, const struct sotto_leg *leg);

#endif
