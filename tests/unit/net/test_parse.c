/* SPDX-License-Identifier: BSD-3-Clause */
/* sotto_net_parse(): the parts of good frames, Ethernet and VLAN, and every truncation. */
#include "frames.h"

/* The good frames that several tests go through. */
static const struct shape good[] = {
	{.payload = 0},
	{.payload = 172},
	{.payload = 173, .padding = 6},
	{.payload = 33, .options = 10},
	{.payload = 160, .tagged = true, .tci = 100},
	{.payload = 160, .tagged = true, .tci = 0xf000 | 4094},
	{.payload = 160, .tagged = true, .tci = 0xe000},
	{.ip6 = true, .payload = 0},
	{.ip6 = true, .payload = 171},
	{.ip6 = true, .payload = 20, .padding = 3},
	{.ip6 = true, .payload = 160, .tagged = true, .tci = 7},
	{.ip6 = true, .payload = 40, .extensions = 3, .extension = 60},
	{.ip6 = true, .payload = 40, .extensions = 8, .extension = 60, .tagged = true, .tci = 9},
};
#define GOOD (sizeof(good) / sizeof(good[0]))

static void check_parts(const struct frame *f, const struct shape *shape, unsigned checked)
{
	struct sotto_frame out;

	memset(&out, 0xee, sizeof(out));
	ck_assert_int_eq(frame_parse_part(f, f->len, checked, &out), SOTTO_OK);
	ck_assert_uint_eq(out.kind, SOTTO_NET_UDP);
	ck_assert_uint_eq(out.family, shape->ip6 ? 6 : 4);
	ck_assert_uint_eq(out.dscp, 46);
	ck_assert_uint_eq(out.ttl, 61);
	ck_assert_uint_eq(out.vlan, shape->tagged ? shape->tci & 0xfff : 0);
	ck_assert_uint_eq(out.l3, shape->tagged ? 18 : 14);
	ck_assert_uint_eq(out.src, out.l3 + (shape->ip6 ? 8 : 12));
	ck_assert_uint_eq(out.payload, f->l4 + 8);
	ck_assert_uint_eq(out.payload_len, shape->payload);
	ck_assert_uint_eq(out.src_port, 4000);
	ck_assert_uint_eq(out.dst_port, 5004);
}

START_TEST(test_parts_of_good_frames)
{
	struct frame f;

	frame_udp(&f, &good[_i]);
	for (unsigned checked = 0; checked < 4; checked++)
		check_parts(&f, &good[_i], checked);
}
END_TEST

START_TEST(test_every_truncation_drops)
{
	struct frame f;
	struct sotto_frame out;

	frame_udp(&f, &good[_i]);
	for (uint32_t len = 0; len < f.len - good[_i].padding; len++) {
		for (unsigned checked = 0; checked < 4; checked++)
			ck_assert_msg(frame_parse_part(&f, len, checked, &out) != SOTTO_OK,
				"%u of %u bytes", len, f.len);
	}
}
END_TEST

/* The same, but with an IP length that agrees with the bytes left: now UDP has to find it. */
START_TEST(test_truncation_with_fitting_ip_length_drops)
{
	struct frame f, cut;
	struct sotto_frame out;

	frame_udp(&f, &good[_i]);
	f.len -= good[_i].padding;
	for (uint32_t len = f.l3 + (good[_i].ip6 ? 40 : 20); len < f.len; len++) {
		memcpy(&cut, &f, sizeof(cut));
		cut.len = len;
		if (good[_i].ip6)
			frame_set16(&cut, f.l3 + 4, (uint16_t)(len - f.l3 - 40));
		else
			frame_set16(&cut, f.l3 + 2, (uint16_t)(len - f.l3));
		ck_assert_int_ne(frame_parse_part(&cut, len,
					 SOTTO_NET_IP_CHECKED | SOTTO_NET_UDP_CHECKED, &out),
			SOTTO_OK);
	}
}
END_TEST

START_TEST(test_largest_packets)
{
	struct shape ip4 = {.payload = 65535 - 28};
	struct shape ip6 = {.ip6 = true, .payload = 65535 - 8};
	struct frame f;
	struct sotto_frame out;

	frame_udp(&f, &ip4);
	ck_assert_int_eq(frame_parse_part(&f, f.len, 0, &out), SOTTO_OK);
	ck_assert_uint_eq(out.payload_len, ip4.payload);
	frame_udp(&f, &ip6);
	ck_assert_int_eq(frame_parse_part(&f, f.len, 0, &out), SOTTO_OK);
	ck_assert_uint_eq(out.payload_len, ip6.payload);
}
END_TEST

START_TEST(test_short_ethernet)
{
	struct frame f;
	struct sotto_frame out;

	frame_udp(&f, &(struct shape){.tagged = true});
	for (uint32_t len = 0; len < 18; len++)
		ck_assert_int_eq(frame_parse_part(&f, len, 0, &out), SOTTO_DROP_ETHERNET);
}
END_TEST

START_TEST(test_other_ethertypes)
{
	static const uint16_t types[] = {
		0x0000, 0x002e, 0x05dc, 0x0801, 0x8847, 0x8863, 0x88a8, 0x88cc, 0x9100, 0xffff};
	struct frame f;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		frame_udp(&f, &(struct shape){.payload = 20});
		frame_set16(&f, 12, types[i]);
		frame_expect(&f, 0, SOTTO_DROP_ETHERNET, "untagged");
		frame_udp(&f, &(struct shape){.payload = 20, .tagged = true, .tci = 5});
		frame_set16(&f, 16, types[i]);
		frame_expect(&f, 0, SOTTO_DROP_ETHERNET, "tagged");
	}
}
END_TEST

/* PP-19: QinQ, and 0x8100 twice. */
START_TEST(test_stacked_tags)
{
	static const char *const stacks[] = {
		"8100 0005 8100 0006 0800", "88a8 0005 8100 0006 0800", "9100 0005 8100 0006 0800"};
	struct frame plain, f;

	frame_udp(&plain, &(struct shape){.payload = 20});
	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		memcpy(f.bytes, plain.bytes, 12);
		f.len = 12 + (uint32_t)hex_read(stacks[i], f.bytes + 12);
		memcpy(f.bytes + f.len, plain.bytes + 14, plain.len - 14);
		f.len += plain.len - 14;
		frame_expect(&f, 0, SOTTO_DROP_ETHERNET, stacks[i]);
	}
}
END_TEST

START_TEST(test_other_mac_is_not_for_us)
{
	struct frame f;

	for (uint32_t i = 0; i < 6; i++) {
		frame_udp(&f, &(struct shape){.payload = 20});
		f.bytes[i] ^= 0x10;
		frame_expect(&f, 0, SOTTO_DROP_NOT_FOR_US, "one bit of the MAC address differs");
	}
}
END_TEST

START_TEST(test_udp_to_all_is_not_for_us)
{
	static const char *const groups[] = {"ffffffffffff", "01005e000001", "333300000001"};
	struct frame f;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		for (int ip6 = 0; ip6 < 2; ip6++) {
			frame_udp(&f, &(struct shape){.payload = 20, .ip6 = ip6});
			hex_read(groups[i], f.bytes);
			frame_expect(&f, 0, SOTTO_DROP_NOT_FOR_US, groups[i]);
		}
	}
}
END_TEST

START_TEST(test_sender_mac_is_no_group)
{
	struct frame f;

	frame_udp(&f, &(struct shape){.payload = 20});
	f.bytes[6] |= 1;
	frame_expect(&f, 0, SOTTO_DROP_SOURCE, "multicast source MAC");
	memset(f.bytes + 6, 0xff, 6);
	frame_expect(&f, 0, SOTTO_DROP_SOURCE, "broadcast source MAC");
}
END_TEST

START_TEST(test_arp_is_for_the_answerer)
{
	static const char *const rest = PEER_MAC
		"8100 0064 0806 0001 0800 06 04 0001" PEER_MAC PEER_IP4 "000000000000" OUR_IP4;
	static const char *const to[] = {OUR_MAC, "ffffffffffff", "01005e000001"};
	struct sotto_frame out;
	struct frame f = {0};

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		hex_read(to[i], f.bytes);
		f.len = 6 + (uint32_t)hex_read(rest, f.bytes + 6);
		ck_assert_int_eq(frame_parse_part(&f, f.len, 0, &out), SOTTO_OK);
		ck_assert_uint_eq(out.kind, SOTTO_NET_NEIGHBOR);
		ck_assert_uint_eq(out.family, 0);
		ck_assert_uint_eq(out.vlan, 100);
		ck_assert_uint_eq(out.l3, 18);
	}
	for (uint32_t len = 0; len < f.len; len++)
		ck_assert_int_eq(frame_parse_part(&f, len, 0, &out), SOTTO_DROP_ETHERNET);
	f.bytes[0] = 0x02;
	frame_expect(&f, 0, SOTTO_DROP_NOT_FOR_US, "ARP to another host");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/parse");
	TCase *tc = tcase_create("parse");

	tcase_add_loop_test(tc, test_parts_of_good_frames, 0, GOOD);
	tcase_add_loop_test(tc, test_every_truncation_drops, 0, GOOD);
	tcase_add_loop_test(tc, test_truncation_with_fitting_ip_length_drops, 0, GOOD);
	tcase_add_test(tc, test_largest_packets);
	tcase_add_test(tc, test_short_ethernet);
	tcase_add_test(tc, test_other_ethertypes);
	tcase_add_test(tc, test_stacked_tags);
	tcase_add_test(tc, test_other_mac_is_not_for_us);
	tcase_add_test(tc, test_udp_to_all_is_not_for_us);
	tcase_add_test(tc, test_sender_mac_is_no_group);
	tcase_add_test(tc, test_arp_is_for_the_answerer);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
