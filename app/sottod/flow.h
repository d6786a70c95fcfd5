/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow rules of a DPDK port that bring a UDP packet to a queue by its destination port. */
#ifndef SOTTO_APP_FLOW_H
#define SOTTO_APP_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_flow.h>

/* Frames that rules are for: OR of these. */
enum flow_frames {
	FLOW_IP4 = 1,
	FLOW_IP6 = 2,
	FLOW_IP4_VLAN = 4,
	FLOW_IP6_VLAN = 8,
	FLOW_FRAMES_END = 16
};

/* One rule, with all that it points to. */
struct flow_rule {
	struct rte_flow_item pattern[5];
	struct rte_flow_item_udp port, port_mask;
	struct rte_flow_action action[2];
	struct rte_flow_action_queue queue;
	struct rte_flow_action_rss rss;
};

/*
 * Makes a rule for frames of one kind: those whose destination port has this value in its bits 1 to
 * bits go to the queue, see lib/steer. Do not copy it.
 */
void flow_rule_by_bits(struct flow_rule *rule, enum flow_frames frames, unsigned bits,
	unsigned value, unsigned queues);

/* Makes a rule that has the device hash the destination port alone. Do not copy it. */
void flow_rule_hash_port(struct flow_rule *rule, enum flow_frames frames);

/*
 * Gives the port rules on port bits for all these frames. 0, or a negative errno with no rule left
 * and the reason in *why, valid until the next call of DPDK.
 */
int flow_share_out(uint16_t port, unsigned frames, unsigned queues, const char **why);

/* Has the port hash the destination port alone. The same. */
int flow_hash_port(uint16_t port, unsigned frames, const char **why);

/* Takes all rules from a port; before it stops. */
void flow_end(uint16_t port);

#endif
