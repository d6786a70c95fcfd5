/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From whom packets are taken where no tag decides, and where a leg with latching sends to. A clear
 * leg may learn its peer's place once, from few packets; a secure one follows whoever sends
 * authentic packets, newest first.
 */
#include "worker/internal.h"

#define LATCH_GAP_US 5000u   /* between two tellings, while control publishes the leg anew */
#define SETTLING_US 1000000u /* at most, until a learned place is the leg's remote */
#define SILENCE_US 1000000u  /* of a candidate, after which others may be it */

/* How well a source fits what signalling said. */
enum rank {
	RANK_OTHER = 1,
	RANK_ADDRESS,
	RANK_EXACT,
};

static void source_of(const struct sotto_burst *burst, unsigned i, struct sotto_endpoint *from)
{
	const struct sotto_frame *frame = &burst->frame[i];
	const uint8_t *data = rte_pktmbuf_mtod(burst->mbuf[i], const uint8_t *);

	sotto_base_addr_set(&from->addr, frame->family, data + frame->src);
	from->port = frame->src_port;
}

static uint16_t remote_port(const struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];

	return burst->rtcp >> i & 1 ? leg->remote_rtcp_port : leg->remote.port;
}

static enum rank rank_of(
	const struct sotto_burst *burst, unsigned i, const struct sotto_endpoint *from)
{
	if (!sotto_base_addr_equal(&from->addr, &burst->leg[i]->remote.addr))
		return RANK_OTHER;
	return from->port == remote_port(burst, i) ? RANK_EXACT : RANK_ADDRESS;
}

/* Whether the packet comes from exactly where signalling said. */
static bool is_remote(const struct sotto_burst *burst, unsigned i)
{
	const struct sotto_frame *frame = &burst->frame[i];
	const uint8_t *data = rte_pktmbuf_mtod(burst->mbuf[i], const uint8_t *);

	return frame->src_port == remote_port(burst, i) &&
	       sotto_base_addr_is(&burst->leg[i]->remote.addr, frame->family, data + frame->src);
}

static bool same_place(const struct sotto_endpoint *a, const struct sotto_endpoint *b)
{
	return a->port == b->port && sotto_base_addr_equal(&a->addr, &b->addr);
}

/* What the leg takes when it does not learn. */
static bool is_allowed(const struct sotto_leg *leg, enum rank rank)
{
	switch (leg->source_check) {
	case SOTTO_SOURCE_ANY:
		return true;
	case SOTTO_SOURCE_ADDRESS:
		return rank >= RANK_ADDRESS;
	default:
		return rank == RANK_EXACT;
	}
}

/* The place is known once control has heard of it: until then the next packet tries again. */
static void settle(struct sotto_worker *worker, struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];

	if (leg->state->candidate_rank != RANK_EXACT && !sotto_worker_tell_latch(worker, burst, i))
		return;
	leg->state->learned = leg->learn;
	leg->state->latch_event_us = burst->now_us;
	leg->state->candidate_packets = 0;
}

/*
 * While the leg learns, one candidate's packets pass; a better fitting source takes its place, or
 * any other when it has fallen silent: one stray packet must not keep the peer out. When enough of
 * them have come, or they come from where signalling said, the place is known.
 */
static bool learn(struct sotto_worker *worker, struct sotto_burst *burst, unsigned i,
	const struct sotto_endpoint *from, enum rank rank)
{
	struct sotto_leg_state *state = burst->leg[i]->state;

	if (state->candidate_packets == 0 || rank > state->candidate_rank ||
		(burst->now_us - state->candidate_us >= SILENCE_US &&
			!same_place(&state->candidate, from))) {
		state->candidate = *from;
		state->candidate_rank = (uint8_t)rank;
		state->candidate_packets = 0;
	} else if (!same_place(&state->candidate, from)) {
		return false;
	}
	state->candidate_us = burst->now_us;
	if (state->candidate_packets < SOTTO_LATCH_PACKETS)
		state->candidate_packets++;
	if (state->candidate_packets == SOTTO_LATCH_PACKETS || rank == RANK_EXACT)
		settle(worker, burst, i);
	return true;
}

bool sotto_worker_source_is_right(
	struct sotto_worker *worker, struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];
	struct sotto_endpoint from;
	enum rank rank;

	if (sotto_likely(!leg->latch) &&
		(leg->source_check == SOTTO_SOURCE_ANY || is_remote(burst, i)))
		return true;
	source_of(burst, i, &from);
	rank = rank_of(burst, i, &from);
	if (sotto_likely(!leg->latch))
		return is_allowed(leg, rank);
	if (leg->state->learned == leg->learn) {
		/* until control has published the leg anew, the candidate is still elsewhere */
		return is_allowed(leg, rank) ||
		       (burst->now_us - leg->state->latch_event_us < SETTLING_US &&
			       same_place(&leg->state->candidate, &from));
	}
	if (burst->rtcp >> i & 1 && leg->rtcp_port != leg->rtp_port)
		return is_allowed(leg, rank); /* RTCP does not decide where RTP goes */
	return learn(worker, burst, i, &from, rank);
}

/* Where SRTP goes without tags (RFC 4568, 6.3.3), nothing vouches for a place. */
static bool has_tag(const struct sotto_burst *burst, unsigned i)
{
	return burst->rtcp >> i & 1 || burst->leg[i]->receive.rtp->tag_len != 0;
}

void sotto_worker_latch(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t newest)
{
	for (uint64_t m = newest; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_leg *leg = burst->leg[i];
		struct sotto_endpoint from;

		if (sotto_likely(!leg->latch) || !has_tag(burst, i))
			continue;
		source_of(burst, i, &from);
		if (sotto_likely(rank_of(burst, i, &from) == RANK_EXACT) ||
			burst->now_us - leg->state->latch_event_us < LATCH_GAP_US)
			continue;
		if (sotto_worker_tell_latch(worker, burst, i))
			leg->state->latch_event_us = burst->now_us;
	}
}
