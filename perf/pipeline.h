/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The packets of bench_pipeline: made for the peers of a gateway's calls, put on its devices'
 * rings, and looked at when they come out: all of them roughly, one in so many by libsrtp2.
 */
#ifndef SOTTO_PERF_PIPELINE_H
#define SOTTO_PERF_PIPELINE_H

#include "gateway.h"

#define PIPELINE_CHECK_EACH 64 /* one in so many packets is checked whole */

enum way {
	WAY_PROTECT,   /* RTP on side b to SRTP on side a */
	WAY_UNPROTECT, /* SRTP on side a to RTP on side b */
	WAY_BOTH,      /* SRTP on side a to SRTP with another key on side b */
	WAYS
};

extern const char *const way_name[WAYS];

/* A frame as it came out, to be looked at when the clock stands. */
struct pipeline_sample {
	enum way way;
	uint32_t len;
	uint8_t frame[1600];
};

struct pipeline {
	struct gateway *gateway;
	uint32_t payload;    /* bytes */
	unsigned packets;    /* of a round and worker, a multiple of SOTTO_BURST */
	uint16_t *seq[WAYS]; /* next of each call */
	uint8_t *keys;       /* of the peers, side a, towards the engine */
	size_t key_size;
	uint8_t *streams; /* likewise */
	size_t stream_size;
	struct sotto_srtp srtp;
	uint64_t random;
	unsigned turn;                       /* of those that come in turn, the next */
	unsigned count[GATEWAY_WORKERS_MAX]; /* packets that wait for each worker */
	struct pipeline_sample *samples;
	size_t sample_count, sample_room;
};

/* False with a message on stderr. */
bool pipeline_open(
	struct pipeline *pipeline, struct gateway *gateway, uint32_t payload, unsigned packets);
void pipeline_close(struct pipeline *pipeline);

/* Packets of that size from here on, of the streams as they stand. Those kept are forgotten. */
void pipeline_set_payload(struct pipeline *pipeline, uint32_t payload);

/* What a round is drawn from. */
struct pipeline_round {
	enum way way;
	unsigned first, calls; /* of the gateway */
	unsigned workers;      /* the first so many get packets, all about as many */
	bool in_turn; /* call after call, from where the last such left off; or at random */
};

/*
 * Allocates one burst of such packets, whole frames; whose call each belongs to in call[]. False
 * with a message on stderr.
 */
bool pipeline_burst(struct pipeline *pipeline, const struct pipeline_round *round,
	struct rte_mbuf **mbuf, unsigned *call);

/*
 * Puts a round's packets before the workers. Every packet has the next sequence
 * number of its stream.
 */
bool pipeline_fill(struct pipeline *pipeline, const struct pipeline_round *round);

/*
 * Takes what came out, and keeps one packet in PIPELINE_CHECK_EACH. False with a message on stderr
 * when it is not so many packets.
 */
bool pipeline_take(struct pipeline *pipeline, const struct pipeline_round *round, unsigned wanted);

/* The same of all packets of pipeline_fill(). */
bool pipeline_drain(struct pipeline *pipeline, const struct pipeline_round *round);

/*
 * Looks at the packets that were kept: headers and sums, and what libsrtp2 makes of the rest. False
 * with a message on stderr when one is not what it should be.
 */
bool pipeline_judge(struct pipeline *pipeline);

#endif
