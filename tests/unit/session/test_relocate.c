/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A leg whose peer was found elsewhere, and what a later put makes of that: what was learned holds
 * as long as the wish does, and cannot be learned anew without end (MB-08).
 */
#include "call.h"

#include <errno.h>
#include <string.h>

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;
static struct sotto_session *session;

static void put(void)
{
	struct put_result result;

	call_revise(&call);
	result = world_put(world, &call.spec);
	ck_assert_msg(result.rc == 0, "%d: %s", result.rc, result.error.reason);
	session = result.session;
}

static void open_world(void)
{
	world = world_open(16, &limits);
	world->watch_readers = true;
	call_init(&call, world, "one");
	call.spec.media[0].leg[0].latch = true;
	call.spec.media[0].leg[1].latch = true;
	put();
}

static void close_world(void)
{
	world_settle(world);
	world_close(world);
}

static const struct sotto_leg *leg_of(int side)
{
	return sotto_session_leg(&session->media[0], side);
}

static void check_remote(int side, const char *address, uint16_t port, uint16_t rtcp_port)
{
	struct sotto_endpoint want = call_endpoint(address, port);

	ck_assert(sotto_base_addr_equal(&leg_of(side)->remote.addr, &want.addr));
	ck_assert_uint_eq(leg_of(side)->remote.port, port);
	ck_assert_uint_eq(leg_of(side)->remote_rtcp_port, rtcp_port);
}

static void check_header(int side, const char *address, uint16_t port)
{
	const struct sotto_leg *leg = leg_of(side);
	const struct sotto_interface *interface = &world->interface[side];
	struct sotto_net_path path = {
		.vlan = interface->local.vlan,
		.ttl = 64,
		.dscp = leg->dscp,
		.src = {.addr = interface->local.addr, .port = leg->rtp_port},
		.dst = call_endpoint(address, port),
	};
	uint8_t want[SOTTO_NET_HEADER_MAX];
	size_t len;

	memcpy(path.src_mac, interface->local.mac, 6);
	len = sotto_net_header_build(&path, want);
	ck_assert_uint_eq(leg->header_len, len);
	ck_assert_mem_eq(leg->header, want, len);
	ck_assert_uint_eq(leg->sums.ip, sotto_net_header_sums(want, len).ip);
	ck_assert_uint_eq(leg->sums.udp, sotto_net_header_sums(want, len).udp);
}

static void relocate(int side, const char *address, uint16_t port, uint16_t rtcp_port)
{
	struct sotto_endpoint place = call_endpoint(address, port);

	ck_assert_int_eq(world_relocate(world, "one", side, &place, rtcp_port), 0);
}

/* A leg without what a new place changes. */
static struct sotto_leg rest_of(const struct sotto_leg *leg)
{
	struct sotto_leg rest;

	memcpy(&rest, leg, sizeof(rest));
	rest.peer = NULL;
	rest.next_hop = NULL;
	rest.header_len = 0;
	rest.remote_rtcp_port = 0;
	memset(&rest.remote, 0, sizeof(rest.remote));
	memset(rest.header, 0, sizeof(rest.header));
	memset(&rest.sums, 0, sizeof(rest.sums));
	return rest;
}

START_TEST(leg_sends_to_the_new_place_and_all_else_is_as_it_was)
{
	const struct sotto_leg *old[2] = {leg_of(0), leg_of(1)};
	struct sotto_leg before[2] = {rest_of(old[0]), rest_of(old[1])}, after;
	unsigned taken = world->taken;

	relocate(0, "198.51.100.9", 7000, 7003);
	/* keys are shared, not built */
	ck_assert_uint_eq(world->taken, taken + 1);
	for (int side = 0; side < 2; side++) {
		const struct sotto_leg *leg = leg_of(side);

		ck_assert_ptr_ne(leg, old[side]);
		ck_assert_ptr_eq(leg->peer, leg_of(1 - side));
		ck_assert_ptr_eq(world_lookup(world, side, leg->rtp_port), leg);
		ck_assert_ptr_eq(world_lookup(world, side, leg->rtcp_port), leg);
		after = rest_of(leg);
		ck_assert_mem_eq(&after, &before[side], sizeof(after));
	}
	check_remote(0, "198.51.100.9", 7000, 7003);
	check_header(0, "198.51.100.9", 7000);
	check_remote(1, "2001:db8::77", 5000, 5001);
	check_header(1, "2001:db8::77", 5000);
	/* behind the gateway now */
	ck_assert(sotto_base_addr_equal(
		&leg_of(0)->next_hop->addr, &world->interface[ACCESS].gateway));
}
END_TEST

START_TEST(old_legs_wait_for_the_grace_period)
{
	const struct sotto_neighbor *hop = leg_of(0)->next_hop;
	unsigned blocks = world->block_count;

	relocate(0, "192.0.2.99", 7000, 0);
	ck_assert_uint_eq(world->block_count, blocks + 1);
	ck_assert_uint_gt(world_reclaim(world), 0);
	ck_assert_uint_eq(hop->references, 1);
	world_settle(world);
	ck_assert_uint_eq(hop->references, 0);
	ck_assert_uint_eq(world->block_count, blocks);
	ck_assert_uint_eq(world->keys_wiped, 0);
	/* the keys have not lost a reference on the way */
	for (unsigned i = 0; i < 100; i++) {
		relocate(1, "2001:db8::78", (uint16_t)(6000 + i), 0);
		world_settle(world);
	}
	ck_assert_uint_eq(world->block_count, blocks);
	world_delete(world, "one");
	world_settle(world);
	ck_assert_uint_eq(world->keys_wiped, 4);
	ck_assert_uint_eq(world->block_count, 0);
}
END_TEST

START_TEST(rtcp_port_0_is_kept)
{
	relocate(1, "2001:db8::99", 7000, 0);
	check_remote(1, "2001:db8::99", 7000, 5001);
	check_header(1, "2001:db8::99", 7000);
}
END_TEST

/* As it is when the peer's place was not signalled at all. */
START_TEST(leg_without_remote_gets_one)
{
	call_init(&call, world, "one");
	call.spec.revision = 50;
	call.spec.media[0].leg[0].latch = true;
	memset(&call.spec.media[0].leg[0].remote, 0, sizeof(struct sotto_endpoint));
	call.spec.media[0].leg[0].remote_rtcp_port = 0;
	put();
	ck_assert_ptr_null(leg_of(0)->next_hop);
	relocate(0, "192.0.2.99", 7000, 7001);
	check_remote(0, "192.0.2.99", 7000, 7001);
	check_header(0, "192.0.2.99", 7000);
	put();
	check_remote(0, "192.0.2.99", 7000, 7001);
}
END_TEST

START_TEST(place_without_a_way_changes_nothing)
{
	struct sotto_endpoint place = call_endpoint("2001:db8:9::1", 7000);
	uint64_t before = world_fingerprint(world);

	ck_assert_int_eq(world_relocate(world, "one", 1, &place, 0), -EHOSTUNREACH);
	ck_assert_uint_eq(world_fingerprint(world), before);
	place = call_endpoint("2001:db8::9", 7000);
	ck_assert_int_eq(world_relocate(world, "one", 0, &place, 0), -EHOSTUNREACH);
	ck_assert_uint_eq(world_fingerprint(world), before);
}
END_TEST

START_TEST(put_with_the_same_wish_keeps_the_place)
{
	uint8_t learn = leg_of(0)->learn;

	relocate(0, "192.0.2.99", 7000, 7001);
	for (int i = 0; i < 10; i++) {
		call.spec.timeout_s++;
		put();
		check_remote(0, "192.0.2.99", 7000, 7001);
		check_header(0, "192.0.2.99", 7000);
		ck_assert_uint_eq(leg_of(0)->learn, learn);
	}
}
END_TEST

START_TEST(put_with_another_wish_uses_it_and_learns_anew)
{
	uint8_t learn = leg_of(0)->learn;

	relocate(0, "192.0.2.99", 7000, 7001);
	call.spec.media[0].leg[0].remote = call_endpoint("192.0.2.78", 4000);
	put();
	check_remote(0, "192.0.2.78", 4000, 4001);
	ck_assert_uint_eq(leg_of(0)->learn, learn + 1);
	ck_assert_uint_eq(leg_of(1)->learn, learn);
	/* what was learned under the old wish is forgotten for good */
	put();
	check_remote(0, "192.0.2.78", 4000, 4001);
	/* another RTCP port is another wish */
	call.spec.media[0].leg[0].remote_rtcp_port = 4003;
	put();
	check_remote(0, "192.0.2.78", 4000, 4003);
	ck_assert_uint_eq(leg_of(0)->learn, learn + 2);
}
END_TEST

/* MB-08: a client, or a re-INVITE every second, cannot keep the door open. */
START_TEST(mb_08_learning_is_opened_anew_only_so_often)
{
	unsigned opened = 0;

	for (uint16_t i = 1; i <= 100; i++) {
		uint8_t learn = leg_of(0)->learn;

		call.spec.media[0].leg[0].remote.port = (uint16_t)(8000 + 2 * i);
		put();
		opened += leg_of(0)->learn != learn;
		ck_assert_uint_eq(leg_of(0)->learn != learn, i <= SOTTO_RELEARNS_MAX);
		check_remote(0, "192.0.2.77", (uint16_t)(8000 + 2 * i), 4001);
	}
	ck_assert_uint_eq(opened, SOTTO_RELEARNS_MAX);
	/* switching latching off and on is no way around it */
	for (int i = 0; i < 4; i++) {
		uint8_t learn = leg_of(0)->learn;

		call.spec.media[0].leg[0].latch = i % 2;
		put();
		ck_assert_uint_eq(leg_of(0)->learn, learn);
	}
	/* nor is moving the leg */
	call.spec.media[0].leg[0].local_port = 10020;
	put();
	ck_assert_uint_eq(leg_of(0)->learn, 1 + SOTTO_RELEARNS_MAX);
	ck_assert_uint_eq(leg_of(1)->learn, 1);
}
END_TEST

START_TEST(latching_that_is_switched_on_again_learns_anew)
{
	uint8_t learn = leg_of(0)->learn;

	relocate(0, "192.0.2.99", 7000, 7001);
	call.spec.media[0].leg[0].latch = false;
	put();
	check_remote(0, "192.0.2.77", 4000, 4001);
	ck_assert_uint_eq(leg_of(0)->latch, 0);
	call.spec.media[0].leg[0].latch = true;
	put();
	check_remote(0, "192.0.2.77", 4000, 4001);
	ck_assert_uint_eq(leg_of(0)->learn, learn + 1);
}
END_TEST

/* What was learned from packets to one address says nothing of another. */
START_TEST(leg_on_another_interface_forgets_the_place)
{
	struct sotto_interface other = world->interface[ACCESS];

	relocate(0, "192.0.2.99", 7000, 7001);
	other.local.addr = call_endpoint("192.0.2.11", 0).addr;
	ck_assert_int_eq(sotto_interface_init(&other), 0);
	call.spec.media[0].leg[0].interface = &other;
	put();
	check_remote(0, "192.0.2.77", 4000, 4001);
	ck_assert_uint_eq(leg_of(0)->learn, 2);
	world_delete(world, "one");
	sotto_interface_fini(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/relocate");
	TCase *tc = tcase_create("relocate");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, leg_sends_to_the_new_place_and_all_else_is_as_it_was);
	tcase_add_test(tc, old_legs_wait_for_the_grace_period);
	tcase_add_test(tc, rtcp_port_0_is_kept);
	tcase_add_test(tc, leg_without_remote_gets_one);
	tcase_add_test(tc, place_without_a_way_changes_nothing);
	tcase_add_test(tc, put_with_the_same_wish_keeps_the_place);
	tcase_add_test(tc, put_with_another_wish_uses_it_and_learns_anew);
	tcase_add_test(tc, mb_08_learning_is_opened_anew_only_so_often);
	tcase_add_test(tc, latching_that_is_switched_on_again_learns_anew);
	tcase_add_test(tc, leg_on_another_interface_forgets_the_place);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
