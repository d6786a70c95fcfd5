/* SPDX-License-Identifier: BSD-3-Clause */
/* A device's hash evaluated: every byte of the tuple counts, and rules share ports out fairly. */
#include "unit.h"

#include "steer/steer.h"

#include <string.h>

#define PORTS 65536

static struct sotto_steer steer;
static uint32_t seed;

static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed ^ seed >> 15;
}

static void fill_bytes(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)next_random();
}

static void fill_hash(struct sotto_steer_hash *hash, enum sotto_steer_by by)
{
	hash->by = by;
	for (unsigned i = 0; i < SOTTO_STEER_INPUT_MAX; i++) {
		for (unsigned value = 0; value < 256; value++)
			hash->share[i][value] = next_random();
	}
}

static void setup(void)
{
	seed = 1;
	memset(&steer, 0, sizeof(steer));
	steer.mask = SOTTO_STEER_TABLE_MAX - 1;
	for (unsigned i = 0; i < SOTTO_STEER_TABLE_MAX; i++)
		steer.queue[i] = (uint8_t)(next_random() % SOTTO_STEER_QUEUES_MAX);
	fill_hash(&steer.hash[0], SOTTO_STEER_BY_TUPLE);
	fill_hash(&steer.hash[1], SOTTO_STEER_BY_TUPLE);
}

/* The hash by the definition, over the tuple as it stands in a packet. */
static uint32_t hash_tuple(
	uint8_t family, const struct sotto_endpoint *from, const struct sotto_endpoint *to)
{
	const struct sotto_steer_hash *hash = &steer.hash[family == 4 ? 0 : 1];
	size_t len = family == 4 ? 4 : 16;
	uint8_t tuple[SOTTO_STEER_INPUT_MAX];
	uint32_t sum = 0;

	memcpy(tuple, from->addr.bytes, len);
	memcpy(tuple + len, to->addr.bytes, len);
	tuple[2 * len] = (uint8_t)(from->port >> 8);
	tuple[2 * len + 1] = (uint8_t)from->port;
	tuple[2 * len + 2] = (uint8_t)(to->port >> 8);
	tuple[2 * len + 3] = (uint8_t)to->port;
	for (size_t i = 0; i < 2 * len + 4; i++)
		sum ^= hash->share[i][tuple[i]];
	return sum;
}

static void draw(uint8_t family, struct sotto_endpoint *out)
{
	memset(out, 0, sizeof(*out));
	out->addr.family = family;
	fill_bytes(out->addr.bytes, family == 4 ? 4 : 16);
	out->port = (uint16_t)next_random();
}

START_TEST(each_byte_of_the_tuple_counts)
{
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t family = i % 2 ? 6 : 4;
		struct sotto_endpoint from, to;
		uint32_t path, want;

		draw(family, &from);
		draw(family, &to);
		path = sotto_steer_path(&steer, &from, &to.addr);
		want = steer.queue[hash_tuple(family, &from, &to) & steer.mask];
		ck_assert_uint_eq(sotto_steer_queue(&steer, family, path, to.port), want);
	}
}
END_TEST

START_TEST(by_port_the_remote_does_not_matter)
{
	struct sotto_endpoint from, to;

	steer.hash[0].by = SOTTO_STEER_BY_PORT;
	draw(4, &from);
	draw(4, &to);
	ck_assert_uint_eq(sotto_steer_path(&steer, &from, &to.addr), 0);
	ck_assert_uint_eq(sotto_steer_path(&steer, NULL, &to.addr), 0);
}
END_TEST

/* The rule that a port matches, as a device finds it. */
static unsigned rule_of(unsigned port, unsigned bits)
{
	return (port & (((1u << bits) - 1) << 1)) >> 1;
}

START_TEST(rules_keep_pairs_together_and_share_ports_out)
{
	static unsigned ports[256]; /* [queue] */

	for (unsigned queues = 1; queues <= SOTTO_STEER_QUEUES_MAX; queues++) {
		unsigned bits = sotto_steer_rule_bits(queues), wrong = 0;

		ck_assert_uint_le(1u << bits, 4 * SOTTO_STEER_QUEUES_MAX);
		sotto_steer_by_rules(&steer, queues);
		memset(ports, 0, sizeof(ports));
		for (unsigned port = 0; port < PORTS; port++) {
			unsigned queue = sotto_steer_queue(&steer, 4, 0, (uint16_t)port);

			wrong += queue >= queues;
			wrong += queue != sotto_steer_rule_queue(rule_of(port, bits), queues);
			wrong += queue != sotto_steer_queue(&steer, 6, 0, (uint16_t)(port ^ 1));
			ports[queue]++;
		}
		ck_assert_uint_eq(wrong, 0);
		for (unsigned queue = 0; queue < queues; queue++)
			ck_assert_uint_ge(4 * ports[queue] * queues, 3 * PORTS);
	}
}
END_TEST

START_TEST(powers_of_two_need_one_rule_a_queue)
{
	for (unsigned bits = 0; bits <= 6; bits++)
		ck_assert_uint_eq(sotto_steer_rule_bits(1u << bits), bits);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("steer");
	TCase *all = tcase_create("steer");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, each_byte_of_the_tuple_counts);
	tcase_add_test(all, by_port_the_remote_does_not_matter);
	tcase_add_test(all, rules_keep_pairs_together_and_share_ports_out);
	tcase_add_test(all, powers_of_two_need_one_rule_a_queue);
	suite_add_tcase(suite, all);
	return sotto_unit_run(suite);
}
