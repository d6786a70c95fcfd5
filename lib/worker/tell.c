/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters of a leg, and the events that the control thread hears of it. */
#include "worker/internal.h"

#include "base/bytes.h"
#include "rtp/rtp.h"

#define EVENT_GAP_US 1000000u /* between two events of one kind about one leg */

/* The SSRC that a packet names, 0 when it is too short to name one. */
static uint32_t ssrc_of(const struct sotto_burst *burst, unsigned i)
{
	const uint8_t *data = burst->srtp.data[i];

	if (burst->rtcp >> i & 1)
		return burst->srtp.len[i] >= SOTTO_RTCP_HEADER_LEN ? sotto_base_get32(data + 4) : 0;
	return burst->srtp.len[i] >= SOTTO_RTP_HEADER_LEN ? sotto_base_get32(data + 8) : 0;
}

/* False when the ring is full: then control does not hear of it. */
static bool tell(struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i,
	enum sotto_event_kind kind, uint32_t count)
{
	const struct sotto_leg *leg = burst->leg[i];
	const struct sotto_frame *frame = &burst->frame[i];
	const uint8_t *data = rte_pktmbuf_mtod(burst->mbuf[i], const uint8_t *);
	struct sotto_event event = {
		.time_us = burst->now_us,
		.session = leg->session,
		.ssrc = ssrc_of(burst, i),
		.generation = leg->generation,
		.count = count,
		.kind = (uint8_t)kind,
		.media = leg->media,
		.side = leg->side,
		.from = {.port = frame->src_port},
	};

	sotto_base_addr_set(&event.from.addr, frame->family, data + frame->src);
	return sotto_punt_tell(worker->config.punt, &event);
}

/* Gathers failures of one kind and tells them at most once in a gap. */
static void tell_failure(struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i,
	enum sotto_event_kind kind, uint32_t *untold, uint64_t *last_us)
{
	++*untold;
	if (*last_us != 0 && burst->now_us - *last_us < EVENT_GAP_US)
		return;
	if (!tell(worker, burst, i, kind, *untold))
		return;
	*untold = 0;
	*last_us = burst->now_us;
}

static void count_dropped(struct sotto_worker *worker, struct sotto_burst *burst, unsigned i)
{
	struct sotto_leg_state *state = burst->leg[i]->state;
	uint8_t verdict = burst->srtp.verdict[i];

	sotto_stats_add(&state->drops[verdict], 1);
	if (verdict == SOTTO_DROP_AUTH)
		tell_failure(worker, burst, i, SOTTO_EVENT_AUTH_FAILURES, &state->auth_untold,
			&state->auth_event_us);
	else if (verdict == SOTTO_DROP_PLAIN)
		tell_failure(worker, burst, i, SOTTO_EVENT_PLAIN_SEEN, &state->plain_untold,
			&state->plain_event_us);
}

void sotto_worker_count_received(struct sotto_worker *worker, struct sotto_burst *burst,
	uint64_t arrived, uint64_t passed, const uint32_t *wire_len)
{
	for (uint64_t m = passed; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		struct sotto_leg_state *state = burst->leg[i]->state;

		if (sotto_unlikely(state->received_packets == 0))
			tell(worker, burst, i, SOTTO_EVENT_FIRST_PACKET, 1);
		sotto_stats_add(&state->received_packets, 1);
		sotto_stats_add(&state->received_bytes, wire_len[i]);
		__atomic_store_n(&state->last_received_us, burst->now_us, __ATOMIC_RELAXED);
	}
	for (uint64_t m = arrived & ~passed; m != 0; m &= m - 1)
		count_dropped(worker, burst, sotto_worker_first(m));
}

void sotto_worker_tell_bound(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t bound)
{
	for (uint64_t m = bound; m != 0; m &= m - 1)
		tell(worker, burst, sotto_worker_first(m), SOTTO_EVENT_SSRC_NEW, 1);
}
