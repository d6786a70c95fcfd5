/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of unprotect that are apart from its course. Private to lib/srtp. */
#ifndef SOTTO_SRTP_UNPROTECT_H
#define SOTTO_SRTP_UNPROTECT_H

#include "srtp/internal.h"

/*
 * Finds the parts of a packet: header, payload, trailer, and the master key by its MKI. Fills all
 * of work that does not depend on the stream; for SRTCP also its index. Reads only.
 */
enum sotto_verdict sotto_srtp_locate(const struct sotto_srtp_context *context, const uint8_t *data,
	uint32_t len, enum sotto_srtp_kind kind, struct sotto_srtp_work *work, uint16_t *seq);

/* Header extension of a decrypted packet: back to plain. False when the backend failed. */
bool sotto_srtp_show_extension(
	struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, unsigned i);

/*
 * The budget of wrong tags is spent: whether this packet is near enough to be tried. Ends the flood
 * when its second is over.
 */
enum sotto_verdict sotto_srtp_flood_check(const struct sotto_srtp_batch *batch,
	struct sotto_srtp_streams *streams, const struct sotto_srtp_work *work,
	enum sotto_srtp_kind kind);

/* Counts the wrong tag of packet i. */
void sotto_srtp_flood_count(struct sotto_srtp_batch *batch, unsigned i);

/*
 * Estimate, check, authenticate, commit, decrypt; returns what passed. restart: as if the streams
 * began with rollover counter 0. *fresh gets the positions whose stream had no index before.
 */
uint64_t sotto_srtp_unprotect_pass(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind, bool restart, uint64_t *fresh);

/* retry.c: other explanations for what failed; returns what passed under one of them. */
uint64_t sotto_srtp_retry(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t failed,
	enum sotto_srtp_kind kind, uint64_t fresh);

#endif
