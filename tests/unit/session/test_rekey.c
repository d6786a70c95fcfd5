/* SPDX-License-Identifier: BSD-3-Clause */
/* Another key: new streams, which go on as the request says (RFC 3711, 3.3.1; ST-17, ST-18). */
#include "call.h"
#include "packets.h"

#define SSRC 0x50770a11
#define OVERLAP_US 2000000

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static struct world *world;
static struct call call;
static struct sotto_session *session;

static void put(void)
{
	struct put_result result = world_put(world, &call.spec);

	ck_assert_msg(result.rc == 0, "%d: %s", result.rc, result.error.reason);
	session = result.session;
}

static void update(void)
{
	call_revise(&call);
	put();
}

static void open_world(void)
{
	world = world_open(16, &limits);
	call_init(&call, world, "one");
	put();
}

static void close_world(void)
{
	world_settle(world);
	world_close(world);
}

static const struct sotto_srtp_context *context(int direction)
{
	const struct sotto_leg *leg = sotto_session_leg(&session->media[0], 0);

	return direction == SEND ? &leg->send : &leg->receive;
}

static const struct sotto_srtp_previous *previous(void)
{
	const struct sotto_srtp_more *more = context(RECEIVE)->more;

	return more ? more->previous : NULL;
}

/* Gives both directions other keys with that policy. */
static void rekey(unsigned seed, enum sotto_roc_policy policy, uint32_t roc)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct call_key *key = call_rekey(&call, 0, 0, d, seed);

		key->spec.roc_policy = policy;
		key->spec.roc = roc;
	}
	update();
}

/* As if packets had been there: one stream in the fifth round of sequence numbers. */
static void pretend_traffic(void)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct sotto_srtp_streams *streams = context(d)->streams;
		struct sotto_srtp_preset preset = {
			.ssrc = SSRC, .next_rtp = 5 * 65536 + 3, .next_rtcp = 77};

		ck_assert_int_eq(sotto_srtp_streams_preset(streams, &preset), 0);
		streams->slot[0].packets = 9;
	}
}

START_TEST(st_17_rekey_keeps_the_rollover_counter)
{
	struct sotto_srtp_streams *old[2] = {context(RECEIVE)->streams, context(SEND)->streams};
	struct packet packet;

	pretend_traffic();
	rekey(42, SOTTO_ROC_KEEP, 0);
	for (int d = 0; d < DIRECTIONS; d++) {
		const struct sotto_srtp_streams *streams = context(d)->streams;

		ck_assert_ptr_ne(streams, old[d]);
		ck_assert_uint_eq(streams->slot[0].ssrc, SSRC);
		ck_assert_uint_eq(streams->slot[0].rtp.next, 5 * 65536 + 3);
		ck_assert_uint_eq(streams->slot[0].packets, 9);
		ck_assert_uint_eq(streams->slot[0].expected, 1);
		ck_assert_uint_eq(streams->slot[1].bound, 0);
		ck_assert_uint_eq(streams->roc_tries, 0);
		/* the lists that workers may still hold are as they were */
		ck_assert_uint_eq(old[d]->slot[0].rtp.next, 5 * 65536 + 3);
		/* a new key has carried nothing yet */
		ck_assert_uint_eq(sotto_srtp_used(context(d), 0, SOTTO_SRTP), 0);
	}
	ck_assert_uint_ge(context(SEND)->streams->slot[0].rtcp.next, 77);
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, 3, &packet), SOTTO_OK);
	ck_assert_uint_eq(packet_next(context(SEND), SSRC), 5 * 65536 + 4);
}
END_TEST

/* ST-18: a rollover counter of 0 is nothing that a new address or key brings along by itself. */
START_TEST(st_18_rekey_to_a_new_address_keeps_the_rollover_counter)
{
	pretend_traffic();
	call.spec.media[0].leg[0].remote = call_endpoint("192.0.2.99", 7000);
	call.spec.media[0].leg[0].local_port = 10020;
	rekey(42, SOTTO_ROC_KEEP, 0);
	ck_assert_uint_eq(packet_next(context(RECEIVE), SSRC), 5 * 65536 + 3);
	ck_assert_uint_eq(packet_next(context(SEND), SSRC), 5 * 65536 + 3);
}
END_TEST

START_TEST(st_18_rekey_resets_the_rollover_counter_when_told)
{
	pretend_traffic();
	rekey(42, SOTTO_ROC_RESET, 7);
	for (int d = 0; d < DIRECTIONS; d++) {
		ck_assert_uint_eq(context(d)->streams->slot[0].bound, 0);
		ck_assert_uint_eq(context(d)->streams->slot[0].roc, 0);
		ck_assert_uint_eq(context(d)->streams->roc_tries, 0);
	}
}
END_TEST

START_TEST(rekey_sets_the_rollover_counter_to_a_value)
{
	struct packet packet;

	pretend_traffic();
	rekey(42, SOTTO_ROC_VALUE, 7);
	for (int d = 0; d < DIRECTIONS; d++) {
		ck_assert_uint_eq(context(d)->streams->slot[0].bound, 0);
		ck_assert_uint_eq(context(d)->streams->slot[0].roc, 7);
	}
	ck_assert_int_eq(packet_protect(world, context(SEND), SSRC, 3, &packet), SOTTO_OK);
	ck_assert_uint_eq(packet_next(context(SEND), SSRC), 7 * 65536 + 4);
}
END_TEST

START_TEST(rekey_tries_both_rollover_counters)
{
	pretend_traffic();
	rekey(42, SOTTO_ROC_TRY, 0);
	ck_assert_uint_eq(packet_next(context(RECEIVE), SSRC), 5 * 65536 + 3);
	ck_assert_uint_eq(context(RECEIVE)->streams->roc_tries, SOTTO_SRTP_ROC_TRIES);
}
END_TEST

START_TEST(first_key_has_nothing_to_go_on_with)
{
	call_init(&call, world, "two");
	call.key[0][0][RECEIVE].spec.roc_policy = SOTTO_ROC_TRY;
	call.key[0][0][RECEIVE].spec.overlap_us = OVERLAP_US;
	call.key[0][0][SEND].spec.roc_policy = SOTTO_ROC_VALUE;
	call.key[0][0][SEND].spec.roc = 12;
	put();
	ck_assert_uint_eq(context(RECEIVE)->streams->roc_tries, 0);
	ck_assert_uint_eq(context(RECEIVE)->streams->slot[0].roc, 0);
	ck_assert_uint_eq(context(SEND)->streams->slot[0].roc, 12);
	ck_assert_ptr_null(previous());
}
END_TEST

START_TEST(rekey_may_change_what_belongs_to_streams)
{
	struct sotto_leg_spec *leg = &call.spec.media[0].leg[0];

	pretend_traffic();
	leg->max_ssrcs = 1;
	leg->window = 512;
	leg->repeat = true;
	rekey(42, SOTTO_ROC_KEEP, 0);
	for (int d = 0; d < DIRECTIONS; d++) {
		ck_assert_uint_eq(context(d)->streams->count, 1);
		ck_assert_uint_eq(context(d)->streams->shape.window, 512);
		ck_assert_uint_eq(packet_next(context(d), SSRC), 5 * 65536 + 3);
	}
	ck_assert_uint_eq(sotto_session_window(&session->media[0].leg[0]), 512);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/rekey");
	TCase *tc = tcase_create("streams");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, st_17_rekey_keeps_the_rollover_counter);
	tcase_add_test(tc, st_18_rekey_to_a_new_address_keeps_the_rollover_counter);
	tcase_add_test(tc, st_18_rekey_resets_the_rollover_counter_when_told);
	tcase_add_test(tc, rekey_sets_the_rollover_counter_to_a_value);
	tcase_add_test(tc, rekey_tries_both_rollover_counters);
	tcase_add_test(tc, first_key_has_nothing_to_go_on_with);
	tcase_add_test(tc, rekey_may_change_what_belongs_to_streams);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
