/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, delaying, sending and judging; see flows.h. */
#include "flows.h"

#include "handoff.h"

#include "base/bytes.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEADERS 42 /* Ethernet, IPv4, UDP */
#define STUCK_S 60 /* nothing moved that long */

/* A datagram that is on its way to the engine. */
struct waiting {
	struct waiting *next;
	const struct flow *flow;
	uint32_t len;
	uint8_t bytes[12 + FLOWS_PAYLOAD + SOTTO_SRTP_TAG_MAX];
};

void flows_make(
	const struct flows *flows, const struct flow *flow, uint32_t number, struct packet *out)
{
	uint32_t f = (uint32_t)(flow - flows->flow);

	packet_rtp(out, 0x5a000000 + f, (uint16_t)(flow->first_seq + number), FLOWS_PAYLOAD);
	sotto_base_put32(out->bytes + 12, f);
	sotto_base_put32(out->bytes + 16, number);
}

void flows_schedule(
	struct flows *flows, const struct flow *flow, const struct packet *packet, unsigned round)
{
	struct waiting **due = &flows->due[round % FLOWS_WAIT];
	struct waiting *waiting = malloc(sizeof(*waiting));

	ck_assert_ptr_nonnull(waiting);
	ck_assert_uint_le(packet->len, sizeof(waiting->bytes));
	waiting->flow = flow;
	waiting->len = packet->len;
	memcpy(waiting->bytes, packet->bytes, packet->len);
	waiting->next = *due;
	*due = waiting;
}

/* A frame in an mbuf on the wire towards the engine; of some calls on the other worker's queue. */
static void inject(struct flows *flows, const struct waiting *waiting)
{
	const struct call *call = waiting->flow->call;
	struct rig *rig = flows->rig;
	unsigned d = call_device(call, waiting->flow->from);
	unsigned queue = call_queue(call) ^ (call->number % 5 == 0);
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(rig->pool);
	uint8_t *frame;

	if (!mbuf)
		abort(); /* credit is below every ring and the pool */
	frame = (uint8_t *)rte_pktmbuf_append(mbuf, (uint16_t)(HEADERS + waiting->len));
	sotto_net_header_build(&call->peer[waiting->flow->from].path, frame);
	memcpy(frame + HEADERS, waiting->bytes, waiting->len);
	sotto_net_header_finish(frame, HEADERS, waiting->len);
	mbuf->port = rig->port[d];
	handoff_give(mbuf);
	if (rte_ring_enqueue(rig->to_engine[d][queue], mbuf) != 0)
		abort();
	rig->injected++;
}

bool flows_deliver(struct flows *flows, unsigned round)
{
	struct waiting **due = &flows->due[round % FLOWS_WAIT];

	while (*due) {
		struct waiting *waiting = *due;

		if (!flows_settle(flows, FLOWS_CREDIT))
			return false;
		inject(flows, waiting);
		*due = waiting->next;
		free(waiting);
	}
	return true;
}

void flows_forget(struct flows *flows)
{
	for (unsigned round = 0; round < FLOWS_WAIT; round++) {
		while (flows->due[round]) {
			struct waiting *waiting = flows->due[round];

			flows->due[round] = waiting->next;
			free(waiting);
		}
	}
}

/* The flow whose packet this frame is, by the peer's port that it goes to; NULL: none. */
static struct flow *flow_of(const struct flows *flows, const uint8_t *frame, uint32_t len)
{
	unsigned first = flows->flow[0].call->spec.media[0].leg[SIDE_A].remote.port;
	unsigned offset, f;

	if (len < HEADERS + 12 + FLOWS_PAYLOAD || len > HEADERS + PACKET_ROOM || frame[14] != 0x45)
		return NULL;
	offset = sotto_base_get16(frame + 36) - first;
	f = offset / 4 * 2 + (offset % 4 == 0); /* to a comes from b */
	return f < flows->count && offset % 2 == 0 ? &flows->flow[f] : NULL;
}

/* A packet as its receiver has it. */
static void judge(struct flows *flows, struct flow *flow, const struct packet *packet)
{
	uint32_t number = sotto_base_get32(packet->bytes + 16);
	struct packet want;

	flows_make(flows, flow, number, &want);
	if (number >= flow->sent || packet->len != want.len ||
		memcmp(packet->bytes, want.bytes, want.len) != 0)
		flows->different++;
	else if (flow->came[number]++ != 0)
		flows->twice++;
}

static void take(struct flows *flows, const uint8_t *frame, uint32_t len)
{
	struct flow *flow = flow_of(flows, frame, len);
	struct packet packet = {.len = len - HEADERS};

	if (!flow) {
		flows->unknown++;
		return;
	}
	memcpy(packet.bytes, frame + HEADERS, packet.len);
	if (flow->to && packet.len == 12 + FLOWS_PAYLOAD)
		flows->plain++;
	else if (flow->to && !far_end_open(flow->to, flows->rig, &packet))
		flows->refused++;
	else
		judge(flows, flow, &packet);
}

static unsigned drain_ring(struct flows *flows, struct rte_ring *ring)
{
	struct rte_mbuf *mbuf[SOTTO_BURST];
	unsigned count = rte_ring_dequeue_burst(ring, (void **)mbuf, SOTTO_BURST, NULL);

	for (unsigned i = 0; i < count; i++) {
		handoff_take(mbuf[i]);
		take(flows, rte_pktmbuf_mtod(mbuf[i], const uint8_t *), mbuf[i]->data_len);
		rte_pktmbuf_free(mbuf[i]);
	}
	flows->drained += count;
	return count;
}

unsigned flows_drain(struct flows *flows)
{
	unsigned n = 0;

	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		for (unsigned q = 0; q < flows->rig->shape.workers; q++)
			n += drain_ring(flows, flows->rig->from_engine[d][q]);
	}
	rig_forget_events(flows->rig);
	if (n == 0)
		sched_yield();
	return n;
}

/* Packets that are neither out nor dropped. */
static uint64_t in_flight(const struct flows *flows)
{
	struct sotto_stats stats = rig_stats(flows->rig);

	return flows->rig->injected - flows->drained - sotto_stats_drops(&stats);
}

bool flows_settle(struct flows *flows, uint64_t most)
{
	time_t since = time(NULL);

	while (in_flight(flows) > most) {
		if (flows_drain(flows) != 0)
			since = time(NULL);
		else if (time(NULL) - since > STUCK_S)
			return false;
	}
	return true;
}

uint64_t flows_lost(const struct flows *flows)
{
	uint64_t lost = 0;

	for (unsigned f = 0; f < flows->count; f++) {
		for (uint32_t k = 0; k < flows->flow[f].sent; k++)
			lost += flows->flow[f].came[k] == 0;
	}
	return lost;
}
