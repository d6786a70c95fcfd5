/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The verdict list: what became of a packet. Every packet that enters ends with exactly one of
 * these, and each has its own counter, so packets in = packets out + punted + the sum of the drops.
 * The names (sotto_base_verdict_name) are part of the control protocol and never change meaning.
 */
#ifndef SOTTO_BASE_VERDICT_H
#define SOTTO_BASE_VERDICT_H

#include <stdint.h>

enum sotto_verdict {
	SOTTO_OK = 0, /* alive: goes on to the next stage, in the end to the wire */
	SOTTO_PUNTED, /* taken over by the control thread (ARP, ND, ICMP) */

	/* the frame, before any table is asked (lib/net) */
	SOTTO_DROP_SEGMENTED,    /* does not lie in one buffer */
	SOTTO_DROP_ETHERNET,     /* short frame or an EtherType we do not carry */
	SOTTO_DROP_NOT_FOR_US,   /* other destination MAC, VLAN or IP address */
	SOTTO_DROP_IP_HEADER,    /* version, length or extension header chain is wrong */
	SOTTO_DROP_IP_CHECKSUM,  /* IPv4 header checksum */
	SOTTO_DROP_FRAGMENT,     /* IPv4 or IPv6 fragment, first or later */
	SOTTO_DROP_PROTOCOL,     /* neither UDP nor ICMP echo */
	SOTTO_DROP_UDP_LENGTH,   /* UDP length contradicts the IP length */
	SOTTO_DROP_UDP_CHECKSUM, /* wrong, or zero over IPv6 (RFC 8200, 8.1) */
	SOTTO_DROP_SOURCE, /* our own, multicast, broadcast, unspecified, loopback or port 0 */

	/* the datagram, before authentication */
	SOTTO_DROP_NO_PORT,     /* nobody listens on that local port */
	SOTTO_DROP_NOT_MEDIA,   /* first byte is neither RTP nor RTCP (RFC 7983) */
	SOTTO_DROP_COMPONENT,   /* RTCP on the RTP port of a leg without rtcp-mux, or the reverse */
	SOTTO_DROP_RTP_HEADER,  /* version, CSRC count or extension does not fit (RFC 3550, 5.1) */
	SOTTO_DROP_RTCP_HEADER, /* the same for RTCP (RFC 3550, 6.4) */
	SOTTO_DROP_SHORT,       /* no room for the tag, the MKI or the SRTCP index */
	SOTTO_DROP_NO_KEY,      /* a secure leg has no receive key (yet) */
	SOTTO_DROP_EARLY,       /* was held for a key that did not come in time */
	SOTTO_DROP_MKI,         /* no master key of the leg has that MKI (RFC 3711, 3.1) */
	SOTTO_DROP_KEY_EXPIRED, /* the master key's lifetime is over (RFC 3711, 9.2) */
	SOTTO_DROP_FLOOD,       /* not even tried: too many wrong tags, and this is far off */
	SOTTO_DROP_SSRC_LIMIT,  /* every SSRC slot of the leg is bound to another SSRC */
	SOTTO_DROP_WRONG_SOURCE, /* clear leg: sender is not the signalled remote */
	SOTTO_DROP_REPLAY,       /* index was seen before (RFC 3711, 3.3.2) */
	SOTTO_DROP_OLD,          /* index lies behind the replay window */
	SOTTO_DROP_RTCP_CLEAR,   /* SRTCP whose E bit contradicts what was agreed */
	SOTTO_DROP_EXTENSION,    /* header extension that Cryptex or RFC 6904 cannot carry */

	/* authentication */
	SOTTO_DROP_AUTH,  /* the tag is wrong */
	SOTTO_DROP_PLAIN, /* the tag is wrong and the payload cannot be ciphertext: plain media */

	/* sending */
	SOTTO_DROP_SEND_NO_KEY, /* the other leg is secure and has no send key: silent, not plain */
	SOTTO_DROP_SEND_REUSE, /* index was used before under this key, or lies behind the window */
	SOTTO_DROP_SEND_EXPIRED,    /* the send key's lifetime is over */
	SOTTO_DROP_SEND_EXHAUSTED,  /* the 48-bit (SRTCP: 31-bit) index came to its end */
	SOTTO_DROP_SEND_SSRC_LIMIT, /* every SSRC slot of the sending leg is bound */
	SOTTO_DROP_SEND_SIZE,       /* the result would not fit the buffer or the MTU */
	SOTTO_DROP_NO_REMOTE,       /* the other leg's remote address is not known yet */
	SOTTO_DROP_NO_NEIGHBOR,     /* the next hop's MAC address is not resolved (yet) */

	/* queues inside and around the engine */
	SOTTO_DROP_HANDOVER_FULL, /* the owner's ring was full */
	SOTTO_DROP_PUNT_FULL,     /* the control thread's ring was full */
	SOTTO_DROP_TX_FULL,       /* the device did not take it */
	SOTTO_DROP_CRYPTO,        /* the crypto backend reported an error */

	SOTTO_VERDICTS
};

/* The verdict's name in lower case with underscores; "invalid" above the list. Any thread. */
const char *sotto_base_verdict_name(unsigned verdict);

#endif
