/* SPDX-License-Identifier: BSD-3-Clause */
/* What arrives on a leg: sorted (RFC 7983, RFC 5761), then authenticated, or checked when clear. */
#include "worker/internal.h"

#include "rtp/demux.h"
#include "rtp/rtp.h"

static enum sotto_verdict sort_one(struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];
	uint16_t port = burst->frame[i].dst_port;

	switch (sotto_rtp_classify(burst->srtp.data[i], burst->srtp.len[i])) {
	case SOTTO_RTP_CLASS_RTP:
		return port == leg->rtp_port ? SOTTO_OK : SOTTO_DROP_COMPONENT;
	case SOTTO_RTP_CLASS_RTCP:
		burst->rtcp |= 1ull << i;
		return port == leg->rtcp_port ? SOTTO_OK : SOTTO_DROP_COMPONENT;
	default:
		return SOTTO_DROP_NOT_MEDIA;
	}
}

uint64_t sotto_worker_sort(struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	burst->rtcp = 0;
	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		enum sotto_verdict verdict = sort_one(burst, i);

		sotto_base_prefetch(burst->leg[i]->peer);
		if (sotto_unlikely(verdict != SOTTO_OK)) {
			out |= sotto_worker_end(burst, i, verdict);
			sotto_stats_add(&burst->leg[i]->state->drops[verdict], 1);
		}
	}
	return live & ~out;
}

/* Whether the packet comes from where signalling said (RFC 3550 knows no other protection). */
static bool source_is_right(const struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];
	const struct sotto_frame *frame = &burst->frame[i];
	const uint8_t *data = rte_pktmbuf_mtod(burst->mbuf[i], const uint8_t *);
	uint16_t port = burst->rtcp >> i & 1 ? leg->remote_rtcp_port : leg->remote.port;
	struct sotto_addr from;

	if (leg->source_check == SOTTO_SOURCE_ANY)
		return true;
	sotto_base_addr_set(&from, frame->family, data + frame->src);
	if (!sotto_base_addr_equal(&from, &leg->remote.addr))
		return false;
	return leg->source_check == SOTTO_SOURCE_ADDRESS || frame->src_port == port;
}

static enum sotto_verdict check_clear(const struct sotto_burst *burst, unsigned i)
{
	struct sotto_rtp rtp;

	if (sotto_unlikely(!source_is_right(burst, i)))
		return SOTTO_DROP_WRONG_SOURCE;
	if (burst->rtcp >> i & 1)
		return SOTTO_OK; /* looked at below, with the decrypted ones */
	return sotto_likely(sotto_rtp_parse(burst->srtp.data[i], burst->srtp.len[i], &rtp))
		       ? SOTTO_OK
		       : SOTTO_DROP_RTP_HEADER;
}

static uint64_t receive_clear(struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		enum sotto_verdict verdict = check_clear(burst, i);

		if (sotto_unlikely(verdict != SOTTO_OK))
			out |= sotto_worker_end(burst, i, verdict);
	}
	return live & ~out;
}

/*
 * A drop on a secure leg is told apart once more: what cannot be ciphertext was plain media. For
 * RTCP the form decides, since the lengths of SRTCP never add up to the datagram.
 */
static void tell_plain_apart(struct sotto_burst *burst, uint64_t dropped)
{
	for (uint64_t m = dropped; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const uint8_t *data = burst->srtp.data[i];
		uint32_t len = burst->srtp.len[i];
		struct sotto_rtp rtp;
		bool plain;

		if (burst->rtcp >> i & 1)
			plain = sotto_rtcp_is_compound(data, len);
		else
			plain = burst->srtp.verdict[i] == SOTTO_DROP_AUTH &&
				sotto_rtp_parse(data, len, &rtp) &&
				sotto_rtp_is_not_ciphertext(
					data + rtp.header_len, len - rtp.header_len);
		if (plain)
			burst->srtp.verdict[i] = SOTTO_DROP_PLAIN;
	}
}

static uint64_t receive_secure(
	struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t passed, bound;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		burst->srtp.context[i] = &burst->leg[i]->receive;
	}
	passed = sotto_srtp_unprotect_burst(
		&worker->srtp, &burst->srtp, live & ~burst->rtcp, SOTTO_SRTP);
	bound = burst->srtp.bound;
	if (live & burst->rtcp) {
		passed |= sotto_srtp_unprotect_burst(
			&worker->srtp, &burst->srtp, live & burst->rtcp, SOTTO_SRTCP);
		bound |= burst->srtp.bound;
	}
	if (sotto_unlikely(bound != 0))
		sotto_worker_tell_bound(worker, burst, bound);
	if (sotto_unlikely(passed != live))
		tell_plain_apart(burst, live & ~passed);
	return passed;
}

/* Only well-formed RTCP goes on (RFC 3550, A.2). */
static uint64_t check_rtcp(struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	for (uint64_t m = live & burst->rtcp; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		if (!sotto_rtcp_is_compound(burst->srtp.data[i], burst->srtp.len[i]))
			out |= sotto_worker_end(burst, i, SOTTO_DROP_RTCP_HEADER);
	}
	return live & ~out;
}

uint64_t sotto_worker_receive(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint32_t wire_len[SOTTO_BURST];
	uint64_t secure = 0, passed;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		wire_len[i] = burst->srtp.len[i];
		secure |= (uint64_t)(burst->leg[i]->secure != 0) << i;
	}
	passed = receive_clear(burst, live & ~secure);
	if (secure != 0)
		passed |= receive_secure(worker, burst, secure);
	passed = check_rtcp(burst, passed);
	sotto_worker_count_received(worker, burst, live, passed, wire_len);
	return passed;
}
