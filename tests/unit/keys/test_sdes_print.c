/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing key lines: the exact text, and what was written reads back as it was. */
#include "unit.h"

#include "masters.h"
#include "sdes_check.h"

#include <errno.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Lines that come out as they went in. */
static const struct {
	const char *line;
	enum sotto_sdes_style style;
} same[] = {
	{"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY, SOTTO_SDES_PADDED},
	{"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY, SOTTO_SDES_UNPADDED},
	{"999999999 AES_CM_128_HMAC_SHA1_32 inline:" SDES_KEY "|2^31", SOTTO_SDES_PADDED},
	{"12 AES_CM_256_HMAC_SHA1_80 inline:" SDES_KEY_256 "==", SOTTO_SDES_PADDED},
	{"12 AES_CM_256_HMAC_SHA1_80 inline:" SDES_KEY_256, SOTTO_SDES_UNPADDED},
	{"3 AES_192_CM_HMAC_SHA1_32 inline:" SDES_KEY_192 "=|1000", SOTTO_SDES_PADDED},
	{"3 AES_192_CM_HMAC_SHA1_32 inline:" SDES_KEY_192 "|1:4", SOTTO_SDES_UNPADDED},
	{"4 AEAD_AES_256_GCM inline:" SDES_KEY_GCM_256 "=|2^48|18446744073709551615:128 "
	 "UNENCRYPTED_SRTCP",
		SOTTO_SDES_PADDED},
	{"5 AEAD_AES_128_GCM inline:" SDES_KEY_GCM_128 "|2^0|0:1 WSH=4294967295",
		SOTTO_SDES_UNPADDED},
	{"6 NULL_HMAC_SHA1_80 inline:" SDES_KEY "|2^20|7:2;inline:" SDES_KEY_2
	 "|65535:2;inline:" SDES_KEY_3 "|281474976710655|0:2 UNENCRYPTED_SRTP UNENCRYPTED_SRTCP "
	 "UNAUTHENTICATED_SRTP WSH=64",
		SOTTO_SDES_PADDED},
};

START_TEST(line_is_written_as_it_was)
{
	struct sotto_sdes sdes = sdes_accept(same[_i].line);
	char out[SOTTO_SDES_LINE_MAX];
	int len = sotto_keys_sdes_print(&sdes, same[_i].style, out, sizeof(out));

	ck_assert_str_eq(out, same[_i].line);
	ck_assert_int_eq(len, (int)strlen(same[_i].line));
}
END_TEST

/* Lines that say the same in another form. */
static const struct {
	const char *line, *want;
} forms[] = {
	{"a=crypto:1 \t aes_cm_128_hmac_sha1_80  INLINE:" SDES_KEY "|1048576 ",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^20"},
	{"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|1",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^0"},
	{"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|281474976710656",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^48"},
	{"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY " WSH=64 -x KDR=0 UNENCRYPTED_SRTCP",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY " UNENCRYPTED_SRTCP WSH=64"},
	{"1 AES_256_CM_HMAC_SHA1_80 inline:" SDES_KEY_256,
		"1 AES_256_CM_HMAC_SHA1_80 inline:" SDES_KEY_256 "=="},
};

START_TEST(one_form_is_written)
{
	struct sotto_sdes sdes = sdes_accept(forms[_i].line);
	char out[SOTTO_SDES_LINE_MAX];

	ck_assert_int_gt(sotto_keys_sdes_print(&sdes, SOTTO_SDES_PADDED, out, sizeof(out)), 0);
	ck_assert_str_eq(out, forms[_i].want);
}
END_TEST

/* Every room from none to enough: nothing behind it is written, and no key left in it. */
static void check_rooms(const struct sotto_sdes *sdes, const char *line)
{
	size_t len = strlen(line);
	char out[600];

	ck_assert_uint_lt(len + 2, sizeof(out));
	for (size_t room = 0; room <= len + 2; room++) {
		int rc;

		memset(out, 'x', sizeof(out));
		rc = sotto_keys_sdes_print(sdes, SOTTO_SDES_PADDED, out, room);
		for (size_t i = room; i < sizeof(out); i++)
			ck_assert_int_eq(out[i], 'x');
		if (room > len) {
			ck_assert_int_eq(rc, (int)len);
			ck_assert_str_eq(out, line);
			continue;
		}
		ck_assert_int_eq(rc, -ENOSPC);
		if (room > 0)
			ck_assert_int_eq(out[0], 0);
		for (size_t i = 0; i < room; i++)
			ck_assert(out[i] == 0 || out[i] == 'x');
	}
}

START_TEST(too_little_room_is_refused_and_wiped)
{
	struct sotto_sdes sdes;

	for (int i = 0; i < COUNT(same); i++) {
		if (same[i].style != SOTTO_SDES_PADDED)
			continue;
		sdes = sdes_accept(same[i].line);
		check_rooms(&sdes, same[i].line);
	}
}
END_TEST

static void check_round_trip(const struct sotto_sdes *sdes, enum sotto_sdes_style style)
{
	char out[SOTTO_SDES_LINE_MAX + 1];
	struct sotto_sdes back;
	int len = sotto_keys_sdes_print(sdes, style, out, sizeof(out));

	ck_assert_int_gt(len, 0);
	ck_assert_int_le(len, SOTTO_SDES_LINE_MAX);
	ck_assert_int_eq((int)strlen(out), len);
	back = sdes_accept(out);
	sdes_check_equal(sdes, &back);
}

START_TEST(random_keyings_of_every_suite_read_back)
{
	const struct sotto_suite *suite = sotto_keys_suite_at((unsigned)_i);
	uint64_t state = 77 + (uint64_t)_i;

	for (int n = 0; n < 300; n++) {
		struct sotto_sdes sdes = {.tag = 1 + next_random(&state) % 999999999};

		sdes.keying = random_keying(suite, &state);
		check_round_trip(&sdes, SOTTO_SDES_PADDED);
		check_round_trip(&sdes, SOTTO_SDES_UNPADDED);
	}
}
END_TEST

/* The longest line that there can be still fits what is looked at. */
START_TEST(sd06_longest_line_is_read_back)
{
	uint64_t state = 5;
	struct sotto_sdes sdes = {.tag = 999999999};

	sdes.keying = random_keying(suite_named("AES_256_CM_HMAC_SHA1_80"), &state);
	while (sdes.keying.count < SOTTO_MASTERS_MAX)
		sdes.keying = random_keying(sdes.keying.suite, &state);
	sdes.keying.mki_len = SOTTO_MKI_LEN_MAX;
	sdes.keying.window = UINT32_MAX;
	sdes.keying.modes = SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP |
			    SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	for (unsigned i = 0; i < sdes.keying.count; i++) {
		sdes.keying.master[i].lifetime = (1ull << 48) - 1 - i;
		sdes.keying.master[i].mki = UINT64_MAX - i;
	}
	check_round_trip(&sdes, SOTTO_SDES_PADDED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/sdes print");
	TCase *tc = tcase_create("print");
	int suites = 0;

	while (sotto_keys_suite_at((unsigned)suites))
		suites++;
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, line_is_written_as_it_was, 0, COUNT(same));
	tcase_add_loop_test(tc, one_form_is_written, 0, COUNT(forms));
	tcase_add_test(tc, too_little_room_is_refused_and_wiped);
	tcase_add_loop_test(tc, random_keyings_of_every_suite_read_back, 0, suites);
	tcase_add_test(tc, sd06_longest_line_is_read_back);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
