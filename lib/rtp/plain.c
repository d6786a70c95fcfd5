/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telling plain media from ciphertext, for the counter of plain packets on secure legs. A plain RTP
 * packet and one with a wrong tag have the same shape, so the only evidence is the payload: bytes
 * of AES-CM ciphertext are uniform, bytes of speech are not. Runs on packets that failed anyway.
 */
#include "rtp/rtp.h"

#define LEAST_BYTES 24
#define MOST_BYTES 256

/* How many of the n bytes repeat a value that came before. */
static uint32_t repeats(const uint8_t *p, uint32_t n)
{
	uint64_t seen[4] = {0};
	uint32_t distinct = 0;

	for (uint32_t i = 0; i < n; i++)
		seen[p[i] >> 6] |= 1ull << (p[i] & 63);
	for (int i = 0; i < 4; i++)
		distinct += (uint32_t)__builtin_popcountll(seen[i]);
	return n - distinct;
}

/*
 * Chi-square of the upper halves of the bytes against uniform ones, 15 degrees of freedom: sign and
 * segment of G.711, or the sign extension of linear samples. 80 is passed by chance in less than
 * one of 10^9 payloads of this length.
 */
#define NIBBLES_LEAST 64
#define NIBBLES_CHI_SQUARE 80

static bool nibbles_are_uneven(const uint8_t *p, uint32_t n)
{
	uint32_t count[16] = {0};
	uint32_t squares = 0;

	for (uint32_t i = 0; i < n; i++)
		count[p[i] >> 4]++;
	for (int i = 0; i < 16; i++)
		squares += count[i] * count[i];
	return n >= NIBBLES_LEAST && 16 * squares > n * (n + NIBBLES_CHI_SQUARE);
}

/* The probability that one of the 256 values does not occur in n bytes: (255/256)^n. */
static double chance_of_absence(uint32_t n)
{
	double power = 255.0 / 256.0, chance = 1.0;

	for (; n != 0; n >>= 1, power *= power) {
		if (n & 1)
			chance *= power;
	}
	return chance;
}

bool sotto_rtp_is_not_ciphertext(const uint8_t *payload, uint32_t len)
{
	uint32_t n = len < MOST_BYTES ? len : MOST_BYTES;
	double empty, excess, variance;

	if (n < LEAST_BYTES)
		return false;
	empty = chance_of_absence(n);
	/* Occupancy: expected repeats are n - 256 (1 - empty); the variance is the large-n form. */
	excess = repeats(payload, n) - (n - 256.0 * (1.0 - empty));
	variance = 256.0 * (empty - (1.0 + n / 256.0) * empty * empty);
	if (excess > 0 && excess * excess > 36.0 * variance)
		return true;
	return nibbles_are_uneven(payload, n);
}
