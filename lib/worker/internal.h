/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stages of a burst, in their order. Each takes the positions that are alive, gives a verdict
 * to those that end here, and returns the others. Private to lib/worker.
 */
#ifndef SOTTO_WORKER_INTERNAL_H
#define SOTTO_WORKER_INTERNAL_H

#include "worker/worker.h"

/* Walks the positions in a set: for (m = live; m != 0; m &= m - 1) { i = first(m); ... } */
static inline unsigned sotto_worker_first(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set);
}

/* Ends packet i with a verdict; returns its bit. */
static inline uint64_t sotto_worker_end(
	struct sotto_burst *burst, unsigned i, enum sotto_verdict verdict)
{
	burst->srtp.verdict[i] = (uint8_t)verdict;
	return 1ull << i;
}

/* parse.c: frame headers; exceptions (ARP, ND, ICMP) go up to control. */
uint64_t sotto_worker_parse(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live);

/* owner.c: local address and port to leg; packets of other owners are handed over. */
uint64_t sotto_worker_lookup(struct sotto_burst *burst, uint64_t live);
uint64_t sotto_worker_owner(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live);

/* receive.c: sort, authenticate, commit, decrypt; or the checks of a clear leg. */
uint64_t sotto_worker_sort(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live);
uint64_t sotto_worker_receive(
	struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live);

/* early.c: packets that came before their key wait for it. */
bool sotto_worker_waits(
	const struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i);
uint64_t sotto_worker_hold(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live);
/* Fills the burst with those whose key has come, and buries those whose time is over. */
void sotto_worker_unhold(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t now_us);

/* learn.c: from whom a leg takes packets that no tag vouches for, and where it sends. */
bool sotto_worker_source_is_right(
	struct sotto_worker *worker, struct sotto_burst *burst, unsigned i);
/* These packets are authentic and the newest of their streams: the peer is where they came from. */
void sotto_worker_latch(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t newest);

/* send.c: next hop, size, protect on the other leg. */
uint64_t sotto_worker_send(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live);

/* rewrite.c: headers of the other leg before the payload. */
uint64_t sotto_worker_rewrite(struct sotto_burst *burst, uint64_t live);

/* tell.c: counters of a leg, and what control hears of it. */
void sotto_worker_count_received(struct sotto_worker *worker, struct sotto_burst *burst,
	uint64_t arrived, uint64_t passed, const uint32_t *wire_len);
void sotto_worker_tell_bound(
	struct sotto_worker *worker, struct sotto_burst *burst, uint64_t bound);
/* What the SRTP library noticed in its last call about keys and floods. */
void sotto_worker_tell_keys(struct sotto_worker *worker, struct sotto_burst *burst, bool send);
/* A leg's first authentic packet: nothing plain any more. */
void sotto_worker_tell_locked(
	struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i);
/* False when control does not hear of it. */
bool sotto_worker_tell_latch(
	struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i);

#endif
