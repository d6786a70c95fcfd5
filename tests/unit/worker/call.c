/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls and their peers; see call.h. */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_REMOTE_PORT 30000
#define PEER_STREAMS 8 /* of a peer, in each direction */
#define PEER_TTL 57
#define PEER_DSCP 46

static void leg_init(struct call *call, int side)
{
	struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];

	leg->interface = &call->rig->interface[call->interface[side]];
	leg->remote.addr = rig_host(call->interface[side]);
	leg->remote.port = (uint16_t)(FIRST_REMOTE_PORT + 4 * call->number + 2 * (unsigned)side);
	leg->remote_rtcp_port = (uint16_t)(leg->remote.port + 1);
	leg->source_check = SOTTO_SOURCE_STRICT;
	leg->dscp = -1;
	leg->max_ssrcs = CALL_SSRCS;
}

void call_init(struct call *call, struct rig *rig, enum rig_interface a, enum rig_interface b)
{
	memset(call, 0, sizeof(*call));
	call->rig = rig;
	call->number = rig->next_call++;
	snprintf(call->id, sizeof(call->id), "call-%u", call->number);
	call->spec.id = call->id;
	call->spec.media_count = 1;
	call->interface[SIDE_A] = a;
	call->interface[SIDE_B] = b;
	strcpy(call->spec.media[0].id, "audio");
	for (int side = 0; side < SIDES; side++)
		leg_init(call, side);
}

static void *aligned_zero(size_t size)
{
	void *memory = aligned_alloc(SOTTO_CACHE_LINE, size);

	ck_assert_ptr_nonnull(memory);
	return memset(memory, 0, size);
}

/* A key that no other call, side, direction or revision has. */
static void make_master(struct sotto_master *master, const char *suite, const struct call *call,
	int side, uint8_t direction)
{
	memset(master, 0x5a, sizeof(*master));
	master->suite = sotto_keys_suite_by_name(suite, strlen(suite));
	ck_assert_ptr_nonnull(master->suite);
	memcpy(master->key, &call->number, sizeof(call->number));
	memcpy(master->key + 4, &call->spec.revision, sizeof(call->spec.revision));
	master->key[12] = (uint8_t)side;
	master->key[13] = direction;
	master->salt[0] = direction;
}

static void build_keys(struct rig *rig, const struct sotto_master *master, struct sotto_key *key[2],
	struct sotto_srtp_context *context)
{
	size_t size = sotto_crypto_key_size(
		rig->crypto->backend, master->suite->cipher, master->suite->auth);

	for (int i = 0; i < 2; i++) {
		free(key[i]);
		key[i] = aligned_zero(size);
	}
	ck_assert_int_eq(sotto_keys_build(rig->crypto, master, key[0], key[1]), 0);
	context->rtp = key[0];
	context->rtcp = key[1];
}

void call_secure(struct call *call, int side, const char *suite)
{
	struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];
	struct peer *peer = &call->peer[side];

	make_master(&peer->send_master, suite, call, side, 1);
	make_master(&peer->receive_master, suite, call, side, 2);
	build_keys(call->rig, &peer->send_master, peer->key, &peer->send);
	build_keys(call->rig, &peer->receive_master, peer->key + 2, &peer->receive);
	if (!peer->streams)
		peer->streams = aligned_zero(2 * PEER_STREAMS * sizeof(struct sotto_stream));
	peer->send.streams = peer->streams;
	peer->receive.streams = peer->streams + PEER_STREAMS;
	peer->send.stream_count = peer->receive.stream_count = PEER_STREAMS;
	peer->secure = true;
	leg->secure = true;
	leg->receive = &peer->send_master;
	leg->send = &peer->receive_master;
}

static void learn_path(struct call *call, int side)
{
	const struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];
	struct peer *peer = &call->peer[side];

	peer->path = (struct sotto_net_path){
		.vlan = leg->interface->local.vlan,
		.ttl = PEER_TTL,
		.dscp = PEER_DSCP,
		.src = leg->remote,
		.dst = {.addr = leg->interface->local.addr, .port = call_leg(call, side)->rtp_port},
	};
	if (leg->remote.addr.family == 0)
		peer->path.src = (struct sotto_endpoint){rig_host(call->interface[side]), 4000};
	rig_host_mac(call->interface[side], peer->path.src_mac);
	memcpy(peer->path.dst_mac, leg->interface->local.mac, 6);
	peer->rtcp_port = leg->remote_rtcp_port;
}

void call_put(struct call *call)
{
	enum sotto_session_outcome outcome;
	struct sotto_session_error error;

	call->spec.revision++;
	ck_assert_int_eq(sotto_session_put(call->rig->sessions, &call->spec, RIG_START_US,
				 &call->session, &outcome, &error),
		0);
	ck_assert_int_eq(outcome, SOTTO_SESSION_APPLIED);
	for (int side = 0; side < SIDES; side++)
		learn_path(call, side);
}

void call_end(struct call *call)
{
	for (int side = 0; side < SIDES; side++) {
		for (int k = 0; k < 4; k++)
			free(call->peer[side].key[k]);
		free(call->peer[side].streams);
	}
	memset(call->peer, 0, sizeof(call->peer));
}

void call_make(struct call *call, struct rig *rig)
{
	call_init(call, rig, RIG_ACCESS4, RIG_CORE4);
	call_secure(call, SIDE_A, "AES_CM_128_HMAC_SHA1_80");
	call_put(call);
}

const struct sotto_leg *call_leg(const struct call *call, int side)
{
	return sotto_session_leg(&call->session->media[0], side);
}

struct sotto_leg_state *call_state(const struct call *call, int side)
{
	return call->session->media[0].leg[side].state;
}

unsigned call_device(const struct call *call, int side)
{
	return rig_device_of(call->interface[side]);
}

unsigned call_queue(const struct call *call)
{
	return call->session->owner;
}

static void batch_of_one(struct sotto_srtp_batch *batch, struct packet *packet,
	const struct sotto_srtp_context *context)
{
	batch->data[0] = packet->bytes;
	batch->len[0] = packet->len;
	batch->room[0] = PACKET_ROOM;
	batch->context[0] = context;
}

void call_protect(struct call *call, int side, struct packet *packet, enum sotto_srtp_kind kind)
{
	struct sotto_srtp_batch batch;

	batch_of_one(&batch, packet, &call->peer[side].send);
	ck_assert_uint_eq(sotto_srtp_protect_burst(&call->rig->srtp, &batch, 1, kind), 1);
	packet->len = batch.len[0];
}

bool call_unprotect(struct call *call, int side, struct packet *packet, enum sotto_srtp_kind kind)
{
	struct sotto_srtp_batch batch;

	batch_of_one(&batch, packet, &call->peer[side].receive);
	if (sotto_srtp_unprotect_burst(&call->rig->srtp, &batch, 1, kind) != 1)
		return false;
	packet->len = batch.len[0];
	return true;
}

struct sotto_net_path call_path_in(const struct call *call, int side, enum sotto_srtp_kind kind)
{
	struct sotto_net_path path = call->peer[side].path;

	if (kind == SOTTO_SRTCP) {
		path.src.port = call->peer[side].rtcp_port;
		path.dst.port = call_leg(call, side)->rtcp_port;
	}
	return path;
}

struct sotto_net_path call_path_out(const struct call *call, int side, enum sotto_srtp_kind kind)
{
	struct sotto_net_path in = call_path_in(call, side, kind);
	struct sotto_net_path out = in;

	out.src = in.dst;
	out.dst = in.src;
	memcpy(out.src_mac, in.dst_mac, 6);
	memcpy(out.dst_mac, in.src_mac, 6);
	out.ttl = 64;
	return out;
}

void call_frame(struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind,
	struct packet *frame)
{
	struct sotto_net_path path = call_path_in(call, side, kind);
	struct packet datagram = *plain;

	if (call->peer[side].secure)
		call_protect(call, side, &datagram, kind);
	packet_frame(&path, &datagram, frame);
}

void call_send(struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind)
{
	struct packet frame;

	call_frame(call, side, plain, kind, &frame);
	wire_send(call->rig, call_device(call, side), call_queue(call), &frame);
}

void call_expect(struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind)
{
	struct sotto_net_path want = call_path_out(call, side, kind);
	struct packet frame, payload;

	ck_assert_msg(wire_take(call->rig, call_device(call, side), &frame), "nothing was sent");
	wire_check(&frame, &want, &payload);
	if (call->peer[side].secure) {
		ck_assert_uint_gt(payload.len, plain->len);
		ck_assert_msg(call_unprotect(call, side, &payload, kind), "the peer refuses it");
	}
	ck_assert_uint_eq(payload.len, plain->len);
	ck_assert_mem_eq(payload.bytes, plain->bytes, plain->len);
}

void call_carry(struct call *call, int from, const struct packet *plain, enum sotto_srtp_kind kind)
{
	call_send(call, from, plain, kind);
	rig_poll(call->rig);
	call_expect(call, 1 - from, plain, kind);
	ck_assert(wire_is_silent(call->rig));
}
