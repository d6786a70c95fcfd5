/* SPDX-License-Identifier: BSD-3-Clause */
/* Packets that pass: every combination of legs, judged byte by byte on the wire. */
#include "call.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SUITE_32 "AES_CM_128_HMAC_SHA1_32"
#define TAG 10 /* bytes that SRTP adds under both */
#define SSRC_A 0xa0a0a001
#define SSRC_B 0xb0b0b001

static struct rig rig;
static struct call call;

static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

/* Some of each kind in both directions, interleaved. */
static void talk(unsigned first, unsigned count)
{
	struct packet packet;

	for (unsigned i = first; i < first + count; i++) {
		packet_rtp(&packet, SSRC_A, (uint16_t)(1000 + i), 160);
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
		packet_rtp(&packet, SSRC_B, (uint16_t)(65530 + i), 160); /* rolls over */
		call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
		if (i % 4 != 0)
			continue;
		packet_rtcp(&packet, SSRC_A);
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTCP);
		packet_rtcp(&packet, SSRC_B);
		call_carry(&call, SIDE_B, &packet, SOTTO_SRTCP);
	}
}

START_TEST(srtp_to_rtp_and_back)
{
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	talk(0, 20);
}
END_TEST

START_TEST(srtp_to_srtp_with_other_keys)
{
	call_secure(&call, SIDE_A, SUITE_80);
	call_secure(&call, SIDE_B, SUITE_32);
	call_put(&call);
	talk(0, 20);
}
END_TEST

START_TEST(clear_to_clear)
{
	call_put(&call);
	talk(0, 20);
}
END_TEST

START_TEST(rtcp_muxed_on_one_leg)
{
	struct sotto_leg_spec *leg = &call.spec.media[0].leg[SIDE_A];

	call_secure(&call, SIDE_A, SUITE_80);
	leg->rtcp_mux = true;
	leg->remote_rtcp_port = leg->remote.port;
	call_put(&call);
	ck_assert_uint_eq(call_leg(&call, SIDE_A)->rtcp_port, call_leg(&call, SIDE_A)->rtp_port);
	ck_assert_uint_eq(
		call_leg(&call, SIDE_B)->rtcp_port, call_leg(&call, SIDE_B)->rtp_port + 1);
	talk(0, 8);
}
END_TEST

START_TEST(ip4_to_ip6)
{
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE6);
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	talk(0, 8);
}
END_TEST

START_TEST(ip6_to_ip4_both_secure)
{
	call_init(&call, &rig, RIG_ACCESS6, RIG_CORE4);
	call_secure(&call, SIDE_A, SUITE_32);
	call_secure(&call, SIDE_B, SUITE_80);
	call_put(&call);
	talk(0, 8);
}
END_TEST

START_TEST(ip6_to_ip6)
{
	call_init(&call, &rig, RIG_ACCESS6, RIG_CORE6);
	call_secure(&call, SIDE_B, SUITE_80);
	call_put(&call);
	talk(0, 8);
}
END_TEST

START_TEST(vlan_to_untagged)
{
	call_init(&call, &rig, RIG_ACCESS_VLAN, RIG_CORE6);
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	talk(0, 8);
}
END_TEST

/* Both legs on one device: what comes in leaves the same way. */
START_TEST(between_interfaces_of_one_device)
{
	call_init(&call, &rig, RIG_ACCESS4, RIG_ACCESS_VLAN);
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	talk(0, 4);
}
END_TEST

START_TEST(far_remote_through_the_gateway)
{
	struct sotto_net_path want;
	struct packet plain, frame, payload;

	call.spec.media[0].leg[SIDE_B].remote.addr = rig_far_host();
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	packet_rtp(&plain, SSRC_A, 1, 160);
	call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	want = call_path_out(&call, SIDE_B, SOTTO_SRTP);
	rig_gateway_mac(want.dst_mac);
	ck_assert(wire_take(&rig, RIG_CORE, &frame));
	wire_check(&frame, &want, &payload);
	ck_assert_uint_eq(payload.len, plain.len);
	ck_assert_mem_eq(payload.bytes, plain.bytes, plain.len);
}
END_TEST

/* DSCP 46 comes in; leg a keeps it, leg b has its own. */
START_TEST(dscp_kept_or_set)
{
	static const enum rig_interface core[] = {RIG_CORE4, RIG_CORE6};
	struct sotto_net_path want;
	struct packet plain, frame, payload;

	call_init(&call, &rig, RIG_ACCESS4, core[_i]);
	call.spec.media[0].leg[SIDE_B].dscp = 34;
	call_put(&call);
	packet_rtp(&plain, SSRC_A, 1, 160);
	call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	want = call_path_out(&call, SIDE_B, SOTTO_SRTP);
	ck_assert_uint_eq(want.dscp, 46);
	want.dscp = 34;
	ck_assert(wire_take(&rig, RIG_CORE, &frame));
	wire_check(&frame, &want, &payload);
	packet_rtp(&plain, SSRC_B, 1, 160);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
}
END_TEST

/* Every payload length from none (PP-08) to the largest that fits with a tag. */
START_TEST(every_length)
{
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	for (uint32_t len = 0; 12 + len + TAG <= RIG_MTU - 28; len++) {
		packet_rtp(&packet, SSRC_A, (uint16_t)len, len);
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
		packet_rtp(&packet, SSRC_B, (uint16_t)len, len);
		call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
	}
}
END_TEST

START_TEST(pp_08_empty_payload)
{
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	call_secure(&call, SIDE_B, SUITE_32);
	call_put(&call);
	for (uint16_t seq = 0; seq < 3; seq++) {
		packet_rtp(&packet, SSRC_A, seq, 0);
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
		packet_rtp(&packet, SSRC_B, seq, 0);
		call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
	}
}
END_TEST

/* PP-07: a padding count that makes no sense is the receiver's business, not ours. */
START_TEST(pp_07_padding_passes_untouched)
{
	static const uint8_t last[] = {0, 1, 160, 161, 255};
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	for (unsigned i = 0; i < sizeof(last); i++) {
		packet_rtp(&packet, SSRC_A, (uint16_t)i, 160);
		packet.bytes[0] |= 0x20;
		packet.bytes[packet.len - 1] = last[i];
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
		call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
	}
	packet_rtp(&packet, SSRC_A, 100, 0);
	packet.bytes[0] |= 0x20;
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
}
END_TEST

/* CSRCs and an extension are header: authenticated, not encrypted, and passed on. */
START_TEST(csrc_and_extension)
{
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	packet_rtp(&packet, SSRC_A, 1, 100);
	packet.bytes[0] = 0x92; /* X, two CSRCs */
	sotto_base_put32(packet.bytes + 20, 0xbede0003);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	packet.bytes[2] = 1;
	call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
}
END_TEST

/* IPv4 allows a datagram without checksum (RFC 768); what leaves has one. */
START_TEST(zero_udp_checksum)
{
	struct packet plain, frame;

	call_put(&call);
	packet_rtp(&plain, SSRC_A, 1, 160);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &frame);
	sotto_base_put16(frame.bytes + packet_udp(&frame) + 6, 0);
	wire_send(&rig, RIG_ACCESS, 0, &frame);
	rig_poll(&rig);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
}
END_TEST

/* What a switch appends to a short frame is not part of the datagram. */
START_TEST(link_padding_is_left_behind)
{
	struct packet plain, frame;

	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	packet_rtp(&plain, SSRC_A, 1, 1);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &frame);
	memset(frame.bytes + frame.len, 0xee, 20);
	frame.len += 20;
	wire_send(&rig, RIG_ACCESS, 0, &frame);
	rig_poll(&rig);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
}
END_TEST

/* A whole burst of 64 of several streams and both kinds leaves in the order in which it came. */
START_TEST(order_within_a_burst)
{
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	call_secure(&call, SIDE_B, SUITE_80);
	call_put(&call);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packet_rtp(&packet, SSRC_A + i % 3, (uint16_t)i, i);
		if (i % 8 == 7)
			packet_rtcp(&packet, SSRC_A + i % 3);
		call_send(&call, SIDE_A, &packet, i % 8 == 7 ? SOTTO_SRTCP : SOTTO_SRTP);
	}
	ck_assert_uint_eq(sotto_worker_poll(rig.worker[0]), SOTTO_BURST);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packet_rtp(&packet, SSRC_A + i % 3, (uint16_t)i, i);
		if (i % 8 == 7)
			packet_rtcp(&packet, SSRC_A + i % 3);
		call_expect(&call, SIDE_B, &packet, i % 8 == 7 ? SOTTO_SRTCP : SOTTO_SRTP);
	}
	ck_assert(wire_is_silent(&rig));
}
END_TEST

/* A stream that begins right before the rollover, all of it in one burst (RFC 3711, 3.3.1). */
START_TEST(rollover_in_the_first_burst)
{
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	for (unsigned i = 0; i < 8; i++) {
		packet_rtp(&packet, SSRC_A, (uint16_t)(65533 + i), 160);
		call_send(&call, SIDE_A, &packet, SOTTO_SRTP);
	}
	rig_poll(&rig);
	for (unsigned i = 0; i < 8; i++) {
		packet_rtp(&packet, SSRC_A, (uint16_t)(65533 + i), 160);
		call_expect(&call, SIDE_B, &packet, SOTTO_SRTP);
	}
	ck_assert_uint_eq(call_stream(&call, SIDE_A, false)->rtp.next, 65536 + 5);
}
END_TEST

/* Packets and bytes as they stand in the datagrams: with tag on the secure side, without behind. */
START_TEST(legs_count)
{
	const struct sotto_leg_state *a, *b;
	struct packet packet;

	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	a = call_state(&call, SIDE_A);
	b = call_state(&call, SIDE_B);
	for (uint16_t seq = 0; seq < 3; seq++) {
		packet_rtp(&packet, SSRC_A, seq, 160);
		call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	}
	packet_rtp(&packet, SSRC_B, 1, 100);
	call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
	ck_assert_uint_eq(a->received_packets, 3);
	ck_assert_uint_eq(a->received_bytes, 3 * (172 + 10));
	ck_assert_uint_eq(b->sent_packets, 3);
	ck_assert_uint_eq(b->sent_bytes, 3 * 172);
	ck_assert_uint_eq(b->received_packets, 1);
	ck_assert_uint_eq(b->received_bytes, 112);
	ck_assert_uint_eq(a->sent_packets, 1);
	ck_assert_uint_eq(a->sent_bytes, 112 + 10);
	ck_assert_uint_ge(a->last_received_us, RIG_START_US);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_OK], 4);
}
END_TEST

/* ST-17: over a re-key the rollover counter goes on. */
START_TEST(st_17_rekey_keeps_the_index)
{
	struct packet plain, late;

	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	packet_rtp(&plain, SSRC_A, 999, 160);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &late);
	talk(0, 10);
	call_secure(&call, SIDE_A, SUITE_80);
	call_put(&call);
	talk(10, 10);
	ck_assert_uint_eq(call_stream(&call, SIDE_A, true)->rtp.next >> 16, 1);
	/* what was protected under the old key and comes late counts no more */
	wire_send(&rig, RIG_ACCESS, 0, &late);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_AUTH], 1);
	ck_assert(wire_is_silent(&rig));
}
END_TEST

/* What the control thread makes (answers to ARP) goes out of the device that it names. */
START_TEST(packets_from_control)
{
	struct packet want, got;

	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		packet_rtp(&want, SSRC_A, (uint16_t)d, 60);
		ck_assert_int_eq(rte_ring_enqueue(rig.punt.down[0], wire_mbuf(&rig, d, &want)), 0);
	}
	rig_poll(&rig);
	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		packet_rtp(&want, SSRC_A, (uint16_t)d, 60);
		ck_assert(wire_take(&rig, d, &got));
		ck_assert_uint_eq(got.len, want.len);
		ck_assert_mem_eq(got.bytes, want.bytes, want.len);
	}
	ck_assert_uint_eq(rig_stats(&rig).generated, 2);
	ck_assert_uint_eq(rig_stats(&rig).received, 0);
}
END_TEST

static void add_legs(Suite *suite)
{
	TCase *legs = tcase_create("legs");

	tcase_add_checked_fixture(legs, setup, teardown);
	tcase_add_test(legs, srtp_to_rtp_and_back);
	tcase_add_test(legs, srtp_to_srtp_with_other_keys);
	tcase_add_test(legs, clear_to_clear);
	tcase_add_test(legs, rtcp_muxed_on_one_leg);
	tcase_add_test(legs, ip4_to_ip6);
	tcase_add_test(legs, ip6_to_ip4_both_secure);
	tcase_add_test(legs, ip6_to_ip6);
	tcase_add_test(legs, vlan_to_untagged);
	tcase_add_test(legs, between_interfaces_of_one_device);
	tcase_add_test(legs, far_remote_through_the_gateway);
	tcase_add_loop_test(legs, dscp_kept_or_set, 0, 2);
	suite_add_tcase(suite, legs);
}

static void add_packets(Suite *suite)
{
	TCase *packets = tcase_create("packets");

	tcase_add_checked_fixture(packets, setup, teardown);
	tcase_add_test(packets, every_length);
	tcase_add_test(packets, pp_08_empty_payload);
	tcase_add_test(packets, pp_07_padding_passes_untouched);
	tcase_add_test(packets, csrc_and_extension);
	tcase_add_test(packets, zero_udp_checksum);
	tcase_add_test(packets, link_padding_is_left_behind);
	tcase_add_test(packets, order_within_a_burst);
	tcase_add_test(packets, rollover_in_the_first_burst);
	tcase_add_test(packets, legs_count);
	tcase_add_test(packets, st_17_rekey_keeps_the_index);
	tcase_add_test(packets, packets_from_control);
	suite_add_tcase(suite, packets);
}

int main(void)
{
	Suite *suite = suite_create("worker: packets that pass");

	rig_start(&rig, &rig_small);
	add_legs(suite);
	add_packets(suite);
	return sotto_unit_run(suite);
}
