/* SPDX-License-Identifier: BSD-3-Clause */
/* Passes of good and of refused packets; see drops.h. */
#include "drops.h"

#include "base/bytes.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS 42 /* Ethernet, IPv4, UDP */
#define DESTINATION_PORT 36
#define STRIDE 2048 /* bytes between two frames of a set */
#define EVENTS 64

static const enum sotto_verdict verdict_of[DROPS_CHANGES] = {
	[DROPS_GOOD] = SOTTO_OK,
	[DROPS_FORGED] = SOTTO_DROP_AUTH,
	[DROPS_REPLAYED] = SOTTO_DROP_REPLAY,
	[DROPS_UNWANTED] = SOTTO_DROP_NO_PORT,
};

static void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "bench_drops: %s\n", what);
	exit(EXIT_FAILURE);
}

/* --- sets --------------------------------------------------------------------------------------
 */

static void open_set(struct drops_set *set, unsigned first, unsigned calls, unsigned count)
{
	set->round = (struct pipeline_round){
		.way = WAY_UNPROTECT, .first = first, .calls = calls, .workers = 1};
	set->count = count;
	set->call = calloc(count, sizeof(*set->call));
	set->frames = calloc(count, STRIDE);
	must(set->call && set->frames, "not enough memory for packets");
}

void drops_renew(struct drops *drops, struct drops_set *set)
{
	struct rte_mbuf *mbuf[SOTTO_BURST];

	for (unsigned first = 0; first < set->count; first += SOTTO_BURST) {
		must(pipeline_burst(&drops->pipeline, &set->round, mbuf, &set->call[first]),
			"no packets");
		for (unsigned k = 0; k < SOTTO_BURST; k++) {
			drops->frame_len = mbuf[k]->data_len;
			memcpy(set->frames + (size_t)(first + k) * STRIDE,
				rte_pktmbuf_mtod(mbuf[k], const uint8_t *), drops->frame_len);
		}
		rte_pktmbuf_free_bulk(mbuf, SOTTO_BURST);
	}
}

/* --- one pass ----------------------------------------------------------------------------------
 */

/* Ports of the first address behind those of all calls. */
static uint16_t unwanted_port(const struct drops *drops)
{
	unsigned used = drops->calls + 1;

	return (uint16_t)(GATEWAY_FIRST_PORT +
			  2 * (used + drops->salt % (GATEWAY_CALLS_OF_AN_ADDRESS - used)));
}

/* Any other tag is wrong; the UDP checksum is right again afterwards. */
static void change_frame(struct drops *drops, uint8_t *frame, enum drops_change change)
{
	drops->salt++;
	if (change == DROPS_FORGED)
		frame[drops->frame_len - 1] ^= (uint8_t)(1 + drops->salt % 255);
	else if (change == DROPS_UNWANTED)
		sotto_base_put16(frame + DESTINATION_PORT, unwanted_port(drops));
	else
		return;
	sotto_net_header_finish(frame, HEADERS, (size_t)drops->frame_len - HEADERS);
}

static void expect(struct drops *drops, unsigned call, enum drops_change change)
{
	struct drops_leg *leg = &drops->legs[call];

	leg->received += change == DROPS_GOOD;
	leg->forged += change == DROPS_FORGED;
	leg->replayed += change == DROPS_REPLAYED;
}

static void put_frame(
	struct drops *drops, const struct drops_set *set, unsigned i, enum drops_change change)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(drops->gateway.pool);
	uint8_t *frame;

	must(mbuf != NULL, "the packet pool is empty");
	frame = rte_pktmbuf_mtod(mbuf, uint8_t *);
	memcpy(frame, set->frames + (size_t)i * STRIDE, drops->frame_len);
	change_frame(drops, frame, change);
	mbuf->data_len = drops->frame_len;
	mbuf->pkt_len = drops->frame_len;
	expect(drops, set->call[i], change);
	must(rte_ring_enqueue(drops->gateway.to[GATEWAY_A][0], mbuf) == 0, "the ring is full");
}

/* Each place is as likely to get any packet that is left; those of a set keep their order. */
static void put_all(
	struct drops *drops, enum drops_change change, const struct drops_set *set, unsigned flood)
{
	unsigned own = set ? set->count : 0, left = own, flood_left = flood;

	while (left + flood_left > 0) {
		if (random_below(&drops->random, left + flood_left) < left)
			put_frame(drops, set, own - left--, change);
		else
			put_frame(drops, &drops->flood, flood_left-- % drops->flood.count,
				DROPS_FORGED);
	}
}

/* What a control thread would have taken meanwhile. */
static void hear_events(struct drops *drops)
{
	struct sotto_event events[EVENTS];

	while (sotto_punt_hear(&drops->gateway.punt, events, EVENTS) != 0)
		;
}

/* Every packet has its verdict, and no other verdict has any. */
static void check_stats(const struct sotto_stats *before, const struct sotto_stats *after,
	const unsigned *wanted, unsigned total)
{
	uint64_t want[SOTTO_VERDICTS] = {0};

	for (unsigned change = 0; change < DROPS_CHANGES; change++)
		want[verdict_of[change]] = wanted[change];
	must(after->received - before->received == total, "packets were not received");
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++) {
		uint64_t got = after->by_verdict[v] - before->by_verdict[v];

		if (got == want[v])
			continue;
		fprintf(stderr, "bench_drops: %s: %lu packets, not %lu\n",
			sotto_base_verdict_name(v), (unsigned long)got, (unsigned long)want[v]);
		exit(EXIT_FAILURE);
	}
}

uint64_t drops_pass(
	struct drops *drops, enum drops_change change, const struct drops_set *set, unsigned flood)
{
	struct sotto_worker *worker = drops->gateway.worker[0];
	const struct sotto_stats before = worker->stats;
	unsigned wanted[DROPS_CHANGES] = {0};
	unsigned total = flood + (set ? set->count : 0);
	uint64_t start, ns;

	hear_events(drops);
	put_all(drops, change, set, flood);
	wanted[change] += set ? set->count : 0;
	wanted[DROPS_FORGED] += flood;
	start = machine_ns();
	gateway_carry(worker, total);
	ns = machine_ns() - start;
	check_stats(&before, &worker->stats, wanted, total);
	must(pipeline_take(&drops->pipeline, &drops->good.round, wanted[DROPS_GOOD]),
		"good packets are missing, or refused ones came out");
	must(rte_ring_empty(drops->gateway.from[GATEWAY_A][0]), "packets came back");
	return ns;
}

/* --- legs --------------------------------------------------------------------------------------
 */

static const struct sotto_leg *leg_of(
	const struct drops *drops, unsigned call, enum gateway_side side)
{
	return sotto_interface_lookup(
		gateway_interface(&drops->gateway, call, side), gateway_local_port(call));
}

static bool leg_is_right(const struct drops *drops, unsigned call)
{
	const struct drops_leg *want = &drops->legs[call];
	const struct sotto_leg_state *state = leg_of(drops, call, GATEWAY_A)->state;
	uint64_t all = 0;

	for (unsigned v = 0; v < SOTTO_VERDICTS; v++)
		all += sotto_leg_dropped(state, v);
	return state->received_packets == want->received &&
	       leg_of(drops, call, GATEWAY_B)->state->sent_packets == want->received &&
	       sotto_leg_dropped(state, SOTTO_DROP_AUTH) == want->forged &&
	       sotto_leg_dropped(state, SOTTO_DROP_REPLAY) == want->replayed &&
	       all == want->forged + want->replayed;
}

void drops_check_legs(const struct drops *drops)
{
	for (unsigned call = 0; call <= drops->calls; call++)
		must(leg_is_right(drops, call), "a leg's counters are wrong");
}

/* --- opening -----------------------------------------------------------------------------------
 */

/* So that what is measured meets streams that stand: every call has had packets. */
static void begin_streams(struct drops *drops)
{
	for (unsigned call = 0; call <= drops->calls; call++) {
		drops->flood.round.first = call;
		drops_renew(drops, &drops->flood);
		drops_pass(drops, DROPS_GOOD, &drops->flood, 0);
	}
}

void drops_open(struct drops *drops, const struct drops_wish *wish)
{
	const struct gateway_wish gateway = {.calls = wish->calls + 1,
		.workers = 1,
		.suite = wish->suite,
		.window = 1024,
		.ssrcs = 4,
		.pages = GATEWAY_PAGES_HUGE};

	drops->calls = wish->calls;
	drops->legs = calloc(gateway.calls, sizeof(*drops->legs));
	must(drops->legs && gateway_open(&drops->gateway, &gateway) &&
			pipeline_open(
				&drops->pipeline, &drops->gateway, wish->payload, wish->packets),
		"the gateway cannot be opened");
	rte_rcu_qsbr_thread_register(drops->gateway.rcu, 0);
	rte_rcu_qsbr_thread_online(drops->gateway.rcu, 0);
	open_set(&drops->good, 0, wish->calls, wish->packets);
	open_set(&drops->flood, wish->calls, 1, SOTTO_BURST);
	begin_streams(drops);
}
