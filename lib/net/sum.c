/* SPDX-License-Identifier: BSD-3-Clause */
/* The Internet checksum's sum (RFC 1071), fast enough to run over every payload. */
#include "net/internal.h"

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Adds with end-around carry: 2^64 - 1 is a multiple of 2^16 - 1, so the sum folds down later. */
static inline uint64_t add(uint64_t sum, uint64_t v)
{
	sum += v;
	return sum + (sum < v);
}

/* Fewer than eight bytes, padded with zero behind the last. */
static uint64_t load_short(const uint8_t *p, size_t len)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint32_t sotto_net_sum(const uint8_t *data, size_t len, uint32_t sum)
{
	uint64_t a = sum;
	uint64_t b = 0;
	size_t rest = len % 8;

	if (len < 8)
		return sotto_net_fold(a + load_short(data, len));
	/* The last bytes come by an overlapping load, with those already summed shifted out. */
	if (rest != 0)
		a += load64(data + len - 8) >> (64 - 8 * rest);
	for (; len >= 32; len -= 32, data += 32) {
		a = add(add(a, load64(data)), load64(data + 8));
		b = add(add(b, load64(data + 16)), load64(data + 24));
	}
	for (; len >= 8; len -= 8, data += 8)
		a = add(a, load64(data));
	return sotto_net_fold(add(a, b));
}
