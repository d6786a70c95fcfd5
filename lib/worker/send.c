/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The other leg: where to, whether it fits, and encryption. Whatever is missing on a secure leg
 * ends the packet; no way leads around protect.
 */
#include "worker/internal.h"

static void drop_on_leg(struct sotto_burst *burst, unsigned i)
{
	struct sotto_leg_state *state = burst->leg[i]->peer->state;

	sotto_stats_add(&state->drops[burst->srtp.verdict[i]], 1);
}

/* All that can be known before an index is spent. */
static enum sotto_verdict check_path(struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *out = burst->leg[i]->peer;
	uint32_t trailer = out->secure ? SOTTO_SRTP_TRAILER_MAX : 0;

	if (sotto_unlikely(!out->next_hop))
		return SOTTO_DROP_NO_REMOTE;
	if (sotto_unlikely(burst->srtp.len[i] + trailer > out->max_payload))
		return SOTTO_DROP_SEND_SIZE;
	if (sotto_unlikely(!sotto_neighbor_mac(out->next_hop, burst->next_mac[i])))
		return SOTTO_DROP_NO_NEIGHBOR;
	return SOTTO_OK;
}

static uint64_t protect(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t secure)
{
	uint64_t passed, bound;

	for (uint64_t m = secure; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		burst->srtp.context[i] = &burst->leg[i]->peer->send;
	}
	passed = sotto_srtp_protect_burst(
		&worker->srtp, &burst->srtp, secure & ~burst->rtcp, SOTTO_SRTP);
	bound = burst->srtp.bound;
	if (secure & burst->rtcp) {
		passed |= sotto_srtp_protect_burst(
			&worker->srtp, &burst->srtp, secure & burst->rtcp, SOTTO_SRTCP);
		bound |= burst->srtp.bound;
	}
	for (uint64_t m = bound; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		if (burst->leg[i]->secure) /* was told when it was authenticated */
			bound &= ~(1ull << i);
	}
	if (sotto_unlikely(bound != 0))
		sotto_worker_tell_bound(worker, burst, bound);
	return passed;
}

uint64_t sotto_worker_send(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t secure = 0, passed = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		enum sotto_verdict verdict = check_path(burst, i);

		if (sotto_unlikely(verdict != SOTTO_OK))
			sotto_worker_end(burst, i, verdict);
		else if (burst->leg[i]->peer->secure)
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
