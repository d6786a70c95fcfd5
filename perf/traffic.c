/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets for the benchmark rounds; see traffic.h. */
#include "traffic.h"

#include "base/bytes.h"
#include "lanes.h"
#include "tests/oracle/random.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define POOL_STRIDE 2368 /* bytes between two buffers: object, mbuf, headroom, 2 KiB of data */
#define POOL_OFFSET 298  /* bytes before the RTP header: mbuf, headroom, Ethernet, IPv4, UDP */
#define SLOT 2048        /* bytes of one packet in fresh and done */

/* An instance of the fastest backend that makes the protected form of every packet. */
struct sender {
	struct sotto_srtp srtp;
	struct sotto_srtp_batch batch;
	struct lanes lanes;
};

static void make_masters(struct traffic *t, struct random *random)
{
	for (unsigned i = 0; i < t->scene.streams; i++) {
		struct sotto_master *master = &t->masters[i];

		memset(master, 0, sizeof(*master));
		master->suite = t->scene.suite;
		random_bytes(random, master->key, master->suite->key_len);
		random_bytes(random, master->salt, master->suite->salt_len);
	}
}

static void make_order(struct traffic *t)
{
	struct random random = {t->random};

	for (unsigned i = 0; i < traffic_count(&t->scene); i++)
		t->order[i] = random_below(&random, t->scene.streams);
	t->random = random.state;
}

static void place_packets(struct traffic *t, struct random *random)
{
	for (unsigned i = 0; i < traffic_count(&t->scene); i++)
		t->data[i] = (uint8_t *)t->pool.memory +
			     (size_t)(i % t->scene.packets) * POOL_STRIDE + POOL_OFFSET;
	for (unsigned i = 0; i < t->scene.streams; i++)
		t->next[i] = random_below(random, 20000);
}

static bool allocate(struct traffic *t)
{
	size_t packets = traffic_count(&t->scene), streams = t->scene.streams;

	t->masters = calloc(streams, sizeof(*t->masters));
	t->next = calloc(streams, sizeof(*t->next));
	t->order = calloc(packets, sizeof(*t->order));
	t->index = calloc(packets, sizeof(*t->index));
	t->data = calloc(packets, sizeof(*t->data));
	t->len = calloc(packets, sizeof(*t->len));
	t->fresh = calloc(packets, SLOT);
	t->done = calloc(packets, SLOT);
	t->sender = aligned_alloc(SOTTO_CACHE_LINE,
		(sizeof(*t->sender) + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul));
	return pages_alloc(&t->pool, (size_t)t->scene.packets * POOL_STRIDE) && t->masters &&
	       t->next && t->order && t->index && t->data && t->len && t->fresh && t->done &&
	       t->sender;
}

bool traffic_open(struct traffic *traffic, const struct scene *scene)
{
	struct random random = {scene->payload + 7919u * scene->streams};

	memset(traffic, 0, sizeof(*traffic));
	traffic->scene = *scene;
	traffic->plain_len = RTP_HEADER_LEN + scene->payload;
	traffic->tag_len = scene->suite->tag_len;
	if (!allocate(traffic))
		return false;
	make_masters(traffic, &random);
	place_packets(traffic, &random);
	random_bytes(&random, traffic->fresh, (size_t)traffic_count(scene) * SLOT);
	traffic->random = random.state;
	memset(traffic->sender, 0, sizeof(*traffic->sender));
	return lanes_open(&traffic->sender->lanes,
		&(struct lanes_wish){.backend = "ipsecmb",
			.masters = traffic->masters,
			.count = scene->streams,
			.window = scene->window},
		&traffic->sender->srtp);
}

void traffic_close(struct traffic *traffic)
{
	lanes_close(&traffic->sender->lanes);
	free(traffic->masters);
	free(traffic->next);
	free(traffic->order);
	free(traffic->index);
	free(traffic->data);
	free(traffic->len);
	pages_free(&traffic->pool);
	free(traffic->fresh);
	free(traffic->done);
	free(traffic->sender);
}

/* Gives packet i the next index of its stream, in its plain form at p. */
static void renew(struct traffic *t, unsigned i, uint8_t *p)
{
	uint64_t index = t->next[t->order[i]]++;

	t->index[i] = index;
	p[0] = 0x80;
	p[1] = 0;
	sotto_base_put16(p + 2, (uint16_t)index);
	sotto_base_put32(p + 4, (uint32_t)index * 160);
	sotto_base_put32(p + 8, traffic_ssrc(t->order[i]));
}

/* Protects the packets of one burst in place, at the slots from first on. */
static void protect_slots(struct traffic *t, uint8_t *slots, unsigned first)
{
	struct sender *sender = t->sender;

	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		sender->batch.data[k] = slots + (size_t)(first + k) * SLOT;
		sender->batch.len[k] = t->plain_len;
		sender->batch.room[k] = SLOT;
		sender->batch.context[k] = &lanes_at(&sender->lanes, t->order[first + k])->context;
	}
	if (sotto_srtp_protect_burst(&sender->srtp, &sender->batch, ~0ull, SOTTO_SRTP) != ~0ull)
		abort();
}

/* The plain packets of the last round are left in done (unprotect) or in fresh (protect). */
void traffic_next_round(struct traffic *t)
{
	bool protect = t->scene.direction == PROTECT;
	uint8_t *plain = protect ? t->fresh : t->done;
	uint8_t *cipher = protect ? t->done : t->fresh;

	make_order(t);
	for (unsigned i = 0; i < traffic_count(&t->scene); i++) {
		uint8_t *p = plain + (size_t)i * SLOT;

		renew(t, i, p);
		memcpy(cipher + (size_t)i * SLOT, p, t->plain_len);
	}
	for (unsigned i = 0; i < traffic_count(&t->scene); i += SOTTO_BURST)
		protect_slots(t, cipher, i);
}

void traffic_restore_part(struct traffic *t, unsigned first, unsigned end)
{
	uint32_t len = t->plain_len + (t->scene.direction == PROTECT ? 0 : t->tag_len);

	assert(end - first <= t->scene.packets);
	t->first = first;
	t->end = end;
	for (unsigned i = first; i < end; i++) {
		memcpy(t->data[i], t->fresh + (size_t)i * SLOT, len);
		t->len[i] = len;
	}
}

void traffic_restore(struct traffic *t)
{
	traffic_restore_part(t, t->scene.ahead, traffic_count(&t->scene));
}

const uint8_t *traffic_fresh(const struct traffic *t, unsigned i)
{
	return t->fresh + (size_t)i * SLOT;
}

bool traffic_is_done(const struct traffic *t, unsigned end)
{
	uint32_t len = t->plain_len + (t->scene.direction == PROTECT ? t->tag_len : 0);

	for (unsigned i = t->first; i < end; i++)
		if (t->len[i] != len || memcmp(t->data[i], t->done + (size_t)i * SLOT, len) != 0)
			return false;
	return true;
}
