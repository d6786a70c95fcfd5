/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP for IPv4 over Ethernet (RFC 826): the reply, the request, and what they teach. Slow path. */
#include "net/internal.h"

#include "base/bytes.h"

#define ARP_REQUEST 1
#define ARP_REPLY 2
#define ARP_HARDWARE_ETHERNET 1

/* offsets in the message */
#define ARP_OPERATION 6
#define ARP_SENDER_MAC 8
#define ARP_SENDER_IP 14
#define ARP_TARGET_MAC 18
#define ARP_TARGET_IP 24

static bool is_ethernet_ip4(const uint8_t *arp)
{
	return sotto_base_get16(arp) == ARP_HARDWARE_ETHERNET &&
	       sotto_base_get16(arp + 2) == SOTTO_NET_TYPE_IP4 && arp[4] == 6 && arp[5] == 4;
}

/* A frame from local to dst_mac. A target_mac of NULL is unknown and sent as zero. */
static size_t put_arp(uint8_t *out, const struct sotto_net_local *local, const uint8_t *dst_mac,
	uint16_t operation, const uint8_t *target_mac, const uint8_t *target_ip)
{
	size_t at =
		sotto_net_ethernet_put(out, dst_mac, local->mac, local->vlan, SOTTO_NET_TYPE_ARP);
	uint8_t *arp = out + at;

	memset(arp, 0, SOTTO_NET_ARP_LEN);
	sotto_base_put16(arp, ARP_HARDWARE_ETHERNET);
	sotto_base_put16(arp + 2, SOTTO_NET_TYPE_IP4);
	arp[4] = 6;
	arp[5] = 4;
	sotto_base_put16(arp + ARP_OPERATION, operation);
	memcpy(arp + ARP_SENDER_MAC, local->mac, 6);
	memcpy(arp + ARP_SENDER_IP, local->addr.bytes, 4);
	if (target_mac != NULL)
		memcpy(arp + ARP_TARGET_MAC, target_mac, 6);
	memcpy(arp + ARP_TARGET_IP, target_ip, 4);
	return at + SOTTO_NET_ARP_LEN;
}

/* A broadcast reply is an announcement that nobody asked for: it teaches nothing. */
size_t sotto_net_arp_answer(
	const struct sotto_net_ask *ask, uint8_t *out, struct sotto_net_news *news)
{
	const uint8_t *arp = ask->frame + ask->parts.payload;
	uint16_t operation = sotto_base_get16(arp + ARP_OPERATION);
	bool broadcast = (ask->frame[0] & 1) != 0;
	struct sotto_addr sender;

	if (!is_ethernet_ip4(arp) || memcmp(arp + ARP_TARGET_IP, ask->local->addr.bytes, 4) != 0)
		return 0;
	if (operation != ARP_REQUEST && (operation != ARP_REPLY || broadcast))
		return 0;
	sotto_base_addr_set(&sender, 4, arp + ARP_SENDER_IP);
	sotto_net_learn(ask->local, &sender, arp + ARP_SENDER_MAC, news);
	if (operation == ARP_REPLY)
		return 0;
	return put_arp(out, ask->local, ask->frame + 6, ARP_REPLY, arp + ARP_SENDER_MAC,
		arp + ARP_SENDER_IP);
}

size_t sotto_net_arp_question(
	const struct sotto_net_local *local, const struct sotto_addr *target, uint8_t *out)
{
	static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	return put_arp(out, local, everybody, ARP_REQUEST, NULL, target->bytes);
}
