/* SPDX-License-Identifier: BSD-3-Clause */
/* Every verdict has a name of its own, fit for a counter and for the control protocol. */
#include "unit.h"

#include "base/verdict.h"

#include <string.h>

START_TEST(every_verdict_has_a_name)
{
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++) {
		const char *name = sotto_base_verdict_name(v);

		ck_assert_msg(name && *name, "verdict %u has no name", v);
		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
		ck_assert_str_ne(name, "invalid");
	}
}
END_TEST

START_TEST(names_are_unique)
{
	for (unsigned a = 0; a < SOTTO_VERDICTS; a++) {
		for (unsigned b = 0; b < a; b++)
			ck_assert_str_ne(sotto_base_verdict_name(a), sotto_base_verdict_name(b));
	}
}
END_TEST

START_TEST(numbers_behind_the_list_are_invalid)
{
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_VERDICTS), "invalid");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_VERDICTS + 1), "invalid");
	ck_assert_str_eq(sotto_base_verdict_name(UINT32_MAX), "invalid");
}
END_TEST

/* The stages keep verdicts in bytes, and OK is what memset() to zero gives. */
START_TEST(a_verdict_fits_a_byte)
{
	ck_assert_uint_eq(SOTTO_OK, 0);
	ck_assert_uint_le(SOTTO_VERDICTS, 256);
}
END_TEST

/* Names that dashboards already know: a rename or a shifted table is an error. */
START_TEST(names_stand_at_their_numbers)
{
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_OK), "ok");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_PUNTED), "punted");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_NO_KEY), "no_key");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_EARLY), "early");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_MKI), "mki");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_KEY_EXPIRED), "key_expired");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_FLOOD), "flood");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_REPLAY), "replay");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_OLD), "old");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_EXTENSION), "extension");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_AUTH), "auth");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_PLAIN), "plain");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_SEND_NO_KEY), "send_no_key");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_DROP_SEND_EXPIRED), "send_expired");
	ck_assert_str_eq(sotto_base_verdict_name(SOTTO_VERDICTS - 1), "crypto");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/verdict");
	TCase *tc = tcase_create("verdict");

	tcase_add_test(tc, every_verdict_has_a_name);
	tcase_add_test(tc, names_are_unique);
	tcase_add_test(tc, numbers_behind_the_list_are_invalid);
	tcase_add_test(tc, a_verdict_fits_a_byte);
	tcase_add_test(tc, names_stand_at_their_numbers);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
