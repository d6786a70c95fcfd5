/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SRTP and SRTCP over bursts of byte spans (RFC 3711): protect and unprotect up to 64 packets of
 * any mix of sessions in one call. No packet is held back: all are done when the call returns. No
 * allocation, no lock, no clock. An instance belongs to one thread, and so does every stream.
 */
#ifndef SOTTO_SRTP_SRTP_H
#define SOTTO_SRTP_SRTP_H

#include "base/verdict.h"
#include "crypto/key.h"
#include "replay/replay.h"

#include <stdbool.h>
#include <stdint.h>

#define SOTTO_SRTP_TAG_MAX 10     /* bytes of the longest tag on the wire */
#define SOTTO_SRTP_TRAILER_MAX 14 /* most bytes that protect adds: SRTCP index and tag */

/*
 * One SSRC in one direction: what must never go back. Written by the owner's thread alone; others
 * may read next, packets and ssrc with relaxed atomic loads, to show them.
 */
struct sotto_stream {
	struct sotto_replay rtp;  /* receive: replay list; send: indices used (48 bits) */
	struct sotto_replay rtcp; /* receive: replay list; send: next is the next index (31 bits) */
	uint64_t packets;         /* SRTP and SRTCP packets accepted or protected */
	uint32_t ssrc;            /* host order; valid when bound */
	uint8_t bound;            /* 0 = free slot */
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

/*
 * The cryptographic context of one direction of one RTP session (RFC 3711, 3.2): its ready keys and
 * the slots for its SSRCs. Constant while published; only the streams behind it change.
 */
struct sotto_srtp_context {
	const struct sotto_key *rtp;  /* NULL: no key, nothing passes */
	const struct sotto_key *rtcp; /* NULL exactly when rtp is */
	struct sotto_stream *streams;
	uint32_t stream_count;
};

/*
 * A burst as structure of arrays; position i is one packet. Lengths in bytes. The caller fills
 * data, len, room and context for the live positions; each call changes data and len of those it
 * lets through and writes the verdict of those it drops. Bytes of dropped packets stay as they came
 * when unprotecting, and are undefined when protecting, and after SOTTO_DROP_CRYPTO: then the
 * backend failed when the index was spent already.
 *
 * All packets of a burst are estimated from where their stream stood before it: a stream that moves
 * by more than 2^15 within one burst is misjudged, as if the packets between had been lost.
 */
struct sotto_srtp_batch {
	uint8_t *data[SOTTO_BURST]; /* first byte of the RTP or RTCP header */
	uint32_t len[SOTTO_BURST];  /* the packet */
	uint32_t room[SOTTO_BURST]; /* bytes that may be written from data on, at least len */
	const struct sotto_srtp_context *context[SOTTO_BURST];
	uint8_t verdict[SOTTO_BURST]; /* enum sotto_verdict */
	uint64_t bound; /* out: positions whose packet bound a free SSRC slot in this call */
};

/* What is known of one packet between the stages; private to the library. */
struct sotto_srtp_work {
	struct sotto_stream *stream;
	const struct sotto_key *key;
	uint64_t index; /* SRTP: 48 bits; SRTCP: 31 bits */
	uint32_t ssrc;
	uint32_t cipher_at; /* offset of the encrypted part */
	uint32_t end;       /* bytes up to the trailer (SRTP: tag; SRTCP: index and tag) */
	uint8_t tag[SOTTO_SRTP_TAG_MAX]; /* the tag as it came */
};

/* Scratch of one thread. About 10 KiB: keep one for each worker, not on a small stack. */
struct sotto_srtp {
	struct sotto_crypto *crypto;
	struct sotto_srtp_work work[SOTTO_BURST];
	struct sotto_cipher_job cipher[SOTTO_BURST];
	struct sotto_auth_job auth[SOTTO_BURST];
};

enum sotto_srtp_kind {
	SOTTO_SRTP,
	SOTTO_SRTCP,
};

/* Prepares an instance for the thread that owns crypto. */
void sotto_srtp_init(struct sotto_srtp *srtp, struct sotto_crypto *crypto);

/*
 * Authenticates and decrypts the packets at the positions set in live, all of them SRTP or all
 * SRTCP (RFC 3711, 3.3 and 3.4). Returns the positions that passed: their len is cut to the plain
 * packet. Only a packet with a right tag and a new index changes any stream; a free SSRC slot is
 * bound by such a packet only. Needs no room behind the packet. Owner's thread.
 */
uint64_t sotto_srtp_unprotect_burst(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind);

/*
 * Encrypts and authenticates; as above. SRTP packets get the index that their sequence number
 * stands for, never one that was used before; SRTCP packets get the next index. Needs
 * SOTTO_SRTP_TRAILER_MAX bytes of room behind the packet. Owner's thread.
 */
uint64_t sotto_srtp_protect_burst(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind);

#endif
