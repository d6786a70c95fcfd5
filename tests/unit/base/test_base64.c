/* SPDX-License-Identifier: BSD-3-Clause */
/* Base64 (RFC 4648, section 4): strict about everything but absent padding. */
#include "unit.h"

#include "base/base64.h"

#include <errno.h>
#include <string.h>

#define TEXT_ROOM 256

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* RFC 4648, section 10. */
static const struct {
	const char *plain;
	const char *coded;
} vectors[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
};

#define VECTORS ((int)(sizeof(vectors) / sizeof(vectors[0])))

/* Decodes from a heap copy of exactly that size, so that a sanitizer sees every read behind it. */
static ssize_t decode(const char *text, size_t len, uint8_t *out, size_t room)
{
	char *copy = malloc(len ? len : 1);
	ssize_t got;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	got = sotto_base_base64_decode(copy, len, out, room);
	free(copy);
	return got;
}

static ssize_t decode_text(const char *text)
{
	uint8_t out[TEXT_ROOM];

	return decode(text, strlen(text), out, sizeof(out));
}

START_TEST(rfc4648_vector_encodes)
{
	char out[TEXT_ROOM];

	sotto_base_base64_encode(
		(const uint8_t *)vectors[_i].plain, strlen(vectors[_i].plain), out);
	ck_assert_str_eq(out, vectors[_i].coded);
}
END_TEST

START_TEST(rfc4648_vector_decodes)
{
	uint8_t out[TEXT_ROOM];
	size_t len = strlen(vectors[_i].plain);

	ck_assert_int_eq(
		decode(vectors[_i].coded, strlen(vectors[_i].coded), out, len), (ssize_t)len);
	ck_assert_mem_eq(out, vectors[_i].plain, len);
}
END_TEST

START_TEST(rfc4648_vector_decodes_without_padding)
{
	uint8_t out[TEXT_ROOM];
	size_t len = strlen(vectors[_i].plain);

	ck_assert_int_eq(
		decode(vectors[_i].coded, strcspn(vectors[_i].coded, "="), out, len), (ssize_t)len);
	ck_assert_mem_eq(out, vectors[_i].plain, len);
}
END_TEST

START_TEST(every_digit_has_its_value)
{
	for (unsigned v = 0; v < 64; v++) {
		char text[4] = {alphabet[v], 'A', 'A', 'A'};
		uint8_t out[3];

		ck_assert_int_eq(decode(text, 4, out, 3), 3);
		ck_assert_uint_eq(out[0], v << 2);
		ck_assert_uint_eq(out[1] | out[2], 0);
	}
}
END_TEST

START_TEST(every_other_character_is_refused_at_every_place)
{
	for (int c = 0; c < 256; c++) {
		for (unsigned at = 0; at < 4; at++) {
			char text[8] = "AAAAAAAA";

			if (c != 0 && strchr(alphabet, c))
				continue;
			text[at] = (char)c;
			ck_assert_int_eq(decode(text, 8, (uint8_t[8]){0}, 8), -EINVAL);
		}
	}
}
END_TEST

START_TEST(partial_padding_is_refused)
{
	static const char *const texts[] = {"Zg=", "Zm9vYg=", "Z===", "====", "===", "==", "=",
		"Zm8==", "Zm9v=", "Zm9v==", "Zm9v===", "Zm9v====", "Zm9=v", "=Zm9",
		"Zg==Zg==", "Zg=A"};

	ck_assert_int_eq(decode_text(texts[_i]), -EINVAL);
}
END_TEST

START_TEST(impossible_length_is_refused)
{
	for (size_t len = 1; len < 64; len += 4) {
		char text[64];

		memset(text, 'A', sizeof(text));
		ck_assert_int_eq(decode(text, len, (uint8_t[64]){0}, 64), -EINVAL);
	}
}
END_TEST

/* The unused low bits of the last digit: four after one byte, two after two bytes. */
START_TEST(trailing_bits_that_are_not_zero_are_refused)
{
	for (unsigned v = 0; v < 64; v++) {
		char one[4] = {'A', alphabet[v], '=', '='};
		char two[4] = {'A', 'A', alphabet[v], '='};

		ck_assert_int_eq(decode(one, 4, (uint8_t[4]){0}, 4), v % 16 == 0 ? 1 : -EINVAL);
		ck_assert_int_eq(decode(one, 2, (uint8_t[4]){0}, 4), v % 16 == 0 ? 1 : -EINVAL);
		ck_assert_int_eq(decode(two, 4, (uint8_t[4]){0}, 4), v % 4 == 0 ? 2 : -EINVAL);
		ck_assert_int_eq(decode(two, 3, (uint8_t[4]){0}, 4), v % 4 == 0 ? 2 : -EINVAL);
	}
}
END_TEST

/* One byte short is refused, and nothing is written behind the room. */
START_TEST(room_is_kept)
{
	for (size_t n = 1; n < 64; n++) {
		uint8_t data[64], *out;
		char text[TEXT_ROOM];

		memset(data, 0x5a, sizeof(data));
		sotto_base_base64_encode(data, n, text);
		for (size_t room = 0; room <= n; room++) {
			out = malloc(room ? room : 1);
			ck_assert_ptr_nonnull(out);
			ck_assert_int_eq(decode(text, strlen(text), out, room),
				room < n ? -ENOSPC : (ssize_t)n);
			free(out);
		}
	}
}
END_TEST

START_TEST(every_length_comes_back)
{
	uint8_t data[100], back[100];
	char text[TEXT_ROOM];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 151 + 7);
	for (size_t n = 0; n <= sizeof(data); n++) {
		memset(text, 'x', sizeof(text));
		sotto_base_base64_encode(data, n, text);
		ck_assert_uint_eq(strlen(text), 4 * ((n + 2) / 3));
		ck_assert_int_eq(text[strlen(text) + 1], 'x');
		ck_assert_int_eq(decode(text, strlen(text), back, n), (ssize_t)n);
		ck_assert_mem_eq(back, data, n);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/base64");
	TCase *tc = tcase_create("base64");

	tcase_add_loop_test(tc, rfc4648_vector_encodes, 0, VECTORS);
	tcase_add_loop_test(tc, rfc4648_vector_decodes, 0, VECTORS);
	tcase_add_loop_test(tc, rfc4648_vector_decodes_without_padding, 0, VECTORS);
	tcase_add_test(tc, every_digit_has_its_value);
	tcase_add_test(tc, every_other_character_is_refused_at_every_place);
	tcase_add_loop_test(tc, partial_padding_is_refused, 0, 16);
	tcase_add_test(tc, impossible_length_is_refused);
	tcase_add_test(tc, trailing_bits_that_are_not_zero_are_refused);
	tcase_add_test(tc, room_is_kept);
	tcase_add_test(tc, every_length_comes_back);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
