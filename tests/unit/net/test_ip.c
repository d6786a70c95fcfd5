/* SPDX-License-Identifier: BSD-3-Clause */
/* sotto_net_parse(): what is wrong with an IPv4 or IPv6 header, and which protocols pass. */
#include "frames.h"

static void make4(struct frame *f)
{
	frame_udp(f, &(struct shape){.payload = 40});
}

static void make6(struct frame *f)
{
	frame_udp(f, &(struct shape){.ip6 = true, .payload = 40});
}

START_TEST(test_version_must_agree_with_ethertype)
{
	struct frame f;

	for (unsigned version = 0; version < 16; version++) {
		make4(&f);
		frame_set8(&f, f.l3, (uint8_t)(version << 4 | 5));
		frame_seal(&f);
		frame_expect(&f, 0, version == 4 ? SOTTO_OK : SOTTO_DROP_IP_HEADER, "IPv4");
		make6(&f);
		frame_set8(&f, f.l3, (uint8_t)(version << 4));
		frame_expect(&f, 0, version == 6 ? SOTTO_OK : SOTTO_DROP_IP_HEADER, "IPv6");
	}
}
END_TEST

START_TEST(test_ip4_header_lengths)
{
	struct frame f;

	for (unsigned options = 0; options <= 10; options++) {
		frame_udp(&f, &(struct shape){.options = options, .payload = 12});
		frame_expect(&f, 0, SOTTO_OK, "options are skipped");
	}
	for (unsigned words = 0; words < 5; words++) {
		make4(&f);
		frame_set8(&f, f.l3, (uint8_t)(0x40 | words));
		frame_seal(&f);
		frame_expect(&f, 0, SOTTO_DROP_IP_HEADER, "header shorter than itself");
		frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_DROP_IP_HEADER, "checked or not");
	}
}
END_TEST

START_TEST(test_ip4_total_length_lies)
{
	struct frame f;

	make4(&f);
	for (unsigned total = 0; total < 20; total++) {
		frame_set16(&f, f.l3 + 2, (uint16_t)total);
		frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_DROP_IP_HEADER, "below the header");
	}
	frame_set16(&f, f.l3 + 2, (uint16_t)(f.len - f.l3 + 1));
	frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_DROP_IP_HEADER, "one byte too many");
	frame_set16(&f, f.l3 + 2, 0xffff);
	frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_DROP_IP_HEADER, "the largest");
	frame_udp(&f, &(struct shape){.options = 10, .payload = 40});
	frame_set16(&f, f.l3 + 2, 59);
	frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_DROP_IP_HEADER, "ends among the options");
}
END_TEST

/* Any single wrong byte of header is seen, options too; a device's word is taken for it. */
START_TEST(test_ip4_checksum)
{
	struct frame f;

	for (unsigned i = 0; i < 32; i++) {
		if (i == 0 || i == 2 || i == 3)
			continue; /* version and lengths have verdicts of their own */
		frame_udp(&f, &(struct shape){.options = 3, .payload = 40});
		f.bytes[f.l3 + i] ^= 0x08;
		frame_expect(&f, 0, SOTTO_DROP_IP_CHECKSUM, "a bit is wrong");
	}
	make4(&f);
	f.bytes[f.l3 + 10] ^= 0xff;
	frame_expect(&f, SOTTO_NET_UDP_CHECKED, SOTTO_DROP_IP_CHECKSUM, "UDP checked only");
	frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_OK, "IP checked");
}
END_TEST

START_TEST(test_ip4_fragments)
{
	static const uint16_t fields[] = {0x2000, 0x0001, 0x1fff, 0x2001, 0x6000, 0x4001, 0x1000};
	struct frame f;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		make4(&f);
		frame_set16(&f, f.l3 + 6, fields[i]);
		frame_seal(&f);
		frame_expect(&f, 0, SOTTO_DROP_FRAGMENT, "UDP");
		frame_set8(&f, f.l3 + 9, 99);
		frame_set8(&f, f.l3 + 12, 224);
		frame_set16(&f, f.l4 + 4, 1);
		frame_seal(&f);
		frame_expect(&f, 0, SOTTO_DROP_FRAGMENT, "nothing behind the header is looked at");
	}
	make4(&f);
	frame_set16(&f, f.l3 + 6, 0x4000);
	frame_seal(&f);
	frame_expect(&f, 0, SOTTO_OK, "don't fragment is no fragment");
}
END_TEST

/* A header that was wrong anyway is not counted as a fragment. */
START_TEST(test_ip4_checksum_before_fragment)
{
	struct frame f;

	make4(&f);
	frame_set16(&f, f.l3 + 6, 0x2000);
	frame_expect(&f, 0, SOTTO_DROP_IP_CHECKSUM, "flag set without the checksum");
}
END_TEST

START_TEST(test_every_protocol)
{
	struct frame f;

	for (unsigned protocol = 0; protocol < 256; protocol++) {
		make4(&f);
		frame_set8(&f, f.l3 + 9, (uint8_t)protocol);
		frame_set8(&f, f.l4, 1);
		frame_seal(&f);
		if (protocol != 17)
			frame_expect(&f, 0, SOTTO_DROP_PROTOCOL, "IPv4");
		make6(&f);
		frame_set8(&f, f.l3 + 6, (uint8_t)protocol);
		frame_set8(&f, f.l4, 1);
		frame_seal(&f);
		if (protocol == 44)
			frame_expect(&f, 0, SOTTO_DROP_FRAGMENT, "IPv6");
		else if (protocol != 17 && protocol != 0 && protocol != 43 && protocol != 60)
			frame_expect(&f, 0, SOTTO_DROP_PROTOCOL, "IPv6");
	}
}
END_TEST

static void check_icmp_type(bool ip6, unsigned protocol, unsigned type, bool known)
{
	struct sotto_frame out;
	enum sotto_verdict verdict;
	struct frame f;

	frame_udp(&f, &(struct shape){.ip6 = ip6, .payload = 40});
	frame_set8(&f, f.l3 + (ip6 ? 6 : 9), (uint8_t)protocol);
	frame_set8(&f, f.l4, (uint8_t)type);
	frame_seal(&f);
	verdict = frame_parse_part(&f, f.len, 0, &out);
	ck_assert_msg(verdict == (known ? SOTTO_OK : SOTTO_DROP_PROTOCOL), "type %u", type);
	if (!known)
		return;
	ck_assert_uint_eq(out.kind, SOTTO_NET_NEIGHBOR);
	ck_assert_uint_eq(out.family, ip6 ? 6 : 4);
	ck_assert_uint_eq(out.payload, f.l4);
	ck_assert_uint_eq(out.payload_len, 48);
}

START_TEST(test_every_icmp_type)
{
	for (unsigned type = 0; type < 256; type++) {
		check_icmp_type(false, 1, type, type == 8);
		check_icmp_type(false, 58, type, false);
		check_icmp_type(true, 58, type, type == 128 || type == 135 || type == 136);
		check_icmp_type(true, 1, type, false);
	}
}
END_TEST

START_TEST(test_short_icmp)
{
	struct frame f;

	make4(&f);
	frame_set8(&f, f.l3 + 9, 1);
	frame_set8(&f, f.l4, 8);
	for (unsigned left = 0; left < 8; left++) {
		frame_set16(&f, f.l3 + 2, (uint16_t)(20 + left));
		f.len = f.l4 + left;
		frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_DROP_PROTOCOL, "ICMP cut short");
	}
}
END_TEST

START_TEST(test_ip6_payload_length_lies)
{
	struct frame f;

	make6(&f);
	frame_set16(&f, f.l3 + 4, 49);
	frame_expect(&f, SOTTO_NET_UDP_CHECKED, SOTTO_DROP_IP_HEADER, "one byte too many");
	frame_set16(&f, f.l3 + 4, 0xffff);
	frame_expect(&f, SOTTO_NET_UDP_CHECKED, SOTTO_DROP_IP_HEADER, "the largest");
	frame_set16(&f, f.l3 + 4, 47);
	frame_expect(&f, SOTTO_NET_UDP_CHECKED, SOTTO_DROP_UDP_LENGTH, "one byte too few");
	frame_set16(&f, f.l3 + 4, 0);
	frame_expect(&f, SOTTO_NET_UDP_CHECKED, SOTTO_DROP_UDP_LENGTH, "a jumbogram or nothing");
}
END_TEST

/* PP-18: up to 8 headers, each kind; the ninth is one too many. */
START_TEST(test_ip6_extension_chains)
{
	static const uint8_t kinds[] = {0, 43, 60};
	struct shape shape = {.ip6 = true, .payload = 16};
	struct frame f;

	for (size_t k = 0; k < sizeof(kinds); k++) {
		shape.extension = kinds[k];
		for (shape.extensions = 1; shape.extensions <= 8; shape.extensions++) {
			frame_udp(&f, &shape);
			frame_expect(&f, 0, SOTTO_OK, "up to 8");
		}
		for (; shape.extensions <= 20; shape.extensions++) {
			frame_udp(&f, &shape);
			frame_expect(&f, 0, SOTTO_DROP_IP_HEADER, "more than 8");
		}
	}
}
END_TEST

START_TEST(test_ip6_long_extension)
{
	struct frame f;

	frame_udp(
		&f, &(struct shape){.ip6 = true, .payload = 100, .extensions = 1, .extension = 60});
	frame_set8(&f, f.l3 + 41, 3); /* the header covers 24 bytes more, UDP moves there */
	memmove(f.bytes + f.l4 + 24, f.bytes + f.l4, 8);
	frame_set16(&f, f.l4 + 24 + 4, 108 - 24);
	frame_seal(&f);
	frame_expect(&f, 0, SOTTO_OK, "32 bytes");
	frame_set8(&f, f.l3 + 41, 13); /* 112 of 116 bytes */
	frame_expect(&f, 0, SOTTO_DROP_UDP_LENGTH, "four bytes left");
	frame_set8(&f, f.l3 + 41, 14);
	frame_expect(&f, 0, SOTTO_DROP_IP_HEADER, "past the end");
	frame_set8(&f, f.l3 + 41, 255);
	frame_expect(&f, 0, SOTTO_DROP_IP_HEADER, "far past the end");
}
END_TEST

START_TEST(test_ip6_chain_cut_short)
{
	struct frame f;

	frame_udp(&f, &(struct shape){.ip6 = true, .extensions = 8, .extension = 60});
	for (unsigned payload = 0; payload < 64; payload++) {
		frame_set16(&f, f.l3 + 4, (uint16_t)payload);
		frame_expect(&f, 0, SOTTO_DROP_IP_HEADER, "the chain leaves the packet");
	}
}
END_TEST

START_TEST(test_ip6_routing_header)
{
	struct frame f;

	frame_udp(&f, &(struct shape){.ip6 = true, .payload = 9, .extensions = 1, .extension = 43});
	frame_expect(&f, 0, SOTTO_OK, "nothing left to visit");
	frame_set8(&f, f.l3 + 43, 1);
	frame_expect(&f, 0, SOTTO_DROP_IP_HEADER, "on its way to somebody else");
}
END_TEST

START_TEST(test_ip6_fragments)
{
	struct frame f;

	frame_udp(
		&f, &(struct shape){.ip6 = true, .payload = 40, .extensions = 3, .extension = 60});
	frame_set8(&f, f.l3 + 40 + 16, 44);
	frame_expect(&f, 0, SOTTO_DROP_FRAGMENT, "behind three headers");
	frame_set8(&f, f.l3 + 6, 44);
	frame_expect(&f, 0, SOTTO_DROP_FRAGMENT, "first header");
	frame_set16(&f, f.l3 + 4, 0);
	frame_expect(&f, 0, SOTTO_DROP_FRAGMENT, "announced, and cut off");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/ip");
	TCase *tc = tcase_create("ip");

	tcase_add_test(tc, test_version_must_agree_with_ethertype);
	tcase_add_test(tc, test_ip4_header_lengths);
	tcase_add_test(tc, test_ip4_total_length_lies);
	tcase_add_test(tc, test_ip4_checksum);
	tcase_add_test(tc, test_ip4_fragments);
	tcase_add_test(tc, test_ip4_checksum_before_fragment);
	tcase_add_test(tc, test_every_protocol);
	tcase_add_test(tc, test_every_icmp_type);
	tcase_add_test(tc, test_short_icmp);
	tcase_add_test(tc, test_ip6_payload_length_lies);
	tcase_add_test(tc, test_ip6_extension_chains);
	tcase_add_test(tc, test_ip6_long_extension);
	tcase_add_test(tc, test_ip6_chain_cut_short);
	tcase_add_test(tc, test_ip6_routing_header);
	tcase_add_test(tc, test_ip6_fragments);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
