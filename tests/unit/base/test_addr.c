/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses and endpoints to text and back, prefixes at their edges, what may be a peer. */
#include "unit.h"

#include "base/addr.h"

#include <errno.h>

static struct sotto_addr addr_of(const char *text)
{
	struct sotto_addr addr;

	ck_assert_msg(sotto_base_addr_parse(text, &addr) == 0, "%s", text);
	return addr;
}

/* Texts that come back as they went in. */
static const char *const plain[] = {"0.0.0.0", "192.0.2.1", "255.255.255.255", "127.0.0.1",
	"::", "::1", "2001:db8::1", "fe80::1:2:3:4", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};

static const char *const bad[] = {"", " ", "192.0.2", "192.0.2.1.5", "192.0.2.256", "192.0.2.1 ",
	" 192.0.2.1", "192.0.2.01", "0x7f.0.0.1", "192.0.2.-1", "3221225985", "192.0.2.1:5004",
	"[::1]", "::1%lo", "2001:db8::1::2", "2001:db8:1:2:3:4:5:6:7", "2001:db8::g", ":::", "-",
	"localhost", "2001:db8::1/64", "12345::"};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(text_comes_back)
{
	struct sotto_addr addr = addr_of(plain[_i]);
	char text[SOTTO_ADDR_TEXT];

	ck_assert_uint_eq(addr.family, strchr(plain[_i], ':') ? 6 : 4);
	ck_assert_ptr_eq(sotto_base_addr_text(&addr, text), text);
	ck_assert_str_eq(text, plain[_i]);
}
END_TEST

START_TEST(what_is_no_address_is_refused_and_changes_nothing)
{
	struct sotto_addr addr, before;

	memset(&addr, 0xc7, sizeof(addr));
	before = addr;
	ck_assert_msg(sotto_base_addr_parse(bad[_i], &addr) == -EINVAL, "\"%s\"", bad[_i]);
	ck_assert_mem_eq(&addr, &before, sizeof(addr));
}
END_TEST

START_TEST(bytes_are_in_network_order)
{
	static const uint8_t four[4] = {192, 0, 2, 1};
	static const uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	struct sotto_addr addr = addr_of("192.0.2.1");

	ck_assert_mem_eq(addr.bytes, four, 4);
	addr = addr_of("2001:db8::1");
	ck_assert_mem_eq(addr.bytes, six, 16);
}
END_TEST

/* So that memcmp() may compare: whatever stood there before. */
START_TEST(unused_bytes_of_ipv4_are_zero)
{
	static const uint8_t four[4] = {192, 0, 2, 1};
	struct sotto_addr a, b;

	memset(&a, 0xff, sizeof(a));
	memset(&b, 0xaa, sizeof(b));
	ck_assert_int_eq(sotto_base_addr_parse("192.0.2.1", &a), 0);
	sotto_base_addr_set(&b, 4, four);
	ck_assert(sotto_base_addr_equal(&a, &b));
	for (int i = 4; i < 16; i++)
		ck_assert_uint_eq(a.bytes[i], 0);
}
END_TEST

START_TEST(equal_compares_family_and_every_byte)
{
	struct sotto_addr a = addr_of("2001:db8::1"), b = a;

	ck_assert(sotto_base_addr_equal(&a, &b));
	for (int i = 0; i < 16; i++) {
		b = a;
		b.bytes[i] ^= 0x10;
		ck_assert(!sotto_base_addr_equal(&a, &b));
	}
	a = addr_of("0.0.0.0");
	b = addr_of("::");
	ck_assert(!sotto_base_addr_equal(&a, &b));
}
END_TEST

START_TEST(no_address_is_a_dash)
{
	struct sotto_addr none = {.family = 0};
	struct sotto_endpoint ep = {.addr = none};
	char text[SOTTO_ENDPOINT_TEXT];

	ck_assert_str_eq(sotto_base_addr_text(&none, text), "-");
	ck_assert_str_eq(sotto_base_endpoint_text(&ep, text), "-:0");
}
END_TEST

START_TEST(length_by_family)
{
	ck_assert_uint_eq(sotto_base_addr_len(4), 4);
	ck_assert_uint_eq(sotto_base_addr_len(6), 16);
}
END_TEST

START_TEST(endpoint_text_of_both_families)
{
	struct sotto_endpoint ep = {.addr = addr_of("192.0.2.1"), .port = 5004};
	char text[SOTTO_ENDPOINT_TEXT];

	ck_assert_ptr_eq(sotto_base_endpoint_text(&ep, text), text);
	ck_assert_str_eq(text, "192.0.2.1:5004");
	ep.addr = addr_of("2001:db8::1");
	ep.port = 65535;
	ck_assert_str_eq(sotto_base_endpoint_text(&ep, text), "[2001:db8::1]:65535");
}
END_TEST

/* The longest texts there are fit into exactly the bytes that the header names. */
START_TEST(longest_texts_fit)
{
	struct sotto_endpoint ep = {.port = 65535};
	char *text = malloc(SOTTO_ENDPOINT_TEXT);

	ck_assert_ptr_nonnull(text);
	ep.addr = addr_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	sotto_base_endpoint_text(&ep, text);
	ck_assert_str_eq(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
	ep.addr = addr_of("::ffff:255.255.255.255");
	sotto_base_endpoint_text(&ep, text);
	ck_assert_str_eq(text, "[::ffff:255.255.255.255]:65535");
	ck_assert_uint_ge(SOTTO_ADDR_TEXT, sizeof("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"));
	ck_assert_uint_ge(SOTTO_ENDPOINT_TEXT, SOTTO_ADDR_TEXT + strlen("[]:65535"));
	free(text);
}
END_TEST

/* Flips one bit: inside the prefix it matters, behind it does not. Every prefix and every bit. */
static void check_prefixes(const char *text, unsigned bits)
{
	struct sotto_addr a = addr_of(text);

	for (unsigned prefix = 0; prefix <= bits; prefix++) {
		ck_assert(sotto_base_addr_in_prefix(&a, &a, prefix));
		for (unsigned bit = 0; bit < bits; bit++) {
			struct sotto_addr b = a;

			b.bytes[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
			ck_assert_msg(sotto_base_addr_in_prefix(&a, &b, prefix) == (bit >= prefix),
				"/%u with bit %u flipped", prefix, bit);
		}
	}
}

START_TEST(ipv4_prefix_0_to_32)
{
	check_prefixes("192.0.2.129", 32);
	check_prefixes("0.0.0.0", 32);
}
END_TEST

START_TEST(ipv6_prefix_0_to_128)
{
	check_prefixes("2001:db8:55aa::8001", 128);
	check_prefixes("::", 128);
}
END_TEST

START_TEST(prefix_longer_than_the_address_matches_nothing)
{
	struct sotto_addr four = addr_of("192.0.2.1"), six = addr_of("2001:db8::1");

	ck_assert(sotto_base_addr_in_prefix(&four, &four, 32));
	ck_assert(!sotto_base_addr_in_prefix(&four, &four, 33));
	ck_assert(!sotto_base_addr_in_prefix(&four, &four, 64));
	ck_assert(!sotto_base_addr_in_prefix(&four, &four, UINT32_MAX));
	ck_assert(sotto_base_addr_in_prefix(&six, &six, 33));
	ck_assert(sotto_base_addr_in_prefix(&six, &six, 128));
	ck_assert(!sotto_base_addr_in_prefix(&six, &six, 129));
	ck_assert(!sotto_base_addr_in_prefix(&six, &six, UINT32_MAX));
}
END_TEST

START_TEST(families_never_share_a_prefix)
{
	struct sotto_addr four = addr_of("0.0.0.0"), six = addr_of("::");

	ck_assert(!sotto_base_addr_in_prefix(&four, &six, 0));
	ck_assert(!sotto_base_addr_in_prefix(&six, &four, 0));
}
END_TEST

START_TEST(unicast_addresses)
{
	static const char *const yes[] = {"1.0.0.0", "10.0.0.1", "126.255.255.255", "128.0.0.1",
		"192.0.2.1", "223.255.255.255", "2001:db8::1", "::2", "fe80::1", "fd00::1",
		"feff::1"};

	for (int i = 0; i < COUNT(yes); i++) {
		struct sotto_addr addr = addr_of(yes[i]);

		ck_assert_msg(sotto_base_addr_is_unicast(&addr), "%s", yes[i]);
	}
}
END_TEST

START_TEST(other_addresses_are_no_peers)
{
	static const char *const no[] = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
		"ff02::1", "ff00::", "ffff::1"};
	struct sotto_addr none = {.family = 0, .bytes = {192, 0, 2, 1}};

	for (int i = 0; i < COUNT(no); i++) {
		struct sotto_addr addr = addr_of(no[i]);

		ck_assert_msg(!sotto_base_addr_is_unicast(&addr), "%s", no[i]);
	}
	ck_assert(!sotto_base_addr_is_unicast(&none));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base/addr");
	TCase *tc = tcase_create("addr");

	tcase_add_loop_test(tc, text_comes_back, 0, COUNT(plain));
	tcase_add_loop_test(tc, what_is_no_address_is_refused_and_changes_nothing, 0, COUNT(bad));
	tcase_add_test(tc, bytes_are_in_network_order);
	tcase_add_test(tc, unused_bytes_of_ipv4_are_zero);
	tcase_add_test(tc, equal_compares_family_and_every_byte);
	tcase_add_test(tc, no_address_is_a_dash);
	tcase_add_test(tc, length_by_family);
	tcase_add_test(tc, endpoint_text_of_both_families);
	tcase_add_test(tc, longest_texts_fit);
	tcase_add_test(tc, ipv4_prefix_0_to_32);
	tcase_add_test(tc, ipv6_prefix_0_to_128);
	tcase_add_test(tc, prefix_longer_than_the_address_matches_nothing);
	tcase_add_test(tc, families_never_share_a_prefix);
	tcase_add_test(tc, unicast_addresses);
	tcase_add_test(tc, other_addresses_are_no_peers);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
