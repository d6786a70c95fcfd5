/* SPDX-License-Identifier: BSD-3-Clause */
/* What protect and unprotect share. Private to lib/srtp. */
#ifndef SOTTO_SRTP_INTERNAL_H
#define SOTTO_SRTP_INTERNAL_H

#include "base/bytes.h"
#include "base/secret.h"
#include "srtp/srtp.h"

#define SRTCP_INDEX_LEN 4
#define SRTCP_E 0x80000000u

/* The lowest position in a non-empty set; for (m = live; m != 0; m &= m - 1) walks all. */
static inline unsigned sotto_srtp_first(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set);
}

/* Gives packet i a drop verdict; returns its bit, for the caller to take out of its set. */
static inline uint64_t sotto_srtp_drop(
	struct sotto_srtp_batch *batch, unsigned i, enum sotto_verdict verdict)
{
	batch->verdict[i] = (uint8_t)verdict;
	return 1ull << i;
}

/* Nearly all tags have 10 bytes: a constant length makes two moves of what would be a call. */
static inline void sotto_srtp_tag_copy(uint8_t *to, const uint8_t *from, uint32_t len)
{
	if (sotto_likely(len == SOTTO_SRTP_TAG_MAX))
		memcpy(to, from, SOTTO_SRTP_TAG_MAX);
	else
		memcpy(to, from, len);
}

static inline bool sotto_srtp_tag_equal(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	return sotto_likely(len == SOTTO_SRTP_TAG_MAX) ? sotto_base_equal(a, b, SOTTO_SRTP_TAG_MAX)
						       : sotto_base_equal(a, b, len);
}

static inline struct sotto_replay *sotto_srtp_replay(
	struct sotto_stream *stream, enum sotto_srtp_kind kind)
{
	return kind == SOTTO_SRTP ? &stream->rtp : &stream->rtcp;
}

/* The slot bound to ssrc, else the first free one, else NULL. */
struct sotto_stream *sotto_srtp_stream_find(
	const struct sotto_srtp_context *context, uint32_t ssrc);

/* Binds a free slot to ssrc; from now on the slot is found for it. */
void sotto_srtp_stream_bind(struct sotto_stream *stream, uint32_t ssrc);

/* Brings keys and streams of the burst on their way into the cache. */
void sotto_srtp_prefetch(
	const struct sotto_srtp_batch *batch, uint64_t live, enum sotto_srtp_kind kind);

/*
 * Runs AES-CM over the encrypted part of every live packet, both directions alike (RFC 3711,
 * 4.1.1). Empty payloads and null ciphers are skipped. False when the backend failed: then nothing
 * may leave.
 */
bool sotto_srtp_cipher(
	struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live);

/*
 * Computes the whole tags of all live packets into srtp->auth[0..n), in the order of positions. For
 * SRTP the rollover counter is written behind the first end bytes and hashed with them (RFC 3711,
 * 4.2); for SRTCP the index that stands there is. False when the backend failed.
 */
bool sotto_srtp_tags(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind);

#endif
