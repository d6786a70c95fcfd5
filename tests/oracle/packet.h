/* SPDX-License-Identifier: BSD-3-Clause */
/* One packet of the oracle, plain or on its way, and how random ones are made. */
#ifndef SOTTO_TESTS_ORACLE_PACKET_H
#define SOTTO_TESTS_ORACLE_PACKET_H

#include "plan.h"

#include "srtp/srtp.h"

#include <string.h>

#define PACKET_ROOM 1760 /* bytes: the longest packet and any trailer of libsrtp2 */
#define PAYLOAD_MAX 1400 /* bytes */

struct packet {
	unsigned session;
	unsigned source;
	enum sotto_srtp_kind kind;
	unsigned epoch;  /* of the keying that it was protected under */
	uint64_t index;  /* SRTP: what the sender took it for */
	bool loose;      /* it has no tag: what was forged may be accepted */
	bool forged;     /* some byte is not as it was sent */
	bool reshaped;   /* and it stands in header or trailer, or the length is another */
	uint32_t tag_at; /* on its way: where the tag is, tag_len bytes */
	uint32_t tag_len;
	uint32_t aside_at; /* and where SRTCP index and MKI are, aside_len bytes */
	uint32_t aside_len;
	uint32_t len;
	uint8_t bytes[PACKET_ROOM];
};

static inline void packet_copy(struct packet *to, const struct packet *from)
{
	memcpy(to, from, offsetof(struct packet, bytes) + from->len);
}

/*
 * Fills len and bytes with a random RTP packet; its extension is one that the plan can encrypt.
 * RTCP below: of any length, mostly a multiple of 4.
 */
void packet_make_rtp(struct packet *packet, struct random *random, const struct plan *plan,
	uint32_t ssrc, bool small);
void packet_make_rtcp(struct packet *packet, struct random *random, uint32_t ssrc, bool small);

/* Notes where the parts of the trailer of a protected packet are. */
void packet_locate(struct packet *packet, const struct plan *plan, uint32_t mki_len);

#endif
