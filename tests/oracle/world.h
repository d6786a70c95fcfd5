/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small world of calls that lives for some thousand packets: sessions under random master keys,
 * each with both ends in Sotto and in libsrtp2, and streams with random beginnings. All of it
 * follows from one random number.
 */
#ifndef SOTTO_TESTS_ORACLE_WORLD_H
#define SOTTO_TESTS_ORACLE_WORLD_H

#include "judge.h"
#include "random.h"

#define SESSIONS 4
#define STREAMS 3           /* SSRCs of a session */
#define SLOTS (STREAMS + 1) /* one stays free, so that a forged SSRC is looked at */
#define PACKET_ROOM 1728    /* bytes: the longest packet and any trailer of libsrtp2 */
#define PAYLOAD_MAX 1400    /* bytes */

/* Both implementations' view of one direction of a session. */
struct side {
	struct judge judge;
	struct sotto_srtp_context context;
	struct sotto_key *rtp;
	struct sotto_key *rtcp;
	struct sotto_stream streams[SLOTS];
};

/* What the sender of one SSRC knows: where it stands. */
struct source {
	uint32_t ssrc;
	uint64_t highest; /* SRTP index of the newest packet sent; starts one before the first */
};

struct session {
	const struct sotto_suite *suite;
	struct side tx;
	struct side rx;
	struct source sources[STREAMS];
};

struct world {
	struct random random;
	struct session sessions[SESSIONS];
};

/* One packet, plain or on its way. */
struct packet {
	unsigned session;
	unsigned source;
	enum sotto_srtp_kind kind;
	uint64_t index; /* SRTP: what the sender took it for */
	bool forged;    /* some byte is not as it was sent */
	bool reshaped;  /* and it stands in the header, or the length is another */
	uint32_t len;
	uint8_t bytes[PACKET_ROOM];
};

void world_open(struct world *world, struct sotto_crypto *crypto, uint64_t seed);
void world_close(struct world *world);

/* The next plain packet of a random stream; SRTP's sequence number mostly the next in order. */
void world_make_packet(struct world *world, enum sotto_srtp_kind kind, struct packet *packet);

/* The same of a given stream and index. */
void world_make_rtp(struct world *world, unsigned session, unsigned source, uint64_t index,
	struct packet *packet);

/* The packet was sent: the source goes on from there. */
void world_sent(struct world *world, const struct packet *packet);

/*
 * Moves both ends of a stream that has sent and received into round roc, in both implementations
 * alike. Its next packet must arrive before any other.
 */
void world_set_roc(struct world *world, unsigned session, unsigned source, uint32_t roc);

/* The receiving stream of a packet by what was sent, or NULL when none is bound yet. */
const struct sotto_stream *world_receiver(const struct world *world, const struct packet *packet);

#endif
