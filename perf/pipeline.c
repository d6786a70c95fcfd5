/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets for bench_pipeline, and what became of them; see pipeline.h. */
#include "pipeline.h"

#include "base/bytes.h"
#include "pipeline_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_LEN 14
#define IPV4_LEN 20
#define UDP_LEN 8
#define HEADERS (ETHERNET_LEN + IPV4_LEN + UDP_LEN)
#define RTP_LEN 12
#define SSRC_BASE 0x70000000u

const char *const way_name[WAYS] = {"rtp-to-srtp", "srtp-to-rtp", "srtp-to-srtp"};

static enum gateway_side side_in(enum way way)
{
	return way == WAY_PROTECT ? GATEWAY_B : GATEWAY_A;
}

static enum gateway_side side_out(enum way way)
{
	return way == WAY_PROTECT ? GATEWAY_A : GATEWAY_B;
}

/* --- peers -------------------------------------------------------------------------------------
 */

static const struct sotto_srtp_shape peer_shape = {.count = 1, .window = 64};

static void peer_context(
	const struct pipeline *p, unsigned call, struct sotto_srtp_context *context)
{
	context->rtp = (const struct sotto_key *)(p->keys + call * p->key_size);
	context->rtcp = context->rtp; /* no SRTCP here */
	context->streams = (struct sotto_srtp_streams *)(p->streams + call * p->stream_size);
	context->more = NULL;
}

static bool open_peers(struct pipeline *p)
{
	const struct gateway *gateway = p->gateway;
	const struct sotto_suite *suite = gateway->wish.suite;
	unsigned calls = gateway->wish.calls;
	struct sotto_key *unused;
	bool good;

	p->key_size = sotto_keys_size(gateway->crypto->backend, suite);
	p->stream_size = sotto_srtp_streams_size(&peer_shape);
	p->keys = aligned_alloc(SOTTO_CACHE_LINE, calls * p->key_size);
	p->streams = aligned_alloc(SOTTO_CACHE_LINE, calls * p->stream_size);
	unused = aligned_alloc(SOTTO_CACHE_LINE, p->key_size);
	good = p->keys && p->streams && unused;
	if (good)
		memset(p->streams, 0, calls * p->stream_size);
	for (unsigned call = 0; good && call < calls; call++) {
		struct sotto_srtp_context context;
		struct sotto_keying keying;
		struct sotto_master master;

		gateway_keying(suite, call, GATEWAY_A, true, &keying);
		sotto_keys_master_at(&keying, 0, &master);
		peer_context(p, call, &context);
		sotto_srtp_streams_init(context.streams, &peer_shape);
		good = sotto_keys_build(gateway->crypto, &master,
			       (struct sotto_key *)(p->keys + call * p->key_size), unused) == 0;
	}
	free(unused);
	return good;
}

bool pipeline_open(struct pipeline *p, struct gateway *gateway, uint32_t payload, unsigned packets)
{
	bool good;

	memset(p, 0, sizeof(*p));
	p->gateway = gateway;
	p->payload = payload;
	p->packets = packets;
	p->random = 0x9e3779b97f4a7c15;
	good = open_peers(p);
	for (unsigned way = 0; way < WAYS; way++) {
		p->seq[way] = calloc(gateway->wish.calls, sizeof(uint16_t));
		good = good && p->seq[way];
	}
	if (!good)
		fputs("not enough memory for the peers\n", stderr);
	sotto_srtp_init(&p->srtp, gateway->crypto);
	return good;
}

void pipeline_close(struct pipeline *p)
{
	for (unsigned way = 0; way < WAYS; way++)
		free(p->seq[way]);
	free(p->keys);
	free(p->streams);
	free(p->samples);
}

void pipeline_set_payload(struct pipeline *p, uint32_t payload)
{
	p->payload = payload;
	p->sample_count = 0;
}

/* --- packets -----------------------------------------------------------------------------------
 */

static uint64_t next_random(struct pipeline *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return p->random;
}

/* Payload that follows from call and sequence number, so that it can be told what it should be. */
static void fill_payload(uint8_t *at, uint32_t len, unsigned call, uint16_t seq)
{
	uint64_t state = ((uint64_t)call << 16 | seq) * 0x9e3779b97f4a7c15 + 1;

	for (uint32_t i = 0; i < len; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		at[i] = (uint8_t)(state >> 56);
	}
}

static void fill_rtp(uint8_t *at, uint32_t payload, unsigned call, uint16_t seq)
{
	at[0] = 0x80;
	at[1] = 0;
	sotto_base_put16(at + 2, seq);
	sotto_base_put32(at + 4, seq * 160u);
	sotto_base_put32(at + 8, SSRC_BASE + call);
	fill_payload(at + RTP_LEN, payload, call, seq);
}

static void fill_headers(uint8_t *at, const struct gateway *gateway, unsigned call,
	enum gateway_side side, uint32_t len)
{
	const struct sotto_interface *interface = gateway_interface(gateway, call, side);
	struct sotto_addr peer;

	memset(at, 0, HEADERS);
	memcpy(at, interface->local.mac, 6);
	at[6] = 2;
	sotto_base_put16(at + 12, 0x0800);
	at += ETHERNET_LEN;
	at[0] = 0x45;
	at[8] = 64;
	at[9] = 17;
	gateway_peer(call, side, &peer);
	memcpy(at + 12, peer.bytes, 4);
	memcpy(at + 16, interface->local.addr.bytes, 4);
	at += IPV4_LEN;
	sotto_base_put16(at, gateway_local_port(call));
	sotto_base_put16(at + 2, gateway_local_port(call));
	sotto_net_header_finish(at - HEADERS + UDP_LEN, HEADERS, len);
}

/* A call that one of the round's workers owns. */
static unsigned draw_call(struct pipeline *p, const struct pipeline_round *round)
{
	unsigned call;

	do {
		uint64_t number = round->in_turn ? p->turn++ : next_random(p);

		call = round->first + (unsigned)(number % round->calls);
	} while (gateway_owner(p->gateway, call) >= round->workers);
	return call;
}

/* A burst of mbufs with plain RTP; which call each belongs to in call[]. */
static bool make_burst(struct pipeline *p, const struct pipeline_round *round,
	struct rte_mbuf **mbuf, unsigned *call)
{
	if (rte_pktmbuf_alloc_bulk(p->gateway->pool, mbuf, SOTTO_BURST) != 0) {
		fputs("the packet pool is empty\n", stderr);
		return false;
	}
	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		call[k] = draw_call(p, round);
		fill_rtp(rte_pktmbuf_mtod(mbuf[k], uint8_t *) + HEADERS, p->payload, call[k],
			p->seq[round->way][call[k]]++);
		mbuf[k]->data_len = (uint16_t)(HEADERS + RTP_LEN + p->payload);
	}
	return true;
}

/* The peers' SRTP. Packets of a stream are in order within the burst. */
static bool protect_burst(struct pipeline *p, struct rte_mbuf **mbuf, const unsigned *call)
{
	struct sotto_srtp_context context[SOTTO_BURST];
	struct sotto_srtp_batch batch;

	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		peer_context(p, call[k], &context[k]);
		batch.data[k] = rte_pktmbuf_mtod(mbuf[k], uint8_t *) + HEADERS;
		batch.len[k] = mbuf[k]->data_len - (uint32_t)HEADERS;
		batch.room[k] = 2048 - HEADERS;
		batch.context[k] = &context[k];
	}
	batch.now_us = 0;
	if (sotto_srtp_protect_burst(&p->srtp, &batch, ~0ull, SOTTO_SRTP) != ~0ull) {
		fputs("the peers cannot protect\n", stderr);
		return false;
	}
	for (unsigned k = 0; k < SOTTO_BURST; k++)
		mbuf[k]->data_len = (uint16_t)(HEADERS + batch.len[k]);
	return true;
}

bool pipeline_burst(struct pipeline *p, const struct pipeline_round *round, struct rte_mbuf **mbuf,
	unsigned *call)
{
	if (!make_burst(p, round, mbuf, call) ||
		(round->way != WAY_PROTECT && !protect_burst(p, mbuf, call)))
		return false;
	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		mbuf[k]->pkt_len = mbuf[k]->data_len;
		fill_headers(rte_pktmbuf_mtod(mbuf[k], uint8_t *), p->gateway, call[k],
			side_in(round->way), mbuf[k]->data_len - (uint32_t)HEADERS);
	}
	return true;
}

bool pipeline_fill(struct pipeline *p, const struct pipeline_round *round)
{
	enum gateway_side side = side_in(round->way);
	struct rte_mbuf *mbuf[SOTTO_BURST];
	unsigned call[SOTTO_BURST];

	memset(p->count, 0, sizeof(p->count));
	for (unsigned n = 0; n < p->packets * round->workers; n += SOTTO_BURST) {
		if (!pipeline_burst(p, round, mbuf, call))
			return false;
		for (unsigned k = 0; k < SOTTO_BURST; k++) {
			unsigned owner = gateway_owner(p->gateway, call[k]);

			rte_ring_enqueue(p->gateway->to[side][owner], mbuf[k]);
			p->count[owner]++;
		}
	}
	return true;
}

/* --- what came out -----------------------------------------------------------------------------
 */

/* The call that a packet belongs to by where it is sent; or one that does not exist. */
static unsigned call_of(const uint8_t *frame)
{
	const uint8_t *ip = frame + ETHERNET_LEN;

	return (sotto_base_get16(ip + IPV4_LEN + 2) - GATEWAY_FIRST_PORT) / 2 +
	       ip[17] / 2u * GATEWAY_CALLS_OF_AN_ADDRESS;
}

static bool is_right(const struct pipeline *p, const struct pipeline_sample *sample)
{
	const struct sotto_suite *suite = p->gateway->wish.suite;
	uint8_t want[RTP_LEN + 1600], got[RTP_LEN + 1600];
	unsigned call = call_of(sample->frame);
	uint32_t len = sample->len - HEADERS;
	struct sotto_keying keying;

	if (sample->len < HEADERS + RTP_LEN || call >= p->gateway->wish.calls ||
		!pipeline_judge_headers(sample->frame, sample->len))
		return false;
	memcpy(got, sample->frame + HEADERS, len);
	gateway_keying(suite, call, side_out(sample->way), false, &keying);
	if (sample->way != WAY_UNPROTECT && !pipeline_judge_open(&keying, got, &len))
		return false;
	fill_rtp(want, p->payload, call, sotto_base_get16(got + 2));
	return len == RTP_LEN + p->payload && memcmp(got, want, len) == 0;
}

bool pipeline_judge(struct pipeline *p)
{
	size_t wrong = 0;

	for (size_t i = 0; i < p->sample_count; i++)
		wrong += !is_right(p, &p->samples[i]);
	if (wrong != 0)
		fprintf(stderr, "%zu of %zu packets that were looked at are wrong\n", wrong,
			p->sample_count);
	return wrong == 0;
}

static bool keep(struct pipeline *p, enum way way, const struct rte_mbuf *mbuf)
{
	struct pipeline_sample *sample;

	if (p->sample_count == p->sample_room) {
		size_t room = p->sample_room == 0 ? 1024 : 2 * p->sample_room;

		sample = realloc(p->samples, room * sizeof(*sample));
		if (!sample)
			return false;
		p->samples = sample;
		p->sample_room = room;
	}
	sample = &p->samples[p->sample_count++];
	sample->way = way;
	sample->len = mbuf->data_len < sizeof(sample->frame) ? mbuf->data_len : 0;
	memcpy(sample->frame, rte_pktmbuf_mtod(mbuf, const void *), sample->len);
	return true;
}

bool pipeline_take(struct pipeline *p, const struct pipeline_round *round, unsigned wanted)
{
	bool kept = true;
	unsigned n = 0;

	for (unsigned w = 0; w < p->gateway->wish.workers; w++) {
		struct rte_ring *ring = p->gateway->from[side_out(round->way)][w];
		void *mbuf;

		while (rte_ring_dequeue(ring, &mbuf) == 0) {
			if (n++ % PIPELINE_CHECK_EACH == 0)
				kept = kept && keep(p, round->way, mbuf);
			rte_pktmbuf_free(mbuf);
		}
	}
	if (n != wanted)
		fprintf(stderr, "%s: %u of %u packets came out\n", way_name[round->way], n, wanted);
	return n == wanted && kept;
}

bool pipeline_drain(struct pipeline *p, const struct pipeline_round *round)
{
	return pipeline_take(p, round, p->packets * round->workers);
}
