/* SPDX-License-Identifier: BSD-3-Clause */
/* Master keys from a suite's name and two base64 texts, as the control protocol carries them. */
#include "unit.h"

#include "sdes_check.h"

#include <errno.h>

#define SUITE "AES_CM_128_HMAC_SHA1_80"
#define KEY "WVNfX19zZW1jdGwgKCkgew"   /* 16 bytes, without padding */
#define SALT "CTIyMDt9Cn0KdW5sZXM"     /* 14 bytes, without padding */
#define NUL16 "AAAAAAAAAAAAAAAAAAAAAA" /* 16 bytes */
#define NUL14 "AAAAAAAAAAAAAAAAAAA"    /* 14 bytes */

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *suite, *key, *salt;
} good[] = {
	{SUITE, KEY "==", SALT "="},
	{SUITE, KEY, SALT},
	{SUITE, KEY "==", SALT},
	{"AES_CM_128_HMAC_SHA1_32", KEY, SALT "="},
};

START_TEST(key_and_salt_are_read)
{
	struct sotto_master master;
	const char *reason = NULL;

	memset(&master, 0x6b, sizeof(master));
	ck_assert_int_eq(sotto_keys_master_from_base64(
				 good[_i].suite, good[_i].key, good[_i].salt, &master, &reason),
		0);
	ck_assert_str_eq(master.suite->name, good[_i].suite);
	ck_assert_mem_eq(master.key, sdes_key_bytes, 16);
	ck_assert_mem_eq(master.salt, sdes_key_bytes + 16, 14);
}
END_TEST

/* RFC 3711, 4.3 asks for a secret key; the salt need not even be secret. */
START_TEST(zero_salt_is_allowed)
{
	struct sotto_master master;
	const char *reason = NULL;

	ck_assert_int_eq(sotto_keys_master_from_base64(SUITE, KEY, NUL14, &master, &reason), 0);
	ck_assert_mem_eq(master.key, sdes_key_bytes, 16);
}
END_TEST

static const struct {
	const char *suite, *key, *salt;
	int error;
	const char *about; /* a word of the reason */
} bad[] = {
	{"", KEY, SALT, -ENOTSUP, "suite"}, {"AES_CM_128", KEY, SALT, -ENOTSUP, "suite"},
	{SUITE " ", KEY, SALT, -ENOTSUP, "suite"},
	{"AEAD_AES_128_GCM", KEY, SALT, -ENOTSUP, "suite"}, {SUITE, "", SALT, -EKEYREJECTED, "key"},
	{SUITE, "WVNfX19zZW1jdGwgKCkg", SALT, -EKEYREJECTED, "key"},    /* 15 bytes */
	{SUITE, "WVNfX19zZW1jdGwgKCkgewk", SALT, -EKEYREJECTED, "key"}, /* 17 */
	{SUITE, KEY "=", SALT, -EKEYREJECTED, "key"},                   /* half padding */
	{SUITE, KEY "===", SALT, -EKEYREJECTED, "key"},
	{SUITE, KEY "== ", SALT, -EKEYREJECTED, "key"},
	{SUITE, " " KEY "==", SALT, -EKEYREJECTED, "key"},
	{SUITE, "WVNfX19zZW1jdGwgKCkgex", SALT, -EKEYREJECTED, "key"}, /* stray bits */
	{SUITE, "WVNfX19zZW1jdGwg-CkgeA", SALT, -EKEYREJECTED, "key"},
	{SUITE, SDES_KEY, SALT, -EKEYREJECTED, "key"},          /* with its salt */
	{SUITE, SDES_KEY SDES_KEY, SALT, -EKEYREJECTED, "key"}, /* 60 bytes */
	{SUITE, NUL16, SALT, -EKEYREJECTED, "zero"},
	{SUITE, NUL16 "==", NUL14, -EKEYREJECTED, "zero"}, {SUITE, KEY, "", -EKEYREJECTED, "salt"},
	{SUITE, KEY, "CTIyMDt9Cn0KdW5sZQ", -EKEYREJECTED, "salt"},   /* 13 bytes */
	{SUITE, KEY, "CTIyMDt9Cn0KdW5sZXMh", -EKEYREJECTED, "salt"}, /* 15 */
	{SUITE, KEY, SALT "==", -EKEYREJECTED, "salt"},
	{SUITE, KEY, "CTIyMDt9Cn0KdW5sZXN", -EKEYREJECTED, "salt"}, /* stray bits */
	{SUITE, KEY, "CTIyMDt9Cn0K!W5sZXM", -EKEYREJECTED, "salt"},
	{SUITE, KEY, SDES_KEY SDES_KEY, -EKEYREJECTED, "salt"},
	{SUITE, SALT, KEY, -EKEYREJECTED, "key"}, /* swapped */
};

START_TEST(sd08_wrong_key_or_salt_is_refused_and_changes_nothing)
{
	struct sotto_master master, before;
	const char *reason = NULL;

	memset(&master, 0x6b, sizeof(master));
	before = master;
	ck_assert_int_eq(sotto_keys_master_from_base64(
				 bad[_i].suite, bad[_i].key, bad[_i].salt, &master, &reason),
		bad[_i].error);
	ck_assert_mem_eq(&master, &before, sizeof(master));
	ck_assert_ptr_nonnull(reason);
	ck_assert_msg(strstr(reason, bad[_i].about) != NULL, "reason \"%s\"", reason);
	ck_assert(!sdes_leaks(reason, SDES_KEY));
	ck_assert(!sdes_leaks(reason, SALT));
}
END_TEST

/* One byte at every place of key and salt: taken as another key or refused, never out of bounds. */
START_TEST(every_single_byte_mutation)
{
	struct sotto_master master;
	const char *reason;

	for (size_t at = 0; at < sizeof(KEY SALT) - 1; at++) {
		for (int c = 1; c < 256; c++) {
			char key[] = KEY, salt[] = SALT;
			char *place = at < sizeof(KEY) - 1 ? &key[at] : &salt[at - sizeof(KEY) + 1];
			int rc;

			*place = (char)c;
			rc = sotto_keys_master_from_base64(SUITE, key, salt, &master, &reason);
			if (rc != 0 && rc != -EKEYREJECTED)
				ck_abort_msg("character %d at %zu: %d", c, at, rc);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/master");
	TCase *tc = tcase_create("master");

	tcase_add_loop_test(tc, key_and_salt_are_read, 0, COUNT(good));
	tcase_add_test(tc, zero_salt_is_allowed);
	tcase_add_loop_test(
		tc, sd08_wrong_key_or_salt_is_refused_and_changes_nothing, 0, COUNT(bad));
	tcase_add_test(tc, every_single_byte_mutation);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
