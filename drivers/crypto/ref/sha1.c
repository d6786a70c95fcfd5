/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-1 (FIPS 180-4, 6.1) and HMAC (RFC 2104, section 2), written to be read. */
#include "drivers/crypto/ref/sha1.h"

#include "base/bytes.h"
#include "base/secret.h"

#include <string.h>

#define BLOCK SOTTO_REF_SHA1_BLOCK
#define ROUNDS 80

static uint32_t rotate_left(uint32_t word, unsigned bits)
{
	return (word << bits) | (word >> (32 - bits));
}

/* The function and constant of round t (FIPS 180-4, 4.1.1 and 4.2.1), added up. */
static uint32_t round_sum(unsigned t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) ^ (~b & d)) + 0x5a827999;
	if (t < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (t < 60)
		return ((b & c) ^ (b & d) ^ (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

static void hash_block(struct sotto_ref_sha1 *state, const uint8_t block[BLOCK])
{
	uint32_t a = state->h[0], b = state->h[1], c = state->h[2], d = state->h[3];
	uint32_t e = state->h[4];
	uint32_t w[ROUNDS];

	for (unsigned t = 0; t < 16; t++)
		w[t] = sotto_base_get32(block + (size_t)4 * t);
	for (unsigned t = 16; t < ROUNDS; t++)
		w[t] = rotate_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (unsigned t = 0; t < ROUNDS; t++) {
		uint32_t sum = rotate_left(a, 5) + round_sum(t, b, c, d) + e + w[t];

		e = d;
		d = c;
		c = rotate_left(b, 30);
		b = a;
		a = sum;
	}
	state->h[0] += a;
	state->h[1] += b;
	state->h[2] += c;
	state->h[3] += d;
	state->h[4] += e;
	sotto_base_wipe(w, sizeof(w));
}

/*
 * Hashes data[0..len) and the padding (FIPS 180-4, 5.1.1) behind the one block that state already
 * holds, and writes the digest.
 */
static void finish(struct sotto_ref_sha1 state, const uint8_t *data, size_t len, uint8_t digest[20])
{
	uint64_t bits = 8 * (uint64_t)(BLOCK + len);
	uint8_t tail[2 * BLOCK] = {0};
	size_t tail_len;

	for (; len >= BLOCK; data += BLOCK, len -= BLOCK)
		hash_block(&state, data);
	tail_len = len + 1 + 8 <= BLOCK ? BLOCK : 2 * BLOCK;
	memcpy(tail, data, len);
	tail[len] = 0x80;
	sotto_base_put64(tail + tail_len - 8, bits);
	for (size_t at = 0; at < tail_len; at += BLOCK)
		hash_block(&state, tail + at);
	for (unsigned i = 0; i < 5; i++)
		sotto_base_put32(digest + (size_t)4 * i, state.h[i]);
}

/* The state after the block of the key, zero-padded, XOR pad. */
static void hash_key(struct sotto_ref_sha1 *state, const uint8_t *key, size_t len, uint8_t pad)
{
	static const uint32_t initial[5] = {
		0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t block[BLOCK];

	memset(block, pad, BLOCK);
	for (size_t i = 0; i < len; i++)
		block[i] ^= key[i];
	memcpy(state->h, initial, sizeof(initial));
	hash_block(state, block);
	sotto_base_wipe(block, sizeof(block));
}

void sotto_ref_hmac_init(struct sotto_ref_hmac *hmac, const uint8_t *key, size_t len)
{
	hash_key(&hmac->inner, key, len, 0x36);
	hash_key(&hmac->outer, key, len, 0x5c);
}

void sotto_ref_hmac_tag(
	const struct sotto_ref_hmac *hmac, const uint8_t *data, size_t len, uint8_t tag[20])
{
	uint8_t inner[20];

	finish(hmac->inner, data, len, inner);
	finish(hmac->outer, inner, sizeof(inner), tag);
}
