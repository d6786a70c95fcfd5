/* SPDX-License-Identifier: BSD-3-Clause */
/* What the packets carry: see payload.h. */
#include "payload.h"

#include "base/bytes.h"
#include "random.h"

#define STAMP 16 /* bytes of serial number and time */

void gen_source_init(struct gen_source *source, uint64_t seed, uint32_t stream)
{
	uint64_t state = gen_mix(seed) + stream * GEN_ODD;

	source->key = gen_random(&state);
	source->ssrc = (uint32_t)gen_random(&state);
	source->timestamp = (uint32_t)gen_random(&state);
	/* the first packets may be lost: well before the wrap nobody misjudges the rollover counter
	 */
	source->seq = (uint16_t)gen_random(&state) & 0x7fff;
}

static void write_header(const struct gen_source *source, uint64_t serial, uint8_t *out)
{
	out[0] = 0x80; /* version 2 */
	out[1] = source->type;
	sotto_base_put16(out + 2, (uint16_t)(source->seq + serial));
	sotto_base_put32(out + 4, source->timestamp + (uint32_t)serial * source->step);
	sotto_base_put32(out + 8, source->ssrc);
}

/* The first word of the pattern; the time goes in too, so that no byte of the stamp is unchecked.
 */
static uint64_t pattern(const struct gen_source *source, uint64_t serial, uint64_t now)
{
	return gen_mix(source->key + gen_mix(serial * GEN_ODD ^ now));
}

void gen_payload_write(
	const struct gen_source *source, uint64_t serial, uint64_t now, uint8_t *out, uint32_t len)
{
	bool stamped = len >= GEN_PAYLOAD_STAMPED;
	uint64_t word = pattern(source, serial, stamped ? now : 0);
	uint8_t *end = out + GEN_RTP_LEN + len;

	write_header(source, serial, out);
	out += GEN_RTP_LEN;
	if (stamped) {
		sotto_base_put64(out, serial);
		sotto_base_put64(out + 8, now);
		out += STAMP;
	}
	for (; end - out >= 8; out += 8, word += GEN_ODD)
		memcpy(out, &word, 8);
	memcpy(out, &word, (size_t)(end - out));
}

uint64_t gen_payload_serial(const uint8_t *packet)
{
	return sotto_base_get64(packet + GEN_RTP_LEN);
}

uint64_t gen_payload_time(const uint8_t *packet)
{
	return sotto_base_get64(packet + GEN_RTP_LEN + 8);
}

/* Whether len bytes are the pattern that begins with word. */
static bool is_pattern(const uint8_t *at, uint32_t len, uint64_t word)
{
	uint64_t other = 0, read;

	for (; len >= 8; at += 8, len -= 8, word += GEN_ODD) {
		memcpy(&read, at, 8);
		other |= read ^ word;
	}
	read = word;
	memcpy(&read, at, len);
	return (other | (read ^ word)) == 0;
}

bool gen_payload_check(
	const struct gen_source *source, uint64_t serial, const uint8_t *packet, uint32_t len)
{
	uint8_t header[GEN_RTP_LEN];
	bool stamped = len >= GEN_PAYLOAD_STAMPED;
	uint32_t stamp = stamped ? STAMP : 0;
	uint64_t now = stamped ? gen_payload_time(packet) : 0;

	write_header(source, serial, header);
	if (memcmp(header, packet, GEN_RTP_LEN) != 0)
		return false;
	if (stamped && gen_payload_serial(packet) != serial)
		return false;
	return is_pattern(packet + GEN_RTP_LEN + stamp, len - stamp, pattern(source, serial, now));
}
