/* SPDX-License-Identifier: BSD-3-Clause */
/* One small RTP packet at a time through a published context. */
#include "packets.h"

#include "base/bytes.h"

#include <string.h>

#define PLAIN_LEN 32

static struct sotto_srtp *engine(struct world *world)
{
	static struct sotto_srtp srtp;

	sotto_srtp_init(&srtp, world->crypto);
	return &srtp;
}

static struct sotto_srtp_batch *batch_of(
	const struct sotto_srtp_context *context, struct packet *packet)
{
	static struct sotto_srtp_batch batch;

	memset(&batch, 0, sizeof(batch));
	batch.data[0] = packet->data;
	batch.len[0] = packet->len;
	batch.room[0] = sizeof(packet->data);
	batch.context[0] = context;
	return &batch;
}

enum sotto_verdict packet_protect(struct world *world, const struct sotto_srtp_context *context,
	uint32_t ssrc, uint16_t seq, struct packet *packet)
{
	struct sotto_srtp_batch *batch;

	memset(packet->data, 0x5a, sizeof(packet->data));
	memset(packet->data, 0, 12);
	packet->data[0] = 0x80;
	sotto_base_put16(packet->data + 2, seq);
	sotto_base_put32(packet->data + 8, ssrc);
	packet->len = PLAIN_LEN;
	batch = batch_of(context, packet);
	if (sotto_srtp_protect_burst(engine(world), batch, 1, SOTTO_SRTP) == 0)
		return (enum sotto_verdict)batch->verdict[0];
	packet->len = batch->len[0];
	return SOTTO_OK;
}

enum sotto_verdict packet_open(struct world *world, const struct sotto_srtp_context *context,
	const struct packet *packet, uint64_t now_us, bool *late)
{
	struct packet copy = *packet;
	struct sotto_srtp_batch *batch = batch_of(context, &copy);

	batch->now_us = now_us;
	if (sotto_srtp_unprotect_burst(engine(world), batch, 1, SOTTO_SRTP) == 0)
		return (enum sotto_verdict)batch->verdict[0];
	ck_assert_uint_eq(batch->len[0], PLAIN_LEN);
	ck_assert_uint_eq(copy.data[PLAIN_LEN - 1], 0x5a);
	if (late)
		*late = batch->previous & 1;
	return SOTTO_OK;
}

uint64_t packet_next(const struct sotto_srtp_context *context, uint32_t ssrc)
{
	int slot = sotto_srtp_slot(context, ssrc);

	ck_assert_int_ge(slot, 0);
	return context->streams->slot[slot].rtp.next;
}
