/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that end before a leg is known: nobody's, broken, or not ours to carry. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SSRC 0xa0a0a001

static struct rig rig;
static struct call call;
static struct packet good; /* a frame that would pass */

static void setup(void)
{
	rig_open(&rig);
	call_make(&call, &rig);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

/* Another call between IPv6 interfaces, and a good frame to its clear leg. */
static void use_ip6(void)
{
	struct packet plain;

	call_end(&call);
	call_init(&call, &rig, RIG_ACCESS6, RIG_CORE6);
	call_put(&call);
	packet_rtp(&plain, SSRC, 1, 100);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &good);
}

static void use_ip4(void)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, 1, 100);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &good);
}

static void use_family(int family)
{
	if (family == 6)
		use_ip6();
	else
		use_ip4();
}

/* The frame must be dropped; the good one that it was made from still passes after it. */
static void expect(const struct packet *frame, enum sotto_verdict verdict)
{
	drop_expect(&rig, &call, RIG_ACCESS, frame, verdict, NO_LEG);
}

static void expect_good_passes(void)
{
	struct packet frame;

	wire_send(&rig, RIG_ACCESS, 0, &good);
	rig_poll(&rig);
	ck_assert(wire_take(&rig, RIG_CORE, &frame));
	ck_assert(wire_is_silent(&rig));
}

START_TEST(short_frames)
{
	struct packet frame;

	use_ip4();
	for (uint32_t len = 1; len < good.len; len++) {
		frame = good;
		frame.len = len;
		expect(&frame, len < 14 ? SOTTO_DROP_ETHERNET : SOTTO_DROP_IP_HEADER);
	}
	expect_good_passes();
}
END_TEST

START_TEST(segmented)
{
	struct picture before;
	struct rte_mbuf *head, *tail;
	struct packet front, back;

	use_ip4();
	front = back = good;
	front.len = 60;
	back.len = good.len - 60;
	memmove(back.bytes, good.bytes + 60, back.len);
	picture_take(&before, &rig, &call);
	head = wire_mbuf(&rig, RIG_ACCESS, &front);
	tail = wire_mbuf(&rig, RIG_ACCESS, &back);
	ck_assert_int_eq(rte_pktmbuf_chain(head, tail), 0);
	wire_send_mbuf(&rig, RIG_ACCESS, 0, head);
	rig_poll(&rig);
	picture_expect(&before, &rig, &call, SOTTO_DROP_SEGMENTED, 1, NO_LEG);
	expect_good_passes();
}
END_TEST

START_TEST(other_ethertype)
{
	struct packet frame;

	use_ip4();
	frame = good;
	sotto_base_put16(frame.bytes + 12, 0x88cc);
	expect(&frame, SOTTO_DROP_ETHERNET);
}
END_TEST

/* Somebody else's MAC address, and media to everybody's. */
START_TEST(other_mac)
{
	static const char *const macs[] = {
		"02:00:00:00:00:0c", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"};
	struct packet frame;

	use_ip4();
	for (unsigned i = 0; i < 3; i++) {
		frame = good;
		ck_assert_int_eq(sotto_base_mac_parse(macs[i], frame.bytes), 0);
		expect(&frame, SOTTO_DROP_NOT_FOR_US);
	}
	expect_good_passes();
}
END_TEST

/* An address of ours, but not on this device; and nobody's. */
START_TEST(other_address)
{
	static const char *const addrs[] = {"203.0.113.1", "192.0.2.2", "198.51.100.1"};
	struct packet frame;

	use_ip4();
	for (unsigned i = 0; i < 3; i++) {
		struct sotto_addr addr = rig_addr(addrs[i]);

		frame = good;
		memcpy(frame.bytes + packet_ip(&frame) + 16, addr.bytes, 4);
		packet_seal(&frame);
		expect(&frame, SOTTO_DROP_NOT_FOR_US);
	}
	expect_good_passes();
}
END_TEST

START_TEST(other_address_ip6)
{
	struct sotto_addr addr = rig_addr("2001:db8:c::1");
	struct packet frame;

	use_ip6();
	frame = good;
	memcpy(frame.bytes + packet_ip(&frame) + 24, addr.bytes, 16);
	packet_seal(&frame);
	expect(&frame, SOTTO_DROP_NOT_FOR_US);
	expect_good_passes();
}
END_TEST

/* The right frame on the other device: its MAC and its addresses are other ones. */
START_TEST(other_device)
{
	struct packet frame;

	use_ip4();
	drop_expect(&rig, &call, RIG_CORE, &good, SOTTO_DROP_NOT_FOR_US, NO_LEG);
	frame = good;
	memcpy(frame.bytes, rig.device[RIG_CORE].mac, 6);
	drop_expect(&rig, &call, RIG_CORE, &frame, SOTTO_DROP_NOT_FOR_US, NO_LEG);
	expect_good_passes();
}
END_TEST

static void set_tag(struct packet *frame, uint16_t tag)
{
	memmove(frame->bytes + 16, frame->bytes + 12, frame->len - 12);
	sotto_base_put16(frame->bytes + 12, 0x8100);
	sotto_base_put16(frame->bytes + 14, tag);
	frame->len += 4;
}

/* A tag where none belongs; priority without VLAN (tag 0) is untagged; two tags are nobody's. */
START_TEST(vlan_on_an_untagged_address)
{
	struct packet frame;

	use_ip4();
	frame = good;
	set_tag(&frame, 100);
	expect(&frame, SOTTO_DROP_NOT_FOR_US);
	set_tag(&frame, 100);
	expect(&frame, SOTTO_DROP_ETHERNET);
	set_tag(&good, 5 << 13);
	expect_good_passes();
}
END_TEST

START_TEST(wrong_vlan_on_a_tagged_address)
{
	struct packet plain, frame;

	call_end(&call);
	call_init(&call, &rig, RIG_ACCESS_VLAN, RIG_CORE4);
	call_put(&call);
	packet_rtp(&plain, SSRC, 1, 100);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &good);
	frame = good;
	sotto_base_put16(frame.bytes + 14, 101);
	expect(&frame, SOTTO_DROP_NOT_FOR_US);
	frame = good;
	memmove(frame.bytes + 12, frame.bytes + 16, frame.len - 16);
	frame.len -= 4;
	expect(&frame, SOTTO_DROP_NOT_FOR_US);
	expect_good_passes();
}
END_TEST

START_TEST(ip4_header)
{
	static const uint8_t first[] = {0x55, 0x44, 0x65, 0x4f};
	struct packet frame;

	use_ip4();
	for (unsigned i = 0; i < sizeof(first); i++) {
		frame = good;
		frame.bytes[packet_ip(&frame)] = first[i];
		/* fifteen words of header: the checksum over them is wrong */
		expect(&frame, first[i] == 0x4f ? SOTTO_DROP_IP_CHECKSUM : SOTTO_DROP_IP_HEADER);
	}
	frame = good;
	sotto_base_put16(frame.bytes + packet_ip(&frame) + 2, (uint16_t)(good.len - 14 + 1));
	packet_seal(&frame);
	expect(&frame, SOTTO_DROP_IP_HEADER);
	frame = good;
	frame.bytes[packet_ip(&frame) + 11] ^= 1;
	expect(&frame, SOTTO_DROP_IP_CHECKSUM);
	expect_good_passes();
}
END_TEST

/* First and later fragments (PP-15). */
START_TEST(fragments_ip4)
{
	static const uint16_t field[] = {0x2000, 0x2001, 0x0001, 0x1fff, 0x6000};
	struct packet frame;

	use_ip4();
	for (unsigned i = 0; i < 5; i++) {
		frame = good;
		sotto_base_put16(frame.bytes + packet_ip(&frame) + 6, field[i]);
		packet_seal(&frame);
		expect(&frame, SOTTO_DROP_FRAGMENT);
	}
	expect_good_passes();
}
END_TEST

START_TEST(fragments_ip6)
{
	static const uint16_t field[] = {0x0001, 0x0009, 0x0008, 0xfff8, 0x0000};
	struct packet frame;
	uint8_t *ip;

	use_ip6();
	for (unsigned i = 0; i < 5; i++) {
		frame = good;
		ip = frame.bytes + packet_ip(&frame);
		memmove(ip + 48, ip + 40, frame.len - 14 - 40);
		frame.len += 8;
		memset(ip + 40, 0, 8);
		ip[6] = 44;
		ip[40] = 17;
		sotto_base_put16(ip + 42, field[i]);
		sotto_base_put16(ip + 4, (uint16_t)(frame.len - 14 - 40));
		expect(&frame, SOTTO_DROP_FRAGMENT);
	}
	expect_good_passes();
}
END_TEST

START_TEST(other_protocol)
{
	struct packet frame;

	use_family(_i);
	frame = good;
	frame.bytes[packet_ip(&frame) + (_i == 6 ? 6 : 9)] = 6; /* TCP */
	packet_seal(&frame);
	expect(&frame, SOTTO_DROP_PROTOCOL);
	expect_good_passes();
}
END_TEST

START_TEST(udp_length)
{
	static const uint16_t more[] = {1, 8, 0xff00};
	struct packet frame;
	uint8_t *udp;

	use_family(_i);
	for (unsigned i = 0; i < 3 + 8; i++) {
		frame = good;
		udp = frame.bytes + packet_udp(&frame);
		sotto_base_put16(
			udp + 4, (uint16_t)(i < 3 ? sotto_base_get16(udp + 4) + more[i] : i - 3));
		expect(&frame, SOTTO_DROP_UDP_LENGTH);
	}
	expect_good_passes();
}
END_TEST

START_TEST(udp_checksum)
{
	struct packet frame;

	use_family(_i);
	for (uint32_t at = packet_udp(&good) + 8; at < good.len; at += 7) {
		frame = good;
		frame.bytes[at] ^= 0x10;
		expect(&frame, SOTTO_DROP_UDP_CHECKSUM);
	}
	if (_i == 6) {
		/* no checksum at all: not over IPv6 (RFC 8200, 8.1) */
		frame = good;
		sotto_base_put16(frame.bytes + packet_udp(&frame) + 6, 0);
		expect(&frame, SOTTO_DROP_UDP_CHECKSUM);
	}
	expect_good_passes();
}
END_TEST

/* What the device says is good is not summed again; what it says is bad is looked at. */
START_TEST(checksum_flags_of_the_device)
{
	struct picture before;
	struct packet frame;
	struct rte_mbuf *mbuf;

	use_ip4();
	frame = good;
	frame.bytes[frame.len - 1] ^= 1;
	picture_take(&before, &rig, &call);
	mbuf = wire_mbuf(&rig, RIG_ACCESS, &frame);
	mbuf->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	wire_send_mbuf(&rig, RIG_ACCESS, 0, mbuf);
	rig_poll(&rig);
	picture_expect(&before, &rig, &call, SOTTO_DROP_AUTH, 1, SIDE_A);
	mbuf = wire_mbuf(&rig, RIG_ACCESS, &good);
	mbuf->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_BAD | RTE_MBUF_F_RX_IP_CKSUM_BAD;
	wire_send_mbuf(&rig, RIG_ACCESS, 0, mbuf);
	rig_poll(&rig);
	ck_assert(wire_take(&rig, RIG_CORE, &frame));
}
END_TEST

/* Sources that nobody has: our own, multicast, the broadcasts, unspecified, loopback. */
START_TEST(pp_24_source_address_ip4)
{
	static const char *const sources[] = {"192.0.2.1", "224.0.0.1", "239.255.255.255",
		"240.0.0.1", "255.255.255.255", "192.0.2.255", "0.0.0.0", "0.1.2.3", "127.0.0.1"};
	struct packet frame;

	use_ip4();
	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct sotto_addr addr = rig_addr(sources[i]);

		frame = good;
		memcpy(frame.bytes + packet_ip(&frame) + 12, addr.bytes, 4);
		packet_seal(&frame);
		expect(&frame, SOTTO_DROP_SOURCE);
	}
	expect_good_passes();
}
END_TEST

START_TEST(pp_24_source_address_ip6)
{
	static const char *const sources[] = {"2001:db8:a::1", "ff02::1", "::", "::1"};
	struct packet frame;

	use_ip6();
	for (unsigned i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct sotto_addr addr = rig_addr(sources[i]);

		frame = good;
		memcpy(frame.bytes + packet_ip(&frame) + 8, addr.bytes, 16);
		packet_seal(&frame);
		expect(&frame, SOTTO_DROP_SOURCE);
	}
	expect_good_passes();
}
END_TEST

START_TEST(pp_24_source_port_and_mac)
{
	struct packet frame;

	use_family(_i);
	frame = good;
	sotto_base_put16(frame.bytes + packet_udp(&frame), 0);
	packet_seal(&frame);
	expect(&frame, SOTTO_DROP_SOURCE);
	frame = good;
	sotto_base_put16(frame.bytes + packet_udp(&frame) + 2, 0);
	packet_seal(&frame);
	expect(&frame, SOTTO_DROP_SOURCE);
	frame = good;
	frame.bytes[6] |= 1;
	expect(&frame, SOTTO_DROP_SOURCE);
	expect_good_passes();
}
END_TEST

/* Free ports, both sides of the range, the odd port of a muxed leg, and a deleted call's ports. */
START_TEST(unknown_port)
{
	uint16_t own, ports[6];
	struct packet frame;

	call.spec.media[0].leg[SIDE_A].rtcp_mux = true;
	call_put(&call);
	use_ip4();
	own = call_leg(&call, SIDE_A)->rtp_port;
	memcpy(ports,
		(uint16_t[]){(uint16_t)(own + 1), (uint16_t)(own + 2),
			(uint16_t)(rig.interface[RIG_ACCESS4].port_low - 1),
			(uint16_t)(rig.interface[RIG_ACCESS4].port_high + 1), 1, 65535},
		sizeof(ports));
	for (unsigned i = 0; i < 6; i++) {
		frame = good;
		sotto_base_put16(frame.bytes + packet_udp(&frame) + 2, ports[i]);
		packet_seal(&frame);
		expect(&frame, SOTTO_DROP_NO_PORT);
	}
	expect_good_passes();
	sotto_session_delete(rig.sessions, call.session);
	drop_expect(&rig, NULL, RIG_ACCESS, &good, SOTTO_DROP_NO_PORT, NO_LEG);
}
END_TEST

static void add_ethernet(Suite *suite)
{
	TCase *ethernet = tcase_create("Ethernet");

	tcase_add_checked_fixture(ethernet, setup, teardown);
	tcase_add_test(ethernet, short_frames);
	tcase_add_test(ethernet, segmented);
	tcase_add_test(ethernet, other_ethertype);
	tcase_add_test(ethernet, other_mac);
	tcase_add_test(ethernet, other_address);
	tcase_add_test(ethernet, other_address_ip6);
	tcase_add_test(ethernet, other_device);
	tcase_add_test(ethernet, vlan_on_an_untagged_address);
	tcase_add_test(ethernet, wrong_vlan_on_a_tagged_address);
	suite_add_tcase(suite, ethernet);
}

static void add_ip(Suite *suite)
{
	TCase *ip = tcase_create("IP and UDP");

	tcase_add_checked_fixture(ip, setup, teardown);
	tcase_add_test(ip, ip4_header);
	tcase_add_test(ip, fragments_ip4);
	tcase_add_test(ip, fragments_ip6);
	for (int family = 4; family <= 6; family += 2) {
		tcase_add_loop_test(ip, other_protocol, family, family + 1);
		tcase_add_loop_test(ip, udp_length, family, family + 1);
		tcase_add_loop_test(ip, udp_checksum, family, family + 1);
		tcase_add_loop_test(ip, pp_24_source_port_and_mac, family, family + 1);
	}
	tcase_add_test(ip, checksum_flags_of_the_device);
	tcase_add_test(ip, pp_24_source_address_ip4);
	tcase_add_test(ip, pp_24_source_address_ip6);
	tcase_add_test(ip, unknown_port);
	suite_add_tcase(suite, ip);
}

int main(void)
{
	Suite *suite = suite_create("worker: frames that end before a leg");

	rig_start(&rig, &rig_small);
	add_ethernet(suite);
	add_ip(suite);
	return sotto_unit_run(suite);
}
