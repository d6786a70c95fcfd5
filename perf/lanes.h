/* SPDX-License-Identifier: BSD-3-Clause */
/* One Sotto instance with a key, a context and a stream of its own for every stream of a scene. */
#ifndef SOTTO_PERF_LANES_H
#define SOTTO_PERF_LANES_H

#include "pages.h"

#include "keys/keys.h"
#include "srtp/srtp.h"

/* One direction with one SSRC: its streams follow it in memory, the key stands elsewhere. */
struct lane {
	struct sotto_srtp_context context;
	struct sotto_key *key;
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

struct lanes {
	struct sotto_crypto *crypto;
	struct pages memory; /* of all lanes with their streams */
	struct pages keys;
	size_t stride;   /* bytes from one lane to the next */
	size_t key_size; /* bytes from one key to the next */
	unsigned count;
};

static inline struct lane *lanes_at(const struct lanes *lanes, unsigned i)
{
	return (struct lane *)((uint8_t *)lanes->memory.memory + i * lanes->stride);
}

struct lanes_wish {
	const char *backend;
	const char *tier;                   /* NULL = best */
	const struct sotto_master *masters; /* one for each lane */
	unsigned count;
	uint32_t window; /* indices of a replay list */
};

/*
 * Makes an instance with ready keys, and srtp upon it. False when the processor lacks the tier, or
 * memory is short: then there is nothing to close.
 */
bool lanes_open(struct lanes *lanes, const struct lanes_wish *wish, struct sotto_srtp *srtp);
void lanes_close(struct lanes *lanes);

#endif
