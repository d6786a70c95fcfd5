/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Neighbour discovery (RFC 4861, 7): the advertisement that answers a solicitation, the
 * solicitation itself, and what the two teach. Slow path.
 */
#include "net/internal.h"

#include "base/bytes.h"

#define ND_LEN 24        /* bytes of either message before its options */
#define ND_TARGET 8      /* offset of the target address */
#define ND_OPTION_LEN 8  /* bytes of a link-layer address option over Ethernet (RFC 2464, 6) */
#define ND_HOP_LIMIT 255 /* a router would have lowered it: the sender is on this link */
#define ND_OPTION_SOURCE 1
#define ND_OPTION_TARGET 2
#define ND_FLAG_SOLICITED 0x40000000u
#define ND_FLAG_OVERRIDE 0x20000000u

/* ff02::1:ffXX:XXXX of that address (RFC 4291, 2.7.1). */
static struct sotto_addr solicited_node(const struct sotto_addr *addr)
{
	struct sotto_addr group = {
		.family = 6,
		.bytes = {0xff, 0x02, [11] = 0x01, [12] = 0xff},
	};

	memcpy(group.bytes + 13, addr->bytes + 13, 3);
	return group;
}

/* 33:33 and the last four bytes of the group (RFC 2464, 7). */
static void group_mac(uint8_t mac[6], const struct sotto_addr *group)
{
	mac[0] = 0x33;
	mac[1] = 0x33;
	memcpy(mac + 2, group->bytes + 12, 4);
}

/*
 * Looks for the first option of that type; *option is NULL when there is none. False when an
 * option has length zero or does not end with the message: the message is to be ignored whole.
 */
static bool find_option(const uint8_t *nd, size_t len, uint8_t type, const uint8_t **option)
{
	size_t at = ND_LEN;

	*option = NULL;
	while (at < len) {
		size_t option_len = len - at < 2 ? 0 : 8u * nd[at + 1];

		if (option_len == 0 || option_len > len - at)
			return false;
		if (nd[at] == type && *option == NULL)
			*option = nd + at;
		at += option_len;
	}
	return true;
}

/* What RFC 4861, 7.1.1 and 7.1.2 ask of both messages, except for the options. */
static bool is_valid(const struct sotto_net_ask *ask)
{
	const uint8_t *nd = ask->frame + ask->parts.payload;
	uint16_t len = ask->parts.payload_len;
	uint32_t sum;

	if (ask->parts.ttl != ND_HOP_LIMIT || nd[1] != 0 || len < ND_LEN)
		return false;
	sum = sotto_net_pseudo_sum(
		ask->frame + ask->parts.src, 6, SOTTO_NET_PROTO_ICMP6, ask->parts.payload_len);
	return nd[ND_TARGET] != 0xff && sotto_net_sum(nd, len, sum) == SOTTO_NET_SUM_GOOD;
}

static void learn_option(const struct sotto_net_ask *ask, const struct sotto_addr *addr,
	const uint8_t *option, struct sotto_net_news *news)
{
	if (option != NULL && 8u * option[1] == ND_OPTION_LEN)
		sotto_net_learn(ask->local, addr, option + 2, news);
}

/* Writes a message of that type about target on that path, with our own link-layer address. */
static size_t put_nd(uint8_t *out, const struct sotto_net_path *path, uint8_t type, uint32_t flags,
	const struct sotto_addr *target)
{
	bool asks = type == SOTTO_NET_ICMP6_SOLICITATION;
	size_t at = sotto_net_ip_put(out, path, SOTTO_NET_PROTO_ICMP6);
	uint8_t *nd = out + at;

	nd[0] = type;
	nd[1] = 0;
	sotto_base_put32(nd + 4, flags);
	memcpy(nd + ND_TARGET, target->bytes, 16);
	nd[ND_LEN] = asks ? ND_OPTION_SOURCE : ND_OPTION_TARGET;
	nd[ND_LEN + 1] = ND_OPTION_LEN / 8;
	memcpy(nd + ND_LEN + 2, path->src_mac, 6);
	return sotto_net_icmp_finish(out, at, ND_LEN + ND_OPTION_LEN);
}

/* To a sender that tests whether its address is free, and so has none to be reached by. */
static size_t advertise_to_all(const struct sotto_net_ask *ask, uint8_t *out)
{
	static const struct sotto_addr all_nodes = {
		.family = 6,
		.bytes = {0xff, 0x02, [15] = 0x01},
	};
	struct sotto_net_path path = sotto_net_path_back(ask, &all_nodes, ND_HOP_LIMIT);

	group_mac(path.dst_mac, &all_nodes);
	return put_nd(
		out, &path, SOTTO_NET_ICMP6_ADVERTISEMENT, ND_FLAG_OVERRIDE, &ask->local->addr);
}

static size_t advertise(const struct sotto_net_ask *ask, uint8_t *out)
{
	struct sotto_net_path path = sotto_net_path_back(ask, &ask->src, ND_HOP_LIMIT);

	return put_nd(out, &path, SOTTO_NET_ICMP6_ADVERTISEMENT,
		ND_FLAG_SOLICITED | ND_FLAG_OVERRIDE, &ask->local->addr);
}

static size_t take_solicitation(
	const struct sotto_net_ask *ask, uint8_t *out, struct sotto_net_news *news)
{
	static const struct sotto_addr unspecified = {.family = 6};
	const uint8_t *nd = ask->frame + ask->parts.payload;
	const struct sotto_addr group = solicited_node(&ask->local->addr);
	bool to_group = sotto_base_addr_equal(&ask->dst, &group);
	const uint8_t *option;

	if (!to_group && !sotto_base_addr_equal(&ask->dst, &ask->local->addr))
		return 0;
	if (!find_option(nd, ask->parts.payload_len, ND_OPTION_SOURCE, &option))
		return 0;
	if (sotto_base_addr_equal(&ask->src, &unspecified))
		return to_group && option == NULL ? advertise_to_all(ask, out) : 0;
	if (!sotto_base_addr_is_unicast(&ask->src) ||
		sotto_base_addr_equal(&ask->src, &ask->local->addr))
		return 0;
	learn_option(ask, &ask->src, option, news);
	return advertise(ask, out);
}

static void take_advertisement(const struct sotto_net_ask *ask, struct sotto_net_news *news)
{
	const uint8_t *nd = ask->frame + ask->parts.payload;
	bool solicited = (sotto_base_get32(nd + 4) & ND_FLAG_SOLICITED) != 0;
	struct sotto_addr target;
	const uint8_t *option;

	if (!solicited || !sotto_base_addr_equal(&ask->dst, &ask->local->addr))
		return;
	if (!sotto_base_addr_is_unicast(&ask->src) ||
		!find_option(nd, ask->parts.payload_len, ND_OPTION_TARGET, &option))
		return;
	sotto_base_addr_set(&target, 6, nd + ND_TARGET);
	learn_option(ask, &target, option, news);
}

size_t sotto_net_nd_answer(
	const struct sotto_net_ask *ask, uint8_t *out, struct sotto_net_news *news)
{
	const uint8_t *nd = ask->frame + ask->parts.payload;

	if (!is_valid(ask))
		return 0;
	if (nd[0] == SOTTO_NET_ICMP6_ADVERTISEMENT) {
		take_advertisement(ask, news);
		return 0;
	}
	if (memcmp(nd + ND_TARGET, ask->local->addr.bytes, 16) != 0)
		return 0;
	return take_solicitation(ask, out, news);
}

size_t sotto_net_nd_question(
	const struct sotto_net_local *local, const struct sotto_addr *target, uint8_t *out)
{
	struct sotto_net_path path = {
		.vlan = local->vlan,
		.ttl = ND_HOP_LIMIT,
		.src.addr = local->addr,
		.dst.addr = solicited_node(target),
	};

	memcpy(path.src_mac, local->mac, sizeof(path.src_mac));
	group_mac(path.dst_mac, &path.dst.addr);
	return put_nd(out, &path, SOTTO_NET_ICMP6_SOLICITATION, 0, target);
}
