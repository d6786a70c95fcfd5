/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses to text and back. Slow path only. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

int sotto_base_addr_parse(const char *text, struct sotto_addr *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		sotto_base_addr_set(out, 4, bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		sotto_base_addr_set(out, 6, bytes);
	else
		return -EINVAL;
	return 0;
}

const char *sotto_base_addr_text(const struct sotto_addr *addr, char *out)
{
	int family = addr->family == 4 ? AF_INET : AF_INET6;

	if (addr->family == 0 || !inet_ntop(family, addr->bytes, out, SOTTO_ADDR_TEXT))
		memcpy(out, "-", 2);
	return out;
}

const char *sotto_base_endpoint_text(const struct sotto_endpoint *ep, char *out)
{
	char text[SOTTO_ADDR_TEXT];

	sotto_base_addr_text(&ep->addr, text);
	if (ep->addr.family == 6)
		snprintf(out, SOTTO_ENDPOINT_TEXT, "[%s]:%u", text, ep->port);
	else
		snprintf(out, SOTTO_ENDPOINT_TEXT, "%s:%u", text, ep->port);
	return out;
}

bool sotto_base_addr_in_prefix(
	const struct sotto_addr *a, const struct sotto_addr *b, unsigned prefix)
{
	unsigned whole = prefix / 8;
	unsigned rest = prefix % 8;

	if (a->family != b->family || prefix > 8 * sotto_base_addr_len(a->family))
		return false;
	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

bool sotto_base_addr_is_unicast(const struct sotto_addr *addr)
{
	static const uint8_t loopback6[16] = {[15] = 1};
	static const uint8_t none[16];

	if (addr->family == 4)
		return addr->bytes[0] != 0 && addr->bytes[0] != 127 && addr->bytes[0] < 224;
	if (addr->family != 6 || addr->bytes[0] == 0xff)
		return false;
	return memcmp(addr->bytes, none, 16) != 0 && memcmp(addr->bytes, loopback6, 16) != 0;
}

/* The value of a hexadecimal digit, or -1. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int sotto_base_mac_parse(const char *text, uint8_t mac[6])
{
	uint8_t bytes[6];

	if (strlen(text) != SOTTO_MAC_TEXT - 1)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		const char *at = text + 3 * i;
		int high = hex_value(at[0]), low = hex_value(at[1]);

		if (high < 0 || low < 0 || at[2] != (i < 5 ? ':' : 0))
			return -EINVAL;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(mac, bytes, sizeof(bytes));
	return 0;
}

const char *sotto_base_mac_text(const uint8_t mac[6], char *out)
{
	snprintf(out, SOTTO_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	return out;
}
