/* SPDX-License-Identifier: BSD-3-Clause */
/* The test bed's packets, plain and signed, and memory that ends at a fence; see bed.h. */
#include "bed.h"

#include "base/bytes.h"

#include <sys/mman.h>
#include <unistd.h>

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

	bed_must(bed->crypto->backend->auth_burst(bed->crypto, &job, 1) == 0, "no tag");
	memcpy(tag, job.tag, key->tag_len);
}

void fence_open(struct fence *fence, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	fence->len = (len + page - 1) / page * page;
	fence->map = mmap(NULL, fence->len + page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bed_must(fence->map != MAP_FAILED, "no memory");
	bed_must(mprotect(fence->map + fence->len, page, PROT_NONE) == 0, "no fence");
}

void fence_close(struct fence *fence)
{
	munmap(fence->map, fence->len + (size_t)sysconf(_SC_PAGESIZE));
}

uint8_t *fence_place(struct fence *fence, const uint8_t *bytes, size_t len)
{
	uint8_t *at = fence->map + fence->len - len;

	bed_must(len <= fence->len, "fence too small");
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
