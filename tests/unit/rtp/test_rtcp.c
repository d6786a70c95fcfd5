/* SPDX-License-Identifier: BSD-3-Clause */
/* The walk over compound RTCP (RFC 3550, 6.1 and A.2): lengths that lie, end and version checks. */
#include "unit.h"

#include "guarded.h"

#include "rtp/rtp.h"

/* A sender report with one block, a source description and a BYE: 52 + 16 + 8 bytes. */
static const uint8_t compound[] = {
	0x81, 200, 0, 12, 0x50, 0x77, 0xaa, 0xbb,                              /* SR, SSRC */
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, /* sender info */
	21, 22, 23, 24, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* block */
	0x81, 202, 0, 3, 0x50, 0x77, 0xaa, 0xbb, 1, 2, 'a', 'b', 0, 0, 0, 0, /* SDES: CNAME */
	0x81, 203, 0, 1, 0x50, 0x77, 0xaa, 0xbb,                             /* BYE */
};

#define PARTS 3
static const size_t part_at[PARTS] = {0, 52, 68};

_Static_assert(sizeof(compound) == 76, "52 + 16 + 8");

static bool is_compound(const uint8_t *data, size_t len)
{
	return sotto_rtcp_is_compound(guarded_copy(data, len), (uint32_t)len);
}

static bool with_length(int part, uint16_t words)
{
	uint8_t data[sizeof(compound)];

	memcpy(data, compound, sizeof(data));
	sotto_base_put16(data + part_at[part] + 2, words);
	return is_compound(data, sizeof(data));
}

START_TEST(rc12_whole_compound_passes)
{
	ck_assert(is_compound(compound, sizeof(compound)));
}
END_TEST

START_TEST(rc12_truncated_at_every_byte)
{
	for (size_t len = 0; len < sizeof(compound); len++) {
		bool whole_parts = len == part_at[1] || len == part_at[2];

		ck_assert_msg(is_compound(compound, len) == whole_parts, "%zu bytes", len);
	}
}
END_TEST

START_TEST(rc12_bytes_behind_the_last_part)
{
	uint8_t data[sizeof(compound) + 32] = {0};

	memcpy(data, compound, sizeof(compound));
	for (size_t more = 1; more <= 32; more++)
		ck_assert_msg(!is_compound(data, sizeof(compound) + more), "%zu more", more);
}
END_TEST

/* SRTCP: E bit, index and tag stand behind the parts, so a protected packet never passes. */
START_TEST(rc12_srtcp_trailer_does_not_pass)
{
	uint8_t data[sizeof(compound) + 14];

	memcpy(data, compound, sizeof(compound));
	for (unsigned i = 0; i < 256; i++) {
		memset(data + sizeof(compound), 0xaa, 14);
		sotto_base_put32(data + sizeof(compound), 0x80000000u | i);
		ck_assert(!is_compound(data, sizeof(data)));
		ck_assert(!is_compound(data, sizeof(compound) + 8));
	}
}
END_TEST

START_TEST(rc12_part_longer_than_the_rest)
{
	for (int part = 0; part < PARTS; part++) {
		size_t left = sizeof(compound) - part_at[part];

		ck_assert(!with_length(part, (uint16_t)(left / 4)));
		ck_assert(!with_length(part, (uint16_t)(left / 4 + 1)));
		ck_assert(!with_length(part, 0x3fff));
		ck_assert(!with_length(part, 0x4000));
		ck_assert(!with_length(part, 0xfffe));
		ck_assert(!with_length(part, 0xffff));
	}
}
END_TEST

/* One word too short: the walk lands inside the part, on bytes that are no header. */
START_TEST(rc12_part_shorter_than_it_is)
{
	ck_assert(!with_length(0, 11));
	ck_assert(!with_length(0, 1));
	ck_assert(!with_length(1, 2));
	ck_assert(!with_length(2, 0));
}
END_TEST

/* A length of zero words is four bytes: the walk goes on and never stands still. */
START_TEST(rc12_length_zero_moves_on)
{
	uint8_t data[64];

	for (size_t i = 0; i < sizeof(data); i += 4)
		memcpy(data + i, (const uint8_t[4]){0x80, 203, 0, 0}, 4);
	for (size_t len = 0; len <= sizeof(data); len++)
		ck_assert(is_compound(data, len) == (len >= 8 && len % 4 == 0));
	ck_assert(!with_length(0, 0));
}
END_TEST

/* Every length in every part: right where the pieces happen to fit, never a read behind the end. */
START_TEST(rc12_every_length_in_every_part)
{
	for (int part = 0; part < PARTS; part++) {
		uint16_t right = sotto_base_get16(compound + part_at[part] + 2);

		for (uint32_t words = 0; words <= 0xffff; words++) {
			bool fits = words == right;

			/* the whole rest as one part, or ending before the next header, fits too */
			fits |= 4 + 4 * words == sizeof(compound) - part_at[part];
			fits |= part == 0 && 4 + 4 * words == part_at[2];
			ck_assert_msg(with_length(part, (uint16_t)words) == fits,
				"part %d with %u words", part, words);
		}
	}
}
END_TEST

START_TEST(rc12_odd_sizes_never_pass)
{
	uint8_t data[64] = {0x80, 201};

	for (size_t len = 8; len <= sizeof(data); len++) {
		sotto_base_put16(data + 2, (uint16_t)(len / 4 - 1));
		ck_assert(is_compound(data, len) == (len % 4 == 0));
	}
}
END_TEST

START_TEST(rc12_version_of_every_part_counts)
{
	for (int part = 0; part < PARTS; part++) {
		for (unsigned version = 0; version < 4; version++) {
			uint8_t data[sizeof(compound)];

			memcpy(data, compound, sizeof(data));
			data[part_at[part]] = (uint8_t)(version << 6 | 1);
			ck_assert(is_compound(data, sizeof(data)) == (version == 2));
		}
	}
}
END_TEST

START_TEST(rc12_type_of_every_part_counts)
{
	for (int part = 0; part < PARTS; part++) {
		for (unsigned type = 0; type < 256; type++) {
			uint8_t data[sizeof(compound)];

			memcpy(data, compound, sizeof(data));
			data[part_at[part] + 1] = (uint8_t)type;
			ck_assert(is_compound(data, sizeof(data)) == (type >= 192 && type <= 223));
		}
	}
}
END_TEST

/* Reduced-size packets (RFC 5506): one feedback packet alone; RC-05: four bytes alone do not. */
START_TEST(rc05_reduced_size_passes_and_four_bytes_do_not)
{
	static const uint8_t pli[12] = {0x81, 206, 0, 2, 0x50, 0x77, 0xaa, 0xbb, 1, 2, 3, 4};
	static const uint8_t bye[4] = {0x80, 203, 0, 0};

	ck_assert(is_compound(pli, sizeof(pli)));
	ck_assert(!is_compound(bye, sizeof(bye)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rtp/rtcp");
	TCase *tc = tcase_create("compound");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, rc12_whole_compound_passes);
	tcase_add_test(tc, rc12_truncated_at_every_byte);
	tcase_add_test(tc, rc12_bytes_behind_the_last_part);
	tcase_add_test(tc, rc12_srtcp_trailer_does_not_pass);
	tcase_add_test(tc, rc12_part_longer_than_the_rest);
	tcase_add_test(tc, rc12_part_shorter_than_it_is);
	tcase_add_test(tc, rc12_length_zero_moves_on);
	tcase_add_test(tc, rc12_every_length_in_every_part);
	tcase_add_test(tc, rc12_odd_sizes_never_pass);
	tcase_add_test(tc, rc12_version_of_every_part_counts);
	tcase_add_test(tc, rc12_type_of_every_part_counts);
	tcase_add_test(tc, rc05_reduced_size_passes_and_four_bytes_do_not);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
