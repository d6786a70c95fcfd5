/* SPDX-License-Identifier: BSD-3-Clause */
/* Opaque legs: whatever belongs on a media port goes on untouched, and nothing else. */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SSRC 0xa0a0a001

static struct rig rig;
static struct call call;

static void setup(void)
{
	rig_open(&rig);
	call_init(&call, &rig, RIG_ACCESS4, RIG_CORE4);
	for (int side = 0; side < SIDES; side++)
		call.spec.media[0].leg[side].security = SOTTO_OPAQUE;
	call_put(&call);
}

static void teardown(void)
{
	call_end(&call);
	rig_close(&rig);
}

/* RFC 7983, section 7, as it is printed there. */
static bool belongs_on_a_media_port(unsigned first)
{
	return first <= 3 ||                   /* STUN */
	       (first >= 16 && first <= 19) || /* ZRTP */
	       (first >= 20 && first <= 63) || /* DTLS */
	       (first >= 64 && first <= 79) || /* TURN channel */
	       (first >= 128 && first <= 191); /* RTP and RTCP */
}

/* Noise behind two bytes that say what it is. */
static void make(struct packet *out, unsigned first, unsigned second, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		out->bytes[i] = (uint8_t)(i * 31 + first + second);
	out->bytes[0] = (uint8_t)first;
	out->bytes[1] = (uint8_t)second;
	out->len = len;
}

static void pass(int from, const struct packet *datagram, enum sotto_srtp_kind port)
{
	call_send_raw(&call, from, datagram, port);
	rig_poll(&rig);
	call_expect_raw(&call, 1 - from, datagram, port);
	ck_assert(wire_is_silent(&rig));
}

/* Each first byte on both ports of both legs; a media type and an RTCP type behind it. */
START_TEST(pp_26_every_first_byte)
{
	static const uint8_t second[] = {0, 96, 200, 255};
	struct packet packet;

	for (unsigned first = 0; first < 256; first++) {
		for (unsigned k = 0; k < 16; k++) {
			enum sotto_srtp_kind port = k & 4 ? SOTTO_SRTCP : SOTTO_SRTP;
			int side = k & 8 ? SIDE_B : SIDE_A;

			make(&packet, first, second[k & 3], 2 + first % 61);
			if (belongs_on_a_media_port(first))
				pass(side, &packet, port);
			else
				drop_datagram(&call, side, &packet, port, SOTTO_DROP_NOT_MEDIA);
		}
	}
}
END_TEST

/* Nothing inside is looked at: headers that run past the end, RTCP whose lengths do not add up. */
START_TEST(odd_packets)
{
	struct packet packet;

	for (uint32_t len = 2; len < 40; len++) {
		make(&packet, 0x9f, 96, len);
		pass(SIDE_A, &packet, SOTTO_SRTP);
		make(&packet, 0xbf, 201, len);
		pass(SIDE_B, &packet, SOTTO_SRTCP);
		pass(SIDE_B, &packet, SOTTO_SRTP); /* muxed, as far as the peers agreed on it */
	}
	make(&packet, 128, 96, RIG_MTU - 28);
	pass(SIDE_A, &packet, SOTTO_SRTP);
	pass(SIDE_A, &packet, SOTTO_SRTP); /* and again: nothing is remembered */
}
END_TEST

/* One byte says too little, and none says nothing. */
START_TEST(empty_and_one_byte)
{
	struct packet packet;

	for (uint32_t len = 0; len < 2; len++) {
		make(&packet, 128, 0, 2);
		packet.len = len;
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTP, SOTTO_DROP_NOT_MEDIA);
		drop_datagram(&call, SIDE_A, &packet, SOTTO_SRTCP, SOTTO_DROP_NOT_MEDIA);
	}
}
END_TEST

START_TEST(pp_13_above_the_mtu)
{
	struct packet frame, packet;
	struct sotto_net_path path;

	call_end(&call);
	call_init(&call, &rig, RIG_ACCESS6, RIG_CORE4);
	for (int side = 0; side < SIDES; side++)
		call.spec.media[0].leg[side].security = SOTTO_OPAQUE;
	call_put(&call);
	make(&packet, 22, 254, RIG_MTU - 48);
	pass(SIDE_B, &packet, SOTTO_SRTP);
	make(&packet, 22, 254, RIG_MTU - 48 + 1);
	path = call_path_in(&call, SIDE_B, SOTTO_SRTP);
	packet_frame(&path, &packet, &frame);
	drop_expect(&rig, &call, RIG_CORE, &frame, SOTTO_DROP_SEND_SIZE, SIDE_A);
}
END_TEST

START_TEST(wrong_source)
{
	struct sotto_endpoint elsewhere = {rig_addr("192.0.2.66"), 5000};
	static const uint8_t first[] = {0, 16, 22, 64, 128};

	for (unsigned i = 0; i < sizeof(first); i++) {
		struct packet packet;

		make(&packet, first[i], 0, 40);
		for (int port = SOTTO_SRTP; port <= SOTTO_SRTCP; port++)
			call_send_from(&call, SIDE_A, &elsewhere, &packet, port);
	}
	rig_poll(&rig);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(
		sotto_leg_dropped(call_state(&call, SIDE_A), SOTTO_DROP_WRONG_SOURCE), 10);
	ck_assert_uint_eq(call_state(&call, SIDE_A)->received_packets, 0);
}
END_TEST

/* With a muxed leg on one side: its one port goes to RTP, and what comes to RTCP goes to it. */
START_TEST(ports_are_mapped)
{
	struct sotto_leg_spec *leg = &call.spec.media[0].leg[SIDE_A];
	struct packet packet;

	leg->rtcp_mux = true;
	leg->remote_rtcp_port = leg->remote.port;
	call_put(&call);
	make(&packet, 128, 200, 40);
	pass(SIDE_A, &packet, SOTTO_SRTP);
	make(&packet, 22, 0, 40);
	pass(SIDE_A, &packet, SOTTO_SRTP);
	for (int port = SOTTO_SRTP; port <= SOTTO_SRTCP; port++) {
		make(&packet, 128, 200, 40);
		pass(SIDE_B, &packet, port);
		make(&packet, 1, 1, 40);
		pass(SIDE_B, &packet, port);
	}
}
END_TEST

/* What control hears: the SSRC of RTP and RTCP, and none of what has none. */
START_TEST(first_packet_names_its_ssrc)
{
	static const struct {
		uint8_t first, second;
		unsigned at; /* of the SSRC; 0 = none */
	} cases[] = {{128, 96, 8}, {128, 200, 4}, {1, 1, 0}, {22, 254, 0}, {64, 0, 0}};
	struct sotto_event event;
	struct packet packet;

	make(&packet, cases[_i].first, cases[_i].second, 40);
	pass(SIDE_A, &packet, SOTTO_SRTP);
	event = rig_event(&rig);
	ck_assert_uint_eq(event.kind, SOTTO_EVENT_FIRST_PACKET);
	ck_assert_uint_eq(
		event.ssrc, cases[_i].at ? sotto_base_get32(packet.bytes + cases[_i].at) : 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker: opaque legs");
	TCase *opaque = tcase_create("opaque");

	rig_start(&rig, &rig_small);
	tcase_add_checked_fixture(opaque, setup, teardown);
	tcase_add_test(opaque, pp_26_every_first_byte);
	tcase_add_test(opaque, odd_packets);
	tcase_add_test(opaque, empty_and_one_byte);
	tcase_add_test(opaque, pp_13_above_the_mtu);
	tcase_add_test(opaque, wrong_source);
	tcase_add_test(opaque, ports_are_mapped);
	tcase_add_loop_test(opaque, first_packet_names_its_ssrc, 0, 5);
	suite_add_tcase(suite, opaque);
	return sotto_unit_run(suite);
}
