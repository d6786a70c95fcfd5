/* SPDX-License-Identifier: BSD-3-Clause */
/* IP addresses, MAC addresses and UDP endpoints of both families in one shape. */
#ifndef SOTTO_BASE_ADDR_H
#define SOTTO_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SOTTO_ADDR_TEXT 46     /* bytes for any address as text, with the closing zero */
#define SOTTO_ENDPOINT_TEXT 56 /* "[v6]:port" with the closing zero */
#define SOTTO_MAC_TEXT 18

/* An IP address: 4 or 16 bytes in network order; IPv4 leaves the rest zero. */
struct sotto_addr {
	uint8_t family; /* 4, 6, or 0 = none */
	uint8_t bytes[16];
};

/* An address and a UDP port; port in host order, 0 = none. */
struct sotto_endpoint {
	struct sotto_addr addr;
	uint16_t port;
};

static inline bool sotto_base_addr_equal(const struct sotto_addr *a, const struct sotto_addr *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a->bytes, sizeof(x));
	memcpy(y, b->bytes, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (uint64_t)(a->family ^ b->family)) == 0;
}

/* Whether an address is the one whose bytes stand at bytes, in network order, of that family. */
static inline bool sotto_base_addr_is(
	const struct sotto_addr *addr, uint8_t family, const uint8_t *bytes)
{
	uint64_t x[2], y[2];
	uint32_t a, b;

	if (addr->family != family)
		return false;
	if (family == 4) {
		memcpy(&a, addr->bytes, sizeof(a));
		memcpy(&b, bytes, sizeof(b));
		return a == b;
	}
	memcpy(x, addr->bytes, sizeof(x));
	memcpy(y, bytes, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

/* Bytes of an address of that family on the wire. */
static inline size_t sotto_base_addr_len(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

/* Fills *out from 4 (family 4) or 16 (family 6) bytes in network order. */
static inline void sotto_base_addr_set(struct sotto_addr *out, uint8_t family, const uint8_t *bytes)
{
	memset(out, 0, sizeof(*out));
	out->family = family;
	memcpy(out->bytes, bytes, sotto_base_addr_len(family));
}

/* Reads "192.0.2.1" or "2001:db8::1", nothing else. 0, or -EINVAL with *out unchanged. */
int sotto_base_addr_parse(const char *text, struct sotto_addr *out);

/* Writes the address as text into out (SOTTO_ADDR_TEXT bytes); "-" for none. Returns out. */
const char *sotto_base_addr_text(const struct sotto_addr *addr, char *out);

/* Writes "a.b.c.d:port" or "[v6]:port" into out (SOTTO_ENDPOINT_TEXT bytes). Returns out. */
const char *sotto_base_endpoint_text(const struct sotto_endpoint *ep, char *out);

/* Whether a and b agree in their first prefix bits; false for different families. */
bool sotto_base_addr_in_prefix(
	const struct sotto_addr *a, const struct sotto_addr *b, unsigned prefix);

/* A unicast address that a peer may have: not unspecified, loopback, multicast or broadcast. */
bool sotto_base_addr_is_unicast(const struct sotto_addr *addr);

/* Reads "02:00:5e:10:00:01". 0, or -EINVAL with mac unchanged. */
int sotto_base_mac_parse(const char *text, uint8_t mac[6]);

/* Writes the MAC address as text into out (SOTTO_MAC_TEXT bytes). Returns out. */
const char *sotto_base_mac_text(const uint8_t mac[6], char *out);

#endif
