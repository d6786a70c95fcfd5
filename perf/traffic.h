/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The packets that a benchmark round works on: fresh ones for every round, the same for every
 * contender. They stand as in a packet pool of DPDK, RTP header at no alignment; no DPDK needed.
 */
#ifndef SOTTO_PERF_TRAFFIC_H
#define SOTTO_PERF_TRAFFIC_H

#include "pages.h"

#include "keys/keys.h"
#include "srtp/srtp.h"

#define RTP_HEADER_LEN 12

enum direction {
	PROTECT,
	UNPROTECT,
};

/* One row of the benchmark. */
struct scene {
	const struct sotto_suite *suite;
	enum direction direction;
	uint32_t window;  /* indices of a replay list */
	uint32_t payload; /* bytes */
	unsigned streams; /* each with its own master key */
	unsigned packets; /* in a round, and buffers of the pool; a multiple of SOTTO_BURST */
	unsigned ahead;   /* packets of a round before these, in the same buffers; such a multiple
			   */
};

/* A scene's packets of the current round. The random numbers depend on the scene alone. */
struct traffic {
	struct scene scene;
	struct sotto_master *masters; /* of every stream */
	unsigned *order;              /* stream of every packet, in this round */
	uint64_t *index;              /* SRTP index of every packet, in this round */
	uint64_t *next;               /* SRTP index of every stream's next packet */
	unsigned first, end;          /* of the round's packets, those that the pool holds now */
	struct pages pool;            /* buffers that the contenders work in */
	uint8_t **data;               /* first byte of the RTP header of every packet, in pool */
	uint32_t *len;                /* of every packet, as the contender left it */
	uint8_t *fresh;               /* what the packets are before the contender comes */
	uint8_t *done;                /* what they must be afterwards */
	uint32_t plain_len;           /* of every plain packet */
	uint32_t tag_len;             /* what protecting adds */
	struct sender *sender;        /* protects, for fresh or done */
	uint64_t random;              /* where the order of the next round begins */
};

/* False when memory or keys cannot be had. */
bool traffic_open(struct traffic *traffic, const struct scene *scene);
void traffic_close(struct traffic *traffic);

/*
 * Makes the next round: another order of streams, random over all of them as packets of many calls
 * come, and indices that the streams never had.
 */
void traffic_next_round(struct traffic *traffic);

/* All packets of a round: those ahead, then the others. */
static inline unsigned traffic_count(const struct scene *scene)
{
	return scene->ahead + scene->packets;
}

/* Puts packets of the round into the pool for the next contender: at most scene.packets of them. */
void traffic_restore_part(struct traffic *traffic, unsigned first, unsigned end);

/* The same for those that are not ahead. */
void traffic_restore(struct traffic *traffic);

/* Packet i as it comes to the contender. */
const uint8_t *traffic_fresh(const struct traffic *traffic, unsigned i);

/* Whether all packets in the pool up to end are what they must be after the work. */
bool traffic_is_done(const struct traffic *traffic, unsigned end);

/* The SSRC of a stream. */
static inline uint32_t traffic_ssrc(unsigned stream)
{
	return 0x50000000u + stream;
}

#endif
