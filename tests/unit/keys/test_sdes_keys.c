/* SPDX-License-Identifier: BSD-3-Clause */
/* Lifetimes, MKIs and several keys of an a=crypto line (RFC 4568, 6.1). */
#include "unit.h"

#include "sdes_check.h"

#include <errno.h>
#include <stdio.h>

#define HEAD "1 AES_CM_128_HMAC_SHA1_80 inline:"
#define LINE HEAD SDES_KEY
#define MORE ";inline:" SDES_KEY_2

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *line;
	uint64_t lifetime;
	uint64_t mki;
	uint8_t mki_len;
} good[] = {
	{LINE "|2^20", 1ull << 20, 0, 0},
	{LINE "|2^48", 1ull << 48, 0, 0},
	{LINE "|2^31", 1ull << 31, 0, 0},
	{LINE "|2^0", 1, 0, 0},
	{LINE "|2^9", 512, 0, 0},
	{LINE "|1", 1, 0, 0},
	{LINE "|1048576", 1048576, 0, 0},
	{LINE "|281474976710656", 1ull << 48, 0, 0},
	{LINE "|281474976710655", (1ull << 48) - 1, 0, 0},
	{LINE "|2^20\t ", 1ull << 20, 0, 0},
	{LINE "|1:1", 0, 1, 1},
	{LINE "|0:1", 0, 0, 1},
	{LINE "|255:1", 0, 255, 1},
	{LINE "|256:2", 0, 256, 2},
	{LINE "|65535:2", 0, 65535, 2},
	{LINE "|1:4", 0, 1, 4},
	{LINE "|4294967295:4", 0, 4294967295, 4},
	{LINE "|72057594037927935:7", 0, (1ull << 56) - 1, 7},
	{LINE "|18446744073709551615:8", 0, UINT64_MAX, 8},
	{LINE "|18446744073709551615:128", 0, UINT64_MAX, 128},
	{LINE "|1:128", 0, 1, 128},
	{LINE "|2^31|1:1", 1ull << 31, 1, 1},
	{LINE "|1048576|66051:4", 1048576, 66051, 4},
	{LINE "|2^20|1:32", 1ull << 20, 1, 32},
	{LINE "|2^20|1:32 ", 1ull << 20, 1, 32},
};

START_TEST(lifetime_and_mki_are_read)
{
	struct sotto_sdes sdes = sdes_accept(good[_i].line);

	ck_assert_uint_eq(sdes.keying.count, 1);
	ck_assert_uint_eq(sdes.keying.master[0].lifetime, good[_i].lifetime);
	ck_assert_uint_eq(sdes.keying.master[0].mki, good[_i].mki);
	ck_assert_uint_eq(sdes.keying.mki_len, good[_i].mki_len);
	ck_assert_mem_eq(sdes.keying.master[0].key, sdes_key_bytes, 16);
}
END_TEST

struct bad {
	const char *line;
	int error;
	const char *mark; /* what stands last where the trouble is; "" = the line's end */
};

static void refuse(const struct bad *bad)
{
	sdes_refuse_at(bad->line, bad->error, sdes_last(bad->line, bad->mark));
}

static const struct bad bad_lifetimes[] = {
	{LINE "|", -EINVAL, ""},
	{LINE "| ", -EINVAL, " "},
	{LINE "||1:1", -EINVAL, "|1:1"},
	{LINE "|0", -EINVAL, "0"},
	{LINE "|00", -EINVAL, "00"},
	{LINE "|020", -EINVAL, "020"},
	{LINE "|2^49", -EINVAL, "49"},
	{LINE "|2^99", -EINVAL, "99"},
	{LINE "|2^020", -EINVAL, "020"},
	{LINE "|2^05", -EINVAL, "05"},
	{LINE "|2^", -EINVAL, ""},
	{LINE "|2^-1", -EINVAL, "-1"},
	{LINE "|2^x", -EINVAL, "x"},
	{LINE "|2^20x", -EINVAL, "x"},
	{LINE "|2^20.5", -EINVAL, ".5"},
	{LINE "|2^20:", -EINVAL, "^20:"},
	{LINE "|3^20", -EINVAL, "^20"},
	{LINE "|x", -EINVAL, "x"},
	{LINE "|-1", -EINVAL, "-1"},
	{LINE "|+1", -EINVAL, "+1"},
	{LINE "|1.5", -EINVAL, ".5"},
	{LINE "|281474976710657", -EINVAL, "281"},
	{LINE "|999999999999999", -EINVAL, "999999999999999"},
	{LINE "|1000000000000000", -EINVAL, "1000"},
	{LINE "|18446744073709551617", -EINVAL, "1844"},
	{LINE "|2^20=", -EINVAL, "="},
	{LINE "|2^20|2^20", -EINVAL, "^20"},
};

START_TEST(bad_lifetime_is_refused)
{
	refuse(&bad_lifetimes[_i]);
}
END_TEST

static const struct bad bad_mkis[] = {
	{LINE "|:", -EINVAL, ":"},
	{LINE "|:4", -EINVAL, ":4"},
	{LINE "|1:", -EINVAL, ""},
	{LINE "|x:4", -EINVAL, "x:4"},
	{LINE "|-1:4", -EINVAL, "-1:4"},
	{LINE "|01:4", -EINVAL, "01:4"},
	{LINE "|00:4", -EINVAL, "00:4"},
	{LINE "|1x:4", -EINVAL, "x:4"},
	{LINE "|1:0", -EINVAL, "0"},
	{LINE "|1:04", -EINVAL, "04"},
	{LINE "|1:129", -EINVAL, "129"},
	{LINE "|1:1000", -EINVAL, "1000"},
	{LINE "|1:-1", -EINVAL, "-1"},
	{LINE "|1:4x", -EINVAL, "x"},
	{LINE "|1:4:4", -EINVAL, ":4"},
	{LINE "|256:1", -EINVAL, "256"},
	{LINE "|65536:2", -EINVAL, "65536"},
	{LINE "|4294967296:4", -EINVAL, "4294"},
	{LINE "|72057594037927936:7", -EINVAL, "7205"},
	{LINE "|18446744073709551616:8", -EPROTONOSUPPORT, "1844"},
	{LINE "|18446744073709551616:9", -EPROTONOSUPPORT, "1844"},
	{LINE "|99999999999999999999999999999999999999999:128", -EPROTONOSUPPORT,
		"99999999999999999999999999999999999999999"},
	{LINE "|1:4|2^20", -EINVAL, "|2^20"}, /* in that order only */
	{LINE "|1:4|1:4", -EINVAL, "|1:4"},
	{LINE "|2^20|", -EINVAL, ""},
	{LINE "|2^20|4", -EINVAL, ""},
	{LINE "|2^20|1:4|", -EINVAL, "|"},
};

START_TEST(bad_mki_is_refused)
{
	refuse(&bad_mkis[_i]);
}
END_TEST

START_TEST(several_keys_are_read_in_their_order)
{
	struct sotto_sdes sdes =
		sdes_accept(LINE "|2^20|7:2" MORE "|65535:2;inline:" SDES_KEY_3 "|1000|0:2 WSH=64");

	ck_assert_uint_eq(sdes.keying.count, 3);
	ck_assert_uint_eq(sdes.keying.mki_len, 2);
	ck_assert_uint_eq(sdes.keying.window, 64);
	ck_assert_uint_eq(sdes.keying.master[0].mki, 7);
	ck_assert_uint_eq(sdes.keying.master[1].mki, 65535);
	ck_assert_uint_eq(sdes.keying.master[2].mki, 0);
	ck_assert_uint_eq(sdes.keying.master[0].lifetime, 1u << 20);
	ck_assert_uint_eq(sdes.keying.master[1].lifetime, 0);
	ck_assert_uint_eq(sdes.keying.master[2].lifetime, 1000);
	ck_assert_mem_eq(sdes.keying.master[0].key, sdes_key_bytes, 16);
	ck_assert_mem_ne(sdes.keying.master[1].key, sdes.keying.master[0].key, 16);
	ck_assert_mem_ne(sdes.keying.master[2].key, sdes.keying.master[1].key, 16);
}
END_TEST

static const struct bad bad_lists[] = {
	{LINE MORE, -EINVAL, MORE},
	{LINE "|2^20" MORE "|2^20", -EINVAL, MORE},
	{LINE ";", -EINVAL, ";"},
	{LINE "|1:4;", -EINVAL, ""},
	{LINE "|1:4; inline:" SDES_KEY_2 "|2:4", -EINVAL, " inline:" SDES_KEY_2},
	{LINE "|1:4;" SDES_KEY_2 "|2:4", -EINVAL, SDES_KEY_2},
	{LINE "|1:4" MORE, -EINVAL, ""},
	{LINE "|1:4" MORE " WSH=64", -EINVAL, " WSH"},
	{LINE "|1:4" MORE "|2^20", -EINVAL, ""},
	{LINE MORE "|2:4", -EINVAL, MORE},
	{LINE "|1:4" MORE "|2:3", -EINVAL, "3"},
	{LINE "|1:4" MORE "|1:4", -EINVAL, "1:4"},
	{LINE "|2^20|1:4" MORE "|2^30|1:4", -EINVAL, "1:4"},
	{LINE "|1:4" MORE "|2:4;inline:" SDES_KEY_3 "|1:4", -EINVAL, "1:4"},
	{LINE "|1:4;;inline:" SDES_KEY_2 "|2:4", -EINVAL, ";inline:" SDES_KEY_2},
};

START_TEST(sd06_lists_that_do_not_fit_are_refused)
{
	refuse(&bad_lists[_i]);
}
END_TEST

/* A line of n keys. */
static void write_list(char *line, size_t room, unsigned n)
{
	size_t len = (size_t)snprintf(line, room, "%s|0:1", LINE);

	for (unsigned i = 1; i < n; i++)
		len += (size_t)snprintf(line + len, room - len, "%s|%u:1", MORE, i);
	ck_assert_uint_lt(len, room);
}

START_TEST(sd06_16_keys_are_read_and_17_are_not)
{
	char line[SOTTO_SDES_LINE_MAX];
	struct sotto_sdes sdes;

	write_list(line, sizeof(line), 16);
	sdes = sdes_accept(line);
	ck_assert_uint_eq(sdes.keying.count, 16);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(sdes.keying.master[i].mki, i);
	write_list(line, sizeof(line), 17);
	sdes_refuse_at(line, -EINVAL, sdes_last(line, ";"));
	write_list(line, sizeof(line), 60);
	sdes_refuse(line, -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/sdes keys");
	TCase *tc = tcase_create("keys");

	tcase_add_loop_test(tc, lifetime_and_mki_are_read, 0, COUNT(good));
	tcase_add_loop_test(tc, bad_lifetime_is_refused, 0, COUNT(bad_lifetimes));
	tcase_add_loop_test(tc, bad_mki_is_refused, 0, COUNT(bad_mkis));
	tcase_add_test(tc, several_keys_are_read_in_their_order);
	tcase_add_loop_test(tc, sd06_lists_that_do_not_fit_are_refused, 0, COUNT(bad_lists));
	tcase_add_test(tc, sd06_16_keys_are_read_and_17_are_not);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
