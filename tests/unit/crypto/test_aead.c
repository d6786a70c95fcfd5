/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AES-GCM of every backend on every tier, in both directions, against another backend, with guard
 * bytes around whatever is written.
 */
#include "tests/unit/crypto/support.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PACKET_MAX 1500
#define KEYS 6 /* of them, three of each cipher */
#define GUARD_BYTE 0x5a

/* The same packets and keys on both sides: of the backend, and of the judge. */
struct side {
	struct sotto_crypto *crypto;
	struct sotto_key *keys[KEYS];
	uint8_t packets[SOTTO_BURST][GUARD + PACKET_MAX + GUARD];
	uint8_t aads[SOTTO_BURST][PACKET_MAX];
	struct sotto_aead_job jobs[SOTTO_BURST + 1];
};

struct sides {
	struct side tested, judge;
	uint8_t plain[SOTTO_BURST][GUARD + PACKET_MAX + GUARD];
	uint64_t random;
};

static struct sides *sides_open(struct sotto_crypto *tested)
{
	struct sides *sides = calloc(1, sizeof(*sides));

	ck_assert_ptr_nonnull(sides);
	sides->tested.crypto = tested;
	sides->judge.crypto = open_judge(tested->backend);
	sides->random = 7714;
	for (unsigned i = 0; i < KEYS; i++) {
		struct sotto_session_keys from = session_keys(
			&sides->random, SOTTO_CIPHER_AES_GCM_128 + i % 2, SOTTO_AUTH_NONE);

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

/* Lays packet and job number i out; the same content for the same random. */
static void lay_out(struct side *side, unsigned i, unsigned key, uint32_t len, uint32_t aad_len,
	uint64_t random)
{
	struct sotto_aead_job *job = &side->jobs[i];

	memset(side->packets[i], GUARD_BYTE, sizeof(side->packets[i]));
	memset(side->aads[i], GUARD_BYTE, sizeof(side->aads[i]));
	memset(job, GUARD_BYTE, sizeof(*job));
	job->key = side->keys[key];
	job->aad = side->aads[i];
	job->data = side->packets[i] + GUARD;
	job->aad_len = aad_len;
	job->len = len;
	random_fill(&random, side->packets[i] + GUARD, len);
	random_fill(&random, side->aads[i], aad_len);
	random_fill(&random, job->iv, sizeof(job->iv));
}

static void lay_out_both(
	struct sides *sides, unsigned i, unsigned key, uint32_t len, uint32_t aad_len)
{
	uint64_t random = random_next(&sides->random);

	lay_out(&sides->tested, i, key, len, aad_len, random);
	lay_out(&sides->judge, i, key, len, aad_len, random);
	memcpy(sides->plain[i], sides->tested.packets[i], sizeof(sides->plain[i]));
}

static void run(struct side *side, unsigned n, enum sotto_aead_direction direction)
{
	const struct sotto_crypto_backend *backend = side->crypto->backend;

	for (unsigned i = 0; i < n; i++)
		memset(side->jobs[i].tag, GUARD_BYTE, sizeof(side->jobs[i].tag));
	memset(&side->jobs[n], GUARD_BYTE, sizeof(side->jobs[n]));
	ck_assert_int_eq(backend->aead_burst(side->crypto, side->jobs, n, direction), 0);
}

/* Job i says the same on both sides, but for the addresses; so do the bytes it points to. */
static void compare_job(const struct sides *sides, unsigned i, unsigned n)
{
	const struct side *tested = &sides->tested;
	const struct sotto_aead_job *a = &tested->jobs[i], *b = &sides->judge.jobs[i];

	ck_assert_msg(memcmp(a->tag, b->tag, sizeof(a->tag)) == 0,
		"tag %u of %u, %u bytes and %u bytes of aad, differs", i, n, b->len, b->aad_len);
	ck_assert_mem_eq(a->iv, b->iv, sizeof(a->iv));
	ck_assert_uint_eq(a->len, b->len);
	ck_assert_uint_eq(a->aad_len, b->aad_len);
	ck_assert_ptr_eq(a->data, tested->packets[i] + GUARD);
	ck_assert_ptr_eq(a->aad, tested->aads[i]);
	ck_assert_mem_eq(tested->aads[i], sides->judge.aads[i], sizeof(tested->aads[i]));
}

/* Seals on both sides: the same bytes. Opens what was sealed: the plain bytes, the same tags. */
static void seal_compare_open(struct sides *sides, unsigned n)
{
	struct side *a = &sides->tested, *b = &sides->judge;

	run(a, n, SOTTO_AEAD_SEAL);
	run(b, n, SOTTO_AEAD_SEAL);
	for (unsigned i = 0; i < n; i++) {
		compare_job(sides, i, n);
		ck_assert_msg(memcmp(a->packets[i], b->packets[i], sizeof(a->packets[i])) == 0,
			"packet %u of %u, %u bytes, differs", i, n, a->jobs[i].len);
	}
	run(a, n, SOTTO_AEAD_OPEN);
	for (unsigned i = 0; i < n; i++) {
		compare_job(sides, i, n);
		ck_assert_msg(memcmp(a->packets[i], sides->plain[i], sizeof(a->packets[i])) == 0,
			"opened packet %u of %u, %u bytes, differs", i, n, a->jobs[i].len);
	}
	ck_assert_mem_eq(&a->jobs[n], &b->jobs[n], sizeof(a->jobs[n]));
}

START_TEST(random_bursts_of_both_key_sizes_agree)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sides *sides;

	if (!crypto)
		return;
	sides = sides_open(crypto);
	for (unsigned round = 0; round < 25; round++) {
		unsigned n =
			round == 0 ? SOTTO_BURST : 1 + random_next(&sides->random) % SOTTO_BURST;

		for (unsigned i = 0; i < n; i++)
			lay_out_both(sides, i, random_next(&sides->random) % KEYS,
				random_next(&sides->random) % (PACKET_MAX + 1),
				1 + random_next(&sides->random) % PACKET_MAX);
		seal_compare_open(sides, n);
	}
	sides_close(sides);
}
END_TEST

START_TEST(every_burst_size_agrees)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sides *sides;

	if (!crypto)
		return;
	sides = sides_open(crypto);
	for (unsigned n = 1; n <= SOTTO_BURST; n++) {
		for (unsigned i = 0; i < n; i++)
			lay_out_both(sides, i, (n + i) % KEYS, 20 + i % 4, 12 + i % 9);
		seal_compare_open(sides, n);
	}
	sides_close(sides);
}
END_TEST

/* Every length of a packet, with lengths of what is only authenticated that go their own way. */
START_TEST(every_length_agrees_and_keeps_the_guard_bytes)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sides *sides;
	uint32_t len = 0;

	if (!crypto)
		return;
	sides = sides_open(crypto);
	while (len <= PACKET_MAX) {
		unsigned n = 0;

		for (; n < SOTTO_BURST && len <= PACKET_MAX; n++, len++)
			lay_out_both(sides, n, len % KEYS, len, 1 + 7 * len % PACKET_MAX);
		seal_compare_open(sides, n);
	}
	sides_close(sides);
}
END_TEST

START_TEST(all_short_lengths_agree)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sides *sides;

	if (!crypto)
		return;
	sides = sides_open(crypto);
	for (uint32_t len = 0; len <= 64; len++) {
		for (uint32_t aad_len = 1; aad_len <= SOTTO_BURST; aad_len++)
			lay_out_both(sides, aad_len - 1, (len + aad_len) % KEYS, len, aad_len);
		seal_compare_open(sides, SOTTO_BURST);
	}
	sides_close(sides);
}
END_TEST

/* A key of either size and its judge's, with room for the longest job. */
struct pair {
	struct sotto_crypto *crypto, *judge;
	struct sotto_key *key, *judge_key;
	uint8_t *plain, *data, *want, *aad;
};

/* The longest job's room twice and its plain bytes; agree on these lengths, both ways. */
static void pair_compare(struct pair *pair, uint32_t len, uint32_t aad_len)
{
	struct sotto_aead_job job = {.key = pair->key, .aad = pair->aad, .data = pair->data};
	struct sotto_aead_job want = {.key = pair->judge_key, .aad = pair->aad, .data = pair->want};

	job.len = want.len = len;
	job.aad_len = want.aad_len = aad_len;
	memcpy(pair->data, pair->plain, len);
	memcpy(pair->want, pair->plain, len);
	ck_assert_int_eq(aead_one(pair->crypto, &job, SOTTO_AEAD_SEAL), 0);
	ck_assert_int_eq(aead_one(pair->judge, &want, SOTTO_AEAD_SEAL), 0);
	ck_assert(memcmp(pair->data, pair->want, len) == 0);
	ck_assert_mem_eq(job.tag, want.tag, sizeof(job.tag));
	memset(job.tag, 0, sizeof(job.tag));
	ck_assert_int_eq(aead_one(pair->crypto, &job, SOTTO_AEAD_OPEN), 0);
	ck_assert(memcmp(pair->data, pair->plain, len) == 0);
	ck_assert_mem_eq(job.tag, want.tag, sizeof(job.tag));
}

/* Around the 2,048 bytes that openssl opens in one piece, and the most that the contract has. */
START_TEST(long_jobs_agree)
{
	static const uint32_t lengths[] = {2047, 2048, 2049, 4096, 4097, 1u << 20};
	const uint32_t most = 1u << 20, aad_most = 65534;
	struct pair pair = {.crypto = target_open(_i)};
	uint64_t random = 17;

	if (!pair.crypto)
		return;
	pair.judge =
		open_best(pair.crypto->backend == &sotto_crypto_openssl ? &sotto_crypto_ipsecmb
									: &sotto_crypto_openssl);
	pair.plain = malloc(3 * (size_t)most + aad_most);
	ck_assert_ptr_nonnull(pair.plain);
	pair.data = pair.plain + most;
	pair.want = pair.data + most;
	pair.aad = pair.want + most;
	random_fill(&random, pair.plain, most);
	random_fill(&random, pair.aad, aad_most);
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		struct sotto_session_keys from = session_keys(&random, c, SOTTO_AUTH_NONE);

		pair.key = key_make(pair.crypto, &from);
		pair.judge_key = key_make(pair.judge, &from);
		for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
			pair_compare(&pair, lengths[i], aad_most - 5 * i);
		key_drop(pair.key);
		key_drop(pair.judge_key);
	}
	free(pair.plain);
	pair.crypto->backend->destroy(pair.crypto);
	pair.judge->backend->destroy(pair.judge);
}
END_TEST

/* Count pages that may be touched, with one that faults in front and one behind. */
static uint8_t *pages_open(size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *all =
		mmap(NULL, (count + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(all != MAP_FAILED);
	ck_assert_int_eq(mprotect(all + page, count * page, PROT_READ | PROT_WRITE), 0);
	return all + page;
}

static void pages_close(uint8_t *pages, size_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(pages - page, (count + 2) * page);
}

/* Data and aad at the very end, then at the very start, of memory that may be touched. */
static void touch_page_ends(struct sotto_crypto *crypto, const struct sotto_key *key, uint8_t *data,
	uint8_t *aad, uint32_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint32_t aad_len = 1 + len * 5 % 600;

	for (unsigned at_end = 0; at_end < 2; at_end++) {
		struct sotto_aead_job job = {.key = key, .len = len, .aad_len = aad_len};

		job.data = data + (at_end ? page - len : 0);
		job.aad = aad + (at_end ? page - aad_len : 0);
		ck_assert_int_eq(aead_one(crypto, &job, SOTTO_AEAD_SEAL), 0);
		ck_assert_int_eq(aead_one(crypto, &job, SOTTO_AEAD_OPEN), 0);
	}
}

START_TEST(nothing_outside_data_aad_and_key_is_touched)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t *data, *aad, *keys;
	uint64_t random = 7;

	if (!crypto)
		return;
	data = pages_open(1);
	aad = pages_open(1);
	keys = pages_open(1);
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		struct sotto_session_keys from = session_keys(&random, c, SOTTO_AUTH_NONE);
		size_t size = sotto_crypto_key_size(crypto->backend, c, SOTTO_AUTH_NONE);
		struct sotto_key *key = (struct sotto_key *)(keys + page - size);

		ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
		for (uint32_t len = 0; len <= 1000; len++)
			touch_page_ends(crypto, key, data, aad, len);
		sotto_crypto_key_wipe(key);
	}
	pages_close(data, 1);
	pages_close(aad, 1);
	pages_close(keys, 1);
	crypto->backend->destroy(crypto);
}
END_TEST

TCase *aead_tests(void)
{
	TCase *tests = tcase_create("aead");
	int end = targets();

	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, random_bursts_of_both_key_sizes_agree, 0, end);
	tcase_add_loop_test(tests, every_burst_size_agrees, 0, end);
	tcase_add_loop_test(tests, every_length_agrees_and_keeps_the_guard_bytes, 0, end);
	tcase_add_loop_test(tests, all_short_lengths_agree, 0, end);
	tcase_add_loop_test(tests, long_jobs_agree, 0, end);
	tcase_add_loop_test(tests, nothing_outside_data_aad_and_key_is_touched, 0, end);
	return tests;
}
