/* SPDX-License-Identifier: BSD-3-Clause */
/* All first and second bytes against the ranges of RFC 7983, section 7, and RFC 5761, section 4. */
#include "unit.h"

#include "guarded.h"

#include "rtp/demux.h"

#include <stdbool.h>

/*
 * The ranges as the two RFCs print them. Of the RTP range, packet types 192 to 223 are RTCP (RFC
 * 5761).
 */
static const struct {
	int first, last;
	enum sotto_rtp_class class;
} ranges[] = {
	{0, 3, SOTTO_RTP_CLASS_STUN},
	{4, 15, SOTTO_RTP_CLASS_NONE},
	{16, 19, SOTTO_RTP_CLASS_ZRTP},
	{20, 63, SOTTO_RTP_CLASS_DTLS},
	{64, 79, SOTTO_RTP_CLASS_TURN},
	{80, 127, SOTTO_RTP_CLASS_NONE},
	{128, 191, SOTTO_RTP_CLASS_RTP},
	{192, 255, SOTTO_RTP_CLASS_NONE},
};

#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

static void fill_table(enum sotto_rtp_class table[256][256])
{
	for (size_t r = 0; r < RANGES; r++) {
		for (int a = ranges[r].first; a <= ranges[r].last; a++) {
			for (int b = 0; b < 256; b++)
				table[a][b] = ranges[r].class;
		}
	}
	for (int a = 128; a < 192; a++) {
		for (int b = 192; b < 224; b++)
			table[a][b] = SOTTO_RTP_CLASS_RTCP;
	}
}

START_TEST(pp26_all_65536_first_two_bytes)
{
	static enum sotto_rtp_class table[256][256];

	fill_table(table);
	for (int a = 0; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			uint8_t data[2] = {(uint8_t)a, (uint8_t)b};

			ck_assert_msg(sotto_rtp_classify(data, 2) == table[a][b],
				"bytes %d %d: class %d", a, b, sotto_rtp_classify(data, 2));
		}
	}
}
END_TEST

START_TEST(pp26_only_two_bytes_decide)
{
	uint8_t data[64];

	for (int a = 0; a < 256; a++) {
		data[0] = (uint8_t)a;
		data[1] = (uint8_t)(a * 7);
		memset(data + 2, 0x00, sizeof(data) - 2);
		ck_assert_int_eq(sotto_rtp_classify(data, 64), sotto_rtp_classify(data, 2));
		memset(data + 2, 0xff, sizeof(data) - 2);
		ck_assert_int_eq(sotto_rtp_classify(data, 64), sotto_rtp_classify(data, 2));
	}
}
END_TEST

/* One byte cannot tell RTP from RTCP, and is none of either; no byte at all must not be read. */
START_TEST(pp26_empty_and_one_byte_are_none)
{
	for (int a = 0; a < 256; a++) {
		uint8_t *one = guarded_copy((const uint8_t[1]){(uint8_t)a}, 1);

		ck_assert_int_eq(sotto_rtp_classify(one, 1), SOTTO_RTP_CLASS_NONE);
		ck_assert_int_eq(sotto_rtp_classify(one + 1, 0), SOTTO_RTP_CLASS_NONE);
	}
}
END_TEST

/* RFC 5761, 4: payload types 64 to 95 with the marker bit would be taken for RTCP; others not. */
START_TEST(rc11_marker_and_payload_type_edges)
{
	uint8_t data[2] = {0x80};

	for (int type = 0; type < 128; type++) {
		bool rtcp = type >= 64 && type <= 95;

		data[1] = (uint8_t)type;
		ck_assert_int_eq(sotto_rtp_classify(data, 2), SOTTO_RTP_CLASS_RTP);
		data[1] = (uint8_t)(type | 0x80);
		ck_assert_int_eq(sotto_rtp_classify(data, 2),
			rtcp ? SOTTO_RTP_CLASS_RTCP : SOTTO_RTP_CLASS_RTP);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rtp/demux");
	TCase *tc = tcase_create("demux");

	tcase_add_test(tc, pp26_all_65536_first_two_bytes);
	tcase_add_test(tc, pp26_only_two_bytes_decide);
	tcase_add_test(tc, pp26_empty_and_one_byte_are_none);
	tcase_add_test(tc, rc11_marker_and_payload_type_edges);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
