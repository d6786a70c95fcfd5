/* SPDX-License-Identifier: BSD-3-Clause */
/* Peers with two keys; see far_end.h. */
#include "far_end.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 1024

static void *aligned_zero(size_t size)
{
	size_t whole = (size + SOTTO_CACHE_LINE - 1) & ~(size_t)(SOTTO_CACHE_LINE - 1);
	void *memory = aligned_alloc(SOTTO_CACHE_LINE, whole);

	ck_assert_ptr_nonnull(memory);
	return memset(memory, 0, whole);
}

static struct sotto_srtp_streams *make_streams(void)
{
	static const struct sotto_srtp_shape shape = {.count = 1, .window = WINDOW};
	struct sotto_srtp_streams *streams = aligned_zero(sotto_srtp_streams_size(&shape));

	sotto_srtp_streams_init(streams, &shape);
	return streams;
}

static void build(struct rig *rig, const struct sotto_keying *keying, struct sotto_key *key[2])
{
	size_t size = sotto_keys_size(rig->crypto->backend, keying->suite);
	struct sotto_master master;

	for (int k = 0; k < 2; k++) {
		free(key[k]);
		key[k] = aligned_zero(size);
	}
	sotto_keys_master_at(keying, 0, &master);
	ck_assert_int_eq(sotto_keys_build(rig->crypto, &master, key[0], key[1]), 0);
}

void far_end_learn(struct far_end *end, struct rig *rig, const struct peer *peer)
{
	unsigned next = (end->generation + 1) % FAR_END_KEYS;

	build(rig, &peer->keying[0], end->send[next]);
	build(rig, &peer->keying[1], end->receive[next]);
	if (!end->sent)
		end->sent = make_streams();
	free(end->received[next]);
	end->received[next] = make_streams();
	if (end->generation != 0)
		sotto_srtp_streams_inherit(
			end->received[next], end->received[end->generation % FAR_END_KEYS], false);
	end->generation++;
}

void far_end_switch(struct far_end *end)
{
	end->sending = end->generation;
}

static void batch_of_one(struct sotto_srtp_batch *batch, struct packet *packet,
	const struct sotto_srtp_context *context)
{
	batch->data[0] = packet->bytes;
	batch->len[0] = packet->len;
	batch->room[0] = PACKET_ROOM;
	batch->context[0] = context;
	batch->now_us = 0;
}

void far_end_protect(struct far_end *end, struct rig *rig, struct packet *packet)
{
	struct sotto_key *const *key = end->send[end->sending % FAR_END_KEYS];
	const struct sotto_srtp_context context = {
		.rtp = key[0], .rtcp = key[1], .streams = end->sent};
	struct sotto_srtp_batch batch;

	batch_of_one(&batch, packet, &context);
	if (sotto_srtp_protect_burst(&rig->srtp, &batch, 1, SOTTO_SRTP) != 1)
		abort(); /* its own fault */
	packet->len = batch.len[0];
}

static bool open_under(
	struct far_end *end, struct rig *rig, unsigned generation, struct packet *packet)
{
	unsigned n = generation % FAR_END_KEYS;
	const struct sotto_srtp_context context = {
		.rtp = end->receive[n][0], .rtcp = end->receive[n][1], .streams = end->received[n]};
	struct sotto_srtp_batch batch;

	batch_of_one(&batch, packet, &context);
	if (sotto_srtp_unprotect_burst(&rig->srtp, &batch, 1, SOTTO_SRTP) != 1)
		return false;
	packet->len = batch.len[0];
	return true;
}

bool far_end_open(struct far_end *end, struct rig *rig, struct packet *packet)
{
	if (open_under(end, rig, end->generation, packet))
		return true;
	return end->generation > 1 && open_under(end, rig, end->generation - 1, packet);
}

void far_end_close(struct far_end *end)
{
	for (int n = 0; n < FAR_END_KEYS; n++) {
		for (int k = 0; k < 2; k++) {
			free(end->send[n][k]);
			free(end->receive[n][k]);
		}
		free(end->received[n]);
	}
	free(end->sent);
	memset(end, 0, sizeof(*end));
}
