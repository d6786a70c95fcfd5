/* SPDX-License-Identifier: BSD-3-Clause */
/* sotto_net_sum() against the sum by the book (RFC 1071). */
#include "frames.h"

#include "net/internal.h"

#define LEN_MAX 300

static uint8_t fill(unsigned pattern, size_t i)
{
	if (pattern == 0)
		return 0;
	return pattern == 1 ? 0xff : (uint8_t)(i * 167 + (i >> 3) * pattern + 13);
}

/* The result as bytes in network order, which is what it is made for. */
static uint16_t as_stored(uint32_t sum)
{
	uint16_t low = (uint16_t)sum;
	uint8_t bytes[2];

	ck_assert_uint_le(sum, 0xffff);
	memcpy(bytes, &low, 2);
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void check_one(unsigned pattern, size_t len, size_t align)
{
	uint8_t *buffer = malloc(align + len + 1);
	uint8_t *data = buffer + align;

	ck_assert_ptr_nonnull(buffer);
	for (size_t i = 0; i < len; i++)
		data[i] = fill(pattern, i);
	data = realloc(buffer, align + len == 0 ? 1 : align + len);
	ck_assert_ptr_nonnull(data);
	ck_assert_msg(
		as_stored(sotto_net_sum(data + align, len, 0)) == slow_sum(data + align, len, 0),
		"pattern %u, %zu bytes at alignment %zu", pattern, len, align);
	ck_assert_uint_eq(
		sotto_net_sum_narrow(data + align, len, 0), sotto_net_sum(data + align, len, 0));
	free(data);
}

START_TEST(test_every_length_and_alignment)
{
	for (size_t len = 0; len <= LEN_MAX; len++) {
		for (size_t align = 0; align < 8; align++) {
			for (unsigned pattern = 0; pattern < 5; pattern++)
				check_one(pattern, len, align);
		}
	}
}
END_TEST

START_TEST(test_starting_sum_is_added)
{
	static const uint16_t starts[] = {0, 1, 0x00ff, 0xff00, 0x1234, 0xfffe, 0xffff};
	uint8_t data[64];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = fill(2, i);
	for (size_t s = 0; s < sizeof(starts) / sizeof(starts[0]); s++) {
		for (size_t len = 0; len <= sizeof(data); len++)
			ck_assert_uint_eq(
				as_stored(sotto_net_sum(data, len, __builtin_bswap16(starts[s]))),
				slow_sum(data, len, starts[s]));
	}
}
END_TEST

/* A start of more than 16 bits counts in full: 0x10000 is 1. */
START_TEST(test_wide_start_is_folded)
{
	static const uint8_t none[1] = {0};
	static const uint8_t ones[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	ck_assert_uint_eq(sotto_net_sum(none, 0, 0x10000), 1);
	ck_assert_uint_eq(sotto_net_sum(none, 0, UINT32_MAX), 0xffff);
	ck_assert_uint_eq(sotto_net_sum(none, 0, 0xfffe0003), 2);
	ck_assert_uint_eq(sotto_net_sum(ones, 16, UINT32_MAX), 0xffff);
}
END_TEST

/* A sum may be taken in pieces, as long as only the last has an odd length. */
START_TEST(test_pieces_add_up)
{
	uint8_t data[201];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = fill(3, i);
	for (size_t cut = 0; cut <= sizeof(data); cut += 2) {
		uint32_t head = sotto_net_sum(data, cut, 0);

		ck_assert_uint_eq(sotto_net_sum(data + cut, sizeof(data) - cut, head),
			sotto_net_sum(data, sizeof(data), 0));
	}
}
END_TEST

/* The worked example of RFC 1071, section 3. */
START_TEST(test_example_of_the_rfc)
{
	static const uint8_t data[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	ck_assert_uint_eq(as_stored(sotto_net_sum(data, sizeof(data), 0)), 0xddf2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/sum");
	TCase *tc = tcase_create("sum");

	tcase_add_test(tc, test_every_length_and_alignment);
	tcase_add_test(tc, test_starting_sum_is_added);
	tcase_add_test(tc, test_wide_start_is_folded);
	tcase_add_test(tc, test_pieces_add_up);
	tcase_add_test(tc, test_example_of_the_rfc);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
