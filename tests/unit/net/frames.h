/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames for the tests of lib/net: made by hand or from a shape, sealed with checksums by a slow
 * routine of their own, and given to the library in buffers of exactly their size, so that the
 * address sanitizer sees any read behind them. Nothing here uses the code under test to make bytes.
 */
#ifndef SOTTO_TESTS_UNIT_NET_FRAMES_H
#define SOTTO_TESTS_UNIT_NET_FRAMES_H

#include "unit.h"

#include "base/bytes.h"
#include "net/net.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The two hosts of every test; the prefixes are /24 and /64. */
#define OUR_MAC "020000000001"
#define PEER_MAC "0200000000fe"
#define OUR_IP4 "c0000201"  /* 192.0.2.1 */
#define PEER_IP4 "c0000263" /* 192.0.2.99 */
#define OUR_IP6 "20010db8000000000000000000aa0001"
#define PEER_IP6 "20010db8000000000000000000bb0063"

#define FRAME_ROOM 66000

/* A frame. l3 and l4 are filled by frame_seal(): offsets of the IP header and of what it carries.
 */
struct frame {
	uint32_t len;
	uint32_t l3;
	uint32_t l4;
	uint8_t bytes[FRAME_ROOM];
};

/* What frame_udp() is to make. All zero: IPv4, untagged, no options, no payload. */
struct shape {
	bool ip6;
	bool tagged;
	uint16_t tci;        /* the tag's 16 bits */
	unsigned options;    /* IPv4: words of options, 0 to 10 */
	unsigned extensions; /* IPv6: headers before UDP */
	uint8_t extension;   /* their type; 0 is hop-by-hop */
	unsigned payload;    /* bytes */
	unsigned padding;    /* bytes behind the IP packet */
};

/* As ck_assert(), but free while it holds: Check notes the place of every ck_assert() in a file. */
static inline void require(bool holds, const char *what)
{
	if (!holds)
		ck_abort_msg("%s", what);
}

/* Reads pairs of hexadecimal digits; blanks are skipped. Returns the number of bytes. */
size_t hex_read(const char *text, uint8_t *out);

/* The frame that the digits say; then as frame_seal(). */
void frame_hex(struct frame *f, const char *text);

/* A valid UDP datagram from the peer's port 4000 to our port 5004, TTL 61, DSCP 46, ECN 3. */
void frame_udp(struct frame *f, const struct shape *shape);

/* Finds l3 and l4 and sets the checksums of IPv4, UDP, ICMP and ICMPv6 to what they should be. */
void frame_seal(struct frame *f);

/* Sets one byte or 16 bits in network order. */
void frame_set8(struct frame *f, uint32_t at, uint8_t value);
void frame_set16(struct frame *f, uint32_t at, uint16_t value);

/* Checksum by the book: byte by byte, one carry at a time. The sum is not inverted. */
uint16_t slow_sum(const uint8_t *data, size_t len, uint16_t sum);

/* Parses the first len bytes of f as our device would. */
enum sotto_verdict frame_parse_part(
	const struct frame *f, uint32_t len, unsigned checked, struct sotto_frame *out);

/* Parses all of f, which must end with that verdict; what names the case in a failure. */
void frame_expect(
	const struct frame *f, unsigned checked, enum sotto_verdict want, const char *what);

/* Our address of that family, untagged. */
struct sotto_net_local our_address(uint8_t family);

/* Gives the first len bytes of f to local and stores what it answers. */
size_t frame_answer_part(const struct sotto_net_local *local, const struct frame *f, uint32_t len,
	struct frame *answer, struct sotto_net_news *news);

/* Gives f to local: the answer must be the frame that the digits say, NULL = none. */
void expect_answer(const struct sotto_net_local *local, const struct frame *f, const char *want,
	struct sotto_net_news *news, const char *what);

/* The news must be this neighbour, or with ip NULL nobody. All in hexadecimal digits. */
void expect_news(const struct sotto_net_news *news, const char *ip, const char *mac, uint16_t vlan);

#endif
