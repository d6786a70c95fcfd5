/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counter mode and HMAC of every backend on every tier against plain C: random keys, lengths, burst
 * sizes and mixtures of ciphers, with guard bytes around whatever is written.
 */
#include "tests/unit/crypto/support.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PACKET_MAX 1500
#define KEYS 9 /* of them, three of each cipher */
#define GUARD_BYTE 0x5a

/* The same packet and the same key on both sides: of the backend, and of the judge. */
struct side {
	struct sotto_crypto *crypto;
	struct sotto_key *keys[KEYS];
	uint8_t packets[SOTTO_BURST][GUARD + PACKET_MAX + GUARD];
	struct sotto_cipher_job cipher[SOTTO_BURST];
	struct sotto_auth_job auth[SOTTO_BURST + 1];
};

struct sides {
	struct side tested, judge;
	uint64_t random;
};

static struct sides *sides_open(struct sotto_crypto *tested)
{
	struct sides *sides = calloc(1, sizeof(*sides));

	ck_assert_ptr_nonnull(sides);
	sides->tested.crypto = tested;
	sides->judge.crypto = open_best(&sotto_crypto_ref);
	sides->random = 20240607;
	for (unsigned i = 0; i < KEYS; i++) {
		struct sotto_session_keys from = session_keys(
			&sides->random, SOTTO_CIPHER_AES_CM_128 + i % 3, SOTTO_AUTH_HMAC_SHA1);

		sides->tested.keys[i] = key_make(tested, &from);
		sides->judge.keys[i] = key_make(sides->judge.crypto, &from);
	}
	return sides;
}

static void sides_close(struct sides *sides)
{
	for (unsigned i = 0; i < KEYS; i++) {
		key_drop(sides->tested.keys[i]);
		key_drop(sides->judge.keys[i]);
	}
	sides->tested.crypto->backend->destroy(sides->tested.crypto);
	sides->judge.crypto->backend->destroy(sides->judge.crypto);
	free(sides);
}

/* Lays packet and jobs number i out, in guard bytes, with the same content on both sides. */
static void lay_out(struct side *side, unsigned i, unsigned key, uint32_t len, uint64_t random)
{
	uint8_t *packet = side->packets[i] + GUARD;

	memset(side->packets[i], GUARD_BYTE, sizeof(side->packets[i]));
	random_fill(&random, packet, len);
	side->cipher[i].key = side->keys[key];
	side->cipher[i].data = packet;
	side->cipher[i].len = len;
	random_fill(&random, side->cipher[i].iv, SOTTO_AES_BLOCK);
	/* SRTP's counter blocks end in 16 zero bits (RFC 3711, 4.1.1) */
	memset(side->cipher[i].iv + 14, 0, 2);
	side->auth[i].key = side->keys[key];
	side->auth[i].data = packet;
	side->auth[i].len = len;
	memset(side->auth[i].tag, GUARD_BYTE, sizeof(side->auth[i].tag));
}

static void lay_out_both(struct sides *sides, unsigned i, unsigned key, uint32_t len)
{
	uint64_t random = random_next(&sides->random);

	lay_out(&sides->tested, i, key, len, random);
	lay_out(&sides->judge, i, key, len, random);
}

/* Encrypts and then authenticates the first n packets. */
static void run(struct side *side, unsigned n)
{
	const struct sotto_crypto_backend *backend = side->crypto->backend;

	memset(&side->auth[n], GUARD_BYTE, sizeof(side->auth[n]));
	ck_assert_int_eq(backend->cipher_burst(side->crypto, side->cipher, n), 0);
	ck_assert_int_eq(backend->auth_burst(side->crypto, side->auth, n), 0);
}

/* Runs both sides and compares packets, tags, and all bytes around them. */
static void run_and_compare(struct sides *sides, unsigned n)
{
	struct side *a = &sides->tested, *b = &sides->judge;

	run(a, n);
	run(b, n);
	for (unsigned i = 0; i < n; i++) {
		ck_assert_msg(memcmp(a->packets[i], b->packets[i], sizeof(a->packets[i])) == 0,
			"packet %u of %u, %u bytes, differs", i, n, a->cipher[i].len);
		ck_assert_msg(memcmp(a->auth[i].tag, b->auth[i].tag, SOTTO_SHA1_LEN) == 0,
			"tag %u of %u, %u bytes, differs", i, n, a->auth[i].len);
		ck_assert_ptr_eq(a->auth[i].key, a->cipher[i].key);
		ck_assert_ptr_eq(a->auth[i].data, a->packets[i] + GUARD);
		ck_assert_uint_eq(a->auth[i].len, a->cipher[i].len);
	}
	ck_assert_mem_eq(&a->auth[n], &b->auth[n], sizeof(a->auth[n]));
}

START_TEST(random_bursts_of_mixed_ciphers_agree)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sides *sides;

	if (!crypto)
		return;
	sides = sides_open(crypto);
	for (unsigned round = 0; round < 25; round++) {
		unsigned n = 1 + random_next(&sides->random) % SOTTO_BURST;

		for (unsigned i = 0; i < n; i++)
			lay_out_both(sides, i, random_next(&sides->random) % KEYS,
				1 + random_next(&sides->random) % PACKET_MAX);
		run_and_compare(sides, n);
	}
	sides_close(sides);
}
END_TEST

START_TEST(every_burst_size_of_one_cipher_agrees)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sides *sides;

	if (!crypto)
		return;
	sides = sides_open(crypto);
	for (unsigned n = 1; n <= SOTTO_BURST; n++) {
		for (unsigned i = 0; i < n; i++)
			lay_out_both(sides, i, n % KEYS, 160 + i % 4);
		run_and_compare(sides, n);
	}
	sides_close(sides);
}
END_TEST

START_TEST(cr_03_every_length_agrees_and_keeps_the_guard_bytes)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sides *sides;
	uint32_t len = 1;

	if (!crypto)
		return;
	sides = sides_open(crypto);
	while (len <= PACKET_MAX) {
		unsigned n = 0;

		for (; n < 60 && len <= PACKET_MAX; n++, len++)
			lay_out_both(sides, n, len % KEYS, len);
		run_and_compare(sides, n);
	}
	sides_close(sides);
}
END_TEST

/* One packet at the very end, and one at the very start, of memory that may be touched. */
static void touch_page_ends(struct sotto_crypto *crypto, const struct sotto_key *key,
	uint8_t *start, size_t room, uint32_t len)
{
	uint8_t *places[] = {start, start + room - len};
	uint8_t iv[SOTTO_AES_BLOCK] = {1};
	uint8_t tag[SOTTO_SHA1_LEN] = {0};

	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(crypt_one(crypto, key, iv, places[i], len), 0);
		ck_assert_int_eq(authenticate_one(crypto, key, places[i], len, tag), 0);
	}
}

START_TEST(nothing_outside_the_data_is_read)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct sotto_crypto *crypto = target_open(_i);
	uint64_t random = 7;
	uint8_t *pages;

	if (!crypto)
		return;
	/* a page that faults, one that does not, one that faults */
	pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(pages != MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_READ | PROT_WRITE), 0);
	for (unsigned c = SOTTO_CIPHER_AES_CM_128; !sotto_crypto_is_aead(c); c++) {
		struct sotto_session_keys from = session_keys(&random, c, SOTTO_AUTH_HMAC_SHA1);
		struct sotto_key *key = key_make(crypto, &from);

		for (uint32_t len = 1; len <= 600; len++)
			touch_page_ends(crypto, key, pages + page, page, len);
		key_drop(key);
	}
	munmap(pages, 3 * page);
	crypto->backend->destroy(crypto);
}
END_TEST

/* RFC 3711, B.2: 65,282 blocks from one IV, of which the document prints the last three. */
START_TEST(the_whole_keystream_of_rfc_3711_b_2_is_right)
{
	const struct sotto_crypto_vectors *all = sotto_crypto_vectors();
	const struct sotto_cipher_vector *first = NULL, *last = NULL;
	struct sotto_session_keys from = {.cipher = SOTTO_CIPHER_AES_CM_128};
	struct sotto_crypto *crypto = target_open(_i);
	const size_t len = (size_t)65282 * SOTTO_AES_BLOCK;
	struct sotto_key *key;
	uint8_t *stream;

	if (!crypto)
		return;
	for (unsigned i = 0; i < all->ciphers; i++) {
		if (strcmp(all->cipher[i].source, "RFC 3711 B.2, first blocks") == 0)
			first = &all->cipher[i];
		if (strcmp(all->cipher[i].source, "RFC 3711 B.2, last blocks") == 0)
			last = &all->cipher[i];
	}
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(last);
	memcpy(from.cipher_key, first->key, 16);
	key = key_make(crypto, &from);
	stream = calloc(1, len);
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(crypt_one(crypto, key, first->iv, stream, (uint32_t)len), 0);
	ck_assert_mem_eq(stream, first->out, first->len);
	ck_assert_mem_eq(stream + len - last->len, last->out, last->len);
	free(stream);
	key_drop(key);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(a_full_counter_of_2_to_the_16_blocks_agrees)
{
	const uint32_t len = 1u << 20;
	struct sotto_crypto *crypto = target_open(_i);
	struct sotto_crypto *judge;
	uint8_t iv[SOTTO_AES_BLOCK];
	uint64_t random = 14;
	uint8_t *a, *b;

	if (!crypto)
		return;
	judge = open_best(&sotto_crypto_openssl);
	random_fill(&random, iv, sizeof(iv));
	memset(iv + 14, 0, 2);
	a = calloc(1, len);
	b = calloc(1, len);
	ck_assert(a && b);
	for (unsigned c = SOTTO_CIPHER_AES_CM_128; !sotto_crypto_is_aead(c); c++) {
		struct sotto_session_keys from = session_keys(&random, c, SOTTO_AUTH_NONE);
		struct sotto_key *key = key_make(crypto, &from);
		struct sotto_key *judge_key = key_make(judge, &from);

		ck_assert_int_eq(crypt_one(crypto, key, iv, a, len), 0);
		ck_assert_int_eq(crypt_one(judge, judge_key, iv, b, len), 0);
		ck_assert(memcmp(a, b, len) == 0);
		key_drop(key);
		key_drop(judge_key);
	}
	free(a);
	free(b);
	crypto->backend->destroy(crypto);
	judge->backend->destroy(judge);
}
END_TEST

TCase *compare_tests(void)
{
	TCase *tests = tcase_create("compare");
	int end = targets();

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, random_bursts_of_mixed_ciphers_agree, 0, end);
	tcase_add_loop_test(tests, every_burst_size_of_one_cipher_agrees, 0, end);
	tcase_add_loop_test(tests, cr_03_every_length_agrees_and_keeps_the_guard_bytes, 0, end);
	tcase_add_loop_test(tests, nothing_outside_the_data_is_read, 0, end);
	tcase_add_loop_test(tests, the_whole_keystream_of_rfc_3711_b_2_is_right, 0, end);
	tcase_add_loop_test(tests, a_full_counter_of_2_to_the_16_blocks_agrees, 0, end);
	return tests;
}
