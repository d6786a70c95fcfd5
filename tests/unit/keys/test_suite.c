/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of crypto suites (RFC 4568, 6.2): lengths that fit together, names that are found. */
#include "unit.h"

#include "keys/suite.h"

#include <string.h>

START_TEST(sizes_of_the_two_aes_cm_suites)
{
	static const char *const names[] = {"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"};
	static const uint8_t tags[] = {10, 4};

	for (int i = 0; i < 2; i++) {
		const struct sotto_suite *suite =
			sotto_keys_suite_by_name(names[i], strlen(names[i]));

		ck_assert_ptr_nonnull(suite);
		ck_assert_int_eq(suite->cipher, SOTTO_CIPHER_AES_CM_128);
		ck_assert_int_eq(suite->auth, SOTTO_AUTH_HMAC_SHA1);
		ck_assert_uint_eq(suite->key_len, 16);
		ck_assert_uint_eq(suite->salt_len, 14);
		ck_assert_uint_eq(suite->auth_key_len, 20);
		ck_assert_uint_eq(suite->tag_len, tags[i]);
	}
}
END_TEST

/* RFC 3711, 5.2 and 9.5: SRTCP never has the short tag. */
START_TEST(rc10_srtcp_tag_is_80_bits_in_every_suite)
{
	const struct sotto_suite *suite;

	for (unsigned i = 0; (suite = sotto_keys_suite_at(i)) != NULL; i++)
		ck_assert_uint_eq(suite->rtcp_tag_len, 10);
}
END_TEST

START_TEST(every_suite_fits_the_room_for_keys)
{
	const struct sotto_suite *suite;
	unsigned i;

	for (i = 0; (suite = sotto_keys_suite_at(i)) != NULL; i++) {
		ck_assert_uint_le(suite->key_len, SOTTO_MASTER_KEY_MAX);
		ck_assert_uint_le(suite->key_len, SOTTO_CIPHER_KEY_MAX);
		ck_assert_uint_le(suite->salt_len, SOTTO_MASTER_SALT_MAX);
		ck_assert_uint_le(suite->auth_key_len, SOTTO_AUTH_KEY_MAX);
		ck_assert_uint_le(suite->tag_len, SOTTO_SHA1_LEN);
		ck_assert_uint_eq(suite->key_len, sotto_crypto_cipher_key_len(suite->cipher));
	}
	ck_assert_uint_gt(i, 0);
	ck_assert_ptr_null(sotto_keys_suite_at(i));
	ck_assert_ptr_null(sotto_keys_suite_at(i + 1));
	ck_assert_ptr_null(sotto_keys_suite_at(UINT32_MAX));
}
END_TEST

START_TEST(every_name_finds_its_own_row)
{
	const struct sotto_suite *suite;

	for (unsigned i = 0; (suite = sotto_keys_suite_at(i)) != NULL; i++) {
		size_t len = strlen(suite->name);

		ck_assert_ptr_eq(sotto_keys_suite_by_name(suite->name, len), suite);
		for (size_t shorter = 0; shorter < len; shorter++)
			ck_assert_ptr_null(sotto_keys_suite_by_name(suite->name, shorter));
	}
}
END_TEST

/* The text need not end with a zero: exactly len characters are looked at. */
START_TEST(name_is_read_to_its_length_only)
{
	const char *line = "AES_CM_128_HMAC_SHA1_80 inline:";
	const struct sotto_suite *suite = sotto_keys_suite_by_name(line, 23);
	char *exact = malloc(23);

	ck_assert_ptr_nonnull(exact);
	ck_assert_ptr_nonnull(suite);
	memcpy(exact, line, 23);
	ck_assert_ptr_eq(sotto_keys_suite_by_name(exact, 23), suite);
	ck_assert_ptr_null(sotto_keys_suite_by_name(line, 24));
	free(exact);
}
END_TEST

START_TEST(sd01_other_names_are_unknown)
{
	static const char *const names[] = {"", "AES_CM_128_HMAC_SHA1_8", "AES_CM_128_HMAC_SHA1_81",
		"AES_CM_128_HMAC_SHA1_800", "aes_cm_128_hmac_sha1_80", " AES_CM_128_HMAC_SHA1_80",
		"AES_CM_128_HMAC_SHA1_80 ", "F8_128_HMAC_SHA1_80", "AES_CM_128_NULL_AUTH",
		"NULL_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_64"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_ptr_null(sotto_keys_suite_by_name(names[i], strlen(names[i])));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/suite");
	TCase *tc = tcase_create("suite");

	tcase_add_test(tc, sizes_of_the_two_aes_cm_suites);
	tcase_add_test(tc, rc10_srtcp_tag_is_80_bits_in_every_suite);
	tcase_add_test(tc, every_suite_fits_the_room_for_keys);
	tcase_add_test(tc, every_name_finds_its_own_row);
	tcase_add_test(tc, name_is_read_to_its_length_only);
	tcase_add_test(tc, sd01_other_names_are_unknown);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
