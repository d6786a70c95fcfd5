/* SPDX-License-Identifier: BSD-3-Clause */
/* The test plays the NIC: it puts each frame on the queue that the hardware would have chosen. */
#ifndef SOTTO_TESTS_UNIT_SOTTOD_NIC_H
#define SOTTO_TESTS_UNIT_SOTTOD_NIC_H

#include "wire.h"

#include "app/sottod/rss.h"

enum nic_kind {
	NIC_HASHES, /* an input of rss.h, with rss.key and rss.table */
	NIC_RULES,  /* flow rules on port bits */
	NIC_ROBIN,  /* in turn: nothing that can be computed */
};

struct nic {
	enum nic_kind kind;
	enum rss_input input;
	struct rss rss;
	bool only_ip4; /* IPv6 comes to the queues in turn */
	unsigned queues;
	unsigned turn;
};

/* With our key, a table of 128 entries, queues in turn. */
void nic_init(struct nic *nic, enum rss_input input, unsigned queues);

/* The queue of a frame without IP options. */
unsigned nic_queue(struct nic *nic, const struct packet *frame);

/* The queue to which the first matching rule brings a port (host order); queues if none does. */
unsigned nic_rule_queue(unsigned port, unsigned queues);

#endif
