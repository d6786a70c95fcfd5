/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two workers as threads, a thousand calls, and the thread of the test as wire and as control: on
 * the owner's queue, on the wrong queue, and while sessions come, change and go.
 */
#include "traffic.h"

#include "handoff.h"

#include <rte_launch.h>
#include <rte_lcore.h>

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CALLS 1000u
#define ROUNDS 110u /* packets of each flow: 220,000 in all */
#define CHURN_CALLS 256u
#define CHURN_STEPS 6000u
#define CHURN_FEED 24u /* packets between two requests of control */
#define IDLE_US 20     /* sleep of an idle worker: there may be fewer processors than threads */
#define PRESS 6u       /* packets right behind the first step of a removal */
#define STUCK_S 60

static struct rig rig;
static struct traffic traffic;

static int work(void *worker)
{
	int rc = sotto_worker_run(worker);

	handoff_give(worker);
	return rc;
}

static void start_workers(void)
{
	unsigned lcore, w = 0;

	RTE_LCORE_FOREACH_WORKER(lcore)
	{
		rig.worker[w]->config.idle_us = IDLE_US;
		ck_assert_int_eq(rte_eal_remote_launch(work, rig.worker[w++], lcore), 0);
	}
	ck_assert_uint_eq(w, rig.shape.workers);
}

static void stop_workers(void)
{
	__atomic_store_n(&rig.stop, 1, __ATOMIC_RELEASE);
	rte_eal_mp_wait_lcore();
	for (unsigned w = 0; w < rig.shape.workers; w++)
		handoff_take(rig.worker[w]);
}

static void setup(void)
{
	rig_open(&rig);
}

static void teardown(void)
{
	stop_workers(); /* a failed test has not */
	traffic_close(&traffic);
	rig_close(&rig);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* For information only. */
static void tell_rate(const char *what, double since_s)
{
	double took = now_s() - since_s;
	struct sotto_stats stats = rig_stats(&rig);

	printf("%s: %lu packets in, %lu out, %lu over the ring, %.2f s, %.0f packets/s\n", what,
		(unsigned long)stats.received, (unsigned long)stats.by_verdict[SOTTO_OK],
		(unsigned long)stats.handed_over, took, (double)stats.received / took);
}

/* Every packet of every flow came out once, in order and unchanged, and nothing else happened. */
static void expect_no_loss(void)
{
	struct sotto_stats stats = rig_stats(&rig);

	traffic_is_faultless(&traffic);
	for (unsigned f = 0; f < 2 * traffic.count; f++)
		ck_assert_uint_eq(traffic.flows[f].seen, ROUNDS);
	ck_assert_uint_eq(traffic.drained, rig.injected);
	ck_assert_uint_eq(stats.by_verdict[SOTTO_OK], rig.injected);
	ck_assert_uint_eq(sotto_stats_drops(&stats), 0);
	ck_assert_uint_eq(stats.handed_over, stats.taken_over);
	ck_assert_uint_eq(traffic.first_packets, 2 * traffic.count);
	rig_conserves(&rig);
}

/* Sessions are shared out evenly, and so are their packets: every flow sends as many. */
static void expect_even_owners(void)
{
	for (unsigned w = 0; w < rig.shape.workers; w++) {
		ck_assert_uint_eq(sotto_sessions_owned(rig.sessions, w), CALLS / 2);
		ck_assert_uint_eq(rig.worker[w]->stats.by_verdict[SOTTO_OK], CALLS * ROUNDS);
	}
}

static void run(const char *what, unsigned astray_of_ten)
{
	double since;
	bool settled;

	traffic_open(&traffic, &rig, CALLS);
	for (unsigned n = 0; n < CALLS; n++)
		call_put(&traffic.calls[n]);
	for (unsigned f = 0; f < 2 * CALLS; f++)
		traffic.flows[f].astray = f / 2 % 10 < astray_of_ten;
	start_workers();
	since = now_s();
	settled = traffic_run(&traffic, ROUNDS);
	tell_rate(what, since);
	stop_workers();
	ck_assert_msg(settled, "packets are stuck");
	expect_no_loss();
	expect_even_owners();
	ck_assert_uint_eq(rig_stats(&rig).handed_over, 2ull * CALLS * ROUNDS * astray_of_ten / 10);
}

START_TEST(on_the_owners_queue)
{
	run("owner's queue", 0);
}
END_TEST

START_TEST(half_on_the_wrong_queue)
{
	run("half on the wrong queue", 5);
}
END_TEST

/* A generator of its own: the same order of events in every run of this thread. */
static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* The two places that a call moves between; no other call has them. */
static void choose_ports(struct call *call, unsigned n, unsigned place)
{
	for (int side = 0; side < SIDES; side++) {
		struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];

		leg->local_port =
			(uint16_t)(leg->interface->port_low + 2 * (n + place * CHURN_CALLS));
	}
}

struct churn {
	uint32_t seed;
	unsigned put, rekeyed, moved, deleted, preset;
	uint32_t waiting;     /* most that waited for a grace period */
	struct flow *pressed; /* by the next grace period that begins */
};

/*
 * A removal has begun its first grace period. Packets for the other leg come right now, so that
 * workers are busy with the call while control goes on and frees what it may.
 */
static void press(struct rig *r)
{
	struct flow **flow = r->on_grace_arg;

	if (*flow)
		traffic_feed_flow(&traffic, *flow, PRESS);
	*flow = NULL; /* once in a request */
}

/*
 * Orders the owner to preset a stream, and takes the stream's memory away right behind the order:
 * by a re-key, which makes new streams, or with the call.
 */
static void preset_and_replace(struct churn *churn, struct call *call)
{
	const struct sotto_srtp_preset preset = {.ssrc = 0xd0000001, .next_rtp = 1};
	struct sotto_key_spec *spec = &call->peer[SIDE_A].spec[0];

	spec->preset = &preset;
	spec->preset_count = 1;
	spec->preset_digest[0] = 1;
	call_put(call);
	churn->preset++;
	call_secure(call, SIDE_A, "AES_CM_128_HMAC_SHA1_80");
	call_put(call);
}

/* One request of control for call n: put it if it is gone, else re-key, move or delete it. */
static void change(struct churn *churn, unsigned n)
{
	struct call *call = &traffic.calls[n];
	uint32_t what = draw(&churn->seed) % 10;

	churn->pressed = call->session ? &traffic.flows[2 * n + SIDE_B] : NULL;

	if (!call->session) {
		choose_ports(call, n, what % 2);
		traffic_put_again(&traffic, n);
		churn->put++;
	} else if (what < 2) {
		preset_and_replace(churn, call);
	} else if (what < 5) {
		call_secure(call, SIDE_A, "AES_CM_128_HMAC_SHA1_80");
		call_put(call);
		churn->rekeyed++;
	} else if (what < 7) {
		choose_ports(call, n, draw(&churn->seed) % 2);
		call_put(call);
		churn->moved++;
	} else {
		sotto_session_delete(rig.sessions, call->session);
		call->session = NULL;
		churn->deleted++;
	}
}

static void reclaim(struct churn *churn)
{
	uint32_t waiting = sotto_sessions_reclaim(rig.sessions);

	if (waiting > churn->waiting)
		churn->waiting = waiting;
}

static void churn_all(struct churn *churn)
{
	for (unsigned step = 0; step < CHURN_STEPS; step++) {
		traffic_feed(&traffic, CHURN_FEED);
		change(churn, draw(&churn->seed) % CHURN_CALLS);
		reclaim(churn);
		if (traffic_drain(&traffic) == 0)
			sched_yield();
	}
}

/* What stands after the storm works without loss. */
static void expect_calm(void)
{
	struct sotto_stats before = rig_stats(&rig), after;

	for (unsigned n = 0; n < CHURN_CALLS; n++) {
		if (!traffic.calls[n].session)
			traffic_put_again(&traffic, n);
	}
	ck_assert(traffic_run(&traffic, 4));
	after = rig_stats(&rig);
	ck_assert_uint_eq(
		after.by_verdict[SOTTO_OK] - before.by_verdict[SOTTO_OK], 4 * 2 * CHURN_CALLS);
	ck_assert_uint_eq(sotto_stats_drops(&after), sotto_stats_drops(&before));
}

/* With the workers still at it: every grace period ends, and every block is given back. */
static void expect_all_freed(void)
{
	time_t since = time(NULL);

	for (unsigned n = 0; n < CHURN_CALLS; n++) {
		sotto_session_delete(rig.sessions, traffic.calls[n].session);
		traffic.calls[n].session = NULL;
	}
	while (sotto_sessions_reclaim(rig.sessions) != 0 && time(NULL) - since < STUCK_S)
		sched_yield();
	ck_assert_uint_eq(sotto_sessions_reclaim(rig.sessions), 0);
	ck_assert_uint_eq(rig.blocks, 0);
	ck_assert_uint_eq(sotto_sessions_count(rig.sessions), 0);
}

START_TEST(while_sessions_come_and_go)
{
	struct churn churn = {.seed = 2026};
	double since;
	bool settled;

	traffic_open(&traffic, &rig, CHURN_CALLS);
	for (unsigned f = 0; f < 2 * CHURN_CALLS; f++)
		traffic.flows[f].astray = f / 2 % 2;
	start_workers();
	since = now_s();
	rig.on_grace = press;
	rig.on_grace_arg = &churn.pressed;
	churn_all(&churn);
	rig.on_grace = NULL;
	settled = traffic_settle(&traffic);
	tell_rate("churn", since);
	printf("churn: %u put, %u re-keyed, %u preset, %u moved, %u deleted; %lu grace periods, at "
	       "most %u waiting\n",
		churn.put, churn.rekeyed, churn.preset, churn.moved, churn.deleted,
		(unsigned long)rig.graces, churn.waiting);
	ck_assert_msg(settled, "packets are stuck");
	expect_calm();
	expect_all_freed();
	stop_workers();
	traffic_is_faultless(&traffic);
	rig_conserves(&rig);
}
END_TEST

int main(void)
{
	static const struct rig_shape shape = {
		.workers = 2, .threads = 2, .ring_size = 1024, .mbufs = 16383, .sessions = 1024};
	Suite *suite = suite_create("race: two workers");
	TCase *runs = tcase_create("runs");

	setbuf(stdout, NULL);
	rig_start(&rig, &shape);
	tcase_add_checked_fixture(runs, setup, teardown);
	tcase_add_test(runs, on_the_owners_queue);
	tcase_add_test(runs, half_on_the_wrong_queue);
	tcase_add_test(runs, while_sessions_come_and_go);
	suite_add_tcase(suite, runs);
	return sotto_unit_run(suite);
}
