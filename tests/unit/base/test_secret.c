/* SPDX-License-Identifier: BSD-3-Clause */
/* The compare for tags sees every bit at every place; the wipe reaches every byte and no other. */
#include "unit.h"

#include "base/secret.h"

#define LONGEST 40

START_TEST(equal_bytes_are_equal)
{
	for (size_t n = 0; n <= LONGEST; n++) {
		uint8_t *a = malloc(n ? n : 1), *b = malloc(n ? n : 1);

		ck_assert(a && b);
		memset(a, 0x5c, n);
		memset(b, 0x5c, n);
		ck_assert(sotto_base_equal(a, b, n));
		free(a);
		free(b);
	}
}
END_TEST

START_TEST(any_one_bit_makes_a_difference)
{
	uint8_t a[LONGEST], b[LONGEST];

	memset(a, 0x3a, sizeof(a));
	memset(b, 0x3a, sizeof(b));
	for (size_t n = 1; n <= LONGEST; n++) {
		for (size_t bit = 0; bit < 8 * n; bit++) {
			b[bit / 8] ^= (uint8_t)(1u << bit % 8);
			ck_assert_msg(!sotto_base_equal(a, b, n), "bit %zu of %zu bytes", bit, n);
			b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}
END_TEST

/* Two differences must not cancel each other out, in whole words or in the rest behind them. */
START_TEST(any_two_equal_differences_make_a_difference)
{
	uint8_t a[LONGEST] = {0}, b[LONGEST] = {0};

	for (size_t n = 2; n <= LONGEST; n++) {
		for (size_t i = 0; i < n; i++) {
			for (size_t k = i + 1; k < n; k++) {
				b[i] = b[k] = 0x80;
				if (sotto_base_equal(a, b, n))
					ck_abort_msg("bytes %zu and %zu of %zu", i, k, n);
				b[i] = b[k] = 0;
			}
		}
	}
}
END_TEST

START_TEST(bytes_behind_the_length_do_not_count)
{
	uint8_t a[LONGEST] = {0}, b[LONGEST];

	for (size_t n = 0; n < LONGEST; n++) {
		memset(b, 0xff, sizeof(b));
		memset(b, 0, n);
		ck_assert(sotto_base_equal(a, b, n));
		ck_assert(!sotto_base_equal(a, b, n + 1));
	}
}
END_TEST

START_TEST(any_alignment_compares)
{
	uint8_t a[LONGEST + 8], b[LONGEST + 8];

	for (size_t i = 0; i < 8; i++) {
		for (size_t k = 0; k < 8; k++) {
			memset(a + i, 0x77, LONGEST);
			memset(b + k, 0x77, LONGEST);
			ck_assert(sotto_base_equal(a + i, b + k, LONGEST));
			b[k + LONGEST - 1] ^= 1;
			ck_assert(!sotto_base_equal(a + i, b + k, LONGEST));
		}
	}
}
END_TEST

START_TEST(wipe_zeroes_its_bytes_and_no_other)
{
	uint8_t room[LONGEST + 2];

	for (size_t n = 0; n <= LONGEST; n++) {
		memset(room, 0xa5, sizeof(room));
		sotto_base_wipe(room + 1, n);
		ck_assert_uint_eq(room[0], 0xa5);
		for (size_t i = 1; i <= n; i++)
			ck_assert_uint_eq(room[i], 0);
		ck_assert_uint_eq(room[n + 1], 0xa5);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/secret");
	TCase *tc = tcase_create("secret");

	tcase_add_test(tc, equal_bytes_are_equal);
	tcase_add_test(tc, any_one_bit_makes_a_difference);
	tcase_add_test(tc, any_two_equal_differences_make_a_difference);
	tcase_add_test(tc, bytes_behind_the_length_do_not_count);
	tcase_add_test(tc, any_alignment_compares);
	tcase_add_test(tc, wipe_zeroes_its_bytes_and_no_other);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
