/* SPDX-License-Identifier: BSD-3-Clause */
/* Calls and their peers; see call.h. */
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_REMOTE_PORT 30000
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
	leg->window = SOTTO_REPLAY_NARROW;
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
	size_t whole = (size + SOTTO_CACHE_LINE - 1) & ~(size_t)(SOTTO_CACHE_LINE - 1);
	void *memory = aligned_alloc(SOTTO_CACHE_LINE, whole);

	ck_assert_ptr_nonnull(memory);
	return memset(memory, 0, whole);
}

/* A key that no other call, side, direction or revision has, and what control tells it by. */
static void make_keying(
	struct peer *peer, const char *suite, const struct call *call, int side, unsigned direction)
{
	struct sotto_keying *keying = &peer->keying[direction];
	struct sotto_key_spec *spec = &peer->spec[direction];
	uint8_t *key = keying->master[0].key;

	memset(keying, 0, sizeof(*keying));
	memset(spec, 0, sizeof(*spec));
	keying->suite = sotto_keys_suite_by_name(suite, strlen(suite));
	ck_assert_ptr_nonnull(keying->suite);
	keying->count = 1;
	keying->modes = call->modes;
	keying->master[0].lifetime = call->lifetime;
	spec->overlap_us = call->overlap_us;
	memset(key, 0x5a, keying->suite->key_len);
	memcpy(key, &call->number, sizeof(call->number));
	memcpy(key + 4, &call->spec.revision, sizeof(call->spec.revision));
	key[12] = (uint8_t)side;
	key[13] = (uint8_t)direction;
	memset(keying->master[0].salt, 0x30 + (int)direction, keying->suite->salt_len);
	spec->keying = keying;
	memcpy(spec->master[0], key, SOTTO_DIGEST_LEN);
	memcpy(spec->identity, key, SOTTO_DIGEST_LEN);
}

static void build_keys(struct rig *rig, const struct sotto_keying *keying, struct sotto_key *key[2],
	struct sotto_srtp_context *context)
{
	size_t size = sotto_keys_size(rig->crypto->backend, keying->suite);
	struct sotto_master master;

	for (int i = 0; i < 2; i++) {
		free(key[i]);
		key[i] = aligned_zero(size);
	}
	sotto_keys_master_at(keying, 0, &master);
	ck_assert_int_eq(sotto_keys_build(rig->crypto, &master, key[0], key[1]), 0);
	context->rtp = key[0];
	context->rtcp = key[1];
}

/* Streams of the peer's own, which go on over a re-key. */
static struct sotto_srtp_streams *peer_streams(struct sotto_srtp_streams **streams)
{
	static const struct sotto_srtp_shape shape = {
		.count = SOTTO_SRTP_SLOTS_MAX, .window = SOTTO_REPLAY_NARROW};

	if (!*streams) {
		*streams = aligned_zero(sotto_srtp_streams_size(&shape));
		sotto_srtp_streams_init(*streams, &shape);
	}
	return *streams;
}

void call_secure(struct call *call, int side, const char *suite)
{
	struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];
	struct peer *peer = &call->peer[side];

	for (unsigned direction = 0; direction < 2; direction++)
		make_keying(peer, suite, call, side, direction);
	build_keys(call->rig, &peer->keying[0], peer->key, &peer->send);
	build_keys(call->rig, &peer->keying[1], peer->key + 2, &peer->receive);
	peer->send.streams = peer_streams(&peer->streams[0]);
	peer->receive.streams = peer_streams(&peer->streams[1]);
	peer->secure = true;
	leg->security = SOTTO_REQUIRED;
	leg->receive = &peer->spec[0];
	leg->send = &peer->spec[1];
}

void call_forget(struct call *call, int side, bool receive, bool send)
{
	struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];

	leg->receive = receive ? NULL : leg->receive;
	leg->send = send ? NULL : leg->send;
}

void call_remember(struct call *call, int side, bool receive, bool send)
{
	struct sotto_leg_spec *leg = &call->spec.media[0].leg[side];

	leg->receive = receive ? &call->peer[side].spec[0] : leg->receive;
	leg->send = send ? &call->peer[side].spec[1] : leg->send;
}

void call_verify(struct call *call, const char *suite)
{
	for (int side = 0; side < SIDES; side++) {
		call_secure(call, side, suite);
		call_forget(call, side, false, true);
		call->spec.media[0].leg[side].security = SOTTO_VERIFY;
	}
	for (int side = 0; side < SIDES; side++)
		build_keys(call->rig, &call->peer[1 - side].keying[0], call->peer[side].key + 2,
			&call->peer[side].receive);
}

struct sotto_stream *call_stream(const struct call *call, int side, bool send)
{
	const struct sotto_leg *leg = call_leg(call, side);

	return send ? leg->send.streams->slot : leg->receive.streams->slot;
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
	ck_assert_msg(sotto_session_put(call->rig->sessions, &call->spec, call->rig->now_us,
			      &call->session, &outcome, &error) == 0,
		"%s", error.reason);
	ck_assert_int_eq(outcome, SOTTO_SESSION_APPLIED);
	for (int side = 0; side < SIDES; side++)
		learn_path(call, side);
}

void call_end(struct call *call)
{
	for (int side = 0; side < SIDES; side++) {
		for (int k = 0; k < 4; k++)
			free(call->peer[side].key[k]);
		for (int k = 0; k < 2; k++)
			free(call->peer[side].streams[k]);
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
	struct sotto_srtp_batch batch = {.now_us = call->rig->now_us};

	batch_of_one(&batch, packet, &call->peer[side].send);
	ck_assert_uint_eq(sotto_srtp_protect_burst(&call->rig->srtp, &batch, 1, kind), 1);
	packet->len = batch.len[0];
}

bool call_unprotect(struct call *call, int side, struct packet *packet, enum sotto_srtp_kind kind)
{
	struct sotto_srtp_batch batch = {.now_us = call->rig->now_us};

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

void call_send_from(struct call *call, int side, const struct sotto_endpoint *from,
	const struct packet *datagram, enum sotto_srtp_kind kind)
{
	struct sotto_net_path path = call_path_in(call, side, kind);
	struct packet frame;

	path.src = *from;
	packet_frame(&path, datagram, &frame);
	wire_send(call->rig, call_device(call, side), call_queue(call), &frame);
}

void call_send_raw(
	struct call *call, int side, const struct packet *datagram, enum sotto_srtp_kind kind)
{
	struct sotto_net_path path = call_path_in(call, side, kind);

	call_send_from(call, side, &path.src, datagram, kind);
}

bool call_take(struct call *call, int side, enum sotto_srtp_kind kind, struct packet *payload)
{
	struct sotto_net_path want = call_path_out(call, side, kind);
	struct packet frame;

	if (!wire_take(call->rig, call_device(call, side), &frame))
		return false;
	wire_check(&frame, &want, payload);
	return true;
}

void call_expect_raw(
	struct call *call, int side, const struct packet *datagram, enum sotto_srtp_kind kind)
{
	struct packet payload;

	ck_assert_msg(call_take(call, side, kind, &payload), "nothing was sent");
	ck_assert_uint_eq(payload.len, datagram->len);
	ck_assert_mem_eq(payload.bytes, datagram->bytes, datagram->len);
}

void call_expect(struct call *call, int side, const struct packet *plain, enum sotto_srtp_kind kind)
{
	struct packet payload;

	ck_assert_msg(call_take(call, side, kind, &payload), "nothing was sent");
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
