/* SPDX-License-Identifier: BSD-3-Clause */
/* Base64 for key material: no tables indexed by secret bytes, so no secret-dependent cache lines.
 */
#include "base/base64.h"

#include <errno.h>

/* The value of one character, or -1. Arithmetic instead of a table. */
static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static char digit_char(unsigned v)
{
	if (v < 26)
		return (char)('A' + v);
	if (v < 52)
		return (char)('a' + v - 26);
	if (v < 62)
		return (char)('0' + v - 52);
	return v == 62 ? '+' : '/';
}

/* Cuts the padding off: returns the count of digits, or -EINVAL when it is partial or too long. */
static ssize_t digits_without_padding(const char *text, size_t len)
{
	size_t digits = len;

	while (digits > 0 && text[digits - 1] == '=')
		digits--;
	if (digits != len && (len % 4 != 0 || len - digits > 2))
		return -EINVAL;
	return digits % 4 == 1 ? -EINVAL : (ssize_t)digits;
}

ssize_t sotto_base_base64_decode(const char *text, size_t len, uint8_t *out, size_t room)
{
	ssize_t digits = digits_without_padding(text, len);
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t n = 0;

	if (digits < 0)
		return digits;
	for (ssize_t i = 0; i < digits; i++) {
		int v = digit_value(text[i]);

		if (v < 0)
			return -EINVAL;
		acc = (acc << 6 | (uint32_t)v) & 0xffff;
		bits += 6;
		if (bits < 8)
			continue;
		if (n == room)
			return -ENOSPC;
		bits -= 8;
		out[n++] = (uint8_t)(acc >> bits);
	}
	return acc & ((1u << bits) - 1) ? -EINVAL : (ssize_t)n;
}

void sotto_base_base64_encode(const uint8_t *data, size_t len, char *out)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)data[i] << 16;

		if (left > 1)
			v |= (uint32_t)data[i + 1] << 8;
		if (left > 2)
			v |= data[i + 2];
		*out++ = digit_char(v >> 18);
		*out++ = digit_char(v >> 12 & 63);
		*out++ = left > 1 ? digit_char(v >> 6 & 63) : '=';
		*out++ = left > 2 ? digit_char(v & 63) : '=';
	}
	*out = 0;
}
