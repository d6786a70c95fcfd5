/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names the parts of an Ethernet frame, and answers the neighbours: Ethernet (802.1Q), IPv4 (RFC
 * 791), IPv6 (RFC 8200), UDP (RFC 768), ARP (RFC 826), neighbour discovery (RFC 4861), ICMP echo
 * (RFC 792, 4443). Stateless and without DPDK: bytes in, offsets or bytes out. Any thread.
 */
#ifndef SOTTO_NET_NET_H
#define SOTTO_NET_NET_H

#include "base/addr.h"
#include "base/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOTTO_NET_HEADER_MAX 66   /* Ethernet 14 + VLAN 4 + IPv6 40 + UDP 8 bytes */
#define SOTTO_NET_ANSWER_MAX 2048 /* bytes that an answer or a question may need */

enum sotto_net_kind {
	SOTTO_NET_UDP,      /* a UDP datagram, checked to its end */
	SOTTO_NET_NEIGHBOR, /* ARP, neighbour discovery or ICMP echo: for sotto_net_answer() */
};

/* What a device has already checked; OR of these. */
#define SOTTO_NET_IP_CHECKED 1u  /* IPv4 header checksum is known to be good */
#define SOTTO_NET_UDP_CHECKED 2u /* UDP checksum is known to be good */

/* The parts of a frame. Offsets in bytes from the frame's first byte; ports in host order. */
struct sotto_frame {
	uint8_t kind;   /* enum sotto_net_kind */
	uint8_t family; /* 4 or 6 (0 for ARP) */
	uint8_t dscp;   /* 0 to 63 */
	uint8_t ttl;
	uint16_t vlan; /* VLAN id, 0 = untagged or priority-tagged */
	uint16_t l3;
	uint16_t payload;     /* UDP payload; of kind NEIGHBOR the ARP or ICMP message */
	uint16_t payload_len; /* from the UDP length; link padding is not part of it */
	uint16_t src_port;
	uint16_t dst_port;
	uint16_t src; /* offset of the source IP address; the destination follows it; ARP: 0 */
};

/*
 * Parses len bytes received on a device whose MAC address is mac. Accepts unicast frames to mac;
 * broadcast and multicast only for kind NEIGHBOR. checked: SOTTO_NET_*_CHECKED.
 * SOTTO_OK with *out filled, or the drop with *out unspecified. Never reads past len.
 */
enum sotto_verdict sotto_net_parse(const uint8_t *frame, uint32_t len, const uint8_t mac[6],
	unsigned checked, struct sotto_frame *out);

/* One address that we own on a device: what answers are given for. */
struct sotto_net_local {
	struct sotto_addr addr;
	uint8_t prefix; /* bits */
	uint16_t vlan;  /* 0 = untagged */
	uint8_t mac[6];
};

/* A neighbour's MAC address as it told us; addr.family 0 = nothing was told. */
struct sotto_net_news {
	struct sotto_addr addr;
	uint16_t vlan;
	uint8_t mac[6];
};

/*
 * Handles one frame of kind NEIGHBOR for one local address (same device; the VLAN is compared
 * here). Writes the answer (ARP reply, neighbour advertisement, echo reply) to out, which has
 * SOTTO_NET_ANSWER_MAX bytes, and what the frame tells of its sender to *news: only from ARP for
 * our address, from neighbour solicitations for our address with a source link-layer option, and
 * from solicited advertisements. Sender addresses that are not on the local prefix teach nothing.
 * Returns the answer's length in bytes, 0 for none.
 */
size_t sotto_net_answer(const struct sotto_net_local *local, const uint8_t *frame, uint32_t len,
	uint8_t *out, struct sotto_net_news *news);

/*
 * Writes the question for target's MAC address: an ARP request (family 4) or a neighbour
 * solicitation (family 6). out has SOTTO_NET_ANSWER_MAX bytes. Returns its length, 0 when the
 * families differ.
 */
size_t sotto_net_question(
	const struct sotto_net_local *local, const struct sotto_addr *target, uint8_t *out);

/* The next two fill a header before sending; both in sizes of at most SOTTO_NET_HEADER_MAX. */
struct sotto_net_path {
	uint8_t src_mac[6];
	uint8_t dst_mac[6];
	uint16_t vlan; /* 0 = untagged */
	uint8_t ttl;
	uint8_t dscp; /* 0 to 63 */
	struct sotto_endpoint src;
	struct sotto_endpoint dst; /* same family as src */
};

/*
 * Writes Ethernet, VLAN, IP and UDP headers with lengths and checksums zero. out has
 * SOTTO_NET_HEADER_MAX bytes. Returns the header's length.
 */
size_t sotto_net_header_build(const struct sotto_net_path *path, uint8_t *out);

/* Writes another DSCP (0 to 63) into a header built as above, before it is finished. */
void sotto_net_header_set_dscp(uint8_t *frame, uint8_t dscp);

/* One's complement sums over what does not change from packet to packet under one header. */
struct sotto_net_sums {
	uint16_t ip;  /* the IPv4 header without its length and checksum; IPv6: 0 */
	uint16_t udp; /* pseudo header and ports without the length */
};

/* The sums of a header built as above. */
struct sotto_net_sums sotto_net_header_sums(const uint8_t *header, size_t header_len);

/* What the IPv4 sum becomes when a header built with DSCP 0 gets another; IPv6 has none. */
static inline uint16_t sotto_net_sum_dscp(uint16_t ip, uint8_t dscp)
{
	uint32_t sum = ip + ((uint32_t)dscp << 10); /* the second byte, in network order */

	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* Copies a header of at least 42 bytes, which every one built as above has. */
static inline void sotto_net_header_copy(uint8_t *to, const uint8_t *from, size_t header_len)
{
	memcpy(to, from, 32);
	if (header_len > 64)
		memcpy(to + 32, from + 32, 32);
	memcpy(to + header_len - 32, from + header_len - 32, 32);
}

/*
 * Completes a header built as above that stands directly before payload_len bytes of payload:
 * lengths, IPv4 header checksum, UDP checksum over pseudo header and payload (0 is sent as 0xffff).
 * The caller has compared payload_len with the MTU; above 65507 it asserts. frame points at the
 * Ethernet header; sums are those of the header as it stands there.
 */
void sotto_net_header_complete(
	uint8_t *frame, size_t header_len, size_t payload_len, struct sotto_net_sums sums);

/* The same, with the sums computed on the spot. */
void sotto_net_header_finish(uint8_t *frame, size_t header_len, size_t payload_len);

/*
 * The 16-bit one's complement sum (RFC 1071) of len bytes, not inverted, added to sum (start with
 * 0). An odd last byte is padded with zero, so of several pieces only the last may be odd. The
 * result is folded to 16 bits and in network order when stored as is.
 */
uint32_t sotto_net_sum(const uint8_t *data, size_t len, uint32_t sum);

#endif
