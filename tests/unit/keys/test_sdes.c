/* SPDX-License-Identifier: BSD-3-Clause */
/* Key lines of SDP (RFC 4568, 9.1 and 9.2): what is taken, and what is refused with which error. */
#include "unit.h"

#include "sdes_check.h"

#include <errno.h>

#define SUITE "AES_CM_128_HMAC_SHA1_80"
#define HEAD "1 " SUITE " inline:"
#define LINE HEAD SDES_KEY

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *line;
	uint32_t tag;
	uint64_t lifetime;
} good[] = {
	{LINE, 1, 0},
	{"a=crypto:" LINE, 1, 0},
	{"1 AES_CM_128_HMAC_SHA1_32 inline:" SDES_KEY, 1, 0},
	{"a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" SDES_KEY, 2, 0},
	{"999999999 " SUITE " inline:" SDES_KEY, 999999999, 0},
	{"000000007 " SUITE " inline:" SDES_KEY, 7, 0},
	{LINE "|2^20", 1, 1ull << 20},
	{LINE "|2^48", 1, 1ull << 48},
	{LINE "|2^31", 1, 1ull << 31},
	{LINE "|2^0", 1, 1},
	{LINE "|1", 1, 1},
	{LINE "|1048576", 1, 1048576},
	{LINE "|281474976710656", 1, 1ull << 48},
	{"1\t" SUITE "\tinline:" SDES_KEY, 1, 0},
	{"1  \t " SUITE " \t  inline:" SDES_KEY, 1, 0},
	{LINE " ", 1, 0},
	{LINE "|2^20\t ", 1, 1ull << 20},
};

START_TEST(good_line_is_read)
{
	struct sotto_sdes sdes = sdes_accept(good[_i].line);

	ck_assert_uint_eq(sdes.tag, good[_i].tag);
	ck_assert_uint_eq(sdes.lifetime, good[_i].lifetime);
	ck_assert_mem_eq(sdes.master.key, sdes_key_bytes, 16);
	ck_assert_mem_eq(sdes.master.salt, sdes_key_bytes + 16, 14);
	ck_assert_ptr_nonnull(strstr(good[_i].line, sdes.master.suite->name));
}
END_TEST

/* The example lines of RFC 4568, section 6.1 and 10, without what is not supported. */
START_TEST(examples_of_the_rfc)
{
	sdes_accept("a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		    "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20");
	sdes_accept("a=crypto:1 AES_CM_128_HMAC_SHA1_32 "
		    "inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20");
	sdes_accept("a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		    "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj");
}
END_TEST

struct bad {
	const char *line;
	int error;
};

static const struct bad bad_tags[] = {
	{"", -EINVAL},
	{" ", -EINVAL},
	{"a=crypto:", -EINVAL},
	{"1", -EINVAL},
	{SUITE " inline:" SDES_KEY, -EINVAL},
	{"0 " SUITE " inline:" SDES_KEY, -EINVAL},
	{"000000000 " SUITE " inline:" SDES_KEY, -EINVAL},
	{"1234567890 " SUITE " inline:" SDES_KEY, -EINVAL},
	{"0000000001 " SUITE " inline:" SDES_KEY, -EINVAL},
	{"-1 " SUITE " inline:" SDES_KEY, -EINVAL},
	{"+1 " SUITE " inline:" SDES_KEY, -EINVAL},
	{"x " SUITE " inline:" SDES_KEY, -EINVAL},
	{"1x " SUITE " inline:" SDES_KEY, -EINVAL},
	{"0x1 " SUITE " inline:" SDES_KEY, -EINVAL},
	{" " LINE, -EINVAL},
	{"a=crypto: " LINE, -EINVAL},
	{"a=crypto " LINE, -EINVAL},
	{"A=CRYPTO:" LINE, -EINVAL},
	{"a=crypto:a=crypto:" LINE, -EINVAL},
	{"1" SUITE " inline:" SDES_KEY, -EINVAL},
};

START_TEST(bad_tag_is_refused)
{
	sdes_refuse(bad_tags[_i].line, bad_tags[_i].error);
}
END_TEST

static const struct bad bad_suites[] = {
	{"1 AES_CM_128_HMAC_SHA1_8 inline:" SDES_KEY, -ENOTSUP},
	{"1 AES_CM_128_HMAC_SHA1_800 inline:" SDES_KEY, -ENOTSUP},
	{"1 aes_cm_128_hmac_sha1_80 inline:" SDES_KEY, -ENOTSUP},
	{"1 F8_128_HMAC_SHA1_80 inline:" SDES_KEY, -ENOTSUP},
	{"1 NULL_HMAC_SHA1_80 inline:" SDES_KEY, -ENOTSUP},
	{"1 inline:" SDES_KEY, -ENOTSUP},
	{"1 " SUITE, -EINVAL},
	{"1 " SUITE "|inline:" SDES_KEY, -ENOTSUP},
};

START_TEST(sd01_unknown_suite_is_refused)
{
	sdes_refuse(bad_suites[_i].line, bad_suites[_i].error);
}
END_TEST

static const struct bad bad_methods[] = {
	{"1 " SUITE " ", -EINVAL},
	{"1 " SUITE " " SDES_KEY, -EINVAL},
	{"1 " SUITE " INLINE:" SDES_KEY, -EINVAL},
	{"1 " SUITE " uri:" SDES_KEY, -EINVAL},
	{"1 " SUITE " inline" SDES_KEY, -EINVAL},
	{"1 " SUITE " inline :" SDES_KEY, -EINVAL},
};

START_TEST(other_key_methods_are_refused)
{
	sdes_refuse(bad_methods[_i].line, bad_methods[_i].error);
}
END_TEST

/* 30 bytes are 40 digits and need no padding. */
static const struct bad bad_keys[] = {
	{HEAD, -EKEYREJECTED}, {HEAD " " SDES_KEY, -EKEYREJECTED},
	{HEAD "=" SDES_KEY, -EKEYREJECTED}, {HEAD SDES_KEY "=", -EKEYREJECTED},
	{HEAD SDES_KEY "==", -EKEYREJECTED}, {HEAD SDES_KEY "===", -EKEYREJECTED},
	{HEAD SDES_KEY "====", -EKEYREJECTED}, {HEAD SDES_KEY "A", -EKEYREJECTED},
	{HEAD SDES_KEY "AA", -EKEYREJECTED}, {HEAD SDES_KEY "AA==", -EKEYREJECTED},
	{HEAD SDES_KEY "AAAA", -EKEYREJECTED}, {HEAD SDES_KEY SDES_KEY, -EKEYREJECTED},
	{HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKys", -EKEYREJECTED},  /* 29 bytes */
	{HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKys=", -EKEYREJECTED}, /* the same */
	{HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKyt", -EKEYREJECTED},  /* stray bits */
	{HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKys", -EKEYREJECTED},      /* 26 bytes */
	{HEAD "KysrKysrKysrKysrKysrKw==", -EKEYREJECTED},                 /* 16: no salt */
	{HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKy-r", -EKEYREJECTED}, /* base64url */
	{HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKy_r", -EKEYREJECTED},
	{HEAD "KysrKysrKysrKysrKysrKysrKysrKysrKysrKy.r", -EKEYREJECTED},
	{HEAD "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", -EKEYREJECTED}, /* all zero */
	{HEAD "AAAAAAAAAAAAAAAAAAAAACsrKysrKysrKysrKysr", -EKEYREJECTED}, /* zero key */
	{HEAD "KysrKysrKysrKysrKysrKwECAwQFBgcICQoLDA0O", -EKEYREJECTED}, /* one byte repeated */
	{HEAD "AQIDBAUGBwgJCgsMDQ4PEAECAwQFBgcICQoLDA0O", -EKEYREJECTED}, /* key and salt alike */
};

START_TEST(sd08_key_of_the_wrong_shape_is_refused)
{
	sdes_refuse(bad_keys[_i].line, bad_keys[_i].error);
}
END_TEST

static const struct bad bad_lifetimes[] = {
	{LINE "|", -EINVAL},
	{LINE "| ", -EINVAL},
	{LINE "|0", -EINVAL},
	{LINE "|2^49", -EINVAL},
	{LINE "|2^99", -EINVAL},
	{LINE "|2^020", -EINVAL},
	{LINE "|2^", -EINVAL},
	{LINE "|2^-1", -EINVAL},
	{LINE "|2^x", -EINVAL},
	{LINE "|2^20x", -EINVAL},
	{LINE "|2^20.5", -EINVAL},
	{LINE "|3^20", -EINVAL},
	{LINE "|x", -EINVAL},
	{LINE "|-1", -EINVAL},
	{LINE "|+1", -EINVAL},
	{LINE "|1.5", -EINVAL},
	{LINE "|281474976710657", -EINVAL},
	{LINE "|999999999999999", -EINVAL},
	{LINE "|1000000000000000", -EINVAL},
	{LINE "|18446744073709551617", -EINVAL},
	{LINE "|2^20=", -EINVAL},
};

START_TEST(bad_lifetime_is_refused)
{
	sdes_refuse(bad_lifetimes[_i].line, bad_lifetimes[_i].error);
}
END_TEST

/* What we do not do is refused when it is installed, never ignored. */
static const struct bad unsupported[] = {
	{LINE "|1:4", -EPROTONOSUPPORT},
	{LINE "|1:1", -EPROTONOSUPPORT},
	{LINE "|2^20|1:4", -EPROTONOSUPPORT},
	{LINE "|2^20|1:32", -EPROTONOSUPPORT},
	{LINE "|1048576|66051:4", -EPROTONOSUPPORT},
	{LINE "|1:4|2^20", -EPROTONOSUPPORT},
	{LINE "|2^20|", -EPROTONOSUPPORT},
	{LINE "|:", -EPROTONOSUPPORT},
	{LINE ";inline:" SDES_KEY, -EPROTONOSUPPORT},
	{LINE "|2^20;inline:" SDES_KEY "|2^20", -EPROTONOSUPPORT},
	{LINE ";", -EPROTONOSUPPORT},
	{LINE " KDR=0", -EPROTONOSUPPORT},
	{LINE " KDR=1", -EPROTONOSUPPORT},
	{LINE " UNENCRYPTED_SRTP", -EPROTONOSUPPORT},
	{LINE " UNENCRYPTED_SRTCP", -EPROTONOSUPPORT},
	{LINE " UNAUTHENTICATED_SRTP", -EPROTONOSUPPORT},
	{LINE " FEC_ORDER=FEC_SRTP", -EPROTONOSUPPORT},
	{LINE " FEC_KEY=inline:" SDES_KEY, -EPROTONOSUPPORT},
	{LINE " WSH=64", -EPROTONOSUPPORT},
	{LINE " WSH=8", -EPROTONOSUPPORT},
	{LINE " -X", -EPROTONOSUPPORT},
	{LINE " x", -EPROTONOSUPPORT},
	{LINE "|2^20  UNENCRYPTED_SRTP", -EPROTONOSUPPORT},
	{LINE "\tUNENCRYPTED_SRTCP", -EPROTONOSUPPORT},
};

START_TEST(sd05_sd10_mki_keys_and_session_parameters_are_refused)
{
	sdes_refuse(unsupported[_i].line, unsupported[_i].error);
}
END_TEST

/* Where the error stands, for the person who wrote the line. */
START_TEST(errors_point_at_their_place)
{
	static const struct {
		const char *line;
		unsigned at;
	} places[] = {
		{"", 0},
		{"x", 0},
		{"a=crypto:x", 9},
		{"1x", 1},
		{"1 X inline:" SDES_KEY, 2},
		{"1 " SUITE " uri:x", 26},
		{HEAD "A", 33},
		{LINE "|x", 74},
		{LINE "|1:4", 74},
		{LINE " x", 74},
	};
	struct sotto_sdes sdes;
	struct sotto_sdes_error error;

	for (int i = 0; i < COUNT(places); i++) {
		ck_assert_int_lt(sotto_keys_sdes_parse(
					 places[i].line, strlen(places[i].line), &sdes, &error),
			0);
		ck_assert_msg(error.at == places[i].at, "\"%s\": at %u instead of %u",
			places[i].line, error.at, places[i].at);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/sdes");
	TCase *tc = tcase_create("sdes");

	tcase_add_loop_test(tc, good_line_is_read, 0, COUNT(good));
	tcase_add_test(tc, examples_of_the_rfc);
	tcase_add_loop_test(tc, bad_tag_is_refused, 0, COUNT(bad_tags));
	tcase_add_loop_test(tc, sd01_unknown_suite_is_refused, 0, COUNT(bad_suites));
	tcase_add_loop_test(tc, other_key_methods_are_refused, 0, COUNT(bad_methods));
	tcase_add_loop_test(tc, sd08_key_of_the_wrong_shape_is_refused, 0, COUNT(bad_keys));
	tcase_add_loop_test(tc, bad_lifetime_is_refused, 0, COUNT(bad_lifetimes));
	tcase_add_loop_test(
		tc, sd05_sd10_mki_keys_and_session_parameters_are_refused, 0, COUNT(unsupported));
	tcase_add_test(tc, errors_point_at_their_place);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
