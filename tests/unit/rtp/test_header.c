/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Header views of RTP and RTCP (RFC 3550, 5.1 and 6.4) on datagrams of every length, none of which
 * may be read behind its end.
 */
#include "unit.h"

#include "guarded.h"

#include "rtp/rtp.h"

#include <stdio.h>

#define SSRC 0x5077aabbu
#define SEQ 0xfedc

static bool parse(const uint8_t *data, uint32_t len, struct sotto_rtp *out)
{
	return sotto_rtp_parse(guarded_copy(data, len), len, out);
}

/* A packet with that first byte; CSRCs and extension bytes are 0xff where not written. */
static void make(uint8_t *data, size_t room, uint8_t first)
{
	memset(data, 0xff, room);
	data[0] = first;
	data[1] = 0x60;
	sotto_base_put16(data + 2, SEQ);
	sotto_base_put32(data + 4, 0x01020304);
	sotto_base_put32(data + 8, SSRC);
}

/* The length that the RFC gives a header, in a type that cannot wrap; -1 when it is not there. */
static int64_t header_by_the_book(const uint8_t *data, int64_t len)
{
	int64_t end = 12 + 4 * (int64_t)(data[0] & 0x0f);

	if (len < 12 || (data[0] & 0xc0) != 0x80)
		return -1;
	if (data[0] & 0x10) {
		if (len < end + 4)
			return -1;
		end += 4 + 4 * (int64_t)(data[end + 2] * 256 + data[end + 3]);
	}
	return end <= len ? end : -1;
}

/* Every length against the book; all failures are printed before the test fails. */
static unsigned sweep(const uint8_t *data, uint32_t longest)
{
	unsigned wrong = 0;

	for (uint32_t len = 0; len <= longest; len++) {
		struct sotto_rtp view;
		bool fits = parse(data, len, &view);
		int64_t header = len < 12 ? -1 : header_by_the_book(data, len);

		if (fits == (header >= 0) && (!fits || view.header_len == header))
			continue;
		printf("first byte 0x%02x, %u bytes: parse says %d\n", data[0], len, fits);
		wrong++;
	}
	return wrong;
}

START_TEST(pp01_every_length_0_to_64)
{
	uint8_t data[64];
	unsigned wrong = 0;

	for (unsigned first = 0x80; first <= 0xbf; first++) {
		make(data, sizeof(data), (uint8_t)first);
		for (unsigned words = 0; words < 16; words++) {
			unsigned csrcs = 4 * (first & 15);

			if (12 + csrcs + 4 <= sizeof(data))
				sotto_base_put16(data + 12 + csrcs + 2, (uint16_t)words);
			wrong += sweep(data, sizeof(data));
		}
	}
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(pp01_below_12_bytes_is_refused)
{
	uint8_t data[12];
	struct sotto_rtp view;

	make(data, sizeof(data), 0x80);
	for (uint32_t len = 0; len < 12; len++)
		ck_assert(!parse(data, len, &view));
	ck_assert(parse(data, 12, &view));
}
END_TEST

START_TEST(pp02_15_csrcs_need_72_bytes)
{
	uint8_t data[80];
	struct sotto_rtp view;

	make(data, sizeof(data), 0x8f);
	ck_assert(!parse(data, 44, &view));
	for (uint32_t len = 0; len < 72; len++)
		ck_assert(!parse(data, len, &view));
	ck_assert(parse(data, 72, &view));
	ck_assert_uint_eq(view.header_len, 72);
	ck_assert(parse(data, 80, &view));
	ck_assert_uint_eq(view.header_len, 72);
}
END_TEST

START_TEST(pp02_every_csrc_count)
{
	uint8_t data[72];
	struct sotto_rtp view;

	for (unsigned cc = 0; cc < 16; cc++) {
		make(data, sizeof(data), (uint8_t)(0x80 | cc));
		ck_assert(!parse(data, 12 + 4 * cc - 1, &view));
		ck_assert(parse(data, 12 + 4 * cc, &view));
		ck_assert_uint_eq(view.header_len, 12 + 4 * cc);
	}
}
END_TEST

START_TEST(pp03_extension_header_is_never_read_behind_the_end)
{
	uint8_t data[72 + 4];
	struct sotto_rtp view;

	for (unsigned cc = 0; cc < 16; cc++) {
		uint32_t fixed = 12 + 4 * cc;

		make(data, sizeof(data), (uint8_t)(0x90 | cc));
		sotto_base_put16(data + fixed + 2, 0);
		for (uint32_t more = 0; more < 4; more++)
			ck_assert(!parse(data, fixed + more, &view));
		ck_assert(parse(data, fixed + 4, &view));
		ck_assert_uint_eq(view.header_len, fixed + 4);
	}
}
END_TEST

START_TEST(pp04_extension_of_0xffff_words)
{
	static const uint32_t whole = 12 + 4 + 4 * 0xffff;
	uint8_t *data = malloc(whole);
	struct sotto_rtp view;

	ck_assert_ptr_nonnull(data);
	make(data, whole, 0x90);
	ck_assert(!parse(data, 16, &view));
	ck_assert(!parse(data, 64, &view));
	ck_assert(!parse(data, 65507, &view));
	ck_assert(!parse(data, whole - 1, &view));
	ck_assert(parse(data, whole, &view));
	ck_assert_uint_eq(view.header_len, whole);
	free(data);
}
END_TEST

/* Words, not bytes: a length that would fit if it were counted in bytes. */
START_TEST(pp04_extension_length_is_in_words)
{
	uint8_t data[12 + 4 + 40];
	struct sotto_rtp view;

	make(data, sizeof(data), 0x90);
	sotto_base_put16(data + 14, 10);
	ck_assert(parse(data, sizeof(data), &view));
	ck_assert_uint_eq(view.header_len, 12 + 4 + 40);
	ck_assert(!parse(data, sizeof(data) - 1, &view));
	sotto_base_put16(data + 14, 40);
	ck_assert(!parse(data, sizeof(data), &view));
}
END_TEST

/* Lengths whose bytes, added in 16 bits, would come round to a small number. */
START_TEST(pp04_extension_lengths_that_would_wrap_16_bits)
{
	static const uint16_t words[] = {0x3ffc, 0x3ffd, 0x3fff, 0x4000, 0x7fff, 0x8000, 0xfffc};
	uint8_t data[64];
	struct sotto_rtp view;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		make(data, sizeof(data), 0x90);
		sotto_base_put16(data + 14, words[i]);
		ck_assert(!parse(data, sizeof(data), &view));
	}
}
END_TEST

START_TEST(pp06_only_version_2_passes)
{
	uint8_t data[72 + 4];
	struct sotto_rtp view;
	uint32_t ssrc;

	for (unsigned first = 0; first < 256; first++) {
		make(data, sizeof(data), (uint8_t)first);
		sotto_base_put16(data + 12 + 4 * (first & 15) + 2, 0);
		ck_assert(parse(data, sizeof(data), &view) == (first >> 6 == 2));
		ck_assert(sotto_rtcp_parse(data, sizeof(data), &ssrc) == (first >> 6 == 2));
	}
}
END_TEST

START_TEST(fields_are_in_host_order)
{
	uint8_t data[12];
	struct sotto_rtp view;

	make(data, sizeof(data), 0x80);
	ck_assert(parse(data, sizeof(data), &view));
	ck_assert_uint_eq(view.seq, SEQ);
	ck_assert_uint_eq(view.ssrc, SSRC);
	ck_assert_uint_eq(view.header_len, 12);
}
END_TEST

/* Padding belongs to the payload (RFC 3711, 3.1), marker and type to nobody here. */
START_TEST(pp07_padding_bit_changes_nothing)
{
	uint8_t data[20];
	struct sotto_rtp view;

	make(data, sizeof(data), 0xa0);
	data[19] = 0;
	ck_assert(parse(data, sizeof(data), &view));
	ck_assert_uint_eq(view.header_len, 12);
	data[19] = 255;
	ck_assert(parse(data, sizeof(data), &view));
	ck_assert_uint_eq(view.header_len, 12);
	ck_assert(parse(data, 12, &view));
}
END_TEST

START_TEST(rc04_rtcp_below_8_bytes_is_refused)
{
	static const uint8_t data[8] = {0x80, 200, 0, 1, 0x50, 0x77, 0xaa, 0xbb};
	uint32_t ssrc = 7;

	for (uint32_t len = 0; len < 8; len++) {
		ck_assert(!sotto_rtcp_parse(guarded_copy(data, len), len, &ssrc));
		ck_assert_uint_eq(ssrc, 7);
	}
	ck_assert(sotto_rtcp_parse(guarded_copy(data, 8), 8, &ssrc));
	ck_assert_uint_eq(ssrc, SSRC);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rtp/header");
	TCase *tc = tcase_create("header");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, pp01_every_length_0_to_64);
	tcase_add_test(tc, pp01_below_12_bytes_is_refused);
	tcase_add_test(tc, pp02_15_csrcs_need_72_bytes);
	tcase_add_test(tc, pp02_every_csrc_count);
	tcase_add_test(tc, pp03_extension_header_is_never_read_behind_the_end);
	tcase_add_test(tc, pp04_extension_of_0xffff_words);
	tcase_add_test(tc, pp04_extension_length_is_in_words);
	tcase_add_test(tc, pp04_extension_lengths_that_would_wrap_16_bits);
	tcase_add_test(tc, pp06_only_version_2_passes);
	tcase_add_test(tc, fields_are_in_host_order);
	tcase_add_test(tc, pp07_padding_bit_changes_nothing);
	tcase_add_test(tc, rc04_rtcp_below_8_bytes_is_refused);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
