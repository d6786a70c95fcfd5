/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small world of calls that lives for some thousand packets: sessions with both ends in Sotto and
 * in libsrtp2, streams with random beginnings, keys that change. All of it follows from one random
 * number.
 */
#ifndef SOTTO_TESTS_ORACLE_WORLD_H
#define SOTTO_TESTS_ORACLE_WORLD_H

#include "end.h"
#include "packet.h"

#define SESSIONS 4
#define STREAMS 3 /* SSRCs of a session */

/* What the sender of one SSRC knows: where it stands. */
struct source {
	uint32_t ssrc;
	uint64_t highest; /* SRTP index of the newest packet sent; starts one before the first */
};

struct session {
	struct plan plan;
	struct end *tx;
	struct end *rx;
	struct end *rx_before; /* under the keying before; NULL when there is none any more */
	struct source sources[STREAMS];
	unsigned send_master;
	unsigned rekeyed;           /* keyings that came after the first, at either end */
	struct sotto_keying keying; /* the newest */
};

struct world {
	struct sotto_crypto *crypto;
	const struct settings *settings;
	struct random random;
	bool one_by_one; /* every packet is received as a burst of its own */
	struct session sessions[SESSIONS];
};

/* What a step of a re-key did. */
enum rekey_step {
	STEP_NONE,
	STEP_FIRST, /* one end has the new keys, the other has not */
	STEP_LAST,  /* both have them */
};

void world_open(struct world *world, struct sotto_crypto *crypto, const struct settings *settings,
	uint64_t seed);
void world_close(struct world *world);

/* Whether any session can send SRTCP that libsrtp2 can receive. */
bool world_has_rtcp(const struct world *world);

/* The next plain packet of a random stream; SRTP's sequence number mostly the next in order. */
void world_make_packet(struct world *world, enum sotto_srtp_kind kind, struct packet *packet);

/* The same of a given stream and index. */
void world_make_rtp(struct world *world, unsigned session, unsigned source, uint64_t index,
	struct packet *packet);
void world_make_rtcp(struct world *world, unsigned session, unsigned source, struct packet *packet);

/* The packet was sent: the source goes on from there. */
void world_sent(struct world *world, const struct packet *packet);

/* Gives one end of a session new keys, or the other end the same; what it was. */
enum rekey_step world_rekey(struct world *world, struct session *session);

/* The receiver forgets the keys before. */
void world_end_overlap(struct session *session);

/*
 * Moves both ends of a stream that has sent and received into round roc, in both implementations
 * alike. Its next packet must arrive before any other.
 */
void world_set_roc(struct world *world, unsigned session, unsigned source, uint32_t roc);

/* The receiving end that has the keys of a packet, or NULL. */
struct end *world_end_of(const struct world *world, const struct packet *packet);

/* The receiving stream of a packet by what was sent, or NULL when none is bound yet. */
struct sotto_stream *world_receiver(const struct world *world, const struct packet *packet);

#endif
