/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour discovery (RFC 4861): answers byte by byte, the checks of 7.1, what is learned. */
#include "frames.h"

#define IP "86dd 60000000 0020 3aff "       /* 32 bytes of ICMPv6, hop limit 255 */
#define IP_SHORT "86dd 60000000 0018 3aff " /* 24 bytes: no option */
#define OUR_GROUP_MAC "3333ffaa0001"
#define OUR_GROUP "ff0200000000000000000001ffaa0001"
#define ALL_MAC "333300000001"
#define ALL "ff020000000000000000000000000001"
#define NONE "00000000000000000000000000000000"
#define LINK_LOCAL "fe8000000000000000000000000000bb"
#define SOLICIT "8700 0000 00000000 "
#define ADVERTISE "8800 0000 60000000 "

#define NS OUR_GROUP_MAC PEER_MAC IP PEER_IP6 OUR_GROUP SOLICIT OUR_IP6 "0101" PEER_MAC
#define NS_DAD OUR_GROUP_MAC PEER_MAC IP_SHORT NONE OUR_GROUP SOLICIT OUR_IP6
#define NA OUR_MAC PEER_MAC IP PEER_IP6 OUR_IP6 ADVERTISE PEER_IP6 "0201" PEER_MAC
#define OUR_NA PEER_MAC OUR_MAC IP OUR_IP6 PEER_IP6 ADVERTISE OUR_IP6 "0201" OUR_MAC
#define OUR_NA_TO_ALL ALL_MAC OUR_MAC IP OUR_IP6 ALL "8800 0000 20000000" OUR_IP6 "0201" OUR_MAC

/* offsets in an untagged frame without extension headers */
#define HOP_LIMIT 21
#define SOURCE 22
#define DESTINATION 38
#define ICMP 54
#define TARGET 62
#define OPTION 78

static void expect_silence(const struct frame *f, const char *what)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;

	expect_answer(&local, f, NULL, &news, what);
	expect_news(&news, NULL, NULL, 0);
}

static void expect_taught(const struct frame *f, const char *ip, const char *what)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;

	expect_answer(&local, f, NULL, &news, what);
	expect_news(&news, ip, PEER_MAC, 0);
}

/* Both good frames with one thing changed and the checksum made right again. */
static void expect_silence_both(uint32_t at, uint8_t value, const char *what)
{
	static const char *const frames[] = {NS, NA};
	struct frame f;

	for (size_t i = 0; i < 2; i++) {
		frame_hex(&f, frames[i]);
		frame_set8(&f, at, value);
		frame_seal(&f);
		expect_silence(&f, what);
	}
}

START_TEST(test_solicitation_is_answered)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, NS);
	expect_answer(&local, &f, OUR_NA, &news, "to the group");
	expect_news(&news, PEER_IP6, PEER_MAC, 0);
	frame_hex(&f, OUR_MAC PEER_MAC IP PEER_IP6 OUR_IP6 SOLICIT OUR_IP6 "0101" PEER_MAC);
	expect_answer(&local, &f, OUR_NA, &news, "unicast");
	expect_news(&news, PEER_IP6, PEER_MAC, 0);
	f.len += 6;
	expect_answer(&local, &f, OUR_NA, &news, "with link padding");
}
END_TEST

START_TEST(test_solicitation_without_option_teaches_nothing)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, OUR_MAC PEER_MAC IP_SHORT PEER_IP6 OUR_IP6 SOLICIT OUR_IP6);
	expect_answer(&local, &f, OUR_NA, &news, "unicast, no option");
	expect_news(&news, NULL, NULL, 0);
}
END_TEST

START_TEST(test_duplicate_address_detection)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, NS_DAD);
	expect_answer(&local, &f, OUR_NA_TO_ALL, &news, "to all nodes, not solicited");
	expect_news(&news, NULL, NULL, 0);
	frame_hex(&f, OUR_MAC PEER_MAC IP_SHORT NONE OUR_IP6 SOLICIT OUR_IP6);
	expect_silence(&f, "from :: but not to the group");
	frame_hex(&f, OUR_GROUP_MAC PEER_MAC IP NONE OUR_GROUP SOLICIT OUR_IP6 "0101" PEER_MAC);
	expect_silence(&f, "from :: with a source option");
}
END_TEST

START_TEST(test_link_local_peer)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(
		&f, OUR_GROUP_MAC PEER_MAC IP LINK_LOCAL OUR_GROUP SOLICIT OUR_IP6 "0101" PEER_MAC);
	expect_answer(&local, &f,
		PEER_MAC OUR_MAC IP OUR_IP6 LINK_LOCAL ADVERTISE OUR_IP6 "0201" OUR_MAC, &news,
		"link-local source");
	expect_news(&news, LINK_LOCAL, PEER_MAC, 0);
}
END_TEST

START_TEST(test_vlan)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, OUR_GROUP_MAC PEER_MAC "8100 0fff" IP PEER_IP6 OUR_GROUP SOLICIT OUR_IP6
					     "0101" PEER_MAC);
	expect_silence(&f, "tagged, we are not");
	local.vlan = 0xfff;
	expect_answer(&local, &f,
		PEER_MAC OUR_MAC "8100 0fff" IP OUR_IP6 PEER_IP6 ADVERTISE OUR_IP6 "0201" OUR_MAC,
		&news, "our VLAN");
	expect_news(&news, PEER_IP6, PEER_MAC, 0xfff);
	local.vlan = 0xffe;
	expect_answer(&local, &f, NULL, &news, "another VLAN");
	expect_news(&news, NULL, NULL, 0);
	frame_hex(&f, NA);
	expect_answer(&local, &f, NULL, &news, "untagged, we are tagged");
	expect_news(&news, NULL, NULL, 0);
}
END_TEST

START_TEST(test_checks_of_both_messages)
{
	expect_silence_both(HOP_LIMIT, 254, "hop limit 254");
	expect_silence_both(HOP_LIMIT, 0, "hop limit 0");
	expect_silence_both(ICMP + 1, 1, "code 1");
	expect_silence_both(TARGET, 0xff, "multicast target");
	expect_silence_both(OPTION + 1, 0, "option length 0");
	expect_silence_both(OPTION + 1, 2, "option longer than the message");
	expect_silence_both(OPTION + 1, 255, "option much longer than the message");
	expect_silence_both(SOURCE, 0xff, "multicast source");
}
END_TEST

START_TEST(test_wrong_checksum_is_silent)
{
	static const char *const frames[] = {NS, NA};
	struct frame f;

	for (size_t i = 0; i < 2; i++) {
		for (uint32_t bit = 0; bit < 16; bit++) {
			frame_hex(&f, frames[i]);
			f.bytes[ICMP + 2 + bit / 8] ^= (uint8_t)(1 << bit % 8);
			expect_silence(&f, "checksum");
		}
		frame_hex(&f, frames[i]);
		f.bytes[SOURCE + 15] ^= 1;
		expect_silence(&f, "pseudo header");
	}
}
END_TEST

/* The message ends at every byte, with IP length and checksum right. */
START_TEST(test_short_messages_are_silent)
{
	static const char *const frames[] = {NS, NA};
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f, answer;

	for (size_t i = 0; i < 2; i++) {
		for (uint32_t len = 0; len < 32; len++) {
			frame_hex(&f, frames[i]);
			f.len = ICMP + len;
			frame_set16(&f, 18, (uint16_t)len);
			frame_seal(&f);
			frame_answer_part(&local, &f, f.len, &answer, &news);
			ck_assert_uint_eq(answer.len, i == 0 && len == 24 ? 86 : 0);
			expect_news(&news, NULL, NULL, 0);
		}
	}
}
END_TEST

START_TEST(test_every_truncation_is_silent)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f, answer;

	frame_hex(&f, NS);
	for (uint32_t len = 0; len < f.len; len++) {
		ck_assert_uint_eq(frame_answer_part(&local, &f, len, &answer, &news), 0);
		expect_news(&news, NULL, NULL, 0);
	}
}
END_TEST

START_TEST(test_solicitation_for_others_is_silent)
{
	struct frame f;

	for (uint32_t i = 1; i < 16; i++) {
		frame_hex(&f, NS);
		f.bytes[TARGET + i] ^= 0x04;
		frame_seal(&f);
		expect_silence(&f, "another target");
		frame_hex(&f, NS);
		f.bytes[DESTINATION + i] ^= 0x04;
		frame_seal(&f);
		expect_silence(&f, "another group");
	}
	frame_hex(&f, OUR_GROUP_MAC PEER_MAC IP OUR_IP6 OUR_GROUP SOLICIT OUR_IP6 "0101" PEER_MAC);
	expect_silence(&f, "from our own address");
	frame_hex(&f, ALL_MAC PEER_MAC IP PEER_IP6 ALL SOLICIT OUR_IP6 "0101" PEER_MAC);
	expect_silence(&f, "to all nodes");
}
END_TEST

/* Answered like any other, but the address is not on our prefix: no neighbour. */
START_TEST(test_foreign_source_is_not_learned)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f, answer;

	frame_hex(&f, NS);
	f.bytes[SOURCE + 7] ^= 1;
	frame_seal(&f);
	ck_assert_uint_eq(frame_answer_part(&local, &f, f.len, &answer, &news), 86);
	expect_news(&news, NULL, NULL, 0);
	hex_read("fec000000000000000000000000000bb", f.bytes + SOURCE);
	frame_seal(&f);
	ck_assert_uint_eq(frame_answer_part(&local, &f, f.len, &answer, &news), 86);
	expect_news(&news, NULL, NULL, 0);
	frame_hex(&f, NA);
	f.bytes[TARGET + 7] ^= 1;
	frame_seal(&f);
	expect_silence(&f, "advertisement");
}
END_TEST

START_TEST(test_options)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, OUR_MAC PEER_MAC "86dd 60000000 0030 3aff" PEER_IP6 OUR_IP6 SOLICIT OUR_IP6
				       "0e01 000000000000 0101 " PEER_MAC "0501 000000000000");
	expect_answer(&local, &f, OUR_NA, &news, "between two others");
	expect_news(&news, PEER_IP6, PEER_MAC, 0);
	frame_set8(&f, OPTION + 17, 0);
	frame_seal(&f);
	expect_silence(&f, "length 0 behind the option that we want");
	frame_hex(&f, OUR_MAC PEER_MAC "86dd 60000000 0028 3aff" PEER_IP6 OUR_IP6 SOLICIT OUR_IP6
				       "0102 " PEER_MAC "0000000000000000");
	expect_answer(&local, &f, OUR_NA, &news, "an address of another kind of link");
	expect_news(&news, NULL, NULL, 0);
	frame_hex(&f, OUR_MAC PEER_MAC "86dd 60000000 0028 3aff" PEER_IP6 OUR_IP6 SOLICIT OUR_IP6
				       "0101" PEER_MAC "0101 020000000077");
	expect_answer(&local, &f, OUR_NA, &news, "two of them: the first counts");
	expect_news(&news, PEER_IP6, PEER_MAC, 0);
	frame_hex(&f, NS);
	frame_set8(&f, OPTION, 2);
	frame_seal(&f);
	expect_answer(&local, &f, OUR_NA, &news, "target option in a solicitation");
	expect_news(&news, NULL, NULL, 0);
	frame_hex(&f, NS);
	frame_set8(&f, OPTION + 2, 0x03);
	frame_seal(&f);
	expect_answer(&local, &f, OUR_NA, &news, "multicast MAC address");
	expect_news(&news, NULL, NULL, 0);
}
END_TEST

START_TEST(test_advertisement_teaches)
{
	struct frame f;

	frame_hex(&f, NA);
	expect_taught(&f, PEER_IP6, "solicited and override");
	frame_set8(&f, ICMP + 4, 0xc0);
	frame_seal(&f);
	expect_taught(&f, PEER_IP6, "solicited, from a router");
	hex_read(LINK_LOCAL, f.bytes + TARGET);
	frame_seal(&f);
	expect_taught(&f, LINK_LOCAL, "about a link-local address");
	hex_read(OUR_IP6, f.bytes + TARGET);
	frame_seal(&f);
	expect_silence(&f, "about our own address");
}
END_TEST

START_TEST(test_other_advertisements_teach_nothing)
{
	struct frame f;

	frame_hex(&f, NA);
	frame_set8(&f, ICMP + 4, 0xa0);
	frame_seal(&f);
	expect_silence(&f, "not solicited");
	frame_hex(&f, ALL_MAC PEER_MAC IP PEER_IP6 ALL ADVERTISE PEER_IP6 "0201" PEER_MAC);
	expect_silence(&f, "to all nodes");
	frame_hex(&f, NA);
	f.bytes[DESTINATION + 15] ^= 2;
	frame_seal(&f);
	expect_silence(&f, "to another address");
	frame_hex(&f, NA);
	memset(f.bytes + SOURCE, 0, 16);
	frame_seal(&f);
	expect_silence(&f, "from ::");
	frame_hex(&f, NA);
	frame_set8(&f, OPTION, 1);
	frame_seal(&f);
	expect_silence(&f, "source option in an advertisement");
	frame_hex(&f, OUR_MAC PEER_MAC IP_SHORT PEER_IP6 OUR_IP6 ADVERTISE PEER_IP6);
	expect_silence(&f, "no option");
}
END_TEST

START_TEST(test_other_local_address)
{
	struct sotto_net_local local4 = our_address(4);
	struct sotto_net_news news;
	struct frame f;

	frame_hex(&f, NS);
	expect_answer(&local4, &f, NULL, &news, "the IPv4 address is not asked");
	expect_news(&news, NULL, NULL, 0);
}
END_TEST

START_TEST(test_question)
{
	struct sotto_net_local local = our_address(6);
	struct sotto_addr target = {.family = 6};
	struct frame want, got = {0};

	hex_read(PEER_IP6, target.bytes);
	frame_hex(&want, "3333ffbb0063" OUR_MAC IP OUR_IP6
			 "ff0200000000000000000001ffbb0063" SOLICIT PEER_IP6 "0101" OUR_MAC);
	got.len = (uint32_t)sotto_net_question(&local, &target, got.bytes);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.bytes, want.bytes, want.len);
	local.vlan = 3;
	frame_hex(&want, "3333ffbb0063" OUR_MAC "8100 0003" IP OUR_IP6
			 "ff0200000000000000000001ffbb0063" SOLICIT PEER_IP6 "0101" OUR_MAC);
	got.len = (uint32_t)sotto_net_question(&local, &target, got.bytes);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.bytes, want.bytes, want.len);
	target.family = 4;
	ck_assert_uint_eq(sotto_net_question(&local, &target, got.bytes), 0);
}
END_TEST

/* Two engines on one link: the question of one is answered by the other, and both learn. */
START_TEST(test_question_meets_answer)
{
	struct sotto_net_local us = our_address(_i ? 6 : 4);
	struct sotto_net_local peer = us;
	struct sotto_net_news news;
	struct frame question = {0}, answer = {0};

	hex_read(_i ? PEER_IP6 : PEER_IP4, peer.addr.bytes);
	hex_read(PEER_MAC, peer.mac);
	question.len = (uint32_t)sotto_net_question(&us, &peer.addr, question.bytes);
	ck_assert_uint_gt(frame_answer_part(&peer, &question, question.len, &answer, &news), 0);
	expect_news(&news, _i ? OUR_IP6 : OUR_IP4, OUR_MAC, 0);
	ck_assert_uint_eq(frame_answer_part(&us, &answer, answer.len, &question, &news), 0);
	expect_news(&news, _i ? PEER_IP6 : PEER_IP4, PEER_MAC, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/nd");
	TCase *tc = tcase_create("nd");

	tcase_add_test(tc, test_solicitation_is_answered);
	tcase_add_test(tc, test_solicitation_without_option_teaches_nothing);
	tcase_add_test(tc, test_duplicate_address_detection);
	tcase_add_test(tc, test_link_local_peer);
	tcase_add_test(tc, test_vlan);
	tcase_add_test(tc, test_checks_of_both_messages);
	tcase_add_test(tc, test_wrong_checksum_is_silent);
	tcase_add_test(tc, test_short_messages_are_silent);
	tcase_add_test(tc, test_every_truncation_is_silent);
	tcase_add_test(tc, test_solicitation_for_others_is_silent);
	tcase_add_test(tc, test_foreign_source_is_not_learned);
	tcase_add_test(tc, test_options);
	tcase_add_test(tc, test_advertisement_teaches);
	tcase_add_test(tc, test_other_advertisements_teach_nothing);
	tcase_add_test(tc, test_other_local_address);
	tcase_add_test(tc, test_question);
	tcase_add_loop_test(tc, test_question_meets_answer, 0, 2);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
