/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Internet checksum's sum (RFC 1071), fast enough to run over every payload. A sum is what it
 * is, so which form was used shows nowhere but in time.
 */
#include "net/internal.h"

#include "base/compiler.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define WIDE_MIN 64 /* bytes from which wide registers are the faster ones */

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

#if defined(__x86_64__)
/*
 * A cache line at a time, as halves of 32 bits in lanes of 64, what is not of the message masked
 * out. Lines are loaded where they stand: a load across them would wait for the line behind the
 * message as well. In a message at an odd address every byte has the other's place in its word, so
 * the sum comes out with its bytes swapped (RFC 1071, 2.B).
 */
__attribute__((target("avx512f,avx512bw"))) static uint32_t sum_wide(
	const uint8_t *data, size_t len)
{
	const __m512i low = _mm512_set1_epi64(UINT32_MAX);
	__m512i acc = _mm512_setzero_si512();
	size_t skip = (uintptr_t)data % SOTTO_CACHE_LINE;
	size_t end = skip + len;
	__mmask64 mask = ~0ull << skip;
	uint32_t sum;

	for (data -= skip; end != 0; data += SOTTO_CACHE_LINE, mask = ~0ull) {
		size_t here = end < SOTTO_CACHE_LINE ? end : SOTTO_CACHE_LINE;
		__m512i v = _mm512_maskz_loadu_epi8(mask & ~0ull >> (64 - here), data);

		acc = _mm512_add_epi64(acc, _mm512_and_si512(v, low));
		acc = _mm512_add_epi64(acc, _mm512_srli_epi64(v, 32));
		end -= here;
	}
	sum = sotto_net_fold((uint64_t)_mm512_reduce_add_epi64(acc));
	return skip % 2 == 0 ? sum : __builtin_bswap16((uint16_t)sum);
}

static inline bool has_wide(void)
{
	return __builtin_cpu_supports("avx512bw");
}
#else
static uint32_t sum_wide(const uint8_t *data, size_t len)
{
	return 0;
}

static inline bool has_wide(void)
{
	return false;
}
#endif

uint32_t sotto_net_sum_narrow(const uint8_t *data, size_t len, uint32_t sum)
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

uint32_t sotto_net_sum(const uint8_t *data, size_t len, uint32_t sum)
{
	if (sotto_likely(len >= WIDE_MIN) && has_wide())
		return sotto_net_fold((uint64_t)sum_wide(data, len) + sum);
	return sotto_net_sum_narrow(data, len, sum);
}
