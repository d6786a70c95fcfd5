/* SPDX-License-Identifier: BSD-3-Clause */
/* See pair.h. */
#include "pair.h"

#include "base/bytes.h"
#include "drivers/crypto/drivers.h"

#include <string.h>

#define BLOCKS 256
#define PLAIN_LEN 100
#define SSRC 0x10203040u

int allocations_left = -1;
unsigned unwiped_frees, blocks_in_being;

static struct {
	uint8_t *at;
	size_t size;
} blocks[BLOCKS];

/* What the linker puts in the place of these calls (--wrap), and what it names the real ones. */
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void __real_free(void *p);
void __wrap_free(void *p);

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	void *p;

	if (allocations_left == 0)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	p = __real_aligned_alloc(align, size);
	for (unsigned i = 0; p && i < BLOCKS; i++) {
		if (blocks[i].at)
			continue;
		blocks[i].at = p;
		blocks[i].size = size;
		blocks_in_being++;
		break;
	}
	return p;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

void __wrap_free(void *p)
{
	for (unsigned i = 0; p && i < BLOCKS; i++) {
		if (blocks[i].at != p)
			continue;
		if (!all_zero(blocks[i].at, blocks[i].size))
			unwiped_frees++;
		blocks[i].at = NULL;
		blocks_in_being--;
	}
	__real_free(p);
}

int pair_ways(void)
{
	int n = 0;

	while (sotto_crypto_backends[n])
		n++;
	return n;
}

struct pair *pair_open(int way)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	ck_assert_ptr_nonnull(pair);
	ck_assert_int_eq(sotto_crypto_backends[way]->create(NULL, &pair->crypto), 0);
	sotto_srtp_init(&pair->srtp, pair->crypto);
	allocations_left = -1;
	unwiped_frees = blocks_in_being = 0;
	return pair;
}

void pair_close(struct pair *pair)
{
	ck_assert_uint_eq(blocks_in_being, 0);
	ck_assert_uint_eq(unwiped_frees, 0);
	pair->crypto->backend->destroy(pair->crypto);
	free(pair);
}

struct sotto_keying keying_make(const char *suite, unsigned n)
{
	struct sotto_keying keying = {
		.suite = sotto_keys_suite_by_name(suite, strlen(suite)), .count = 1};

	ck_assert_ptr_nonnull(keying.suite);
	for (unsigned i = 0; i < SOTTO_MASTER_KEY_MAX; i++)
		keying.master[0].key[i] = (uint8_t)(i * 7 + n * 31 + 1);
	for (unsigned i = 0; i < SOTTO_MASTER_SALT_MAX; i++)
		keying.master[0].salt[i] = (uint8_t)(i * 11 + n * 53 + 2);
	return keying;
}

void keying_add_second(struct sotto_keying *keying)
{
	keying->count = 2;
	keying->mki_len = 1;
	keying->master[1] = keying->master[0];
	keying->master[1].key[0] ^= 0x80;
	keying->master[0].mki = 1;
	keying->master[1].mki = 2;
}

struct sotto_srtp_context *open_ok(struct pair *pair, const struct sotto_keying *keying,
	const struct sotto_context_options *options)
{
	struct sotto_srtp_context *context = NULL;

	ck_assert_int_eq(sotto_context_open(pair->crypto, keying, options, &context), 0);
	ck_assert_ptr_nonnull(context);
	return context;
}

static void plain_make(uint8_t *packet, uint16_t seq, enum sotto_srtp_kind kind)
{
	memset(packet, 0x55, PLAIN_LEN);
	packet[0] = 0x80;
	packet[1] = kind == SOTTO_SRTP ? 8 : 200;
	sotto_base_put16(packet + 2, kind == SOTTO_SRTP ? seq : PLAIN_LEN / 4 - 1);
	sotto_base_put32(packet + (kind == SOTTO_SRTP ? 8 : 4), SSRC);
}

uint32_t protect(struct pair *pair, const struct sotto_srtp_context *tx, uint16_t seq,
	uint8_t packet[256], enum sotto_srtp_kind kind, uint8_t *verdict)
{
	struct sotto_srtp_batch *batch = &pair->batch;

	plain_make(packet, seq, kind);
	batch->data[0] = packet;
	batch->len[0] = PLAIN_LEN;
	batch->room[0] = PLAIN_LEN + sotto_srtp_trailer(tx, kind);
	batch->context[0] = tx;
	if (sotto_srtp_protect_burst(&pair->srtp, batch, 1, kind) == 1)
		return batch->len[0];
	*verdict = batch->verdict[0];
	return 0;
}

uint8_t unprotect(struct pair *pair, const struct sotto_srtp_context *rx, uint8_t *packet,
	uint32_t len, enum sotto_srtp_kind kind)
{
	struct sotto_srtp_batch *batch = &pair->batch;
	uint16_t seq = sotto_base_get16(packet + 2);
	uint8_t plain[PLAIN_LEN];

	batch->data[0] = packet;
	batch->len[0] = batch->room[0] = len;
	batch->context[0] = rx;
	if (sotto_srtp_unprotect_burst(&pair->srtp, batch, 1, kind) != 1)
		return batch->verdict[0];
	plain_make(plain, seq, kind);
	ck_assert_uint_eq(batch->len[0], PLAIN_LEN);
	ck_assert_mem_eq(packet, plain, PLAIN_LEN);
	return SOTTO_OK;
}

uint8_t carry(struct pair *pair, const struct sotto_srtp_context *tx,
	const struct sotto_srtp_context *rx, uint16_t seq, enum sotto_srtp_kind kind)
{
	uint8_t packet[256], verdict = SOTTO_OK;
	uint32_t len = protect(pair, tx, seq, packet, kind, &verdict);

	return len == 0 ? verdict : unprotect(pair, rx, packet, len, kind);
}
