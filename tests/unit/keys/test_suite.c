/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of crypto suites (RFC 4568, 6.2; RFC 6188, 4; RFC 7714, 12): their numbers, names that
 * are found, and names that are known and refused.
 */
#include "unit.h"

#include "keys/suite.h"

#include <ctype.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* In the order in which they are listed. */
static const struct sotto_suite rows[] = {
	{"AES_CM_128_HMAC_SHA1_80", SOTTO_CIPHER_AES_CM_128, SOTTO_CIPHER_AES_CM_128,
		SOTTO_AUTH_HMAC_SHA1, 16, 14, 20, 10, 10, 0},
	{"AES_CM_128_HMAC_SHA1_32", SOTTO_CIPHER_AES_CM_128, SOTTO_CIPHER_AES_CM_128,
		SOTTO_AUTH_HMAC_SHA1, 16, 14, 20, 4, 10, SOTTO_CONSENT_TAG_32},
	{"AES_256_CM_HMAC_SHA1_80", SOTTO_CIPHER_AES_CM_256, SOTTO_CIPHER_AES_CM_256,
		SOTTO_AUTH_HMAC_SHA1, 32, 14, 20, 10, 10, 0},
	{"AES_256_CM_HMAC_SHA1_32", SOTTO_CIPHER_AES_CM_256, SOTTO_CIPHER_AES_CM_256,
		SOTTO_AUTH_HMAC_SHA1, 32, 14, 20, 4, 10, SOTTO_CONSENT_TAG_32},
	{"AEAD_AES_256_GCM", SOTTO_CIPHER_AES_GCM_256, SOTTO_CIPHER_AES_CM_256, SOTTO_AUTH_NONE, 32,
		12, 0, 16, 16, 0},
	{"AEAD_AES_128_GCM", SOTTO_CIPHER_AES_GCM_128, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_NONE, 16,
		12, 0, 16, 16, 0},
	{"AES_192_CM_HMAC_SHA1_80", SOTTO_CIPHER_AES_CM_192, SOTTO_CIPHER_AES_CM_192,
		SOTTO_AUTH_HMAC_SHA1, 24, 14, 20, 10, 10, 0},
	{"AES_192_CM_HMAC_SHA1_32", SOTTO_CIPHER_AES_CM_192, SOTTO_CIPHER_AES_CM_192,
		SOTTO_AUTH_HMAC_SHA1, 24, 14, 20, 4, 10, SOTTO_CONSENT_TAG_32},
	{"AES_CM_256_HMAC_SHA1_80", SOTTO_CIPHER_AES_CM_256, SOTTO_CIPHER_AES_CM_256,
		SOTTO_AUTH_HMAC_SHA1, 32, 14, 20, 10, 10, 0},
	{"AES_CM_256_HMAC_SHA1_32", SOTTO_CIPHER_AES_CM_256, SOTTO_CIPHER_AES_CM_256,
		SOTTO_AUTH_HMAC_SHA1, 32, 14, 20, 4, 10, SOTTO_CONSENT_TAG_32},
	{"AES_CM_192_HMAC_SHA1_80", SOTTO_CIPHER_AES_CM_192, SOTTO_CIPHER_AES_CM_192,
		SOTTO_AUTH_HMAC_SHA1, 24, 14, 20, 10, 10, 0},
	{"AES_CM_192_HMAC_SHA1_32", SOTTO_CIPHER_AES_CM_192, SOTTO_CIPHER_AES_CM_192,
		SOTTO_AUTH_HMAC_SHA1, 24, 14, 20, 4, 10, SOTTO_CONSENT_TAG_32},
	{"NULL_HMAC_SHA1_80", SOTTO_CIPHER_NONE, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_HMAC_SHA1, 16,
		14, 20, 10, 10, SOTTO_CONSENT_NULL_CIPHER},
	{"NULL_HMAC_SHA1_32", SOTTO_CIPHER_NONE, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_HMAC_SHA1, 16,
		14, 20, 4, 10, SOTTO_CONSENT_NULL_CIPHER | SOTTO_CONSENT_TAG_32},
};

START_TEST(numbers_of_a_suite)
{
	const struct sotto_suite *want = &rows[_i], *suite = sotto_keys_suite_at((unsigned)_i);

	ck_assert_ptr_nonnull(suite);
	ck_assert_str_eq(suite->name, want->name);
	ck_assert_int_eq(suite->cipher, want->cipher);
	ck_assert_int_eq(suite->prf, want->prf);
	ck_assert_int_eq(suite->auth, want->auth);
	ck_assert_uint_eq(suite->key_len, want->key_len);
	ck_assert_uint_eq(suite->salt_len, want->salt_len);
	ck_assert_uint_eq(suite->auth_key_len, want->auth_key_len);
	ck_assert_uint_eq(suite->tag_len, want->tag_len);
	ck_assert_uint_eq(suite->rtcp_tag_len, want->rtcp_tag_len);
	ck_assert_uint_eq(suite->consent, want->consent);
}
END_TEST

/* RFC 3711, 5.2 and 9.5: SRTCP never has the short tag. */
START_TEST(rc10_srtcp_tag_is_never_short)
{
	const struct sotto_suite *suite;
	unsigned i;

	for (i = 0; (suite = sotto_keys_suite_at(i)) != NULL; i++)
		ck_assert_uint_eq(
			suite->rtcp_tag_len, sotto_crypto_is_aead(suite->cipher) ? 16 : 10);
	ck_assert_uint_eq(i, COUNT(rows));
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
		ck_assert_uint_eq(suite->key_len, sotto_crypto_cipher_key_len(suite->prf));
		if (suite->cipher != SOTTO_CIPHER_NONE)
			ck_assert_uint_eq(
				suite->key_len, sotto_crypto_cipher_key_len(suite->cipher));
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
		ck_assert_ptr_null(sotto_keys_suite_refused(suite->name, len));
		for (size_t shorter = 0; shorter < len; shorter++)
			ck_assert_ptr_null(sotto_keys_suite_by_name(suite->name, shorter));
	}
}
END_TEST

/* RFC 4568, 9.2 writes them as ABNF literals, and RFC 4234, 2.3 gives those no case. */
START_TEST(names_have_no_case)
{
	const struct sotto_suite *suite;

	for (unsigned i = 0; (suite = sotto_keys_suite_at(i)) != NULL; i++) {
		size_t len = strlen(suite->name);
		char lower[32];

		ck_assert_uint_lt(len, sizeof(lower));
		for (size_t c = 0; c <= len; c++)
			lower[c] = (char)tolower((unsigned char)suite->name[c]);
		ck_assert_ptr_eq(sotto_keys_suite_by_name(lower, len), suite);
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
	ck_assert_ptr_null(sotto_keys_suite_refused(exact, 23));
	ck_assert_ptr_null(sotto_keys_suite_by_name(line, 24));
	free(exact);
}
END_TEST

START_TEST(sd01_other_names_are_unknown)
{
	static const char *const names[] = {"", "AES_CM_128_HMAC_SHA1_8", "AES_CM_128_HMAC_SHA1_81",
		"AES_CM_128_HMAC_SHA1_800", " AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80 ",
		"AES_CM_128_NULL_AUTH", "AES_CM_128_HMAC_SHA1_64", "AES_128_CM_HMAC_SHA1_80",
		"AEAD_AES_192_GCM", "AEAD_AES_128_GCM_8", "AEAD_AES_128_CCM", "NULL_NULL",
		"AES-CM-128-HMAC-SHA1-80"};

	for (int i = 0; i < COUNT(names); i++) {
		ck_assert_ptr_null(sotto_keys_suite_by_name(names[i], strlen(names[i])));
		ck_assert_ptr_null(sotto_keys_suite_refused(names[i], strlen(names[i])));
	}
}
END_TEST

static const struct {
	const char *name, *about;
} refused[] = {
	{"F8_128_HMAC_SHA1_80", "F8"},
	{"f8_128_hmac_sha1_80", "F8"},
	{"F8_128_HMAC_SHA1_32", "F8"},
	{"ARIA_128_CTR_HMAC_SHA1_80", "ARIA"},
	{"ARIA_128_CTR_HMAC_SHA1_32", "ARIA"},
	{"ARIA_192_CTR_HMAC_SHA1_80", "ARIA"},
	{"ARIA_192_CTR_HMAC_SHA1_32", "ARIA"},
	{"ARIA_256_CTR_HMAC_SHA1_80", "ARIA"},
	{"ARIA_256_CTR_HMAC_SHA1_32", "ARIA"},
	{"AEAD_ARIA_128_GCM", "ARIA"},
	{"AEAD_ARIA_256_GCM", "ARIA"},
	{"SEED_CTR_128_HMAC_SHA1_80", "SEED"},
	{"SEED_128_CCM_80", "SEED"},
	{"SEED_128_GCM_96", "SEED"},
};

START_TEST(known_names_are_refused_with_a_reason)
{
	size_t len = strlen(refused[_i].name);
	const char *why = sotto_keys_suite_refused(refused[_i].name, len);

	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, refused[_i].about));
	ck_assert_ptr_null(sotto_keys_suite_by_name(refused[_i].name, len));
	ck_assert_ptr_null(sotto_keys_suite_refused(refused[_i].name, len - 1));
}
END_TEST

START_TEST(consents_have_names)
{
	ck_assert_str_eq(sotto_keys_consent_name(SOTTO_CONSENT_TAG_32), "TAG_32");
	ck_assert_str_eq(sotto_keys_consent_name(SOTTO_CONSENT_NULL_CIPHER), "NULL_CIPHER");
	ck_assert_str_eq(
		sotto_keys_consent_name(SOTTO_CONSENT_UNENCRYPTED_SRTP), "UNENCRYPTED_SRTP");
	ck_assert_str_eq(
		sotto_keys_consent_name(SOTTO_CONSENT_UNENCRYPTED_SRTCP), "UNENCRYPTED_SRTCP");
	ck_assert_str_eq(sotto_keys_consent_name(SOTTO_CONSENT_UNAUTHENTICATED_SRTP),
		"UNAUTHENTICATED_SRTP");
	ck_assert_ptr_null(sotto_keys_consent_name(0));
	ck_assert_ptr_null(sotto_keys_consent_name(3));
	ck_assert_ptr_null(sotto_keys_consent_name(32));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/suite");
	TCase *tc = tcase_create("suite");

	tcase_add_loop_test(tc, numbers_of_a_suite, 0, COUNT(rows));
	tcase_add_test(tc, rc10_srtcp_tag_is_never_short);
	tcase_add_test(tc, every_suite_fits_the_room_for_keys);
	tcase_add_test(tc, every_name_finds_its_own_row);
	tcase_add_test(tc, names_have_no_case);
	tcase_add_test(tc, name_is_read_to_its_length_only);
	tcase_add_test(tc, sd01_other_names_are_unknown);
	tcase_add_loop_test(tc, known_names_are_refused_with_a_reason, 0, COUNT(refused));
	tcase_add_test(tc, consents_have_names);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
