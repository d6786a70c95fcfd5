/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Early media: what a peer sends before signalling has brought its key waits here, few packets and
 * briefly, and goes through the stages again when the key has come.
 */
#include "worker/internal.h"

static void count_early(struct sotto_worker *worker, struct sotto_leg_state *state)
{
	sotto_stats_add(&worker->stats.by_verdict[SOTTO_DROP_EARLY], 1);
	if (state)
		sotto_stats_add(sotto_leg_drops(state, SOTTO_DROP_EARLY), 1);
}

static bool needs_key(const struct sotto_leg *leg)
{
	return leg->security == SOTTO_REQUIRED && !leg->receive.rtp;
}

/* A leg that moved to another port leaves its count behind: then the time tells. */
static bool has_held(const struct sotto_leg_state *state, uint64_t now_us)
{
	return state->held != 0 && now_us < state->held_until_us;
}

/* Before the key; and after it behind those that wait still, so that the order is kept. */
bool sotto_worker_waits(
	const struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];

	if (needs_key(leg))
		return leg->early_us != 0;
	return worker->early_count != 0 && !burst->again && has_held(leg->state, burst->now_us);
}

uint64_t sotto_worker_hold(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t held = 0;

	for (uint64_t m = live & burst->early; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_leg *leg = burst->leg[i];
		struct sotto_early *early = &worker->early[worker->early_count];
		uint64_t until_us = burst->now_us + leg->early_us;

		if (!has_held(leg->state, burst->now_us))
			leg->state->held = 0;
		if (worker->early_count == SOTTO_EARLY_MAX ||
			leg->state->held == SOTTO_EARLY_OF_A_LEG)
			continue; /* without a key it ends as no_key in the next stage */
		*early = (struct sotto_early){
			.mbuf = burst->mbuf[i],
			.device = burst->device[i],
			.interface = burst->interface[i],
			.until_us = until_us,
			.session = leg->session,
			.generation = leg->generation,
			.port = burst->frame[i].dst_port,
		};
		worker->early_count++;
		leg->state->held++;
		if (until_us > leg->state->held_until_us)
			leg->state->held_until_us = until_us;
		burst->mbuf[i] = NULL;
		held |= 1ull << i;
	}
	return live & ~held;
}

/* The leg that a held packet came to, as it is now; NULL when that call is over. */
static const struct sotto_leg *leg_of(const struct sotto_early *early)
{
	const struct sotto_leg *leg = sotto_interface_lookup(early->interface, early->port);

	return leg && leg->session == early->session && leg->generation == early->generation ? leg
											     : NULL;
}

void sotto_worker_unhold(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t now_us)
{
	uint32_t kept = 0;

	burst->count = 0;
	for (uint32_t k = 0; k < worker->early_count; k++) {
		struct sotto_early *early = &worker->early[k];
		const struct sotto_leg *leg = leg_of(early);
		bool ready = leg && !needs_key(leg);

		if (ready ? burst->count == SOTTO_BURST : leg && now_us < early->until_us) {
			worker->early[kept++] = *early;
			continue;
		}
		if (leg && leg->state->held != 0)
			leg->state->held--;
		if (ready) {
			burst->device[burst->count] = early->device;
			burst->mbuf[burst->count++] = early->mbuf;
		} else {
			count_early(worker, leg ? leg->state : NULL);
			rte_pktmbuf_free(early->mbuf);
		}
	}
	worker->early_count = kept;
}
