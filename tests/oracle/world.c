/* SPDX-License-Identifier: BSD-3-Clause */
/* Worlds of sessions and streams; see world.h. */
#include "world.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *lines_alloc(size_t size)
{
	void *p = aligned_alloc(
		SOTTO_CACHE_LINE, (size + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul));

	if (!p)
		abort();
	return p;
}

static void side_open(struct side *side, struct sotto_crypto *crypto,
	const struct sotto_master *master, bool sender)
{
	size_t size =
		sotto_crypto_key_size(crypto->backend, master->suite->cipher, master->suite->auth);

	judge_open(&side->judge, master, sender);
	side->rtp = lines_alloc(size);
	side->rtcp = lines_alloc(size);
	if (sotto_keys_build(crypto, master, side->rtp, side->rtcp) != 0) {
		fprintf(stderr, "keys cannot be built\n");
		exit(EXIT_FAILURE);
	}
	memset(side->streams, 0, sizeof(side->streams));
	side->context.rtp = side->rtp;
	side->context.rtcp = side->rtcp;
	side->context.streams = side->streams;
	side->context.stream_count = SLOTS;
}

static void side_close(struct side *side)
{
	judge_close(&side->judge);
	sotto_crypto_key_wipe(side->rtp);
	sotto_crypto_key_wipe(side->rtcp);
	free(side->rtp);
	free(side->rtcp);
}

/* A third of the streams begin in the last 40 sequence numbers before the wrap. */
static void source_open(struct random *random, struct source *source, unsigned number)
{
	uint32_t first = random_one_in(random, 3) ? random_between(random, 65496, 65535)
						  : random_below(random, 65536);

	/* distinct in a session by the low bits */
	source->ssrc = (uint32_t)random_next(random) << 2 | number;
	source->highest = (uint64_t)first - 1; /* before index 0: wraps, and first is the next */
}

static void session_open(
	struct session *session, struct sotto_crypto *crypto, struct random *random)
{
	struct sotto_master master;

	memset(&master, 0, sizeof(master));
	master.suite = sotto_keys_suite_at(random_below(random, 2));
	random_bytes(random, master.key, master.suite->key_len);
	random_bytes(random, master.salt, master.suite->salt_len);
	session->suite = master.suite;
	side_open(&session->tx, crypto, &master, true);
	side_open(&session->rx, crypto, &master, false);
	for (unsigned i = 0; i < STREAMS; i++)
		source_open(random, &session->sources[i], i);
	/*
	 * RFC 3711, 3.4, lets the first SRTCP index be 0, and ours is; libsrtp2 begins with 1. Our
	 * senders are made to begin there, too, so that the bytes can be compared.
	 */
	for (unsigned i = 0; i < SLOTS; i++)
		session->tx.streams[i].rtcp.next = 1;
}

void world_open(struct world *world, struct sotto_crypto *crypto, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->random.state = seed;
	for (unsigned i = 0; i < SESSIONS; i++)
		session_open(&world->sessions[i], crypto, &world->random);
}

void world_close(struct world *world)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		side_close(&world->sessions[i].tx);
		side_close(&world->sessions[i].rx);
	}
}

/*
 * Where the next packet of a stream stands: nine in ten follow the last; the others skip, come
 * late, repeat, jump ahead by up to half the sequence numbers, or go far back.
 */
static uint64_t next_index(struct random *random, uint64_t highest)
{
	uint32_t dice = random_below(random, 1000);
	uint64_t back;

	if (dice < 900)
		return highest + 1;
	if (dice < 950)
		return highest + random_between(random, 2, 40);
	if (dice < 952)
		return highest + random_between(random, 0x7f00, 0x8000);
	if (dice < 954)
		return highest + random_between(random, 100, 0x7fff);
	if (dice < 999)
		back = random_below(random, 180);
	else
		back = random_below(random, 0x7fff);
	return highest + 1 > back ? highest - back : highest + 1;
}

static uint32_t random_size(struct random *random)
{
	switch (random_below(random, 8)) {
	case 0:
		return random_below(random, 20);
	case 1:
		return random_below(random, PAYLOAD_MAX + 1);
	case 2:
		return 160;
	default:
		return random_below(random, 200);
	}
}

/* The fixed header with CSRCs and extension as drawn; returns its length. */
static uint32_t make_header(struct random *random, uint8_t *p, uint16_t seq, uint32_t ssrc)
{
	uint32_t csrc = random_one_in(random, 4) ? random_below(random, 16) : 0;
	bool extension = random_one_in(random, 4);
	uint32_t len = 12 + 4 * csrc;

	random_bytes(random, p, len); /* marker, type, time and CSRCs as they fall */
	p[0] = (uint8_t)(0x80 | (extension ? 0x10 : 0) | csrc);
	sotto_base_put16(p + 2, seq);
	sotto_base_put32(p + 8, ssrc);
	if (extension) {
		uint32_t words = random_below(random, 12);

		random_bytes(random, p + len, 4 + 4 * words);
		sotto_base_put16(p + len + 2, (uint16_t)words);
		len += 4 + 4 * words;
	}
	return len;
}

void world_make_rtp(struct world *world, unsigned session, unsigned source, uint64_t index,
	struct packet *packet)
{
	struct random *random = &world->random;
	uint32_t payload = random_size(random);
	uint32_t header;

	packet->session = session;
	packet->source = source;
	packet->kind = SOTTO_SRTP;
	packet->index = index;
	packet->forged = false;
	packet->reshaped = false;
	header = make_header(random, packet->bytes, (uint16_t)index,
		world->sessions[session].sources[source].ssrc);
	random_bytes(random, packet->bytes + header, payload);
	packet->len = header + payload;
}

static void make_rtcp(struct random *random, uint32_t ssrc, struct packet *packet)
{
	uint32_t payload = random_size(random);

	if (!random_one_in(random, 8))
		payload &= ~3u; /* as RTCP is; the others show that nobody depends on it */
	packet->kind = SOTTO_SRTCP;
	packet->index = 0;
	packet->forged = false;
	packet->reshaped = false;
	random_bytes(random, packet->bytes, 8 + payload);
	packet->bytes[0] = 0x80 | (packet->bytes[0] & 0x3f);
	packet->bytes[1] = 200;
	sotto_base_put32(packet->bytes + 4, ssrc);
	packet->len = 8 + payload;
}

void world_make_packet(struct world *world, enum sotto_srtp_kind kind, struct packet *packet)
{
	struct random *random = &world->random;
	unsigned session = random_below(random, SESSIONS);
	unsigned number = random_below(random, STREAMS);
	const struct source *source = &world->sessions[session].sources[number];

	if (kind == SOTTO_SRTP) {
		world_make_rtp(world, session, number, next_index(random, source->highest), packet);
		return;
	}
	make_rtcp(random, source->ssrc, packet);
	packet->session = session;
	packet->source = number;
}

void world_sent(struct world *world, const struct packet *packet)
{
	struct source *source = &world->sessions[packet->session].sources[packet->source];

	if (packet->kind == SOTTO_SRTP && packet->index + 1 > source->highest + 1)
		source->highest = packet->index;
}

static struct sotto_stream *slot_of(struct side *side, uint32_t ssrc)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (side->streams[i].bound && side->streams[i].ssrc == ssrc)
			return &side->streams[i];
	return NULL;
}

static void side_set_roc(
	struct side *side, struct sotto_stream *stream, uint32_t roc, uint64_t next)
{
	judge_set_roc(&side->judge, stream->ssrc, roc);
	memset(&stream->rtp, 0, sizeof(stream->rtp));
	stream->rtp.next = next;
}

void world_set_roc(struct world *world, unsigned session, unsigned source, uint32_t roc)
{
	struct session *s = &world->sessions[session];
	struct source *from = &s->sources[source];
	uint64_t next = (uint64_t)roc << 16 | (uint16_t)(from->highest + 1);
	struct sotto_stream *tx = slot_of(&s->tx, from->ssrc), *rx = slot_of(&s->rx, from->ssrc);

	if (!tx || !rx)
		return; /* its first packet was refused: a difference that was told */
	from->highest = next - 1;
	side_set_roc(&s->tx, tx, roc, next);
	side_set_roc(&s->rx, rx, roc, next);
}

const struct sotto_stream *world_receiver(const struct world *world, const struct packet *packet)
{
	const struct session *session = &world->sessions[packet->session];

	return slot_of((struct side *)&session->rx, session->sources[packet->source].ssrc);
}
