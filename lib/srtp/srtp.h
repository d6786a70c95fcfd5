/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SRTP and SRTCP over bursts of byte spans (RFC 3711, 6188, 6904, 7714, 9335): protect and
 * unprotect up to 64 packets of any mix of sessions and suites in one call. No packet is held back:
 * all are done when the call returns. No allocation, no lock, no clock. An instance belongs to one
 * thread, and so does every stream.
 */
#ifndef SOTTO_SRTP_SRTP_H
#define SOTTO_SRTP_SRTP_H

#include "base/verdict.h"
#include "srtp/context.h"

/* Most bytes that protect adds: SRTCP index, tag, the longest MKI. */
#define SOTTO_SRTP_TRAILER_MAX (4 + SOTTO_SRTP_TAG_MAX + SOTTO_SRTP_MKI_MAX)

#define SOTTO_SRTP_PACKET_MAX 65530   /* bytes of a packet, before and after */
#define SOTTO_SRTP_EXTENSION_MAX 2048 /* bytes of an extension with encrypted elements */

/*
 * A burst as structure of arrays; position i is one packet. Lengths in bytes. The caller fills
 * data, len, room and context for the live positions, and now_us; each call changes data and len of
 * those it lets through and writes the verdict of those it drops. Bytes of dropped packets stay as
 * they came when unprotecting, and are undefined when protecting, and after SOTTO_DROP_CRYPTO: then
 * the backend failed when the index was spent already.
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
	/* Microseconds on any steady clock: ends overlaps and floods. 0 = none: they have no end.
	 */
	uint64_t now_us;

	/* out: positions whose packet did this in the last call */
	uint64_t bound;  /* bound a free SSRC slot */
	uint64_t newest; /* has the highest index of its stream so far (unprotect) */
	uint64_t worn;   /* brought its key to 90 % of its lifetime */
	uint64_t
		expired; /* was the first that its key's lifetime, or the end of indices, refused */
	uint64_t flooded;  /* spent the budget of wrong tags: far-off packets now go untried */
	uint64_t previous; /* passed under the previous key */
};

/* What is known of one packet between the stages; private to the library. */
struct sotto_srtp_work {
	struct sotto_stream *stream;
	const struct sotto_key *key;
	uint64_t index; /* SRTP: 48 bits; SRTCP: 31 bits */
	uint32_t ssrc;
	uint32_t word;      /* SRTCP: E bit and index, as on the wire but in host order */
	uint16_t cipher_at; /* offset of the encrypted part */
	uint16_t end;       /* bytes up to the trailer: where the payload ends */
	uint16_t tag_at;    /* offset of the tag */
	uint16_t ext_at;    /* under Cryptex: offset of the header extension; otherwise 0 */
	uint8_t tag_len;
	uint8_t master;    /* number of the master key; 0 without sotto_srtp_more */
	uint8_t restart;   /* unprotect: 1: tried as if the stream began anew with ROC 0 */
	uint8_t repeat;    /* protect: 1: must be identical to what was sent before */
	uint8_t behind[4]; /* unprotect: the bytes at end, where hashing wants the ROC */
	uint8_t tag[SOTTO_SRTP_TAG_MAX]; /* unprotect: the tag as it came */
};

/* Scratch of one thread. About 20 KiB: keep one for each worker, not on a small stack. */
struct sotto_srtp {
	struct sotto_crypto *crypto;
	uint64_t aead;    /* positions under an AEAD */
	uint64_t special; /* positions whose context is special, or whose stream keeps tags */
	struct sotto_srtp_work work[SOTTO_BURST];
	struct sotto_cipher_job cipher[SOTTO_BURST];
	struct sotto_auth_job auth[SOTTO_BURST];
	struct sotto_aead_job aead_job[SOTTO_BURST];
	uint8_t aad[SOTTO_BURST][12];                /* SRTCP under an AEAD: header and index */
	uint8_t extension[SOTTO_SRTP_EXTENSION_MAX]; /* keystream of one header extension */
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
 * sotto_srtp_trailer() bytes of room behind the packet. Owner's thread.
 */
uint64_t sotto_srtp_protect_burst(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind);

#endif
