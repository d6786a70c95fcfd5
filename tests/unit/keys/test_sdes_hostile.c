/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key lines as nobody writes them: cut anywhere, changed anywhere, with zeroes inside, too long.
 * sdes_parse() looks at what must hold for every refusal.
 */
#include "unit.h"

#include "sdes_check.h"

#include <errno.h>
#include <stdio.h>

static const char line[] = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^20";

#define LEN (sizeof(line) - 1)
#define KEY_AT 42
#define KEY_END (KEY_AT + sizeof(SDES_KEY) - 1)

START_TEST(every_truncation)
{
	struct sotto_sdes sdes;

	for (size_t len = 0; len <= LEN; len++) {
		/* whole at the key's end, and where "2", "2^2" or "2^20" is the lifetime */
		bool whole =
			len == KEY_END || len == KEY_END + 2 || len == KEY_END + 4 || len == LEN;
		int rc = sdes_parse(line, len, &sdes);

		ck_assert_msg((rc == 0) == whole, "%zu characters: %d", len, rc);
	}
}
END_TEST

START_TEST(every_single_byte_mutation)
{
	unsigned taken = 0, refused = 0;
	struct sotto_sdes sdes;
	char text[LEN];

	memcpy(text, line, LEN);
	for (size_t at = 0; at < LEN; at++) {
		for (unsigned c = 0; c < 256; c++) {
			bool same_key;

			text[at] = (char)c;
			if (sdes_parse(text, LEN, &sdes) != 0) {
				refused++;
				continue;
			}
			taken++;
			same_key = memcmp(sdes.master.key, sdes_key_bytes, 16) == 0 &&
				   memcmp(sdes.master.salt, sdes_key_bytes + 16, 14) == 0;
			if (same_key != (text[at] == line[at] || at < KEY_AT || at >= KEY_END))
				ck_abort_msg("character %u at %zu changed the wrong thing", c, at);
		}
		text[at] = line[at];
	}
	printf("%u mutations taken, %u refused\n", taken, refused);
	/* 63 other digits at each of 40 places, and a few tags, suites, blanks and lifetimes */
	ck_assert_uint_gt(taken, 63 * 40);
	ck_assert_uint_gt(refused, 200 * LEN);
}
END_TEST

START_TEST(every_single_byte_left_out)
{
	struct sotto_sdes sdes;
	char text[LEN];

	for (size_t at = 0; at < LEN; at++) {
		int rc;

		memcpy(text, line, at);
		memcpy(text + at, line + at + 1, LEN - at - 1);
		rc = sdes_parse(text, LEN - 1, &sdes);
		/* only the lifetime stays right without one of its characters: 2^2, 220, 2^0 */
		ck_assert_msg(
			(rc == 0) == (at >= KEY_END + 2), "without character %zu: %d", at, rc);
	}
}
END_TEST

START_TEST(zero_bytes_inside_are_refused)
{
	struct sotto_sdes sdes;
	char text[LEN + 1];

	for (size_t at = 0; at <= LEN; at++) {
		memcpy(text, line, at);
		text[at] = 0;
		memcpy(text + at + 1, line + at, LEN - at);
		ck_assert_msg(sdes_parse(text, LEN + 1, &sdes) != 0, "inserted at %zu", at);
		if (at == LEN)
			continue;
		memcpy(text, line, LEN);
		text[at] = 0;
		ck_assert_msg(sdes_parse(text, LEN, &sdes) != 0, "in place of %zu", at);
	}
}
END_TEST

START_TEST(sd06_512_characters_are_read_and_513_are_not)
{
	struct sotto_sdes sdes;
	char text[SOTTO_SDES_LINE_MAX + 1];

	ck_assert_uint_eq(SOTTO_SDES_LINE_MAX, 512);
	memset(text, ' ', sizeof(text));
	memcpy(text, line, LEN);
	ck_assert_int_eq(sdes_parse(text, 512, &sdes), 0);
	ck_assert_int_eq(sdes_parse(text, 513, &sdes), -EINVAL);
}
END_TEST

/* Long runs of one character: each reader of the parser has an end. */
START_TEST(sd06_long_runs_of_every_character)
{
	static const char *const heads[] = {"", "a=crypto:", "1", "1 ", "1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 ", "1 AES_CM_128_HMAC_SHA1_80 inline:",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^"};
	struct sotto_sdes sdes;
	char text[SOTTO_SDES_LINE_MAX];

	for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
		size_t at = strlen(heads[h]);

		memcpy(text, heads[h], at);
		for (unsigned c = 0; c < 256; c++) {
			memset(text + at, (int)c, sizeof(text) - at);
			ck_assert_int_ne(sdes_parse(text, sizeof(text), &sdes), 0);
		}
	}
}
END_TEST

START_TEST(sd06_a_megabyte_is_refused_unread)
{
	struct sotto_sdes sdes;
	size_t len = 1 << 20;
	char *text = malloc(len);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < len; i++)
		text[i] = line[i % LEN];
	ck_assert_int_eq(sdes_parse(text, len, &sdes), -EINVAL);
	free(text);
}
END_TEST

/* The canary scan itself finds what it looks for. */
START_TEST(sd20_the_scan_for_leaks_works)
{
	ck_assert(sdes_leaks("key " SDES_KEY " is bad", SDES_KEY));
	ck_assert(sdes_leaks("near \"19zZW\"", SDES_KEY));
	ck_assert(!sdes_leaks("key has the wrong length", SDES_KEY));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/sdes hostile");
	TCase *tc = tcase_create("hostile");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, every_truncation);
	tcase_add_test(tc, every_single_byte_mutation);
	tcase_add_test(tc, every_single_byte_left_out);
	tcase_add_test(tc, zero_bytes_inside_are_refused);
	tcase_add_test(tc, sd06_512_characters_are_read_and_513_are_not);
	tcase_add_test(tc, sd06_long_runs_of_every_character);
	tcase_add_test(tc, sd06_a_megabyte_is_refused_unread);
	tcase_add_test(tc, sd20_the_scan_for_leaks_works);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
