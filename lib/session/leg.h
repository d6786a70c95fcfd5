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

/* What a leg does to packets. */
enum sotto_security {
	SOTTO_CLEAR,     /* RTP/AVP */
	SOTTO_REQUIRED,  /* SRTP; nothing plain passes in or out */
	SOTTO_PREFERRED, /* SRTP when there are keys (RFC 8643); locked by the first authentic
			    packet */
	SOTTO_VERIFY,    /* authenticated, then sent on as it came; both legs of a media */
	SOTTO_OPAQUE,    /* untouched, whatever it is; both legs of a media */
};

#define SOTTO_LATCH_PACKETS 5 /* of one source decide where a leg's peer is */

/* The verdicts that a leg can have a hand in: from this one to the end of the list. */
#define SOTTO_LEG_DROPS SOTTO_DROP_NOT_MEDIA

/*
 * Written by the owner worker; read by control with relaxed loads. Times in microseconds. The first
 * line is all that a packet which passes needs.
 */
struct sotto_leg_state {
	uint64_t received_packets; /* accepted from the peer: authentic and new, or clear */
	uint64_t received_bytes;   /* UDP payload as it came */
	uint64_t sent_packets;     /* towards the peer */
	uint64_t sent_bytes;       /* UDP payload as sent */
	uint64_t last_received_us; /* 0 = nothing yet */
	uint64_t failing;          /* SSRC slots with refused packets since the last accepted one */
	uint8_t locked;            /* preferred: the first authentic packet has come */
	uint8_t held;              /* packets that wait for the key */
	uint8_t learned;           /* = leg->learn: the peer's place is known, no more learning */
	uint8_t candidate_packets; /* that came from the candidate while learning */
	uint8_t candidate_rank;
	uint32_t auth_untold; /* failures since the last event of that kind */
	uint32_t plain_untold;

	uint64_t candidate_us;  /* when the candidate sent last */
	uint64_t held_until_us; /* behind it nothing waits for the key, whatever held says */
	uint64_t auth_event_us; /* when the last event of that kind was told */
	uint64_t plain_event_us;
	uint64_t sync_event_us;
	uint64_t latch_event_us;
	struct sotto_endpoint candidate;
	/* received on this leg, or lost on the way to it; sotto_leg_drops() has which is which */
	uint64_t drops[SOTTO_VERDICTS - SOTTO_LEG_DROPS];
};

/* Where drops with that verdict, SOTTO_LEG_DROPS or above, are counted. */
static inline uint64_t *sotto_leg_drops(struct sotto_leg_state *state, unsigned verdict)
{
	return &state->drops[verdict - SOTTO_LEG_DROPS];
}

/* Drops with that verdict, whichever it is; 0 for those that no leg can have. */
static inline uint64_t sotto_leg_dropped(const struct sotto_leg_state *state, unsigned verdict)
{
	return verdict < SOTTO_LEG_DROPS ? 0
					 : __atomic_load_n(&state->drops[verdict - SOTTO_LEG_DROPS],
						   __ATOMIC_RELAXED);
}

struct sotto_install;

/* Constant while published. Control fills it before; workers only read. */
struct sotto_leg {
	/* line 0: for each packet that arrives on this leg */
	struct sotto_srtp_context receive;
	struct sotto_leg_state *state;
	const struct sotto_leg *peer; /* the other side of the media */
	uint16_t rtp_port;            /* local, host order */
	uint16_t rtcp_port;           /* rtp_port when rtcp_mux */
	uint8_t owner;                /* number of the worker */
	uint8_t security;             /* enum sotto_security */
	uint8_t side : 1;             /* 0 = a, 1 = b */
	uint8_t latch : 1;            /* the remote follows the peer */
	uint8_t source_check : 2;     /* enum sotto_source_check, clear and opaque legs */
	uint8_t learn;                /* changes when a clear leg may learn its peer's place anew */
	uint32_t session;             /* slot and generation name the session in events */
	uint32_t generation;

	/* line 1: for each packet that leaves on this leg */
	struct sotto_srtp_context send;
	struct sotto_neighbor *next_hop; /* with a reference, control's; NULL: no remote yet */
	uint16_t device;
	uint16_t max_payload; /* bytes of UDP payload that fit the MTU */
	uint16_t remote_rtcp_port;
	uint8_t header_len;
	uint8_t media;      /* index in the session */
	uint8_t dscp_keep;  /* 1: as the packet came */
	uint8_t dscp;       /* otherwise */
	uint8_t trailer[2]; /* bytes that protect adds at most, [enum sotto_srtp_kind] */
	uint32_t early_us;  /* how long packets may wait for a receive key; 0 = not at all */
	struct sotto_net_sums sums; /* of header */

	/*
	 * line 2, likewise: Ethernet to UDP towards the remote's RTP port; destination MAC, lengths
	 * and sums open. Over IPv6 with a VLAN it is a little longer than a line.
	 */
	uint8_t header[SOTTO_NET_HEADER_MAX] SOTTO_ALIGNED(SOTTO_CACHE_LINE);

	/* line 3: for each packet that arrives on a clear leg. RTP; family 0 = not known yet */
	struct sotto_endpoint remote;
	/* control's references, of receive and send, to what is behind the contexts; NULL: no key
	 */
	struct sotto_install *install[2];
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

/* Fetches what a packet that arrives on the leg needs of it. */
static inline void sotto_leg_prefetch(const struct sotto_leg *leg)
{
	sotto_base_prefetch(leg);
}

/* Fetches what is needed next; what sotto_leg_prefetch() asked for should be there. */
static inline void sotto_leg_prefetch_more(const struct sotto_leg *leg)
{
	const uint8_t *peer = (const uint8_t *)leg->peer;

	sotto_base_prefetch_write(leg->state);
	if (leg->security == SOTTO_CLEAR)
		sotto_base_prefetch(&leg->remote);
	for (unsigned line = 0; line < 3; line++)
		sotto_base_prefetch(peer + line * SOTTO_CACHE_LINE);
}

/* Whether the leg's payload is SRTP on the wire that this engine makes or opens. */
static inline bool sotto_leg_is_secure(const struct sotto_leg *leg)
{
	return leg->security == SOTTO_REQUIRED || leg->security == SOTTO_VERIFY;
}

#endif
