/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ICMP echo (RFC 792; RFC 4443, 4.1 and 4.2): the request's message goes back as a reply under a
 * fresh header. IPv4 options and IPv6 extension headers do not go back. Slow path.
 */
#include "net/internal.h"

#define ECHO_TTL 64

/* Only from a host, only to our own address, never through a broadcast (RFC 1122, 3.2.2.6). */
static bool is_for_us(const struct sotto_net_ask *ask)
{
	return (ask->frame[0] & 1) == 0 && sotto_base_addr_equal(&ask->dst, &ask->local->addr) &&
	       sotto_base_addr_is_unicast(&ask->src) &&
	       !sotto_base_addr_equal(&ask->src, &ask->dst);
}

static bool is_valid(const struct sotto_net_ask *ask)
{
	const uint8_t *icmp = ask->frame + ask->parts.payload;
	uint16_t len = ask->parts.payload_len;
	uint32_t sum = 0;

	if (ask->parts.family == 6)
		sum = sotto_net_pseudo_sum(
			ask->frame + ask->parts.src, 6, SOTTO_NET_PROTO_ICMP6, len);
	return icmp[1] == 0 && sotto_net_sum(icmp, len, sum) == SOTTO_NET_SUM_GOOD;
}

size_t sotto_net_echo_answer(const struct sotto_net_ask *ask, uint8_t *out)
{
	bool ip4 = ask->parts.family == 4;
	uint16_t len = ask->parts.payload_len;
	struct sotto_net_path path;
	size_t at;

	if (!is_for_us(ask) || !is_valid(ask))
		return 0;
	path = sotto_net_path_back(ask, &ask->src, ECHO_TTL);
	path.dscp = ask->parts.dscp; /* RFC 1122, 3.2.2.6 */
	at = sotto_net_ip_put(out, &path, ip4 ? SOTTO_NET_PROTO_ICMP : SOTTO_NET_PROTO_ICMP6);
	if (at + len > SOTTO_NET_ANSWER_MAX)
		return 0;
	memcpy(out + at, ask->frame + ask->parts.payload, len);
	out[at] = ip4 ? SOTTO_NET_ICMP_ECHO_REPLY : SOTTO_NET_ICMP6_ECHO_REPLY;
	return sotto_net_icmp_finish(out, at, len);
}
