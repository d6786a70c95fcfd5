/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GCM from its definition (SP 800-38D): GHASH, one bit of a product after the other, and counter
 * mode around it. Every bit takes the same steps, whatever it is; nothing is looked up.
 */
#include "drivers/crypto/ref/gcm.h"

#include "base/bytes.h"
#include "drivers/crypto/ref/aes.h"

#include <string.h>

#define BLOCK SOTTO_AES_BLOCK

/* A block as 128 bits, the first bit of the string on top: the coefficient of x^0 (6.3). */
struct block {
	uint64_t high, low;
};

/* The counter block before the first (7.1, step 2, for an IV of 96 bits), advanced by some. */
static void counter_block(const uint8_t iv[SOTTO_GCM_IV_LEN], uint32_t count, uint8_t out[BLOCK])
{
	memcpy(out, iv, SOTTO_GCM_IV_LEN);
	sotto_base_put32(out + SOTTO_GCM_IV_LEN, 1 + count);
}

/* The product of two blocks (6.3, algorithm 1). */
static struct block multiply(struct block x, struct block y)
{
	struct block product = {0, 0};

	for (unsigned bit = 0; bit < 128; bit++) {
		uint64_t take = -(x.high >> 63); /* all ones or all zeros */
		uint64_t carry = -(y.low & 1);

		product.high ^= y.high & take;
		product.low ^= y.low & take;
		x.high = x.high << 1 | x.low >> 63;
		x.low <<= 1;
		y.low = y.low >> 1 | y.high << 63;
		y.high = (y.high >> 1) ^ (carry & 0xe100000000000000);
	}
	return product;
}

static struct block load(const uint8_t bytes[BLOCK])
{
	return (struct block){sotto_base_get64(bytes), sotto_base_get64(bytes + 8)};
}

static struct block hash_block(struct block sum, struct block subkey, struct block next)
{
	sum.high ^= next.high;
	sum.low ^= next.low;
	return multiply(sum, subkey);
}

/* GHASH goes on over data[0..len) and the zeros that fill its last block (6.4; 7.1, step 5). */
static struct block hash(struct block sum, struct block subkey, const uint8_t *data, size_t len)
{
	uint8_t last[BLOCK] = {0};

	for (; len >= BLOCK; data += BLOCK, len -= BLOCK)
		sum = hash_block(sum, subkey, load(data));
	if (len == 0)
		return sum;
	memcpy(last, data, len);
	return hash_block(sum, subkey, load(last));
}

/* The tag over the job's data, which is the ciphertext now (7.1, steps 5 and 6). */
static void authenticate(
	const uint8_t *round_keys, unsigned rounds, struct block subkey, struct sotto_aead_job *job)
{
	const struct block lengths = {8 * (uint64_t)job->aad_len, 8 * (uint64_t)job->len};
	struct block sum = {0, 0};
	uint8_t counter[BLOCK];

	sum = hash(sum, subkey, job->aad, job->aad_len);
	sum = hash(sum, subkey, job->data, job->len);
	sum = hash_block(sum, subkey, lengths);
	sotto_base_put64(job->tag, sum.high);
	sotto_base_put64(job->tag + 8, sum.low);
	counter_block(job->iv, 0, counter);
	sotto_ref_aes_ctr(round_keys, rounds, counter, job->tag, sizeof(job->tag));
}

size_t sotto_ref_gcm_size(size_t key_len)
{
	return sotto_ref_aes_schedule_size(key_len) + BLOCK;
}

void sotto_ref_gcm_expand(const uint8_t *key, size_t key_len, uint8_t *material)
{
	static const uint8_t zeros[BLOCK];
	uint8_t *subkey = material + sotto_ref_aes_schedule_size(key_len);

	sotto_ref_aes_expand(key, key_len, material);
	/* the subkey is the block of zeros encrypted: keystream of that counter, XOR zeros */
	memset(subkey, 0, BLOCK);
	sotto_ref_aes_ctr(material, sotto_ref_aes_rounds(key_len), zeros, subkey, BLOCK);
}

void sotto_ref_gcm_run(const uint8_t *material, size_t key_len, struct sotto_aead_job *job,
	enum sotto_aead_direction direction)
{
	struct block subkey = load(material + sotto_ref_aes_schedule_size(key_len));
	unsigned rounds = sotto_ref_aes_rounds(key_len);
	uint8_t counter[BLOCK];

	counter_block(job->iv, 1, counter);
	if (direction == SOTTO_AEAD_OPEN)
		authenticate(material, rounds, subkey, job);
	sotto_ref_aes_ctr(material, rounds, counter, job->data, job->len);
	if (direction == SOTTO_AEAD_SEAL)
		authenticate(material, rounds, subkey, job);
}
