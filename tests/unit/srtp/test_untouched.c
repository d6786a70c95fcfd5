/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No state from unauthenticated input (ST-08, ST-20), and no byte that is not ours: bursts of
 * forged packets against every suite and every feature, and packets that end where memory ends.
 */
#include "bed.h"

#include "base/bytes.h"

#define SSRC 0x00f06ed0

enum feature {
	PLAIN,
	CLEAR_SRTCP,
	MKI,
	CRYPTEX,
	ELEMENTS,
	VERIFY_ONLY,
	PREVIOUS,
	INHERITED,
	WIDE,
	FEATURES
};

/* A receiver with an active stream, a re-key behind it if the feature says so. */
struct gate {
	struct bed *bed;
	struct call *call;
	struct call *old; /* of PREVIOUS and INHERITED */
	struct sotto_srtp_previous previous;
	enum feature feature;
	uint16_t seq; /* the next of the sender */
};

static void plain_make(
	struct packet *packet, enum sotto_srtp_kind kind, uint16_t seq, uint32_t size)
{
	struct shape shape = {
		.csrc = seq % 3, .extension = 2, .payload = size, .first_byte = (uint8_t)seq};

	if (kind == SOTTO_SRTCP) {
		packet_rtcp(packet, SSRC, size);
		return;
	}
	packet_rtp_shaped(packet, seq, SSRC, &shape);
	packet->bytes[16 + 4 * shape.csrc] = 0x56; /* element 5 with 7 bytes */
}

static void send(struct gate *gate, struct call *call, struct packet *packet,
	enum sotto_srtp_kind kind, uint32_t size)
{
	plain_make(packet, kind, gate->seq++, size);
	ck_assert_uint_eq(protect_one(gate->bed, &call->tx, packet, kind), SOTTO_OK);
}

static void set_feature(struct gate *gate, const struct sotto_master *master)
{
	static const struct sotto_srtp_shape wide = {.window = 4096};

	if (gate->feature == MKI)
		call_set_mki(gate->call, 5, 0x4d4b49);
	if (gate->feature == CRYPTEX)
		call_set_cryptex(gate->call);
	if (gate->feature == VERIFY_ONLY)
		side_more(&gate->call->rx)->verify_only = 1;
	if (gate->feature == WIDE)
		side_reshape(&gate->call->rx, &wide);
	if (gate->feature != ELEMENTS)
		return;
	side_add_header_key(gate->bed, &gate->call->tx, master);
	side_add_header_key(gate->bed, &gate->call->rx, master);
	call_set_element(gate->call, 5);
}

/* The stream began under another key. */
static void set_rekey(struct gate *gate, const char *suite)
{
	static const struct sotto_srtp_shape shape = {.try_roc_zero = true};

	gate->old = call_open(gate->bed, suite, 9);
	for (unsigned k = 0; k < 3; k++) {
		struct packet packet;

		send(gate, gate->old, &packet, SOTTO_SRTP, 40);
		unprotect_one(gate->bed, &gate->old->rx, &packet, SOTTO_SRTP);
	}
	if (gate->feature == INHERITED)
		side_reshape(&gate->call->rx, &shape);
	sotto_srtp_streams_inherit(gate->call->rx.streams, gate->old->rx.streams, false);
	sotto_srtp_streams_inherit(gate->call->tx.streams, gate->old->tx.streams, true);
	gate->previous.context = gate->old->rx.context;
	gate->previous.until_us = UINT64_MAX;
	side_more(&gate->call->rx)->previous = &gate->previous;
}

static void gate_open(struct gate *gate, int way, const char *suite, enum feature feature)
{
	struct sotto_master master;

	memset(gate, 0, sizeof(*gate));
	gate->bed = bed_open(way);
	gate->feature = feature;
	gate->seq = 500;
	master_make(suite, 1, &master);
	if (feature == CLEAR_SRTCP)
		master.modes = SOTTO_CONSENT_UNENCRYPTED_SRTCP;
	gate->call = call_open_master(gate->bed, &master);
	set_feature(gate, &master);
	if (feature == PREVIOUS || feature == INHERITED)
		set_rekey(gate, suite);
	for (unsigned k = 0; k < 6 && feature != INHERITED; k++) {
		struct packet packet;

		send(gate, gate->call, &packet, k % 2, 50);
		ck_assert_uint_eq(
			unprotect_one(gate->bed, &gate->call->rx, &packet, k % 2), SOTTO_OK);
	}
}

static void gate_close(struct gate *gate)
{
	call_close(gate->call);
	if (gate->old)
		call_close(gate->old);
	bed_close(gate->bed);
}

/* Makes a forged packet of a good one: another place for the wrong bit each time. */
static void forge(struct packet *packet, unsigned k, enum sotto_srtp_kind kind)
{
	if (kind == SOTTO_SRTP && k % 3 == 0)
		sotto_base_put16(packet->bytes + 2, (uint16_t)(2000 + 997 * k));
	if (k % 5 == 0) /* another SSRC */
		packet->bytes[kind == SOTTO_SRTP ? 8 : 4] ^= (uint8_t)(1 + k);
	packet->bytes[packet->len - 1 - k % 30] ^= (uint8_t)(1 << k % 8);
}

/* One burst of forged packets; the bytes come back, the streams stay, tries aside. */
static void forged_burst(struct gate *gate, unsigned round, enum sotto_srtp_kind kind)
{
	struct packet good, packets[SOTTO_BURST], as_sent[SOTTO_BURST];
	uint32_t tries = gate->call->rx.streams->roc_tries;
	struct snapshot before, old = {0};

	send(gate, gate->call, &good, kind, 60 + round);
	before = snapshot_take(&gate->call->rx);
	if (gate->old)
		old = snapshot_take(&gate->old->rx);
	burst_clear(gate->bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packets[i] = good;
		forge(&packets[i], round * SOTTO_BURST + i, kind);
		as_sent[i] = packets[i];
		burst_add(gate->bed, &gate->call->rx, &packets[i]);
	}
	gate->bed->batch.now_us = 1000 + round;
	ck_assert_uint_eq(burst_unprotect(gate->bed, kind), 0);
	ck_assert_uint_eq(gate->bed->batch.bound | gate->bed->batch.newest | gate->bed->batch.worn |
				  gate->bed->batch.expired | gate->bed->batch.previous,
		0);
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		ck_assert_msg(packet_equal(&packets[i], &as_sent[i]), "kind %u, position %u: %s",
			kind, i, sotto_base_verdict_name(burst_verdict(gate->bed, i)));
	ck_assert_uint_le(tries - gate->call->rx.streams->roc_tries,
		gate->feature == INHERITED ? SOTTO_BURST : 0);
	gate->call->rx.streams->roc_tries = tries;
	ck_assert(snapshot_same(&before, &gate->call->rx));
	if (gate->old)
		ck_assert(snapshot_same(&old, &gate->old->rx));
	/* the stream itself goes on, flood or not */
	ck_assert_uint_eq(unprotect_one(gate->bed, &gate->call->rx, &good, kind), SOTTO_OK);
}

START_TEST(st_20_forged_bursts_leave_no_trace)
{
	for (unsigned s = 0; s < SUITES; s++) {
		for (unsigned f = 0; f < FEATURES; f++) {
			struct gate gate;

			gate_open(&gate, _i, suite_names[s], (enum feature)f);
			for (unsigned round = 0; round < 6; round++)
				forged_burst(&gate, round, round % 2);
			gate_close(&gate);
		}
	}
}
END_TEST

/* Receives a packet that ends where memory ends, or begins where it begins. */
static void receive_fenced(struct gate *gate, struct fence *fence, const struct packet *packet,
	enum sotto_srtp_kind kind, enum sotto_verdict want)
{
	uint8_t *at = fence_place(fence, packet->bytes, packet->len);
	uint32_t len = packet->len;
	enum sotto_verdict got = unprotect_at(gate->bed, &gate->call->rx, at, &len, kind);

	ck_assert_msg(got == want, "feature %u: %s", gate->feature, sotto_base_verdict_name(got));
	if (got != SOTTO_OK)
		ck_assert_mem_eq(at, packet->bytes, packet->len);
	if (at != fence->map)
		ck_assert_uint_eq(at[-1], GUARD_BYTE);
}

/* CR-03: no byte behind the packet is read or written, right tag or wrong. */
START_TEST(cr_03_packets_at_the_fence)
{
	for (unsigned s = 0; s < SUITES; s++) {
		for (unsigned f = 0; f < FEATURES; f++) {
			struct gate gate;
			struct fence fence;

			gate_open(&gate, _i, suite_names[s], (enum feature)f);
			fence_open(&fence, PACKET_ROOM);
			for (unsigned size = 0; size <= 64; size++) {
				enum sotto_srtp_kind kind = size % 2;
				struct packet packet, forged;

				send(&gate, gate.call, &packet, kind, size);
				forged = packet;
				forged.bytes[kind == SOTTO_SRTP ? 5 : 3] ^= 0x10;
				receive_fenced(&gate, &fence, &forged, kind, SOTTO_DROP_AUTH);
				receive_fenced(&gate, &fence, &packet, kind, SOTTO_OK);
			}
			fence_close(&fence);
			gate_close(&gate);
		}
	}
}
END_TEST

/* Every packet cut at every length, at the fence: dropped, unchanged, no trace. */
START_TEST(rc_04_every_truncation_at_the_fence)
{
	for (unsigned s = 0; s < LAYOUTS; s++) {
		for (unsigned f = 0; f < FEATURES; f++) {
			struct gate gate;
			struct fence fence;
			struct snapshot before;

			gate_open(&gate, _i, layout_names[s], (enum feature)f);
			fence_open(&fence, PACKET_ROOM);
			for (unsigned kind = 0; kind < 2; kind++) {
				struct packet packet;

				send(&gate, gate.call, &packet, kind, 40);
				before = snapshot_take(&gate.call->rx);
				before.streams->roc_tries = 0;
				for (uint32_t len = 0; len < packet.len; len++) {
					uint8_t *at = fence_place(&fence, packet.bytes, len);
					uint32_t left = len;

					ck_assert_uint_ne(unprotect_at(gate.bed, &gate.call->rx, at,
								  &left, kind),
						SOTTO_OK);
					ck_assert_mem_eq(at, packet.bytes, len);
				}
				gate.call->rx.streams->roc_tries = 0;
				ck_assert(snapshot_same(&before, &gate.call->rx));
			}
			fence_close(&fence);
			gate_close(&gate);
		}
	}
}
END_TEST

/* Noise with a valid version, of every length, at the fence. */
START_TEST(noise_at_the_fence)
{
	for (unsigned f = 0; f < FEATURES; f++) {
		uint32_t state = 1 + f;
		struct packet noise;
		struct gate gate;
		struct fence fence;

		gate_open(&gate, _i, layout_names[f % LAYOUTS], (enum feature)f);
		fence_open(&fence, PACKET_ROOM);
		for (unsigned k = 0; k < 3000; k++) {
			enum sotto_srtp_kind kind = k % 2;
			uint32_t len = k % 500;
			uint8_t *at;

			for (uint32_t b = 0; b < len; b++) {
				state = state * 1664525 + 1013904223;
				noise.bytes[b] = (uint8_t)(state >> 24);
			}
			noise.bytes[0] = (uint8_t)(0x80 | (noise.bytes[0] & 0x3f));
			if (k % 4 == 0 && len > 24) {
				noise.bytes[0] = 0x92; /* two CSRCs, an extension, hidden */
				memcpy(noise.bytes + 20, "\xc0\xde\x00", 3);
			}
			if (k % 3 && len > 12)
				sotto_base_put32(noise.bytes + (kind ? 4 : 8), SSRC);
			at = fence_place(&fence, noise.bytes, len);
			ck_assert_uint_ne(
				unprotect_at(gate.bed, &gate.call->rx, at, &len, kind), SOTTO_OK);
			ck_assert_mem_eq(at, noise.bytes, k % 500);
		}
		fence_close(&fence);
		gate_close(&gate);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {st_20_forged_bursts_leave_no_trace,
		cr_03_packets_at_the_fence, rc_04_every_truncation_at_the_fence,
		noise_at_the_fence};

	return bed_main("srtp_untouched", tests, sizeof(tests) / sizeof(tests[0]));
}
