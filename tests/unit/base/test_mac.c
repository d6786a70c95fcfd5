/* SPDX-License-Identifier: BSD-3-Clause */
/* MAC addresses to text and back: six pairs of hexadecimal digits with colons, nothing else. */
#include "unit.h"

#include "base/addr.h"

#include <errno.h>

static const uint8_t canary[6] = {0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5};

static const struct {
	const char *text;
	uint8_t mac[6];
} good[] = {
	{"02:00:5e:10:00:01", {0x02, 0x00, 0x5e, 0x10, 0x00, 0x01}},
	{"00:00:00:00:00:00", {0}},
	{"ff:ff:ff:ff:ff:ff", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
	{"9a:bc:de:f0:12:34", {0x9a, 0xbc, 0xde, 0xf0, 0x12, 0x34}},
};

#define GOOD ((int)(sizeof(good) / sizeof(good[0])))

static const char *const bad[] = {
	"",
	"0",
	"02",
	"02:00:5e:10:00",
	"02:00:5e:10:00:",
	"02:00:5e:10:00:0",
	"02:00:5e:10:00:011",
	"02:00:5e:10:00:01 ",
	"02:00:5e:10:00:01:02",
	"02-00-5e-10-00-01",
	"0200.5e10.0001",
	"02:00:5g:10:00:01",
	"g2:00:5e:10:00:01",
	"02:00:5e:10:00:0g",
	"02:00:5e:10:0001:",
	":2:00:5e:10:00:01",
	"002:0:5e:10:00:01",
	/* as long as a right one, with what number scanners let pass */
	" 2:00:5e:10:00:01",
	"02:00:5e:10:00: 1",
	"02:00:5e:10:0: 01",
	"\t2:00:5e:10:00:01",
	"-1:00:5e:10:00:01",
	"+1:00:5e:10:00:01",
	"02:00:5e:10:00:-1",
	"0x:00:5e:10:00:01",
	"0X:00:5e:10:00:01",
};

#define BAD ((int)(sizeof(bad) / sizeof(bad[0])))

START_TEST(mac_is_read)
{
	uint8_t mac[6];

	ck_assert_int_eq(sotto_base_mac_parse(good[_i].text, mac), 0);
	ck_assert_mem_eq(mac, good[_i].mac, 6);
}
END_TEST

START_TEST(mac_is_written)
{
	char text[SOTTO_MAC_TEXT];

	ck_assert_ptr_eq(sotto_base_mac_text(good[_i].mac, text), text);
	ck_assert_str_eq(text, good[_i].text);
}
END_TEST

START_TEST(upper_case_is_read)
{
	uint8_t mac[6];

	ck_assert_int_eq(sotto_base_mac_parse("9A:BC:DE:F0:12:34", mac), 0);
	ck_assert_mem_eq(mac, good[3].mac, 6);
}
END_TEST

START_TEST(what_is_no_mac_is_refused_and_changes_nothing)
{
	uint8_t mac[6];

	memcpy(mac, canary, 6);
	ck_assert_msg(sotto_base_mac_parse(bad[_i], mac) == -EINVAL, "\"%s\" was taken", bad[_i]);
	ck_assert_mem_eq(mac, canary, 6);
}
END_TEST

/* Every character at every place of a right text: only digits for digits and colons for colons. */
START_TEST(only_digits_and_colons_pass_at_their_places)
{
	for (int at = 0; at < SOTTO_MAC_TEXT - 1; at++) {
		for (int c = 1; c < 256; c++) {
			char text[SOTTO_MAC_TEXT] = "02:00:5e:10:00:01";
			const char *fit = at % 3 == 2 ? ":" : "0123456789abcdefABCDEF";
			uint8_t mac[6];

			text[at] = (char)c;
			ck_assert_msg(
				sotto_base_mac_parse(text, mac) == (strchr(fit, c) ? 0 : -EINVAL),
				"character 0x%02x at %d", (unsigned)c, at);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/mac");
	TCase *tc = tcase_create("mac");

	tcase_add_loop_test(tc, mac_is_read, 0, GOOD);
	tcase_add_loop_test(tc, mac_is_written, 0, GOOD);
	tcase_add_test(tc, upper_case_is_read);
	tcase_add_loop_test(tc, what_is_no_mac_is_refused_and_changes_nothing, 0, BAD);
	tcase_add_test(tc, only_digits_and_colons_pass_at_their_places);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
