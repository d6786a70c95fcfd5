/* SPDX-License-Identifier: BSD-3-Clause */
/* Revisions of one session: repeated, stale, in conflict, newer. */
#include "call.h"

#include <errno.h>

static const struct sotto_session_limits limits = {.sessions = 4, .streams = 64, .workers = 2};

static struct world *world;
static struct call call;
static struct sotto_session *session;

static void open_world(void)
{
	struct put_result result;

	world = world_open(16, &limits);
	call_init(&call, world, "one");
	call.spec.revision = 9;
	call_revise(&call);
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	session = result.session;
}

static void close_world(void)
{
	world_close(world);
}

/* The put must fail, say why, and leave all as it was. */
static void refuse(int error)
{
	uint64_t before = world_fingerprint(world);
	struct put_result result = world_put(world, &call.spec);

	ck_assert_int_eq(result.rc, error);
	ck_assert_uint_eq(world_fingerprint(world), before);
	ck_assert_ptr_null(result.session);
	ck_assert_int_eq(result.outcome, UNTOUCHED);
	ck_assert_int_eq(result.error.media, -1);
	ck_assert_ptr_nonnull(result.error.reason);
	ck_assert_int_ne(result.error.reason[0], 0);
}

static void repeat(void)
{
	uint64_t before = world_fingerprint(world);
	struct put_result result = world_put(world, &call.spec);

	ck_assert_int_eq(result.rc, 0);
	ck_assert_int_eq(result.outcome, SOTTO_SESSION_UNCHANGED);
	ck_assert_ptr_eq(result.session, session);
	ck_assert_uint_eq(world_fingerprint(world), before);
}

START_TEST(repeated_request_is_unchanged)
{
	repeat();
}
END_TEST

/* The digest decides, not the content: the client may have left out what was chosen for it. */
START_TEST(repeated_request_is_told_by_its_digest)
{
	call.spec.media[0].leg[0].local_port = 10020;
	repeat();
}
END_TEST

START_TEST(same_revision_with_other_content_is_a_conflict)
{
	for (int i = 0; i < SOTTO_DIGEST_LEN; i++) {
		call.spec.digest[i] ^= 0x40;
		refuse(-EEXIST);
		call.spec.digest[i] ^= 0x40;
	}
}
END_TEST

START_TEST(lower_revision_is_stale)
{
	call.spec.revision = 9;
	refuse(-ESTALE);
	call.spec.revision = 0;
	refuse(-ESTALE);
}
END_TEST

START_TEST(higher_revision_is_applied_with_the_same_content)
{
	struct put_result result;

	call.spec.revision = 11;
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	ck_assert_int_eq(result.outcome, SOTTO_SESSION_APPLIED);
	ck_assert_ptr_ne(result.session, session);
	ck_assert_uint_eq(result.session->revision, 11);
	call.spec.revision = 10;
	session = result.session;
	refuse(-ESTALE);
}
END_TEST

START_TEST(revisions_may_leave_gaps_up_to_the_largest)
{
	call.spec.revision = UINT64_MAX;
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
	call.spec.revision = UINT64_MAX - 1;
	refuse(-ESTALE);
}
END_TEST

START_TEST(refused_revision_does_not_count)
{
	call.spec.revision = 20;
	call.spec.media[0].leg[0].remote = call_endpoint("2001:db8::1", 4000);
	ck_assert_int_eq(world_put(world, &call.spec).rc, -EHOSTUNREACH);
	call.spec.revision = 15;
	call.spec.media[0].leg[0].remote = call_endpoint("192.0.2.9", 4000);
	ck_assert_int_eq(world_put(world, &call.spec).rc, 0);
}
END_TEST

START_TEST(deleted_session_starts_at_any_revision)
{
	struct put_result result;

	world_delete(world, "one");
	call.spec.revision = 0;
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	ck_assert_uint_eq(result.session->revision, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/revision");
	TCase *tc = tcase_create("revision");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, repeated_request_is_unchanged);
	tcase_add_test(tc, repeated_request_is_told_by_its_digest);
	tcase_add_test(tc, same_revision_with_other_content_is_a_conflict);
	tcase_add_test(tc, lower_revision_is_stale);
	tcase_add_test(tc, higher_revision_is_applied_with_the_same_content);
	tcase_add_test(tc, revisions_may_leave_gaps_up_to_the_largest);
	tcase_add_test(tc, refused_revision_does_not_count);
	tcase_add_test(tc, deleted_session_starts_at_any_revision);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
