/* SPDX-License-Identifier: BSD-3-Clause */
/* What legs do to packets, which kinds go together, and what a leg adds to what it sends. */
#include "call.h"

#include <errno.h>
#include <string.h>

#define KINDS (SOTTO_OPAQUE + 1)

static const struct sotto_session_limits limits = {.sessions = 64, .streams = 512, .workers = 4};

static struct world *world;
static struct call call;
static struct sotto_session *session;

static int try_put(void)
{
	struct put_result result;

	call_revise(&call);
	result = world_put(world, &call.spec);
	if (result.rc == 0)
		session = result.session;
	return result.rc;
}

static void refuse(int side, const char *member)
{
	uint64_t before;
	struct put_result result;

	call_revise(&call);
	before = world_fingerprint(world);
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, -EINVAL);
	ck_assert_uint_eq(world_fingerprint(world), before);
	ck_assert_int_eq(result.error.media, 0);
	ck_assert_int_eq(result.error.side, side);
	ck_assert_str_eq(result.error.member, member);
}

static void open_world(void)
{
	world = world_open(64, &limits);
	call_init(&call, world, "one");
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

static bool has_keys(enum sotto_security security)
{
	return security != SOTTO_CLEAR && security != SOTTO_OPAQUE;
}

static void wish(int side, enum sotto_security security)
{
	call_secure(&call, 0, side, has_keys(security) ? 5u + (unsigned)side : 0);
	call.spec.media[0].leg[side].security = security;
}

START_TEST(verify_and_opaque_need_their_like)
{
	char id[2] = "a";

	for (unsigned pair = 0; pair < KINDS * KINDS; pair++) {
		enum sotto_security a = pair / KINDS, b = pair % KINDS;
		bool passes_on = a == SOTTO_VERIFY || a == SOTTO_OPAQUE || b == SOTTO_VERIFY ||
				 b == SOTTO_OPAQUE;

		id[0]++;
		call_init(&call, world, id);
		wish(0, a);
		wish(1, b);
		if (passes_on && a != b) {
			refuse(0, "security");
			continue;
		}
		ck_assert_int_eq(try_put(), 0);
		ck_assert_uint_eq(leg_of(0)->security, a);
		ck_assert_uint_eq(leg_of(1)->security, b);
		ck_assert(!leg_of(0)->receive.rtp == !has_keys(a));
		ck_assert(!leg_of(1)->send.rtp == !has_keys(b));
	}
}
END_TEST

START_TEST(verify_leaves_packets_as_they_are)
{
	wish(0, SOTTO_VERIFY);
	wish(1, SOTTO_VERIFY);
	ck_assert_int_eq(try_put(), 0);
	for (int side = 0; side < 2; side++)
		ck_assert_uint_eq(leg_of(side)->receive.more->verify_only, 1);
}
END_TEST

/* The lists go on: what was accepted once is not accepted again because the leg now only looks. */
START_TEST(verify_takes_over_the_streams_of_required)
{
	const struct sotto_srtp_streams *streams;

	wish(0, SOTTO_REQUIRED);
	wish(1, SOTTO_REQUIRED);
	ck_assert_int_eq(try_put(), 0);
	streams = leg_of(0)->receive.streams;
	ck_assert_ptr_null(leg_of(0)->receive.more);
	wish(0, SOTTO_VERIFY);
	wish(1, SOTTO_VERIFY);
	ck_assert_int_eq(try_put(), 0);
	ck_assert_ptr_eq(leg_of(0)->receive.streams, streams);
	ck_assert_uint_eq(leg_of(0)->receive.more->verify_only, 1);
	wish(0, SOTTO_REQUIRED);
	wish(1, SOTTO_REQUIRED);
	ck_assert_int_eq(try_put(), 0);
	ck_assert_ptr_eq(leg_of(0)->receive.streams, streams);
	ck_assert_uint_eq(leg_of(0)->receive.more->verify_only, 0);
}
END_TEST

static void without_tags(int side, int direction)
{
	struct call_key *key = &call.key[0][side][direction];

	key->keying.modes |= SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	call_digest(key);
}

START_TEST(verify_needs_tags)
{
	wish(0, SOTTO_VERIFY);
	wish(1, SOTTO_VERIFY);
	without_tags(1, RECEIVE);
	refuse(1, "security");
	wish(0, SOTTO_REQUIRED);
	wish(1, SOTTO_REQUIRED);
	ck_assert_int_eq(try_put(), 0);
}
END_TEST

/* The first authentic packet locks the leg: without tags anything would. */
START_TEST(preferred_needs_tags)
{
	wish(0, SOTTO_PREFERRED);
	without_tags(0, RECEIVE);
	refuse(0, "security");
}
END_TEST

/* What is repeated is recognised by its tag. */
START_TEST(repeat_needs_tags)
{
	call.spec.media[0].leg[0].repeat = true;
	without_tags(0, RECEIVE);
	ck_assert_int_eq(try_put(), 0);
	without_tags(0, SEND);
	refuse(0, "repeat");
	call.spec.media[0].leg[0].send = NULL;
	ck_assert_int_eq(try_put(), 0);
}
END_TEST

START_TEST(preferred_works_with_and_without_keys)
{
	wish(0, SOTTO_PREFERRED);
	call.spec.media[0].leg[0].receive = NULL;
	call.spec.media[0].leg[0].send = NULL;
	ck_assert_int_eq(try_put(), 0);
	ck_assert_ptr_null(leg_of(0)->receive.rtp);
	ck_assert_ptr_null(leg_of(0)->send.rtp);
	ck_assert(!sotto_leg_is_secure(leg_of(0)));
	wish(0, SOTTO_PREFERRED);
	ck_assert_int_eq(try_put(), 0);
	ck_assert_ptr_nonnull(leg_of(0)->receive.rtp);
	ck_assert_ptr_nonnull(leg_of(0)->send.rtp);
	ck_assert_uint_eq(leg_of(0)->security, SOTTO_PREFERRED);
}
END_TEST

START_TEST(leg_does_not_become_weaker_unasked)
{
	static const enum sotto_security weaker[] = {SOTTO_CLEAR, SOTTO_PREFERRED};

	ck_assert_int_eq(try_put(), 0);
	for (unsigned i = 0; i < 2; i++) {
		wish(0, weaker[i]);
		refuse(0, "security");
	}
	call.spec.media[0].leg[0].downgrade = true;
	ck_assert_int_eq(try_put(), 0);
	/* preferred and unlocked may become clear only when asked, too */
	call.spec.media[0].leg[0].downgrade = false;
	wish(0, SOTTO_CLEAR);
	refuse(0, "security");
	wish(0, SOTTO_REQUIRED);
	ck_assert_int_eq(try_put(), 0);
}
END_TEST

/* RFC 8643: locked by the first authentic packet, it is as good as required. */
START_TEST(locked_preferred_leg_does_not_become_weaker)
{
	wish(0, SOTTO_PREFERRED);
	ck_assert_int_eq(try_put(), 0);
	session->media[0].leg[0].state->locked = 1;
	ck_assert_int_eq(try_put(), 0);
	wish(0, SOTTO_CLEAR);
	refuse(0, "security");
}
END_TEST

static void check_trailer(const char *suite, uint8_t mki_len, unsigned rtp, unsigned rtcp)
{
	static unsigned n = 1000;
	struct call_key *key = call_rekey(&call, 0, 0, SEND, n++);

	key->keying.suite = sotto_keys_suite_by_name(suite, strlen(suite));
	key->keying.mki_len = mki_len;
	call_digest(key);
	ck_assert_int_eq(try_put(), 0);
	ck_assert_uint_eq(leg_of(0)->trailer[SOTTO_SRTP], rtp);
	ck_assert_uint_eq(leg_of(0)->trailer[SOTTO_SRTCP], rtcp);
	for (int side = 0; side < 2; side++) {
		for (int kind = 0; kind < 2; kind++)
			ck_assert_uint_eq(
				leg_of(side)->trailer[kind], sotto_srtp_trailer(&leg_of(side)->send,
								     (enum sotto_srtp_kind)kind));
	}
}

/* SRTP: MKI and tag; SRTCP: E and index, MKI, tag (RFC 3711, 3.1 and 3.4; RFC 7714, 14.2). */
START_TEST(trailer_is_what_protect_adds)
{
	check_trailer("AES_CM_128_HMAC_SHA1_80", 0, 10, 14);
	check_trailer("AES_CM_128_HMAC_SHA1_80", 4, 14, 18);
	check_trailer("AES_CM_128_HMAC_SHA1_32", 0, 4, 14);
	check_trailer("AES_CM_128_HMAC_SHA1_32", 128, 132, 142);
	check_trailer("AEAD_AES_128_GCM", 0, 16, 20);
	check_trailer("AEAD_AES_256_GCM", 1, 17, 21);
	call.spec.media[0].leg[0].send = NULL;
	ck_assert_int_eq(try_put(), 0);
	ck_assert_uint_eq(leg_of(0)->trailer[SOTTO_SRTP] | leg_of(0)->trailer[SOTTO_SRTCP], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/security");
	TCase *tc = tcase_create("security");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, verify_and_opaque_need_their_like);
	tcase_add_test(tc, verify_leaves_packets_as_they_are);
	tcase_add_test(tc, verify_takes_over_the_streams_of_required);
	tcase_add_test(tc, verify_needs_tags);
	tcase_add_test(tc, preferred_needs_tags);
	tcase_add_test(tc, repeat_needs_tags);
	tcase_add_test(tc, preferred_works_with_and_without_keys);
	tcase_add_test(tc, leg_does_not_become_weaker_unasked);
	tcase_add_test(tc, locked_preferred_leg_does_not_become_weaker);
	tcase_add_test(tc, trailer_is_what_protect_adds);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
