/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The port allocator where the device's choice of a queue is known: calls get ports that lead to
 * their owner, as long as there are any; what does not is counted, and nobody is refused for it.
 */
#include "allocations.h"
#include "call.h"

#include <errno.h>
#include <string.h>

#define LOW 20000
#define PAIRS 512
#define HIGH (LOW + 2 * PAIRS - 1)
#define QUEUES 4
#define TRIES 256 /* pairs that the allocator hashes for one reservation */

static struct sotto_steer steer;
static struct sotto_interface interface;
static uint32_t seed;

static uint32_t next_random(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed ^ seed >> 15;
}

/* Any linear hash serves: the shares of bits are drawn, those of bytes follow. */
static void fill_byte(uint32_t share[256])
{
	uint32_t bit[8];

	for (unsigned b = 0; b < 8; b++)
		bit[b] = next_random();
	for (unsigned value = 0; value < 256; value++) {
		share[value] = 0;
		for (unsigned b = 0; b < 8; b++)
			share[value] ^= value >> b & 1 ? bit[b] : 0;
	}
}

/* A device of 128 entries that hashes what by says; queues in turn. */
static void make_device(enum sotto_steer_by by, unsigned queues)
{
	memset(&steer, 0, sizeof(steer));
	steer.mask = 127;
	for (unsigned i = 0; i < 128; i++)
		steer.queue[i] = (uint8_t)(i % queues);
	for (unsigned f = 0; f < 2; f++) {
		unsigned input = sotto_steer_input(f == 0 ? 4 : 6);

		steer.hash[f].by = by;
		for (unsigned i = by == SOTTO_STEER_BY_PORT ? input - 2 : 0; i < input; i++)
			fill_byte(steer.hash[f].share[i]);
	}
}

/* Where the device brings packets from that port of the remote to that port of ours. */
static unsigned lands(const struct sotto_port_aim *aim, uint16_t from, unsigned port)
{
	struct sotto_endpoint remote = {.addr = aim->remote.addr, .port = from};

	return sotto_steer_queue(&steer, 4,
		sotto_steer_path(&steer, &remote, &interface.local.addr), (uint16_t)port);
}

static struct sotto_port_aim aim_at(unsigned owner, bool mux)
{
	struct sotto_port_aim aim = {.owner = owner, .rtcp_mux = mux};

	aim.remote = call_endpoint("198.51.100.77", (uint16_t)(2 * next_random()));
	aim.remote_rtcp_port = (uint16_t)(aim.remote.port + !mux);
	return aim;
}

static void setup(void)
{
	seed = 7;
	interface = (struct sotto_interface){.port_low = LOW, .port_high = HIGH};
	ck_assert_int_eq(sotto_base_addr_parse("192.0.2.10", &interface.local.addr), 0);
	ck_assert_int_eq(sotto_interface_init(&interface), 0);
}

static void teardown(void)
{
	sotto_interface_fini(&interface);
}

static void give_back_all(void)
{
	for (unsigned pair = 0; pair < PAIRS; pair++) {
		if (interface.used[pair])
			sotto_interface_unreserve(&interface, (uint16_t)(LOW + 2 * pair));
	}
}

/* Reserves for one owner until nothing is free; how many pairs led there with both ports. */
static unsigned exhaust(unsigned owner, bool mux, unsigned *rtp_only)
{
	unsigned right = 0, last = 0;
	uint16_t port;

	*rtp_only = 0;
	for (unsigned i = 0; i < PAIRS; i++) {
		const struct sotto_port_aim aim = aim_at(owner, mux);
		bool rtp, rtcp;

		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
		ck_assert(port % 2 == 0 && port >= LOW && port <= HIGH);
		rtp = lands(&aim, aim.remote.port, port) == owner;
		rtcp = mux || lands(&aim, aim.remote_rtcp_port, port + 1u) == owner;
		right += rtp && rtcp;
		*rtp_only += rtp && !rtcp;
		/* better ones are given before worse ones */
		ck_assert(steer.hash[0].by == SOTTO_STEER_BY_TUPLE || (rtp ? 0u : 1u) >= last);
		last = rtp ? 0 : 1;
	}
	ck_assert_int_eq(sotto_interface_reserve_for(
				 &interface, 0, &(struct sotto_port_aim){.owner = owner}, &port),
		-EADDRNOTAVAIL);
	ck_assert_uint_eq(interface.steered, right);
	ck_assert_uint_eq(interface.steered + interface.astray, PAIRS);
	return right;
}

/* Pairs of the range that lead to the owner, by the device's own words. */
static unsigned count_pairs(unsigned owner, bool both)
{
	struct sotto_port_aim nobody = {.owner = owner};
	unsigned n = 0;

	for (unsigned port = LOW; port < HIGH; port += 2)
		n += lands(&nobody, 0, port) == owner &&
		     (!both || lands(&nobody, 0, port + 1) == owner);
	return n;
}

START_TEST(by_port_every_right_pair_is_given_before_any_other)
{
	for (unsigned round = 0; round < 40; round++) {
		unsigned queues = 2 + next_random() % 7, owner = next_random() % queues;
		bool mux = round % 2;
		unsigned rtp_only, right;

		make_device(SOTTO_STEER_BY_PORT, queues);
		ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
		interface.steered = interface.astray = 0;
		right = exhaust(owner, mux, &rtp_only);
		ck_assert_uint_eq(right, count_pairs(owner, !mux));
		ck_assert_uint_eq(right + rtp_only, count_pairs(owner, false));
		give_back_all();
	}
}
END_TEST

/* Legs that use one port leave the pairs that are right as a whole to those that use two. */
START_TEST(rtcp_mux_takes_the_half_pairs_first)
{
	unsigned half, owner = 0;
	uint16_t port;

	do {
		make_device(SOTTO_STEER_BY_PORT, 3);
		half = count_pairs(owner, false) - count_pairs(owner, true);
	} while (half == 0 || count_pairs(owner, true) == 0);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	for (unsigned i = 0; i < count_pairs(owner, false); i++) {
		const struct sotto_port_aim aim = aim_at(owner, true);

		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
		ck_assert_int_eq(lands(&aim, 0, port + 1u) == owner, i >= half);
	}
	ck_assert_uint_eq(interface.astray, 0);
}
END_TEST

START_TEST(by_tuple_a_known_remote_is_led_to_its_owner)
{
	unsigned right = 0;
	uint16_t port;

	make_device(SOTTO_STEER_BY_TUPLE, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	for (unsigned i = 0; i < PAIRS / 2; i++) {
		const struct sotto_port_aim aim = aim_at(i % QUEUES, true);

		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
		right += lands(&aim, aim.remote.port, port) == aim.owner;
	}
	ck_assert_uint_eq(right, PAIRS / 2);
	ck_assert_uint_eq(interface.steered, PAIRS / 2);
}
END_TEST

START_TEST(by_tuple_rtcp_is_right_too_where_it_can_be)
{
	for (unsigned round = 0; round < 20; round++) {
		struct sotto_port_aim aim = aim_at(round % QUEUES, false);
		unsigned possible = 0, only;
		uint16_t port;

		make_device(SOTTO_STEER_BY_TUPLE, QUEUES);
		ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
		interface.cursor = 0;
		for (unsigned p = LOW; p < LOW + 2 * TRIES; p += 2)
			possible += lands(&aim, aim.remote.port, p) == aim.owner &&
				    lands(&aim, aim.remote_rtcp_port, p + 1) == aim.owner;
		interface.steered = interface.astray = 0;
		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
		ck_assert_uint_eq(lands(&aim, aim.remote.port, port), aim.owner);
		only = lands(&aim, aim.remote_rtcp_port, port + 1u) == aim.owner;
		ck_assert_uint_eq(only, possible != 0);
		ck_assert_uint_eq(interface.steered, only);
		ck_assert_uint_eq(interface.astray, !only);
		give_back_all();
	}
}
END_TEST

START_TEST(by_tuple_an_unknown_remote_gets_any_port)
{
	struct sotto_port_aim aim = {.owner = 1};
	uint16_t port;

	make_device(SOTTO_STEER_BY_TUPLE, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
		ck_assert_uint_eq(port, LOW + 2 * i);
	}
	ck_assert_uint_eq(interface.astray, 8);
}
END_TEST

START_TEST(exhaustion_by_tuple_falls_back_and_is_counted)
{
	unsigned rtp_only;

	make_device(SOTTO_STEER_BY_TUPLE, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	ck_assert_uint_gt(exhaust(2, true, &rtp_only), PAIRS / 2);
	ck_assert_uint_gt(interface.astray, 0);
}
END_TEST

/* A released port of a queue rests until that queue's other ports had their turn. */
START_TEST(released_port_rests_in_its_queue)
{
	struct sotto_port_aim aim = {.owner = 1};
	uint16_t first, port;
	unsigned others;

	sotto_steer_by_rules(&steer, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	others = count_pairs(1, true) - 1;
	ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &first), 0);
	sotto_interface_unreserve(&interface, first);
	for (unsigned i = 0; i < others; i++) {
		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
		ck_assert_uint_ne(port, first);
		sotto_interface_unreserve(&interface, port);
	}
	ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
	ck_assert_uint_eq(port, first);
}
END_TEST

START_TEST(wished_port_is_given_wherever_it_leads)
{
	struct sotto_port_aim aim = {.owner = 1};
	uint16_t port;

	sotto_steer_by_rules(&steer, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	for (unsigned wish = LOW; wish < LOW + 2 * QUEUES; wish += 2)
		ck_assert_int_eq(
			sotto_interface_reserve_for(&interface, (uint16_t)wish, &aim, &port), 0);
	ck_assert_uint_eq(interface.steered, 1);
	ck_assert_uint_eq(interface.astray, QUEUES - 1);
	ck_assert_int_eq(sotto_interface_reserve_for(&interface, LOW, &aim, &port), -EADDRINUSE);
	ck_assert_uint_eq(interface.steered + interface.astray, QUEUES);
}
END_TEST

START_TEST(without_steering_nothing_is_chosen_or_counted)
{
	struct sotto_port_aim aim = {.owner = 1};
	uint16_t port;

	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
		ck_assert_uint_eq(port, LOW + 2 * i);
	}
	make_device(SOTTO_STEER_BY_NOTHING, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
	ck_assert_uint_eq(port, LOW + 8);
	ck_assert_uint_eq(interface.steered + interface.astray, 0);
}
END_TEST

/* The device starts again with another table while calls stand: they keep what they have. */
START_TEST(another_description_finds_the_ports_in_use)
{
	struct sotto_port_aim aim = {.owner = 1};
	unsigned taken = PAIRS / 2, free_pairs = 0;
	uint16_t port;

	for (unsigned i = 0; i < taken; i++)
		ck_assert_int_eq(sotto_interface_reserve(&interface, 0, &port), 0);
	sotto_interface_unreserve(&interface, LOW + 6);
	make_device(SOTTO_STEER_BY_PORT, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	sotto_steer_by_rules(&steer, QUEUES);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	for (unsigned p = LOW; p < HIGH; p += 2)
		free_pairs += !interface.used[(p - LOW) / 2] && lands(&aim, 0, p) == 1;
	for (unsigned i = 0; i < free_pairs; i++)
		ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
	ck_assert_uint_eq(interface.steered, free_pairs);
	ck_assert_int_eq(sotto_interface_reserve_for(&interface, 0, &aim, &port), 0);
	ck_assert_uint_eq(interface.astray, 1);
}
END_TEST

START_TEST(mh11_steering_without_memory)
{
	struct sotto_steer other;
	struct sotto_port_pools *pools;

	sotto_steer_by_rules(&steer, QUEUES);
	sotto_steer_by_rules(&other, 2);
	ck_assert_int_eq(sotto_interface_steer(&interface, &steer), 0);
	pools = interface.pools;
	for (unsigned n = 1; n <= 2; n++) {
		int rc;

		allocations_fail_at(n, false);
		allocations_count(true);
		rc = sotto_interface_steer(&interface, &other);
		allocations_count(false);
		ck_assert_int_eq(rc, -ENOMEM);
		ck_assert_int_eq(allocations_out(), 0);
		ck_assert_ptr_eq(interface.steer, &steer);
		ck_assert_ptr_eq(interface.pools, pools);
	}
	allocations_fail_at(0, false);
}
END_TEST

static Suite *suite_of_interface(void)
{
	Suite *suite = suite_create("session: steering");
	TCase *ports = tcase_create("ports");

	tcase_add_checked_fixture(ports, setup, teardown);
	tcase_add_test(ports, by_port_every_right_pair_is_given_before_any_other);
	tcase_add_test(ports, rtcp_mux_takes_the_half_pairs_first);
	tcase_add_test(ports, by_tuple_a_known_remote_is_led_to_its_owner);
	tcase_add_test(ports, by_tuple_rtcp_is_right_too_where_it_can_be);
	tcase_add_test(ports, by_tuple_an_unknown_remote_gets_any_port);
	tcase_add_test(ports, exhaustion_by_tuple_falls_back_and_is_counted);
	tcase_add_test(ports, released_port_rests_in_its_queue);
	tcase_add_test(ports, wished_port_is_given_wherever_it_leads);
	tcase_add_test(ports, without_steering_nothing_is_chosen_or_counted);
	tcase_add_test(ports, another_description_finds_the_ports_in_use);
	tcase_add_test(ports, mh11_steering_without_memory);
	suite_add_tcase(suite, ports);
	return suite;
}

/* Sessions: both legs lead to the owner, and updates leave the ports alone. */

static const struct sotto_session_limits limits = {
	.sessions = 64, .streams = 1024, .workers = QUEUES};
static struct world *world;

static void open_world(void)
{
	world = world_open(64, &limits);
	sotto_steer_by_rules(&steer, QUEUES);
	for (unsigned i = 0; i < INTERFACES; i++)
		ck_assert_int_eq(sotto_interface_steer(&world->interface[i], &steer), 0);
}

static void close_world(void)
{
	world_settle(world);
	world_close(world);
}

START_TEST(both_legs_lead_to_the_owner)
{
	static struct call call[16];

	for (unsigned i = 0; i < 16; i++) {
		char id[] = {(char)('a' + i), 0};
		struct put_result result;

		call_init(&call[i], world, id);
		result = world_put(world, &call[i].spec);
		ck_assert_int_eq(result.rc, 0);
		for (int side = 0; side < 2; side++) {
			const struct sotto_leg *leg =
				sotto_session_leg(&result.session->media[0], side);
			uint8_t family = side == ACCESS ? 4 : 6;

			ck_assert_uint_eq(sotto_steer_queue(&steer, family, 0, leg->rtp_port),
				result.session->owner);
			ck_assert_uint_eq(sotto_steer_queue(&steer, family, 0, leg->rtcp_port),
				result.session->owner);
		}
	}
	for (unsigned i = 0; i < INTERFACES; i++)
		ck_assert_uint_eq(world->interface[i].steered, 16);
}
END_TEST

static void ports_of(const struct sotto_session *session, uint16_t port[2])
{
	for (int side = 0; side < 2; side++)
		port[side] = sotto_session_leg(&session->media[0], side)->rtp_port;
}

/* Another remote, another place found by latching, another key: the ports stay. */
static void updates_keep_ports(void)
{
	struct sotto_endpoint elsewhere = call_endpoint("192.0.2.99", 9000);
	static struct call call;
	struct put_result result;
	uint16_t before[2], after[2];

	call_init(&call, world, "one");
	call.spec.media[0].leg[0].latch = true;
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	ports_of(result.session, before);
	call.spec.media[0].leg[0].remote = call_endpoint("192.0.2.78", 4444);
	call.spec.media[0].leg[1].rtcp_mux = true;
	call_revise(&call);
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	ports_of(result.session, after);
	ck_assert_mem_eq(before, after, sizeof(before));
	ck_assert_int_eq(world_relocate(world, "one", 0, &elsewhere, 9001), 0);
	ports_of(result.session, after);
	ck_assert_mem_eq(before, after, sizeof(before));
	for (unsigned i = 0; i < INTERFACES; i++)
		ck_assert_uint_eq(world->interface[i].steered + world->interface[i].astray, 1);
}

START_TEST(by_port_updates_keep_ports)
{
	updates_keep_ports();
}
END_TEST

START_TEST(by_tuple_updates_keep_ports)
{
	seed = 3;
	make_device(SOTTO_STEER_BY_TUPLE, QUEUES);
	for (unsigned i = 0; i < INTERFACES; i++)
		ck_assert_int_eq(sotto_interface_steer(&world->interface[i], &steer), 0);
	updates_keep_ports();
}
END_TEST

/* A put that fails behind the reservation gives the ports back to their queues. */
START_TEST(failed_put_gives_the_ports_back)
{
	static struct call call;
	struct put_result result;

	for (unsigned i = 0; i < 200; i++) {
		call_init(&call, world, "one");
		call.spec.media[0].leg[1].remote = call_endpoint("2001:db9::1", 5000);
		result = world_put(world, &call.spec);
		ck_assert_int_eq(result.rc, -EHOSTUNREACH);
	}
	ck_assert_uint_eq(world_ports_used(world), 0);
	call_init(&call, world, "one");
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	ck_assert_uint_eq(world->interface[ACCESS].astray, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_of_interface();
	TCase *sessions = tcase_create("sessions");

	tcase_add_checked_fixture(sessions, open_world, close_world);
	tcase_add_test(sessions, both_legs_lead_to_the_owner);
	tcase_add_test(sessions, by_port_updates_keep_ports);
	tcase_add_test(sessions, by_tuple_updates_keep_ports);
	tcase_add_test(sessions, failed_put_gives_the_ports_back);
	suite_add_tcase(suite, sessions);
	return sotto_unit_run(suite);
}
