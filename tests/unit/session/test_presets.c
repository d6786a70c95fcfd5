/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where streams shall stand: under a new key before anybody sees it, under a key that stays by an
 * order to the worker that uses them, and never back.
 */
#include "call.h"
#include "packets.h"

#include <errno.h>

static const struct sotto_session_limits limits = {.sessions = 16, .streams = 256, .workers = 4};

static const struct sotto_srtp_preset first[] = {
	{.ssrc = 7, .next_rtp = 3 * 65536 + 5, .next_rtcp = 50},
	{.ssrc = 8, .next_rtp = 100},
};
static const struct sotto_srtp_preset further[] = {
	{.ssrc = 7, .next_rtp = 4 * 65536, .next_rtcp = 50},
	{.ssrc = 8, .next_rtp = 100, .next_rtcp = 9},
};

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

static void refuse(int direction)
{
	uint64_t before;
	struct put_result result;

	call_revise(&call);
	before = world_fingerprint(world);
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, -EINVAL);
	ck_assert_uint_eq(world_fingerprint(world), before);
	ck_assert_int_eq(result.error.media, 0);
	ck_assert_int_eq(result.error.side, 0);
	ck_assert_str_eq(
		result.error.member, direction == SEND ? "send.streams" : "receive.streams");
}

static void open_world(void)
{
	struct call other;

	world = world_open(16, &limits);
	/* so that the owner is not worker 0 */
	call_init(&other, world, "other");
	ck_assert_int_eq(world_put(world, &other.spec).rc, 0);
	call_init(&call, world, "one");
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

static void wish(int direction, unsigned count, const struct sotto_srtp_preset *preset)
{
	call_preset(&call.key[0][0][direction], count, preset);
}

/* What the owner does when it comes by. */
static void obey(void)
{
	for (unsigned i = 0; i < world->order_count; i++)
		ck_assert_int_eq(
			sotto_srtp_streams_preset(world->order[i].streams, &world->order[i].preset),
			0);
	world->order_count = 0;
}

/* At each call of the environment: who is published has the presets. */
static void look(struct world *at, void *arg)
{
	const struct sotto_leg *leg = world_lookup(at, ACCESS, 10020);

	if (leg)
		ck_assert_uint_eq(packet_next(&leg->send, 7), 3 * 65536 + 5);
}

START_TEST(new_key_has_them_before_it_is_published)
{
	struct packet packet;

	call.spec.media[0].leg[0].local_port = 10020;
	wish(RECEIVE, 2, first);
	wish(SEND, 2, first);
	world->hook = look;
	put();
	world->hook = NULL;
	look(world, NULL);
	ck_assert_uint_eq(world->order_count, 0);
	for (int d = 0; d < DIRECTIONS; d++) {
		ck_assert_uint_eq(packet_next(context(d), 7), 3 * 65536 + 5);
		ck_assert_uint_eq(packet_next(context(d), 8), 100);
		ck_assert_uint_eq(context(d)->streams->slot[0].rtcp.next, 50);
	}
	/* every index before is used */
	ck_assert_int_eq(
		packet_protect(world, context(SEND), 7, 4, &packet), SOTTO_DROP_SEND_REUSE);
	ck_assert_int_eq(packet_protect(world, context(SEND), 7, 5, &packet), SOTTO_OK);
}
END_TEST

START_TEST(they_stand_over_what_another_key_leaves)
{
	put();
	wish(SEND, 2, first);
	call_rekey(&call, 0, 0, SEND, 9);
	update();
	ck_assert_uint_eq(world->order_count, 0);
	ck_assert_uint_eq(packet_next(context(SEND), 7), 3 * 65536 + 5);
	/* but not behind it, when it goes on */
	wish(SEND, 1, &(struct sotto_srtp_preset){.ssrc = 7, .next_rtp = 3 * 65536 + 4});
	call_rekey(&call, 0, 0, SEND, 10);
	refuse(SEND);
	call.key[0][0][SEND].spec.roc_policy = SOTTO_ROC_RESET;
	update();
	ck_assert_uint_eq(packet_next(context(SEND), 7), 3 * 65536 + 4);
}
END_TEST

START_TEST(owner_is_told_once_when_they_change)
{
	int d = _i;

	put();
	ck_assert_uint_ne(session->owner, 0);
	update();
	ck_assert_uint_eq(world->order_count, 0);
	wish(d, 2, first);
	update();
	ck_assert_uint_eq(world->order_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct order *order = &world->order[i];

		ck_assert_uint_eq(order->worker, session->owner);
		ck_assert_ptr_eq(order->streams, context(d)->streams);
		ck_assert_uint_eq(order->preset.ssrc, first[i].ssrc);
		ck_assert_uint_eq(order->preset.next_rtp, first[i].next_rtp);
		ck_assert_uint_eq(order->preset.next_rtcp, first[i].next_rtcp);
	}
	/* control itself has not touched what the worker uses */
	ck_assert_int_eq(sotto_srtp_slot(context(d), 7), -1);
	obey();
	update();
	ck_assert_uint_eq(world->order_count, 0);
	wish(d, 2, further);
	update();
	ck_assert_uint_eq(world->order_count, 2);
	obey();
	ck_assert_uint_eq(packet_next(context(d), 7), 4 * 65536);
}
END_TEST

START_TEST(no_way_back)
{
	int d = _i;

	wish(d, 2, first);
	put();
	wish(d, 1, &(struct sotto_srtp_preset){.ssrc = 7, .next_rtp = 3 * 65536 + 4});
	refuse(d);
	wish(d, 1, &(struct sotto_srtp_preset){.ssrc = 7, .next_rtcp = 49});
	refuse(d);
	/* one that is good does not help */
	wish(d, 2,
		(const struct sotto_srtp_preset[]){
			{.ssrc = 8, .next_rtp = 1000}, {.ssrc = 7, .next_rtp = 1}});
	refuse(d);
	ck_assert_uint_eq(world->order_count, 0);
	wish(d, 2, further);
	update();
	ck_assert_uint_eq(world->order_count, 2);
}
END_TEST

START_TEST(more_than_slots_are_refused)
{
	static const struct sotto_srtp_preset three[] = {{.ssrc = 7, .next_rtp = 4 * 65536},
		{.ssrc = 9, .next_rtp = 1}, {.ssrc = 10, .next_rtp = 1}};
	int d = _i;

	/* a new key */
	wish(d, 3, three);
	refuse(d);
	ck_assert_ptr_null(sotto_session_find(world->sessions, "one"));
	/* one that stays, with two slots of which one is bound */
	wish(d, 1, first);
	put();
	wish(d, 3, three);
	refuse(d);
	wish(d, 2, three);
	update();
	ck_assert_uint_eq(world->order_count, 2);
	obey();
	wish(d, 1, &three[2]);
	refuse(d);
}
END_TEST

/* A master key stays, and so do its streams: their owner is told also when the install is new. */
START_TEST(owner_is_told_when_keys_roll)
{
	static const unsigned old[] = {21, 22}, new[] = {22, 23};

	call_roll(&call, 0, 0, SEND, 2, old);
	wish(SEND, 1, first);
	put();
	call_roll(&call, 0, 0, SEND, 2, new);
	wish(SEND, 1, &(struct sotto_srtp_preset){.ssrc = 7, .next_rtp = 1});
	refuse(SEND);
	wish(SEND, 1, further);
	update();
	ck_assert_uint_eq(world->order_count, 1);
	ck_assert_ptr_eq(world->order[0].streams, context(SEND)->streams);
	obey();
	ck_assert_uint_eq(packet_next(context(SEND), 7), 4 * 65536);
	update();
	ck_assert_uint_eq(world->order_count, 0);
}
END_TEST

START_TEST(order_without_room_is_left_to_the_next_put)
{
	put();
	wish(SEND, 2, first);
	world->orders_full = true;
	update();
	world->orders_full = false;
	ck_assert_uint_eq(world->order_count, 0);
	update();
	ck_assert_uint_eq(world->order_count, 2);
	obey();
	update();
	ck_assert_uint_eq(world->order_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/presets");
	TCase *tc = tcase_create("presets");

	tcase_add_checked_fixture(tc, open_world, close_world);
	tcase_add_test(tc, new_key_has_them_before_it_is_published);
	tcase_add_test(tc, they_stand_over_what_another_key_leaves);
	/* RECEIVE and SEND */
	tcase_add_loop_test(tc, owner_is_told_once_when_they_change, 0, DIRECTIONS);
	tcase_add_loop_test(tc, no_way_back, 0, DIRECTIONS);
	tcase_add_loop_test(tc, more_than_slots_are_refused, 0, DIRECTIONS);
	tcase_add_test(tc, owner_is_told_when_keys_roll);
	tcase_add_test(tc, order_without_room_is_left_to_the_next_put);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
