/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A leg: one side of one media of a call. What control decided about it (struct sotto_leg) is
 * constant once published and replaced whole; what packets change (struct sotto_leg_state) belongs
 * to the owner worker and outlives replacements.
 */
#ifndef SOTTO_SESSION_LEG_H
#define SOTTO_SESSION_LEG_H

#include "base/verdict.h"
#include "session/neighbor.h"
#include "srtp/srtp.h"

enum sotto_source_check {
	SOTTO_SOURCE_STRICT,  /* address and port of the signalled remote */
	SOTTO_SOURCE_ADDRESS, /* its address, any port */
	SOTTO_SOURCE_ANY,
};

/* Written by the owner worker; read by control with relaxed loads. Times in microseconds. */
struct sotto_leg_state {
	uint64_t received_packets; /* accepted from the peer: authentic and new, or clear */
	uint64_t received_bytes;   /* UDP payload as it came */
	uint64_t sent_packets;     /* towards the peer */
	uint64_t sent_bytes;       /* UDP payload as sent */
	uint64_t last_received_us; /* 0 = nothing yet */
	uint64_t auth_event_us;    /* when the last event of that kind was told */
	uint64_t plain_event_us;
	uint32_t auth_untold; /* failures since that event */
	uint32_t plain_untold;
	uint32_t stream_count; /* slots in each direction; constant */
	uint32_t reserved;
	struct sotto_stream *receive; /* constant pointers; the streams are the owner's */
	struct sotto_stream *send;
	uint64_t drops[SOTTO_VERDICTS]; /* packets received on this leg, or lost on the way to it */
};

/* Constant while published. Control fills it before; workers only read. */
struct sotto_leg {
	/* line 0: for each packet that arrives on this leg */
	struct sotto_srtp_context receive;
	struct sotto_leg_state *state;
	const struct sotto_leg *peer; /* the other side of the media */
	uint16_t rtp_port;            /* local, host order */
	uint16_t rtcp_port;           /* rtp_port when rtcp_mux */
	uint8_t owner;                /* number of the worker */
	uint8_t secure;               /* 0: RTP/AVP; 1: nothing plain passes in or out */
	uint8_t source_check;         /* enum sotto_source_check, clear legs */
	uint8_t side;                 /* 0 = a, 1 = b */
	uint32_t session;             /* slot and generation name the session in events */
	uint32_t generation;

	/* line 1: for each packet that leaves on this leg */
	struct sotto_srtp_context send;
	const struct sotto_neighbor *next_hop; /* NULL: no remote yet */
	uint16_t device;
	uint16_t max_payload; /* bytes of UDP payload that fit the MTU */
	uint16_t remote_rtcp_port;
	uint8_t header_len;
	uint8_t media;     /* index in the session */
	uint8_t dscp_keep; /* 1: as the packet came */
	uint8_t dscp;      /* otherwise */

	struct sotto_endpoint remote; /* RTP; family 0 = not known yet */

	/* Ethernet to UDP towards the remote's RTP port; destination MAC, lengths and sums open. */
	uint8_t header[SOTTO_NET_HEADER_MAX] SOTTO_ALIGNED(16);
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

#endif
