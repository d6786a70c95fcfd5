/* SPDX-License-Identifier: BSD-3-Clause */
/* Which neighbour frame gets which answer, and who may be learned as a neighbour. Slow path. */
#include "net/internal.h"

/* The network's own address and its broadcast address belong to no host (RFC 1122, 3.2.1.3). */
static bool is_subnet_broadcast(const struct sotto_net_local *local, const struct sotto_addr *addr)
{
	uint32_t mask, host;

	if (addr->family != 4 || local->prefix >= 31)
		return false;
	mask = UINT32_MAX >> local->prefix;
	host = __builtin_bswap32(sotto_net_load32(addr->bytes)) & mask;
	return host == 0 || host == mask;
}

static bool is_link_local6(const struct sotto_addr *addr)
{
	return addr->family == 6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

/* On our link: on the prefix, or link-local, which is on every link (RFC 4861, 5.1). */
static bool is_neighbor(const struct sotto_net_local *local, const struct sotto_addr *addr)
{
	if (!sotto_base_addr_is_unicast(addr) || sotto_base_addr_equal(addr, &local->addr) ||
		is_subnet_broadcast(local, addr))
		return false;
	return sotto_base_addr_in_prefix(addr, &local->addr, local->prefix) || is_link_local6(addr);
}

static bool is_host_mac(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return (mac[0] & 1) == 0 && memcmp(mac, none, sizeof(none)) != 0;
}

void sotto_net_learn(const struct sotto_net_local *local, const struct sotto_addr *addr,
	const uint8_t mac[6], struct sotto_net_news *news)
{
	if (!is_neighbor(local, addr) || !is_host_mac(mac))
		return;
	news->addr = *addr;
	news->vlan = local->vlan;
	memcpy(news->mac, mac, sizeof(news->mac));
}

struct sotto_net_path sotto_net_path_back(
	const struct sotto_net_ask *ask, const struct sotto_addr *dst, uint8_t ttl)
{
	struct sotto_net_path path = {
		.vlan = ask->local->vlan,
		.ttl = ttl,
		.src.addr = ask->local->addr,
		.dst.addr = *dst,
	};

	memcpy(path.src_mac, ask->local->mac, sizeof(path.src_mac));
	memcpy(path.dst_mac, ask->frame + 6, sizeof(path.dst_mac));
	return path;
}

/* Parses once more: nothing here relies on what the data path has found, or on its device. */
static bool read_ask(struct sotto_net_ask *ask, uint32_t len)
{
	struct sotto_frame *parts = &ask->parts;
	size_t addr_len;

	if (sotto_net_parse(ask->frame, len, ask->local->mac, 0, parts) != SOTTO_OK)
		return false;
	if (parts->kind != SOTTO_NET_NEIGHBOR || parts->vlan != ask->local->vlan)
		return false;
	if (parts->family == 0)
		return ask->local->addr.family == 4;
	if (parts->family != ask->local->addr.family)
		return false;
	addr_len = sotto_base_addr_len(parts->family);
	sotto_base_addr_set(&ask->src, parts->family, ask->frame + parts->src);
	sotto_base_addr_set(&ask->dst, parts->family, ask->frame + parts->src + addr_len);
	return true;
}

size_t sotto_net_answer(const struct sotto_net_local *local, const uint8_t *frame, uint32_t len,
	uint8_t *out, struct sotto_net_news *news)
{
	struct sotto_net_ask ask = {.local = local, .frame = frame};
	uint8_t type;

	memset(news, 0, sizeof(*news));
	if (!read_ask(&ask, len))
		return 0;
	if (ask.parts.family == 0)
		return sotto_net_arp_answer(&ask, out, news);
	type = frame[ask.parts.payload];
	if (type == SOTTO_NET_ICMP6_SOLICITATION || type == SOTTO_NET_ICMP6_ADVERTISEMENT)
		return sotto_net_nd_answer(&ask, out, news);
	return sotto_net_echo_answer(&ask, out);
}

size_t sotto_net_question(
	const struct sotto_net_local *local, const struct sotto_addr *target, uint8_t *out)
{
	if (local->addr.family != target->family)
		return 0;
	if (target->family == 4)
		return sotto_net_arp_question(local, target, out);
	return target->family == 6 ? sotto_net_nd_question(local, target, out) : 0;
}
