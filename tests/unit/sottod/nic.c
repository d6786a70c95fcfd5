/* SPDX-License-Identifier: BSD-3-Clause */
/* A NIC in software; see nic.h. DPDK's rte_softrss() decides, over bytes that are read here. */
#include "nic.h"

#include "app/sottod/flow.h"

#include <arpa/inet.h>
#include <rte_thash.h>
#include <string.h>

#define INPUT_MAX 36

void nic_init(struct nic *nic, enum rss_input input, unsigned queues)
{
	memset(nic, 0, sizeof(*nic));
	nic->input = input;
	nic->queues = queues;
	nic->rss.types = RTE_ETH_RSS_UDP;
	nic->rss.table_size = 128;
	for (unsigned i = 0; i < nic->rss.table_size; i++)
		nic->rss.table[i] = (uint8_t)(i % queues);
	rss_key(nic->rss.key, nic->rss.table_size, queues);
}

/* Source and destination address, source and destination port as they stand in the frame. */
static unsigned read_tuple(const struct packet *frame, uint8_t tuple[INPUT_MAX])
{
	uint32_t ip = packet_ip(frame), udp = packet_udp(frame);
	unsigned addresses = frame->bytes[ip] >> 4 == 4 ? 8 : 32;

	memcpy(tuple, frame->bytes + udp - addresses, addresses);
	memcpy(tuple + addresses, frame->bytes + udp, 4);
	return addresses + 4;
}

static uint32_t softrss(const uint8_t *bytes, const uint8_t *key)
{
	uint32_t word[INPUT_MAX / 4];

	memcpy(word, bytes, sizeof(word));
	for (unsigned i = 0; i < INPUT_MAX / 4; i++)
		word[i] = ntohl(word[i]);
	return rte_softrss(word, INPUT_MAX / 4, key);
}

static uint32_t hash(const struct nic *nic, const struct packet *frame)
{
	uint8_t tuple[INPUT_MAX] = {0}, input[INPUT_MAX] = {0};
	unsigned len = read_tuple(frame, tuple);

	switch (nic->input) {
	case RSS_PORT_PACKED:
		memcpy(input, tuple + len - 2, 2);
		break;
	case RSS_PORT:
		memcpy(input + len - 2, tuple + len - 2, 2);
		break;
	case RSS_ADDRESSES_PORT_PACKED:
		memcpy(input, tuple, len - 4);
		memcpy(input + len - 4, tuple + len - 2, 2);
		break;
	case RSS_ADDRESSES_PORT:
		memcpy(input, tuple, len);
		memset(input + len - 4, 0, 2);
		break;
	default:
		memcpy(input, tuple, len);
	}
	return softrss(input, nic->rss.key);
}

unsigned nic_rule_queue(unsigned port, unsigned queues)
{
	unsigned bits = sotto_steer_rule_bits(queues);

	for (unsigned value = 0; value < 1u << bits; value++) {
		struct flow_rule rule;

		flow_rule_by_bits(&rule, FLOW_IP4, bits, value, queues);
		if ((htons((uint16_t)port) & rule.port_mask.hdr.dst_port) == rule.port.hdr.dst_port)
			return rule.queue.index;
	}
	return queues;
}

unsigned nic_queue(struct nic *nic, const struct packet *frame)
{
	uint8_t tuple[INPUT_MAX];
	unsigned len;

	if (nic->only_ip4 && frame->bytes[packet_ip(frame)] >> 4 == 6)
		return nic->turn++ % nic->queues;
	switch (nic->kind) {
	case NIC_HASHES:
		return nic->rss.table[hash(nic, frame) % nic->rss.table_size];
	case NIC_RULES:
		len = read_tuple(frame, tuple);
		return nic_rule_queue((unsigned)tuple[len - 2] << 8 | tuple[len - 1], nic->queues);
	default:
		return nic->turn++ % nic->queues;
	}
}
