/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a worker finds in the port tables while control is at work: at every call into the
 * environment all ports are looked up. Each answer is nobody, the leg from before, or the leg from
 * after, whole and never an older one again (RP-12).
 */
#include "call.h"

#include <string.h>

#define PAIRS 8
#define PORTS (2 * PAIRS)
#define SIGHTS_MAX 4 /* different answers of one port in one call */

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;

/* The different answers of one port, in their order. */
struct sights {
	unsigned count;
	const struct sotto_leg *leg[SIGHTS_MAX];
};

static struct sights sights[INTERFACES][PORTS];
static unsigned looks;

/* A leg that may be used: everything that the packet path follows leads somewhere. */
static void check_whole(const struct sotto_leg *leg, int interface, unsigned port)
{
	ck_assert(leg->rtp_port == port || leg->rtcp_port == port);
	ck_assert_ptr_eq(leg->peer->peer, leg);
	ck_assert_ptr_nonnull(leg->state);
	ck_assert_ptr_nonnull(leg->peer->state);
	ck_assert_uint_eq(leg->device, world->interface[interface].device);
	ck_assert_uint_lt(leg->owner, limits.workers);
	if (sotto_leg_is_secure(leg)) {
		ck_assert_uint_gt(leg->receive.streams->count, 0);
		ck_assert_uint_gt(leg->send.streams->count, 0);
		ck_assert_ptr_nonnull(leg->receive.rtp->backend);
		ck_assert_ptr_nonnull(leg->receive.rtcp->backend);
		ck_assert_ptr_nonnull(leg->send.rtp->backend);
		ck_assert_ptr_nonnull(leg->send.rtcp->backend);
	}
	if (leg->remote.addr.family != 0)
		ck_assert_ptr_nonnull(leg->next_hop);
}

static void look(struct world *at, void *arg)
{
	(void)arg;
	looks++;
	for (int i = 0; i < INTERFACES; i++) {
		for (unsigned p = 0; p < PORTS; p++) {
			unsigned port = world->interface[i].port_low + p;
			const struct sotto_leg *leg = world_lookup(at, i, port);
			struct sights *seen = &sights[i][p];

			if (leg)
				check_whole(leg, i, port);
			if (seen->count > 0 && seen->leg[seen->count - 1] == leg)
				continue;
			ck_assert_uint_lt(seen->count, SIGHTS_MAX);
			seen->leg[seen->count++] = leg;
		}
	}
}

static void start_looking(void)
{
	memset(sights, 0, sizeof(sights));
	looks = 0;
	look(world, NULL);
	world->hook = look;
}

/* From before straight to after: no port had more than two answers. */
static void stop_looking(void)
{
	look(world, NULL);
	world->hook = NULL;
	for (int i = 0; i < INTERFACES; i++) {
		for (unsigned p = 0; p < PORTS; p++)
			ck_assert_uint_le(sights[i][p].count, 2);
	}
}

static void put(void)
{
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
}

static void open_world(void)
{
	world = world_open(PAIRS, &limits);
	call_init(&call, world, "other");
	put();
	call_init(&call, world, "one");
}

static void close_world(void)
{
	world_settle(world);
	world_close(world);
}

START_TEST(rp12_new_session)
{
	start_looking();
	put();
	ck_assert_uint_gt(looks, 5);
	stop_looking();
}
END_TEST

START_TEST(rp12_update_in_place)
{
	put();
	call_secure(&call, 0, 0, 9);
	call_revise(&call);
	start_looking();
	put();
	stop_looking();
}
END_TEST

START_TEST(rp12_update_to_mux)
{
	put();
	call.spec.media[0].leg[0].rtcp_mux = true;
	call_revise(&call);
	start_looking();
	put();
	stop_looking();
}
END_TEST

START_TEST(rp12_update_that_moves)
{
	put();
	call.spec.media[0].leg[0].local_port = 10012;
	call.spec.media[0].leg[1].local_port = 20012;
	call_revise(&call);
	start_looking();
	put();
	stop_looking();
}
END_TEST

/* Nothing of a session is seen before all of it can be: the first sight comes after the last key.
 */
START_TEST(nothing_is_published_before_all_is_built)
{
	call_add_media(&call, "video");
	call_add_media(&call, "text");
	start_looking();
	put();
	/* no call into the environment happens between the first and the last publication */
	for (int i = 0; i < INTERFACES; i++) {
		for (unsigned p = 2; p < 8; p++)
			ck_assert_uint_eq(sights[i][p].count, 1);
	}
	stop_looking();
}
END_TEST

START_TEST(refused_put_is_never_seen)
{
	call_add_media(&call, "video");
	call.spec.media[1].leg[1].remote = call_endpoint("2001:db8:9::1", 4000);
	start_looking();
	ck_assert_int_ne(world_put(world, &call.spec).rc, 0);
	stop_looking();
	for (int i = 0; i < INTERFACES; i++) {
		for (unsigned p = 0; p < PORTS; p++)
			ck_assert_uint_eq(sights[i][p].count, 1);
	}
}
END_TEST

START_TEST(rp12_delete)
{
	put();
	start_looking();
	world_delete(world, "one");
	stop_looking();
}
END_TEST

START_TEST(rp12_delete_and_reclaim_leave_other_calls_alone)
{
	put();
	world_delete(world, "one");
	start_looking();
	world_settle(world);
	stop_looking();
	for (int i = 0; i < INTERFACES; i++) {
		ck_assert_ptr_nonnull(sights[i][0].leg[0]);
		for (unsigned p = 0; p < PORTS; p++)
			ck_assert_uint_eq(sights[i][p].count, 1);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/readers");
	TCase *tc = tcase_create("readers");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, rp12_new_session);
	tcase_add_test(tc, rp12_update_in_place);
	tcase_add_test(tc, rp12_update_to_mux);
	tcase_add_test(tc, rp12_update_that_moves);
	tcase_add_test(tc, nothing_is_published_before_all_is_built);
	tcase_add_test(tc, refused_put_is_never_seen);
	tcase_add_test(tc, rp12_delete);
	tcase_add_test(tc, rp12_delete_and_reclaim_leave_other_calls_alone);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
