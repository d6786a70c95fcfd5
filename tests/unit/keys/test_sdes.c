/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key lines of SDP (RFC 4568, 9.1 and 9.2): tag, suite and key, lines of the RFC and of the field,
 * and what is refused with which error.
 */
#include "unit.h"

#include "sdes_check.h"

#include <errno.h>
#include <stdio.h>

#define SUITE "AES_CM_128_HMAC_SHA1_80"
#define HEAD "1 " SUITE " inline:"
#define LINE HEAD SDES_KEY

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *line;
	const char *suite;
	uint32_t tag;
} good[] = {
	{LINE, SUITE, 1},
	{"a=crypto:" LINE, SUITE, 1},
	{"1 AES_CM_128_HMAC_SHA1_32 inline:" SDES_KEY, "AES_CM_128_HMAC_SHA1_32", 1},
	{"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" SDES_KEY, "AES_CM_128_HMAC_SHA1_32", 2},
	{"1 NULL_HMAC_SHA1_80 inline:" SDES_KEY, "NULL_HMAC_SHA1_80", 1},
	{"1 NULL_HMAC_SHA1_32 inline:" SDES_KEY, "NULL_HMAC_SHA1_32", 1},
	{"999999999 " SUITE " inline:" SDES_KEY, SUITE, 999999999},
	{"100000000 " SUITE " inline:" SDES_KEY, SUITE, 100000000},
	{"1\t" SUITE "\tinline:" SDES_KEY, SUITE, 1},
	{"1  \t " SUITE " \t  inline:" SDES_KEY, SUITE, 1},
	{LINE " ", SUITE, 1},
	{LINE "\t ", SUITE, 1},
	/* literals of the grammar have no case (RFC 4234, 2.3) */
	{"1 aes_cm_128_hmac_sha1_80 inline:" SDES_KEY, SUITE, 1},
	{"1 " SUITE " INLINE:" SDES_KEY, SUITE, 1},
};

START_TEST(good_line_is_read)
{
	struct sotto_sdes sdes = sdes_accept(good[_i].line);

	ck_assert_uint_eq(sdes.tag, good[_i].tag);
	ck_assert_str_eq(sdes.keying.suite->name, good[_i].suite);
	ck_assert_uint_eq(sdes.keying.count, 1);
	ck_assert_uint_eq(sdes.keying.mki_len, 0);
	ck_assert_uint_eq(sdes.keying.modes, 0);
	ck_assert_uint_eq(sdes.keying.window, 0);
	ck_assert_uint_eq(sdes.keying.master[0].lifetime, 0);
	ck_assert_mem_eq(sdes.keying.master[0].key, sdes_key_bytes, 16);
	ck_assert_mem_eq(sdes.keying.master[0].salt, sdes_key_bytes + 16, 14);
}
END_TEST

/* The bytes of the keys in sdes_check.h, decoded with another decoder. */
static const struct {
	const char *suite, *text, *padding;
	uint8_t bytes[46];
} lengths[] = {
	{"AEAD_AES_128_GCM", SDES_KEY_GCM_128, "==",
		{0x73, 0x10, 0xd7, 0x48, 0x8b, 0x54, 0xc1, 0x5d, 0xf4, 0xd7, 0x19, 0x0c, 0x14, 0x00,
			0x0a, 0xf8, 0xa9, 0xb6, 0xe3, 0x8a, 0xd5, 0xd0, 0xe1, 0xcc, 0x41, 0x71,
			0xad, 0xf4}},
	{"AES_192_CM_HMAC_SHA1_80", SDES_KEY_192, "=",
		{0x62, 0xc2, 0x03, 0x52, 0x22, 0x8b, 0xbc, 0xb2, 0x88, 0x18, 0x8b, 0x42, 0x76, 0x7d,
			0xbf, 0x8d, 0xe6, 0x84, 0x94, 0x34, 0x44, 0x76, 0x24, 0x97, 0xe1, 0x31,
			0x31, 0x80, 0xb1, 0xf1, 0x40, 0x7e, 0xb4, 0x58, 0xff, 0xd7, 0x24, 0x82}},
	{"AEAD_AES_256_GCM", SDES_KEY_GCM_256, "=",
		{0x05, 0x78, 0x39, 0x86, 0x1c, 0xff, 0xe2, 0x33, 0x97, 0x4f, 0x8c, 0xc1, 0x81, 0x47,
			0x60, 0x5b, 0xd0, 0x16, 0xb3, 0xd9, 0x16, 0x57, 0x96, 0x7a, 0x0f, 0x16,
			0x04, 0xcd, 0x56, 0x46, 0x37, 0x30, 0x3f, 0xf0, 0x63, 0x43, 0x12, 0xb8,
			0x28, 0x3f, 0x64, 0xa2, 0x36, 0xb0}},
	{"AES_256_CM_HMAC_SHA1_80", SDES_KEY_256, "==",
		{0xde, 0xa8, 0x7e, 0xb2, 0x41, 0x75, 0xb2, 0x78, 0xec, 0x47, 0x1f, 0xe3, 0x98, 0xa6,
			0x5b, 0xc1, 0xc0, 0x00, 0x2b, 0x52, 0x2c, 0x2f, 0xd2, 0x0a, 0xd9, 0x3e,
			0xd2, 0x30, 0x52, 0x03, 0x1e, 0x37, 0x1f, 0x7b, 0xeb, 0x59, 0x43, 0xa3,
			0xee, 0x81, 0x54, 0x33, 0x68, 0x60, 0x80, 0xd1}},
};

static void check_length(int i, const char *padding)
{
	struct sotto_sdes sdes;
	char line[160];
	unsigned key_len;

	snprintf(
		line, sizeof(line), "7 %s inline:%s%s", lengths[i].suite, lengths[i].text, padding);
	sdes = sdes_accept(line);
	key_len = sdes.keying.suite->key_len;
	ck_assert_str_eq(sdes.keying.suite->name, lengths[i].suite);
	ck_assert_mem_eq(sdes.keying.master[0].key, lengths[i].bytes, key_len);
	ck_assert_mem_eq(sdes.keying.master[0].salt, lengths[i].bytes + key_len,
		sdes.keying.suite->salt_len);
}

START_TEST(sd08_keys_of_every_length_with_and_without_padding)
{
	check_length(_i, "");
	check_length(_i, lengths[_i].padding);
}
END_TEST

/* Example lines of RFC 4568. */
START_TEST(examples_of_the_rfc)
{
	struct sotto_sdes sdes;

	sdes = sdes_accept("a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
			   "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:32");
	ck_assert_uint_eq(sdes.keying.mki_len, 32);
	ck_assert_uint_eq(sdes.keying.master[0].mki, 1);
	ck_assert_uint_eq(sdes.keying.master[0].lifetime, 1u << 20);
	sdes = sdes_accept("a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
			   "inline:YUJDZGVmZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2|1066:4");
	ck_assert_uint_eq(sdes.keying.mki_len, 4);
	ck_assert_uint_eq(sdes.keying.master[0].mki, 1066);
	ck_assert_uint_eq(sdes.keying.master[0].lifetime, 0);
	sdes = sdes_accept("a=crypto:1 AES_CM_128_HMAC_SHA1_32 "
			   "inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32");
	ck_assert_uint_eq(sdes.keying.suite->tag_len, 4);
	sdes = sdes_accept("a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
			   "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32");
	ck_assert_uint_eq(sdes.keying.count, 1);
}
END_TEST

/* Lines as they are offered, each by whom, with keys of our own. */
static const char *const field[] = {
	/* AudioCodes gateways, Microsoft's side of a trunk: a lifetime of 2^31 everywhere */
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^31",
	/* Grandstream phones: above what SRTCP could do, right for SRTP */
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^48",
	/* border controllers: lifetime with MKI, MKI alone */
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^31|1:1",
	"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^20|1:4",
	"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" SDES_KEY "|1:4",
	/* rtpengine: no padding by default */
	"a=crypto:3 AES_256_CM_HMAC_SHA1_80 inline:" SDES_KEY_256,
	"a=crypto:1 AEAD_AES_256_GCM inline:" SDES_KEY_GCM_256,
	"a=crypto:2 AEAD_AES_128_GCM inline:" SDES_KEY_GCM_128,
	"a=crypto:5 AES_192_CM_HMAC_SHA1_80 inline:" SDES_KEY_192,
	/* others: with it */
	"a=crypto:3 AES_256_CM_HMAC_SHA1_80 inline:" SDES_KEY_256 "==",
	"a=crypto:1 AEAD_AES_256_GCM inline:" SDES_KEY_GCM_256 "=|2^31",
	/* softphones and a Sonus: names from before RFC 6188 */
	"a=crypto:7 AES_CM_256_HMAC_SHA1_80 inline:" SDES_KEY_256 "==",
	"a=crypto:8 AES_CM_256_HMAC_SHA1_32 inline:" SDES_KEY_256,
	"a=crypto:9 AES_CM_192_HMAC_SHA1_80 inline:" SDES_KEY_192 "=",
	"a=crypto:10 AES_CM_192_HMAC_SHA1_32 inline:" SDES_KEY_192,
	/* switches of border controllers */
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY "|2^31 UNENCRYPTED_SRTCP",
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY " UNAUTHENTICATED_SRTP",
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY " KDR=0 WSH=128",
	/* Asterisk and PJSIP */
	"1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY,
	/* a line copied with the blank at its end */
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY " ",
};

START_TEST(lines_of_the_field_are_taken)
{
	struct sotto_sdes sdes = sdes_accept(field[_i]);

	ck_assert_uint_eq(sdes.keying.count, 1);
	ck_assert_ptr_nonnull(strstr(field[_i], sdes.keying.suite->name));
}
END_TEST

struct bad {
	const char *line;
	int error;
	const char *mark; /* what stands where the trouble is; "" = the line's end */
};

static void refuse(const struct bad *bad)
{
	sdes_refuse_at(bad->line, bad->error, sdes_first(bad->line, bad->mark));
}

static const struct bad bad_tags[] = {
	{"", -EINVAL, ""},
	{" ", -EINVAL, " "},
	{"a=crypto:", -EINVAL, ""},
	{"1", -EINVAL, ""},
	{SUITE " inline:" SDES_KEY, -EINVAL, SUITE},
	{"0 " SUITE " inline:" SDES_KEY, -EINVAL, "0 "},
	{"000000000 " SUITE " inline:" SDES_KEY, -EINVAL, "0"},
	{"000000007 " SUITE " inline:" SDES_KEY, -EINVAL, "0"}, /* RFC 4568, 4.1 */
	{"01 " SUITE " inline:" SDES_KEY, -EINVAL, "0"},
	{"1234567890 " SUITE " inline:" SDES_KEY, -EINVAL, "1"},
	{"0000000001 " SUITE " inline:" SDES_KEY, -EINVAL, "0"},
	{"-1 " SUITE " inline:" SDES_KEY, -EINVAL, "-"},
	{"+1 " SUITE " inline:" SDES_KEY, -EINVAL, "+"},
	{"x " SUITE " inline:" SDES_KEY, -EINVAL, "x"},
	{"1x " SUITE " inline:" SDES_KEY, -EINVAL, "x"},
	{"2x0 " SUITE " inline:" SDES_KEY, -EINVAL, "x"},
	{" " LINE, -EINVAL, " "},
	{"a=crypto: " LINE, -EINVAL, " "},
	{"a=crypto " LINE, -EINVAL, "a"},
	{"A=CRYPTO:" LINE, -EINVAL, "A"},
	{"a=crypto:a=crypto:" LINE, -EINVAL, "a=crypto:1"},
	{"1" SUITE " inline:" SDES_KEY, -EINVAL, SUITE},
};

START_TEST(bad_tag_is_refused)
{
	refuse(&bad_tags[_i]);
}
END_TEST

static const struct bad bad_suites[] = {
	{"1 AES_CM_128_HMAC_SHA1_8 inline:" SDES_KEY, -ENOTSUP, "AES"},
	{"1 AES_CM_128_HMAC_SHA1_800 inline:" SDES_KEY, -ENOTSUP, "AES"},
	{"1 F8_128_HMAC_SHA1_80 inline:" SDES_KEY, -ENOTSUP, "F8"},
	{"1 AEAD_ARIA_256_GCM inline:" SDES_KEY_GCM_256, -ENOTSUP, "AEAD"},
	{"1 SEED_128_GCM_96 inline:" SDES_KEY_GCM_128, -ENOTSUP, "SEED"},
	{"1 inline:" SDES_KEY, -ENOTSUP, "inline"},
	{"1 ", -ENOTSUP, ""},
	{"1 " SUITE, -EINVAL, ""},
	{"1 " SUITE "|inline:" SDES_KEY, -ENOTSUP, "AES"},
};

START_TEST(sd01_unknown_suite_is_refused)
{
	refuse(&bad_suites[_i]);
}
END_TEST

START_TEST(sd01_known_suite_that_we_do_not_do_says_so)
{
	const char *line = "1 ARIA_128_CTR_HMAC_SHA1_80 inline:" SDES_KEY;
	struct sotto_sdes_error error;
	struct sotto_sdes sdes;

	ck_assert_int_eq(sotto_keys_sdes_parse(line, strlen(line), &sdes, &error), -ENOTSUP);
	ck_assert_str_eq(error.reason, sotto_keys_suite_refused("ARIA_128_CTR_HMAC_SHA1_80", 25));
}
END_TEST

static const struct bad bad_methods[] = {
	{"1 " SUITE " ", -EINVAL, ""},
	{"1 " SUITE " " SDES_KEY, -EINVAL, SDES_KEY},
	{"1 " SUITE " uri:" SDES_KEY, -EINVAL, "uri"},
	{"1 " SUITE " inline" SDES_KEY, -EINVAL, "inline"},
	{"1 " SUITE " inline :" SDES_KEY, -EINVAL, "inline"},
	{"1 " SUITE " ;inline:" SDES_KEY, -EINVAL, ";"},
};

START_TEST(other_key_methods_are_refused)
{
	refuse(&bad_methods[_i]);
}
END_TEST

/* 30 bytes are 40 digits and need no padding. */
static const char *const bad_keys[] = {
	HEAD, HEAD " " SDES_KEY, HEAD "=" SDES_KEY, HEAD SDES_KEY "=",
	HEAD SDES_KEY "==", HEAD SDES_KEY "===", HEAD SDES_KEY "====", HEAD SDES_KEY "A",
	HEAD SDES_KEY "AA", HEAD SDES_KEY "AA==", HEAD SDES_KEY "AAAA", HEAD SDES_KEY SDES_KEY,
	HEAD SDES_KEY SDES_KEY SDES_KEY,
	HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKys",  /* 29 bytes */
	HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKys=", /* the same */
	HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKyt",  /* stray bits */
	HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKys",      /* 26 bytes */
	HEAD "KysrKysrKysrKysrKysrKw==",                 /* 16: no salt */
	HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKy-r", /* base64url */
	HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKy_r",
	HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKy.r", HEAD SDES_KEY_256, /* of another suite */
	HEAD SDES_KEY_GCM_128, /* 28 bytes, for a salt of 12 */
	"1 AEAD_AES_128_GCM inline:" SDES_KEY, "1 AES_192_CM_HMAC_SHA1_80 inline:" SDES_KEY,
	"1 AES_256_CM_HMAC_SHA1_80 inline:" SDES_KEY_GCM_256,
	"1 AES_256_CM_HMAC_SHA1_80 inline:" SDES_KEY_256 "=", /* half padding */
};

START_TEST(sd08_key_of_the_wrong_shape_is_refused)
{
	const char *line = bad_keys[_i];

	sdes_refuse_at(line, -EKEYREJECTED, sdes_first(line, "inline:") + 7);
}
END_TEST

/* No random source makes these. */
static const char *const placeholders[] = {
	HEAD "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* all zero */
	HEAD "AAAAAAAAAAAAAAAAAAAAACsrKysrKysrKysrKysr", /* zero key */
	HEAD "KysrKysrKysrKysrKysrKwECAwQFBgcICQoLDA0O", /* one byte repeated */
	HEAD "AQIDBAUGBwgJCgsMDQ4PEAECAwQFBgcICQoLDA0O", /* key and salt alike */
	/* 24, 32 and 16 bytes and a salt that begins like them, or zeroes */
	"1 AES_192_CM_HMAC_SHA1_80 inline:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYAQIDBAUGBwgJCgsMDQ4",
	"1 AES_256_CM_HMAC_SHA1_32 "
	"inline:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyABAgMEBQYHCAkKCwwNDg",
	"1 AEAD_AES_128_GCM inline:AQIDBAUGBwgJCgsMDQ4PEAECAwQFBgcICQoLDA",
	"1 AEAD_AES_128_GCM inline:AAAAAAAAAAAAAAAAAAAAAAECAwQFBgcICQoLDA",
	"1 AEAD_AES_256_GCM inline:Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0MBAgMEBQYHCAkKCww",
	HEAD SDES_KEY "|1:1;inline:AAAAAAAAAAAAAAAAAAAAACsrKysrKysrKysrKysr|2:1",
};

START_TEST(sd08_placeholder_keys_are_refused)
{
	sdes_refuse(placeholders[_i], -EKEYREJECTED);
}
END_TEST

START_TEST(sd08_zero_salt_is_allowed)
{
	sdes_accept(HEAD "WVNfX19zZW1jdGwgKCkgewAAAAAAAAAAAAAAAAAA");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/sdes");
	TCase *tc = tcase_create("sdes");

	tcase_add_loop_test(tc, good_line_is_read, 0, COUNT(good));
	tcase_add_loop_test(
		tc, sd08_keys_of_every_length_with_and_without_padding, 0, COUNT(lengths));
	tcase_add_test(tc, examples_of_the_rfc);
	tcase_add_loop_test(tc, lines_of_the_field_are_taken, 0, COUNT(field));
	tcase_add_loop_test(tc, bad_tag_is_refused, 0, COUNT(bad_tags));
	tcase_add_loop_test(tc, sd01_unknown_suite_is_refused, 0, COUNT(bad_suites));
	tcase_add_test(tc, sd01_known_suite_that_we_do_not_do_says_so);
	tcase_add_loop_test(tc, other_key_methods_are_refused, 0, COUNT(bad_methods));
	tcase_add_loop_test(tc, sd08_key_of_the_wrong_shape_is_refused, 0, COUNT(bad_keys));
	tcase_add_loop_test(tc, sd08_placeholder_keys_are_refused, 0, COUNT(placeholders));
	tcase_add_test(tc, sd08_zero_salt_is_allowed);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
