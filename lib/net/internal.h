/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of lib/net share: numbers of the wire, short sums, the parts of an answer. */
#ifndef SOTTO_NET_INTERNAL_H
#define SOTTO_NET_INTERNAL_H

#include "net/net.h"

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* header lengths in bytes */
#define SOTTO_NET_ETHERNET_LEN 14u
#define SOTTO_NET_VLAN_LEN 4u
#define SOTTO_NET_ARP_LEN 28u
#define SOTTO_NET_IP4_LEN 20u /* without options */
#define SOTTO_NET_IP6_LEN 40u
#define SOTTO_NET_UDP_LEN 8u
#define SOTTO_NET_ICMP_LEN 8u /* type, code, checksum and the four bytes behind them */

/* EtherTypes */
#define SOTTO_NET_TYPE_IP4 0x0800
#define SOTTO_NET_TYPE_ARP 0x0806
#define SOTTO_NET_TYPE_VLAN 0x8100
#define SOTTO_NET_TYPE_IP6 0x86dd

/* IP protocol numbers */
#define SOTTO_NET_PROTO_ICMP 1
#define SOTTO_NET_PROTO_UDP 17
#define SOTTO_NET_PROTO_ICMP6 58

/* ICMP and ICMPv6 types */
#define SOTTO_NET_ICMP_ECHO_REPLY 0
#define SOTTO_NET_ICMP_ECHO_REQUEST 8
#define SOTTO_NET_ICMP6_ECHO_REQUEST 128
#define SOTTO_NET_ICMP6_ECHO_REPLY 129
#define SOTTO_NET_ICMP6_SOLICITATION 135
#define SOTTO_NET_ICMP6_ADVERTISEMENT 136

/* A one's complement sum that comes out as this means: the checksum inside is right. */
#define SOTTO_NET_SUM_GOOD 0xffffu

/* Four bytes as they lie there: one's complement sums do not care for byte order (RFC 1071, 2.B) */
static inline uint32_t sotto_net_load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void sotto_net_store16(uint8_t *p, uint32_t v)
{
	uint16_t low = (uint16_t)v;

	memcpy(p, &low, sizeof(low));
}

/* A number in host order as a term of a sum over bytes in network order. */
static inline uint32_t sotto_net_term(uint16_t v)
{
	return __builtin_bswap16(v);
}

/* Brings a sum back to 16 bits with end-around carry; only 0 becomes 0. */
static inline uint32_t sotto_net_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff); /* at most 0x1fffffffe */
	sum = (sum >> 16) + (sum & 0xffff);     /* at most 0x2fffe */
	sum = (sum >> 16) + (sum & 0xffff);     /* at most 0x10001 */
	return (uint32_t)((sum >> 16) + (sum & 0xffff));
}

/*
 * The sum over the pseudo header (RFC 768; RFC 8200, 8.1). addresses points at the source address,
 * which the destination follows; len is the length of the UDP or ICMPv6 message in bytes.
 */
static inline uint32_t sotto_net_pseudo_sum(
	const uint8_t *addresses, uint8_t family, uint8_t protocol, uint16_t len)
{
	uint64_t sum = sotto_net_term(protocol) + sotto_net_term(len);

	sum += (uint64_t)sotto_net_load32(addresses) + sotto_net_load32(addresses + 4);
	if (family == 6) {
		for (unsigned i = 8; i < 32; i += 4)
			sum += sotto_net_load32(addresses + i);
	}
	return sotto_net_fold(sum);
}

/* sotto_net_sum() eight bytes at a time, in registers that every processor has. */
uint32_t sotto_net_sum_narrow(const uint8_t *data, size_t len, uint32_t sum);

/* Offset of the IP or ARP header in a frame with at most one VLAN tag. */
static inline size_t sotto_net_l3_offset(const uint8_t *frame)
{
	bool tagged = sotto_base_get16(frame + 12) == SOTTO_NET_TYPE_VLAN;

	return SOTTO_NET_ETHERNET_LEN + (tagged ? SOTTO_NET_VLAN_LEN : 0);
}

/* Writes the Ethernet header, with a VLAN tag unless vlan is 0. Returns its length. */
size_t sotto_net_ethernet_put(uint8_t *out, const uint8_t dst_mac[6], const uint8_t src_mac[6],
	uint16_t vlan, uint16_t ethertype);

/*
 * Writes Ethernet, VLAN and IP headers of path (its ports are not used) with lengths and checksum
 * zero. Returns the length, which is where the message of that IP protocol begins.
 */
size_t sotto_net_ip_put(uint8_t *out, const struct sotto_net_path *path, uint8_t protocol);

/*
 * Completes a frame of sotto_net_ip_put() with an ICMP or ICMPv6 message of len bytes at offset
 * icmp: IP length, IPv4 header checksum, ICMP checksum. Returns the frame's length.
 */
size_t sotto_net_icmp_finish(uint8_t *frame, size_t icmp, size_t len);

/* One frame of kind NEIGHBOR that was parsed and lies on the VLAN of local. */
struct sotto_net_ask {
	const struct sotto_net_local *local;
	const uint8_t *frame;
	struct sotto_frame parts; /* payload: the ARP or ICMP message */
	struct sotto_addr src;    /* the IP addresses; of no family for ARP */
	struct sotto_addr dst;
};

/* The way back: from local to the sender's MAC address and dst. */
struct sotto_net_path sotto_net_path_back(
	const struct sotto_net_ask *ask, const struct sotto_addr *dst, uint8_t ttl);

/* Fills *news if addr can be a neighbour of local at that MAC address; else leaves it alone. */
void sotto_net_learn(const struct sotto_net_local *local, const struct sotto_addr *addr,
	const uint8_t mac[6], struct sotto_net_news *news);

/* One each for ARP, neighbour discovery and echo; results as sotto_net_answer(). */
size_t sotto_net_arp_answer(
	const struct sotto_net_ask *ask, uint8_t *out, struct sotto_net_news *news);
size_t sotto_net_nd_answer(
	const struct sotto_net_ask *ask, uint8_t *out, struct sotto_net_news *news);
size_t sotto_net_echo_answer(const struct sotto_net_ask *ask, uint8_t *out);

/* One each for ARP and neighbour discovery; results as sotto_net_question(). */
size_t sotto_net_arp_question(
	const struct sotto_net_local *local, const struct sotto_addr *target, uint8_t *out);
size_t sotto_net_nd_question(
	const struct sotto_net_local *local, const struct sotto_addr *target, uint8_t *out);

#endif
