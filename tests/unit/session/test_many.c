/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 10,000 sessions at once, put, revised and deleted at random, against a plain list of which ids
 * stand with which revision and ports.
 */
#include "call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SESSIONS 10000 /* the limit */
#define IDS 11000      /* more than fit */
#define OPERATIONS 40000

/* What must be true of one id. */
struct expected {
	bool stands;
	uint64_t revision;
	uint16_t port[2];
	struct sotto_leg_state *state[2];
	struct sotto_session *session;
};

static struct expected expected[IDS];
static struct world *world;
static uint64_t random_state = 0x50770a11ce5ull;

static struct {
	unsigned puts, updates, deletes, refused;
} done;

static uint64_t next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1dull;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(next_random() >> 33) % n;
}

/* Most calls are clear on both sides: keys have tests of their own, and cost time. */
static void make_call(struct call *call, unsigned n)
{
	char id[16];

	snprintf(id, sizeof(id), "call-%u", n);
	call_init(call, world, id);
	call->spec.media[0].leg[0].downgrade = true;
	call->spec.media[0].leg[0].max_ssrcs = 1;
	call->spec.media[0].leg[1].max_ssrcs = 1;
	if (below(16) != 0)
		call_secure(call, 0, 0, 0);
	if (below(4) == 0)
		call->spec.media[0].leg[below(2)].rtcp_mux = true;
}

static void note(unsigned n, struct sotto_session *session)
{
	expected[n].session = session;
	for (int side = 0; side < 2; side++) {
		expected[n].port[side] = sotto_session_leg(&session->media[0], side)->rtp_port;
		expected[n].state[side] = session->media[0].leg[side].state;
	}
}

static unsigned standing(void)
{
	return done.puts - done.deletes;
}

static void do_put(unsigned n)
{
	struct put_result result;
	struct call call;

	make_call(&call, n);
	result = world_put(world, &call.spec);
	if (standing() == SESSIONS) {
		ck_assert_int_eq(result.rc, -ENOSPC);
		done.refused++;
		return;
	}
	ck_assert_int_eq(result.rc, 0);
	expected[n].stands = true;
	expected[n].revision = 1;
	note(n, result.session);
	done.puts++;
}

/* The call keeps its ports and states; now and then a leg moves. */
static void do_update(unsigned n)
{
	struct expected before = expected[n];
	bool moves = below(8) == 0;
	struct put_result result;
	struct call call;

	make_call(&call, n);
	call.spec.revision = ++expected[n].revision;
	if (moves)
		strcpy(call.spec.media[0].id, call.spec.revision % 2 ? "odd" : "even");
	else
		strcpy(call.spec.media[0].id, before.session->media[0].id);
	moves = strcmp(call.spec.media[0].id, before.session->media[0].id) != 0;
	if (moves) /* under another id the old key would begin its indices again */
		call_secure(&call, 0, 0, 1000000 + (unsigned)call.spec.revision);
	result = world_put(world, &call.spec);
	ck_assert_int_eq(result.rc, 0);
	note(n, result.session);
	for (int side = 0; side < 2; side++) {
		ck_assert((expected[n].port[side] == before.port[side]) != moves);
		ck_assert((expected[n].state[side] == before.state[side]) != moves);
	}
	done.updates++;
}

static void do_delete(unsigned n)
{
	world_delete(world, expected[n].session->id);
	expected[n].stands = false;
	done.deletes++;
}

static void one_operation(void)
{
	unsigned n = below(IDS);

	if (!expected[n].stands)
		do_put(n);
	else if (below(10) < 6)
		do_update(n);
	else
		do_delete(n);
	if (below(20) == 0) {
		world->over_to += below((uint32_t)(world->begun - world->over_to) + 1);
		world_reclaim(world);
	}
}

/* A plain comparison first: assertions are slow in loops of this size. */
static void check_one(unsigned n)
{
	const struct expected *e = &expected[n];
	struct sotto_session *session;
	char id[16];

	snprintf(id, sizeof(id), "call-%u", n);
	session = sotto_session_find(world->sessions, id);
	if (!e->stands) {
		if (session)
			ck_abort_msg("%s stands and should not", id);
		return;
	}
	if (session != e->session || session->revision != e->revision ||
		sotto_session_at(world->sessions, session->slot, session->generation) != session)
		ck_abort_msg("%s is not what was put", id);
	for (int side = 0; side < 2; side++) {
		const struct sotto_leg *leg = sotto_session_leg(&session->media[0], side);

		if (leg->rtp_port != e->port[side] ||
			!world_port_used(world, side, e->port[side]) ||
			world_lookup(world, side, e->port[side]) != leg)
			ck_abort_msg("%s has lost its port %u", id, e->port[side]);
	}
}

/* The tables hold exactly the sessions of the list. */
static void check_all(void)
{
	unsigned met = 0, owned = 0;
	uint32_t slot = 0;

	for (unsigned n = 0; n < IDS; n++)
		check_one(n);
	for (; sotto_session_next(world->sessions, &slot); slot++)
		met++;
	for (unsigned w = 0; w < world->limits.workers; w++)
		owned += sotto_sessions_owned(world->sessions, w);
	ck_assert_uint_eq(met, standing());
	ck_assert_uint_eq(owned, standing());
	ck_assert_uint_eq(sotto_sessions_count(world->sessions), standing());
	ck_assert_uint_eq(sotto_sessions_streams(world->sessions), 4 * standing());
	ck_assert_uint_eq(world_ports_used(world), 2 * standing());
}

START_TEST(ten_thousand_sessions_at_random)
{
	static const struct sotto_session_limits limits = {
		.sessions = SESSIONS, .streams = 4 * SESSIONS, .workers = 7};

	world = world_open(2 * SESSIONS / 2 + 1000, &limits);
	for (unsigned n = 0; n < SESSIONS; n++)
		do_put(n);
	check_all();
	for (unsigned n = SESSIONS; n < IDS; n++)
		do_put(n);
	ck_assert_uint_eq(done.refused, IDS - SESSIONS);
	check_all();
	for (unsigned i = 1; i <= OPERATIONS; i++) {
		one_operation();
		if (i % (OPERATIONS / 4) == 0)
			check_all();
	}
	printf("%u puts, %u updates, %u deletes, %u refused, %u standing\n", done.puts,
		done.updates, done.deletes, done.refused, standing());
	for (unsigned n = 0; n < IDS; n++) {
		if (expected[n].stands)
			do_delete(n);
	}
	check_all();
	world_settle(world);
	ck_assert_uint_eq(world->block_count, 0);
	world_close(world);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session/many");
	TCase *tc = tcase_create("many");

	tcase_set_timeout(tc, 110);
	tcase_add_test(tc, ten_thousand_sessions_at_random);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
