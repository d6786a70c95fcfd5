/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters of a leg, and the events that the control thread hears of it. */
#include "worker/internal.h"

#include "base/bytes.h"
#include "rtp/demux.h"
#include "rtp/rtp.h"

#define EVENT_GAP_US 1000000u /* between two events of one kind about one leg */
#define SYNC_RUN 40           /* packets refused in a row that mean loss of synchronisation */
#define SYNC_GAP_US 5000000u  /* between two events about that */

/* The SSRC that a packet names, 0 when it is too short to name one or none of both protocols. */
static uint32_t ssrc_of(const struct sotto_burst *burst, unsigned i)
{
	const uint8_t *data = burst->srtp.data[i];
	uint32_t len = burst->srtp.len[i];

	switch (sotto_rtp_classify(data, len)) {
	case SOTTO_RTP_CLASS_RTCP:
		return len >= SOTTO_RTCP_HEADER_LEN ? sotto_base_get32(data + 4) : 0;
	case SOTTO_RTP_CLASS_RTP:
		return len >= SOTTO_RTP_HEADER_LEN ? sotto_base_get32(data + 8) : 0;
	default:
		return 0;
	}
}

/* What every event about the leg of packet i has. */
static struct sotto_event event_of(
	const struct sotto_burst *burst, unsigned i, enum sotto_event_kind kind, uint32_t count)
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
		.rtcp = burst->rtcp >> i & 1,
		.from = {.port = frame->src_port},
	};

	sotto_base_addr_set(&event.from.addr, frame->family, data + frame->src);
	return event;
}

/* False when the ring is full: then control does not hear of it. */
static bool tell(struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i,
	enum sotto_event_kind kind, uint32_t count)
{
	struct sotto_event event = event_of(burst, i, kind, count);

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

/*
 * Loss of synchronisation shows as an SSRC of which packet after packet is refused and none passes:
 * its rollover counter differs, or its sender began again under the same key (RFC 3711, 3.3.1).
 */
static void note_refused(struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];
	struct sotto_leg_state *state = leg->state;
	int slot = sotto_srtp_slot(&leg->receive, ssrc_of(burst, i));
	struct sotto_event event;
	uint8_t *refused;

	if (slot < 0)
		return;
	state->failing |= 1ull << slot;
	refused = &leg->receive.streams->slot[slot].refused;
	if (*refused < UINT8_MAX)
		++*refused;
	if (*refused < SYNC_RUN ||
		(state->sync_event_us != 0 && burst->now_us - state->sync_event_us < SYNC_GAP_US))
		return;
	event = event_of(burst, i, SOTTO_EVENT_SYNC_LOST, *refused);
	event.cause = burst->srtp.verdict[i];
	if (sotto_punt_tell(worker->config.punt, &event))
		state->sync_event_us = burst->now_us;
}

static void note_accepted(const struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *leg = burst->leg[i];
	int slot = sotto_srtp_slot(&leg->receive, ssrc_of(burst, i));

	if (slot < 0)
		return;
	leg->state->failing &= ~(1ull << slot);
	leg->receive.streams->slot[slot].refused = 0;
}

static void count_dropped(struct sotto_worker *worker, struct sotto_burst *burst, unsigned i)
{
	struct sotto_leg_state *state = burst->leg[i]->state;
	uint8_t verdict = burst->srtp.verdict[i];

	sotto_stats_add(sotto_leg_drops(state, verdict), 1);
	if (verdict == SOTTO_DROP_AUTH)
		tell_failure(worker, burst, i, SOTTO_EVENT_AUTH_FAILURES, &state->auth_untold,
			&state->auth_event_us);
	else if (verdict == SOTTO_DROP_PLAIN)
		tell_failure(worker, burst, i, SOTTO_EVENT_PLAIN_SEEN, &state->plain_untold,
			&state->plain_event_us);
	if (verdict == SOTTO_DROP_AUTH || verdict == SOTTO_DROP_REPLAY || verdict == SOTTO_DROP_OLD)
		note_refused(worker, burst, i);
}

static void count_passed(
	struct sotto_worker *worker, struct sotto_burst *burst, unsigned i, uint32_t wire_len)
{
	struct sotto_leg_state *state = burst->leg[i]->state;

	if (sotto_unlikely(state->received_packets == 0))
		tell(worker, burst, i, SOTTO_EVENT_FIRST_PACKET, 1);
	sotto_stats_add(&state->received_packets, 1);
	sotto_stats_add(&state->received_bytes, wire_len);
	__atomic_store_n(&state->last_received_us, burst->now_us, __ATOMIC_RELAXED);
	if (sotto_unlikely(state->failing != 0))
		note_accepted(burst, i);
}

void sotto_worker_count_received(struct sotto_worker *worker, struct sotto_burst *burst,
	uint64_t arrived, uint64_t passed, const uint32_t *wire_len)
{
	/* in their order: what was refused between two accepted packets is no loss */
	for (uint64_t m = arrived; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);

		if (sotto_likely(passed >> i & 1))
			count_passed(worker, burst, i, wire_len[i]);
		else
			count_dropped(worker, burst, i);
	}
}

void sotto_worker_tell_bound(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t bound)
{
	for (uint64_t m = bound; m != 0; m &= m - 1)
		tell(worker, burst, sotto_worker_first(m), SOTTO_EVENT_SSRC_NEW, 1);
}

/* How much of that master key is spent, and what it may carry. */
static void read_use(const struct sotto_srtp_context *context, unsigned n,
	enum sotto_srtp_kind kind, struct sotto_event *event)
{
	event->packets = sotto_srtp_used(context, n, kind);
	event->limit = sotto_srtp_use(context, n)->limit[kind];
}

/* The same of the master key that has least left. */
static void read_worn_use(const struct sotto_srtp_context *context, enum sotto_srtp_kind kind,
	struct sotto_event *event)
{
	struct sotto_event other;

	read_use(context, 0, kind, event);
	for (unsigned n = 1; context->more && n < context->more->master_count; n++) {
		read_use(context, n, kind, &other);
		if (other.limit - other.packets >= event->limit - event->packets)
			continue;
		event->packets = other.packets;
		event->limit = other.limit;
	}
}

static void tell_key(struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i,
	enum sotto_event_kind kind, bool send)
{
	const struct sotto_leg *leg = send ? burst->leg[i]->peer : burst->leg[i];
	struct sotto_event event = event_of(burst, i, kind, 1);

	event.side = leg->side;
	event.send = send;
	read_worn_use(send ? &leg->send : &leg->receive,
		burst->rtcp >> i & 1 ? SOTTO_SRTCP : SOTTO_SRTP, &event);
	sotto_punt_tell(worker->config.punt, &event);
}

void sotto_worker_tell_keys(struct sotto_worker *worker, struct sotto_burst *burst, bool send)
{
	const struct sotto_srtp_batch *batch = &burst->srtp;

	/* a key that was replaced already need not be replaced again */
	for (uint64_t m = batch->worn & ~batch->previous; m != 0; m &= m - 1)
		tell_key(worker, burst, sotto_worker_first(m), SOTTO_EVENT_REKEY_NEEDED, send);
	for (uint64_t m = batch->expired; m != 0; m &= m - 1)
		tell_key(worker, burst, sotto_worker_first(m), SOTTO_EVENT_KEY_EXPIRED, send);
	for (uint64_t m = batch->flooded; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_leg *leg = burst->leg[i];

		if (leg->security == SOTTO_PREFERRED && !leg->state->locked)
			continue; /* plain media, which may come */
		tell(worker, burst, i, SOTTO_EVENT_AUTH_FLOOD, SOTTO_SRTP_FLOOD_BUDGET + 1);
	}
}

void sotto_worker_tell_locked(
	struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i)
{
	tell(worker, burst, i, SOTTO_EVENT_LOCKED, 1);
}

bool sotto_worker_tell_latch(
	struct sotto_worker *worker, const struct sotto_burst *burst, unsigned i)
{
	return tell(worker, burst, i, SOTTO_EVENT_LATCH, 1);
}
