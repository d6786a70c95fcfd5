/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets of fuzz_packet: what was protected and so is genuine, and buffers between guards, in
 * which packets are handed to the library.
 */
#ifndef SOTTO_TESTS_FUZZ_PACKET_STORE_H
#define SOTTO_TESTS_FUZZ_PACKET_STORE_H

#include "packet_world.h"

#define PACKET_MAX 1700 /* bytes of a plain packet */
#define WIRE_MAX (PACKET_MAX + SOTTO_SRTP_TRAILER_MAX)
#define RECORDS 192 /* the oldest is forgotten */

/* One packet as it went in and came out of protect. */
struct record {
	bool used;
	bool held;     /* a burst under way delivers it */
	bool known;    /* plain is what the receiver must get */
	bool accepted; /* by the receiver, once */
	uint8_t line;
	uint8_t kind; /* enum sotto_srtp_kind */
	unsigned generation;
	uint32_t ssrc;
	uint32_t serial;
	uint32_t index; /* SRTCP */
	uint32_t plain_len, wire_len;
	uint8_t plain[PACKET_MAX];
	uint8_t wire[WIRE_MAX];
};

struct store {
	struct record records[RECORDS];
	unsigned next;
};

void store_clear(struct store *store);

/* A free record, if need be the oldest that no burst holds, of which one has 64 at most. */
struct record *store_add(struct store *store);

/* The n-th newest record, or NULL. */
struct record *store_newest(struct store *store, unsigned n);

/* The genuine packet with those bytes, or NULL. */
struct record *store_find(
	struct store *store, const uint8_t *wire, uint32_t len, unsigned line, unsigned kind);

/* A packet in a block of its own, room bytes from data on, guards on both sides. */
struct guarded {
	uint8_t *block;
	uint8_t *data;
	uint32_t room;
};

/* skew is the alignment of data, 0 to 63. */
void guarded_place(
	struct guarded *guarded, const uint8_t *bytes, uint32_t len, uint32_t room, unsigned skew);

/* Sees that the guards are as they were; frees the block. */
void guarded_release(struct guarded *guarded);

/* The SSRC, sequence number of a packet that is long enough; 0 otherwise. */
uint32_t packet_ssrc(const uint8_t *data, uint32_t len, enum sotto_srtp_kind kind);
uint16_t packet_seq(const uint8_t *data, uint32_t len);

/*
 * Whether two SRTP packets were encrypted with one keystream: then an index was used twice. Looks
 * at the first 8 bytes of payload; false when there are fewer.
 */
bool same_keystream(const struct record *a, const struct record *b);

#endif
