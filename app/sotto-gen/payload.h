/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the packets carry: RTP (RFC 3550, 5.1) whose payload follows from the stream and the serial
 * number, so that the receiver can tell every byte. A payload of 24 bytes or more begins with the
 * serial number and the time of sending; in a shorter one the serial number is known from the RTP
 * sequence number alone, and no latency is measured.
 */
#ifndef SOTTO_GEN_PAYLOAD_H
#define SOTTO_GEN_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#define GEN_RTP_LEN 12         /* bytes of the RTP header */
#define GEN_PAYLOAD_STAMPED 24 /* bytes from which on a payload has serial number and time */
#define GEN_PAYLOAD_MAX 1400   /* bytes */

/* What all packets of a stream have in common. */
struct gen_source {
	uint64_t key; /* of the pattern */
	uint32_t ssrc;
	uint32_t timestamp; /* of serial number 0 */
	uint32_t step;      /* of the timestamp */
	uint16_t seq;       /* of serial number 0 */
	uint8_t type;       /* RTP payload type */
};

/* The source of a stream; all but step and type follow from the seed. */
void gen_source_init(struct gen_source *source, uint64_t seed, uint32_t stream);

/* Writes an RTP packet of GEN_RTP_LEN + len bytes. now: any clock. */
void gen_payload_write(
	const struct gen_source *source, uint64_t serial, uint64_t now, uint8_t *out, uint32_t len);

/* The serial number that stands in a stamped packet, which has at least so many bytes. */
uint64_t gen_payload_serial(const uint8_t *packet);

/* The time of sending that stands there. */
uint64_t gen_payload_time(const uint8_t *packet);

/* Whether the packet is, byte for byte, what gen_payload_write() made for that serial number. */
bool gen_payload_check(
	const struct gen_source *source, uint64_t serial, const uint8_t *packet, uint32_t len);

#endif
