/* SPDX-License-Identifier: BSD-3-Clause */
/* Payloads: what was written is recognised, and a change of any bit is not. */
#include "unit.h"

#include "app/sotto-gen/payload.h"
#include "base/bytes.h"

#include <string.h>

static const uint32_t sizes[] = {0, 1, 7, 8, 20, 23, 24, 25, 31, 32, 33, 160, 1400};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static struct gen_source make(uint64_t seed, uint32_t stream)
{
	struct gen_source source = {.step = 160, .type = 8};

	gen_source_init(&source, seed, stream);
	return source;
}

START_TEST(what_was_written_is_right)
{
	struct gen_source source = make(1, 2);
	uint8_t packet[GEN_RTP_LEN + GEN_PAYLOAD_MAX];

	for (unsigned i = 0; i < SIZES; i++) {
		gen_payload_write(&source, 70000, 12345678901ull, packet, sizes[i]);
		ck_assert(gen_payload_check(&source, 70000, packet, sizes[i]));
		if (sizes[i] < GEN_PAYLOAD_STAMPED)
			continue;
		ck_assert_uint_eq(gen_payload_serial(packet), 70000);
		ck_assert_uint_eq(gen_payload_time(packet), 12345678901ull);
	}
}
END_TEST

START_TEST(any_other_bit_is_wrong)
{
	struct gen_source source = make(1, 2);
	uint8_t packet[GEN_RTP_LEN + GEN_PAYLOAD_MAX];

	for (unsigned i = 0; i < SIZES; i++) {
		gen_payload_write(&source, 3, 99, packet, sizes[i]);
		for (unsigned bit = 0; bit < 8 * (GEN_RTP_LEN + sizes[i]); bit++) {
			packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert(!gen_payload_check(&source, 3, packet, sizes[i]));
			packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}
END_TEST

START_TEST(another_serial_number_or_stream_is_wrong)
{
	struct gen_source source = make(1, 2), other = make(1, 3), another_seed = make(2, 2);
	uint8_t packet[GEN_RTP_LEN + 160];

	for (uint32_t len = 8; len <= 160; len += 76) {
		gen_payload_write(&source, 5, 99, packet, len);
		ck_assert(!gen_payload_check(&source, 6, packet, len));
		ck_assert(!gen_payload_check(&source, 5 + 65536, packet, len));
		ck_assert(!gen_payload_check(&other, 5, packet, len));
		ck_assert(!gen_payload_check(&another_seed, 5, packet, len));
	}
}
END_TEST

START_TEST(header_is_rtp)
{
	struct gen_source source = make(4, 5);
	uint8_t packet[GEN_RTP_LEN + 160];

	source.seq = 65535;
	source.timestamp = UINT32_MAX;
	gen_payload_write(&source, 2, 0, packet, 160);
	ck_assert_uint_eq(packet[0], 0x80);
	ck_assert_uint_eq(packet[1], 8);
	ck_assert_uint_eq(sotto_base_get16(packet + 2), 1);
	ck_assert_uint_eq(sotto_base_get32(packet + 4), 319);
	ck_assert_uint_eq(sotto_base_get32(packet + 8), source.ssrc);
}
END_TEST

START_TEST(streams_begin_well_before_the_wrap)
{
	for (uint32_t i = 0; i < 1000; i++)
		ck_assert_uint_lt(make(1, i).seq, 0x8000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gen_payload");
	TCase *tcase = tcase_create("payload");

	tcase_add_test(tcase, what_was_written_is_right);
	tcase_add_test(tcase, any_other_bit_is_wrong);
	tcase_add_test(tcase, another_serial_number_or_stream_is_wrong);
	tcase_add_test(tcase, header_is_rtp);
	tcase_add_test(tcase, streams_begin_well_before_the_wrap);
	suite_add_tcase(suite, tcase);
	return sotto_unit_run(suite);
}
