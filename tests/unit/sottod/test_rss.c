/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The description of a device's hash against the verification suite that NIC makers use, and
 * against DPDK's rte_softrss(); and what our own key promises.
 */
#include "unit.h"

#include "app/sottod/app.h"
#include "app/sottod/rss.h"

#include <arpa/inet.h>
#include <rte_thash.h>
#include <string.h>

static struct sotto_steer steer;
static struct rss rss;
static uint32_t seed;

/* The parts under test say things through the daemon. */
void app_say(char level, const char *format, ...)
{
}

static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed ^ seed >> 15;
}

/* "Verifying the RSS Hash Calculation", Microsoft's documentation for NDIS. */
static const uint8_t suite_key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
	0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77,
	0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static const struct {
	const char *to;
	uint16_t to_port;
	const char *from;
	uint16_t from_port;
	uint32_t hash;
} vectors[] = {
	{"161.142.100.80", 1766, "66.9.149.187", 2794, 0x51ccc178},
	{"65.69.140.83", 4739, "199.92.111.2", 14230, 0xc626b0ea},
	{"12.22.207.184", 38024, "24.19.198.95", 12898, 0x5c2b394a},
	{"209.142.163.6", 2217, "38.27.205.30", 48228, 0xafc7327f},
	{"202.188.127.2", 1303, "153.39.163.191", 44251, 0x10e828a2},
	{"3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x40207d3d},
	{"ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0xdde51bbf},
	{"fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251,
		0x02d1feef},
};

static void setup(void)
{
	seed = 5;
	memset(&rss, 0, sizeof(rss));
	rss.types = RTE_ETH_RSS_UDP;
	rss.table_size = 512;
	memcpy(rss.key, suite_key, sizeof(suite_key));
}

static struct sotto_endpoint endpoint(const char *text, uint16_t port)
{
	struct sotto_endpoint out = {.port = port};

	ck_assert_int_eq(sotto_base_addr_parse(text, &out.addr), 0);
	return out;
}

/* All 32 bits of the hash, as the description has it. */
static uint32_t hash_of(const struct sotto_endpoint *from, const struct sotto_endpoint *to)
{
	const struct sotto_steer_hash *hash = sotto_steer_hash(&steer, to->addr.family);
	unsigned input = sotto_steer_input(to->addr.family);

	return sotto_steer_path(&steer, from, &to->addr) ^ hash->share[input - 2][to->port >> 8] ^
	       hash->share[input - 1][to->port & 0xff];
}

START_TEST(microsofts_verification_suite)
{
	rss_describe(&rss, RSS_TUPLE, &steer);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct sotto_endpoint from = endpoint(vectors[i].from, vectors[i].from_port);
		struct sotto_endpoint to = endpoint(vectors[i].to, vectors[i].to_port);

		ck_assert_uint_eq(hash_of(&from, &to), vectors[i].hash);
	}
}
END_TEST

static void draw(uint8_t family, struct sotto_endpoint *out)
{
	memset(out, 0, sizeof(*out));
	out->addr.family = family;
	for (unsigned i = 0; i < (family == 4 ? 4 : 16); i++)
		out->addr.bytes[i] = (uint8_t)next_random();
	out->port = (uint16_t)next_random();
}

static void draw_device(void)
{
	rss.table_size = 64u << next_random() % 6;
	for (unsigned i = 0; i < rss.table_size; i++)
		rss.table[i] = (uint8_t)(next_random() % SOTTO_STEER_QUEUES_MAX);
	for (unsigned i = 0; i < RSS_KEY_MAX; i++)
		rss.key[i] = (uint8_t)next_random();
}

/* The tuple by DPDK's own means, hashed by DPDK. */
static uint32_t judge_tuple(const struct sotto_endpoint *from, const struct sotto_endpoint *to)
{
	union rte_thash_tuple tuple;

	if (to->addr.family == 4) {
		memcpy(&tuple.v4.src_addr, from->addr.bytes, 4);
		memcpy(&tuple.v4.dst_addr, to->addr.bytes, 4);
		tuple.v4.src_addr = ntohl(tuple.v4.src_addr);
		tuple.v4.dst_addr = ntohl(tuple.v4.dst_addr);
		tuple.v4.sport = from->port;
		tuple.v4.dport = to->port;
		return rte_softrss((uint32_t *)&tuple, RTE_THASH_V4_L4_LEN, rss.key);
	}
	for (unsigned i = 0; i < 4; i++) {
		uint32_t word;

		memcpy(&word, from->addr.bytes + 4 * i, 4);
		word = ntohl(word);
		memcpy(tuple.v6.src_addr + 4 * i, &word, 4);
		memcpy(&word, to->addr.bytes + 4 * i, 4);
		word = ntohl(word);
		memcpy(tuple.v6.dst_addr + 4 * i, &word, 4);
	}
	tuple.v6.sport = from->port;
	tuple.v6.dport = to->port;
	return rte_softrss((uint32_t *)&tuple, RTE_THASH_V6_L4_LEN, rss.key);
}

START_TEST(tuples_as_rte_softrss_has_them)
{
	for (unsigned round = 0; round < 20; round++) {
		draw_device();
		rss_describe(&rss, RSS_TUPLE, &steer);
		for (unsigned i = 0; i < 200; i++) {
			struct sotto_endpoint from, to;
			unsigned queue;
			uint32_t want;

			draw(i % 2 ? 6 : 4, &from);
			draw(i % 2 ? 6 : 4, &to);
			want = judge_tuple(&from, &to);
			ck_assert_uint_eq(hash_of(&from, &to), want);
			queue = sotto_steer_queue(&steer, to.addr.family,
				sotto_steer_path(&steer, &from, &to.addr), to.port);
			ck_assert_uint_eq(queue, rss.table[want % rss.table_size]);
		}
	}
}
END_TEST

/* The bytes that a device hashes, written down for each input apart. */
static unsigned write_input(enum rss_input input, const struct sotto_endpoint *from,
	const struct sotto_endpoint *to, uint8_t *out)
{
	unsigned len = to->addr.family == 4 ? 4 : 16;
	uint8_t port[2] = {(uint8_t)(to->port >> 8), (uint8_t)to->port};

	memset(out, 0, SOTTO_STEER_INPUT_MAX + 4);
	switch (input) {
	case RSS_PORT_PACKED:
		memcpy(out, port, 2);
		return 2;
	case RSS_PORT:
		memcpy(out + 2 * len + 2, port, 2);
		return 2 * len + 4;
	case RSS_ADDRESSES_PORT_PACKED:
		memcpy(out, from->addr.bytes, len);
		memcpy(out + len, to->addr.bytes, len);
		memcpy(out + 2 * len, port, 2);
		return 2 * len + 2;
	case RSS_ADDRESSES_PORT:
		memcpy(out, from->addr.bytes, len);
		memcpy(out + len, to->addr.bytes, len);
		memcpy(out + 2 * len + 2, port, 2);
		return 2 * len + 4;
	default:
		ck_abort();
	}
}

/* Bit by bit, as the definition says. */
static uint32_t toeplitz(const uint8_t *key, const uint8_t *input, unsigned len)
{
	uint32_t hash = 0;

	for (unsigned bit = 0; bit < 8 * len; bit++) {
		uint32_t window = 0;

		for (unsigned k = bit; k < bit + 32; k++)
			window = window << 1 | (key[k / 8] >> (7 - k % 8) & 1);
		if (input[bit / 8] >> (7 - bit % 8) & 1)
			hash ^= window;
	}
	return hash;
}

START_TEST(every_input_by_the_definition)
{
	uint8_t bytes[SOTTO_STEER_INPUT_MAX + 4];

	for (int input = 0; input < RSS_TUPLE; input++) {
		draw_device();
		rss_describe(&rss, (enum rss_input)input, &steer);
		for (unsigned i = 0; i < 200; i++) {
			struct sotto_endpoint from, to;
			unsigned len;

			draw(i % 2 ? 6 : 4, &from);
			draw(i % 2 ? 6 : 4, &to);
			len = write_input((enum rss_input)input, &from, &to, bytes);
			ck_assert_uint_eq(hash_of(&from, &to), toeplitz(rss.key, bytes, len));
		}
	}
}
END_TEST

START_TEST(families_that_are_not_hashed_by_ports_are_not_known)
{
	rss.types = RTE_ETH_RSS_NONFRAG_IPV6_UDP;
	rss_describe(&rss, RSS_TUPLE, &steer);
	ck_assert_int_eq(steer.hash[0].by, SOTTO_STEER_BY_NOTHING);
	ck_assert_int_eq(steer.hash[1].by, SOTTO_STEER_BY_TUPLE);
	rss.types = RTE_ETH_RSS_IP;
	rss_describe(&rss, RSS_PORT, &steer);
	ck_assert_int_eq(steer.hash[0].by, SOTTO_STEER_BY_NOTHING);
	ck_assert_int_eq(steer.hash[1].by, SOTTO_STEER_BY_NOTHING);
}
END_TEST

/* The queue of a packet from one port of nowhere to another. */
static unsigned queue_from_to(uint8_t family, unsigned from_port, unsigned to_port)
{
	struct sotto_endpoint from = {.addr.family = family, .port = (uint16_t)from_port};
	struct sotto_endpoint to = {.addr.family = family, .port = (uint16_t)to_port};

	return rss.table[hash_of(&from, &to) % rss.table_size];
}

/* RTP and RTCP of every pair come to one queue, and each queue has its part of them. */
static void check_pairs(uint8_t family, unsigned queues)
{
	unsigned least = rss.table_size / queues * (65536 / rss.table_size);
	unsigned pairs[SOTTO_STEER_QUEUES_MAX] = {0};
	unsigned apart = 0;

	for (unsigned port = 0; port < 65536; port += 2) {
		unsigned queue = queue_from_to(family, 40000, port);

		apart += queue_from_to(family, 40001, port + 1) != queue;
		apart += queue_from_to(family, 40000, port + 1) != queue;
		pairs[queue]++;
	}
	ck_assert_uint_eq(apart, 0);
	for (unsigned queue = 0; queue < queues; queue++)
		ck_assert_uint_ge(2 * pairs[queue], least);
}

static void make_table(unsigned size, unsigned queues)
{
	rss.table_size = size;
	for (unsigned i = 0; i < size; i++)
		rss.table[i] = (uint8_t)(i % queues);
	rss_key(rss.key, size, queues);
}

/* _i: queues - 1 */
START_TEST(our_key_keeps_pairs_together)
{
	unsigned queues = (unsigned)_i + 1;

	for (unsigned size = 64; size <= 512; size *= 2) {
		make_table(size, queues);
		for (int input = 0; input < RSS_INPUTS; input++) {
			rss_describe(&rss, (enum rss_input)input, &steer);
			check_pairs(4, queues);
			check_pairs(6, queues);
		}
	}
}
END_TEST

/* So many pairs in a row as there are queues reach each of them, when that is a power of two. */
START_TEST(our_key_serves_small_ranges)
{
	for (unsigned queues = 2; queues <= 16; queues *= 2) {
		make_table(128, queues);
		for (int input = 0; input < RSS_INPUTS; input++) {
			uint64_t seen = 0;

			rss_describe(&rss, (enum rss_input)input, &steer);
			for (unsigned pair = 0; pair < queues; pair++)
				seen |= 1ull << queue_from_to(4, 40000, 20000 / 32 * 32 + 2 * pair);
			ck_assert_uint_eq(seen, (1ull << queues) - 1);
		}
	}
}
END_TEST

/* Addresses and source ports are spread, too: what arrives from everywhere fills all entries. */
START_TEST(our_key_spreads_remotes)
{
	static unsigned hits[512];
	struct sotto_endpoint from, to = endpoint("192.0.2.1", 20000);

	rss_key(rss.key, 512, 6);
	rss_describe(&rss, RSS_TUPLE, &steer);
	for (unsigned i = 0; i < 512 * 100; i++) {
		draw(4, &from);
		hits[hash_of(&from, &to) % 512]++;
	}
	for (unsigned i = 0; i < 512; i++)
		ck_assert(hits[i] > 50 && hits[i] < 150);
}
END_TEST

/* What is asked of a device, in turn. */
START_TEST(asks_for_less_until_the_device_takes_it)
{
	struct rte_eth_dev_info info = {.hash_key_size = 40,
		.flow_type_rss_offloads =
			RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_L4_DST_ONLY};
	struct rte_eth_rss_conf *asked;
	struct rte_eth_conf conf = {0};
	uint8_t key[RSS_KEY_MAX];

	asked = &conf.rx_adv_conf.rss_conf;
	for (unsigned i = 0; i < 4; i++) {
		ck_assert(rss_ask(&conf, &info, 4, true, i, key));
		ck_assert_int_eq((asked->rss_hf & RTE_ETH_RSS_L4_DST_ONLY) != 0, i < 2);
		ck_assert_ptr_eq(asked->rss_key, i % 2 == 0 ? key : NULL);
		ck_assert_uint_eq(asked->rss_key_len, i % 2 == 0 ? 40 : 0);
	}
	ck_assert(!rss_ask(&conf, &info, 4, true, 4, key));
	ck_assert(rss_ask(&conf, &info, 4, false, 0, key));
	ck_assert((asked->rss_hf & RTE_ETH_RSS_L4_DST_ONLY) == 0);
	ck_assert(!rss_ask(&conf, &info, 4, false, 2, key));
	info.flow_type_rss_offloads = RTE_ETH_RSS_TCP;
	ck_assert(!rss_ask(&conf, &info, 4, true, 0, key));
	info.flow_type_rss_offloads = RTE_ETH_RSS_UDP;
	info.hash_key_size = RSS_KEY_MAX + 1;
	ck_assert(rss_ask(&conf, &info, 4, true, 0, key));
	ck_assert_ptr_null(asked->rss_key);
	ck_assert(!rss_ask(&conf, &info, 4, true, 1, key));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sottod: RSS");
	TCase *all = tcase_create("RSS");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, microsofts_verification_suite);
	tcase_add_test(all, tuples_as_rte_softrss_has_them);
	tcase_add_test(all, every_input_by_the_definition);
	tcase_add_test(all, families_that_are_not_hashed_by_ports_are_not_known);
	tcase_add_loop_test(all, our_key_keeps_pairs_together, 0, 16);
	tcase_add_test(all, our_key_serves_small_ranges);
	tcase_add_test(all, our_key_spreads_remotes);
	tcase_add_test(all, asks_for_less_until_the_device_takes_it);
	suite_add_tcase(suite, all);
	return sotto_unit_run(suite);
}
