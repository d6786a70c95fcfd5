/* SPDX-License-Identifier: BSD-3-Clause */
/* One small RTP packet at a time through a published context: what installs really do. */
#ifndef SOTTO_TESTS_UNIT_SESSION_PACKETS_H
#define SOTTO_TESTS_UNIT_SESSION_PACKETS_H

#include "world.h"

#include "srtp/srtp.h"

struct packet {
	uint8_t data[256];
	uint32_t len;
};

/* A packet of 12 bytes of header and 20 of payload, protected. SOTTO_OK, or why not. */
enum sotto_verdict packet_protect(struct world *world, const struct sotto_srtp_context *context,
	uint32_t ssrc, uint16_t seq, struct packet *packet);

/* Opens a copy of a packet at a time; *late, unless NULL: under the key before. */
enum sotto_verdict packet_open(struct world *world, const struct sotto_srtp_context *context,
	const struct packet *packet, uint64_t now_us, bool *late);

/* The index that a slot of a direction goes on with. */
uint64_t packet_next(const struct sotto_srtp_context *context, uint32_t ssrc);

#endif
