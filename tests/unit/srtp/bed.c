/* SPDX-License-Identifier: BSD-3-Clause */
/* The test bed of lib/srtp; see bed.h. */
#include "bed.h"

#include "base/bytes.h"
#include "drivers/crypto/drivers.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define WAYS_MAX 16

struct way {
	const struct sotto_crypto_backend *backend;
	const char *tier;
};

static void must(bool condition, const char *what)
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

			must(rc == 0 || rc == -ENOTSUP, "a backend cannot be created");
			if (rc != 0)
				continue;
			backend->destroy(crypto);
			must(n < WAYS_MAX, "more backends than expected");
			ways[n].backend = backend;
			ways[n++].tier = backend->tiers[t];
		}
	}
	return n;
}

int bed_main(const char *name, const TTest *const *tests, size_t count)
{
	struct way ways[WAYS_MAX];
	int n = list_ways(ways);
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	for (size_t i = 0; i < count; i++)
		tcase_add_loop_test(tcase, tests[i], 0, n);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}

static void *lines_alloc(size_t size)
{
	void *p = aligned_alloc(
		SOTTO_CACHE_LINE, (size + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul));

	must(p, "no memory");
	memset(p, 0, size);
	return p;
}

struct bed *bed_open(int way)
{
	struct way ways[WAYS_MAX];
	struct bed *bed = lines_alloc(sizeof(*bed));

	must(way < list_ways(ways), "no such way");
	must(ways[way].backend->create(ways[way].tier, &bed->crypto) == 0, "create failed");
	sotto_srtp_init(&bed->srtp, bed->crypto);
	return bed;
}

void bed_close(struct bed *bed)
{
	bed->crypto->backend->destroy(bed->crypto);
	free(bed);
}

static void side_open(struct bed *bed, struct side *side, const struct sotto_master *master)
{
	size_t size = sotto_crypto_key_size(
		bed->crypto->backend, master->suite->cipher, master->suite->auth);

	side->rtp = lines_alloc(size);
	side->rtcp = lines_alloc(size);
	must(sotto_keys_build(bed->crypto, master, side->rtp, side->rtcp) == 0, "no keys");
	side->context.rtp = side->rtp;
	side->context.rtcp = side->rtcp;
	side->context.streams = side->streams;
	side->context.stream_count = SIDE_SLOTS;
}

static void side_close(struct side *side)
{
	sotto_crypto_key_wipe(side->rtp);
	sotto_crypto_key_wipe(side->rtcp);
	free(side->rtp);
	free(side->rtcp);
}

void master_make(const char *suite, unsigned number, struct sotto_master *out)
{
	memset(out, 0, sizeof(*out));
	out->suite = sotto_keys_suite_by_name(suite, strlen(suite));
	must(out->suite, "unknown suite");
	for (unsigned i = 0; i < sizeof(out->key); i++)
		out->key[i] = (uint8_t)(1 + i + 37 * number);
	for (unsigned i = 0; i < sizeof(out->salt); i++)
		out->salt[i] = (uint8_t)(0x80 + i + 11 * number);
}

struct call *call_open_master(struct bed *bed, const struct sotto_master *master)
{
	struct call *call = lines_alloc(sizeof(*call));

	call->suite = master->suite;
	side_open(bed, &call->tx, master);
	side_open(bed, &call->rx, master);
	return call;
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

void side_reset(struct side *side)
{
	memset(side->streams, 0, sizeof(side->streams));
}

struct sotto_stream *side_preset(struct side *side, uint32_t ssrc, uint64_t next)
{
	struct sotto_stream *stream = side->streams;

	while (stream->bound && stream->ssrc != ssrc)
		stream++;
	must(stream < side->streams + SIDE_SLOTS, "no slot to preset");
	memset(stream, 0, sizeof(*stream));
	stream->ssrc = ssrc;
	stream->bound = 1;
	stream->rtp.next = next;
	return stream;
}

void burst_clear(struct bed *bed)
{
	memset(&bed->batch, 0, sizeof(bed->batch));
	bed->n = 0;
}

unsigned burst_add(struct bed *bed, const struct side *side, struct packet *packet)
{
	unsigned i = bed->n++;

	must(i < SOTTO_BURST, "burst too long");
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

static void fill(uint8_t *p, uint32_t len, uint8_t first)
{
	for (uint32_t i = 0; i < len; i++)
		p[i] = (uint8_t)(first + i);
}

void packet_rtp_shaped(
	struct packet *packet, uint16_t seq, uint32_t ssrc, const struct shape *shape)
{
	uint8_t *p = packet->bytes;
	uint32_t at = 12 + 4 * shape->csrc;

	memset(p, GUARD_BYTE, sizeof(packet->bytes));
	p[0] = (uint8_t)(0x80 | (shape->extension >= 0 ? 0x10 : 0) | shape->csrc);
	p[1] = 0;
	sotto_base_put16(p + 2, seq);
	sotto_base_put32(p + 4, 160u * seq);
	sotto_base_put32(p + 8, ssrc);
	fill(p + 12, 4 * shape->csrc, 0x11);
	if (shape->extension >= 0) {
		sotto_base_put16(p + at, 0xbede);
		sotto_base_put16(p + at + 2, (uint16_t)shape->extension);
		fill(p + at + 4, 4u * (uint32_t)shape->extension, 0x77);
		at += 4 + 4u * (uint32_t)shape->extension;
	}
	fill(p + at, shape->payload, shape->first_byte);
	packet->len = at + shape->payload;
}

void packet_rtp(struct packet *packet, uint16_t seq, uint32_t ssrc, uint32_t payload)
{
	struct shape shape = {.extension = -1, .payload = payload, .first_byte = (uint8_t)seq};

	packet_rtp_shaped(packet, seq, ssrc, &shape);
}

void packet_rtcp(struct packet *packet, uint32_t ssrc, uint32_t payload)
{
	uint8_t *p = packet->bytes;

	memset(p, GUARD_BYTE, sizeof(packet->bytes));
	p[0] = 0x80;
	p[1] = 200;
	sotto_base_put16(p + 2, (uint16_t)(1 + payload / 4));
	sotto_base_put32(p + 4, ssrc);
	fill(p + 8, payload, 0x21);
	packet->len = 8 + payload;
}

void sent_rtp(
	struct bed *bed, struct call *call, struct packet *packet, uint16_t seq, uint32_t ssrc)
{
	packet_rtp(packet, seq, ssrc, 160);
	ck_assert_uint_eq(protect_one(bed, &call->tx, packet, SOTTO_SRTP), SOTTO_OK);
}

void sent_rtcp(struct bed *bed, struct call *call, struct packet *packet, uint32_t ssrc)
{
	packet_rtcp(packet, ssrc, 44);
	ck_assert_uint_eq(protect_one(bed, &call->tx, packet, SOTTO_SRTCP), SOTTO_OK);
}

bool packet_guarded(const struct packet *packet, uint32_t from)
{
	for (uint32_t i = from; i < sizeof(packet->bytes); i++)
		if (packet->bytes[i] != GUARD_BYTE)
			return false;
	return true;
}

bool packet_equal(const struct packet *a, const struct packet *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void sign(struct bed *bed, const struct sotto_key *key, const uint8_t *data, uint32_t len,
	uint8_t *tag)
{
	struct sotto_auth_job job = {.key = key, .data = data, .len = len};

	must(bed->crypto->backend->auth_burst(bed->crypto, &job, 1) == 0, "no tag");
	memcpy(tag, job.tag, key->tag_len);
}

void fence_open(struct fence *fence, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	fence->len = (len + page - 1) / page * page;
	fence->map = mmap(NULL, fence->len + page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(fence->map != MAP_FAILED, "no memory");
	must(mprotect(fence->map + fence->len, page, PROT_NONE) == 0, "no fence");
}

void fence_close(struct fence *fence)
{
	munmap(fence->map, fence->len + (size_t)sysconf(_SC_PAGESIZE));
}

uint8_t *fence_place(struct fence *fence, const uint8_t *bytes, size_t len)
{
	uint8_t *at = fence->map + fence->len - len;

	must(len <= fence->len, "fence too small");
	memset(fence->map, GUARD_BYTE, fence->len - len);
	memcpy(at, bytes, len);
	return at;
}

enum sotto_verdict unprotect_at(
	struct bed *bed, struct side *side, uint8_t *data, uint32_t *len, enum sotto_srtp_kind kind)
{
	struct packet scratch = {.len = *len};

	burst_clear(bed);
	burst_add(bed, side, &scratch);
	bed->batch.data[0] = data;
	bed->batch.room[0] = *len;
	burst_unprotect(bed, kind);
	*len = scratch.len;
	return burst_verdict(bed, 0);
}
