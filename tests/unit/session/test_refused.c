/* SPDX-License-Identifier: BSD-3-Clause */
/* Every reason to refuse a put: the right error at the right leg, and nothing has changed. */
#include "call.h"

#include "tests/unit/keys/breakable.h"

#include <errno.h>
#include <string.h>

#define PAIRS 6

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;
static struct sotto_session *standing; /* another session: its ports are taken */

static void open_world(void)
{
	struct put_result result;

	world = world_open(PAIRS, &limits);
	call_init(&call, world, "standing");
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	standing = result.session;
	call_init(&call, world, "new");
}

static void close_world(void)
{
	world_close(world);
}

/* As a new session, and as an update of one that stands. */
static void refuse(int error, int media, int side)
{
	uint64_t before = world_fingerprint(world);
	struct put_result result = world_put(world, &call.spec);

	ck_assert_int_eq(result.rc, error);
	ck_assert_uint_eq(world_fingerprint(world), before);
	ck_assert_ptr_null(result.session);
	ck_assert_int_eq(result.error.media, media);
	if (media >= 0)
		ck_assert_int_eq(result.error.side, side);
	ck_assert_ptr_nonnull(result.error.reason);
	ck_assert_int_ne(result.error.reason[0], 0);
}

static uint16_t taken_port(int side)
{
	return sotto_session_leg(&standing->media[0], side)->rtp_port;
}

START_TEST(port_of_another_session_is_refused)
{
	call.spec.media[0].leg[1].local_port = taken_port(1);
	refuse(-EADDRINUSE, 0, 1);
	call.spec.media[0].leg[1].local_port = 0;
	call.spec.media[0].leg[0].local_port = taken_port(0);
	refuse(-EADDRINUSE, 0, 0);
}
END_TEST

START_TEST(one_port_twice_in_one_request_is_refused)
{
	call_add_media(&call, "video");
	call.spec.media[0].leg[1].local_port = 20008;
	call.spec.media[1].leg[1].local_port = 20008;
	refuse(-EADDRINUSE, 1, 1);
	ck_assert(!world_port_used(world, CORE, 20008));
}
END_TEST

START_TEST(both_sides_on_one_port_are_refused)
{
	call.spec.media[0].leg[0].local_port = 10006;
	call.spec.media[0].leg[1].interface = &world->interface[ACCESS];
	call.spec.media[0].leg[1].remote = call_endpoint("192.0.2.9", 4000);
	call.spec.media[0].leg[1].local_port = 10006;
	refuse(-EADDRINUSE, 0, 1);
}
END_TEST

START_TEST(odd_or_foreign_port_is_refused)
{
	static const uint16_t bad[] = {10001, 9998, 10000 + 2 * PAIRS, 20000, 1, 65535};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		call.spec.media[0].leg[0].local_port = bad[i];
		refuse(-EINVAL, 0, 0);
	}
}
END_TEST

START_TEST(no_free_port_is_refused)
{
	/* the standing session has one pair of each side, this one wants six */
	while (call.spec.media_count < PAIRS)
		call_add_media(&call, (const char[2]){(char)('0' + call.spec.media_count), 0});
	refuse(-EADDRNOTAVAIL, PAIRS - 1, 0);
	call_remove_media(&call, PAIRS - 1);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
}
END_TEST

START_TEST(remote_without_a_way_is_refused)
{
	call.spec.media[0].leg[1].remote = call_endpoint("2001:db8:9::1", 4000);
	refuse(-EHOSTUNREACH, 0, 1);
	call.spec.media[0].leg[1].remote = call_endpoint("192.0.2.9", 4000);
	refuse(-EHOSTUNREACH, 0, 1);
	call.spec.media[0].leg[0].remote = call_endpoint("2001:db8::9", 4000);
	refuse(-EHOSTUNREACH, 0, 0);
}
END_TEST

START_TEST(last_of_many_media_takes_all_back)
{
	for (unsigned i = 1; i < PAIRS - 1; i++)
		call_add_media(&call, (const char[2]){(char)('0' + i), 0});
	call.spec.media[PAIRS - 2].leg[1].remote = call_endpoint("2001:db8:9::1", 4000);
	refuse(-EHOSTUNREACH, PAIRS - 2, 1);
	ck_assert_uint_eq(world_ports_used(world), 2);
}
END_TEST

START_TEST(full_neighbour_table_is_refused)
{
	struct sotto_neighbors *neighbors = sotto_sessions_neighbors(world->sessions);

	for (uint32_t n = 0; neighbors->count < SOTTO_NEIGHBORS_MAX; n++) {
		uint8_t bytes[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
		struct sotto_addr addr;

		sotto_base_addr_set(&addr, 4, bytes);
		ck_assert_ptr_nonnull(
			sotto_neighbor_get(neighbors, &world->interface[ACCESS], &addr));
	}
	call.spec.media[0].leg[1].remote = call_endpoint("2001:db8::99", 4000);
	refuse(-ENOSPC, 0, 1);
	/* known neighbours still do */
	call.spec.media[0].leg[1].remote = call_endpoint("2001:db8::77", 4000);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
}
END_TEST

START_TEST(update_is_refused_whole)
{
	uint16_t mine = 0;

	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	mine = sotto_session_leg(&sotto_session_find(world->sessions, "new")->media[0], 0)
		       ->rtp_port;
	call_revise(&call);
	call_add_media(&call, "video");
	call.spec.media[0].leg[0].local_port = 10010;
	call.spec.media[1].leg[1].local_port = taken_port(1);
	refuse(-EADDRINUSE, 1, 1);
	ck_assert_ptr_nonnull(world_lookup(world, ACCESS, mine));
	ck_assert(!world_port_used(world, ACCESS, 10010));
}
END_TEST

START_TEST(max_ssrcs_cannot_change_under_a_key)
{
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call_revise(&call);
	call.spec.media[0].leg[0].max_ssrcs = 3;
	refuse(-EINVAL, 0, 0);
	call.spec.media[0].leg[0].max_ssrcs = 1;
	refuse(-EINVAL, 0, 0);
	/* nor that of a leg that moves: its windows move with it */
	call.spec.media[0].leg[0].local_port = 10010;
	refuse(-EINVAL, 0, 0);
	ck_assert(!world_port_used(world, ACCESS, 10010));
	/* with other keys, and where there are none, it can */
	call_secure(&call, 0, 0, 9);
	call.spec.media[0].leg[1].max_ssrcs = 7;
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 8 + 2 + 14);
}
END_TEST

/* The style of all control functions: a negative errno leaves every output untouched. */
START_TEST(refused_put_leaves_the_outcome_untouched)
{
	call.spec.media[0].leg[0].local_port = 10001;
	ck_assert_int_eq(world_put(world, &call.spec).outcome, UNTOUCHED);
}
END_TEST

static void open_breakable(void)
{
	world = world_open_with(PAIRS, &limits, breakable_open());
	call_init(&call, world, "new");
	call_add_media(&call, "video");
}

/* world_close() would give the breakable instance to a backend that cannot destroy it. */
static void close_breakable(void)
{
	struct sotto_crypto *crypto = world->crypto;

	world->crypto = NULL;
	world_close(world);
	breakable_close(crypto);
}

/* Every call into the backend in turn: 16 for the two keys of each master, two masters a leg. */
START_TEST(sd02_failing_crypto_is_refused_at_its_leg)
{
	const unsigned calls = 4 * 16;

	for (unsigned n = 1; n <= calls; n++) {
		breakable = (struct breakable){.fail_at = n, .error = -EIO};
		refuse(-EIO, n > calls / 2, 0);
		ck_assert_uint_eq(breakable.released, breakable.expanded);
	}
	breakable = (struct breakable){.fail_at = calls + 1, .error = -EIO};
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	ck_assert_uint_eq(breakable.calls, calls);
}
END_TEST

START_TEST(update_with_failing_crypto_leaves_the_old_keys)
{
	const struct sotto_leg *leg;
	struct put_result result;

	breakable = (struct breakable){.fail_at = 0};
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	leg = sotto_session_leg(&result.session->media[0], 0);
	call_revise(&call);
	call_secure(&call, 0, 0, 99);
	/* the keys of the other media stay: nothing is derived for them */
	for (unsigned n = 1; n <= 32; n++) {
		breakable = (struct breakable){.fail_at = n, .error = -EIO};
		refuse(-EIO, 0, 0);
		ck_assert_ptr_eq(world_lookup(world, ACCESS, leg->rtp_port), leg);
	}
}
END_TEST

START_TEST(suite_that_the_backend_lacks_is_refused)
{
	breakable = (struct breakable){.lacks_cipher = true};
	refuse(-ENOTSUP, 0, 0);
	breakable = (struct breakable){.lacks_auth = true};
	refuse(-ENOTSUP, 0, 0);
	/* a clear call needs no keys */
	call_secure(&call, 0, 0, 0);
	call_secure(&call, 1, 0, 0);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/refused");
	TCase *tc = tcase_create("refused");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, port_of_another_session_is_refused);
	tcase_add_test(tc, one_port_twice_in_one_request_is_refused);
	tcase_add_test(tc, both_sides_on_one_port_are_refused);
	tcase_add_test(tc, odd_or_foreign_port_is_refused);
	tcase_add_test(tc, no_free_port_is_refused);
	tcase_add_test(tc, remote_without_a_way_is_refused);
	tcase_add_test(tc, last_of_many_media_takes_all_back);
	tcase_add_test(tc, full_neighbour_table_is_refused);
	tcase_add_test(tc, update_is_refused_whole);
	tcase_add_test(tc, max_ssrcs_cannot_change_under_a_key);
	tcase_add_test(tc, refused_put_leaves_the_outcome_untouched);
	suite_add_tcase(suite, tc);
	tc = tcase_create("crypto");
	tcase_add_checked_fixture(tc, open_breakable, close_breakable);
	tcase_add_test(tc, sd02_failing_crypto_is_refused_at_its_leg);
	tcase_add_test(tc, update_with_failing_crypto_leaves_the_old_keys);
	tcase_add_test(tc, suite_that_the_backend_lacks_is_refused);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
