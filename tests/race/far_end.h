/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The far end of a secure leg that is re-keyed again and again: a peer that knows the key in use
 * and the one before it, goes on sending under the old one for a while, and opens packets of both.
 * Belongs to the thread that is the wire.
 */
#ifndef SOTTO_TESTS_RACE_FAR_END_H
#define SOTTO_TESTS_RACE_FAR_END_H

#include "call.h"

#define FAR_END_KEYS 3 /* what is in use, what was before it, and what is being made */

struct far_end {
	struct sotto_key *send[FAR_END_KEYS][2];           /* [generation % size][SRTP, SRTCP] */
	struct sotto_key *receive[FAR_END_KEYS][2];        /* likewise */
	struct sotto_srtp_streams *sent;                   /* goes on over every re-key */
	struct sotto_srtp_streams *received[FAR_END_KEYS]; /* a list for each key */
	unsigned generation;                               /* of the newest keys; 0 = none yet */
	unsigned sending;                                  /* of the key that it sends under */
};

/* Takes the keys that the peer of a call was given last; it does not send under them yet. */
void far_end_learn(struct far_end *end, struct rig *rig, const struct peer *peer);

/* From now on it sends under the newest key. */
void far_end_switch(struct far_end *end);

/* Protects a packet in place under the key it sends with. */
void far_end_protect(struct far_end *end, struct rig *rig, struct packet *packet);

/* Opens a packet in place, of the newest key or the one before. False: neither takes it. */
bool far_end_open(struct far_end *end, struct rig *rig, struct packet *packet);

void far_end_close(struct far_end *end);

#endif
