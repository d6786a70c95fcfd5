/* SPDX-License-Identifier: BSD-3-Clause */
/* Random packets; see packet.h. */
#include "packet.h"

#include "base/bytes.h"

#define ONE_BYTE 0xbede        /* RFC 8285, 4.2 */
#define TWO_BYTE 0x1000        /* RFC 8285, 4.3 */
#define HIDDEN_ONE_BYTE 0xc0de /* RFC 9335: means something else to us than to libsrtp2 2.5 */
#define HIDDEN_TWO_BYTE 0xc2de
#define ELEMENTS_MAX 100 /* bytes, of an extension with elements */

static uint32_t random_size(struct random *random, bool small)
{
	if (small)
		return random_between(random, 20, 160);
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

/* Whose id is encrypted half of the time. */
static uint8_t draw_id(struct random *random, const struct plan *plan, unsigned most)
{
	uint8_t id = plan->ids[random_below(random, plan->id_count)];

	return (uint8_t)(id <= most && random_one_in(random, 2) ? id
								: random_between(random, 1, most));
}

/* Elements with one byte of header; id 15 ends them (RFC 8285, 4.2). Returns bytes. */
static uint32_t make_one_byte(struct random *random, const struct plan *plan, uint8_t *p)
{
	uint32_t at = 0;

	while (at < ELEMENTS_MAX - 17 && !random_one_in(random, 4)) {
		uint32_t len = random_between(random, 1, 16);

		p[at] = (uint8_t)(draw_id(random, plan, 14) << 4 | (len - 1));
		random_bytes(random, p + at + 1, len);
		at += 1 + len;
	}
	if (random_one_in(random, 10)) {
		p[at] = 0xf0;
		random_bytes(random, p + at + 1, 6);
		at += 7;
	}
	return at;
}

/* The same with two bytes of header; data may be empty. */
static uint32_t make_two_byte(struct random *random, const struct plan *plan, uint8_t *p)
{
	uint32_t at = 0;

	while (at < ELEMENTS_MAX - 42 && !random_one_in(random, 4)) {
		uint32_t len = random_below(random, 40);

		p[at] = draw_id(random, plan, 255);
		p[at + 1] = (uint8_t)len;
		random_bytes(random, p + at + 2, len);
		at += 2 + len;
	}
	return at;
}

/*
 * A header extension of whole elements, padded at its end alone: libsrtp2 takes no keystream for
 * padding (run.c). Returns its bytes.
 */
static uint32_t make_elements(struct random *random, const struct plan *plan, uint8_t *p)
{
	bool one_byte = random_one_in(random, 2);
	uint32_t len =
		one_byte ? make_one_byte(random, plan, p + 4) : make_two_byte(random, plan, p + 4);
	uint32_t words = (len + 3) / 4;

	memset(p + 4 + len, 0, 4 * words - len);
	sotto_base_put16(p, one_byte ? ONE_BYTE : (uint16_t)(TWO_BYTE | random_below(random, 16)));
	sotto_base_put16(p + 2, (uint16_t)words);
	return 4 + 4 * words;
}

static uint32_t make_extension(struct random *random, const struct plan *plan, uint8_t *p)
{
	uint32_t words = random_below(random, 12);
	uint16_t profile;

	if (plan->id_count != 0)
		return make_elements(random, plan, p);
	random_bytes(random, p, 4 + 4 * words);
	profile = sotto_base_get16(p);
	if (profile == HIDDEN_ONE_BYTE || profile == HIDDEN_TWO_BYTE)
		p[0] = 0;
	sotto_base_put16(p + 2, (uint16_t)words);
	return 4 + 4 * words;
}

void packet_make_rtp(struct packet *packet, struct random *random, const struct plan *plan,
	uint32_t ssrc, bool small)
{
	uint32_t payload = random_size(random, small);
	uint32_t csrc = random_one_in(random, 4) ? random_below(random, 16) : 0;
	bool extension = random_one_in(random, plan->id_count ? 2 : 4);
	uint32_t len = 12 + 4 * csrc;
	uint8_t *p = packet->bytes;

	random_bytes(random, p, len); /* marker, type, time and CSRCs as they fall */
	p[0] = (uint8_t)(0x80 | (extension ? 0x10 : 0) | csrc);
	sotto_base_put16(p + 2, (uint16_t)packet->index);
	sotto_base_put32(p + 8, ssrc);
	if (extension)
		len += make_extension(random, plan, p + len);
	random_bytes(random, p + len, payload);
	packet->len = len + payload;
}

void packet_make_rtcp(struct packet *packet, struct random *random, uint32_t ssrc, bool small)
{
	uint32_t payload = random_size(random, small);

	if (!random_one_in(random, 8))
		payload &= ~3u; /* as RTCP is; the others show that nobody depends on it */
	random_bytes(random, packet->bytes, 8 + payload);
	packet->bytes[0] = 0x80 | (packet->bytes[0] & 0x3f);
	packet->bytes[1] = 200;
	sotto_base_put32(packet->bytes + 4, ssrc);
	packet->len = 8 + payload;
}

void packet_locate(struct packet *packet, const struct plan *plan, uint32_t mki_len)
{
	bool rtcp = packet->kind == SOTTO_SRTCP;

	packet->tag_len = rtcp ? plan->suite->rtcp_tag_len : plan_tag_len(plan);
	packet->loose = packet->tag_len == 0;
	packet->aside_len = mki_len + (rtcp ? 4 : 0);
	if (sotto_crypto_is_aead(plan->suite->cipher)) {
		packet->aside_at = packet->len - packet->aside_len;
		packet->tag_at = packet->aside_at - packet->tag_len;
	} else {
		packet->tag_at = packet->len - packet->tag_len;
		packet->aside_at = packet->tag_at - packet->aside_len;
	}
}
