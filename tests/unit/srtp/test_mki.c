/* SPDX-License-Identifier: BSD-3-Clause */
/* Several master keys, told apart by MKI (RFC 3711, 3.1 and 8.2.1): which one, and where it is. */
#include "bed.h"

#include "base/bytes.h"

#define SSRC 0x00313141
#define MASTERS 3

static const uint64_t mkis[MASTERS] = {1, 0xfe, 0};
static const uint8_t lengths[] = {1, 4, 8, 128};

/* Both ends with three master keys; a ninth byte from the end of an MKI is always 0. */
static struct call *call_with_masters(struct bed *bed, const char *suite, uint8_t mki_len)
{
	struct call *call = call_open(bed, suite, 0);

	call_set_mki(call, mki_len, mkis[0]);
	for (unsigned n = 1; n < MASTERS; n++) {
		struct sotto_master master;

		master_make(suite, n, &master);
		side_add_master(bed, &call->tx, &master, mkis[n]);
		side_add_master(bed, &call->rx, &master, mkis[n]);
	}
	return call;
}

/* From now on the side sends under that master key. */
static void send_with(struct side *side, unsigned n)
{
	side->more->send_master = (uint8_t)n;
	side->context.rtp = side->more->master[n].rtp;
	side->context.rtcp = side->more->master[n].rtcp;
}

static void plain_make(struct packet *packet, enum sotto_srtp_kind kind, uint16_t seq)
{
	if (kind == SOTTO_SRTP)
		packet_rtp(packet, seq, SSRC, 77);
	else
		packet_rtcp(packet, SSRC, 76);
}

static void sent_with(struct bed *bed, struct call *call, struct packet *packet, unsigned n,
	enum sotto_srtp_kind kind, uint16_t seq)
{
	send_with(&call->tx, n);
	plain_make(packet, kind, seq);
	ck_assert_uint_eq(protect_one(bed, &call->tx, packet, kind), SOTTO_OK);
}

/* Offset of the MKI: behind the tag of an AEAD, before every other. */
static uint32_t mki_at(const struct call *call, const struct packet *packet, uint8_t mki_len,
	enum sotto_srtp_kind kind)
{
	if (call->suite->auth == SOTTO_AUTH_NONE)
		return packet->len - mki_len;
	return packet->len - mki_len -
	       (kind == SOTTO_SRTP ? call->suite->tag_len : call->suite->rtcp_tag_len);
}

static void one_length(struct bed *bed, const char *suite, uint8_t mki_len)
{
	struct call *call = call_with_masters(bed, suite, mki_len);

	for (unsigned k = 0; k < 6 * MASTERS; k++) {
		enum sotto_srtp_kind kind = k % 2 ? SOTTO_SRTCP : SOTTO_SRTP;
		unsigned n = k / 2 % MASTERS;
		struct packet packet, plain;
		uint32_t at;

		plain_make(&plain, kind, (uint16_t)k);
		sent_with(bed, call, &packet, n, kind, (uint16_t)k);
		at = mki_at(call, &packet, mki_len, kind);
		for (uint32_t b = 0; b < mki_len; b++)
			ck_assert_uint_eq(packet.bytes[at + b], b + 1u == mki_len ? mkis[n] : 0);
		ck_assert(packet_guarded(&packet, packet.len));
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_OK);
		ck_assert_uint_eq(packet.len, plain.len);
		ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
	}
	call_close(call);
}

START_TEST(every_length_there_and_back)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++)
		for (unsigned l = 0; l < sizeof(lengths); l++)
			one_length(bed, suite_names[s], lengths[l]);
	bed_close(bed);
}
END_TEST

/* All eight bytes of a value count, in network order. */
START_TEST(value_of_eight_bytes)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	call_set_mki(call, 8, 0x8123456789abcdef);
	sent_rtp(bed, call, &packet, 9, SSRC);
	ck_assert_uint_eq(sotto_base_get64(packet.bytes + packet.len - 18), 0x8123456789abcdef);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The packet is what the master key alone would make, with the MKI put in between. */
START_TEST(send_master_selects_the_key)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_with_masters(bed, layout_names[s], 4);

		for (unsigned n = 0; n < MASTERS; n++) {
			struct call *alone = call_open(bed, layout_names[s], n);
			struct packet packet, want;
			uint32_t at;

			sent_with(bed, call, &packet, n, SOTTO_SRTP, (uint16_t)(10 + n));
			packet_rtp(&want, (uint16_t)(10 + n), SSRC, 77);
			protect_one(bed, &alone->tx, &want, SOTTO_SRTP);
			at = mki_at(call, &packet, 4, SOTTO_SRTP);
			ck_assert_uint_eq(packet.len, want.len + 4);
			ck_assert_mem_eq(packet.bytes, want.bytes, at);
			ck_assert_mem_eq(packet.bytes + at + 4, want.bytes + at, want.len - at);
			call_close(alone);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Receives a changed packet that must be dropped without a trace. */
static void refused(struct bed *bed, struct side *side, const struct packet *sent,
	enum sotto_srtp_kind kind, enum sotto_verdict want)
{
	struct snapshot before = snapshot_take(side);
	struct sotto_key_use uses[SIDE_MASTERS];
	struct packet packet = *sent;

	memcpy(uses, side->uses, sizeof(uses));
	ck_assert_uint_eq(unprotect_one(bed, side, &packet, kind), want);
	ck_assert(packet_equal(&packet, sent));
	ck_assert(snapshot_same(&before, side));
	ck_assert_mem_eq(uses, side->uses, sizeof(uses));
}

START_TEST(unknown_mki)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		for (unsigned l = 0; l < sizeof(lengths); l++) {
			struct call *call = call_with_masters(bed, layout_names[s], lengths[l]);

			for (unsigned kind = 0; kind < 2; kind++) {
				struct packet packet;
				uint32_t at;

				sent_with(bed, call, &packet, 0, kind, 5);
				at = mki_at(call, &packet, lengths[l], kind);
				packet.bytes[at + lengths[l] - 1u] = 0x77;
				refused(bed, &call->rx, &packet, kind, SOTTO_DROP_MKI);
			}
			call_close(call);
		}
	}
	bed_close(bed);
}
END_TEST

/* Every bit of a long MKI counts, also where no value reaches. */
START_TEST(every_bit_of_a_long_mki)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_with_masters(bed, "AEAD_AES_128_GCM", 128);
	struct packet good, packet;

	sent_with(bed, call, &good, 1, SOTTO_SRTP, 5);
	for (uint32_t bit = 0; bit < 8 * 128; bit++) {
		uint8_t *at = good.bytes + good.len - 128 + bit / 8;

		packet = good;
		packet.bytes[good.len - 128 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_uint_eq(*at, bit / 8 == 127 ? 0xfe : 0);
		refused(bed, &call->rx, &packet, SOTTO_SRTP, SOTTO_DROP_MKI);
	}
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &good, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The MKI of another key that is known: found, tried, and wrong. */
START_TEST(mki_of_another_key)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_with_masters(bed, layout_names[s], 1);

		for (unsigned kind = 0; kind < 2; kind++) {
			struct packet packet;

			sent_with(bed, call, &packet, 0, kind, 6);
			packet.bytes[mki_at(call, &packet, 1, kind)] = (uint8_t)mkis[1];
			refused(bed, &call->rx, &packet, kind, SOTTO_DROP_AUTH);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* One byte less than header, tag, MKI and index together is too short. */
START_TEST(too_short_for_the_mki)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_with_masters(bed, layout_names[s], 8);
		uint32_t rtp = 12u + 8 + call->suite->tag_len;
		uint32_t rtcp = 8u + 8 + 4 + call->suite->rtcp_tag_len;
		struct packet packet;

		packet_rtp(&packet, 1, SSRC, 200);
		memset(packet.bytes + 12, 0x99, 200);
		packet.len = rtp - 1;
		refused(bed, &call->rx, &packet, SOTTO_SRTP, SOTTO_DROP_SHORT);
		packet.len = rtp;
		refused(bed, &call->rx, &packet, SOTTO_SRTP, SOTTO_DROP_MKI);
		packet_rtcp(&packet, SSRC, 200);
		memset(packet.bytes + 8, 0x99, 200);
		packet.len = rtcp - 1;
		refused(bed, &call->rx, &packet, SOTTO_SRTCP, SOTTO_DROP_SHORT);
		packet.len = rtcp;
		refused(bed, &call->rx, &packet, SOTTO_SRTCP, SOTTO_DROP_MKI);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Each master key has its own count, on both ends; the replay list is that of the stream. */
START_TEST(counted_per_master_key)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_with_masters(bed, SUITE_80, 1);
	struct packet packet, again;
	uint16_t seq = 0;

	for (unsigned n = 0; n < MASTERS; n++) {
		for (unsigned k = 0; k < 3 + n; k++) {
			sent_with(bed, call, &packet, n, SOTTO_SRTP, seq++);
			again = packet;
			unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP);
			ck_assert_uint_eq(unprotect_one(bed, &call->rx, &again, SOTTO_SRTP),
				SOTTO_DROP_REPLAY);
			sent_with(bed, call, &packet, n, SOTTO_SRTCP, 0);
			unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP);
			sent_with(bed, call, &packet, n, SOTTO_SRTCP, 0);
			unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP);
		}
	}
	for (unsigned n = 0; n < MASTERS; n++) {
		const struct side *sides[] = {&call->tx, &call->rx};

		for (unsigned k = 0; k < 2; k++) {
			const struct sotto_srtp_context *context = &sides[k]->context;

			ck_assert_uint_eq(sotto_srtp_used(context, n, SOTTO_SRTP), 3 + n);
			ck_assert_uint_eq(sotto_srtp_used(context, n, SOTTO_SRTCP), 2 * (3 + n));
		}
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The lifetime of one master key ends, that of the others does not (RFC 3711, 9.2). */
START_TEST(one_key_expires_alone)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_with_masters(bed, SUITE_80, 1);
	struct packet packet;

	sotto_srtp_use_init(call->tx.more->master[1].use, 2);
	for (uint16_t seq = 0; seq < 2; seq++)
		sent_with(bed, call, &packet, 1, SOTTO_SRTP, seq);
	packet_rtp(&packet, 2, SSRC, 77);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_EXPIRED);
	sent_with(bed, call, &packet, 2, SOTTO_SRTP, 2);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Packets under another master key, between its own, neither wear a key nor let it live longer. */
START_TEST(others_do_not_wear_a_key)
{
	enum {
		LIFE = 60,
		MARK = LIFE - LIFE / 10
	};
	struct bed *bed = bed_open(_i);
	struct call *call = call_with_masters(bed, SUITE_80, 1);
	struct packet packet;
	uint16_t seq = 0;

	sotto_srtp_use_init(&call->tx.streams->use, LIFE);
	sotto_srtp_streams_allot(call->tx.streams);
	for (unsigned k = 0; k < LIFE; k++) {
		for (unsigned other = 0; other < 3; other++) {
			sent_with(bed, call, &packet, 1, SOTTO_SRTP, seq++);
			ck_assert_uint_eq(bed->batch.worn, 0);
		}
		sent_with(bed, call, &packet, 0, SOTTO_SRTP, seq++);
		ck_assert_uint_eq(bed->batch.worn, k + 1 == MARK);
		ck_assert_uint_eq(sotto_srtp_used(&call->tx.context, 0, SOTTO_SRTP), k + 1);
		ck_assert_uint_eq(sotto_srtp_used(&call->tx.context, 1, SOTTO_SRTP), 3 * (k + 1));
	}
	packet_rtp(&packet, seq, SSRC, 77);
	send_with(&call->tx, 0);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_EXPIRED);
	sent_with(bed, call, &packet, 1, SOTTO_SRTP, seq);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* An index that was used under one master key is not used under another. */
START_TEST(one_list_for_all_master_keys)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_with_masters(bed, SUITE_80, 1);
	struct packet packets[MASTERS];

	for (unsigned n = 0; n < MASTERS; n++) {
		side_reset(&call->tx);
		sent_with(bed, call, &packets[n], n, SOTTO_SRTP, 500);
	}
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packets[1], SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(
		unprotect_one(bed, &call->rx, &packets[0], SOTTO_SRTP), SOTTO_DROP_REPLAY);
	packet_rtp(&packets[2], 500, SSRC, 77);
	send_with(&call->tx, 0);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packets[2], SOTTO_SRTP), SOTTO_DROP_SEND_REUSE);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Packets under all master keys, and with a wrong MKI, in one burst. */
START_TEST(all_keys_in_one_burst)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_with_masters(bed, layout_names[s], 2);
		struct packet packets[SOTTO_BURST];
		uint64_t want = 0;

		for (unsigned i = 0; i < SOTTO_BURST; i++) {
			sent_with(bed, call, &packets[i], i % MASTERS, SOTTO_SRTP, (uint16_t)i);
			if (i % 5 == 4)
				packets[i].bytes[mki_at(call, &packets[i], 2, SOTTO_SRTP)] ^= 8;
			else
				want |= 1ull << i;
		}
		burst_clear(bed);
		for (unsigned i = 0; i < SOTTO_BURST; i++)
			burst_add(bed, &call->rx, &packets[i]);
		ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), want);
		for (unsigned i = 4; i < SOTTO_BURST; i += 5)
			ck_assert_uint_eq(burst_verdict(bed, i), SOTTO_DROP_MKI);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_length_there_and_back, value_of_eight_bytes,
		send_master_selects_the_key, unknown_mki, every_bit_of_a_long_mki,
		mki_of_another_key, too_short_for_the_mki, counted_per_master_key,
		one_key_expires_alone, others_do_not_wear_a_key, one_list_for_all_master_keys,
		all_keys_in_one_burst};

	return bed_main("srtp_mki", tests, sizeof(tests) / sizeof(tests[0]));
}
