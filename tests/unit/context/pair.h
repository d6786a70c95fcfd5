/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread's crypto and scratch, packets that go from one context to another, and memory watched.
 */
#ifndef SOTTO_TESTS_CONTEXT_PAIR_H
#define SOTTO_TESTS_CONTEXT_PAIR_H

#include "context/open.h"
#include "srtp/srtp.h"
#include "unit.h"

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"

struct pair {
	struct sotto_crypto *crypto;
	struct sotto_srtp srtp;
	struct sotto_srtp_batch batch;
};

/* Every test runs for each backend; way is its number. Ends the program when something is amiss. */
struct pair *pair_open(int way);
void pair_close(struct pair *pair);
int pair_ways(void);

/* A keying with one master key of that suite; other n, other key. */
struct sotto_keying keying_make(const char *suite, unsigned n);
/* Makes it two master keys with MKIs of one byte, 1 and 2. */
void keying_add_second(struct sotto_keying *keying);

/* Opens a context, which must work. */
struct sotto_srtp_context *open_ok(struct pair *pair, const struct sotto_keying *keying,
	const struct sotto_context_options *options);

/* Protects a packet with tx; its length or, with the verdict in *verdict, 0. */
uint32_t protect(struct pair *pair, const struct sotto_srtp_context *tx, uint16_t seq,
	uint8_t packet[256], enum sotto_srtp_kind kind, uint8_t *verdict);
/* What becomes of a packet: SOTTO_OK when it is again what was protected. */
uint8_t unprotect(struct pair *pair, const struct sotto_srtp_context *rx, uint8_t *packet,
	uint32_t len, enum sotto_srtp_kind kind);
/* Both: what becomes of a packet that goes from tx to rx. */
uint8_t carry(struct pair *pair, const struct sotto_srtp_context *tx,
	const struct sotto_srtp_context *rx, uint16_t seq, enum sotto_srtp_kind kind);

extern int allocations_left;     /* of aligned_alloc; below 0: any number */
extern unsigned unwiped_frees;   /* blocks of aligned_alloc that were freed with bytes in them */
extern unsigned blocks_in_being; /* those that were not freed */

#endif
