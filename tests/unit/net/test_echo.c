/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP echo over IPv4 and IPv6: replies byte by byte, their limit, and what stays unanswered. */
#include "frames.h"

#define IP4 "0800 45bb 0021 1234 0000 3d01 0000 "
#define IP4_REPLY "0800 45b8 0021 0000 4000 4001 0000 "
#define IP6 "86dd 6bb12345 000d 3a3d "
#define IP6_REPLY "86dd 6b800000 000d 3a40 "
#define REST "0000 beef 0007 68656c6c6f" /* checksum, identifier, sequence number, five bytes */

#define PING4 OUR_MAC PEER_MAC IP4 PEER_IP4 OUR_IP4 "0800" REST
#define PONG4 PEER_MAC OUR_MAC IP4_REPLY OUR_IP4 PEER_IP4 "0000" REST
#define PING6 OUR_MAC PEER_MAC IP6 PEER_IP6 OUR_IP6 "8000" REST
#define PONG6 PEER_MAC OUR_MAC IP6_REPLY OUR_IP6 PEER_IP6 "8100" REST

static const char *ping(int ip6)
{
	return ip6 ? PING6 : PING4;
}

static void expect_silence(int ip6, const struct frame *f, const char *what)
{
	struct sotto_net_local local = our_address(ip6 ? 6 : 4);
	struct sotto_net_news news;

	expect_answer(&local, f, NULL, &news, what);
	expect_news(&news, NULL, NULL, 0);
}

START_TEST(test_request_is_answered)
{
	struct sotto_net_local local = our_address(_i ? 6 : 4);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, ping(_i));
	expect_answer(&local, &f, _i ? PONG6 : PONG4, &news, "untagged");
	expect_news(&news, NULL, NULL, 0);
	f.len += 9;
	expect_answer(&local, &f, _i ? PONG6 : PONG4, &news, "link padding does not come back");
}
END_TEST

START_TEST(test_vlan)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, OUR_MAC PEER_MAC "8100 6009" IP4 PEER_IP4 OUR_IP4 "0800" REST);
	expect_silence(0, &f, "tagged, we are not");
	local.vlan = 9;
	expect_answer(&local, &f,
		PEER_MAC OUR_MAC "8100 0009" IP4_REPLY OUR_IP4 PEER_IP4 "0000" REST, &news,
		"our VLAN");
	frame_hex(&f, PING4);
	expect_answer(&local, &f, NULL, &news, "untagged, we are tagged");
}
END_TEST

START_TEST(test_options_do_not_come_back)
{
	struct sotto_net_local local4 = our_address(4);
	struct sotto_net_local local6 = our_address(6);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, OUR_MAC PEER_MAC "0800 47b8 0029 1234 0000 3d01 0000" PEER_IP4 OUR_IP4
				       "0101010101010100 0800" REST);
	expect_answer(&local4, &f, PONG4, &news, "IPv4 options");
	frame_hex(&f, OUR_MAC PEER_MAC "86dd 6b812345 0015 3c3d" PEER_IP6 OUR_IP6
				       "3a00 000000000000 8000" REST);
	expect_answer(&local6, &f, PONG6, &news, "destination options");
}
END_TEST

START_TEST(test_other_destination_is_silent)
{
	uint32_t at = _i ? 14 + 24 : 14 + 16;
	struct frame f;

	for (uint32_t i = 0; i < (_i ? 16 : 4); i++) {
		frame_hex(&f, ping(_i));
		f.bytes[at + i] ^= 0x08;
		frame_seal(&f);
		expect_silence(_i, &f, "another address");
	}
	frame_hex(&f, ping(_i));
	hex_read(_i ? "ff020000000000000000000000000001" : "c00002ff", f.bytes + at);
	frame_seal(&f);
	expect_silence(_i, &f, "all hosts");
	frame_hex(&f, ping(_i));
	hex_read("ffffffffffff", f.bytes);
	expect_silence(_i, &f, "our address in a broadcast frame");
	hex_read("020000000009", f.bytes);
	expect_silence(_i, &f, "another MAC address");
}
END_TEST

START_TEST(test_bad_source_is_silent)
{
	static const char *const sources4[] = {
		"00000000", "7f000001", "e0000001", "ffffffff", OUR_IP4};
	static const char *const sources6[] = {"00000000000000000000000000000000",
		"00000000000000000000000000000001", "ff020000000000000000000000000001", OUR_IP6};
	size_t n = _i ? sizeof(sources6) / sizeof(sources6[0])
		      : sizeof(sources4) / sizeof(sources4[0]);
	struct frame f;

	for (size_t i = 0; i < n; i++) {
		frame_hex(&f, ping(_i));
		hex_read(_i ? sources6[i] : sources4[i], f.bytes + 14 + (_i ? 8 : 12));
		frame_seal(&f);
		expect_silence(_i, &f, "source that nobody has");
	}
}
END_TEST

START_TEST(test_wrong_checksum_or_code_is_silent)
{
	struct frame f;

	frame_hex(&f, ping(_i));
	for (uint32_t at = f.l4 + 1; at < f.len; at++) {
		frame_hex(&f, ping(_i));
		f.bytes[at] ^= 0x20;
		expect_silence(_i, &f, "one bit wrong");
	}
	frame_hex(&f, ping(_i));
	frame_set8(&f, f.l4 + 1, 1);
	frame_seal(&f);
	expect_silence(_i, &f, "code 1");
	if (!_i) {
		frame_hex(&f, PING4);
		f.bytes[24] ^= 0x10;
		expect_silence(_i, &f, "IPv4 header checksum");
	}
}
END_TEST

START_TEST(test_every_truncation_is_silent)
{
	struct sotto_net_local local = our_address(_i ? 6 : 4);
	struct sotto_net_news news;
	struct frame f, answer;

	frame_hex(&f, ping(_i));
	for (uint32_t len = 0; len < f.len; len++)
		ck_assert_uint_eq(frame_answer_part(&local, &f, len, &answer, &news), 0);
}
END_TEST

/* A request with that much data; the answer is compared with the request. */
static size_t echo(int ip6, bool options, uint32_t data)
{
	struct sotto_net_local local = our_address(ip6 ? 6 : 4);
	struct sotto_net_news news;
	struct frame f, answer;
	size_t len;

	frame_udp(&f, &(struct shape){.ip6 = ip6, .options = options ? 10 : 0, .payload = data});
	frame_set8(&f, f.l3 + (ip6 ? 6 : 9), ip6 ? 58 : 1);
	frame_set16(&f, f.l4, ip6 ? 0x8000 : 0x0800);
	frame_seal(&f);
	len = frame_answer_part(&local, &f, f.len, &answer, &news);
	if (len == 0)
		return 0;
	ck_assert_mem_eq(answer.bytes + len - data - 4, f.bytes + f.len - data - 4, data + 4);
	f = answer;
	frame_seal(&f);
	ck_assert_mem_eq(f.bytes, answer.bytes, len);
	return len;
}

START_TEST(test_lengths_up_to_the_limit)
{
	uint32_t header = 14 + (_i ? 40 : 20) + 8;
	uint32_t most = SOTTO_NET_ANSWER_MAX - header;

	for (uint32_t data = 0; data < 70; data++)
		ck_assert_uint_eq(echo(_i, false, data), header + data);
	ck_assert_uint_eq(echo(_i, false, most - 1), SOTTO_NET_ANSWER_MAX - 1);
	ck_assert_uint_eq(echo(_i, false, most), SOTTO_NET_ANSWER_MAX);
	ck_assert_uint_eq(echo(_i, false, most + 1), 0);
	ck_assert_uint_eq(echo(_i, false, 9000), 0);
	ck_assert_uint_eq(echo(_i, false, 65000), 0);
	if (!_i)
		ck_assert_uint_eq(echo(_i, true, most), SOTTO_NET_ANSWER_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/echo");
	TCase *tc = tcase_create("echo");

	tcase_add_loop_test(tc, test_request_is_answered, 0, 2);
	tcase_add_test(tc, test_vlan);
	tcase_add_test(tc, test_options_do_not_come_back);
	tcase_add_loop_test(tc, test_other_destination_is_silent, 0, 2);
	tcase_add_loop_test(tc, test_bad_source_is_silent, 0, 2);
	tcase_add_loop_test(tc, test_wrong_checksum_or_code_is_silent, 0, 2);
	tcase_add_loop_test(tc, test_every_truncation_is_silent, 0, 2);
	tcase_add_loop_test(tc, test_lengths_up_to_the_limit, 0, 2);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
