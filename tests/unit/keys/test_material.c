/* SPDX-License-Identifier: BSD-3-Clause */
/* Master key and salt from two base64 texts, as the control protocol carries them. */
#include "unit.h"

#include "masters.h"
#include "sdes_check.h"

#include <errno.h>

#define SUITE "AES_CM_128_HMAC_SHA1_80"
#define KEY "WVNfX19zZW1jdGwgKCkgew"   /* 16 bytes, without padding */
#define SALT "CTIyMDt9Cn0KdW5sZXM"     /* 14 bytes, without padding */
#define SALT_12 "CTIyMDt9Cn0KdW5s"     /* 12 of them */
#define NUL16 "AAAAAAAAAAAAAAAAAAAAAA" /* 16 bytes */
#define NUL14 "AAAAAAAAAAAAAAAAAAA"    /* 14 bytes */
#define KEY_24 "YsIDUiKLvLKIGItCdn2/jeaElDREdiSX"
#define KEY_32 "3qh+skF1snjsRx/jmKZbwcAAK1IsL9IK2T7SMFIDHjc"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *suite, *key, *salt;
} good[] = {
	{SUITE, KEY "==", SALT "="},
	{SUITE, KEY, SALT},
	{SUITE, KEY "==", SALT},
	{"AES_CM_128_HMAC_SHA1_32", KEY, SALT "="},
	{"NULL_HMAC_SHA1_80", KEY, SALT},
	{"AEAD_AES_128_GCM", KEY "==", SALT_12},
};

START_TEST(key_and_salt_are_read)
{
	const struct sotto_suite *suite = suite_named(good[_i].suite);
	const char *reason = NULL;
	struct sotto_keyed keyed;

	memset(&keyed, 0x6b, sizeof(keyed));
	ck_assert_int_eq(
		sotto_keys_from_base64(suite, good[_i].key, good[_i].salt, &keyed, &reason), 0);
	ck_assert_mem_eq(keyed.key, sdes_key_bytes, 16);
	ck_assert_mem_eq(keyed.salt, sdes_key_bytes + 16, suite->salt_len);
}
END_TEST

/* Keys of 24 and 32 bytes, and nothing but key and salt is touched. */
START_TEST(longer_keys_are_read_and_nothing_else_changes)
{
	static const char *const suites[] = {"AES_192_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80"};
	static const char *const keys[] = {KEY_24, KEY_32};
	static const uint8_t first[] = {0x62, 0xde}, last[] = {0x97, 0x37};
	struct sotto_keyed keyed;
	const char *reason;

	for (int i = 0; i < 2; i++) {
		const struct sotto_suite *suite = suite_named(suites[i]);

		memset(&keyed, 0x6b, sizeof(keyed));
		ck_assert_int_eq(sotto_keys_from_base64(suite, keys[i], SALT, &keyed, &reason), 0);
		ck_assert_uint_eq(keyed.key[0], first[i]);
		ck_assert_uint_eq(keyed.key[suite->key_len - 1], last[i]);
		ck_assert_mem_eq(keyed.salt, sdes_key_bytes + 16, 14);
		ck_assert_uint_eq(keyed.lifetime, 0x6b6b6b6b6b6b6b6b);
		ck_assert_uint_eq(keyed.mki, 0x6b6b6b6b6b6b6b6b);
	}
}
END_TEST

/* RFC 3711, 4.3 asks for a secret key; the salt need not even be secret. */
START_TEST(zero_salt_is_allowed)
{
	const char *reason = NULL;
	struct sotto_keyed keyed;

	ck_assert_int_eq(
		sotto_keys_from_base64(suite_named(SUITE), KEY, NUL14, &keyed, &reason), 0);
	ck_assert_mem_eq(keyed.key, sdes_key_bytes, 16);
}
END_TEST

static const struct {
	const char *suite, *key, *salt;
	const char *about; /* a word of the reason */
} bad[] = {
	{SUITE, "", SALT, "key"},
	{SUITE, "WVNfX19zZW1jdGwgKCkg", SALT, "key"},    /* 15 bytes */
	{SUITE, "WVNfX19zZW1jdGwgKCkgewk", SALT, "key"}, /* 17 */
	{SUITE, KEY "=", SALT, "key"},                   /* half padding */
	{SUITE, KEY "===", SALT, "key"},
	{SUITE, KEY "== ", SALT, "key"},
	{SUITE, " " KEY "==", SALT, "key"},
	{SUITE, "WVNfX19zZW1jdGwgKCkgex", SALT, "key"}, /* stray bits */
	{SUITE, "WVNfX19zZW1jdGwg-CkgeA", SALT, "key"},
	{SUITE, SDES_KEY, SALT, "key"},          /* with its salt */
	{SUITE, SDES_KEY SDES_KEY, SALT, "key"}, /* 60 bytes */
	{SUITE, NUL16, SALT, "zero"},
	{SUITE, NUL16 "==", NUL14, "zero"},
	{SUITE, "QkJCQkJCQkJCQkJCQkJCQg", SALT, "repeated"},
	{SUITE, KEY, "WVNfX19zZW1jdGwgKCk", "same"}, /* the key's beginning */
	{SUITE, KEY, "", "salt"},
	{SUITE, KEY, "CTIyMDt9Cn0KdW5sZQ", "salt"},   /* 13 bytes */
	{SUITE, KEY, "CTIyMDt9Cn0KdW5sZXMh", "salt"}, /* 15 */
	{SUITE, KEY, SALT "==", "salt"},
	{SUITE, KEY, "CTIyMDt9Cn0KdW5sZXN", "salt"}, /* stray bits */
	{SUITE, KEY, "CTIyMDt9Cn0K!W5sZXM", "salt"},
	{SUITE, KEY, SDES_KEY SDES_KEY, "salt"},
	{SUITE, SALT, KEY, "key"}, /* swapped */
	{SUITE, KEY_24, SALT, "key"},
	{SUITE, KEY_32, SALT, "key"},
	{SUITE, KEY, SALT_12, "salt"},
	{"AEAD_AES_128_GCM", KEY, SALT, "salt"},
	{"AEAD_AES_128_GCM", KEY, "WVNfX19zZW1jdGwg", "same"},
	{"AEAD_AES_256_GCM", KEY, SALT_12, "key"},
	{"AES_192_CM_HMAC_SHA1_80", KEY_32, SALT, "key"},
	{"AES_256_CM_HMAC_SHA1_80", KEY_24, SALT, "key"},
};

START_TEST(sd08_wrong_key_or_salt_is_refused_and_changes_nothing)
{
	struct sotto_keyed keyed, before;
	const char *reason = NULL;

	memset(&keyed, 0x6b, sizeof(keyed));
	before = keyed;
	ck_assert_int_eq(sotto_keys_from_base64(suite_named(bad[_i].suite), bad[_i].key,
				 bad[_i].salt, &keyed, &reason),
		-EKEYREJECTED);
	ck_assert_mem_eq(&keyed, &before, sizeof(keyed));
	ck_assert_ptr_nonnull(reason);
	ck_assert_msg(strstr(reason, bad[_i].about) != NULL, "reason \"%s\"", reason);
	ck_assert(!sdes_leaks(reason, SDES_KEY));
	ck_assert(!sdes_leaks(reason, SALT));
}
END_TEST

/* One byte at every place of key and salt: taken as another key or refused, never out of bounds. */
START_TEST(every_single_byte_mutation)
{
	const struct sotto_suite *suite = suite_named(SUITE);
	struct sotto_keyed keyed;
	const char *reason;

	for (size_t at = 0; at < sizeof(KEY SALT) - 1; at++) {
		for (int c = 1; c < 256; c++) {
			char key[] = KEY, salt[] = SALT;
			char *place = at < sizeof(KEY) - 1 ? &key[at] : &salt[at - sizeof(KEY) + 1];
			int rc;

			*place = (char)c;
			rc = sotto_keys_from_base64(suite, key, salt, &keyed, &reason);
			if (rc != 0 && rc != -EKEYREJECTED)
				ck_abort_msg("character %d at %zu: %d", c, at, rc);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/material");
	TCase *tc = tcase_create("material");

	tcase_add_loop_test(tc, key_and_salt_are_read, 0, COUNT(good));
	tcase_add_test(tc, longer_keys_are_read_and_nothing_else_changes);
	tcase_add_test(tc, zero_salt_is_allowed);
	tcase_add_loop_test(
		tc, sd08_wrong_key_or_salt_is_refused_and_changes_nothing, 0, COUNT(bad));
	tcase_add_test(tc, every_single_byte_mutation);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
