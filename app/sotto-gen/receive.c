/* SPDX-License-Identifier: BSD-3-Clause */
/* Takes packets in and verifies each: frame, call, SRTP, bytes, order; then its latency. */
#include "gen.h"

#include "base/bytes.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>

/* A burst on its way in: position i is one packet. */
struct burst {
	unsigned count;
	struct rte_mbuf *mbuf[SOTTO_BURST];
	struct gen_stream *stream[SOTTO_BURST];
	uint64_t plain;  /* positions without SRTP */
	uint64_t secure; /* positions with */
};

/* Counts a frame that is no datagram for us. */
static void count_frame(struct gen_counts *counts, enum sotto_verdict verdict)
{
	switch (verdict) {
	case SOTTO_DROP_ETHERNET:
	case SOTTO_DROP_NOT_FOR_US:
	case SOTTO_DROP_PROTOCOL:
		counts->foreign++;
		break;
	default:
		counts->malformed++;
	}
}

/* The stream whose packets come to that port from that place, or NULL. */
static struct gen_stream *stream_of(
	struct gen *gen, unsigned device, const uint8_t *frame, const struct sotto_frame *f)
{
	size_t len = sotto_base_addr_len(f->family);
	struct sotto_addr src, dst;
	struct gen_stream *stream;
	struct gen_local *local;

	sotto_base_addr_set(&src, f->family, frame + f->src);
	sotto_base_addr_set(&dst, f->family, frame + f->src + len);
	local = gen_local_find(gen, device, f->vlan, &dst);
	if (!local || local->stream[f->dst_port] == 0)
		return NULL;
	stream = &gen->stream[local->stream[f->dst_port] - 1];
	if (stream->from.port != f->src_port || !sotto_base_addr_equal(&stream->from.addr, &src))
		return NULL;
	return stream;
}

static unsigned checked(const struct rte_mbuf *mbuf)
{
	uint64_t ip = mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint64_t udp = mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;

	return (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD ? SOTTO_NET_IP_CHECKED : 0) |
	       (udp == RTE_MBUF_F_RX_L4_CKSUM_GOOD ? SOTTO_NET_UDP_CHECKED : 0);
}

/* Parses position i and finds its stream. */
static void sort(struct gen *gen, unsigned device, struct burst *burst, unsigned i)
{
	struct sotto_srtp_batch *batch = &gen->lane.batch;
	struct rte_mbuf *mbuf = burst->mbuf[i];
	uint8_t *frame = rte_pktmbuf_mtod(mbuf, uint8_t *);
	enum sotto_verdict verdict = SOTTO_DROP_SEGMENTED;
	struct sotto_frame f;

	if (mbuf->nb_segs == 1)
		verdict = sotto_net_parse(
			frame, mbuf->data_len, gen->device[device].mac, checked(mbuf), &f);
	if (verdict != SOTTO_OK) {
		count_frame(&gen->lane.counts, verdict);
		return;
	}
	if (f.kind == SOTTO_NET_NEIGHBOR) {
		gen_neighbor_frame(gen, device, frame, mbuf->data_len);
		return;
	}
	burst->stream[i] = stream_of(gen, device, frame, &f);
	if (!burst->stream[i]) {
		gen->lane.counts.unexpected++;
		return;
	}
	batch->data[i] = frame + f.payload;
	batch->len[i] = f.payload_len;
	batch->room[i] = f.payload_len;
	batch->context[i] = burst->stream[i]->unprotect;
	*(burst->stream[i]->unprotect ? &burst->secure : &burst->plain) |= 1ull << i;
}

static void count_refused(struct gen_counts *counts, enum sotto_verdict verdict)
{
	switch (verdict) {
	case SOTTO_DROP_REPLAY:
		counts->duplicate++;
		break;
	case SOTTO_DROP_OLD:
		counts->late++;
		break;
	case SOTTO_DROP_RTP_HEADER:
	case SOTTO_DROP_SHORT:
		counts->malformed++;
		break;
	default:
		counts->bad_tag++;
	}
}

/* The serial number of a packet, of which length and content are not known to be right yet. */
static uint64_t serial_of(const struct gen_stream *stream, const uint8_t *packet, uint32_t payload)
{
	if (payload >= GEN_PAYLOAD_STAMPED)
		return gen_payload_serial(packet);
	return gen_track_extend(
		&stream->track, (uint16_t)(sotto_base_get16(packet + 2) - stream->source.seq));
}

static void note_latency(struct gen_lane *lane, uint64_t sent, uint64_t now)
{
	if (now > sent)
		gen_histogram_add(&lane->latency, now - sent);
}

/* A packet that was authentic, or that has no protection. */
static void verify(struct gen *gen, struct gen_stream *stream, const uint8_t *packet, uint32_t len,
	uint64_t now)
{
	struct gen_counts *counts = &gen->lane.counts;
	uint32_t payload = gen->options.payload;
	uint64_t serial;

	if (len != GEN_RTP_LEN + payload) {
		counts->wrong++;
		return;
	}
	serial = serial_of(stream, packet, payload);
	if (serial >= stream->next ||
		!gen_payload_check(&stream->source, serial, packet, payload)) {
		counts->wrong++;
		return;
	}
	switch (gen_track_arrive(&stream->track, serial)) {
	case GEN_ARRIVAL_DUPLICATE:
		counts->duplicate++;
		return;
	case GEN_ARRIVAL_LATE:
		counts->late++;
		return;
	case GEN_ARRIVAL_REORDERED:
		counts->reordered++;
		break;
	case GEN_ARRIVAL_NEXT:
		break;
	}
	counts->received++;
	if (payload >= GEN_PAYLOAD_STAMPED)
		note_latency(&gen->lane, gen_payload_time(packet), now);
}

/* Authenticates and decrypts; returns the positions that passed. */
static uint64_t unprotect(struct gen *gen, uint64_t secure)
{
	struct sotto_srtp_batch *batch = &gen->lane.batch;
	uint64_t good = sotto_srtp_unprotect_burst(&gen->lane.srtp, batch, secure, SOTTO_SRTP);

	for (uint64_t m = secure & ~good; m != 0; m &= m - 1)
		count_refused(&gen->lane.counts, batch->verdict[__builtin_ctzll(m)]);
	return good;
}

unsigned gen_receive(struct gen *gen, unsigned device)
{
	struct burst burst = {.plain = 0};
	uint64_t good, now;

	burst.count = rte_eth_rx_burst(gen->device[device].port, 0, burst.mbuf, SOTTO_BURST);
	if (burst.count == 0)
		return 0;
	now = rte_rdtsc();
	for (unsigned i = 0; i < burst.count; i++)
		rte_prefetch0(rte_pktmbuf_mtod(burst.mbuf[i], void *));
	for (unsigned i = 0; i < burst.count; i++)
		sort(gen, device, &burst, i);
	gen->lane.batch.now_us = now / (gen->hz / 1000000);
	good = burst.plain;
	if (burst.secure != 0)
		good |= unprotect(gen, burst.secure);
	for (uint64_t m = good; m != 0; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctzll(m);

		verify(gen, burst.stream[i], gen->lane.batch.data[i], gen->lane.batch.len[i], now);
	}
	rte_pktmbuf_free_bulk(burst.mbuf, burst.count);
	return burst.count;
}
