/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way of the oracle: worlds of packets that one implementation protects and both judge. Every
 * verdict and every accepted byte is compared, on both ends.
 */
#ifndef SOTTO_TESTS_ORACLE_RUN_H
#define SOTTO_TESTS_ORACLE_RUN_H

#include "network.h"
#include "world.h"

#define DIFFERENCES_MAX 5 /* told before a run gives up */

enum way {
	WAY_IN,  /* libsrtp2 protects, Sotto unprotects */
	WAY_OUT, /* Sotto protects, libsrtp2 unprotects */
};

/* What was seen; the sums tell whether the run was worth anything. */
struct tally {
	uint64_t sent;
	uint64_t refused; /* by the sender: index used before, or behind its window */
	uint64_t received;
	uint64_t outcomes[OUTCOMES]; /* of received packets, as libsrtp2 says */
	uint64_t excused;            /* refused by both, for reasons that may differ (run.c) */
	uint64_t settled;            /* of a stream's first burst, judged twice (run.c) */
	uint64_t wraps; /* accepted packets of a round that began after the burst before */
	uint64_t far;   /* accepted packets in round 2^16 or later */
	unsigned worlds;
	unsigned differences;
};

struct run {
	struct sotto_crypto *crypto;
	struct sotto_srtp srtp;
	struct sotto_srtp_batch batch;
	uint64_t seed;
	enum way way;
	struct tally tally;
	struct world world;
	struct network network;
	struct packet ours[SOTTO_BURST];
	struct packet theirs[SOTTO_BURST];
	enum outcome said[SOTTO_BURST];     /* libsrtp2's word on theirs */
	enum outcome answered[SOTTO_BURST]; /* Sotto's word on ours, when received */
	uint64_t before[SOTTO_BURST];       /* the receiving stream's next index before the burst */
};

/* Runs until that many packets were received, or too many differences found. */
void run_way(struct run *run, uint64_t packets);

#endif
