/* SPDX-License-Identifier: BSD-3-Clause */
/* The test bed of lib/srtp; see bed.h. */
#include "bed.h"

#include "drivers/crypto/drivers.h"

#include <errno.h>
#include <stdio.h>

#define WAYS_MAX 16

struct way {
	const struct sotto_crypto_backend *backend;
	const char *tier;
};

void bed_must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "test bed: %s\n", what);
	abort();
}

/* Lists what this processor runs; returns how many. */
static int list_ways(struct way *ways)
{
	int n = 0;

	for (unsigned b = 0; sotto_crypto_backends[b]; b++) {
		const struct sotto_crypto_backend *backend = sotto_crypto_backends[b];

		for (unsigned t = 0; backend->tiers[t]; t++) {
			struct sotto_crypto *crypto;
			int rc = backend->create(backend->tiers[t], &crypto);

			bed_must(rc == 0 || rc == -ENOTSUP, "a backend cannot be created");
			if (rc != 0)
				continue;
			backend->destroy(crypto);
			bed_must(n < WAYS_MAX, "more backends than expected");
			ways[n].backend = backend;
			ways[n++].tier = backend->tiers[t];
		}
	}
	return n;
}

static int run(const char *name, const TTest *const *tests, size_t count, int rounds)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < count; i++)
		tcase_add_loop_test(tcase, tests[i], 0, rounds);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}

int bed_main(const char *name, const TTest *const *tests, size_t count)
{
	struct way ways[WAYS_MAX];

	return run(name, tests, count, list_ways(ways));
}

int bed_main_layouts(const char *name, const TTest *const *tests, size_t count)
{
	struct way ways[WAYS_MAX];

	return run(name, tests, count, LAYOUTS * list_ways(ways));
}

static void *lines_alloc(size_t size)
{
	void *p = aligned_alloc(
		SOTTO_CACHE_LINE, (size + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul));

	bed_must(p, "no memory");
	memset(p, 0, size);
	return p;
}

struct bed *bed_open(int way)
{
	struct way ways[WAYS_MAX];
	struct bed *bed = lines_alloc(sizeof(*bed));
	int n = list_ways(ways);

	bed_must(way < LAYOUTS * n, "no such way");
	bed->suite = layout_names[way / n];
	way %= n;
	bed_must(ways[way].backend->create(ways[way].tier, &bed->crypto) == 0, "create failed");
	sotto_srtp_init(&bed->srtp, bed->crypto);
	return bed;
}

void bed_close(struct bed *bed)
{
	bed->crypto->backend->destroy(bed->crypto);
	free(bed);
}

const char *const suite_names[SUITES] = {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32",
	"AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80",
	"AES_256_CM_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "NULL_HMAC_SHA1_80",
	"NULL_HMAC_SHA1_32"};
const char *const layout_names[LAYOUTS] = {
	SUITE_80, SUITE_32, "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"};

static struct side_keys keys_build(struct bed *bed, const struct sotto_master *master)
{
	size_t size = sotto_keys_size(bed->crypto->backend, master->suite);
	struct side_keys keys = {.rtp = lines_alloc(size), .rtcp = lines_alloc(size)};

	bed_must(sotto_keys_build(bed->crypto, master, keys.rtp, keys.rtcp) == 0, "no keys");
	return keys;
}

static struct sotto_key *header_build(struct bed *bed, const struct sotto_master *master)
{
	struct sotto_key *key =
		lines_alloc(sotto_keys_header_size(bed->crypto->backend, master->suite));

	bed_must(sotto_keys_build_header(bed->crypto, master, key) == 0, "no header key");
	return key;
}

static void key_close(struct sotto_key *key)
{
	sotto_crypto_key_wipe(key);
	free(key);
}

void side_reset(struct side *side)
{
	memset(side->streams, 0, sotto_srtp_streams_size(&side->shape));
	sotto_srtp_streams_init(side->streams, &side->shape);
}

uint64_t side_used(const struct side *side, enum sotto_srtp_kind kind)
{
	return sotto_srtp_used(&side->context, 0, kind);
}

void side_pretend_used(struct side *side, enum sotto_srtp_kind kind, uint64_t packets)
{
	side->streams->use.packets[kind] += packets - side_used(side, kind);
	sotto_srtp_streams_allot(side->streams);
}

void side_reshape(struct side *side, const struct sotto_srtp_shape *shape)
{
	free(side->streams);
	side->shape = *shape;
	if (shape->count == 0)
		side->shape.count = SIDE_SLOTS;
	if (shape->window == 0)
		side->shape.window = WINDOW;
	side->streams = lines_alloc(sotto_srtp_streams_size(&side->shape));
	sotto_srtp_streams_init(side->streams, &side->shape);
	side->slot = side->streams->slot;
	side->context.streams = side->streams;
	if (side->more)
		side->more->master[0].use = &side->streams->use;
}

static void side_open(struct bed *bed, struct side *side, const struct sotto_master *master,
	const struct sotto_srtp_shape *shape)
{
	side->keys[0] = keys_build(bed, master);
	side->rtp = side->keys[0].rtp;
	side->rtcp = side->keys[0].rtcp;
	side->context.rtp = side->rtp;
	side->context.rtcp = side->rtcp;
	side_reshape(side, shape);
}

static void side_close(struct side *side)
{
	for (unsigned i = 0; i < SIDE_MASTERS; i++) {
		key_close(side->keys[i].rtp);
		key_close(side->keys[i].rtcp);
		key_close(side->keys[i].header);
	}
	free(side->streams);
	free(side->more);
}

struct sotto_srtp_more *side_more(struct side *side)
{
	if (side->more) {
		side->more->late_only = 0; /* whoever asks makes it special */
		return side->more;
	}
	side->more =
		lines_alloc(sizeof(*side->more) + SIDE_MASTERS * sizeof(side->more->master[0]));
	side->more->master_count = 1;
	side->more->master[0].rtp = side->rtp;
	side->more->master[0].rtcp = side->rtcp;
	side->more->master[0].use = &side->streams->use;
	side->context.more = side->more;
	return side->more;
}

void call_set_mki(struct call *call, uint8_t mki_len, uint64_t mki)
{
	side_more(&call->tx)->mki_len = mki_len;
	side_more(&call->rx)->mki_len = mki_len;
	call->tx.more->master[0].mki = mki;
	call->rx.more->master[0].mki = mki;
}

void call_set_cryptex(struct call *call)
{
	side_more(&call->tx)->cryptex = 1;
	side_more(&call->rx)->cryptex = 1;
}

static void side_set_element(struct side *side, uint8_t id)
{
	side_more(side)->encrypts_ids = 1;
	side->more->ids[id / 64] |= 1ull << (id % 64);
}

void call_set_element(struct call *call, uint8_t id)
{
	side_set_element(&call->tx, id);
	side_set_element(&call->rx, id);
}

unsigned side_add_master(
	struct bed *bed, struct side *side, const struct sotto_master *master, uint64_t mki)
{
	unsigned n = side_more(side)->master_count++;

	bed_must(n < SIDE_MASTERS, "too many master keys");
	side->keys[n] = keys_build(bed, master);
	side->more->master[n].rtp = side->keys[n].rtp;
	side->more->master[n].rtcp = side->keys[n].rtcp;
	side->more->master[n].use = &side->uses[n];
	side->more->master[n].mki = mki;
	sotto_srtp_use_init(&side->uses[n], side->shape.lifetime);
	return n;
}

void side_add_header_key(struct bed *bed, struct side *side, const struct sotto_master *master)
{
	side->keys[0].header = header_build(bed, master);
	side_more(side)->master[0].header = side->keys[0].header;
}

void master_make(const char *suite, unsigned number, struct sotto_master *out)
{
	memset(out, 0, sizeof(*out));
	out->suite = sotto_keys_suite_by_name(suite, strlen(suite));
	bed_must(out->suite, "unknown suite");
	for (unsigned i = 0; i < sizeof(out->key); i++)
		out->key[i] = (uint8_t)(1 + i + 37 * number);
	for (unsigned i = 0; i < sizeof(out->salt); i++)
		out->salt[i] = (uint8_t)(0x80 + i + 11 * number);
}

struct call *call_open_shaped(
	struct bed *bed, const struct sotto_master *master, const struct sotto_srtp_shape *shape)
{
	struct call *call = lines_alloc(sizeof(*call));

	call->suite = master->suite;
	side_open(bed, &call->tx, master, shape);
	side_open(bed, &call->rx, master, shape);
	return call;
}

struct call *call_open_master(struct bed *bed, const struct sotto_master *master)
{
	const struct sotto_srtp_shape shape = {0};

	return call_open_shaped(bed, master, &shape);
}

struct call *call_open(struct bed *bed, const char *suite, unsigned number)
{
	struct sotto_master master;

	master_make(suite, number, &master);
	return call_open_master(bed, &master);
}

void call_close(struct call *call)
{
	side_close(&call->tx);
	side_close(&call->rx);
	free(call);
}

struct sotto_stream *side_preset(struct side *side, uint32_t ssrc, uint64_t next)
{
	struct sotto_stream *stream = side->slot;

	while (stream->bound && stream->ssrc != ssrc)
		stream++;
	bed_must(stream < side->slot + side->streams->count, "no slot to preset");
	bed_must(sotto_replay_words(side->streams->shape) == 0, "no preset of wide lists");
	memset(stream, 0, sizeof(*stream));
	stream->ssrc = ssrc;
	stream->bound = 1;
	stream->rtp.next = next;
	return stream;
}

struct snapshot snapshot_take(const struct side *side)
{
	struct snapshot snapshot = {.size = sotto_srtp_streams_size(&side->shape)};

	snapshot.streams = lines_alloc(snapshot.size);
	memcpy(snapshot.streams, side->streams, snapshot.size);
	return snapshot;
}

bool snapshot_same(struct snapshot *snapshot, const struct side *side)
{
	struct sotto_srtp_streams *before = snapshot->streams;
	bool same;

	before->flooded = side->streams->flooded;
	before->flood_since_us = side->streams->flood_since_us;
	before->flood_count = side->streams->flood_count;
	same = memcmp(before, side->streams, snapshot->size) == 0;
	free(before);
	return same;
}

void burst_clear(struct bed *bed)
{
	memset(&bed->batch, 0, sizeof(bed->batch));
	bed->n = 0;
}

unsigned burst_add(struct bed *bed, const struct side *side, struct packet *packet)
{
	unsigned i = bed->n++;

	bed_must(i < SOTTO_BURST, "burst too long");
	bed->packets[i] = packet;
	bed->batch.data[i] = packet->bytes;
	bed->batch.len[i] = packet->len;
	bed->batch.room[i] = sizeof(packet->bytes);
	bed->batch.context[i] = &side->context;
	return i;
}

static uint64_t all_of(unsigned n)
{
	return n == 64 ? ~0ull : (1ull << n) - 1;
}

static uint64_t finish(struct bed *bed, uint64_t passed)
{
	ck_assert_uint_eq(passed & ~all_of(bed->n), 0);
	for (unsigned i = 0; i < bed->n; i++) {
		bool ok = passed >> i & 1;

		ck_assert_msg(ok == (bed->batch.verdict[i] == SOTTO_OK),
			"position %u: passed %d, verdict %s", i, ok,
			sotto_base_verdict_name(bed->batch.verdict[i]));
		if (bed->batch.bound >> i &
			1) /* a sender's slot stays bound when encryption fails */
			ck_assert(ok || bed->batch.verdict[i] == SOTTO_DROP_CRYPTO);
		bed->packets[i]->len = bed->batch.len[i];
	}
	return passed;
}

uint64_t burst_protect(struct bed *bed, enum sotto_srtp_kind kind)
{
	return finish(bed, sotto_srtp_protect_burst(&bed->srtp, &bed->batch, all_of(bed->n), kind));
}

uint64_t burst_unprotect(struct bed *bed, enum sotto_srtp_kind kind)
{
	return finish(
		bed, sotto_srtp_unprotect_burst(&bed->srtp, &bed->batch, all_of(bed->n), kind));
}

enum sotto_verdict burst_verdict(const struct bed *bed, unsigned i)
{
	return (enum sotto_verdict)bed->batch.verdict[i];
}

enum sotto_verdict protect_one(
	struct bed *bed, struct side *side, struct packet *packet, enum sotto_srtp_kind kind)
{
	burst_clear(bed);
	burst_add(bed, side, packet);
	burst_protect(bed, kind);
	return burst_verdict(bed, 0);
}

enum sotto_verdict unprotect_one(
	struct bed *bed, struct side *side, struct packet *packet, enum sotto_srtp_kind kind)
{
	burst_clear(bed);
	burst_add(bed, side, packet);
	burst_unprotect(bed, kind);
	return burst_verdict(bed, 0);
}
