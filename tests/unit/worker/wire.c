/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, sending, taking and judging packets; see wire.h. */
#include "wire.h"

#include "handoff.h"

#include "base/bytes.h"

#include <string.h>

#define TYPE_VLAN 0x8100
#define TYPE_IP4 0x0800
#define TYPE_IP6 0x86dd

void packet_rtp(struct packet *out, uint32_t ssrc, uint16_t seq, uint32_t payload_len)
{
	memset(out->bytes, 0, 12);
	out->bytes[0] = 0x80;
	sotto_base_put16(out->bytes + 2, seq);
	sotto_base_put32(out->bytes + 4, 160u * seq);
	sotto_base_put32(out->bytes + 8, ssrc);
	for (uint32_t i = 0; i < payload_len; i++)
		out->bytes[12 + i] = (uint8_t)(7 * i + 13 * seq + ssrc);
	out->len = 12 + payload_len;
}

void packet_rtcp(struct packet *out, uint32_t ssrc)
{
	static const uint8_t report[28] = {0x80, 200, 0, 6};
	static const uint8_t description[16] = {
		0x81, 202, 0, 3, 0, 0, 0, 0, 1, 4, 't', 'e', 's', 't'};

	memcpy(out->bytes, report, sizeof(report));
	memcpy(out->bytes + 28, description, sizeof(description));
	sotto_base_put32(out->bytes + 4, ssrc);
	sotto_base_put32(out->bytes + 32, ssrc);
	out->len = sizeof(report) + sizeof(description);
}

void packet_frame(
	const struct sotto_net_path *path, const struct packet *datagram, struct packet *frame)
{
	size_t header = sotto_net_header_build(path, frame->bytes);

	ck_assert_uint_le(header + datagram->len, PACKET_ROOM);
	memcpy(frame->bytes + header, datagram->bytes, datagram->len);
	sotto_net_header_finish(frame->bytes, header, datagram->len);
	frame->len = (uint32_t)header + datagram->len;
}

uint32_t packet_ip(const struct packet *frame)
{
	return sotto_base_get16(frame->bytes + 12) == TYPE_VLAN ? 18 : 14;
}

static bool is_ip6(const struct packet *frame)
{
	return frame->bytes[packet_ip(frame)] >> 4 == 6;
}

uint32_t packet_udp(const struct packet *frame)
{
	return packet_ip(frame) + (is_ip6(frame) ? 40 : 20);
}

/* The sum of all 16-bit words by plain division: 2^16 is 1 modulo 2^16 - 1 (RFC 1071, 2). */
static uint64_t words(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? 256u * p[i] : p[i];
	return sum;
}

/* Over UDP and its pseudo header (RFC 768; RFC 8200, 8.1), the checksum field included. */
static uint64_t udp_words(const struct packet *frame)
{
	const uint8_t *ip = frame->bytes + packet_ip(frame);
	const uint8_t *udp = frame->bytes + packet_udp(frame);
	uint16_t len = sotto_base_get16(udp + 4);

	return words(udp, len) + len + 17 + (is_ip6(frame) ? words(ip + 8, 32) : words(ip + 12, 8));
}

void packet_seal(struct packet *frame)
{
	uint8_t *ip = frame->bytes + packet_ip(frame);
	uint8_t *udp = frame->bytes + packet_udp(frame);
	uint16_t sum;

	if (!is_ip6(frame)) {
		sotto_base_put16(ip + 10, 0);
		sotto_base_put16(ip + 10, (uint16_t)(0xffff - words(ip, 20) % 0xffff));
	}
	sotto_base_put16(udp + 6, 0);
	sum = (uint16_t)(0xffff - udp_words(frame) % 0xffff);
	sotto_base_put16(udp + 6, sum);
}

struct rte_mbuf *wire_mbuf(struct rig *rig, unsigned d, const struct packet *frame)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(rig->pool);

	ck_assert_ptr_nonnull(mbuf);
	memcpy(rte_pktmbuf_append(mbuf, (uint16_t)frame->len), frame->bytes, frame->len);
	mbuf->port = rig->port[d];
	return mbuf;
}

void wire_send_mbuf(struct rig *rig, unsigned d, unsigned queue, struct rte_mbuf *mbuf)
{
	handoff_give(mbuf);
	ck_assert_int_eq(rte_ring_enqueue(rig->to_engine[d][queue], mbuf), 0);
	rig->injected++;
}

void wire_send(struct rig *rig, unsigned d, unsigned queue, const struct packet *frame)
{
	wire_send_mbuf(rig, d, queue, wire_mbuf(rig, d, frame));
}

bool wire_take(struct rig *rig, unsigned d, struct packet *frame)
{
	struct rte_mbuf *mbuf = NULL;

	for (unsigned q = 0; q < rig->shape.workers; q++) {
		if (rte_ring_dequeue(rig->from_engine[d][q], (void **)&mbuf) == 0)
			break;
	}
	if (!mbuf)
		return false;
	handoff_take(mbuf);
	ck_assert_uint_eq(mbuf->nb_segs, 1);
	ck_assert_uint_eq(mbuf->pkt_len, mbuf->data_len);
	ck_assert_uint_le(mbuf->data_len, PACKET_ROOM);
	frame->len = mbuf->data_len;
	memcpy(frame->bytes, rte_pktmbuf_mtod(mbuf, uint8_t *), frame->len);
	rte_pktmbuf_free(mbuf);
	return true;
}

bool wire_is_silent(const struct rig *rig)
{
	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		for (unsigned q = 0; q < rig->shape.workers; q++) {
			if (!rte_ring_empty(rig->from_engine[d][q]))
				return false;
		}
	}
	return true;
}

static void check_ethernet(const struct packet *frame, const struct sotto_net_path *want)
{
	const uint8_t *eth = frame->bytes;

	ck_assert_mem_eq(eth, want->dst_mac, 6);
	ck_assert_mem_eq(eth + 6, want->src_mac, 6);
	if (want->vlan != 0) {
		ck_assert_uint_eq(sotto_base_get16(eth + 12), TYPE_VLAN);
		ck_assert_uint_eq(sotto_base_get16(eth + 14), want->vlan);
		eth += 4;
	}
	ck_assert_uint_eq(
		sotto_base_get16(eth + 12), want->src.addr.family == 4 ? TYPE_IP4 : TYPE_IP6);
}

static void check_ip4(const struct packet *frame, const struct sotto_net_path *want)
{
	const uint8_t *ip = frame->bytes + packet_ip(frame);

	ck_assert_uint_eq(ip[0], 0x45);
	ck_assert_uint_eq(ip[1], want->dscp << 2);
	ck_assert_uint_eq(sotto_base_get16(ip + 2), frame->len - packet_ip(frame));
	ck_assert_uint_eq(sotto_base_get16(ip + 6) & 0xbfff, 0); /* no fragment */
	ck_assert_uint_eq(ip[8], want->ttl);
	ck_assert_uint_eq(ip[9], 17);
	ck_assert_uint_eq(words(ip, 20) % 0xffff, 0);
	ck_assert_mem_eq(ip + 12, want->src.addr.bytes, 4);
	ck_assert_mem_eq(ip + 16, want->dst.addr.bytes, 4);
}

static void check_ip6(const struct packet *frame, const struct sotto_net_path *want)
{
	const uint8_t *ip = frame->bytes + packet_ip(frame);

	ck_assert_uint_eq(sotto_base_get32(ip), 6u << 28 | (uint32_t)want->dscp << 22);
	ck_assert_uint_eq(sotto_base_get16(ip + 4), frame->len - packet_ip(frame) - 40);
	ck_assert_uint_eq(ip[6], 17);
	ck_assert_uint_eq(ip[7], want->ttl);
	ck_assert_mem_eq(ip + 8, want->src.addr.bytes, 16);
	ck_assert_mem_eq(ip + 24, want->dst.addr.bytes, 16);
}

void wire_check(
	const struct packet *frame, const struct sotto_net_path *want, struct packet *payload)
{
	const uint8_t *udp = frame->bytes + packet_udp(frame);

	check_ethernet(frame, want);
	if (want->src.addr.family == 4)
		check_ip4(frame, want);
	else
		check_ip6(frame, want);
	ck_assert_uint_eq(sotto_base_get16(udp), want->src.port);
	ck_assert_uint_eq(sotto_base_get16(udp + 2), want->dst.port);
	ck_assert_uint_eq(sotto_base_get16(udp + 4), frame->len - packet_udp(frame));
	ck_assert_uint_ne(sotto_base_get16(udp + 6), 0);
	ck_assert_uint_eq(udp_words(frame) % 0xffff, 0);
	payload->len = frame->len - packet_udp(frame) - 8;
	memcpy(payload->bytes, udp + 8, payload->len);
}
