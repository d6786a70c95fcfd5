/* SPDX-License-Identifier: BSD-3-Clause */
/* sotto_net_parse(): UDP lengths and checksums, and sources that nobody may have. */
#include "frames.h"

#define ALL_CHECKED (SOTTO_NET_IP_CHECKED | SOTTO_NET_UDP_CHECKED)

static void make(struct frame *f, bool ip6)
{
	frame_udp(f, &(struct shape){.ip6 = ip6, .payload = 40});
}

/* Writes the address and seals again, so that nothing else is wrong. */
static void set_address(struct frame *f, bool ip6, bool destination, const char *address)
{
	uint32_t at = f->l3 + (ip6 ? 8 : 12) + (destination ? (ip6 ? 16 : 4) : 0);

	hex_read(address, f->bytes + at);
	frame_seal(f);
}

static void expect_source(bool ip6, const char *address, enum sotto_verdict want)
{
	struct frame f;

	make(&f, ip6);
	set_address(&f, ip6, false, address);
	frame_expect(&f, 0, want, address);
	frame_expect(&f, ALL_CHECKED, want, address);
}

static void expect_destination(bool ip6, const char *address, enum sotto_verdict want)
{
	struct frame f;

	make(&f, ip6);
	set_address(&f, ip6, true, address);
	frame_expect(&f, 0, want, address);
}

START_TEST(test_length_below_header)
{
	struct frame f;

	make(&f, _i);
	for (unsigned len = 0; len < 8; len++) {
		frame_set16(&f, f.l4 + 4, (uint16_t)len);
		frame_expect(&f, ALL_CHECKED, SOTTO_DROP_UDP_LENGTH, "less than a header");
	}
}
END_TEST

START_TEST(test_length_beyond_packet)
{
	struct frame f;

	frame_udp(&f, &(struct shape){.ip6 = _i, .payload = 40, .padding = 10});
	frame_set16(&f, f.l4 + 4, 49);
	frame_expect(&f, ALL_CHECKED, SOTTO_DROP_UDP_LENGTH, "reaches into the padding");
	frame_set16(&f, f.l4 + 4, 0xffff);
	frame_expect(&f, ALL_CHECKED, SOTTO_DROP_UDP_LENGTH, "reaches far beyond");
}
END_TEST

/* What IP has more than UDP is not payload. */
START_TEST(test_length_below_packet)
{
	struct sotto_frame out;
	struct frame f;

	make(&f, _i);
	for (unsigned len = 8; len <= 48; len++) {
		frame_set16(&f, f.l4 + 4, (uint16_t)len);
		frame_seal(&f);
		ck_assert_int_eq(frame_parse_part(&f, f.len, 0, &out), SOTTO_OK);
		ck_assert_uint_eq(out.payload_len, len - 8);
	}
}
END_TEST

START_TEST(test_no_room_for_header)
{
	struct frame f;

	make(&f, _i);
	for (unsigned left = 0; left < 8; left++) {
		f.len = f.l4 + left;
		frame_set16(&f, f.l3 + (_i ? 4 : 2), (uint16_t)(_i ? left : 20 + left));
		frame_expect(&f, ALL_CHECKED, SOTTO_DROP_UDP_LENGTH, "header cut short");
	}
}
END_TEST

/* PP-20: every wrong bit of addresses, ports, length and payload shows; a device's word counts. */
START_TEST(test_wrong_checksum)
{
	struct frame f;

	make(&f, _i);
	for (uint32_t at = f.l4; at < f.len; at++) {
		make(&f, _i);
		f.bytes[at] ^= 0x02;
		if (at != f.l4 + 4 && at != f.l4 + 5)
			frame_expect(&f, 0, SOTTO_DROP_UDP_CHECKSUM, "message");
	}
	for (uint32_t at = f.l3 + (_i ? 8 : 12); at < f.l4; at++) {
		make(&f, _i);
		f.bytes[at] ^= 0x02;
		frame_expect(&f, SOTTO_NET_IP_CHECKED, SOTTO_DROP_UDP_CHECKSUM, "address");
		frame_expect(&f, ALL_CHECKED, SOTTO_OK, "address, but the device has checked");
	}
}
END_TEST

START_TEST(test_right_checksum_of_every_length)
{
	struct shape shape = {.ip6 = _i};
	struct frame f;

	for (; shape.payload <= 300; shape.payload++) {
		frame_udp(&f, &shape);
		frame_expect(&f, 0, SOTTO_OK, "sound");
		f.bytes[f.len - 1] ^= 0x40;
		frame_expect(&f, 0, SOTTO_DROP_UDP_CHECKSUM, "last byte wrong");
	}
}
END_TEST

/* PP-20: none over IPv4 is allowed; none over IPv6 is not, though a device calls it good. */
START_TEST(test_zero_checksum)
{
	struct frame f;

	make(&f, false);
	frame_set16(&f, f.l4 + 6, 0);
	frame_expect(&f, 0, SOTTO_OK, "IPv4");
	make(&f, true);
	frame_set16(&f, f.l4 + 6, 0);
	frame_expect(&f, 0, SOTTO_DROP_UDP_CHECKSUM, "IPv6");
	frame_expect(&f, ALL_CHECKED, SOTTO_DROP_UDP_CHECKSUM, "IPv6 checked by the device");
}
END_TEST

/* A payload whose checksum comes out as zero is sent as 0xffff, and that is right. */
START_TEST(test_checksum_all_ones)
{
	struct frame f;
	uint16_t sum;

	make(&f, _i);
	frame_set16(&f, f.len - 2, 0);
	frame_seal(&f);
	sum = (uint16_t)(f.bytes[f.l4 + 6] << 8 | f.bytes[f.l4 + 7]);
	frame_set16(&f, f.len - 2, sum);
	frame_seal(&f);
	ck_assert_uint_eq(f.bytes[f.l4 + 6], 0xff);
	ck_assert_uint_eq(f.bytes[f.l4 + 7], 0xff);
	frame_expect(&f, 0, SOTTO_OK, "0xffff");
}
END_TEST

START_TEST(test_pp24_own_source)
{
	expect_source(false, OUR_IP4, SOTTO_DROP_SOURCE);
	expect_source(true, OUR_IP6, SOTTO_DROP_SOURCE);
	expect_source(false, "c0000202", SOTTO_OK);
	expect_source(true, "20010db8000000000000000000aa0002", SOTTO_OK);
	expect_source(true, "20010db8000000010000000000aa0001", SOTTO_OK);
}
END_TEST

START_TEST(test_pp24_multicast_source)
{
	expect_source(false, "dfffffff", SOTTO_OK);
	expect_source(false, "e0000001", SOTTO_DROP_SOURCE);
	expect_source(false, "efffffff", SOTTO_DROP_SOURCE);
	expect_source(true, "ff020000000000000000000000000001", SOTTO_DROP_SOURCE);
	expect_source(true, "ff0e0000000000000000000000000001", SOTTO_DROP_SOURCE);
	expect_source(true, "feffffff000000000000000000000001", SOTTO_OK);
}
END_TEST

START_TEST(test_pp24_broadcast_source)
{
	expect_source(false, "ffffffff", SOTTO_DROP_SOURCE);
	expect_source(false, "f0000001", SOTTO_DROP_SOURCE);
	expect_source(false, "00000000", SOTTO_DROP_SOURCE);
	expect_source(false, "00000001", SOTTO_DROP_SOURCE);
	expect_source(false, "01000001", SOTTO_OK);
	expect_source(true, "00000000000000000000000000000000", SOTTO_DROP_SOURCE);
}
END_TEST

START_TEST(test_pp24_loopback_source)
{
	expect_source(false, "7f000001", SOTTO_DROP_SOURCE);
	expect_source(false, "7fffffff", SOTTO_DROP_SOURCE);
	expect_source(false, "80000001", SOTTO_OK);
	expect_source(true, "00000000000000000000000000000001", SOTTO_DROP_SOURCE);
	expect_source(true, "00000000000000000000000000000002", SOTTO_OK);
	expect_source(true, "00000000000000010000000000000001", SOTTO_OK);
}
END_TEST

START_TEST(test_pp24_port_zero)
{
	struct frame f;

	for (uint32_t port = 0; port < 4; port += 2) {
		make(&f, _i);
		frame_set16(&f, f.l4 + port, 0);
		frame_seal(&f);
		frame_expect(&f, 0, SOTTO_DROP_SOURCE, "port 0");
		frame_set8(&f, f.l4 + port, 1);
		frame_seal(&f);
		frame_expect(&f, 0, SOTTO_OK, "port 256");
	}
}
END_TEST

START_TEST(test_destination_must_be_unicast)
{
	expect_destination(false, "e0000001", SOTTO_DROP_NOT_FOR_US);
	expect_destination(false, "efffffff", SOTTO_DROP_NOT_FOR_US);
	expect_destination(false, "ffffffff", SOTTO_DROP_NOT_FOR_US);
	expect_destination(true, "ff020000000000000000000000000001", SOTTO_DROP_NOT_FOR_US);
	/* Whether another unicast address is ours is not asked here. */
	expect_destination(false, "c6336401", SOTTO_OK);
	expect_destination(true, "20010db8ffff00000000000000000001", SOTTO_OK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net/udp");
	TCase *tc = tcase_create("udp");

	tcase_add_loop_test(tc, test_length_below_header, 0, 2);
	tcase_add_loop_test(tc, test_length_beyond_packet, 0, 2);
	tcase_add_loop_test(tc, test_length_below_packet, 0, 2);
	tcase_add_loop_test(tc, test_no_room_for_header, 0, 2);
	tcase_add_loop_test(tc, test_wrong_checksum, 0, 2);
	tcase_add_loop_test(tc, test_right_checksum_of_every_length, 0, 2);
	tcase_add_test(tc, test_zero_checksum);
	tcase_add_loop_test(tc, test_checksum_all_ones, 0, 2);
	tcase_add_test(tc, test_pp24_own_source);
	tcase_add_test(tc, test_pp24_multicast_source);
	tcase_add_test(tc, test_pp24_broadcast_source);
	tcase_add_test(tc, test_pp24_loopback_source);
	tcase_add_loop_test(tc, test_pp24_port_zero, 0, 2);
	tcase_add_test(tc, test_destination_must_be_unicast);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
