/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Headers on the way out: written once as a template, completed for every packet. The IPv4
 * identification is 0 with "don't fragment" set (RFC 6864, 4.1), the IPv6 flow label 0.
 */
#include "net/internal.h"

#include "base/bytes.h"

#include <assert.h>

#define IP4_DONT_FRAGMENT 0x4000

size_t sotto_net_ethernet_put(uint8_t *out, const uint8_t dst_mac[6], const uint8_t src_mac[6],
	uint16_t vlan, uint16_t ethertype)
{
	size_t at = 12;

	assert(vlan <= 0xfff);
	memcpy(out, dst_mac, 6);
	memcpy(out + 6, src_mac, 6);
	if (vlan != 0) {
		sotto_base_put16(out + at, SOTTO_NET_TYPE_VLAN);
		sotto_base_put16(out + at + 2, vlan);
		at += SOTTO_NET_VLAN_LEN;
	}
	sotto_base_put16(out + at, ethertype);
	return at + 2;
}

static size_t put_ip4(uint8_t *ip, const struct sotto_net_path *path, uint8_t protocol)
{
	memset(ip, 0, SOTTO_NET_IP4_LEN);
	ip[0] = 4 << 4 | SOTTO_NET_IP4_LEN / 4;
	ip[1] = (uint8_t)(path->dscp << 2);
	sotto_base_put16(ip + 6, IP4_DONT_FRAGMENT);
	ip[8] = path->ttl;
	ip[9] = protocol;
	memcpy(ip + 12, path->src.addr.bytes, 4);
	memcpy(ip + 16, path->dst.addr.bytes, 4);
	return SOTTO_NET_IP4_LEN;
}

static size_t put_ip6(uint8_t *ip, const struct sotto_net_path *path, uint8_t protocol)
{
	sotto_base_put32(ip, 6u << 28 | (uint32_t)path->dscp << 22);
	sotto_base_put16(ip + 4, 0);
	ip[6] = protocol;
	ip[7] = path->ttl;
	memcpy(ip + 8, path->src.addr.bytes, 16);
	memcpy(ip + 24, path->dst.addr.bytes, 16);
	return SOTTO_NET_IP6_LEN;
}

size_t sotto_net_ip_put(uint8_t *out, const struct sotto_net_path *path, uint8_t protocol)
{
	bool ip4 = path->src.addr.family == 4;
	size_t at = sotto_net_ethernet_put(out, path->dst_mac, path->src_mac, path->vlan,
		ip4 ? SOTTO_NET_TYPE_IP4 : SOTTO_NET_TYPE_IP6);

	assert(path->src.addr.family == 4 || path->src.addr.family == 6);
	assert(path->dst.addr.family == path->src.addr.family);
	assert(path->dscp <= 63);
	return at + (ip4 ? put_ip4(out + at, path, protocol) : put_ip6(out + at, path, protocol));
}

size_t sotto_net_header_build(const struct sotto_net_path *path, uint8_t *out)
{
	size_t at = sotto_net_ip_put(out, path, SOTTO_NET_PROTO_UDP);

	sotto_base_put16(out + at, path->src.port);
	sotto_base_put16(out + at + 2, path->dst.port);
	sotto_base_put32(out + at + 4, 0);
	return at + SOTTO_NET_UDP_LEN;
}

void sotto_net_header_set_dscp(uint8_t *frame, uint8_t dscp)
{
	uint8_t *ip = frame + sotto_net_l3_offset(frame);

	if (ip[0] >> 4 == 4)
		ip[1] = (uint8_t)(dscp << 2);
	else
		sotto_base_put32(ip, 6u << 28 | (uint32_t)dscp << 22);
}

/*
 * The IPv4 header's sum, taken from the words around length and checksum, not over them: the result
 * does not depend on what they held.
 */
static uint16_t ip_sum(const uint8_t *ip)
{
	uint64_t sum = sotto_net_load32(ip) & 0xffff;

	if (ip[0] >> 4 == 6)
		return 0;
	sum += (uint64_t)sotto_net_load32(ip + 4) + (sotto_net_load32(ip + 8) & 0xffff);
	sum += (uint64_t)sotto_net_load32(ip + 12) + sotto_net_load32(ip + 16);
	return (uint16_t)sotto_net_fold(sum);
}

/* Length and IPv4 header checksum for a message of len bytes. */
static inline void finish_ip(uint8_t *ip, bool ip4, uint16_t len, uint16_t sum)
{
	uint16_t total = (uint16_t)(SOTTO_NET_IP4_LEN + len);

	if (!ip4) {
		sotto_base_put16(ip + 4, len);
		return;
	}
	sotto_base_put16(ip + 2, total);
	sotto_net_store16(ip + 10, ~sotto_net_fold(sum + sotto_net_term(total)));
}

/* The pseudo header of a message in the IP packet at ip. */
static uint32_t pseudo_sum(const uint8_t *ip, uint8_t protocol, uint16_t len)
{
	bool ip4 = ip[0] >> 4 == 4;

	return sotto_net_pseudo_sum(ip + (ip4 ? 12 : 8), ip4 ? 4 : 6, protocol, len);
}

struct sotto_net_sums sotto_net_header_sums(const uint8_t *header, size_t header_len)
{
	const uint8_t *ip = header + sotto_net_l3_offset(header);
	const uint8_t *udp = header + header_len - SOTTO_NET_UDP_LEN;
	uint64_t sum = pseudo_sum(ip, SOTTO_NET_PROTO_UDP, 0);

	assert(udp == ip + (ip[0] >> 4 == 4 ? SOTTO_NET_IP4_LEN : SOTTO_NET_IP6_LEN));
	return (struct sotto_net_sums){
		.ip = ip_sum(ip),
		.udp = (uint16_t)sotto_net_fold(sum + sotto_net_load32(udp)), /* the ports */
	};
}

/* The longest header over IPv4 is shorter than the shortest over IPv6. */
static inline bool is_ip4(size_t header_len)
{
	return header_len < SOTTO_NET_ETHERNET_LEN + SOTTO_NET_IP6_LEN + SOTTO_NET_UDP_LEN;
}

void sotto_net_header_complete(
	uint8_t *frame, size_t header_len, size_t payload_len, struct sotto_net_sums sums)
{
	bool ip4 = is_ip4(header_len);
	uint8_t *udp = frame + header_len - SOTTO_NET_UDP_LEN;
	uint16_t len = (uint16_t)(SOTTO_NET_UDP_LEN + payload_len);
	uint32_t sum = sums.udp + 2 * sotto_net_term(len); /* in pseudo header and header */

	assert(SOTTO_NET_IP4_LEN + SOTTO_NET_UDP_LEN + payload_len <= UINT16_MAX);
	finish_ip(udp - (ip4 ? SOTTO_NET_IP4_LEN : SOTTO_NET_IP6_LEN), ip4, len, sums.ip);
	sum = sotto_net_sum(udp + SOTTO_NET_UDP_LEN, payload_len, sum);
	sotto_base_put16(udp + 4, len);
	sotto_net_store16(udp + 6, sum == SOTTO_NET_SUM_GOOD ? 0xffff : ~sum);
}

void sotto_net_header_finish(uint8_t *frame, size_t header_len, size_t payload_len)
{
	sotto_net_header_complete(
		frame, header_len, payload_len, sotto_net_header_sums(frame, header_len));
}

size_t sotto_net_icmp_finish(uint8_t *frame, size_t icmp, size_t len)
{
	uint8_t *ip = frame + sotto_net_l3_offset(frame);
	uint32_t sum = 0;

	assert(SOTTO_NET_IP4_LEN + len <= UINT16_MAX);
	finish_ip(ip, ip[0] >> 4 == 4, (uint16_t)len, ip_sum(ip));
	if (ip[0] >> 4 == 6)
		sum = pseudo_sum(ip, SOTTO_NET_PROTO_ICMP6, (uint16_t)len);
	sotto_net_store16(frame + icmp + 2, 0);
	sum = sotto_net_sum(frame + icmp, len, sum);
	sotto_net_store16(frame + icmp + 2, ~sum);
	return icmp + len;
}
