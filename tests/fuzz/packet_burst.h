/* SPDX-License-Identifier: BSD-3-Clause */
/* A burst of fuzz_packet: packets go in one by one, then it runs, and all promises are checked. */
#ifndef SOTTO_TESTS_FUZZ_PACKET_BURST_H
#define SOTTO_TESTS_FUZZ_PACKET_BURST_H

#include "packet_store.h"

/* One position. */
struct item {
	struct guarded buffer;
	struct line *line;
	struct record *from; /* genuine packet that is delivered as it is, or NULL */
	bool expected;       /* the next in order: it has to pass */
	uint32_t len;
	uint8_t before[WIRE_MAX];
};

struct burst {
	struct world *world;
	struct store *store;
	enum sotto_srtp_kind kind;
	bool sends;
	unsigned count;
	struct item items[SOTTO_BURST];
	struct sotto_srtp_batch batch;
};

void burst_start(struct burst *burst, struct world *world, struct store *store,
	enum sotto_srtp_kind kind, bool sends);

/*
 * Appends a packet for a line; does nothing when the burst is full or len above WIRE_MAX. spare is
 * the room behind the packet in bytes.
 */
void burst_add(
	struct burst *burst, struct line *line, const uint8_t *bytes, uint32_t len, uint32_t spare);

/* Runs protect or unprotect over the positions that skip leaves, and checks what must hold. */
void burst_run(struct burst *burst, uint64_t skip);

#endif
