/* SPDX-License-Identifier: BSD-3-Clause */
/* One Sotto instance with a key, a context and a stream of its own for every stream of a scene. */
#ifndef SOTTO_PERF_LANES_H
#define SOTTO_PERF_LANES_H

#include "keys/keys.h"
#include "srtp/srtp.h"

/* What one stream needs, next to each other; the key stands elsewhere, as in the engine. */
struct lane {
	struct sotto_stream stream;
	struct sotto_srtp_context context;
	struct sotto_key *key;
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

struct lanes {
	struct sotto_crypto *crypto;
	struct lane *lanes;
	unsigned count;
};

/*
 * Makes an instance of that backend and tier (NULL = best) with ready keys under the given masters,
 * and srtp upon it (may be NULL). False when the processor lacks the tier, or memory is short: then
 * there is nothing to close.
 */
bool lanes_open(struct lanes *lanes, const char *backend, const char *tier,
	const struct sotto_master *masters, unsigned count, struct sotto_srtp *srtp);
void lanes_close(struct lanes *lanes);

#endif
