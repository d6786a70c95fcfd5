/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Packets as the hosts on the wire make and see them. Frames that go in are written with lib/net;
 * frames that come out are read here byte by byte, with a checksum routine of its own.
 */
#ifndef SOTTO_TESTS_UNIT_WORKER_WIRE_H
#define SOTTO_TESTS_UNIT_WORKER_WIRE_H

#include "rig.h"

#define PACKET_ROOM 2048

/* A datagram or a frame. */
struct packet {
	uint32_t len;
	uint8_t bytes[PACKET_ROOM];
};

/* An RTP packet of 12 bytes and payload_len bytes that follow from seq. */
void packet_rtp(struct packet *out, uint32_t ssrc, uint16_t seq, uint32_t payload_len);

/* A sender report and a source description with a CNAME (RFC 3550, 6.4 and 6.5). */
void packet_rtcp(struct packet *out, uint32_t ssrc);

/* A frame around a datagram, complete. */
void packet_frame(
	const struct sotto_net_path *path, const struct packet *datagram, struct packet *frame);

/* Offsets in a frame without IP options: IP and UDP header. */
uint32_t packet_ip(const struct packet *frame);
uint32_t packet_udp(const struct packet *frame);

/* Sets IPv4 header and UDP checksum of a frame that was changed. */
void packet_seal(struct packet *frame);

/* A copy of a frame in an mbuf of the pool, as device d would have received it. */
struct rte_mbuf *wire_mbuf(struct rig *rig, unsigned d, const struct packet *frame);

/* Puts a frame on the wire towards a queue of device d. */
void wire_send(struct rig *rig, unsigned d, unsigned queue, const struct packet *frame);
void wire_send_mbuf(struct rig *rig, unsigned d, unsigned queue, struct rte_mbuf *mbuf);

/* Takes the next frame that device d sent, from whatever queue; false when there is none. */
bool wire_take(struct rig *rig, unsigned d, struct packet *frame);

/* Whether no device sent anything that was not taken yet. */
bool wire_is_silent(const struct rig *rig);

/*
 * Asserts that frame is a UDP datagram with exactly these addresses, ports, VLAN, TTL, DSCP, right
 * lengths and checksums, and hands its payload out.
 */
void wire_check(
	const struct packet *frame, const struct sotto_net_path *want, struct packet *payload);

#endif
