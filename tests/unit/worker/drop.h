/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a drop may change and what not: a picture of the engine before, and the comparison after.
 * One verdict is counted, nothing is sent, no byte of any stream changes, every mbuf comes back.
 */
#ifndef SOTTO_TESTS_UNIT_WORKER_DROP_H
#define SOTTO_TESTS_UNIT_WORKER_DROP_H

#include "call.h"

#define NO_LEG (-1) /* the verdict falls before a leg is known */

struct picture {
	struct sotto_stats stats;
	struct sotto_leg_state state[SIDES];
	struct sotto_stream streams[SIDES][2][SOTTO_SSRCS_MAX]; /* receive, send */
	unsigned pool;
};

/* Takes the picture. call may be NULL. */
void picture_take(struct picture *picture, const struct rig *rig, const struct call *call);

/*
 * Asserts that since then n packets ended with that verdict, counted by the workers and by the leg
 * of side (or NO_LEG) of call, and that nothing else happened.
 */
void picture_expect(const struct picture *before, const struct rig *rig, const struct call *call,
	enum sotto_verdict verdict, uint64_t n, int side);

/* Sends one frame into device d, polls, and asserts the above for it. */
void drop_expect(struct rig *rig, const struct call *call, unsigned d, const struct packet *frame,
	enum sotto_verdict verdict, int side);

/* As above, into the device of side, whose leg counts it. */
void drop_on_leg(
	const struct call *call, int side, const struct packet *frame, enum sotto_verdict verdict);

/* As above, for a datagram that the peer of side sends as it is, protected by nobody. */
void drop_datagram(const struct call *call, int side, const struct packet *datagram,
	enum sotto_srtp_kind kind, enum sotto_verdict verdict);

#endif
