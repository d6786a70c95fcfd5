/* SPDX-License-Identifier: BSD-3-Clause */
/* Good packets that are lost on the way out: no way, no room, no index left, nobody who takes them.
 */
#include "drop.h"

#include "base/bytes.h"

#include <string.h>

#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SSRC 0xb0b0b001
#define TAG 10 /* bytes that SRTP adds */
#define INDEX_END (1ull << 48)
#define RTCP_INDEX_END (1ull << 31)

static struct rig rig;
static struct call call;

/* Sent by the peer of the clear leg b; a is secure. */
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

static void expect_lost(const struct packet *plain, enum sotto_srtp_kind kind, enum sotto_verdict v)
{
	struct packet frame;

	call_frame(&call, SIDE_B, plain, kind, &frame);
	drop_expect(&rig, &call, RIG_CORE, &frame, v, SIDE_A);
}

static void lose_rtp(uint16_t seq, enum sotto_verdict verdict)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, seq, 160);
	expect_lost(&plain, SOTTO_SRTP, verdict);
}

static void lose_rtcp(enum sotto_verdict verdict)
{
	struct packet plain;

	packet_rtcp(&plain, SSRC);
	expect_lost(&plain, SOTTO_SRTCP, verdict);
}

static void pass_rtp(uint16_t seq)
{
	struct packet plain;

	packet_rtp(&plain, SSRC, seq, 160);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
}

START_TEST(no_remote)
{
	struct sotto_endpoint remote = call.spec.media[0].leg[SIDE_A].remote;

	memset(&call.spec.media[0].leg[SIDE_A].remote, 0, sizeof(remote));
	call_put(&call);
	lose_rtp(1, SOTTO_DROP_NO_REMOTE);
	lose_rtcp(SOTTO_DROP_NO_REMOTE);
	call.spec.media[0].leg[SIDE_A].remote = remote;
	call_put(&call);
	pass_rtp(2);
}
END_TEST

START_TEST(no_neighbor_until_it_tells)
{
	struct sotto_net_news news = {.addr = rig_addr("192.0.2.77")};

	rig_host_mac(RIG_ACCESS4, news.mac);
	call.spec.media[0].leg[SIDE_A].remote.addr = news.addr;
	call_put(&call);
	lose_rtp(1, SOTTO_DROP_NO_NEIGHBOR);
	lose_rtcp(SOTTO_DROP_NO_NEIGHBOR);
	ck_assert(sotto_neighbor_learn(sotto_sessions_neighbors(rig.sessions),
		&rig.interface[RIG_ACCESS4], &news, RIG_START_US));
	pass_rtp(2);
}
END_TEST

/* PP-13: what would not fit the MTU with its tag is dropped before an index is spent. */
START_TEST(pp_13_above_the_mtu_when_protected)
{
	const uint32_t largest = RIG_MTU - 28 - TAG;
	struct packet plain;

	packet_rtp(&plain, SSRC, 1, largest - 12);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
	for (uint32_t more = 1; more <= TAG; more++) {
		packet_rtp(&plain, SSRC, (uint16_t)(1 + more), largest - 12 + more);
		expect_lost(&plain, SOTTO_SRTP, SOTTO_DROP_SEND_SIZE);
	}
	pass_rtp(2);
}
END_TEST

/* On a clear leg the payload may fill the MTU; with IPv6 that is 20 bytes less. */
START_TEST(pp_13_above_the_mtu_when_clear)
{
	static const enum rig_interface access[] = {RIG_ACCESS4, RIG_ACCESS6};
	const uint32_t largest = RIG_MTU - (_i == 0 ? 28 : 48);
	struct packet plain;

	call_end(&call);
	call_init(&call, &rig, access[_i], RIG_CORE4);
	call_put(&call);
	packet_rtp(&plain, SSRC, 1, largest - 12);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTP);
	packet_rtp(&plain, SSRC, 2, largest - 12 + 1);
	expect_lost(&plain, SOTTO_SRTP, SOTTO_DROP_SEND_SIZE);
}
END_TEST

/* The peer's frame in an mbuf that has that many bytes before and behind it, 0 = do not care. */
static struct rte_mbuf *tight_mbuf(const struct packet *plain, uint16_t front, uint16_t behind)
{
	struct packet frame;
	struct rte_mbuf *mbuf;

	call_frame(&call, SIDE_B, plain, SOTTO_SRTP, &frame);
	mbuf = wire_mbuf(&rig, RIG_CORE, &frame);
	memset(mbuf->buf_addr, 0xee, mbuf->buf_len);
	mbuf->data_off =
		front != UINT16_MAX ? front : (uint16_t)(mbuf->buf_len - behind - frame.len);
	memcpy(rte_pktmbuf_mtod(mbuf, uint8_t *), frame.bytes, frame.len);
	return mbuf;
}

/* The tag needs its bytes behind the packet. */
START_TEST(pp_13_no_tailroom)
{
	struct picture before;
	struct packet plain;

	for (uint16_t behind = 0; behind < TAG; behind++) {
		packet_rtp(&plain, SSRC, behind, 160);
		picture_take(&before, &rig, &call);
		wire_send_mbuf(&rig, RIG_CORE, 0, tight_mbuf(&plain, UINT16_MAX, behind));
		rig_poll(&rig);
		picture_expect(&before, &rig, &call, SOTTO_DROP_SEND_SIZE, 1, SIDE_A);
	}
	packet_rtp(&plain, SSRC, 100, 160);
	wire_send_mbuf(&rig, RIG_CORE, 0, tight_mbuf(&plain, UINT16_MAX, TAG));
	rig_poll(&rig);
	call_expect(&call, SIDE_A, &plain, SOTTO_SRTP);
}
END_TEST

/* IPv4 came in, IPv6 goes out: 20 bytes more in front. */
START_TEST(no_headroom)
{
	struct picture before;
	struct packet plain;

	call_end(&call);
	call_init(&call, &rig, RIG_ACCESS6, RIG_CORE4);
	call_put(&call);
	for (uint16_t front = 0; front < 20; front++) {
		packet_rtp(&plain, SSRC, front, 160);
		picture_take(&before, &rig, &call);
		wire_send_mbuf(&rig, RIG_CORE, 0, tight_mbuf(&plain, front, 0));
		rig_poll(&rig);
		picture_expect(&before, &rig, &call, SOTTO_DROP_SEND_SIZE, 1, SIDE_A);
	}
	packet_rtp(&plain, SSRC, 100, 160);
	wire_send_mbuf(&rig, RIG_CORE, 0, tight_mbuf(&plain, 20, 0));
	rig_poll(&rig);
	call_expect(&call, SIDE_A, &plain, SOTTO_SRTP);
}
END_TEST

/* A sequence number that the plain peer sends twice would be the same keystream twice. */
START_TEST(send_index_is_never_reused)
{
	for (uint16_t seq = 0; seq < 200; seq++)
		pass_rtp(seq);
	lose_rtp(199, SOTTO_DROP_SEND_REUSE);
	lose_rtp(150, SOTTO_DROP_SEND_REUSE);
	lose_rtp(0, SOTTO_DROP_SEND_REUSE);
	pass_rtp(200);
}
END_TEST

/* However many packets were refused. */
static void expect_end_is_told(enum sotto_srtp_kind kind)
{
	struct sotto_event event;

	ck_assert_uint_eq(rig_events(&rig, SOTTO_EVENT_KEY_EXPIRED, &event), 1);
	ck_assert_uint_eq(event.side, SIDE_A);
	ck_assert_uint_eq(event.send, 1);
	ck_assert_uint_eq(event.rtcp, kind == SOTTO_SRTCP);
	ck_assert_uint_eq(event.ssrc, SSRC);
}

/* ST-11: the state is set close to the end, as after 2^48 packets. */
START_TEST(st_11_rtp_index_ends)
{
	const struct sotto_srtp_preset late = {.ssrc = SSRC, .next_rtp = INDEX_END - 2};
	struct sotto_stream *stream = call_stream(&call, SIDE_A, true);

	pass_rtp(1);
	ck_assert_int_eq(
		sotto_srtp_streams_preset(call_leg(&call, SIDE_A)->send.streams, &late), 0);
	ck_assert_int_eq(sotto_srtp_streams_preset(call.peer[SIDE_A].receive.streams, &late), 0);
	pass_rtp(65534);
	pass_rtp(65535);
	lose_rtp(0, SOTTO_DROP_SEND_EXHAUSTED);
	lose_rtp(1, SOTTO_DROP_SEND_EXHAUSTED);
	ck_assert_uint_eq(stream->rtp.next, INDEX_END);
	expect_end_is_told(SOTTO_SRTP);
}
END_TEST

START_TEST(st_11_rtcp_index_ends)
{
	struct sotto_stream *stream = call_stream(&call, SIDE_A, true);
	struct packet plain;

	pass_rtp(1);
	stream->rtcp.next = RTCP_INDEX_END - 1;
	packet_rtcp(&plain, SSRC);
	call_carry(&call, SIDE_B, &plain, SOTTO_SRTCP);
	lose_rtcp(SOTTO_DROP_SEND_EXHAUSTED);
	lose_rtcp(SOTTO_DROP_SEND_EXHAUSTED);
	ck_assert_uint_eq(stream->rtcp.next, RTCP_INDEX_END);
	expect_end_is_told(SOTTO_SRTCP);
}
END_TEST

/* Fills the access device's queue with what leg a sends. Returns how many it took. */
static unsigned fill_queue(void)
{
	unsigned room = rte_ring_free_count(rig.from_engine[RIG_ACCESS][0]);
	struct packet plain;

	for (unsigned i = 0; i < room; i++) {
		packet_rtp(&plain, SSRC, (uint16_t)i, 160);
		call_send(&call, SIDE_B, &plain, SOTTO_SRTP);
		if (i % SOTTO_BURST == 0)
			rig_poll(&rig);
	}
	rig_poll(&rig);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_OK], room);
	return room;
}

static void send_more(unsigned first, unsigned count)
{
	struct packet plain;

	for (unsigned i = first; i < first + count; i++) {
		packet_rtp(&plain, SSRC, (uint16_t)i, 160);
		call_send(&call, SIDE_B, &plain, SOTTO_SRTP);
	}
	rig_poll(&rig);
}

START_TEST(tx_full)
{
	unsigned room = fill_queue();
	unsigned pool = rig_pool_free(&rig);
	struct packet plain;

	send_more(room, 10);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_TX_FULL], 10);
	ck_assert_uint_eq(rig_pool_free(&rig), pool);
	/* what had room leaves whole and in order; behind it the stream goes on */
	for (unsigned i = 0; i < room; i++) {
		packet_rtp(&plain, SSRC, (uint16_t)i, 160);
		call_expect(&call, SIDE_A, &plain, SOTTO_SRTP);
	}
	ck_assert(wire_is_silent(&rig));
	pass_rtp((uint16_t)(room + 10));
}
END_TEST

/* Room for the front of a burst only. */
START_TEST(tx_full_in_the_middle_of_a_burst)
{
	unsigned room = fill_queue();
	struct packet frame;

	for (unsigned i = 0; i < 5; i++)
		ck_assert(wire_take(&rig, RIG_ACCESS, &frame));
	send_more(room, 20);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_OK], room + 5);
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_TX_FULL], 15);
}
END_TEST

/* The leg's own counters must not call sent what the device refused. */
START_TEST(tx_full_is_not_sent)
{
	const struct sotto_leg_state *state = call_state(&call, SIDE_A);
	unsigned room = fill_queue();

	send_more(room, 10);
	ck_assert_uint_eq(state->sent_packets, room);
	ck_assert_uint_eq(state->sent_bytes, room * 182);
	ck_assert_uint_eq(sotto_leg_dropped(state, SOTTO_DROP_TX_FULL), 10);
}
END_TEST

START_TEST(device_is_down)
{
	struct packet plain;

	rig.device[RIG_ACCESS].up = 0;
	packet_rtp(&plain, SSRC, 1, 160);
	call_send(&call, SIDE_B, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	ck_assert(wire_is_silent(&rig));
	ck_assert_uint_eq(rig_stats(&rig).by_verdict[SOTTO_DROP_TX_FULL], 1);
	/* and it is not polled */
	packet_rtp(&plain, SSRC, 1, 160);
	call_send(&call, SIDE_A, &plain, SOTTO_SRTP);
	rig_poll(&rig);
	ck_assert_uint_eq(rig_stats(&rig).received, 1);
	rig.device[RIG_ACCESS].up = 1;
	rig_poll(&rig);
	call_expect(&call, SIDE_B, &plain, SOTTO_SRTP);
	pass_rtp(2);
}
END_TEST

static void buffer_freed(void *addr, void *arg)
{
	(void)addr;
	++*(unsigned *)arg;
}

/* Some drivers receive into buffers of their own (mlx5): those must find their way home. */
START_TEST(external_buffer_is_given_back)
{
	static uint8_t buffer[2048];
	struct rte_mbuf_ext_shared_info *shared;
	uint16_t len = sizeof(buffer);
	unsigned freed = 0;
	struct packet plain, frame;
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(rig.pool);
	void *own = mbuf->buf_addr;

	packet_rtp(&plain, SSRC, 1, 160);
	call_frame(&call, SIDE_B, &plain, SOTTO_SRTP, &frame);
	shared = rte_pktmbuf_ext_shinfo_init_helper(buffer, &len, buffer_freed, &freed);
	ck_assert_ptr_nonnull(shared);
	rte_pktmbuf_attach_extbuf(mbuf, buffer, RTE_BAD_IOVA, len, shared);
	mbuf->data_off = RTE_PKTMBUF_HEADROOM;
	memcpy(rte_pktmbuf_append(mbuf, (uint16_t)frame.len), frame.bytes, frame.len);
	mbuf->port = rig.port[RIG_CORE];
	wire_send_mbuf(&rig, RIG_CORE, 0, mbuf);
	rig_poll(&rig);
	call_expect(&call, SIDE_A, &plain, SOTTO_SRTP);
	if (freed == 0) {
		/* repaired by hand: the pool serves the other tests too */
		mbuf->buf_addr = own;
		mbuf->buf_len = RTE_MBUF_DEFAULT_BUF_SIZE;
	}
	ck_assert_uint_eq(freed, 1);
}
END_TEST

static void add_ways(Suite *suite)
{
	TCase *ways = tcase_create("way and room");

	tcase_add_checked_fixture(ways, setup, teardown);
	tcase_add_test(ways, no_remote);
	tcase_add_test(ways, no_neighbor_until_it_tells);
	tcase_add_test(ways, pp_13_above_the_mtu_when_protected);
	tcase_add_loop_test(ways, pp_13_above_the_mtu_when_clear, 0, 2);
	tcase_add_test(ways, pp_13_no_tailroom);
	tcase_add_test(ways, no_headroom);
	tcase_add_test(ways, external_buffer_is_given_back);
	suite_add_tcase(suite, ways);
}

static void add_limits(Suite *suite)
{
	TCase *limits = tcase_create("indices and queues");

	tcase_add_checked_fixture(limits, setup, teardown);
	tcase_add_test(limits, send_index_is_never_reused);
	tcase_add_test(limits, st_11_rtp_index_ends);
	tcase_add_test(limits, st_11_rtcp_index_ends);
	tcase_add_test(limits, tx_full);
	tcase_add_test(limits, tx_full_in_the_middle_of_a_burst);
	tcase_add_test(limits, tx_full_is_not_sent);
	tcase_add_test(limits, device_is_down);
	suite_add_tcase(suite, limits);
}

int main(void)
{
	Suite *suite = suite_create("worker: packets lost on the way out");

	rig_start(&rig, &rig_small);
	add_ways(suite);
	add_limits(suite);
	return sotto_unit_run(suite);
}
