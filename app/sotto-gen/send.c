/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes packets and sends them: choose streams, write, protect as a burst, finish, send. */
#include "gen.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_prefetch.h>
#include <string.h>

/* A burst on its way out. */
struct burst {
	unsigned count;
	struct gen_stream *stream[GEN_SEND_BURST];
	struct rte_mbuf *mbuf[GEN_SEND_BURST];
};

static unsigned choose(struct gen *gen, struct burst *burst, uint32_t count)
{
	if (rte_pktmbuf_alloc_bulk(gen->pool, burst->mbuf, count) != 0)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		burst->stream[i] = &gen->stream[gen_order_next(&gen->lane.order)];
		rte_prefetch0(burst->stream[i]);
		rte_prefetch0((const uint8_t *)burst->stream[i] + 64);
	}
	burst->count = count;
	return count;
}

/* Writes headers and payload; returns the positions that are to be protected. */
static uint64_t write_burst(struct gen *gen, const struct burst *burst, uint64_t now)
{
	struct sotto_srtp_batch *batch = &gen->lane.batch;
	uint64_t secure = 0;

	for (unsigned i = 0; i < burst->count; i++) {
		struct gen_stream *stream = burst->stream[i];
		uint8_t *frame = rte_pktmbuf_mtod(burst->mbuf[i], uint8_t *);

		memcpy(frame, stream->header, SOTTO_NET_HEADER_MAX);
		batch->data[i] = frame + stream->header_len;
		batch->len[i] = GEN_RTP_LEN + gen->options.payload;
		batch->room[i] =
			(uint32_t)rte_pktmbuf_tailroom(burst->mbuf[i]) - stream->header_len;
		batch->context[i] = stream->protect;
		gen_payload_write(
			&stream->source, stream->next++, now, batch->data[i], gen->options.payload);
		if (stream->protect)
			secure |= 1ull << i;
	}
	return secure;
}

void gen_send_waiting(struct gen *gen, struct gen_device *device)
{
	uint16_t sent;

	if (device->waiting_count == 0)
		return;
	sent = rte_eth_tx_burst(device->port, 0, device->waiting, device->waiting_count);
	gen->lane.counts.sent += sent;
	gen->lane.counts.held += sent < device->waiting_count;
	device->waiting_count = (uint16_t)(device->waiting_count - sent);
	memmove(device->waiting, device->waiting + sent,
		device->waiting_count * sizeof(device->waiting[0]));
}

/* Completes the headers and hands the packets to their devices. */
static void finish_burst(struct gen *gen, const struct burst *burst, uint64_t good)
{
	const struct sotto_srtp_batch *batch = &gen->lane.batch;

	for (unsigned i = 0; i < burst->count; i++) {
		struct gen_device *device = &gen->device[burst->stream[i]->device];
		uint32_t header_len = burst->stream[i]->header_len;
		struct rte_mbuf *mbuf = burst->mbuf[i];

		if (!(good >> i & 1)) {
			rte_pktmbuf_free(mbuf);
			gen->lane.counts.unsent++;
			continue;
		}
		mbuf->data_len = (uint16_t)(header_len + batch->len[i]);
		mbuf->pkt_len = mbuf->data_len;
		sotto_net_header_finish(
			rte_pktmbuf_mtod(mbuf, uint8_t *), header_len, batch->len[i]);
		device->waiting[device->waiting_count++] = mbuf;
	}
}

/* What a device has not taken has to go first: only then is there room for another burst. */
static bool is_clear(struct gen *gen)
{
	for (unsigned d = 0; d < gen->device_count; d++) {
		if (gen->device[d].waiting_count > GEN_SEND_BURST)
			return false;
	}
	return true;
}

unsigned gen_send(struct gen *gen, uint32_t count)
{
	struct burst burst;
	uint64_t secure, plain, now;

	if (count == 0 || !is_clear(gen) || choose(gen, &burst, count) == 0)
		return 0;
	now = rte_rdtsc();
	gen->lane.batch.now_us = 0;
	secure = write_burst(gen, &burst, now);
	plain = ((1ull << count) - 1) & ~secure;
	if (secure != 0)
		secure = sotto_srtp_protect_burst(
			&gen->lane.srtp, &gen->lane.batch, secure, SOTTO_SRTP);
	finish_burst(gen, &burst, secure | plain);
	gen_pace_sent(&gen->lane.pace, count);
	for (unsigned d = 0; d < gen->device_count; d++)
		gen_send_waiting(gen, &gen->device[d]);
	return count;
}
