/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steering as a whole: four workers, devices whose queues the test fills as a NIC would. With it no
 * packet is handed over, without it (n - 1) / n of them are, and either way each arrives.
 */
#include "call.h"
#include "nic.h"

#include "app/sottod/app.h"
#include "app/sottod/config_values.h"
#include "app/sottod/flow.h"
#include "app/sottod/numa.h"

#include <errno.h>
#include <rte_bus_vdev.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUEUES 4
#define CALLS 48
#define ROUNDS 2 /* of packets of each leg */

static struct rig rig;
static struct nic nic;
static struct steering *steering[RIG_DEVICES];
static struct call calls[CALLS];
static unsigned call_count;
static char said[256];

void app_say(char level, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(said, sizeof(said), format, list);
	va_end(list);
}

static void setup(void)
{
	rig_open(&rig);
	call_count = 0;
	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		steering[d] = steering_new(rig.device[d].name, STEERING_AUTO, QUEUES);
		ck_assert_ptr_nonnull(steering[d]);
		memcpy(steering[d]->mac, rig.device[d].mac, 6);
		steering_watch_queues(steering[d], rig.device[d].port);
	}
}

static void end_calls(void)
{
	while (call_count > 0) {
		struct call *call = &calls[--call_count];

		sotto_session_delete(rig.sessions, call->session);
		call_end(call);
	}
	rig_poll(&rig);
	sotto_sessions_reclaim(rig.sessions);
}

static void teardown(void)
{
	end_calls();
	for (unsigned d = 0; d < RIG_DEVICES; d++)
		steering_free(steering[d], rig.device[d].port);
	rig_close(&rig);
}

/* The engine believes that devices hash this input, or one of those behind it. */
static void believe(enum rss_input first)
{
	for (unsigned d = 0; d < RIG_DEVICES; d++)
		steering_by_rss(steering[d], &rig.device[d], &nic.rss, first);
}

static void believe_rules(void)
{
	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		for (unsigned i = 0; i < rig.device[d].interface_count; i++) {
			sotto_steer_by_rules(&steering[d]->description[0], QUEUES);
			ck_assert_int_eq(sotto_interface_steer(rig.device[d].interface[i],
						 &steering[d]->description[0]),
				0);
		}
	}
}

/* Calls between all kinds of interfaces, one half with rtcp_mux. */
static void make_calls(unsigned count)
{
	static const enum rig_interface from[] = {RIG_ACCESS4, RIG_ACCESS6, RIG_ACCESS_VLAN};
	static const enum rig_interface to[] = {RIG_CORE6, RIG_CORE4};

	for (unsigned i = 0; i < count; i++) {
		struct call *call = &calls[call_count++];

		call_init(call, &rig, from[i % 3], to[i % 2]);
		for (int side = 0; side < SIDES; side++) {
			struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];

			leg->rtcp_mux = i / 2 % 2;
			if (leg->rtcp_mux)
				leg->remote_rtcp_port = leg->remote.port;
		}
		call_secure(call, SIDE_A, "AES_CM_128_HMAC_SHA1_80");
		call_put(call);
	}
}

/* One packet from a peer over the NIC to the other peer; how often it was handed over. */
static uint64_t carry(
	struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind)
{
	uint64_t before = rig_stats(&rig).handed_over;
	struct packet frame;

	call_frame(call, side, plain, kind, &frame);
	wire_send(&rig, call_device(call, side), nic_queue(&nic, &frame), &frame);
	rig_poll(&rig);
	call_expect(call, 1 - side, plain, kind);
	ck_assert(wire_is_silent(&rig));
	return rig_stats(&rig).handed_over - before;
}

struct count {
	unsigned rtp, rtp_handed;
	unsigned rtcp, rtcp_handed;
};

/* All calls talk both ways. */
static struct count talk(void)
{
	static uint16_t seq;
	struct count count = {0};
	struct packet plain;

	for (unsigned round = 0; round < ROUNDS; round++) {
		seq++;
		for (unsigned i = 0; i < 2 * call_count; i++) {
			packet_rtp(&plain, 0xa0a00000 + i, seq, 160);
			count.rtp_handed +=
				(unsigned)carry(&calls[i / 2], i % 2, &plain, SOTTO_SRTP);
			count.rtp++;
		}
	}
	for (unsigned i = 0; i < 2 * call_count; i++) {
		packet_rtcp(&plain, 0xa0a00000 + i);
		count.rtcp_handed += (unsigned)carry(&calls[i / 2], i % 2, &plain, SOTTO_SRTCP);
		count.rtcp++;
	}
	return count;
}

static void expect_no_hand_over(void)
{
	struct count count = talk();

	ck_assert_uint_eq(count.rtp, 2 * ROUNDS * call_count);
	ck_assert_uint_eq(count.rtp_handed, 0);
	ck_assert_uint_eq(count.rtcp_handed, 0);
}

static uint64_t astray(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < RIG_INTERFACES; i++)
		sum += rig.interface[i].astray;
	return sum;
}

START_TEST(without_steering_most_packets_are_handed_over)
{
	struct count count;

	nic_init(&nic, RSS_TUPLE, QUEUES);
	make_calls(CALLS);
	count = talk();
	/* (n - 1) / n = 0.75, give or take what 192 draws may */
	ck_assert_uint_gt(100 * count.rtp_handed, 60 * count.rtp);
	ck_assert_uint_lt(100 * count.rtp_handed, 90 * count.rtp);
	ck_assert_uint_gt(100 * count.rtcp_handed, 60 * count.rtcp);
	ck_assert_uint_eq(astray(), 0);
}
END_TEST

/* _i: enum rss_input */
START_TEST(nothing_is_handed_over_when_the_hash_is_known)
{
	nic_init(&nic, (enum rss_input)_i, QUEUES);
	believe((enum rss_input)_i);
	make_calls(CALLS);
	for (unsigned w = 0; w < QUEUES; w++)
		ck_assert_uint_eq(sotto_sessions_owned(rig.sessions, w), CALLS / QUEUES);
	expect_no_hand_over();
	ck_assert_uint_eq(astray(), 0);
	ck_assert_str_eq(steering_name(steering[0]), _i <= RSS_PORT ? "rss-port" : "rss-tuple");
}
END_TEST

START_TEST(nothing_is_handed_over_with_flow_rules)
{
	nic_init(&nic, RSS_TUPLE, QUEUES);
	nic.kind = NIC_RULES;
	believe_rules();
	make_calls(CALLS);
	expect_no_hand_over();
	ck_assert_uint_eq(astray(), 0);
}
END_TEST

/* A key that is not ours may tear pairs apart: RTP goes the short way, RTCP over the ring. */
START_TEST(with_another_key_rtp_still_comes_right)
{
	struct count count;

	nic_init(&nic, RSS_PORT, QUEUES);
	for (unsigned i = 0; i < RSS_KEY_MAX; i++)
		nic.rss.key[i] = i % 2 ? 0x5a : 0x6d; /* the usual symmetric key */
	believe(RSS_PORT);
	make_calls(CALLS);
	count = talk();
	ck_assert_uint_eq(count.rtp_handed, 0);
	ck_assert_uint_eq(count.rtcp_handed, count.rtcp / 2);
	ck_assert_uint_eq(astray(), CALLS); /* legs without rtcp_mux */
}
END_TEST

/*
 * Asked for the port alone, the device takes the addresses, too. The first calls find that out, the
 * next ones are right.
 */
START_TEST(packets_show_what_the_device_hashes)
{
	nic_init(&nic, RSS_ADDRESSES_PORT, QUEUES);
	believe((enum rss_input)0);
	make_calls(CALLS);
	ck_assert_uint_gt(talk().rtp_handed, 0);
	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		steering_tick(steering[d], &rig.device[d]);
		for (int f = 0; f < STEERING_FAMILIES; f++)
			ck_assert_int_eq(
				steering[d]->input[steering[d]->chosen[f]], RSS_ADDRESSES_PORT);
	}
	ck_assert_ptr_nonnull(strstr(said, "addresses and the destination port in its place"));
	end_calls();
	make_calls(CALLS);
	expect_no_hand_over();
}
END_TEST

/* A device that does not hash the ports of IPv6: IPv4 stays as it is. */
START_TEST(families_are_judged_apart)
{
	nic_init(&nic, RSS_PORT, QUEUES);
	nic.only_ip4 = true;
	believe(RSS_PORT);
	make_calls(CALLS);
	ck_assert_uint_gt(talk().rtp_handed, 0);
	steering_tick(steering[RIG_CORE], &rig.device[RIG_CORE]);
	ck_assert_ptr_nonnull(strstr(said, "IPv6 packets came to other queues"));
	ck_assert_ptr_nonnull(rig.interface[RIG_CORE4].steer);
	ck_assert_ptr_null(rig.interface[RIG_CORE6].steer);
	ck_assert_str_eq(steering_name(steering[RIG_CORE]), "rss-port");
}
END_TEST

START_TEST(a_hash_that_nobody_knows_ends_steering)
{
	nic_init(&nic, RSS_PORT, QUEUES);
	nic.kind = NIC_ROBIN;
	believe((enum rss_input)0);
	make_calls(CALLS);
	ck_assert_str_eq(steering_name(steering[0]), "rss-port");
	ck_assert_uint_gt(talk().rtp_handed, 0);
	steering_tick(steering[0], &rig.device[0]);
	ck_assert_str_eq(steering_name(steering[0]), "none");
	ck_assert_ptr_null(rig.interface[RIG_ACCESS4].steer);
	ck_assert_ptr_nonnull(strstr(said, "no steering"));
	said[0] = 0;
	steering_tick(steering[0], &rig.device[0]);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(the_best_description_has_the_fewest_misses)
{
	static const struct {
		int best;
		unsigned count;
		struct steering_seen seen;
	} rows[] = {
		{-1, 0, {0}},
		{0, 5, {0}},
		{1, 5, {1, {1}}},
		{0, 1, {1, {1}}},
		{4, 5, {100, {90, 80, 70, 60, 2}}},
		{-1, 4, {100, {90, 80, 70, 60, 2}}},
		{-1, 5, {100, {90, 80, 70, 60, 15}}},
		{4, 5, {1000, {90, 80, 70, 60, 15}}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(steering_best(rows[i].count, &rows[i].seen), rows[i].best);
}
END_TEST

/* Rings neither hash nor take rules. */
START_TEST(a_device_without_both_goes_on_without)
{
	steering_begin(steering[0], &rig.device[0]);
	ck_assert_str_eq(steering_name(steering[0]), "none");
	ck_assert_uint_eq(steering[0]->count, 0);
	ck_assert_ptr_nonnull(strstr(said, "no steering"));
	steering[0]->wish = STEERING_NONE;
	said[0] = 0;
	steering_begin(steering[0], &rig.device[0]);
	ck_assert_str_eq(said, "");
	ck_assert_str_eq(steering_name(NULL), "none");
	nic_init(&nic, RSS_TUPLE, QUEUES);
	make_calls(4);
	ck_assert_uint_eq(talk().rtp, 4 * 2 * ROUNDS);
}
END_TEST

static void set_up_null(struct sotto_device *device, struct steering *null)
{
	struct rte_eth_conf conf = {0};
	struct rte_eth_dev_info info;

	ck_assert_int_eq(rte_vdev_init("net_null7", NULL), 0);
	ck_assert_int_eq(rte_eth_dev_get_port_by_name("net_null7", &device->port), 0);
	ck_assert_int_eq(rte_eth_dev_info_get(device->port, &info), 0);
	ck_assert_int_eq(steering_configure(null, device->port, &conf, &info), 0);
	for (uint16_t q = 0; q < QUEUES; q++) {
		ck_assert_int_eq(
			rte_eth_rx_queue_setup(device->port, q, 0, SOCKET_ID_ANY, NULL, rig.pool),
			0);
		ck_assert_int_eq(
			rte_eth_tx_queue_setup(device->port, q, 0, SOCKET_ID_ANY, NULL), 0);
	}
	ck_assert_int_eq(rte_eth_dev_start(device->port), 0);
}

/* The null device keeps key and table as a NIC does, and hashes nothing. */
START_TEST(key_and_table_are_read_back_from_the_device)
{
	struct sotto_device device = {.name = "null"};
	struct steering *null = steering_new(device.name, STEERING_AUTO, QUEUES);
	uint8_t key[RSS_KEY_MAX];
	struct rss rss;

	set_up_null(&device, null);
	rss_key(key, 128, QUEUES);
	ck_assert_int_eq(
		rte_eth_dev_rss_hash_update(device.port,
			&(struct rte_eth_rss_conf){
				.rss_key = key, .rss_key_len = 40, .rss_hf = RTE_ETH_RSS_UDP}),
		0);
	steering_begin(null, &device);
	ck_assert_str_eq(steering_name(null), "rss-tuple");
	ck_assert_int_eq(rss_read(device.port, QUEUES, &rss), 0);
	ck_assert_mem_eq(rss.key, key, 40);
	ck_assert_uint_eq(rss.table_size, 128);
	for (unsigned i = 0; i < rss.table_size; i++)
		ck_assert_uint_eq(rss.table[i], i % QUEUES);
	ck_assert_int_eq(rss_read(device.port, SOTTO_STEER_QUEUES_MAX + 1, &rss), -ENOTSUP);
	ck_assert_int_eq(rte_eth_dev_stop(device.port), 0);
	steering_free(null, device.port);
	ck_assert_int_eq(rte_vdev_uninit("net_null7"), 0);
}
END_TEST

/* One rule for each port, and lib/steer expects the same queue. */
START_TEST(rules_and_their_description_agree)
{
	static struct sotto_steer steer;

	for (unsigned queues = 2; queues <= 16; queues++) {
		unsigned wrong = 0;

		sotto_steer_by_rules(&steer, queues);
		for (unsigned port = 1024; port < 65536; port += 7)
			wrong += nic_rule_queue(port, queues) !=
				 sotto_steer_queue(&steer, 6, 0, (uint16_t)port);
		ck_assert_uint_eq(wrong, 0);
	}
}
END_TEST

START_TEST(rules_name_the_frames_that_they_are_for)
{
	static const struct {
		enum flow_frames frames;
		enum rte_flow_item_type items[5];
	} rows[] = {
		{FLOW_IP4, {RTE_FLOW_ITEM_TYPE_ETH, RTE_FLOW_ITEM_TYPE_IPV4, RTE_FLOW_ITEM_TYPE_UDP,
				   RTE_FLOW_ITEM_TYPE_END}},
		{FLOW_IP6_VLAN,
			{RTE_FLOW_ITEM_TYPE_ETH, RTE_FLOW_ITEM_TYPE_VLAN, RTE_FLOW_ITEM_TYPE_IPV6,
				RTE_FLOW_ITEM_TYPE_UDP, RTE_FLOW_ITEM_TYPE_END}},
	};
	struct flow_rule rule;

	for (unsigned r = 0; r < 2; r++) {
		flow_rule_by_bits(&rule, rows[r].frames, 2, 3, 4);
		for (unsigned i = 0; i == 0 || rows[r].items[i - 1] != RTE_FLOW_ITEM_TYPE_END; i++)
			ck_assert_int_eq(rule.pattern[i].type, rows[r].items[i]);
		ck_assert_uint_eq(rule.queue.index, 3);
		flow_rule_hash_port(&rule, rows[r].frames);
		ck_assert_uint_eq(rule.rss.types,
			RTE_ETH_RSS_L4_DST_ONLY | (r == 0 ? RTE_ETH_RSS_NONFRAG_IPV4_UDP
							  : RTE_ETH_RSS_NONFRAG_IPV6_UDP));
	}
}
END_TEST

START_TEST(memory_goes_where_most_are)
{
	static const int mixed[] = {1, 0, NUMA_ANY, 1, 1, 0};
	static const int even[] = {3, 2, 2, 3};
	static const int nowhere[] = {NUMA_ANY, NUMA_ANY, 4096};

	ck_assert_int_eq(numa_choose(mixed, 6), 1);
	ck_assert_int_eq(numa_choose(mixed, 2), 0);
	ck_assert_int_eq(numa_choose(even, 4), 2);
	ck_assert_int_eq(numa_choose(nowhere, 3), NUMA_ANY);
	ck_assert_int_eq(numa_choose(NULL, 0), NUMA_ANY);
	ck_assert_int_eq(numa_prefer(NUMA_ANY), -EINVAL);
	ck_assert_int_eq(numa_prefer(64), -EINVAL);
}
END_TEST

START_TEST(configuration_names_the_ways)
{
	enum config_steering out = STEERING_NONE;

	ck_assert_ptr_null(value_steering("auto", &out));
	ck_assert_int_eq(out, STEERING_AUTO);
	ck_assert_ptr_null(value_steering("flow", &out));
	ck_assert_int_eq(out, STEERING_FLOW);
	ck_assert_str_eq(value_steering("Flow", &out), "expected auto, rss, flow or none");
	ck_assert_int_eq(out, STEERING_FLOW);
	ck_assert_ptr_null(value_steering("rss", &out));
	ck_assert_int_eq(out, STEERING_RSS);
	ck_assert_ptr_null(value_steering("none", &out));
	ck_assert_int_eq(out, STEERING_NONE);
}
END_TEST

int main(void)
{
	struct rig_shape shape = rig_small;
	Suite *suite = suite_create("sottod: steering");
	TCase *whole = tcase_create("whole");
	TCase *parts = tcase_create("parts");

	shape.workers = QUEUES;
	shape.sessions = 256;
	rig_start(&rig, &shape);
	tcase_add_checked_fixture(whole, setup, teardown);
	tcase_set_timeout(whole, 60);
	tcase_add_test(whole, without_steering_most_packets_are_handed_over);
	tcase_add_loop_test(whole, nothing_is_handed_over_when_the_hash_is_known, 0, RSS_INPUTS);
	tcase_add_test(whole, nothing_is_handed_over_with_flow_rules);
	tcase_add_test(whole, with_another_key_rtp_still_comes_right);
	tcase_add_test(whole, packets_show_what_the_device_hashes);
	tcase_add_test(whole, families_are_judged_apart);
	tcase_add_test(whole, a_hash_that_nobody_knows_ends_steering);
	tcase_add_test(whole, a_device_without_both_goes_on_without);
	tcase_add_test(whole, key_and_table_are_read_back_from_the_device);
	suite_add_tcase(suite, whole);
	tcase_add_test(parts, the_best_description_has_the_fewest_misses);
	tcase_add_test(parts, rules_and_their_description_agree);
	tcase_add_test(parts, rules_name_the_frames_that_they_are_for);
	tcase_add_test(parts, memory_goes_where_most_are);
	tcase_add_test(parts, configuration_names_the_ways);
	suite_add_tcase(suite, parts);
	return sotto_unit_run(suite);
}
