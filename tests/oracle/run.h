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
	uint64_t suites[PLAN_SUITES]; /* received, of each */
	uint64_t outcomes[OUTCOMES];  /* of received packets, as libsrtp2 says */
	uint64_t in_burst;            /* refused by both for other reasons; (1) of receive.c */
	uint64_t reshaped;            /* the same; (2) */
	uint64_t other_key;           /* the same; (3) */
	uint64_t settled;             /* of a stream's first burst, judged twice; (4) */
	uint64_t wraps;    /* accepted packets of a round that began after the burst before */
	uint64_t far;      /* accepted packets in round 2^16 or later */
	uint64_t late;     /* accepted under the key before */
	uint64_t under[2]; /* accepted: under the first keying; under a later one */
	uint64_t mki;      /* accepted with an MKI */
	uint64_t hidden;   /* accepted in sessions with encrypted header extensions */
	uint64_t probes;   /* indices around a window's edge that were tried */
	uint64_t rocs;     /* rollover counters compared */
	uint64_t rekeys;
	unsigned worlds;
	unsigned differences;
};

struct run {
	struct sotto_crypto *crypto;
	const struct settings *settings;
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
	unsigned burst;                     /* packets received together */
	bool late[SOTTO_BURST];             /* libsrtp2 accepted under the key before */
	uint64_t before[SOTTO_BURST];       /* the receiving stream's next index before the burst */
};

/* Runs until that many packets were received, or too many differences found. */
void run_way(struct run *run, uint64_t packets);

/* --- what run.c, receive.c and probe.c share --- */

static inline struct session *run_session(struct run *run, const struct packet *packet)
{
	return &run->world.sessions[packet->session];
}

static inline uint64_t run_first(unsigned n)
{
	return n == SOTTO_BURST ? ~0ull : (1ull << n) - 1;
}

/* Tells a difference. */
void run_tell(struct run *run, const struct packet *packet, const char *where, const char *theirs,
	const char *ours);

/* Puts packet i of ours into the batch. */
void run_add(struct run *run, unsigned i, const struct sotto_srtp_context *context);

/*
 * Our word on packet i of a burst: a packet passes by its bit, and then has no other verdict. What
 * the two say must not contradict each other.
 */
enum outcome run_word(const struct run *run, unsigned i, uint64_t passed);

/* Holds the lengths and bytes of a packet that both let through against each other. */
void run_compare_bytes(struct run *run, unsigned i, const char *where);

/* Receives n packets of one kind as one burst (receive.c). */
void receive_burst(struct run *run, const struct packet *packets, unsigned n);

/* Receives all that arrived, in bursts of random lengths (receive.c). */
void receive_all(struct run *run);

/* Tries indices around the edges of a stream's window, and compares rollover counters (probe.c). */
void probe(struct run *run);

#endif
