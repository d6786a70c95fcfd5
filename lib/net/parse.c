/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One frame's way in: Ethernet (IEEE 802.3, 802.1Q), IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC
 * 768). Every length is compared with what is left before a byte behind it is read. Data path.
 */
#include "net/internal.h"

#include "base/bytes.h"

#define IP4_FRAGMENT 0x3fff /* more fragments, or an offset */

/* IPv6 headers that may stand before the message */
#define IP6_EXTENSIONS_MAX 8
#define IP6_HOP_BY_HOP 0
#define IP6_ROUTING 43
#define IP6_FRAGMENT 44
#define IP6_DESTINATION 60

/* What lies before at is accepted; nothing at end or behind it belongs to the packet. */
struct cursor {
	const uint8_t *frame;
	uint32_t at;
	uint32_t end;
};

static inline uint32_t left(const struct cursor *c)
{
	return c->end - c->at;
}

static inline const uint8_t *here(const struct cursor *c)
{
	return c->frame + c->at;
}

static inline bool is_group(const uint8_t *mac)
{
	return (mac[0] & 1) != 0;
}

static inline bool mac_equal(const uint8_t *a, const uint8_t *b)
{
	uint16_t tail_a, tail_b;

	memcpy(&tail_a, a + 4, 2);
	memcpy(&tail_b, b + 4, 2);
	return sotto_net_load32(a) == sotto_net_load32(b) && tail_a == tail_b;
}

/* A second tag is left as an EtherType, which nobody carries. */
static enum sotto_verdict parse_ethernet(
	struct cursor *c, const uint8_t *mac, struct sotto_frame *out, uint16_t *ethertype)
{
	const uint8_t *eth = here(c);

	if (left(c) < SOTTO_NET_ETHERNET_LEN)
		return SOTTO_DROP_ETHERNET;
	if (!mac_equal(eth, mac) && !is_group(eth))
		return SOTTO_DROP_NOT_FOR_US;
	if (is_group(eth + 6))
		return SOTTO_DROP_SOURCE;
	c->at += SOTTO_NET_ETHERNET_LEN;
	*ethertype = sotto_base_get16(eth + 12);
	if (*ethertype != SOTTO_NET_TYPE_VLAN)
		return SOTTO_OK;
	if (left(c) < SOTTO_NET_VLAN_LEN)
		return SOTTO_DROP_ETHERNET;
	out->vlan = sotto_base_get16(here(c)) & 0xfff;
	*ethertype = sotto_base_get16(here(c) + 2);
	c->at += SOTTO_NET_VLAN_LEN;
	return SOTTO_OK;
}

static enum sotto_verdict parse_arp(struct cursor *c, struct sotto_frame *out)
{
	if (left(c) < SOTTO_NET_ARP_LEN)
		return SOTTO_DROP_ETHERNET;
	out->kind = SOTTO_NET_NEIGHBOR;
	out->l3 = (uint16_t)c->at;
	out->payload = (uint16_t)c->at;
	out->payload_len = SOTTO_NET_ARP_LEN;
	return SOTTO_OK;
}

static enum sotto_verdict parse_ip4(
	struct cursor *c, unsigned checked, struct sotto_frame *out, uint8_t *protocol)
{
	const uint8_t *ip = here(c);
	uint32_t header, total;

	if (left(c) < SOTTO_NET_IP4_LEN || ip[0] >> 4 != 4)
		return SOTTO_DROP_IP_HEADER;
	header = (ip[0] & 15u) * 4;
	total = sotto_base_get16(ip + 2);
	if (header < SOTTO_NET_IP4_LEN || total < header || total > left(c))
		return SOTTO_DROP_IP_HEADER;
	if (!(checked & SOTTO_NET_IP_CHECKED) && sotto_net_sum(ip, header, 0) != SOTTO_NET_SUM_GOOD)
		return SOTTO_DROP_IP_CHECKSUM;
	if (sotto_base_get16(ip + 6) & IP4_FRAGMENT)
		return SOTTO_DROP_FRAGMENT;
	out->family = 4;
	out->dscp = ip[1] >> 2;
	out->ttl = ip[8];
	out->l3 = (uint16_t)c->at;
	out->src = (uint16_t)(c->at + 12);
	*protocol = ip[9];
	c->end = c->at + total;
	c->at += header;
	return SOTTO_OK;
}

static inline bool is_extension(uint8_t next)
{
	return next == IP6_HOP_BY_HOP || next == IP6_ROUTING || next == IP6_DESTINATION;
}

/* A routing header with segments left is on its way to somebody else (RFC 8200, 4.4). */
static enum sotto_verdict skip_extensions(struct cursor *c, uint8_t *next)
{
	for (unsigned n = 0; is_extension(*next); n++) {
		const uint8_t *ext = here(c);
		uint32_t len;

		if (n == IP6_EXTENSIONS_MAX || left(c) < 8)
			return SOTTO_DROP_IP_HEADER;
		len = 8 * (ext[1] + 1u);
		if (len > left(c) || (*next == IP6_ROUTING && ext[3] != 0))
			return SOTTO_DROP_IP_HEADER;
		*next = ext[0];
		c->at += len;
	}
	return *next == IP6_FRAGMENT ? SOTTO_DROP_FRAGMENT : SOTTO_OK;
}

static enum sotto_verdict parse_ip6(struct cursor *c, struct sotto_frame *out, uint8_t *protocol)
{
	const uint8_t *ip = here(c);
	uint32_t payload;

	if (left(c) < SOTTO_NET_IP6_LEN || ip[0] >> 4 != 6)
		return SOTTO_DROP_IP_HEADER;
	payload = sotto_base_get16(ip + 4);
	if (payload > left(c) - SOTTO_NET_IP6_LEN)
		return SOTTO_DROP_IP_HEADER;
	out->family = 6;
	out->dscp = (uint8_t)((sotto_base_get16(ip) >> 6) & 63);
	out->ttl = ip[7];
	out->l3 = (uint16_t)c->at;
	out->src = (uint16_t)(c->at + 8);
	*protocol = ip[6];
	c->at += SOTTO_NET_IP6_LEN;
	c->end = c->at + payload;
	return skip_extensions(c, protocol);
}

/* Neighbour discovery and echo requests are only recognised here; the answerer checks them. */
static enum sotto_verdict parse_icmp(
	const struct cursor *c, uint8_t protocol, struct sotto_frame *out)
{
	uint8_t type;
	bool known;

	if (protocol != (out->family == 4 ? SOTTO_NET_PROTO_ICMP : SOTTO_NET_PROTO_ICMP6) ||
		left(c) < SOTTO_NET_ICMP_LEN)
		return SOTTO_DROP_PROTOCOL;
	type = *here(c);
	if (out->family == 4)
		known = type == SOTTO_NET_ICMP_ECHO_REQUEST;
	else
		known = type == SOTTO_NET_ICMP6_ECHO_REQUEST ||
			type == SOTTO_NET_ICMP6_SOLICITATION ||
			type == SOTTO_NET_ICMP6_ADVERTISEMENT;
	if (!known)
		return SOTTO_DROP_PROTOCOL;
	out->kind = SOTTO_NET_NEIGHBOR;
	out->payload = (uint16_t)c->at;
	out->payload_len = (uint16_t)left(c);
	return SOTTO_OK;
}

/* 0.0.0.0/8, loopback, multicast, class E and broadcast are nobody's source (RFC 1122, 3.2.1.3). */
static enum sotto_verdict check_addresses4(const uint8_t *src, const uint8_t *dst)
{
	if (dst[0] >= 224)
		return SOTTO_DROP_NOT_FOR_US;
	if (src[0] == 0 || src[0] == 127 || src[0] >= 224)
		return SOTTO_DROP_SOURCE;
	return sotto_net_load32(src) == sotto_net_load32(dst) ? SOTTO_DROP_SOURCE : SOTTO_OK;
}

/* Neither multicast, ::, ::1 (RFC 4291, 2.5 and 2.7) nor the address the packet is sent to. */
static enum sotto_verdict check_addresses6(const uint8_t *src, const uint8_t *dst)
{
	uint64_t high = sotto_base_get64(src);
	uint64_t low = sotto_base_get64(src + 8);

	if (dst[0] == 0xff)
		return SOTTO_DROP_NOT_FOR_US;
	if (src[0] == 0xff || (high == 0 && low <= 1))
		return SOTTO_DROP_SOURCE;
	if (high == sotto_base_get64(dst) && low == sotto_base_get64(dst + 8))
		return SOTTO_DROP_SOURCE;
	return SOTTO_OK;
}

/* Zero means "not computed", which IPv4 allows and IPv6 does not, whatever the device says. */
static bool udp_checksum_good(
	const struct cursor *c, uint16_t len, unsigned checked, const struct sotto_frame *f)
{
	const uint8_t *udp = here(c);
	uint32_t sum;

	if (udp[6] == 0 && udp[7] == 0)
		return f->family == 4;
	if (checked & SOTTO_NET_UDP_CHECKED)
		return true;
	sum = sotto_net_pseudo_sum(c->frame + f->src, f->family, SOTTO_NET_PROTO_UDP, len);
	return sotto_net_sum(udp, len, sum) == SOTTO_NET_SUM_GOOD;
}

static enum sotto_verdict parse_udp(
	const struct cursor *c, unsigned checked, struct sotto_frame *out)
{
	const uint8_t *udp = here(c);
	uint16_t len;

	if (left(c) < SOTTO_NET_UDP_LEN)
		return SOTTO_DROP_UDP_LENGTH;
	len = sotto_base_get16(udp + 4);
	if (len < SOTTO_NET_UDP_LEN || len > left(c))
		return SOTTO_DROP_UDP_LENGTH;
	out->kind = SOTTO_NET_UDP;
	out->payload = (uint16_t)(c->at + SOTTO_NET_UDP_LEN);
	out->payload_len = (uint16_t)(len - SOTTO_NET_UDP_LEN);
	out->src_port = sotto_base_get16(udp);
	out->dst_port = sotto_base_get16(udp + 2);
	if (out->src_port == 0 || out->dst_port == 0)
		return SOTTO_DROP_SOURCE;
	return udp_checksum_good(c, len, checked, out) ? SOTTO_OK : SOTTO_DROP_UDP_CHECKSUM;
}

/* What IP carries. Media is never taken from a broadcast or multicast frame or address. */
static enum sotto_verdict parse_message(
	const struct cursor *c, uint8_t protocol, unsigned checked, struct sotto_frame *out)
{
	const uint8_t *src = c->frame + out->src;
	enum sotto_verdict verdict;

	if (protocol != SOTTO_NET_PROTO_UDP)
		return parse_icmp(c, protocol, out);
	if (is_group(c->frame))
		return SOTTO_DROP_NOT_FOR_US;
	verdict =
		out->family == 4 ? check_addresses4(src, src + 4) : check_addresses6(src, src + 16);
	return verdict == SOTTO_OK ? parse_udp(c, checked, out) : verdict;
}

enum sotto_verdict sotto_net_parse(const uint8_t *frame, uint32_t len, const uint8_t mac[6],
	unsigned checked, struct sotto_frame *out)
{
	struct cursor c = {.frame = frame, .end = len};
	enum sotto_verdict verdict;
	uint16_t ethertype;
	uint8_t protocol;

	*out = (struct sotto_frame){0};
	verdict = parse_ethernet(&c, mac, out, &ethertype);
	if (verdict != SOTTO_OK)
		return verdict;
	if (ethertype == SOTTO_NET_TYPE_IP4)
		verdict = parse_ip4(&c, checked, out, &protocol);
	else if (ethertype == SOTTO_NET_TYPE_IP6)
		verdict = parse_ip6(&c, out, &protocol);
	else
		return ethertype == SOTTO_NET_TYPE_ARP ? parse_arp(&c, out) : SOTTO_DROP_ETHERNET;
	return verdict == SOTTO_OK ? parse_message(&c, protocol, checked, out) : verdict;
}
