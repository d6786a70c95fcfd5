/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When to send, and which stream. Packets are due evenly over time; after a pause of the machine a
 * small debt is caught up and the rest is let go, for a burst that makes good for a long pause
 * would measure the gateway's queues and not its rate. The streams take turns in an order that is
 * drawn anew for each turn: a gateway meets its calls at random, not one after another.
 */
#ifndef SOTTO_GEN_PACE_H
#define SOTTO_GEN_PACE_H

#include <stdint.h>

#define GEN_PACE_DEBT_S 0.001 /* how much time is caught up */
#define GEN_PACE_DEBT_MIN 32  /* packets that are caught up in any case */

/* Times in cycles of one clock. */
struct gen_pace {
	double per_cycle; /* packets */
	uint64_t start;
	uint64_t sent;   /* and let go */
	uint64_t let_go; /* packets whose time passed while the machine did something else */
	uint64_t debt;   /* packets that are caught up */
};

/* Begins at now with rate packets a second, on a clock of hz. */
void gen_pace_start(struct gen_pace *pace, double rate, uint64_t hz, uint64_t now);

/* How many packets are due, at most most. Those that are sent are told to gen_pace_sent(). */
uint32_t gen_pace_due(struct gen_pace *pace, uint64_t now, uint32_t most);

static inline void gen_pace_sent(struct gen_pace *pace, uint32_t count)
{
	pace->sent += count;
}

/* The order of streams: a permutation that is drawn while it is walked. */
struct gen_order {
	uint32_t *stream;
	uint32_t count;
	uint32_t at;
	uint64_t state; /* of the random numbers */
};

/* The next stream; each comes once in a turn. count is at least 1. */
uint32_t gen_order_next(struct gen_order *order);

#endif
