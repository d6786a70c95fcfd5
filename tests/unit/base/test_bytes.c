/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers in network byte order at every alignment. */
#include "unit.h"

#include "base/bytes.h"

#define ALIGNMENTS 8

static const uint8_t bytes[8] = {0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88};

START_TEST(get16_reads_network_order)
{
	uint8_t room[ALIGNMENTS + 2];

	memcpy(room + _i, bytes, 2);
	ck_assert_uint_eq(sotto_base_get16(room + _i), 0x0182);
}
END_TEST

START_TEST(get32_reads_network_order)
{
	uint8_t room[ALIGNMENTS + 4];

	memcpy(room + _i, bytes, 4);
	ck_assert_uint_eq(sotto_base_get32(room + _i), 0x01820384);
}
END_TEST

START_TEST(get64_reads_network_order)
{
	uint8_t room[ALIGNMENTS + 8];

	memcpy(room + _i, bytes, 8);
	ck_assert_uint_eq(sotto_base_get64(room + _i), 0x0182038405860788);
}
END_TEST

/* Writes n bytes through put at offset _i and looks at the bytes around them as well. */
static void check_put(const uint8_t *room, int at, size_t n)
{
	for (int i = 0; i < at; i++)
		ck_assert_uint_eq(room[i], 0xee);
	ck_assert_mem_eq(room + at, bytes, n);
	for (size_t i = (size_t)at + n; i < ALIGNMENTS + 9; i++)
		ck_assert_uint_eq(room[i], 0xee);
}

START_TEST(put16_writes_two_bytes_only)
{
	uint8_t room[ALIGNMENTS + 9];

	memset(room, 0xee, sizeof(room));
	sotto_base_put16(room + _i, 0x0182);
	check_put(room, _i, 2);
}
END_TEST

START_TEST(put32_writes_four_bytes_only)
{
	uint8_t room[ALIGNMENTS + 9];

	memset(room, 0xee, sizeof(room));
	sotto_base_put32(room + _i, 0x01820384);
	check_put(room, _i, 4);
}
END_TEST

START_TEST(put64_writes_eight_bytes_only)
{
	uint8_t room[ALIGNMENTS + 9];

	memset(room, 0xee, sizeof(room));
	sotto_base_put64(room + _i, 0x0182038405860788);
	check_put(room, _i, 8);
}
END_TEST

START_TEST(every_16_bit_number_comes_back)
{
	uint8_t room[2];

	for (uint32_t v = 0; v <= 0xffff; v++) {
		sotto_base_put16(room, (uint16_t)v);
		ck_assert_uint_eq(sotto_base_get16(room), v);
	}
}
END_TEST

START_TEST(every_single_bit_comes_back)
{
	uint8_t room[8];

	for (unsigned bit = 0; bit < 64; bit++) {
		sotto_base_put64(room, 1ull << bit);
		ck_assert_uint_eq(sotto_base_get64(room), 1ull << bit);
		ck_assert_uint_eq(room[7 - bit / 8], 1u << bit % 8);
		if (bit >= 32)
			continue;
		sotto_base_put32(room, 1u << bit);
		ck_assert_uint_eq(sotto_base_get32(room), 1u << bit);
		ck_assert_uint_eq(room[3 - bit / 8], 1u << bit % 8);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/bytes");
	TCase *tc = tcase_create("bytes");

	tcase_add_loop_test(tc, get16_reads_network_order, 0, ALIGNMENTS);
	tcase_add_loop_test(tc, get32_reads_network_order, 0, ALIGNMENTS);
	tcase_add_loop_test(tc, get64_reads_network_order, 0, ALIGNMENTS);
	tcase_add_loop_test(tc, put16_writes_two_bytes_only, 0, ALIGNMENTS);
	tcase_add_loop_test(tc, put32_writes_four_bytes_only, 0, ALIGNMENTS);
	tcase_add_loop_test(tc, put64_writes_eight_bytes_only, 0, ALIGNMENTS);
	tcase_add_test(tc, every_16_bit_number_comes_back);
	tcase_add_test(tc, every_single_bit_comes_back);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
