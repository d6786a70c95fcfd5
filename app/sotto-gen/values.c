/* SPDX-License-Identifier: BSD-3-Clause */
/* Readers of single option values: text to checked number, address or name. */
#include "values.h"

#include "options.h"
#include "payload.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 86400.0

/* A whole number in low..high. */
static bool number(const char *value, uint64_t low, uint64_t high, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return false;
	errno = 0;
	*out = strtoull(value, &end, 10);
	return errno == 0 && *end == 0 && *out >= low && *out <= high;
}

/* A number with or without a fraction in low..high. */
static bool real(const char *value, double low, double high, double *out)
{
	char *end;

	if (!isdigit((unsigned char)value[0]) && value[0] != '.')
		return false;
	*out = strtod(value, &end);
	return *end == 0 && isfinite(*out) && *out >= low && *out <= high;
}

static const char *read_unsigned(
	const char *value, uint64_t low, uint64_t high, void *target, const char *expected)
{
	uint64_t v;

	if (!number(value, low, high, &v))
		return expected;
	*(unsigned *)target = (unsigned)v;
	return NULL;
}

static const char *read_real(const char *value, double low, double high, double scale, void *target,
	const char *expected)
{
	double v;

	if (!real(value, low, high, &v))
		return expected;
	*(double *)target = v * scale;
	return NULL;
}

const char *value_path(const char *value, void *target)
{
	*(const char **)target = value;
	return value[0] ? NULL : "a path";
}

const char *value_device(const char *value, void *target)
{
	*(const char **)target = value;
	return value[0] ? NULL : "a PCI address, or devargs such as net_af_packet0,iface=eth0";
}

const char *value_gateway(const char *value, void *target)
{
	return sotto_base_addr_parse(value, target) == 0 ? NULL : "an IP address";
}

const char *value_vlan(const char *value, void *target)
{
	uint64_t v;

	if (!number(value, 0, 4094, &v))
		return "1 to 4094, or 0 for untagged";
	*(uint16_t *)target = (uint16_t)v;
	return NULL;
}

const char *value_calls(const char *value, void *target)
{
	return read_unsigned(value, 1, 500000, target, "1 to 500000 calls");
}

const char *value_suite(const char *value, void *target)
{
	const struct sotto_suite *suite = sotto_keys_suite_by_name(value, strlen(value));

	if (!suite && strcmp(value, "clear") != 0)
		return "clear, or a crypto suite such as AES_CM_128_HMAC_SHA1_80 or "
		       "AEAD_AES_128_GCM";
	*(const struct sotto_suite **)target = suite;
	return NULL;
}

const char *value_payload(const char *value, void *target)
{
	return read_unsigned(value, 0, GEN_PAYLOAD_MAX, target, "0 to 1400 bytes");
}

const char *value_ptime_ms(const char *value, void *target)
{
	return read_unsigned(value, 1, 1000, target, "1 to 1000 milliseconds");
}

const char *value_payload_type(const char *value, void *target)
{
	uint64_t v;

	/* 64 to 95 look like RTCP on a port that both share (RFC 5761, 4) */
	if (!number(value, 0, 127, &v) || (v >= 64 && v <= 95))
		return "0 to 63 or 96 to 127";
	*(uint8_t *)target = (uint8_t)v;
	return NULL;
}

const char *value_seed(const char *value, void *target)
{
	return number(value, 0, UINT64_MAX, target) ? NULL : "a whole number";
}

const char *value_rate(const char *value, void *target)
{
	return read_real(value, 0.1, 1e9, 1, target, "packets a second");
}

const char *value_seconds(const char *value, void *target)
{
	return read_real(value, 0.01, SECONDS_MAX, 1, target, "0.01 to 86400 seconds");
}

const char *value_seconds_or_none(const char *value, void *target)
{
	return read_real(value, 0, SECONDS_MAX, 1, target, "0 to 86400 seconds");
}

const char *value_percent(const char *value, void *target)
{
	return read_real(value, 0, 100, 0.01, target, "0 to 100 percent");
}

const char *value_precision(const char *value, void *target)
{
	return read_real(value, 0.01, 50, 0.01, target, "0.01 to 50 percent");
}

const char *value_search(const char *value, void *target)
{
	enum gen_search_kind *out = target;

	if (strcmp(value, "ndr") == 0)
		*out = GEN_SEARCH_NDR;
	else if (strcmp(value, "pdr") == 0)
		*out = GEN_SEARCH_PDR;
	else
		return "ndr or pdr";
	return NULL;
}

const char *value_core(const char *value, void *target)
{
	return read_unsigned(value, 0, 1023, target, "a core's number");
}

const char *value_memory_mib(const char *value, void *target)
{
	return read_unsigned(value, 32, 1 << 20, target, "32 to 1048576 MiB");
}

const char *value_mbufs(const char *value, void *target)
{
	return read_unsigned(value, 1024, 1 << 24, target, "1024 to 16777216 packets");
}

const char *value_hugepages(const char *value, void *target)
{
	bool *no_huge = target;

	*no_huge = strcmp(value, "no") == 0;
	return *no_huge || strcmp(value, "auto") == 0 ? NULL : "auto or no";
}

const char *value_idle_us(const char *value, void *target)
{
	return read_unsigned(value, 0, 10000, target, "0 to 10000 microseconds");
}

const char *value_address(const char *value, void *target)
{
	struct gen_side_options *side = target;
	struct gen_address *address = &side->address[side->address_count];
	char copy[SOTTO_ADDR_TEXT];
	const char *slash = strchr(value, '/');
	uint64_t prefix;

	if (side->address_count == GEN_ADDRESSES_MAX)
		return "at most 16 addresses of a side";
	if (!slash || (size_t)(slash - value) >= sizeof(copy))
		return "ADDRESS/PREFIX such as 192.0.2.1/24";
	memcpy(copy, value, (size_t)(slash - value));
	copy[slash - value] = 0;
	if (sotto_base_addr_parse(copy, &address->addr) != 0 ||
		!sotto_base_addr_is_unicast(&address->addr) ||
		!number(slash + 1, 1, 8 * sotto_base_addr_len(address->addr.family), &prefix))
		return "a unicast ADDRESS/PREFIX such as 192.0.2.1/24";
	address->prefix = (uint8_t)prefix;
	side->address_count++;
	return NULL;
}

const char *value_mac(const char *value, void *target)
{
	struct gen_side_options *side = target;

	side->has_mac = sotto_base_mac_parse(value, side->mac) == 0 && !(side->mac[0] & 1);
	return side->has_mac ? NULL : "a unicast MAC address such as 02:00:00:00:00:01";
}

const char *value_ports(const char *value, void *target)
{
	struct gen_side_options *side = target;
	unsigned low, high;
	int end = 0;

	if (sscanf(value, "%5u-%5u%n", &low, &high, &end) != 2 || value[end] != 0 || low < 1024 ||
		high > 65535 || low % 2 != 0 || high % 2 != 1 || low > high)
		return "an even LOW of at least 1024 and an odd HIGH above it, as in 10000-19999";
	side->port_low = (uint16_t)low;
	side->port_high = (uint16_t)high;
	return NULL;
}

const char *value_interface(const char *value, void *target)
{
	struct gen_side_options *side = target;

	if (side->interface_count == GEN_ADDRESSES_MAX)
		return "at most 16 interfaces of a side";
	side->interface[side->interface_count++] = value;
	return value[0] ? NULL : "a name";
}

const char *value_send(const char *value, void *target)
{
	struct gen_options *options = target;
	bool both = strcmp(value, "both") == 0;

	options->sends[GEN_A] = both || strcmp(value, "a") == 0;
	options->sends[GEN_B] = both || strcmp(value, "b") == 0;
	return options->sends[GEN_A] || options->sends[GEN_B] ? NULL : "a, b or both";
}
