/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AES from its definition (FIPS 197) and counter mode (SP 800-38A, 6.5). The S-box is computed as
 * what it is, an inverse in GF(2^8) and an affine map, not looked up: the same steps for every
 * value, so neither time nor memory access depends on a secret.
 */
#include "drivers/crypto/ref/aes.h"

#include "base/secret.h"

#include <string.h>

#define BLOCK 16
#define WORD 4

/* The sixteen bytes of a state side by side; arithmetic works on each byte for itself. */
typedef uint8_t bytes16 __attribute__((vector_size(BLOCK)));

/* Each byte times x, modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4.2.1). */
static bytes16 times_x(bytes16 a)
{
	bytes16 carry = a >> 7; /* 0 or 1 */

	return (a << 1) ^ (-carry & 0x1b);
}

/* Each byte of a times the byte of b in the same place (FIPS 197, 4.2). */
static bytes16 multiply(bytes16 a, bytes16 b)
{
	bytes16 product = {0};

	for (unsigned bit = 0; bit < 8; bit++) {
		product ^= a & -(b & 1);
		a = times_x(a);
		b >>= 1;
	}
	return product;
}

/* Each byte's inverse, 0 for 0: its 254th power. */
static bytes16 invert(bytes16 a)
{
	bytes16 power = a; /* a^1, then a^3, a^7 ... a^127 */

	for (unsigned i = 0; i < 6; i++)
		power = multiply(multiply(power, power), a);
	return multiply(power, power);
}

static bytes16 rotate_left(bytes16 a, unsigned bits)
{
	return (a << bits) | (a >> (8 - bits));
}

/* SubBytes: the S-box of each byte (FIPS 197, 5.1.1). */
static bytes16 sub_bytes(bytes16 a)
{
	a = invert(a);
	a ^= rotate_left(a, 1) ^ rotate_left(a, 2) ^ rotate_left(a, 3) ^ rotate_left(a, 4);
	return a ^ 0x63;
}

/* ShiftRows: row r of the state, which lies at bytes r, r + 4, ..., moves left by r (5.1.2). */
static bytes16 shift_rows(bytes16 state)
{
	bytes16 moved = {0};

	for (unsigned column = 0; column < 4; column++)
		for (unsigned row = 0; row < 4; row++)
			moved[4 * column + row] = state[4 * ((column + row) % 4) + row];
	return moved;
}

/* Each byte's neighbour so many rows further down its own column. */
static bytes16 rows_down(bytes16 state, unsigned rows)
{
	bytes16 moved = {0};

	for (unsigned i = 0; i < BLOCK; i++)
		moved[i] = state[(i & ~3u) | ((i + rows) & 3)];
	return moved;
}

/* MixColumns: every byte becomes 2 a0 + 3 a1 + a2 + a3 of its own column (FIPS 197, 5.1.3). */
static bytes16 mix_columns(bytes16 a0)
{
	bytes16 a1 = rows_down(a0, 1);

	return times_x(a0 ^ a1) ^ a1 ^ rows_down(a0, 2) ^ rows_down(a0, 3);
}

static bytes16 load(const uint8_t *from)
{
	bytes16 a;

	memcpy(&a, from, sizeof(a));
	return a;
}

/* The cipher (FIPS 197, 5.1). */
static bytes16 encrypt(const uint8_t *round_keys, unsigned rounds, bytes16 state)
{
	state ^= load(round_keys);
	for (unsigned round = 1; round <= rounds; round++) {
		state = shift_rows(sub_bytes(state));
		if (round < rounds)
			state = mix_columns(state);
		state ^= load(round_keys + (size_t)BLOCK * round);
	}
	return state;
}

unsigned sotto_ref_aes_rounds(size_t key_len)
{
	return (unsigned)(key_len / WORD) + 6;
}

size_t sotto_ref_aes_schedule_size(size_t key_len)
{
	return (size_t)BLOCK * (sotto_ref_aes_rounds(key_len) + 1);
}

/* SubWord (FIPS 197, 5.2); the S-box works on sixteen bytes, so twelve are left unused. */
static void substitute_word(uint8_t word[WORD])
{
	bytes16 a = {0};

	memcpy(&a, word, WORD);
	a = sub_bytes(a);
	memcpy(word, &a, WORD);
}

static void rotate_word(uint8_t word[WORD])
{
	uint8_t first = word[0];

	memmove(word, word + 1, WORD - 1);
	word[WORD - 1] = first;
}

void sotto_ref_aes_expand(const uint8_t *key, size_t key_len, uint8_t *round_keys)
{
	size_t end = sotto_ref_aes_schedule_size(key_len);
	bytes16 round_constant = {1};
	uint8_t word[WORD];

	memcpy(round_keys, key, key_len);
	memcpy(word, key + key_len - WORD, WORD);
	for (size_t at = key_len; at < end; at += WORD) {
		if (at % key_len == 0) {
			rotate_word(word);
			substitute_word(word);
			word[0] ^= round_constant[0];
			round_constant = times_x(round_constant);
		} else if (key_len == 32 && at % key_len == 16) {
			substitute_word(word);
		}
		for (unsigned i = 0; i < WORD; i++)
			word[i] ^= round_keys[at - key_len + i];
		memcpy(round_keys + at, word, WORD);
	}
	sotto_base_wipe(word, sizeof(word));
}

/* The counter block as one number of 128 bits, most significant byte first, plus one. */
static void increment(uint8_t counter[BLOCK])
{
	for (unsigned i = BLOCK; i-- > 0;)
		if (++counter[i] != 0)
			break;
}

void sotto_ref_aes_ctr(
	const uint8_t *round_keys, unsigned rounds, const uint8_t iv[16], uint8_t *data, size_t len)
{
	uint8_t counter[BLOCK];

	memcpy(counter, iv, BLOCK);
	for (size_t at = 0; at < len; at += BLOCK) {
		bytes16 keystream = encrypt(round_keys, rounds, load(counter));

		for (size_t i = 0; i < BLOCK && at + i < len; i++)
			data[at + i] ^= keystream[i];
		increment(counter);
	}
}
