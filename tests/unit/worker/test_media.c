/* SPDX-License-Identifier: BSD-3-Clause */
/* Datagrams that reach a leg and end there before any authentication. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SSRC 0xa0a0a001

static struct rig rig;
static struct call call;

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

/* Both directions have a stream, so that there are bytes that could change. */
static void activate(void)
{
	struct packet packet;

	packet_rtp(&packet, SSRC, 100, 160);
	call_carry(&call, SIDE_A, &packet, SOTTO_SRTP);
	call_carry(&call, SIDE_B, &packet, SOTTO_SRTP);
}

/*
 * Cuts the datagram in a frame to len bytes, while the rest stays behind it in the frame: whoever
 * reads past the datagram finds a valid packet there.
 */
static void cut(const struct packet *whole, uint32_t len, struct packet *frame)
{
	uint8_t *ip;

	*frame = *whole;
	ip = frame->bytes + packet_ip(frame);
	sotto_base_put16(ip + 2, (uint16_t)(28 + len));
	sotto_base_put16(ip + 24, (uint16_t)(8 + len));
	packet_seal(frame);
}

static enum sotto_verdict verdict_of_cut_rtp(uint32_t len)
{
	if (len < 2)
		return SOTTO_DROP_NOT_MEDIA;
	if (len < 12)
		return SOTTO_DROP_RTP_HEADER;
	return len < 12 + 10 ? SOTTO_DROP_SHORT : SOTTO_DROP_AUTH;
}

START_TEST(pp_01_every_length)
{
	struct packet plain, whole, frame;

	activate();
	packet_rtp(&plain, SSRC, 101, 60);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTP, &whole);
	for (uint32_t len = 0; len <= 64; len++) {
		cut(&whole, len, &frame);
		drop_on_leg(&call, SIDE_A, &frame, verdict_of_cut_rtp(len));
	}
	wire_send(&rig, RIG_ACCESS, 0, &whole);
	rig_poll(&rig);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
}
END_TEST

START_TEST(pp_01_on_a_clear_leg)
{
	struct packet plain, whole, frame;

	activate();
	packet_rtp(&plain, SSRC, 101, 60);
	call_frame(&call, SIDE_B, &plain, SOTTO_SRTP, &whole);
	for (uint32_t len = 0; len < 12; len++) {
		cut(&whole, len, &frame);
		drop_on_leg(&call, SIDE_B, &frame, verdict_of_cut_rtp(len));
	}
}
END_TEST

/* A header of first byte, extension length and len bytes in all, to both legs. */
static void expect_bad_header(uint8_t first, uint16_t words, uint32_t len)
{
	struct packet packet;

	packet_rtp(&packet, SSRC, 101, 100);
	packet.bytes[0] = first;
	sotto_base_put16(packet.bytes + 12 + 4 * (first & 15) + 2, words);
	packet.len = len;
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
	drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTP, SOTTO_DROP_RTP_HEADER);
}

START_TEST(pp_02_csrc_list_past_the_end)
{
	activate();
	expect_bad_header(0x8f, 0, 44);
	expect_bad_header(0x8f, 0, 71);
	expect_bad_header(0x81, 0, 15);
}
END_TEST

START_TEST(pp_03_extension_header_past_the_end)
{
	activate();
	for (uint32_t len = 12; len < 16; len++)
		expect_bad_header(0x90, 0, len);
	expect_bad_header(0x9f, 0, 75);
}
END_TEST

START_TEST(pp_04_extension_length)
{
	static const uint16_t words[] = {0xffff, 0x8000, 0x4000, 0x3fff, 25};

	activate();
	for (unsigned i = 0; i < 5; i++)
		expect_bad_header(0x90, words[i], 112);
}
END_TEST

/* PP-06 (versions 0, 1, 3) and PP-26: the whole first byte, on every port of both legs. */
START_TEST(pp_06_first_byte)
{
	struct packet packet;

	activate();
	for (unsigned first = 0; first < 256; first++) {
		if (first >= 128 && first <= 191)
			continue;
		packet_rtp(&packet, SSRC, 101, 160);
		packet.bytes[0] = (uint8_t)first;
		for (int side = 0; side < SIDES; side++) {
			drop_datagram(&call, side, &packet, SOTTO_SRTP, SOTTO_DROP_NOT_MEDIA);
			drop_datagram(&call, side, &packet, SOTTO_SRTCP, SOTTO_DROP_NOT_MEDIA);
		}
	}
}
END_TEST

/* Every packet type of 192 to 223 is RTCP (RFC 5761, 4): nothing for an RTP port without mux. */
START_TEST(rtcp_on_the_rtp_port)
{
	struct packet packet;

	activate();
	for (unsigned type = 192; type <= 223; type++) {
		packet_rtcp(&packet, SSRC);
		packet.bytes[1] = (uint8_t)type;
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_COMPONENT);
		drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTP, SOTTO_DROP_COMPONENT);
	}
}
END_TEST

START_TEST(rtp_on_the_rtcp_port)
{
	struct packet packet;

	activate();
	packet_rtp(&packet, SSRC, 101, 160);
	drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTCP, SOTTO_DROP_COMPONENT);
	call_protect(&call, SIDE_A, &packet, SOTTO_SRTP);
	drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_COMPONENT);
}
END_TEST

/* Whether a datagram that the peer of leg a sends to its muxed port comes out at b. */
static bool passes_muxed(const struct packet *datagram)
{
	struct packet frame;

	call_send_raw(&call, SIDE_A, datagram, SOTTO_SRTP);
	rig_poll(&rig);
	return wire_take(&rig, RIG_CORE, &frame);
}

/*
 * RC-11: on a muxed port the type alone decides. What was protected as the one kind never reaches
 * the other's key, however it is labelled; at both edges of the range of 192 to 223.
 */
START_TEST(rc_11_types_on_a_muxed_port)
{
	struct sotto_leg_spec *leg = &call.spec.media[0].leg[SIDE_A];
	struct packet packet;
	uint16_t seq = 1;

	leg->rtcp_mux = true;
	leg->remote_rtcp_port = leg->remote.port;
	call_put(&call);
	for (unsigned type = 0; type < 256; type++) {
		bool rtcp = type >= 192 && type <= 223;

		packet_rtp(&packet, SSRC, seq++, 160);
		packet.bytes[1] = (uint8_t)type;
		call_protect(&call, SIDE_A, &packet, SOTTO_SRTP);
		ck_assert_int_eq(passes_muxed(&packet), !rtcp);
		packet_rtcp(&packet, SSRC);
		packet.bytes[1] = (uint8_t)type;
		call_protect(&call, SIDE_A, &packet, SOTTO_SRTCP);
		ck_assert_int_eq(passes_muxed(&packet), rtcp);
	}
}
END_TEST

/* RC-04 and RC-05: shorter than header, index and tag; the parts never fill the datagram. */
START_TEST(rc_04_short_srtcp)
{
	struct packet plain, whole, frame;

	activate();
	packet_rtcp(&plain, SSRC);
	call_frame(&call, SIDE_A, &plain, SOTTO_SRTCP, &whole);
	for (uint32_t len = 2; len < 8 + 4 + 10; len++) {
		cut(&whole, len, &frame);
		drop_on_leg(
			&call, SIDE_A, &frame, len < 8 ? SOTTO_DROP_RTCP_HEADER : SOTTO_DROP_SHORT);
	}
	wire_send(&rig, RIG_ACCESS, 0, &whole);
	rig_poll(&rig);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTCP);
}
END_TEST

/* On a clear leg: lengths of zero, past the end, short of it, and a part of version 1 (RC-12). */
START_TEST(rc_12_malformed_rtcp)
{
	static const uint16_t words[] = {0, 5, 7, 0xffff};
	struct packet packet;

	activate();
	for (unsigned i = 0; i < 4; i++) {
		packet_rtcp(&packet, SSRC);
		sotto_base_put16(packet.bytes + 2, words[i]);
		drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTCP, SOTTO_DROP_RTCP_HEADER);
	}
	packet_rtcp(&packet, SSRC);
	packet.bytes[28] = 0x41;
	drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTCP, SOTTO_DROP_RTCP_HEADER);
	for (uint32_t len = 2; len < 44; len++) {
		packet_rtcp(&packet, SSRC);
		packet.len = len;
		if (len != 28) /* the sender report alone is whole (RFC 5506) */
			drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTCP, SOTTO_DROP_RTCP_HEADER);
	}
}
END_TEST

/* One packet to the clear leg b from that source; NULL: the signalled address. */
static void from(const char *addr, int port_offset, enum sotto_srtp_kind kind, bool passes)
{
	struct sotto_net_path path = call_path_in(&call, SIDE_B, kind);
	struct packet packet, frame;

	if (addr)
		path.src.addr = rig_addr(addr);
	path.src.port = (uint16_t)(path.src.port + port_offset);
	packet_rtp(&packet, SSRC, (uint16_t)rig.injected, 160); /* never the same twice */
	if (kind == SOTTO_SRTCP)
		packet_rtcp(&packet, SSRC);
	packet_frame(&path, &packet, &frame);
	if (!passes) {
		drop_on_leg(&call, SIDE_B, &frame, SOTTO_DROP_WRONG_SOURCE);
		return;
	}
	wire_send(&rig, RIG_CORE, 0, &frame);
	rig_poll(&rig);
	call_expect(&call, SIDE_A, &packet, kind);
}

static void use_source_check(enum sotto_source_check check)
{
	call.spec.media[0].leg[SIDE_B].source_check = check;
	call_put(&call);
}

START_TEST(wrong_source_strict)
{
	use_source_check(SOTTO_SOURCE_STRICT);
	for (int kind = SOTTO_SRTP; kind <= SOTTO_SRTCP; kind++) {
		from(NULL, 0, kind, true);
		from(NULL, 1000, kind, false);
		from("203.0.113.11", 0, kind, false);
		from("198.18.0.5", 1, kind, false);
	}
	/* RTCP from the RTP port and the reverse */
	from(NULL, -1, SOTTO_SRTCP, false);
	from(NULL, 1, SOTTO_SRTP, false);
}
END_TEST

START_TEST(wrong_source_address)
{
	use_source_check(SOTTO_SOURCE_ADDRESS);
	for (int kind = SOTTO_SRTP; kind <= SOTTO_SRTCP; kind++) {
		from(NULL, 0, kind, true);
		from(NULL, 1000, kind, true);
		from("203.0.113.11", 0, kind, false);
	}
}
END_TEST

START_TEST(wrong_source_any)
{
	use_source_check(SOTTO_SOURCE_ANY);
	for (int kind = SOTTO_SRTP; kind <= SOTTO_SRTCP; kind++) {
		from(NULL, 0, kind, true);
		from(NULL, 1000, kind, true);
		from("203.0.113.11", 0, kind, true);
		from("198.18.0.5", 7, kind, true);
	}
}
END_TEST

/* While signalling has not said who the remote is, nobody is. */
START_TEST(wrong_source_without_remote)
{
	struct packet packet;

	memset(&call.spec.media[0].leg[SIDE_B].remote, 0, sizeof(struct sotto_endpoint));
	call_put(&call);
	packet_rtp(&packet, SSRC, 1, 160);
	drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTP, SOTTO_DROP_WRONG_SOURCE);
	packet_rtcp(&packet, SSRC);
	drop_datagram(&call, SIDE_B, &packet, SOTTO_SRTCP, SOTTO_DROP_WRONG_SOURCE);
}
END_TEST

static void add_headers(Suite *suite)
{
	TCase *headers = tcase_create("headers");

	tcase_add_checked_fixture(headers, setup, teardown);
	tcase_add_test(headers, pp_01_every_length);
	tcase_add_test(headers, pp_01_on_a_clear_leg);
	tcase_add_test(headers, pp_02_csrc_list_past_the_end);
	tcase_add_test(headers, pp_03_extension_header_past_the_end);
	tcase_add_test(headers, pp_04_extension_length);
	tcase_add_test(headers, pp_06_first_byte);
	tcase_add_test(headers, rtcp_on_the_rtp_port);
	tcase_add_test(headers, rtp_on_the_rtcp_port);
	tcase_add_test(headers, rc_11_types_on_a_muxed_port);
	tcase_add_test(headers, rc_04_short_srtcp);
	tcase_add_test(headers, rc_12_malformed_rtcp);
	suite_add_tcase(suite, headers);
}

static void add_sources(Suite *suite)
{
	TCase *sources = tcase_create("sources");

	tcase_add_checked_fixture(sources, setup, teardown);
	tcase_add_test(sources, wrong_source_strict);
	tcase_add_test(sources, wrong_source_address);
	tcase_add_test(sources, wrong_source_any);
	tcase_add_test(sources, wrong_source_without_remote);
	suite_add_tcase(suite, sources);
}

int main(void)
{
	Suite *suite = suite_create("worker: datagrams that end at a leg");

	rig_start(&rig, &rig_small);
	add_headers(suite);
	add_sources(suite);
	return sotto_unit_run(suite);
}
