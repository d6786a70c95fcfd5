/* SPDX-License-Identifier: BSD-3-Clause */
/* Session parameters of an a=crypto line (RFC 4568, 6.3). */
#include "unit.h"

#include "sdes_check.h"

#include <errno.h>

#define LINE "1 AES_CM_128_HMAC_SHA1_80 inline:" SDES_KEY
#define GCM "1 AEAD_AES_128_GCM inline:" SDES_KEY_GCM_128
#define NO_RTP SOTTO_CONSENT_UNENCRYPTED_SRTP
#define NO_RTCP SOTTO_CONSENT_UNENCRYPTED_SRTCP
#define NO_AUTH SOTTO_CONSENT_UNAUTHENTICATED_SRTP

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *line;
	sotto_modes modes;
	uint32_t window;
} good[] = {
	{LINE " KDR=0", 0, 0}, {LINE " UNENCRYPTED_SRTP", NO_RTP, 0},
	{LINE " UNENCRYPTED_SRTCP", NO_RTCP, 0}, {LINE " UNAUTHENTICATED_SRTP", NO_AUTH, 0},
	{LINE " UNENCRYPTED_SRTCP UNENCRYPTED_SRTP", NO_RTP | NO_RTCP, 0},
	{LINE "\tUNAUTHENTICATED_SRTP  \t UNENCRYPTED_SRTP\tUNENCRYPTED_SRTCP ",
		NO_RTP | NO_RTCP | NO_AUTH, 0},
	{LINE "|2^20|1:4 UNENCRYPTED_SRTCP WSH=256 KDR=0", NO_RTCP, 256},
	{GCM " UNENCRYPTED_SRTCP", NO_RTCP, 0},
	{"1 NULL_HMAC_SHA1_80 inline:" SDES_KEY " UNENCRYPTED_SRTP", NO_RTP, 0},
	{LINE " unencrypted_srtp wsh=65", NO_RTP, 65}, /* no case: RFC 4234, 2.3 */
};

START_TEST(sd05_sd10_parameters_are_read)
{
	struct sotto_sdes sdes = sdes_accept(good[_i].line);

	ck_assert_uint_eq(sdes.keying.modes, good[_i].modes);
	ck_assert_uint_eq(sdes.keying.window, good[_i].window);
	ck_assert_uint_eq(sdes.keying.count, 1);
}
END_TEST

/* What the line says; raising and lowering is the business of whoever makes the window. */
static const struct {
	const char *line;
	uint32_t window;
} windows[] = {
	{LINE " WSH=8", 8},
	{LINE " WSH=64", 64},
	{LINE " WSH=1000000", 1000000},
	{LINE " WSH=4294967295", UINT32_MAX},
	{LINE " WSH=4294967296", UINT32_MAX},
	{LINE " WSH=9999999999", UINT32_MAX},
	{LINE " WSH=0", 0},
	{LINE, 0},
};

START_TEST(sd09_window_is_kept_as_given)
{
	ck_assert_uint_eq(sdes_accept(windows[_i].line).keying.window, windows[_i].window);
}
END_TEST

/* RFC 4568, 6.3.7: only what begins with a dash may be ignored. */
static const char *const optional[] = {
	LINE " -X",
	LINE " -x=1 -Y=inline:" SDES_KEY,
	LINE " -x-y",
	LINE " -KDR=24",
	LINE " -UNENCRYPTED_SRTP",
	LINE " -UNENCRYPTED_SRTP -UNENCRYPTED_SRTP",
	LINE " -FEC_ORDER=FEC_SRTP",
	LINE " -!\"#$%&'()*+,./:;<=>?@[\\]^_`{|}~",
};

START_TEST(sd10_unknown_parameters_with_a_dash_are_skipped)
{
	struct sotto_sdes sdes = sdes_accept(optional[_i]);

	ck_assert_uint_eq(sdes.keying.modes, 0);
	ck_assert_uint_eq(sdes.keying.window, 0);
}
END_TEST

START_TEST(sd10_parameters_behind_a_skipped_one_count)
{
	struct sotto_sdes sdes = sdes_accept(LINE " -X UNENCRYPTED_SRTCP -Y WSH=100");

	ck_assert_uint_eq(sdes.keying.modes, NO_RTCP);
	ck_assert_uint_eq(sdes.keying.window, 100);
	sdes_refuse(LINE " -X KDR=5", -EPROTONOSUPPORT);
}
END_TEST

static const struct {
	const char *line;
	int error;
	const char *mark; /* what stands last where the trouble is; "" = the line's end */
} bad[] = {
	/* what we do not do */
	{LINE " KDR=1", -EPROTONOSUPPORT, "1"},
	{LINE " KDR=24", -EPROTONOSUPPORT, "24"},
	{LINE " KDR=99", -EPROTONOSUPPORT, "99"},
	{LINE " kdr=1", -EPROTONOSUPPORT, "1"},
	{LINE " FEC_ORDER=FEC_SRTP", -EPROTONOSUPPORT, "FEC_ORDER"},
	{LINE " FEC_ORDER=SRTP_FEC", -EPROTONOSUPPORT, "FEC_ORDER"},
	{LINE " FEC_ORDER=", -EPROTONOSUPPORT, "FEC_ORDER"},
	{LINE " FEC_KEY=inline:" SDES_KEY, -EPROTONOSUPPORT, "FEC_KEY"},
	{LINE " WSH=64 FEC_KEY=inline:" SDES_KEY ";inline:" SDES_KEY_2, -EPROTONOSUPPORT,
		"FEC_KEY"},
	/* unknown ones */
	{LINE " x", -EPROTONOSUPPORT, "x"},
	{LINE " X=1", -EPROTONOSUPPORT, "X=1"},
	{LINE " KDR", -EPROTONOSUPPORT, "KDR"},
	{LINE " WSH", -EPROTONOSUPPORT, "WSH"},
	{LINE " FEC_ORDER", -EPROTONOSUPPORT, "FEC_ORDER"},
	{LINE " UNENCRYPTED_SRTPX", -EPROTONOSUPPORT, "UNENC"},
	{LINE " UNENCRYPTED_SRTCP=1", -EPROTONOSUPPORT, "UNENC"},
	{LINE " UNENCRYPTED_SRT", -EPROTONOSUPPORT, "UNENC"},
	{LINE "|2^20  UNENCRYPTED", -EPROTONOSUPPORT, "UNENC"},
	{LINE " UNENCRYPTED_SRTP,UNENCRYPTED_SRTCP", -EPROTONOSUPPORT, "UNENCRYPTED_SRTP,"},
	{LINE " inline:" SDES_KEY_2, -EPROTONOSUPPORT, "inline"},
	{LINE " ;inline:" SDES_KEY_2, -EPROTONOSUPPORT, ";"},
	/* what does not fit the grammar */
	{LINE " KDR=", -EINVAL, ""},
	{LINE " KDR=x", -EINVAL, "x"},
	{LINE " KDR=00", -EINVAL, "00"},
	{LINE " KDR=01", -EINVAL, "01"},
	{LINE " KDR=100", -EINVAL, "100"},
	{LINE " KDR=0x", -EINVAL, "0x"},
	{LINE " KDR= 0", -EINVAL, " 0"},
	{LINE " WSH=", -EINVAL, ""},
	{LINE " WSH=x", -EINVAL, "x"},
	{LINE " WSH=-64", -EINVAL, "-64"},
	{LINE " WSH=064", -EINVAL, "064"},
	{LINE " WSH=64.0", -EINVAL, "64.0"},
	{LINE " WSH=10000000000", -EINVAL, "10000000000"},
	{LINE " -", -EINVAL, "-"},
	{LINE " - X", -EINVAL, "- X"},
	{LINE " --X", -EINVAL, "--X"},
	{LINE " X\x7f", -EINVAL, "\x7f"},
	{LINE " -X\x01", -EINVAL, "\x01"},
	{LINE " -X\xc3\xa4", -EINVAL, "\xc3"},
	{LINE " UNENCRYPTED_SRTP\r", -EINVAL, "\r"},
	/* twice */
	{LINE " KDR=0 KDR=0", -EINVAL, "KDR"},
	{LINE " WSH=64 WSH=64", -EINVAL, "WSH"},
	{LINE " WSH=0 WSH=64", -EINVAL, "WSH"},
	{LINE " UNENCRYPTED_SRTP UNENCRYPTED_SRTP", -EINVAL, "UNENC"},
	{LINE " UNENCRYPTED_SRTCP KDR=0 UNENCRYPTED_SRTCP", -EINVAL, "UNENC"},
	{LINE " UNAUTHENTICATED_SRTP WSH=64 unauthenticated_SRTP", -EINVAL, "unauth"},
	/* modes that an AEAD cannot have (RFC 7714) */
	{GCM " UNENCRYPTED_SRTP", -EINVAL, "UNENC"},
	{GCM " UNENCRYPTED_SRTCP UNENCRYPTED_SRTP", -EINVAL, "UNENC"},
	{GCM " UNAUTHENTICATED_SRTP", -EINVAL, "UNAUTH"},
};

START_TEST(sd05_sd10_what_we_do_not_do_is_refused)
{
	const char *line = bad[_i].line;

	sdes_refuse_at(line, bad[_i].error, sdes_last(line, bad[_i].mark));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/sdes params");
	TCase *tc = tcase_create("params");

	tcase_add_loop_test(tc, sd05_sd10_parameters_are_read, 0, COUNT(good));
	tcase_add_loop_test(tc, sd09_window_is_kept_as_given, 0, COUNT(windows));
	tcase_add_loop_test(
		tc, sd10_unknown_parameters_with_a_dash_are_skipped, 0, COUNT(optional));
	tcase_add_test(tc, sd10_parameters_behind_a_skipped_one_count);
	tcase_add_loop_test(tc, sd05_sd10_what_we_do_not_do_is_refused, 0, COUNT(bad));
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
