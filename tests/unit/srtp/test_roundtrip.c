/* SPDX-License-Identifier: BSD-3-Clause */
/* What protect makes, unprotect takes back: sizes, headers, bursts, mixtures (RFC 3711, 3.3). */
#include "bed.h"

#include "tests/vectors/srtp_packets.h"

static uint32_t trailer_len(const struct call *call, enum sotto_srtp_kind kind)
{
	return kind == SOTTO_SRTP ? call->suite->tag_len
				  : RTCP_TRAILER_LEN + call->suite->rtcp_tag_len;
}

/* Protects and unprotects one packet and compares everything on the way. */
static void there_and_back(
	struct bed *bed, struct call *call, const struct packet *plain, enum sotto_srtp_kind kind)
{
	uint32_t header = kind == SOTTO_SRTP ? 12 : 8;
	struct packet packet = *plain;

	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, kind), SOTTO_OK);
	ck_assert_uint_eq(packet.len, plain->len + trailer_len(call, kind));
	ck_assert_mem_eq(packet.bytes, plain->bytes, header);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_OK);
	ck_assert_uint_eq(packet.len, plain->len);
	ck_assert_mem_eq(packet.bytes, plain->bytes, plain->len);
}

START_TEST(srtp_every_size)
{
	static const uint32_t sizes[] = {1000, 1400, 1500};
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_open(bed, suite_names[s], s);
		struct packet plain;

		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			packet_rtp(&plain, (uint16_t)(1000 + i), 0x5077, sizes[i]);
			there_and_back(bed, call, &plain, SOTTO_SRTP);
		}
		for (uint32_t size = 0; size <= 300; size++) {
			packet_rtp(&plain, (uint16_t)(2000 + size), 0x5077, size);
			there_and_back(bed, call, &plain, SOTTO_SRTP);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

START_TEST(srtcp_every_size)
{
	static const uint32_t sizes[] = {1000, 1400, 1500};
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_open(bed, suite_names[s], s);
		struct packet plain;

		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			packet_rtcp(&plain, 0x5077, sizes[i]);
			there_and_back(bed, call, &plain, SOTTO_SRTCP);
		}
		for (uint32_t size = 0; size <= 300; size++) {
			packet_rtcp(&plain, 0x5077, size);
			there_and_back(bed, call, &plain, SOTTO_SRTCP);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* One packet there and back, and that of it the header stays readable and the payload does not. */
static void one_header(struct bed *bed, struct call *call, uint16_t seq, const struct shape *shape)
{
	struct packet plain, packet;
	uint32_t header;

	packet_rtp_shaped(&plain, seq, 0x1234, shape);
	there_and_back(bed, call, &plain, SOTTO_SRTP);
	packet_rtp_shaped(&plain, (uint16_t)(seq + 1), 0x1234, shape);
	header = plain.len - shape->payload;
	packet = plain;
	protect_one(bed, &call->tx, &packet, SOTTO_SRTP);
	ck_assert_mem_eq(packet.bytes, plain.bytes, header);
	if (shape->payload >= 16)
		ck_assert_mem_ne(packet.bytes + header, plain.bytes + header, shape->payload);
}

/* The header, with all that belongs to it, is authenticated but not encrypted. */
START_TEST(srtp_every_header)
{
	static const int extensions[] = {-1, 0, 1, 3, 40};
	static const uint32_t payloads[] = {0, 1, 16, 160};
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_open(bed, layout_names[s], 3);
		uint16_t seq = 7;

		for (unsigned n = 0; n < 16 * 5 * 4; n++, seq += 2) {
			struct shape shape = {.csrc = n / 20,
				.extension = extensions[n / 4 % 5],
				.payload = payloads[n % 4],
				.first_byte = 0x30};

			one_header(bed, call, seq, &shape);
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* A packet of a burst of n comes out as it does alone, at every position. */
START_TEST(burst_of_every_size)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 4);
	struct packet plain[SOTTO_BURST], packets[SOTTO_BURST], alone[SOTTO_BURST];

	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packet_rtp(&plain[i], (uint16_t)(100 + i), 9, 13 * i % 300);
		alone[i] = plain[i];
		ck_assert_uint_eq(protect_one(bed, &call->tx, &alone[i], SOTTO_SRTP), SOTTO_OK);
	}
	for (unsigned n = 1; n <= SOTTO_BURST; n++) {
		side_reset(&call->tx);
		side_reset(&call->rx);
		burst_clear(bed);
		for (unsigned i = 0; i < n; i++) {
			packets[i] = plain[i];
			burst_add(bed, &call->tx, &packets[i]);
		}
		ck_assert_int_eq(__builtin_popcountll(burst_protect(bed, SOTTO_SRTP)), n);
		for (unsigned i = 0; i < n; i++) {
			ck_assert_uint_eq(packets[i].len, alone[i].len);
			ck_assert_mem_eq(packets[i].bytes, alone[i].bytes, alone[i].len);
		}
		burst_clear(bed);
		for (unsigned i = 0; i < n; i++)
			burst_add(bed, &call->rx, &packets[i]);
		ck_assert_int_eq(__builtin_popcountll(burst_unprotect(bed, SOTTO_SRTP)), n);
		for (unsigned i = 0; i < n; i++) {
			ck_assert_uint_eq(packets[i].len, plain[i].len);
			ck_assert_mem_eq(packets[i].bytes, plain[i].bytes, plain[i].len);
		}
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Positions that are not in live are neither read nor written. */
START_TEST(burst_with_gaps)
{
	static const uint64_t lives[] = {
		1, 1ull << 63, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x8000000180000001, 0};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_32, 5);
	struct packet plain[SOTTO_BURST], packets[SOTTO_BURST];

	for (unsigned k = 0; k < 6; k++) {
		side_reset(&call->tx);
		burst_clear(bed);
		for (unsigned i = 0; i < SOTTO_BURST; i++) {
			packet_rtp(&plain[i], (uint16_t)i, 9, 100);
			packets[i] = plain[i];
			burst_add(bed, &call->tx, &packets[i]);
			if (!(lives[k] >> i & 1)) {
				bed->batch.data[i] = NULL;
				bed->batch.context[i] = NULL;
			}
		}
		ck_assert_uint_eq(
			sotto_srtp_protect_burst(&bed->srtp, &bed->batch, lives[k], SOTTO_SRTP),
			lives[k]);
		for (unsigned i = 0; i < SOTTO_BURST; i++) {
			bool live = lives[k] >> i & 1;

			ck_assert_uint_eq(bed->batch.len[i], plain[i].len + (live ? 4 : 0));
			ck_assert_int_eq(packet_equal(&packets[i], &plain[i]), !live);
		}
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A packet under another key fails, whoever stands beside it. */
START_TEST(wrong_key_among_right_ones)
{
	struct bed *bed = bed_open(_i);
	struct call *a = call_open(bed, SUITE_80, 1);
	struct call *b = call_open(bed, SUITE_80, 2);
	struct packet packets[3];

	sent_rtp(bed, a, &packets[0], 1, 7);
	sent_rtp(bed, b, &packets[1], 2, 7);
	sent_rtp(bed, a, &packets[2], 3, 7);
	burst_clear(bed);
	for (unsigned i = 0; i < 3; i++)
		burst_add(bed, &a->rx, &packets[i]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 5);
	ck_assert_uint_eq(burst_verdict(bed, 1), SOTTO_DROP_AUTH);
	call_close(a);
	call_close(b);
	bed_close(bed);
}
END_TEST

/* No lane holds a packet back: it is done when the call returns, without a second one. */
START_TEST(cr_04_burst_of_one_is_complete)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 6);
	struct packet plain;

	for (uint16_t seq = 0; seq < 200; seq++) {
		packet_rtp(&plain, seq, 77, 160);
		there_and_back(bed, call, &plain, SOTTO_SRTP);
		packet_rtcp(&plain, 77, 60);
		there_and_back(bed, call, &plain, SOTTO_SRTCP);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

static void check_vector(struct bed *bed, struct call *call, enum sotto_srtp_kind kind,
	const uint8_t *in, uint32_t in_len, const uint8_t *out, uint32_t out_len)
{
	struct packet packet;

	memcpy(packet.bytes, in, in_len);
	packet.len = in_len;
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, kind), SOTTO_OK);
	ck_assert_uint_eq(packet.len, out_len);
	ck_assert_mem_eq(packet.bytes, out, out_len);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_OK);
	ck_assert_uint_eq(packet.len, in_len);
	ck_assert_mem_eq(packet.bytes, in, in_len);
}

START_TEST(known_packets)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < 2; s++) { /* SUITE_80 and SUITE_32 */
		struct sotto_master master;
		struct call *call;

		master_make(layout_names[s], 0, &master);
		memcpy(master.key, packet_vector_key, sizeof(packet_vector_key));
		memcpy(master.salt, packet_vector_salt, sizeof(packet_vector_salt));
		call = call_open_master(bed, &master);
		side_preset(&call->tx, 0xcafebabe, 0)->rtcp.next = 1;
		check_vector(bed, call, SOTTO_SRTP, packet_vector_rtp, 28, packet_vector_srtp,
			28u + master.suite->tag_len);
		check_vector(
			bed, call, SOTTO_SRTCP, packet_vector_rtcp, 24, packet_vector_srtcp, 38);
		side_preset(&call->tx, 0xcafebabe, PACKET_VECTOR_FAR_INDEX);
		side_preset(&call->rx, 0xcafebabe, PACKET_VECTOR_FAR_INDEX);
		check_vector(bed, call, SOTTO_SRTP, packet_vector_rtp, 28, packet_vector_srtp_far,
			28u + master.suite->tag_len);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {srtp_every_size, srtcp_every_size, srtp_every_header,
		burst_of_every_size, burst_with_gaps, wrong_key_among_right_ones,
		cr_04_burst_of_one_is_complete, known_packets};

	return bed_main("srtp_roundtrip", tests, sizeof(tests) / sizeof(tests[0]));
}
