/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hundred calls whose keys change every second, at 20,000 packets a second, over two workers as
 * threads. Half of the calls are SRTP to RTP and back, half SRTP to SRTP with other keys; every
 * re-key replaces all keys of the call. The peers go on sending under the old key for up to 300 ms
 * after the engine has the new one, some packets come up to 200 ms late, packets of both keys come
 * twice, and every sequence number wraps. No packet may be lost, none may come out twice.
 *
 * A second is a hundred rounds, in which each of the 200 streams sends one packet: what happens
 * when is a matter of rounds, also for overlaps, which control ends by a clock that the rounds
 * turn. Real time only paces the rounds, and a machine that is too slow takes longer.
 *
 * --seconds N (60), --unpaced: as fast as it goes, --fault NAME: plants a fault; ends with 99 when
 * it could not run at all.
 */
#include "flows.h"
#include "handoff.h"

#include <rte_launch.h>
#include <rte_lcore.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CALLS 100u
#define FLOWS (2 * CALLS)
#define ROUNDS_A_SECOND 100u /* times FLOWS: 20,000 packets a second */
#define ROUND_US 10000u
#define SLOWEST_SWITCH 30u /* rounds, after which a peer sends under the new key at the latest */
#define LATEST 20u         /* rounds that a packet comes late at most */
#define REPLAYED 80u       /* rounds after which some packets come again */
#define SHORT_OVERLAP_US 600000u
#define LONG_OVERLAP_US 2000000u /* the protocol's default: longer than until the next re-key */

#define IDLE_US 20     /* sleep of an idle worker: there may be fewer processors than threads */
#define STANDING 1000u /* the workers' clock, us: it does not come to the end of an overlap */
#define UNFIT 99       /* exit status: could not run */

static struct {
	unsigned seconds;
	bool paced;
	bool no_overlap; /* a fault */
} options = {.seconds = 60, .paced = true};

static struct rig rig;
static struct call calls[CALLS];
static struct far_end ends[CALLS][SIDES];
static struct flow flow_table[FLOWS];
static struct flows flows = {.rig = &rig, .flow = flow_table, .count = FLOWS};
static uint64_t packets, late, again, rekeys; /* sent, of them late, copies besides; re-keys */
static double sending_s; /* time from the first to the last packet that was sent */
static uint32_t seed;

/* A generator of its own: the same run every time. */
static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 16) % below;
}

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
}

static void stop_workers(void)
{
	__atomic_store_n(&rig.stop, 1, __ATOMIC_RELEASE);
	rte_eal_mp_wait_lcore();
	for (unsigned w = 0; w < rig.shape.workers; w++)
		handoff_take(rig.worker[w]);
}

/* --- calls --- */

static bool is_secure(unsigned n, int side)
{
	return side == SIDE_A || n % 2 == 1;
}

/* Most calls keep their suite; of some the next key is of another one. */
static const char *suite_of(unsigned n)
{
	static const char *const suites[] = {"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_256_GCM",
		"AES_256_CM_HMAC_SHA1_32", "AEAD_AES_128_GCM"};

	return suites[n % 5 == 4 ? calls[n].spec.revision % 4 : 0];
}

/* Puts a call with new keys everywhere, or for the first time. */
static void put(unsigned n)
{
	struct call *call = &calls[n];

	for (int side = 0; side < SIDES; side++) {
		if (!is_secure(n, side))
			continue;
		call_secure(call, side, suite_of(n));
		call->spec.media[0].leg[side].window = n % 4 < 2 ? SOTTO_REPLAY_NARROW : 1024;
		if (!options.no_overlap)
			call->peer[side].spec[0].overlap_us =
				n % 3 == 0 ? LONG_OVERLAP_US : SHORT_OVERLAP_US;
	}
	call_put(call);
	for (int side = 0; side < SIDES; side++) {
		if (is_secure(n, side))
			far_end_learn(&ends[n][side], &rig, &call->peer[side]);
	}
}

/* The sequence numbers of the flows wrap one after another, over the whole run. */
static uint16_t first_seq(unsigned f, unsigned rounds)
{
	return (uint16_t)(65535 - 2 * LATEST - f * (rounds - 4 * LATEST) / FLOWS);
}

static void open_flow(unsigned f, unsigned rounds)
{
	struct flow *flow = &flows.flow[f];
	unsigned n = f / 2;

	flow->call = &calls[n];
	flow->from = (int)(f % 2);
	flow->end = is_secure(n, flow->from) ? &ends[n][flow->from] : NULL;
	flow->to = is_secure(n, 1 - flow->from) ? &ends[n][1 - flow->from] : NULL;
	flow->first_seq = first_seq(f, rounds);
	flow->came = calloc(rounds, 1);
	ck_assert_ptr_nonnull(flow->came);
	if (flow->end)
		far_end_switch(flow->end);
}

static void open_calls(unsigned rounds)
{
	for (unsigned n = 0; n < CALLS; n++) {
		call_init(&calls[n], &rig, RIG_ACCESS4, RIG_CORE4);
		put(n);
	}
	for (unsigned f = 0; f < FLOWS; f++)
		open_flow(f, rounds);
}

static void rekey(unsigned n, unsigned round)
{
	put(n);
	for (unsigned f = 2 * n; f < 2 * n + 2; f++)
		flows.flow[f].switch_at = round + 1 + draw(SLOWEST_SWITCH);
	rekeys++;
}

/* Rounds since the call's last re-key, or since before the first one. */
static unsigned age(const struct flow *flow, unsigned round)
{
	return (round + ROUNDS_A_SECOND - (unsigned)(flow->call - calls)) % ROUNDS_A_SECOND;
}

/* --- packets --- */

/*
 * Copies, also over a re-key: a plain duplicate is known by what its leg sent before, a protected
 * one by the replay list of the key that it is under.
 */
static void send_again(const struct flow *flow, const struct packet *packet, unsigned round)
{
	flows_schedule(&flows, flow, packet, round + draw(LATEST + 1));
	again++;
	if (!flow->end || draw(4) != 0)
		return;
	flows_schedule(&flows, flow, packet, round + REPLAYED);
	again++;
}

/* The next packet of a flow, now or late, once or several times. More so around a re-key. */
static void send_one(struct flow *flow, unsigned round)
{
	bool is_near = age(flow, round) < SLOWEST_SWITCH || age(flow, round) + 5 > ROUNDS_A_SECOND;
	unsigned rare = is_near ? 3 : 16;
	/* the first packets come in order: where a stream begins nobody could tell otherwise */
	unsigned wait = round > LATEST && draw(rare) == 0 ? draw(LATEST + 1) : 0;
	struct packet packet;

	if (flow->end && round >= flow->switch_at)
		far_end_switch(flow->end);
	flows_make(&flows, flow, flow->sent++, &packet);
	if (flow->end)
		far_end_protect(flow->end, &rig, &packet);
	flows_schedule(&flows, flow, &packet, round + wait);
	packets++;
	late += wait != 0;
	if (draw(rare) == 0 && (flow->end || wait == 0))
		send_again(flow, &packet, round);
}

/* --- the run --- */

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Control's part of a round: one call gets new keys, old ones end. */
static void control(unsigned round, bool gives_keys)
{
	rig.now_us = RIG_START_US + (uint64_t)round * ROUND_US;
	if (gives_keys)
		rekey(round % CALLS, round);
	sotto_sessions_end_overlaps(rig.sessions, rig.now_us);
	sotto_sessions_reclaim(rig.sessions);
}

static bool run(unsigned rounds)
{
	double start = now_s();

	for (unsigned round = 0; round < rounds + REPLAYED + 1; round++) {
		control(round, round < rounds);
		for (unsigned f = 0; round < rounds && f < FLOWS; f++)
			send_one(&flows.flow[f], round);
		/* behind the last round little traffic is left that would hold the clock back */
		if (!flows_deliver(&flows, round) ||
			!flows_settle(&flows, round < rounds ? FLOWS_CREDIT : 0))
			return false;
		do
			flows_drain(&flows);
		while (options.paced && now_s() - start < 1e-6 * ROUND_US * (round + 1));
		if (round == rounds - 1)
			sending_s = now_s() - start;
	}
	return flows_settle(&flows, 0);
}

static void tell(void)
{
	struct sotto_stats stats = rig_stats(&rig);

	printf("%lu packets (%lu late, %lu copies besides) in %.1f s, %.0f a second, %u calls, "
	       "%lu re-keys: %lu lost, %lu accepted twice\n",
		(unsigned long)packets, (unsigned long)late, (unsigned long)again, sending_s,
		(double)packets / sending_s, CALLS, (unsigned long)rekeys,
		(unsigned long)flows_lost(&flows), (unsigned long)flows.twice);
	printf("dropped: %lu replay, %lu old, %lu auth, %lu send_reuse; %lu over the ring\n",
		(unsigned long)stats.by_verdict[SOTTO_DROP_REPLAY],
		(unsigned long)stats.by_verdict[SOTTO_DROP_OLD],
		(unsigned long)stats.by_verdict[SOTTO_DROP_AUTH],
		(unsigned long)stats.by_verdict[SOTTO_DROP_SEND_REUSE],
		(unsigned long)stats.handed_over);
}

static void expect_all_once(void)
{
	struct sotto_stats stats = rig_stats(&rig);

	ck_assert_uint_eq(flows_lost(&flows), 0);
	ck_assert_uint_eq(flows.twice, 0);
	ck_assert_uint_eq(flows.unknown + flows.different + flows.refused + flows.plain, 0);
	/* what did not come out were the copies */
	ck_assert_uint_eq(flows.drained, packets);
	ck_assert_uint_eq(sotto_stats_drops(&stats), again);
	rig_conserves(&rig);
}

/* Whether the run was what it is to be. */
static void expect_hardness(unsigned rounds)
{
	ck_assert_uint_eq(packets, (uint64_t)FLOWS * rounds);
	ck_assert_uint_eq(rekeys, rounds);
	ck_assert_uint_gt(late, packets / 20);
	ck_assert_uint_gt(again, packets / 20);
	for (unsigned f = 0; f < FLOWS; f++)
		ck_assert_uint_gt(flows.flow[f].first_seq + flows.flow[f].sent, 65535);
}

static void setup(void)
{
	rig_open(&rig);
	rig_set_time(&rig, STANDING);
	rig.now_us = RIG_START_US;
	seed = 2026;
}

static void teardown(void)
{
	stop_workers(); /* a failed test has not */
	flows_forget(&flows);
	for (unsigned n = 0; n < CALLS; n++) {
		call_end(&calls[n]);
		far_end_close(&ends[n][SIDE_A]);
		far_end_close(&ends[n][SIDE_B]);
		free(flow_table[2 * n].came);
		free(flow_table[2 * n + 1].came);
	}
	rig_close(&rig);
}

START_TEST(no_packet_is_lost_and_none_passes_twice)
{
	unsigned rounds = options.seconds * ROUNDS_A_SECOND;
	bool settled;

	open_calls(rounds);
	start_workers();
	settled = run(rounds);
	tell();
	ck_assert_msg(settled, "packets are stuck");
	stop_workers();
	expect_hardness(rounds);
	expect_all_once();
}
END_TEST

static void plant(const char *fault)
{
	options.no_overlap = strcmp(fault, "no-overlap") == 0;
	if (!options.no_overlap)
		exit(UNFIT);
}

static void read_options(int argc, char **argv)
{
	static const struct option known[] = {{"seconds", required_argument, NULL, 's'},
		{"unpaced", no_argument, NULL, 'u'}, {"fault", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 's')
			options.seconds = (unsigned)atoi(optarg);
		else if (option == 'u')
			options.paced = false;
		else if (option == 'f')
			plant(optarg);
		else
			exit(UNFIT);
	}
	if (options.seconds == 0 || options.seconds > 300)
		exit(UNFIT); /* the sequence numbers of a flow wrap once */
}

int main(int argc, char **argv)
{
	static const struct rig_shape shape = {
		.workers = 2, .threads = 2, .ring_size = 1024, .mbufs = 16383, .sessions = 128};
	Suite *suite = suite_create("race: re-keys");
	TCase *runs = tcase_create("runs");

	setbuf(stdout, NULL);
	read_options(argc, argv);
	rig_start(&rig, &shape);
	tcase_add_checked_fixture(runs, setup, teardown);
	tcase_set_timeout(runs, 0); /* Meson's holds */
	tcase_add_test(runs, no_packet_is_lost_and_none_passes_twice);
	suite_add_tcase(suite, runs);
	return sotto_unit_run(suite);
}
