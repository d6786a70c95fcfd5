/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Flow rules of a DPDK port; see flow.h. Ranges of ports are refused by most drivers, so the rules
 * are masks. The bit that tells RTCP from RTP is never looked at: both go one way.
 */
#include "flow.h"

#include "steer/steer.h"

#include <errno.h>
#include <rte_byteorder.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <string.h>

static const struct rte_flow_attr ingress = {.ingress = 1};

static bool is_ip4(enum flow_frames frames)
{
	return (frames & (FLOW_IP4 | FLOW_IP4_VLAN)) != 0;
}

/* Ethernet, perhaps VLAN, IP, UDP; returns the item of UDP. */
static struct rte_flow_item *fill_pattern(struct flow_rule *rule, enum flow_frames frames)
{
	struct rte_flow_item *item = rule->pattern;

	memset(rule, 0, sizeof(*rule));
	item++->type = RTE_FLOW_ITEM_TYPE_ETH;
	if (frames & (FLOW_IP4_VLAN | FLOW_IP6_VLAN))
		item++->type = RTE_FLOW_ITEM_TYPE_VLAN;
	item++->type = is_ip4(frames) ? RTE_FLOW_ITEM_TYPE_IPV4 : RTE_FLOW_ITEM_TYPE_IPV6;
	item->type = RTE_FLOW_ITEM_TYPE_UDP;
	item[1].type = RTE_FLOW_ITEM_TYPE_END;
	rule->action[1].type = RTE_FLOW_ACTION_TYPE_END;
	return item;
}

void flow_rule_by_bits(struct flow_rule *rule, enum flow_frames frames, unsigned bits,
	unsigned value, unsigned queues)
{
	struct rte_flow_item *udp = fill_pattern(rule, frames);

	rule->port.hdr.dst_port = rte_cpu_to_be_16((uint16_t)(value << 1));
	rule->port_mask.hdr.dst_port = rte_cpu_to_be_16((uint16_t)(((1u << bits) - 1) << 1));
	udp->spec = &rule->port;
	udp->mask = &rule->port_mask;
	rule->queue.index = (uint16_t)sotto_steer_rule_queue(value, queues);
	rule->action[0].type = RTE_FLOW_ACTION_TYPE_QUEUE;
	rule->action[0].conf = &rule->queue;
}

void flow_rule_hash_port(struct flow_rule *rule, enum flow_frames frames)
{
	fill_pattern(rule, frames);
	rule->rss.types = RTE_ETH_RSS_L4_DST_ONLY | (is_ip4(frames) ? RTE_ETH_RSS_NONFRAG_IPV4_UDP
								    : RTE_ETH_RSS_NONFRAG_IPV6_UDP);
	rule->action[0].type = RTE_FLOW_ACTION_TYPE_RSS;
	rule->action[0].conf = &rule->rss;
}

static int refuse(const char **why)
{
	*why = "the port has no address";
	return -ENOTSUP;
}

/* All or none; the port had no rules before. */
static int add(uint16_t port, const struct flow_rule *rule, const char **why)
{
	struct rte_flow_error error = {.message = NULL};
	int rc;

	if (rte_flow_create(port, &ingress, rule->pattern, rule->action, &error))
		return 0;
	rc = rte_errno > 0 ? -rte_errno : -ENOTSUP;
	*why = error.message ? error.message : rte_strerror(-rc);
	flow_end(port);
	return rc;
}

int flow_share_out(uint16_t port, unsigned frames, unsigned queues, const char **why)
{
	unsigned bits = sotto_steer_rule_bits(queues);
	struct flow_rule rule;
	int rc = frames == 0 ? refuse(why) : 0;

	for (unsigned kind = 1; kind < FLOW_FRAMES_END; kind *= 2) {
		if ((frames & kind) == 0)
			continue;
		for (unsigned value = 0; rc == 0 && value < 1u << bits; value++) {
			flow_rule_by_bits(&rule, (enum flow_frames)kind, bits, value, queues);
			rc = add(port, &rule, why);
		}
	}
	return rc;
}

int flow_hash_port(uint16_t port, unsigned frames, const char **why)
{
	struct flow_rule rule;
	int rc = frames == 0 ? refuse(why) : 0;

	for (unsigned kind = 1; rc == 0 && kind < FLOW_FRAMES_END; kind *= 2) {
		if ((frames & kind) == 0)
			continue;
		flow_rule_hash_port(&rule, (enum flow_frames)kind);
		rc = add(port, &rule, why);
	}
	return rc;
}

void flow_end(uint16_t port)
{
	struct rte_flow_error error;

	rte_flow_flush(port, &error);
}
