/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key lines as nobody writes them: cut anywhere, changed anywhere, with zeroes inside, too long.
 * sdes_parse() looks at what must hold for every refusal; what is taken must read back as it was.
 */
#include "unit.h"

#include "masters.h"
#include "sdes_check.h"

#include <errno.h>
#include <stdio.h>

static const char line[] = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^20";

#define LEN (sizeof(line) - 1)
#define KEY_AT 42
#define KEY_END (KEY_AT + sizeof(SDES_KEY) - 1)

/* Everything that a line can have. */
static const char full[] = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY
			   "|2^20|7:2;inline:" SDES_KEY_2 "|65535:2;inline:" SDES_KEY_3
			   "|1000|0:2 -X KDR=0 UNENCRYPTED_SRTP WSH=64 UNENCRYPTED_SRTCP "
			   "UNAUTHENTICATED_SRTP";

/* Writes the longest line, without a closing zero; its length. */
static size_t write_longest(char out[SOTTO_SDES_LINE_MAX + 1], struct sotto_sdes *sdes)
{
	uint64_t state = 31;
	int len;

	memset(sdes, 0, sizeof(*sdes));
	sdes->tag = 999999999;
	do {
		sdes->keying = random_keying(suite_named("AES_256_CM_HMAC_SHA1_80"), &state);
	} while (sdes->keying.count < SOTTO_MASTERS_MAX);
	sdes->keying.mki_len = SOTTO_MKI_LEN_MAX;
	sdes->keying.window = UINT32_MAX;
	sdes->keying.modes = SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP |
			     SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	for (unsigned i = 0; i < SOTTO_MASTERS_MAX; i++) {
		sdes->keying.master[i].lifetime = (1ull << 48) - 1 - i;
		sdes->keying.master[i].mki = UINT64_MAX - i;
	}
	len = sotto_keys_sdes_print(sdes, SOTTO_SDES_PADDED, out, SOTTO_SDES_LINE_MAX + 1);
	ck_assert_int_gt(len, 1500);
	return (size_t)len;
}

/* What was taken, whatever it is, is written and read back. */
static void check_reads_back(const struct sotto_sdes *sdes)
{
	char out[SOTTO_SDES_LINE_MAX + 1];
	struct sotto_sdes back;
	int len = sotto_keys_sdes_print(sdes, SOTTO_SDES_PADDED, out, sizeof(out));

	ck_assert_int_gt(len, 0);
	ck_assert_int_eq(sdes_parse(out, (size_t)len, &back), 0);
	sdes_check_equal(sdes, &back);
}

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

/* A cut line that is taken has the first keys of the whole one, and no more. */
START_TEST(every_truncation_of_the_longest_line)
{
	char text[SOTTO_SDES_LINE_MAX + 1];
	struct sotto_sdes whole, cut;
	size_t len = write_longest(text, &whole);
	unsigned most = 0;

	for (size_t n = 0; n <= len; n++) {
		if (sdes_parse(text, n, &cut) != 0)
			continue;
		ck_assert_uint_eq(cut.tag, whole.tag);
		ck_assert_uint_ge(cut.keying.count, most);
		most = cut.keying.count;
		for (unsigned i = 0; i < most; i++)
			ck_assert_mem_eq(cut.keying.master[i].key, whole.keying.master[i].key, 32);
		ck_assert_uint_eq(cut.keying.modes & ~whole.keying.modes, 0);
	}
	ck_assert_uint_eq(most, SOTTO_MASTERS_MAX);
	sdes_check_equal(&whole, &cut);
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
			same_key = memcmp(sdes.keying.master[0].key, sdes_key_bytes, 16) == 0 &&
				   memcmp(sdes.keying.master[0].salt, sdes_key_bytes + 16, 14) == 0;
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

START_TEST(every_single_byte_mutation_of_a_full_line)
{
	char text[sizeof(full) - 1];
	unsigned taken = 0, refused = 0;
	struct sotto_sdes sdes;

	memcpy(text, full, sizeof(text));
	for (size_t at = 0; at < sizeof(text); at++) {
		for (unsigned c = 0; c < 256; c++) {
			text[at] = (char)c;
			if (sdes_parse(text, sizeof(text), &sdes) != 0) {
				refused++;
				continue;
			}
			taken++;
			check_reads_back(&sdes);
		}
		text[at] = full[at];
	}
	printf("%u mutations taken, %u refused\n", taken, refused);
	ck_assert_uint_gt(taken, 3 * 40 * 63);
	ck_assert_uint_gt(refused, 150 * sizeof(text));
}
END_TEST

/* The characters that mean something, at every place of the longest line. */
START_TEST(every_place_of_the_longest_line_changed)
{
	static const char meaning[] = " \t;|:^=-0129AZaz+/_\r\n\x7f\xff";
	char text[SOTTO_SDES_LINE_MAX + 1];
	struct sotto_sdes whole, sdes;
	size_t len = write_longest(text, &whole);
	unsigned refused = 0;

	for (size_t at = 0; at < len; at++) {
		char was = text[at];

		for (size_t c = 0; c < sizeof(meaning); c++) { /* the closing zero too */
			text[at] = meaning[c];
			if (sdes_parse(text, len, &sdes) == 0)
				check_reads_back(&sdes);
			else
				refused++;
		}
		text[at] = was;
	}
	ck_assert_uint_gt(refused, len * 10);
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

/* Chance pieces of a line put together: whatever is taken reads back. */
START_TEST(random_pieces)
{
	static const char *const pieces[] = {"1", " ", "AES_CM_128_HMAC_SHA1_80",
		"inline:", SDES_KEY, SDES_KEY_2, "|", "2^20", "7:2", "9:2", ";", "KDR=0", "WSH=64",
		"-X", "UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "0", "|8:2", ";inline:"};
	static const char head[] = "1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY;
	uint64_t state = 3;
	unsigned taken = 0;

	for (int n = 0; n < 200000; n++) {
		unsigned count = next_random(&state) % 8;
		size_t len = sizeof(head) - 1;
		struct sotto_sdes sdes;
		char text[512];

		memcpy(text, head, len);
		for (unsigned i = 0; i < count; i++) {
			const char *piece =
				pieces[next_random(&state) % (sizeof(pieces) / sizeof(pieces[0]))];

			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		if (sdes_parse(text, len, &sdes) != 0)
			continue;
		taken++;
		check_reads_back(&sdes);
	}
	ck_assert_uint_gt(taken, 20000);
	ck_assert_uint_lt(taken, 199000);
}
END_TEST

START_TEST(zero_bytes_inside_are_refused)
{
	const size_t len = sizeof(full) - 1;
	char text[sizeof(full)];
	struct sotto_sdes sdes;

	for (size_t at = 0; at <= len; at++) {
		memcpy(text, full, at);
		text[at] = 0;
		memcpy(text + at + 1, full + at, len - at);
		ck_assert_msg(sdes_parse(text, len + 1, &sdes) != 0, "inserted at %zu", at);
		if (at == len)
			continue;
		memcpy(text, full, len);
		text[at] = 0;
		ck_assert_msg(sdes_parse(text, len, &sdes) != 0, "in place of %zu", at);
	}
}
END_TEST

START_TEST(sd06_4096_characters_are_read_and_4097_are_not)
{
	char text[SOTTO_SDES_LINE_MAX + 1];
	struct sotto_sdes_error error;
	struct sotto_sdes sdes;

	ck_assert_uint_eq(SOTTO_SDES_LINE_MAX, 4096);
	memset(text, ' ', sizeof(text));
	memcpy(text, line, LEN);
	ck_assert_int_eq(sdes_parse(text, 4096, &sdes), 0);
	ck_assert_int_eq(sdes_parse(text, 4097, &sdes), -EINVAL);
	ck_assert_int_eq(sotto_keys_sdes_parse(text, 4097, &sdes, &error), -EINVAL);
	ck_assert_uint_eq(error.at, 4096);
}
END_TEST

/* Long runs of one character: each reader of the parser has an end. */
START_TEST(sd06_long_runs_of_every_character)
{
	static const char *const heads[] = {"", "a=crypto:", "1", "1 ", "1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 ", "1 AES_CM_128_HMAC_SHA1_80 inline:",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^20|",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|1:",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|1:1;",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY " WSH=",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY " -"};
	struct sotto_sdes sdes;
	char text[SOTTO_SDES_LINE_MAX];

	for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
		size_t at = strlen(heads[h]);
		bool optional = heads[h][at - (at > 0)] == '-';

		memcpy(text, heads[h], at);
		for (unsigned c = 0; c < 256; c++) {
			bool visible = c > ' ' && c < 0x7f && c != '-';

			memset(text + at, (int)c, sizeof(text) - at);
			ck_assert_int_eq(
				sdes_parse(text, sizeof(text), &sdes) == 0, optional && visible);
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

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, every_truncation);
	tcase_add_test(tc, every_truncation_of_the_longest_line);
	tcase_add_test(tc, every_single_byte_mutation);
	tcase_add_test(tc, every_single_byte_mutation_of_a_full_line);
	tcase_add_test(tc, every_place_of_the_longest_line_changed);
	tcase_add_test(tc, every_single_byte_left_out);
	tcase_add_test(tc, random_pieces);
	tcase_add_test(tc, zero_bytes_inside_are_refused);
	tcase_add_test(tc, sd06_4096_characters_are_read_and_4097_are_not);
	tcase_add_test(tc, sd06_long_runs_of_every_character);
	tcase_add_test(tc, sd06_a_megabyte_is_refused_unread);
	tcase_add_test(tc, sd20_the_scan_for_leaks_works);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
