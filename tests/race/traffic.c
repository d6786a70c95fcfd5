/* SPDX-License-Identifier: BSD-3-Clause */
/* Sending, taking and judging; see traffic.h. */
#include "traffic.h"

#include "base/bytes.h"
#include "handoff.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CREDIT 512u /* packets in flight; every ring on the way holds more */
#define FEED 32u    /* packets that are protected together */
#define PAYLOAD 160
#define RTP_LEN (12 + PAYLOAD)
#define HEADERS 42 /* Ethernet, IPv4, UDP */
#define FIRST_REMOTE_PORT 30000
#define STUCK_S 60

static uint32_t ssrc_of(const struct traffic *traffic, const struct flow *flow)
{
	return 0x5a000000 + (uint32_t)(flow - traffic->flows);
}

void traffic_open(struct traffic *traffic, struct rig *rig, unsigned count)
{
	memset(traffic, 0, sizeof(*traffic));
	traffic->rig = rig;
	traffic->count = count;
	traffic->calls = calloc(count, sizeof(traffic->calls[0]));
	traffic->flows = calloc(2 * count, sizeof(traffic->flows[0]));
	ck_assert(traffic->calls && traffic->flows);
	for (unsigned n = 0; n < count; n++) {
		call_init(&traffic->calls[n], rig, RIG_ACCESS4, RIG_CORE4);
		call_secure(&traffic->calls[n], SIDE_A, "AES_CM_128_HMAC_SHA1_80");
		for (int side = 0; side < SIDES; side++) {
			traffic->flows[2 * n + (unsigned)side].call = &traffic->calls[n];
			traffic->flows[2 * n + (unsigned)side].from = side;
		}
	}
}

void traffic_close(struct traffic *traffic)
{
	for (unsigned n = 0; n < traffic->count; n++)
		call_end(&traffic->calls[n]);
	free(traffic->calls);
	free(traffic->flows);
}

void traffic_put_again(struct traffic *traffic, unsigned n)
{
	call_secure(&traffic->calls[n], SIDE_A, "AES_CM_128_HMAC_SHA1_80");
	call_put(&traffic->calls[n]);
	for (unsigned f = 2 * n; f <= 2 * n + 1; f++) {
		struct flow *flow = &traffic->flows[f];

		flow->order_from = (uint16_t)(flow->sent + 1);
		flow->last_seq = (uint16_t)flow->sent;
	}
}

uint64_t traffic_in_flight(const struct traffic *traffic)
{
	struct sotto_stats stats = rig_stats(traffic->rig);

	return traffic->rig->injected - traffic->drained - sotto_stats_drops(&stats);
}

/* The frame of one packet in an mbuf on the wire towards the engine. False: no room. */
static bool inject(
	struct traffic *traffic, const struct flow *flow, const uint8_t *data, uint32_t len)
{
	const struct call *call = flow->call;
	struct rig *rig = traffic->rig;
	unsigned d = call_device(call, flow->from);
	unsigned queue = call_queue(call) ^ flow->astray;
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(rig->pool);
	uint8_t *frame;

	if (!mbuf)
		return false;
	frame = (uint8_t *)rte_pktmbuf_append(mbuf, (uint16_t)(HEADERS + len));
	sotto_net_header_build(&call->peer[flow->from].path, frame);
	memcpy(frame + HEADERS, data, len);
	sotto_net_header_finish(frame, HEADERS, len);
	mbuf->port = rig->port[d];
	handoff_give(mbuf);
	if (rte_ring_enqueue(rig->to_engine[d][queue], mbuf) != 0) {
		rte_pktmbuf_free(mbuf);
		return false;
	}
	rig->injected++;
	return true;
}

/* The next flow whose call stands, in turn; NULL when none does. */
static struct flow *next_flow(struct traffic *traffic)
{
	for (unsigned tried = 0; tried < 2 * traffic->count; tried++) {
		struct flow *flow = &traffic->flows[traffic->next];

		traffic->next = (traffic->next + 1) % (2 * traffic->count);
		if (flow->call->session)
			return flow;
	}
	return NULL;
}

/* Makes the next packet of each of n flows, and protects those that a secure peer sends. */
static void prepare(struct traffic *traffic, struct flow *const flow[], unsigned n,
	struct packet packet[], struct sotto_srtp_batch *batch)
{
	uint64_t secure = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct peer *peer = &flow[i]->call->peer[flow[i]->from];
		uint16_t seq = (uint16_t)++flow[i]->sent;

		flow[i]->revision[seq % TRAFFIC_HISTORY] = (uint32_t)flow[i]->call->spec.revision;
		packet_rtp(&packet[i], ssrc_of(traffic, flow[i]), seq, PAYLOAD);
		batch->data[i] = packet[i].bytes;
		batch->len[i] = packet[i].len;
		batch->room[i] = PACKET_ROOM;
		batch->context[i] = &peer->send;
		secure |= (uint64_t)peer->secure << i;
	}
	if (sotto_srtp_protect_burst(&traffic->rig->srtp, batch, secure, SOTTO_SRTP) != secure)
		abort(); /* the peers' own fault */
}

static void feed_burst(struct traffic *traffic, struct flow *const flow[], unsigned n)
{
	struct packet packet[FEED];
	struct sotto_srtp_batch batch;

	prepare(traffic, flow, n, packet, &batch);
	for (unsigned i = 0; i < n; i++) {
		if (!inject(traffic, flow[i], packet[i].bytes, batch.len[i]))
			abort(); /* credit is below every ring and the pool */
	}
}

void traffic_feed(struct traffic *traffic, unsigned n)
{
	struct flow *flow[FEED];

	while (n > 0) {
		unsigned want = n < FEED ? n : FEED;
		unsigned got = 0;

		if (traffic_in_flight(traffic) + want > CREDIT)
			return;
		while (got < want && (flow[got] = next_flow(traffic)) != NULL)
			got++;
		feed_burst(traffic, flow, got);
		n -= want;
	}
}

void traffic_feed_flow(struct traffic *traffic, struct flow *flow, unsigned n)
{
	struct flow *same[FEED];

	ck_assert_uint_le(n, FEED);
	for (unsigned i = 0; i < n; i++)
		same[i] = flow;
	if (traffic_in_flight(traffic) + n <= CREDIT)
		feed_burst(traffic, same, n);
}

/* The flow whose packet this frame is, by the peer's port that it goes to; NULL: none. */
static struct flow *flow_of(const struct traffic *traffic, const uint8_t *frame, uint32_t len)
{
	unsigned offset, n;

	if (len < HEADERS + RTP_LEN || frame[14] != 0x45)
		return NULL;
	offset = sotto_base_get16(frame + 36) - FIRST_REMOTE_PORT;
	n = offset / 4;
	if (n >= traffic->count || offset % 2 != 0)
		return NULL;
	return &traffic->flows[2 * n + (offset % 4 == 0)]; /* to a comes from b */
}

/* One packet as the receiving peer has it, after its unprotect if that was due. */
static void judge(struct traffic *traffic, struct flow *flow, const uint8_t *rtp, uint32_t len)
{
	uint16_t seq = sotto_base_get16(rtp + 2);
	struct packet want;

	packet_rtp(&want, ssrc_of(traffic, flow), seq, PAYLOAD);
	if (len != want.len || memcmp(rtp, want.bytes, len) != 0)
		traffic->faults.different++;
	flow->seen++;
	if ((int16_t)(seq - flow->order_from) < 0)
		return;
	if ((int16_t)(seq - flow->last_seq) <= 0)
		traffic->faults.disordered++;
	flow->last_seq = seq;
}

/* On a secure leg no byte of payload is readable; a readable eighth byte in a row is no chance. */
static bool is_plain(const struct traffic *traffic, const struct flow *flow, const uint8_t *rtp)
{
	struct packet plain;

	packet_rtp(&plain, ssrc_of(traffic, flow), sotto_base_get16(rtp + 2), PAYLOAD);
	return memcmp(rtp + 12, plain.bytes + 12, 8) == 0;
}

struct taken {
	struct rte_mbuf *mbuf[SOTTO_BURST];
	struct flow *flow[SOTTO_BURST];
	struct sotto_srtp_batch batch;
	unsigned count;
};

/* Finds flows and payloads. Returns the positions that the peer has to unprotect. */
static uint64_t sort(struct traffic *traffic, struct taken *taken)
{
	uint64_t secure = 0;

	for (unsigned i = 0; i < taken->count; i++) {
		uint8_t *frame = rte_pktmbuf_mtod(taken->mbuf[i], uint8_t *);
		uint32_t len = taken->mbuf[i]->data_len;
		struct flow *flow = flow_of(traffic, frame, len);
		const struct peer *peer;

		taken->flow[i] = flow;
		if (!flow) {
			traffic->faults.unknown++;
			continue;
		}
		peer = &flow->call->peer[1 - flow->from];
		taken->batch.data[i] = frame + HEADERS;
		taken->batch.len[i] = len - HEADERS;
		taken->batch.context[i] = &peer->receive;
		if (!peer->secure)
			continue;
		secure |= 1ull << i;
		if (is_plain(traffic, flow, frame + HEADERS))
			traffic->faults.plain++;
	}
	return secure;
}

/* Whether the packet was sent under the revision that still stands: then its key is known. */
static bool is_current(const struct flow *flow, const uint8_t *rtp)
{
	uint16_t seq = sotto_base_get16(rtp + 2);

	return flow->revision[seq % TRAFFIC_HISTORY] == (uint32_t)flow->call->spec.revision;
}

static void judge_all(struct traffic *traffic, struct taken *taken)
{
	uint64_t secure = sort(traffic, taken);
	uint64_t passed =
		sotto_srtp_unprotect_burst(&traffic->rig->srtp, &taken->batch, secure, SOTTO_SRTP);

	for (unsigned i = 0; i < taken->count; i++) {
		const uint8_t *rtp = taken->batch.data[i];

		if (!taken->flow[i])
			continue;
		if (((secure & ~passed) >> i & 1) == 0)
			judge(traffic, taken->flow[i], rtp, taken->batch.len[i]);
		else if (is_current(taken->flow[i], rtp))
			traffic->faults.refused++;
	}
}

static unsigned drain_ring(struct traffic *traffic, struct rte_ring *ring)
{
	struct taken taken;

	taken.count = rte_ring_dequeue_burst(ring, (void **)taken.mbuf, SOTTO_BURST, NULL);
	if (taken.count == 0)
		return 0;
	for (unsigned i = 0; i < taken.count; i++)
		handoff_take(taken.mbuf[i]);
	judge_all(traffic, &taken);
	for (unsigned i = 0; i < taken.count; i++)
		rte_pktmbuf_free(taken.mbuf[i]);
	traffic->drained += taken.count;
	return taken.count;
}

unsigned traffic_drain(struct traffic *traffic)
{
	struct sotto_event event;
	unsigned n = 0;

	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		for (unsigned q = 0; q < traffic->rig->shape.workers; q++)
			n += drain_ring(traffic, traffic->rig->from_engine[d][q]);
	}
	while (sotto_punt_hear(&traffic->rig->punt, &event, 1) == 1)
		traffic->first_packets += event.kind == SOTTO_EVENT_FIRST_PACKET;
	return n;
}

bool traffic_settle(struct traffic *traffic)
{
	uint64_t left = traffic_in_flight(traffic);
	time_t since = time(NULL);

	while (left != 0) {
		uint64_t before = left;

		if (traffic_drain(traffic) == 0)
			sched_yield();
		left = traffic_in_flight(traffic);
		if (left != before)
			since = time(NULL);
		else if (time(NULL) - since > STUCK_S)
			return false;
	}
	return true;
}

bool traffic_run(struct traffic *traffic, unsigned rounds)
{
	uint64_t total = traffic->rig->injected + 2ull * traffic->count * rounds;
	uint64_t moved = 0;
	time_t since = time(NULL);

	while (traffic->rig->injected < total) {
		uint64_t left = total - traffic->rig->injected;

		traffic_feed(traffic, left < 4 * FEED ? (unsigned)left : 4 * FEED);
		if (traffic_drain(traffic) == 0)
			sched_yield();
		if (moved != traffic->rig->injected + traffic->drained)
			since = time(NULL);
		else if (time(NULL) - since > STUCK_S)
			return false;
		moved = traffic->rig->injected + traffic->drained;
	}
	return traffic_settle(traffic);
}

void traffic_is_faultless(const struct traffic *traffic)
{
	ck_assert_uint_eq(traffic->faults.unknown, 0);
	ck_assert_uint_eq(traffic->faults.disordered, 0);
	ck_assert_uint_eq(traffic->faults.different, 0);
	ck_assert_uint_eq(traffic->faults.refused, 0);
	ck_assert_uint_eq(traffic->faults.plain, 0);
}
