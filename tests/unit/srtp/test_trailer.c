/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PP-13: what protect appends. sotto_srtp_trailer() bytes of room are always enough, one less is
 * refused before anything is changed, and no byte behind them is written.
 */
#include "bed.h"

#define SSRC 0x00712a11

static const uint8_t mki_lens[] = {0, 1, 4, 128};
static const uint8_t modes[] = {0, SOTTO_CONSENT_UNENCRYPTED_SRTP, SOTTO_CONSENT_UNENCRYPTED_SRTCP,
	SOTTO_CONSENT_UNAUTHENTICATED_SRTP,
	SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP |
		SOTTO_CONSENT_UNAUTHENTICATED_SRTP};

/* What to do with each kind of context. */
typedef void (*with_call)(struct bed *bed, struct call *call, enum sotto_srtp_kind kind);

static void each_mki(struct bed *bed, const struct sotto_master *master, with_call what)
{
	for (unsigned l = 0; l < sizeof(mki_lens); l++) {
		struct call *call = call_open_master(bed, master);

		if (mki_lens[l] != 0)
			call_set_mki(call, mki_lens[l], 9);
		what(bed, call, SOTTO_SRTP);
		what(bed, call, SOTTO_SRTCP);
		call_close(call);
	}
}

static void each_context(int way, with_call what)
{
	struct bed *bed = bed_open(way);

	for (unsigned s = 0; s < SUITES; s++) {
		for (unsigned m = 0; m < sizeof(modes); m++) {
			struct sotto_master master;

			master_make(suite_names[s], 1, &master);
			if (master.suite->auth == SOTTO_AUTH_NONE && m != 0 && m != 2)
				continue; /* not with an AEAD (RFC 7714, 13) */
			master.modes = modes[m];
			each_mki(bed, &master, what);
		}
	}
	bed_close(bed);
}

static void plain_make(struct packet *packet, enum sotto_srtp_kind kind, uint32_t size)
{
	if (kind == SOTTO_SRTP)
		packet_rtp(packet, (uint16_t)(1 + size), SSRC, size);
	else
		packet_rtcp(packet, SSRC, size);
}

/* The lengths of the RFCs, by hand. */
static uint32_t expected(const struct call *call, enum sotto_srtp_kind kind)
{
	uint32_t mki_len = call->tx.more ? call->tx.more->mki_len : 0;

	if (kind == SOTTO_SRTCP)
		return mki_len + 4 + (call->suite->auth == SOTTO_AUTH_NONE ? 16 : 10);
	return mki_len + call->tx.rtp->tag_len;
}

static void exactly_enough(struct bed *bed, struct call *call, enum sotto_srtp_kind kind)
{
	uint32_t trailer = sotto_srtp_trailer(&call->tx.context, kind);

	ck_assert_uint_le(expected(call, kind), trailer);
	ck_assert_uint_le(trailer, SOTTO_SRTP_TRAILER_MAX);
	if (kind == SOTTO_SRTCP || call->tx.rtp->tag_len >= 4)
		ck_assert_uint_eq(expected(call, kind), trailer);
	for (uint32_t size = 0; size <= 70; size++) {
		struct packet packet, plain;

		plain_make(&plain, kind, size);
		packet = plain;
		burst_clear(bed);
		burst_add(bed, &call->tx, &packet);
		bed->batch.room[0] = packet.len + trailer;
		ck_assert_uint_eq(burst_protect(bed, kind), 1);
		ck_assert_uint_eq(packet.len, plain.len + expected(call, kind));
		ck_assert(packet_guarded(&packet, packet.len));
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_OK);
		ck_assert_uint_eq(packet.len, plain.len);
	}
}

START_TEST(pp_13_exactly_enough_room)
{
	each_context(_i, exactly_enough);
}
END_TEST

static void too_little(struct bed *bed, struct call *call, enum sotto_srtp_kind kind)
{
	uint32_t trailer = sotto_srtp_trailer(&call->tx.context, kind);

	for (uint32_t room = 0; room < trailer; room++) {
		struct snapshot before = snapshot_take(&call->tx);
		struct packet packet, plain;

		plain_make(&plain, kind, 40);
		packet = plain;
		burst_clear(bed);
		burst_add(bed, &call->tx, &packet);
		bed->batch.room[0] = packet.len + room;
		ck_assert_uint_eq(burst_protect(bed, kind), 0);
		ck_assert_uint_eq(burst_verdict(bed, 0), SOTTO_DROP_SEND_SIZE);
		ck_assert(packet_equal(&packet, &plain));
		ck_assert_uint_eq(bed->batch.bound | bed->batch.worn | bed->batch.expired, 0);
		ck_assert(snapshot_same(&before, &call->tx));
	}
}

START_TEST(pp_13_too_little_room)
{
	each_context(_i, too_little);
}
END_TEST

/* Room to the last byte before the fence: nothing is written, or read, behind it. */
static void fenced(struct bed *bed, struct call *call, enum sotto_srtp_kind kind)
{
	uint32_t trailer = sotto_srtp_trailer(&call->tx.context, kind);
	struct fence fence;

	fence_open(&fence, PACKET_ROOM);
	for (uint32_t size = 0; size <= 40; size += 3) {
		struct packet plain, scratch;
		uint32_t room;

		plain_make(&plain, kind, size);
		room = plain.len + trailer;
		scratch.len = plain.len;
		burst_clear(bed);
		burst_add(bed, &call->tx, &scratch);
		bed->batch.data[0] = fence_place(&fence, plain.bytes, room);
		bed->batch.room[0] = room;
		ck_assert_uint_eq(burst_protect(bed, kind), 1);
		ck_assert_uint_le(scratch.len, room);
		ck_assert_uint_eq(bed->batch.data[0][-1], GUARD_BYTE);
	}
	fence_close(&fence);
}

START_TEST(pp_13_room_up_to_the_fence)
{
	each_context(_i, fenced);
}
END_TEST

/* Sizes up to the longest packet there is, before and after. */
START_TEST(longest_packet)
{
	static uint8_t bytes[SOTTO_SRTP_PACKET_MAX + 200];
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_open(bed, layout_names[s], 1);
		uint32_t trailer = sotto_srtp_trailer(&call->tx.context, SOTTO_SRTP);

		for (uint32_t over = 0; over < 2; over++) {
			struct packet scratch;

			packet_rtp(&scratch, (uint16_t)(3 + over), SSRC, 0);
			memcpy(bytes, scratch.bytes, 12);
			burst_clear(bed);
			burst_add(bed, &call->tx, &scratch);
			bed->batch.data[0] = bytes;
			bed->batch.len[0] = SOTTO_SRTP_PACKET_MAX - trailer + over;
			bed->batch.room[0] = sizeof(bytes);
			ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), over == 0);
			if (over) {
				ck_assert_uint_eq(burst_verdict(bed, 0), SOTTO_DROP_SEND_SIZE);
				continue;
			}
			ck_assert_uint_eq(bed->batch.len[0], SOTTO_SRTP_PACKET_MAX);
			bed->batch.context[0] = &call->rx.context;
			ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 1);
			bed->batch.len[0] = SOTTO_SRTP_PACKET_MAX + 1;
			ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 0);
			ck_assert_uint_eq(burst_verdict(bed, 0), SOTTO_DROP_SHORT);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Without a key nothing is added, and nothing can be asked of one. */
START_TEST(no_key_no_trailer)
{
	struct sotto_srtp_context context = {0};

	ck_assert_uint_eq(sotto_srtp_trailer(&context, SOTTO_SRTP), 0);
	ck_assert_uint_eq(sotto_srtp_trailer(&context, SOTTO_SRTCP), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {pp_13_exactly_enough_room, pp_13_too_little_room,
		pp_13_room_up_to_the_fence, longest_packet, no_key_no_trailer};

	return bed_main("srtp_trailer", tests, sizeof(tests) / sizeof(tests[0]));
}
