/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP (RFC 826): answers and questions byte by byte, what is learned, what is left unanswered. */
#include "frames.h"

#define ALL "ffffffffffff"
#define NOBODY "000000000000"
#define ARP "0806 0001 0800 06 04 "
#define REQUEST ALL PEER_MAC ARP "0001" PEER_MAC PEER_IP4 NOBODY OUR_IP4
#define REPLY OUR_MAC PEER_MAC ARP "0002" PEER_MAC PEER_IP4 OUR_MAC OUR_IP4
#define OUR_REPLY PEER_MAC OUR_MAC ARP "0002" OUR_MAC OUR_IP4 PEER_MAC PEER_IP4

/* offsets in an untagged frame */
#define HARDWARE 14
#define OPERATION 20
#define SENDER_MAC 22
#define SENDER_IP 28
#define TARGET_IP 38

static void expect_silence(const struct sotto_net_local *local, const struct frame *f)
{
	struct sotto_net_news news;

	expect_answer(local, f, NULL, &news, "to be ignored");
	expect_news(&news, NULL, NULL, 0);
}

START_TEST(test_request_is_answered)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, REQUEST);
	expect_answer(&local, &f, OUR_REPLY, &news, "broadcast");
	expect_news(&news, PEER_IP4, PEER_MAC, 0);
	hex_read(OUR_MAC, f.bytes);
	expect_answer(&local, &f, OUR_REPLY, &news, "unicast");
	expect_news(&news, PEER_IP4, PEER_MAC, 0);
	f.len += 18;
	expect_answer(&local, &f, OUR_REPLY, &news, "padded to 60 bytes");
	expect_news(&news, PEER_IP4, PEER_MAC, 0);
}
END_TEST

/* The reply goes back where the frame came from; what is learned is what the message says. */
START_TEST(test_frame_and_message_may_name_two_macs)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, ALL "020000000077" ARP "0001" PEER_MAC PEER_IP4 NOBODY OUR_IP4);
	expect_answer(&local, &f,
		"020000000077" OUR_MAC ARP "0002" OUR_MAC OUR_IP4 PEER_MAC PEER_IP4, &news,
		"two MAC addresses");
	expect_news(&news, PEER_IP4, PEER_MAC, 0);
}
END_TEST

START_TEST(test_vlan)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_news news;
	struct frame f;

	local.vlan = 100;
	frame_hex(&f, ALL PEER_MAC "8100 a064" ARP "0001" PEER_MAC PEER_IP4 NOBODY OUR_IP4);
	expect_answer(&local, &f,
		PEER_MAC OUR_MAC "8100 0064" ARP "0002" OUR_MAC OUR_IP4 PEER_MAC PEER_IP4, &news,
		"our VLAN, with a priority");
	expect_news(&news, PEER_IP4, PEER_MAC, 100);
	frame_set8(&f, 15, 101);
	expect_silence(&local, &f);
	frame_hex(&f, REQUEST);
	expect_silence(&local, &f);
	local.vlan = 0;
	expect_answer(&local, &f, OUR_REPLY, &news, "both untagged");
	frame_hex(&f, ALL PEER_MAC "8100 0064" ARP "0001" PEER_MAC PEER_IP4 NOBODY OUR_IP4);
	expect_silence(&local, &f);
	frame_set16(&f, 14, 0xe000);
	expect_answer(&local, &f, OUR_REPLY, &news, "priority tag, VLAN 0");
}
END_TEST

START_TEST(test_other_target_is_ignored)
{
	struct sotto_net_local local = our_address(4);
	struct frame f;

	for (uint32_t i = 0; i < 4; i++) {
		frame_hex(&f, REQUEST);
		f.bytes[TARGET_IP + i] ^= 0x80;
		expect_silence(&local, &f);
		frame_hex(&f, REPLY);
		f.bytes[TARGET_IP + i] ^= 0x80;
		expect_silence(&local, &f);
	}
}
END_TEST

START_TEST(test_other_types_and_operations_are_ignored)
{
	struct sotto_net_local local = our_address(4);
	struct frame f;

	for (uint32_t at = HARDWARE; at < OPERATION; at++) {
		frame_hex(&f, REQUEST);
		f.bytes[at] ^= 0x02;
		expect_silence(&local, &f);
		frame_hex(&f, REPLY);
		f.bytes[at] ^= 0x02;
		expect_silence(&local, &f);
	}
	for (unsigned operation = 0; operation < 600; operation++) {
		frame_hex(&f, REQUEST);
		frame_set16(&f, OPERATION, (uint16_t)operation);
		if (operation != 1)
			expect_silence(&local, &f);
	}
}
END_TEST

START_TEST(test_reply_to_us_teaches)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, REPLY);
	expect_answer(&local, &f, NULL, &news, "a reply is not answered");
	expect_news(&news, PEER_IP4, PEER_MAC, 0);
}
END_TEST

/* Nobody asked for it: an announcement must not move a neighbour. */
START_TEST(test_broadcast_reply_teaches_nothing)
{
	struct sotto_net_local local = our_address(4);
	struct frame f;

	frame_hex(&f, ALL PEER_MAC ARP "0002" PEER_MAC PEER_IP4 OUR_MAC OUR_IP4);
	expect_silence(&local, &f);
	frame_hex(&f, ALL PEER_MAC ARP "0002" PEER_MAC PEER_IP4 ALL PEER_IP4);
	expect_silence(&local, &f);
	frame_hex(&f, ALL PEER_MAC ARP "0001" PEER_MAC PEER_IP4 NOBODY PEER_IP4);
	expect_silence(&local, &f);
}
END_TEST

static void check_taught(const struct sotto_net_local *local, const char *sender_mac,
	const char *sender_ip, bool learned)
{
	struct sotto_net_news news;
	struct frame f, answer;

	frame_hex(&f, REQUEST);
	hex_read(sender_mac, f.bytes + SENDER_MAC);
	hex_read(sender_ip, f.bytes + SENDER_IP);
	ck_assert_uint_eq(frame_answer_part(local, &f, f.len, &answer, &news), 42);
	expect_news(&news, learned ? sender_ip : NULL, sender_mac, 0);
	frame_hex(&f, REPLY);
	hex_read(sender_mac, f.bytes + SENDER_MAC);
	hex_read(sender_ip, f.bytes + SENDER_IP);
	ck_assert_uint_eq(frame_answer_part(local, &f, f.len, &answer, &news), 0);
	expect_news(&news, learned ? sender_ip : NULL, sender_mac, 0);
}

START_TEST(test_who_is_learned)
{
	struct sotto_net_local local = our_address(4);

	check_taught(&local, PEER_MAC, PEER_IP4, true);
	check_taught(&local, PEER_MAC, "c00002fe", true);
	check_taught(&local, PEER_MAC, "c00002ff", false); /* broadcast */
	check_taught(&local, PEER_MAC, "c0000200", false); /* the network itself */
	check_taught(&local, PEER_MAC, OUR_IP4, false);
	check_taught(&local, PEER_MAC, "c0000301", false); /* off the prefix */
	check_taught(&local, PEER_MAC, "00000000", false); /* a probe (RFC 5227) */
	check_taught(&local, "030000000001", PEER_IP4, false);
	check_taught(&local, ALL, PEER_IP4, false);
	check_taught(&local, NOBODY, PEER_IP4, false);
	local.prefix = 0;
	check_taught(&local, PEER_MAC, "c6336401", true);
	check_taught(&local, PEER_MAC, "7f000001", false);
	check_taught(&local, PEER_MAC, "e0000001", false);
	check_taught(&local, PEER_MAC, "ffffffff", false);
}
END_TEST

START_TEST(test_narrow_prefixes)
{
	struct sotto_net_local local = our_address(4);

	local.prefix = 31; /* 192.0.2.0 and .1, both hosts (RFC 3021) */
	check_taught(&local, PEER_MAC, "c0000200", true);
	check_taught(&local, PEER_MAC, "c0000202", false);
	local.prefix = 30;
	check_taught(&local, PEER_MAC, "c0000202", true);
	check_taught(&local, PEER_MAC, "c0000203", false);
	check_taught(&local, PEER_MAC, "c0000204", false);
	local.prefix = 32;
	check_taught(&local, PEER_MAC, "c0000200", false);
}
END_TEST

/* Somebody else claims our address, or asks whether it is free: it is told. */
START_TEST(test_conflict_and_probe_are_answered)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, ALL PEER_MAC ARP "0001" PEER_MAC "00000000" NOBODY OUR_IP4);
	expect_answer(&local, &f, PEER_MAC OUR_MAC ARP "0002" OUR_MAC OUR_IP4 PEER_MAC "00000000",
		&news, "probe");
	expect_news(&news, NULL, NULL, 0);
	frame_hex(&f, ALL PEER_MAC ARP "0001" PEER_MAC OUR_IP4 NOBODY OUR_IP4);
	expect_answer(&local, &f, PEER_MAC OUR_MAC ARP "0002" OUR_MAC OUR_IP4 PEER_MAC OUR_IP4,
		&news, "announcement");
	expect_news(&news, NULL, NULL, 0);
}
END_TEST

START_TEST(test_every_truncation_is_silent)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_news news;
	struct frame f, answer;

	frame_hex(&f, REQUEST);
	for (uint32_t len = 0; len < f.len; len++) {
		ck_assert_uint_eq(frame_answer_part(&local, &f, len, &answer, &news), 0);
		expect_news(&news, NULL, NULL, 0);
	}
}
END_TEST

START_TEST(test_not_for_us)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_net_local local6 = our_address(6);
	struct frame f;

	frame_hex(&f, REQUEST);
	expect_silence(&local6, &f);
	hex_read("20010db8", f.bytes + TARGET_IP); /* as our IPv6 address begins */
	expect_silence(&local6, &f);
	frame_hex(&f, REQUEST);
	hex_read("020000000003", f.bytes);
	expect_silence(&local, &f);
	frame_udp(&f, &(struct shape){.payload = 20});
	expect_silence(&local, &f);
}
END_TEST

START_TEST(test_question)
{
	struct sotto_net_local local = our_address(4);
	struct sotto_addr target = {.family = 4};
	uint8_t out[SOTTO_NET_ANSWER_MAX];
	uint8_t want[64];
	size_t len;

	hex_read(PEER_IP4, target.bytes);
	len = hex_read(ALL OUR_MAC ARP "0001" OUR_MAC OUR_IP4 NOBODY PEER_IP4, want);
	ck_assert_uint_eq(sotto_net_question(&local, &target, out), len);
	ck_assert_mem_eq(out, want, len);
	local.vlan = 0xabc;
	len = hex_read(ALL OUR_MAC "8100 0abc" ARP "0001" OUR_MAC OUR_IP4 NOBODY PEER_IP4, want);
	ck_assert_uint_eq(sotto_net_question(&local, &target, out), len);
	ck_assert_mem_eq(out, want, len);
	target.family = 6;
	ck_assert_uint_eq(sotto_net_question(&local, &target, out), 0);
	target.family = 0;
	ck_assert_uint_eq(sotto_net_question(&local, &target, out), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/arp");
	TCase *tc = tcase_create("arp");

	tcase_add_test(tc, test_request_is_answered);
	tcase_add_test(tc, test_frame_and_message_may_name_two_macs);
	tcase_add_test(tc, test_vlan);
	tcase_add_test(tc, test_other_target_is_ignored);
	tcase_add_test(tc, test_other_types_and_operations_are_ignored);
	tcase_add_test(tc, test_reply_to_us_teaches);
	tcase_add_test(tc, test_broadcast_reply_teaches_nothing);
	tcase_add_test(tc, test_who_is_learned);
	tcase_add_test(tc, test_narrow_prefixes);
	tcase_add_test(tc, test_conflict_and_probe_are_answered);
	tcase_add_test(tc, test_every_truncation_is_silent);
	tcase_add_test(tc, test_not_for_us);
	tcase_add_test(tc, test_question);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
