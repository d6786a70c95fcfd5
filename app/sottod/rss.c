/* SPDX-License-Identifier: BSD-3-Clause */
/* Receive side scaling of a DPDK port; see rss.h. */
#include "rss.h"

#include "base/bytes.h"

#include <errno.h>
#include <rte_thash.h>
#include <rte_version.h>
#include <string.h>

#define TABLE_BITS 9 /* when the device does not say how large its table is */
#define GROUP RTE_ETH_RETA_GROUP_SIZE
#define TABLE_GROUPS (SOTTO_STEER_TABLE_MAX / GROUP)
#define WORDS_MAX (SOTTO_STEER_INPUT_MAX / 4)

/* What a device hashes, and whether it skips the rest. */
static const struct {
	const char *name;
	bool addresses, src_port, packed;
} inputs[RSS_INPUTS] = {
	[RSS_PORT_PACKED] = {"the destination port", false, false, true},
	[RSS_PORT] = {"the destination port in its place", false, false, false},
	[RSS_ADDRESSES_PORT_PACKED] = {"addresses and the destination port", true, false, true},
	[RSS_ADDRESSES_PORT] = {"addresses and the destination port in its place", true, false,
		false},
	[RSS_TUPLE] = {"addresses and ports", true, true, false},
};

const char *rss_input_name(enum rss_input input)
{
	return inputs[input].name;
}

static void set_bit(uint8_t *key, unsigned bit, bool value)
{
	uint8_t mask = (uint8_t)(0x80 >> bit % 8);

	key[bit / 8] = (uint8_t)(value ? key[bit / 8] | mask : key[bit / 8] & ~mask);
}

/*
 * An input bit at position p adds the key's bits p to p + 31 to the hash, so the lowest bit of a
 * port that ends there must find zeros in the last of them. The one before the zeros is set: then
 * each port bit above adds a hash bit that those below it do not have, and nothing is lost.
 */
static void pair_up(uint8_t *key, unsigned position, unsigned bits)
{
	unsigned end = position + 32;

	for (unsigned bit = end - bits; bit < end; bit++)
		set_bit(key, bit, false);
	set_bit(key, end - bits - 1, true);
}

/*
 * Bits of the hash that a pair must have in common. With queues in turn in the table, a power of
 * two is decided by the last bits; any other number by all that the table is looked up with.
 */
static unsigned pair_bits(unsigned table_size, unsigned queues)
{
	unsigned bits = 0;

	if ((queues & (queues - 1)) != 0)
		queues = table_size != 0 ? table_size : 1u << TABLE_BITS;
	while (1u << bits < queues)
		bits++;
	return bits;
}

void rss_key(uint8_t key[RSS_KEY_MAX], unsigned table_size, unsigned queues)
{
	unsigned bits = pair_bits(table_size, queues);
	/* the key of Microsoft's verification suite, which everybody has */
	static const uint8_t base[RSS_KEY_MIN] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2,
		0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b,
		0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b,
		0xbe, 0xac, 0x01, 0xfa};
	/* where the last bit of a port stands: destination alone; IPv4, IPv6, source and
	 * destination */
	static const unsigned ends[] = {16, 80, 96, 272, 288};

	for (unsigned i = 0; i < RSS_KEY_MAX; i++)
		key[i] = base[i % RSS_KEY_MIN];
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		pair_up(key, ends[i] - 1, bits);
}

bool rss_ask(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info, unsigned queues,
	bool by_port, unsigned attempt, uint8_t *key)
{
	uint64_t plain = info->flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
	uint64_t port = info->flow_type_rss_offloads & RTE_ETH_RSS_L4_DST_ONLY;
	unsigned keys = 1 + (info->hash_key_size <= RSS_KEY_MAX);
	unsigned kinds = 1 + (by_port && port != 0 && (plain & RTE_ETH_RSS_UDP) != 0);

	if (plain == 0 || attempt >= keys * kinds)
		return false;
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_hf = plain | (attempt / keys + 1 < kinds ? port : 0);
	conf->rx_adv_conf.rss_conf.rss_key = NULL;
	conf->rx_adv_conf.rss_conf.rss_key_len = 0;
	if (attempt % keys + 1 == keys)
		return true;
	rss_key(key, info->reta_size, queues);
	conf->rx_adv_conf.rss_conf.rss_key = key;
	conf->rx_adv_conf.rss_conf.rss_key_len =
		info->hash_key_size ? info->hash_key_size : RSS_KEY_MIN;
	return true;
}

static bool is_in_turn(const struct rss *rss, unsigned queues)
{
	for (uint32_t i = 0; i < rss->table_size; i++) {
		if (rss->table[i] != i % queues)
			return false;
	}
	return true;
}

/* Marks the first size entries of a table as those that are meant. */
static void mark(struct rte_eth_rss_reta_entry64 *table, uint32_t size)
{
	memset(table, 0, TABLE_GROUPS * sizeof(*table));
	for (uint32_t i = 0; i < size; i++)
		table[i / GROUP].mask |= 1ull << i % GROUP;
}

/* Our key is made for queues in turn, which is what most devices begin with. */
static int write_table(uint16_t port, unsigned queues, uint32_t size)
{
	struct rte_eth_rss_reta_entry64 table[TABLE_GROUPS];

	mark(table, size);
	for (uint32_t i = 0; i < size; i++)
		table[i / GROUP].reta[i % GROUP] = (uint16_t)(i % queues);
	return rte_eth_dev_rss_reta_update(port, table, (uint16_t)size);
}

static int read_table(uint16_t port, unsigned queues, uint32_t size, struct rss *out)
{
	struct rte_eth_rss_reta_entry64 table[TABLE_GROUPS];

	mark(table, size);
	if (rte_eth_dev_rss_reta_query(port, table, (uint16_t)size) != 0)
		return -ENOTSUP;
	for (uint32_t i = 0; i < size; i++) {
		unsigned queue = table[i / GROUP].reta[i % GROUP];

		if (queue >= queues)
			return -ERANGE;
		out->table[i] = (uint8_t)queue;
	}
	out->table_size = size;
	return 0;
}

/* What the device has, after it was asked for queues in turn. */
static int settle_table(uint16_t port, unsigned queues, uint32_t size, struct rss *out)
{
	int rc;

	if (size == 0)
		return -ENOTSUP;
	if ((size & (size - 1)) != 0 || size > SOTTO_STEER_TABLE_MAX)
		return -ERANGE;
	rc = read_table(port, queues, size, out);
	if (rc == 0 && is_in_turn(out, queues))
		return 0;
	if (write_table(port, queues, size) == 0)
		rc = read_table(port, queues, size, out);
	return rc;
}

static bool is_toeplitz(const struct rte_eth_rss_conf *conf)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
	return conf->algorithm == RTE_ETH_HASH_FUNCTION_DEFAULT ||
	       conf->algorithm == RTE_ETH_HASH_FUNCTION_TOEPLITZ;
#else
	return true;
#endif
}

int rss_read(uint16_t port, unsigned queues, struct rss *out)
{
	struct rte_eth_rss_conf conf = {.rss_key = out->key, .rss_key_len = RSS_KEY_MAX};
	struct rte_eth_dev_info info;

	memset(out, 0, sizeof(*out));
	if (queues > SOTTO_STEER_QUEUES_MAX || rte_eth_dev_info_get(port, &info) != 0)
		return -ENOTSUP;
	if (info.hash_key_size > RSS_KEY_MAX || rte_eth_dev_rss_hash_conf_get(port, &conf) != 0 ||
		!is_toeplitz(&conf) || conf.rss_key_len < RSS_KEY_MIN)
		return -ENOTSUP;
	out->types = conf.rss_hf;
	if ((out->types & RTE_ETH_RSS_UDP) == 0)
		return -ENOTSUP;
	return settle_table(port, queues, info.reta_size, out);
}

/* The hash of one byte with this value, the rest being zero. */
static uint32_t hash_byte(const uint8_t *key, unsigned at, unsigned value)
{
	uint32_t word[WORDS_MAX] = {0};

	word[at / 4] = (uint32_t)value << (24 - 8 * (at % 4));
	return rte_softrss(word, WORDS_MAX, key);
}

static void describe_field(const struct rss *rss, struct sotto_steer_hash *out, unsigned from,
	unsigned len, unsigned to)
{
	for (unsigned i = 0; i < len; i++) {
		for (unsigned value = 0; value < 256; value++)
			out->share[from + i][value] = hash_byte(rss->key, to + i, value);
	}
}

static void describe_family(
	const struct rss *rss, enum rss_input input, uint8_t family, struct sotto_steer_hash *out)
{
	unsigned ports = sotto_steer_input(family) - 4, at = ports + 2;

	out->by = inputs[input].addresses ? SOTTO_STEER_BY_TUPLE : SOTTO_STEER_BY_PORT;
	if (inputs[input].packed)
		at = inputs[input].addresses ? ports : 0;
	if (inputs[input].addresses)
		describe_field(rss, out, 0, ports, 0);
	if (inputs[input].src_port)
		describe_field(rss, out, ports, 2, ports);
	describe_field(rss, out, ports + 2, 2, at);
}

void rss_describe(const struct rss *rss, enum rss_input input, struct sotto_steer *out)
{
	memset(out, 0, sizeof(*out));
	out->mask = rss->table_size - 1;
	memcpy(out->queue, rss->table, rss->table_size);
	if (rss->types & RTE_ETH_RSS_NONFRAG_IPV4_UDP)
		describe_family(rss, input, 4, &out->hash[0]);
	if (rss->types & RTE_ETH_RSS_NONFRAG_IPV6_UDP)
		describe_family(rss, input, 6, &out->hash[1]);
}
