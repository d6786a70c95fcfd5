/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receive side scaling of a DPDK port: what to ask for, and what the device then does, in the terms
 * of lib/steer. The hash is computed with DPDK's rte_softrss().
 */
#ifndef SOTTO_APP_RSS_H
#define SOTTO_APP_RSS_H

#include "steer/steer.h"

#include <rte_ethdev.h>

#define RSS_KEY_MIN 40 /* bytes: enough for the longest input */
#define RSS_KEY_MAX 64

/*
 * What a device may hash of a UDP packet. When it is asked for the destination port alone
 * (RTE_ETH_RSS_L4_DST_ONLY), drivers differ: some leave the addresses in; and fields that are left
 * out may count as zero in their place, or be skipped. All are tried on packets (steering.c).
 */
enum rss_input {
	RSS_PORT_PACKED, /* the destination port, and nothing before it */
	RSS_PORT,        /* the same, where it stands in the tuple; the rest is zero */
	RSS_ADDRESSES_PORT_PACKED,
	RSS_ADDRESSES_PORT, /* all but the source port */
	RSS_TUPLE,          /* addresses and ports */
	RSS_INPUTS
};

/* A device's hash as it was read back. */
struct rss {
	uint64_t types; /* RTE_ETH_RSS_* */
	uint8_t key[RSS_KEY_MAX];
	uint32_t table_size;
	uint8_t table[SOTTO_STEER_TABLE_MAX];
};

/*
 * A key that suits us: with it both ports of a pair lead to one queue, whatever of the inputs above
 * the device takes, while pairs are spread evenly. For a table of that many entries (0: not known)
 * with queues in turn.
 */
void rss_key(uint8_t key[RSS_KEY_MAX], unsigned table_size, unsigned queues);

/*
 * Fills conf with the hash to ask of the device, best first; attempt counts from 0. False: there is
 * no further attempt. by_port: may ask for the destination port alone. key (RSS_KEY_MAX bytes) must
 * live as long as the device: drivers read it when it starts.
 */
bool rss_ask(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info, unsigned queues,
	bool by_port, unsigned attempt, uint8_t *key);

/*
 * Has a started device deal its queues in turn, if it lets us, and reads what it does. 0; -ENOTSUP
 * when it does not say, or hashes in a way that we cannot compute; -ERANGE when its table is odd.
 */
int rss_read(uint16_t port, unsigned queues, struct rss *out);

/* Describes a device that hashes this input. *out needs no initial value. */
void rss_describe(const struct rss *rss, enum rss_input input, struct sotto_steer *out);

const char *rss_input_name(enum rss_input input);

#endif
