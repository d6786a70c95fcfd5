/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands in a published leg: all that a worker needs, settled when it was put. */
#include "call.h"

#include <string.h>

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;

static void open_world(void)
{
	world = world_open(32, &limits);
	call_init(&call, world, "one");
}

static void close_world(void)
{
	world_close(world);
}

static const struct sotto_leg *put_leg(int side)
{
	struct put_result result = world_put(world, &call.spec);

	ck_assert_int_eq(result.rc, 0);
	return sotto_session_leg(&result.session->media[0], side);
}

START_TEST(legs_are_each_others_peer)
{
	const struct sotto_leg *a = put_leg(0), *b = a->peer;

	ck_assert_ptr_eq(b->peer, a);
	ck_assert_uint_eq(a->side, 0);
	ck_assert_uint_eq(b->side, 1);
	ck_assert_ptr_ne(a->state, b->state);
	ck_assert_uint_eq((uintptr_t)a % SOTTO_CACHE_LINE, 0);
	ck_assert_uint_eq((uintptr_t)b % SOTTO_CACHE_LINE, 0);
}
END_TEST

START_TEST(secure_leg_has_all_four_keys)
{
	const struct sotto_leg *leg = put_leg(0);
	const struct sotto_key *keys[4] = {
		leg->receive.rtp, leg->receive.rtcp, leg->send.rtp, leg->send.rtcp};

	ck_assert_uint_eq(leg->security, SOTTO_REQUIRED);
	ck_assert(sotto_leg_is_secure(leg));
	for (int i = 0; i < 4; i++) {
		ck_assert_ptr_nonnull(keys[i]);
		ck_assert_ptr_eq(keys[i]->backend, world->crypto->backend);
		ck_assert_uint_eq(keys[i]->tag_len, 10);
		for (int k = 0; k < i; k++)
			ck_assert_mem_ne(keys[i]->iv, keys[k]->iv, SOTTO_AES_BLOCK);
	}
}
END_TEST

START_TEST(clear_leg_has_no_keys)
{
	const struct sotto_leg *leg = put_leg(1);

	ck_assert_uint_eq(leg->security, SOTTO_CLEAR);
	ck_assert(!sotto_leg_is_secure(leg));
	ck_assert_ptr_null(leg->receive.rtp);
	ck_assert_ptr_null(leg->receive.rtcp);
	ck_assert_ptr_null(leg->send.rtp);
	ck_assert_ptr_null(leg->send.rtcp);
}
END_TEST

/* SD-01: secure without keys stays secure; nothing passes, and nothing becomes plain. */
START_TEST(sd01_secure_leg_without_keys_is_still_secure)
{
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].receive = NULL;
	call.spec.media[0].leg[0].send = NULL;
	leg = put_leg(0);
	ck_assert_uint_eq(leg->security, SOTTO_REQUIRED);
	ck_assert_ptr_null(leg->receive.rtp);
	ck_assert_ptr_null(leg->send.rtp);
}
END_TEST

START_TEST(one_key_may_come_before_the_other)
{
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].receive = NULL;
	leg = put_leg(0);
	ck_assert_ptr_null(leg->receive.rtp);
	ck_assert_ptr_null(leg->receive.rtcp);
	ck_assert_ptr_nonnull(leg->send.rtp);
	ck_assert_ptr_nonnull(leg->send.rtcp);
}
END_TEST

START_TEST(each_direction_has_streams_of_its_own)
{
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].max_ssrcs = 5;
	leg = put_leg(0);
	ck_assert_ptr_ne(leg->receive.streams, leg->send.streams);
	ck_assert_uint_eq(leg->receive.streams->count, 5);
	ck_assert_uint_eq(leg->send.streams->count, 5);
	ck_assert_uint_eq(leg->receive.streams->shape.window, 128);
	ck_assert_uint_eq((uintptr_t)leg->receive.streams % SOTTO_CACHE_LINE, 0);
	ck_assert_uint_eq((uintptr_t)leg->send.streams % SOTTO_CACHE_LINE, 0);
	/* one key, nothing special: no second place to look */
	ck_assert_ptr_null(leg->receive.more);
	ck_assert_ptr_null(leg->send.more);
}
END_TEST

/* Every slot can be written to its end; a sanitizer would see one byte too many. */
START_TEST(largest_streams_are_there_in_full)
{
	struct sotto_srtp_streams *streams[2];
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].max_ssrcs = SOTTO_SSRCS_MAX;
	call.spec.media[0].leg[0].window = SOTTO_REPLAY_WINDOW_MAX;
	call.spec.media[0].leg[0].repeat = true;
	leg = put_leg(0);
	streams[0] = leg->receive.streams;
	streams[1] = leg->send.streams;
	for (int d = 0; d < 2; d++) {
		for (unsigned i = 0; i < SOTTO_SSRCS_MAX; i++) {
			struct sotto_replay *list = &streams[d]->slot[i].rtp;

			ck_assert_uint_eq(streams[d]->slot[i].bound | list->next, 0);
			memset(list->wide, 0x11, SOTTO_REPLAY_WINDOW_MAX / 8);
		}
	}
	/* only what is sent can be sent again */
	ck_assert_ptr_null(streams[0]->repeat);
	memset(streams[1]->repeat, 0x22, sizeof(uint64_t) * SOTTO_SSRCS_MAX * SOTTO_SRTP_REPEATS);
	ck_assert_uint_eq(streams[1]->count, SOTTO_SSRCS_MAX);
}
END_TEST

START_TEST(largest_payload_fits_the_mtu)
{
	const struct sotto_leg *leg = put_leg(0);

	ck_assert_uint_eq(leg->max_payload, 1500 - 20 - 8);
	ck_assert_uint_eq(leg->peer->max_payload, 1500 - 40 - 8);
}
END_TEST

START_TEST(handling_is_taken_over)
{
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].source_check = SOTTO_SOURCE_ANY;
	call.spec.media[0].leg[0].dscp = 46;
	leg = put_leg(0);
	ck_assert_uint_eq(leg->source_check, SOTTO_SOURCE_ANY);
	ck_assert_uint_eq(leg->dscp_keep, 0);
	ck_assert_uint_eq(leg->dscp, 46);
	ck_assert_uint_eq(leg->peer->source_check, SOTTO_SOURCE_STRICT);
	ck_assert_uint_eq(leg->peer->dscp_keep, 1);
	ck_assert_uint_eq(leg->device, 7);
	ck_assert_uint_eq(leg->peer->device, 8);
	ck_assert_uint_eq(leg->remote.port, 4000);
	ck_assert_uint_eq(leg->remote_rtcp_port, 4001);
}
END_TEST

/* Zero is a DSCP, too, and not the wish to keep. */
START_TEST(dscp_0_is_not_keep)
{
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].dscp = 0;
	leg = put_leg(0);
	ck_assert_uint_eq(leg->dscp_keep, 0);
	ck_assert_uint_eq(leg->dscp, 0);
}
END_TEST

static void check_header(const struct sotto_leg *leg, int which, const char *remote, uint16_t port)
{
	const struct sotto_interface *interface = &world->interface[which];
	struct sotto_net_path path = {
		.vlan = interface->local.vlan,
		.ttl = 64,
		.dscp = leg->dscp,
		.src = {.addr = interface->local.addr, .port = leg->rtp_port},
		.dst = call_endpoint(remote, port),
	};
	uint8_t want[SOTTO_NET_HEADER_MAX];
	size_t len;

	memcpy(path.src_mac, interface->local.mac, 6);
	len = sotto_net_header_build(&path, want);
	ck_assert_uint_eq(leg->header_len, len);
	ck_assert_mem_eq(leg->header, want, len);
}

START_TEST(header_leads_to_the_remote)
{
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].dscp = 34;
	leg = put_leg(0);
	check_header(leg, ACCESS, "192.0.2.77", 4000);
	check_header(leg->peer, CORE, "2001:db8::77", 5000);
}
END_TEST

START_TEST(next_hop_is_the_remote_or_the_gateway)
{
	struct sotto_endpoint gateway = call_endpoint("192.0.2.1", 0);
	const struct sotto_leg *leg;

	call.spec.media[0].leg[0].remote = call_endpoint("198.51.100.9", 4000);
	leg = put_leg(0);
	ck_assert(sotto_base_addr_equal(&leg->next_hop->addr, &gateway.addr));
	ck_assert_ptr_eq(leg->next_hop->interface, &world->interface[ACCESS]);
	ck_assert(sotto_base_addr_equal(&leg->peer->next_hop->addr, &leg->peer->remote.addr));
	check_header(leg, ACCESS, "198.51.100.9", 4000);
}
END_TEST

START_TEST(leg_without_remote_has_no_way_out)
{
	const struct sotto_leg *leg;

	memset(&call.spec.media[0].leg[0].remote, 0, sizeof(struct sotto_endpoint));
	leg = put_leg(0);
	ck_assert_ptr_null(leg->next_hop);
	ck_assert_uint_eq(leg->header_len, 0);
	ck_assert_uint_eq(leg->remote.addr.family, 0);
	ck_assert_uint_eq(leg->max_payload, 1472);
}
END_TEST

START_TEST(legs_to_one_neighbour_share_its_entry)
{
	const struct sotto_leg *a = put_leg(0), *b;

	call_init(&call, world, "two");
	b = put_leg(0);
	ck_assert_ptr_eq(a->next_hop, b->next_hop);
	ck_assert_uint_eq(a->next_hop->references, 2);
	world_delete(world, "one");
	ck_assert_uint_eq(b->next_hop->references, 2);
	world_settle(world);
	ck_assert_uint_eq(b->next_hop->references, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/leg");
	TCase *tc = tcase_create("leg");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, legs_are_each_others_peer);
	tcase_add_test(tc, secure_leg_has_all_four_keys);
	tcase_add_test(tc, clear_leg_has_no_keys);
	tcase_add_test(tc, sd01_secure_leg_without_keys_is_still_secure);
	tcase_add_test(tc, one_key_may_come_before_the_other);
	tcase_add_test(tc, each_direction_has_streams_of_its_own);
	tcase_add_test(tc, largest_streams_are_there_in_full);
	tcase_add_test(tc, largest_payload_fits_the_mtu);
	tcase_add_test(tc, handling_is_taken_over);
	tcase_add_test(tc, dscp_0_is_not_keep);
	tcase_add_test(tc, header_leads_to_the_remote);
	tcase_add_test(tc, next_hop_is_the_remote_or_the_gateway);
	tcase_add_test(tc, leg_without_remote_has_no_way_out);
	tcase_add_test(tc, legs_to_one_neighbour_share_its_entry);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
