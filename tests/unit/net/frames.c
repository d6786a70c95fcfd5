/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes, seals and hands over the frames of the tests; see frames.h. */
#include "frames.h"

#include <ctype.h>
#include <stdio.h>

static uint8_t digit(char c)
{
	return (uint8_t)(isdigit((unsigned char)c) ? c - '0'
						   : tolower((unsigned char)c) - 'a' + 10);
}

size_t hex_read(const char *text, uint8_t *out)
{
	size_t n = 0;

	while (*text != '\0') {
		if (*text == ' ') {
			text++;
			continue;
		}
		require(isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]),
			"hexadecimal digits");
		out[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return n;
}

void frame_hex(struct frame *f, const char *text)
{
	memset(f, 0, sizeof(*f));
	f->len = (uint32_t)hex_read(text, f->bytes);
	frame_seal(f);
}

void frame_set8(struct frame *f, uint32_t at, uint8_t value)
{
	f->bytes[at] = value;
}

void frame_set16(struct frame *f, uint32_t at, uint16_t value)
{
	f->bytes[at] = (uint8_t)(value >> 8);
	f->bytes[at + 1] = (uint8_t)value;
}

static unsigned get16(const struct frame *f, uint32_t at)
{
	return (unsigned)f->bytes[at] << 8 | f->bytes[at + 1];
}

static void append(struct frame *f, const char *text)
{
	f->len += (uint32_t)hex_read(text, f->bytes + f->len);
}

static void append_zero(struct frame *f, unsigned n)
{
	memset(f->bytes + f->len, 0, n);
	f->len += n;
}

static void append_ip4(struct frame *f, const struct shape *shape)
{
	uint32_t at = f->len;

	append(f, "45bb 0000 1234 4000 3d11 0000" PEER_IP4 OUR_IP4);
	f->bytes[at] = (uint8_t)(0x45 + shape->options);
	for (unsigned i = 0; i < 4 * shape->options; i++)
		f->bytes[f->len++] = 1; /* no operation */
	frame_set16(f, at + 2, (uint16_t)(20 + 4 * shape->options + 8 + shape->payload));
}

static void append_ip6(struct frame *f, const struct shape *shape)
{
	uint32_t at = f->len;

	append(f, "6bb12345 0000 113d" PEER_IP6 OUR_IP6);
	frame_set16(f, at + 4, (uint16_t)(8 * shape->extensions + 8 + shape->payload));
	for (unsigned i = 0; i < shape->extensions; i++) {
		f->bytes[i == 0 ? at + 6 : f->len - 8] = shape->extension;
		append_zero(f, 8);
		f->bytes[f->len - 8] = 17;
	}
}

void frame_udp(struct frame *f, const struct shape *shape)
{
	memset(f, 0, sizeof(*f));
	append(f, OUR_MAC PEER_MAC);
	if (shape->tagged) {
		append(f, "8100 0000");
		frame_set16(f, f->len - 2, shape->tci);
	}
	append(f, shape->ip6 ? "86dd" : "0800");
	if (shape->ip6)
		append_ip6(f, shape);
	else
		append_ip4(f, shape);
	append(f, "0fa0 138c 0000 0000");
	frame_set16(f, f->len - 4, (uint16_t)(8 + shape->payload));
	for (unsigned i = 0; i < shape->payload; i++)
		f->bytes[f->len++] = (uint8_t)(7 * i + 3);
	append_zero(f, shape->padding);
	frame_seal(f);
}

uint16_t slow_sum(const uint8_t *data, size_t len, uint16_t sum)
{
	uint32_t total = sum;

	for (size_t i = 0; i < len; i++) {
		total += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
		if (total > 0xffff)
			total -= 0xffff;
	}
	return (uint16_t)total;
}

/* Where to put which checksum over which bytes; a protocol without one is left alone. */
static void seal_message(struct frame *f, uint8_t protocol, uint32_t addresses, unsigned addr_len)
{
	uint32_t len = f->len - f->l4;
	uint8_t tail[4] = {0, protocol};
	uint32_t field;
	uint16_t sum = 0;

	if (protocol == 17 && len >= 8 && get16(f, f->l4 + 4) <= len)
		len = get16(f, f->l4 + 4);
	if (len < 8 || (protocol != 17 && protocol != 1 && protocol != 58))
		return;
	field = f->l4 + (protocol == 17 ? 6 : 2);
	tail[2] = (uint8_t)(len >> 8);
	tail[3] = (uint8_t)len;
	frame_set16(f, field, 0);
	if (protocol != 1) {
		sum = slow_sum(f->bytes + addresses, 2 * addr_len, sum);
		sum = slow_sum(tail, 4, sum);
	}
	sum = (uint16_t)~slow_sum(f->bytes + f->l4, len, sum);
	frame_set16(f, field, protocol == 17 && sum == 0 ? 0xffff : sum);
}

static void seal_ip4(struct frame *f)
{
	uint32_t header = (f->bytes[f->l3] & 15u) * 4;
	uint32_t end = f->len;

	if (f->l3 + header > f->len)
		return;
	frame_set16(f, f->l3 + 10, 0);
	frame_set16(f, f->l3 + 10, (uint16_t)~slow_sum(f->bytes + f->l3, header, 0));
	f->l4 = f->l3 + header;
	if (f->l3 + get16(f, f->l3 + 2) < f->len)
		f->len = f->l3 + get16(f, f->l3 + 2);
	if (f->len >= f->l4)
		seal_message(f, f->bytes[f->l3 + 9], f->l3 + 12, 4);
	f->len = end;
}

static void seal_ip6(struct frame *f)
{
	uint32_t end = f->len;
	uint8_t next = f->bytes[f->l3 + 6];

	f->l4 = f->l3 + 40;
	if (f->l4 + get16(f, f->l3 + 4) < f->len)
		f->len = f->l4 + get16(f, f->l3 + 4);
	while ((next == 0 || next == 43 || next == 60) && f->l4 + 8 <= f->len) {
		next = f->bytes[f->l4];
		f->l4 += 8u * f->bytes[f->l4 + 1] + 8;
	}
	if (f->len >= f->l4)
		seal_message(f, next, f->l3 + 8, 16);
	f->len = end;
}

void frame_seal(struct frame *f)
{
	unsigned type = get16(f, 12);

	f->l3 = 14;
	if (type == 0x8100) {
		f->l3 = 18;
		type = get16(f, 16);
	}
	if (type == 0x0800 && f->len >= f->l3 + 20)
		seal_ip4(f);
	else if (type == 0x86dd && f->len >= f->l3 + 40)
		seal_ip6(f);
}

/* A copy that ends where its allocation ends, at an odd address. */
static uint8_t *exact_copy(const struct frame *f, uint32_t len)
{
	uint8_t *copy = malloc(len + 1);

	require(copy != NULL, "memory");
	memcpy(copy + 1, f->bytes, len);
	return copy;
}

enum sotto_verdict frame_parse_part(
	const struct frame *f, uint32_t len, unsigned checked, struct sotto_frame *out)
{
	uint8_t mac[6];
	uint8_t *copy = exact_copy(f, len);
	enum sotto_verdict verdict;

	hex_read(OUR_MAC, mac);
	verdict = sotto_net_parse(copy + 1, len, mac, checked, out);
	free(copy);
	return verdict;
}

void frame_expect(
	const struct frame *f, unsigned checked, enum sotto_verdict want, const char *what)
{
	struct sotto_frame out;
	enum sotto_verdict got = frame_parse_part(f, f->len, checked, &out);

	ck_assert_msg(got == want, "%s: %s instead of %s", what, sotto_base_verdict_name(got),
		sotto_base_verdict_name(want));
}

struct sotto_net_local our_address(uint8_t family)
{
	struct sotto_net_local local = {.prefix = family == 4 ? 24 : 64};

	local.addr.family = family;
	hex_read(family == 4 ? OUR_IP4 : OUR_IP6, local.addr.bytes);
	hex_read(OUR_MAC, local.mac);
	return local;
}

size_t frame_answer_part(const struct sotto_net_local *local, const struct frame *f, uint32_t len,
	struct frame *answer, struct sotto_net_news *news)
{
	uint8_t *copy = exact_copy(f, len);
	uint8_t *out = malloc(SOTTO_NET_ANSWER_MAX);

	require(out != NULL, "memory");
	memset(news, 0xee, sizeof(*news));
	answer->len = (uint32_t)sotto_net_answer(local, copy + 1, len, out, news);
	require(answer->len <= SOTTO_NET_ANSWER_MAX, "an answer fits");
	memcpy(answer->bytes, out, answer->len);
	free(out);
	free(copy);
	return answer->len;
}

void expect_answer(const struct sotto_net_local *local, const struct frame *f, const char *want,
	struct sotto_net_news *news, const char *what)
{
	struct frame expected = {0};
	struct frame answer = {0};

	frame_answer_part(local, f, f->len, &answer, news);
	if (want != NULL)
		frame_hex(&expected, want);
	ck_assert_msg(answer.len == expected.len, "%s: answer of %u bytes instead of %u", what,
		answer.len, expected.len);
	for (uint32_t i = 0; i < answer.len; i++)
		ck_assert_msg(answer.bytes[i] == expected.bytes[i],
			"%s: byte %u is %02x instead of %02x", what, i, answer.bytes[i],
			expected.bytes[i]);
}

void expect_news(const struct sotto_net_news *news, const char *ip, const char *mac, uint16_t vlan)
{
	uint8_t bytes[16] = {0};
	uint8_t want_mac[6];
	size_t len;

	if (ip == NULL) {
		ck_assert_uint_eq(news->addr.family, 0);
		return;
	}
	len = hex_read(ip, bytes);
	hex_read(mac, want_mac);
	ck_assert_uint_eq(news->addr.family, len == 4 ? 4 : 6);
	ck_assert_mem_eq(news->addr.bytes, bytes, 16);
	ck_assert_mem_eq(news->mac, want_mac, 6);
	ck_assert_uint_eq(news->vlan, vlan);
}
