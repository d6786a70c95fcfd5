/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The other leg: where to, whether it fits, and encryption. Whatever is missing on a secure leg
 * ends the packet; no way leads around protect.
 */
#include "worker/internal.h"

static void drop_on_leg(struct sotto_burst *burst, unsigned i)
{
	struct sotto_leg_state *state = burst->leg[i]->peer->state;

	sotto_stats_add(sotto_leg_drops(state, burst->srtp.verdict[i]), 1);
}

/* What becomes of a packet on the leg that it leaves on. */
enum way {
	WAY_AS_IT_IS,
	WAY_PROTECT,
	WAY_NONE, /* it must be protected and cannot be, or does not belong there */
};

/* No way leads around protect where something secret is to be kept. */
static enum way way_of(const struct sotto_leg *in, const struct sotto_leg *out)
{
	/* what verify and opaque legs receive is for their like only, and so is what they send */
	if (sotto_unlikely(in->security >= SOTTO_VERIFY || out->security >= SOTTO_VERIFY))
		return in->security == out->security ? WAY_AS_IT_IS : WAY_NONE;
	switch (out->security) {
	case SOTTO_CLEAR:
		return WAY_AS_IT_IS;
	case SOTTO_PREFERRED:
		if (out->send.rtp)
			return WAY_PROTECT;
		return out->state->locked ? WAY_NONE : WAY_AS_IT_IS;
	default:
		return WAY_PROTECT;
	}
}

/* All that can be known before an index is spent. */
static enum sotto_verdict check_path(struct sotto_burst *burst, unsigned i, enum way way)
{
	const struct sotto_leg *out = burst->leg[i]->peer;
	uint32_t trailer = way == WAY_PROTECT ? out->trailer[burst->rtcp >> i & 1] : 0;

	if (sotto_unlikely(way == WAY_NONE))
		return SOTTO_DROP_SEND_NO_KEY;
	if (sotto_unlikely(!out->next_hop))
		return SOTTO_DROP_NO_REMOTE;
	if (sotto_unlikely(burst->srtp.len[i] + trailer > out->max_payload))
		return SOTTO_DROP_SEND_SIZE;
	if (sotto_unlikely(!sotto_neighbor_mac(out->next_hop, burst->next_mac[i])))
		return SOTTO_DROP_NO_NEIGHBOR;
	return SOTTO_OK;
}

/* Nothing authenticated this packet when it came. */
static bool came_plain(const struct sotto_leg *in)
{
	return in->security == SOTTO_CLEAR ||
	       (in->security == SOTTO_PREFERRED && !in->state->locked);
}

/* One call of the library, and what it noticed. */
static uint64_t protect_kind(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live,
	enum sotto_srtp_kind kind)
{
	struct sotto_srtp_batch *batch = &burst->srtp;
	uint64_t passed = sotto_srtp_protect_burst(&worker->srtp, batch, live, kind);
	uint64_t bound = 0;

	for (uint64_t m = batch->bound; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		/* on other legs it was told when it was authenticated */
		bound |= (uint64_t)came_plain(burst->leg[i]) << i;
	}
	if (sotto_unlikely(bound != 0))
		sotto_worker_tell_bound(worker, burst, bound);
	if (sotto_unlikely((batch->worn | batch->expired) != 0))
		sotto_worker_tell_keys(worker, burst, true);
	return passed;
}

static uint64_t protect(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t secure)
{
	uint64_t passed = 0;

	for (uint64_t m = secure; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		burst->srtp.context[i] = &burst->leg[i]->peer->send;
	}
	if (secure & ~burst->rtcp)
		passed |= protect_kind(worker, burst, secure & ~burst->rtcp, SOTTO_SRTP);
	if (secure & burst->rtcp)
		passed |= protect_kind(worker, burst, secure & burst->rtcp, SOTTO_SRTCP);
	return passed;
}

uint64_t sotto_worker_send(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t secure = 0, passed = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		enum way way = way_of(burst->leg[i], burst->leg[i]->peer);
		enum sotto_verdict verdict = check_path(burst, i, way);

		if (sotto_unlikely(verdict != SOTTO_OK))
			sotto_worker_end(burst, i, verdict);
		else if (way == WAY_PROTECT)
			secure |= 1ull << i;
		else
			passed |= 1ull << i;
	}
	if (secure != 0)
		passed |= protect(worker, burst, secure);
	for (uint64_t m = live & ~passed; m != 0; m &= m - 1)
		drop_on_leg(burst, sotto_worker_first(m));
	return passed;
}
