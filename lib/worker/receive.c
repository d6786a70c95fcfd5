/* SPDX-License-Identifier: BSD-3-Clause */
/* What arrives on a leg: sorted (RFC 7983, RFC 5761), then authenticated, or checked when clear. */
#include "worker/internal.h"

#include "rtp/demux.h"
#include "rtp/rtp.h"

/* On an opaque leg every protocol of RFC 7983 passes; the port alone tells the component. */
static enum sotto_verdict sort_opaque(
	struct sotto_burst *burst, unsigned i, enum sotto_rtp_class class)
{
	const struct sotto_leg *leg = burst->leg[i];

	if (leg->rtcp_port != leg->rtp_port && burst->frame[i].dst_port == leg->rtcp_port)
		burst->rtcp |= 1ull << i;
	return class == SOTTO_RTP_CLASS_NONE ? SOTTO_DROP_NOT_MEDIA : SOTTO_OK;
}

static enum sotto_verdict sort_one(struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];
	enum sotto_rtp_class class = sotto_rtp_classify(burst->srtp.data[i], burst->srtp.len[i]);
	uint16_t port = burst->frame[i].dst_port;

	if (sotto_unlikely(leg->security == SOTTO_OPAQUE))
		return sort_opaque(burst, i, class);
	switch (class) {
	case SOTTO_RTP_CLASS_RTP:
		return port == leg->rtp_port ? SOTTO_OK : SOTTO_DROP_COMPONENT;
	case SOTTO_RTP_CLASS_RTCP:
		burst->rtcp |= 1ull << i;
		return port == leg->rtcp_port ? SOTTO_OK : SOTTO_DROP_COMPONENT;
	default:
		return SOTTO_DROP_NOT_MEDIA;
	}
}

uint64_t sotto_worker_sort(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	burst->rtcp = 0;
	burst->early = 0;
	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_leg *leg = burst->leg[i];
		enum sotto_verdict verdict = sort_one(burst, i);

		sotto_base_prefetch_write(leg->peer->state);
		if (leg->receive.rtp)
			sotto_srtp_prefetch(&leg->receive);
		if (leg->peer->send.rtp)
			sotto_srtp_prefetch(&leg->peer->send);
		if (sotto_unlikely(verdict != SOTTO_OK)) {
			out |= sotto_worker_end(burst, i, verdict);
			sotto_stats_add(sotto_leg_drops(leg->state, verdict), 1);
		} else if (sotto_unlikely(worker->early_count != 0 ||
					  (!leg->receive.rtp && leg->security == SOTTO_REQUIRED)) &&
			   sotto_worker_waits(worker, burst, i)) {
			burst->early |= 1ull << i;
		}
	}
	return live & ~out;
}

static enum sotto_verdict check_clear(
	struct sotto_worker *worker, struct sotto_burst *burst, unsigned i)
{
	struct sotto_rtp rtp;

	if (sotto_unlikely(!sotto_worker_source_is_right(worker, burst, i)))
		return SOTTO_DROP_WRONG_SOURCE;
	if (burst->rtcp >> i & 1 || burst->leg[i]->security == SOTTO_OPAQUE)
		return SOTTO_OK; /* RTCP is looked at below, with the decrypted ones */
	return sotto_likely(sotto_rtp_parse(burst->srtp.data[i], burst->srtp.len[i], &rtp))
		       ? SOTTO_OK
		       : SOTTO_DROP_RTP_HEADER;
}

static uint64_t receive_clear(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		enum sotto_verdict verdict = check_clear(worker, burst, i);

		if (sotto_unlikely(verdict != SOTTO_OK))
			out |= sotto_worker_end(burst, i, verdict);
	}
	return live & ~out;
}

/*
 * Looking at a payload costs more than its tag did, so a flood of forged packets gets only so many
 * looks; 64 in a millisecond are 1,280 calls whose peers all send plain.
 */
#define PLAIN_LOOKS 64
#define PLAIN_PERIOD_US 1000u

static bool may_look(struct sotto_worker *worker, uint64_t now_us)
{
	if (now_us - worker->plain_since_us >= PLAIN_PERIOD_US) {
		worker->plain_since_us = now_us;
		worker->plain_looks = 0;
	}
	return worker->plain_looks++ < PLAIN_LOOKS;
}

/* Whether a packet whose tag was wrong is plain RTP. */
static bool is_plain_rtp(struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i)
{
	const uint8_t *data = burst->srtp.data[i];
	uint32_t len = burst->srtp.len[i];
	uint8_t verdict = burst->srtp.verdict[i];
	struct sotto_rtp rtp;

	return (verdict == SOTTO_DROP_AUTH || verdict == SOTTO_DROP_MKI) &&
	       may_look(worker, burst->now_us) && sotto_rtp_parse(data, len, &rtp) &&
	       sotto_rtp_is_not_ciphertext(data + rtp.header_len, len - rtp.header_len);
}

/*
 * A drop on a secure leg is told apart once more: what cannot be ciphertext was plain media. For
 * RTCP the form decides, since the lengths of SRTCP never add up to the datagram.
 */
static void tell_plain_apart(
	struct sotto_worker *worker, struct sotto_burst *burst, uint64_t dropped)
{
	for (uint64_t m = dropped; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		bool plain = burst->rtcp >> i & 1 ? sotto_rtcp_is_compound(
							    burst->srtp.data[i], burst->srtp.len[i])
						  : is_plain_rtp(worker, burst, i);

		if (plain)
			burst->srtp.verdict[i] = SOTTO_DROP_PLAIN;
	}
}

/* Fetches what the count of a refused packet touches, which packets that pass never need. */
static void prefetch_counts(const struct sotto_burst *burst, uint64_t refused)
{
	for (uint64_t m = refused; m != 0; m &= m - 1) {
		const struct sotto_leg *leg = burst->leg[sotto_worker_first(m)];

		sotto_base_prefetch_write(&leg->state->auth_event_us);
		sotto_base_prefetch_write(sotto_leg_drops(leg->state, SOTTO_DROP_AUTH));
		if (leg->receive.streams)
			sotto_base_prefetch_write(&leg->receive.streams->slot->refused);
	}
}

/* One call of the library, and what it noticed. */
static uint64_t unprotect(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live,
	enum sotto_srtp_kind kind)
{
	struct sotto_srtp_batch *batch = &burst->srtp;
	uint64_t passed = sotto_srtp_unprotect_burst(&worker->srtp, batch, live, kind);

	if (sotto_unlikely(batch->bound != 0))
		sotto_worker_tell_bound(worker, burst, batch->bound);
	if (sotto_unlikely((batch->worn | batch->expired | batch->flooded) != 0))
		sotto_worker_tell_keys(worker, burst, false);
	sotto_worker_latch(worker, burst, batch->newest & passed);
	return passed;
}

static uint64_t receive_secure(
	struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t passed = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		burst->srtp.context[i] = &burst->leg[i]->receive;
	}
	if (live & ~burst->rtcp)
		passed |= unprotect(worker, burst, live & ~burst->rtcp, SOTTO_SRTP);
	if (live & burst->rtcp)
		passed |= unprotect(worker, burst, live & burst->rtcp, SOTTO_SRTCP);
	return passed;
}

/* What an unlocked preferred leg may still take as plain: nothing says that it is SRTP. */
static bool may_be_plain(const struct sotto_burst *burst, unsigned i)
{
	if (burst->leg[i]->state->locked)
		return false;
	switch (burst->srtp.verdict[i]) {
	case SOTTO_DROP_NO_KEY:
	case SOTTO_DROP_SHORT:
	case SOTTO_DROP_MKI:
	case SOTTO_DROP_RTCP_CLEAR:
	case SOTTO_DROP_AUTH:
	case SOTTO_DROP_FLOOD:
		return true;
	default:
		return false;
	}
}

/* Opportunistic (RFC 8643): the first authentic packet ends it. */
static uint64_t receive_preferred(
	struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t passed = receive_secure(worker, burst, live);
	uint64_t plain = 0;

	for (uint64_t m = passed; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		struct sotto_leg_state *state = burst->leg[i]->state;

		if (sotto_likely(state->locked))
			continue;
		__atomic_store_n(&state->locked, 1, __ATOMIC_RELAXED);
		sotto_worker_tell_locked(worker, burst, i);
	}
	for (uint64_t m = live & ~passed; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		plain |= (uint64_t)may_be_plain(burst, i) << i;
	}
	if (plain != (live & ~passed))
		tell_plain_apart(worker, burst, live & ~passed & ~plain);
	return passed | receive_clear(worker, burst, plain);
}

/* Only well-formed RTCP goes on (RFC 3550, A.2), where it can be read. */
static uint64_t check_rtcp(struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	for (uint64_t m = live & burst->rtcp; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		if (burst->leg[i]->security < SOTTO_VERIFY &&
			!sotto_rtcp_is_compound(burst->srtp.data[i], burst->srtp.len[i]))
			out |= sotto_worker_end(burst, i, SOTTO_DROP_RTCP_HEADER);
	}
	return live & ~out;
}

uint64_t sotto_worker_receive(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint32_t wire_len[SOTTO_BURST];
	uint64_t secure = 0, preferred = 0, passed = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		wire_len[i] = burst->srtp.len[i];
		secure |= (uint64_t)sotto_leg_is_secure(burst->leg[i]) << i;
		preferred |= (uint64_t)(burst->leg[i]->security == SOTTO_PREFERRED) << i;
	}
	if (live & ~secure & ~preferred)
		passed |= receive_clear(worker, burst, live & ~secure & ~preferred);
	if (secure != 0) {
		uint64_t good = receive_secure(worker, burst, secure);

		if (sotto_unlikely(good != secure)) {
			prefetch_counts(burst, secure & ~good);
			tell_plain_apart(worker, burst, secure & ~good);
		}
		passed |= good;
	}
	if (sotto_unlikely(preferred != 0))
		passed |= receive_preferred(worker, burst, preferred);
	passed = check_rtcp(burst, passed);
	sotto_worker_count_received(worker, burst, live, passed, wire_len);
	return passed;
}
