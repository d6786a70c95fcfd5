/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The start-up self-test: every backend passes it on every tier, and it finds what it is there to
 * find. Faults are planted by putting a faulty burst function in front of the plain C backend.
 */
#include "tests/unit/crypto/support.h"

#include <string.h>

START_TEST(cr_08_every_tier_passes)
{
	struct sotto_crypto *crypto = target_open(_i);
	const char *failed = NULL;

	if (!crypto)
		return;
	ck_assert_int_eq(sotto_crypto_selftest(crypto, sotto_crypto_vectors(), &failed), 0);
	ck_assert_ptr_null(failed);
	crypto->backend->destroy(crypto);
}
END_TEST

/* Expects the self-test with these vectors to fail and to name that source. */
static void expect_failure(
	struct sotto_crypto *crypto, const struct sotto_crypto_vectors *vectors, const char *source)
{
	const char *failed = NULL;

	ck_assert_int_eq(sotto_crypto_selftest(crypto, vectors, &failed), -EBADMSG);
	ck_assert_str_eq(failed, source);
}

static void corrupt_cipher_vector(struct sotto_crypto *crypto, unsigned which)
{
	struct sotto_crypto_vectors vectors = *sotto_crypto_vectors();
	struct sotto_cipher_vector vector = vectors.cipher[which];
	uint8_t out[1024];

	ck_assert_uint_le(vector.len, sizeof(out));
	memcpy(out, vector.out, vector.len);
	out[vector.len - 1] ^= 0x01;
	vector.out = out;
	vectors.cipher = &vector;
	vectors.ciphers = 1;
	expect_failure(crypto, &vectors, vector.source);
}

static void corrupt_auth_vector(struct sotto_crypto *crypto, unsigned which)
{
	struct sotto_crypto_vectors vectors = *sotto_crypto_vectors();
	struct sotto_auth_vector vector = vectors.auth[which];
	uint8_t tag[SOTTO_SHA1_LEN];

	memcpy(tag, vector.tag, sizeof(tag));
	tag[SOTTO_SHA1_LEN - 1] ^= 0x80;
	vector.tag = tag;
	vectors.auth = &vector;
	vectors.auths = 1;
	vectors.ciphers = 0;
	expect_failure(crypto, &vectors, vector.source);
}

/* With one bit of the result, then of the tag, turned over. */
static void corrupt_aead_vector(struct sotto_crypto *crypto, unsigned which)
{
	struct sotto_crypto_vectors vectors = *sotto_crypto_vectors();
	const struct sotto_aead_vector *sound = &vectors.aead[which];
	struct sotto_aead_vector vector = *sound;
	uint8_t out[1024], tag[SOTTO_GCM_TAG_LEN];

	vectors.aead = &vector;
	vectors.aeads = 1;
	vectors.ciphers = vectors.auths = 0;
	memcpy(tag, sound->tag, sizeof(tag));
	tag[SOTTO_GCM_TAG_LEN - 1] ^= 0x01;
	vector.tag = tag;
	expect_failure(crypto, &vectors, vector.source);
	if (vector.len == 0)
		return;
	ck_assert_uint_le(vector.len, sizeof(out));
	memcpy(out, sound->out, vector.len);
	out[vector.len - 1] ^= 0x80;
	vector.out = out;
	vector.tag = sound->tag;
	expect_failure(crypto, &vectors, vector.source);
}

START_TEST(cr_09_a_corrupt_vector_is_found_and_named)
{
	const struct sotto_crypto_vectors *all = sotto_crypto_vectors();
	struct sotto_crypto *crypto = target_open(_i);

	if (!crypto)
		return;
	for (unsigned i = 0; i < all->ciphers; i++)
		corrupt_cipher_vector(crypto, i);
	for (unsigned i = 0; i < all->auths; i++)
		corrupt_auth_vector(crypto, i);
	for (unsigned i = 0; i < all->aeads; i++)
		corrupt_aead_vector(crypto, i);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(cr_09_one_corrupt_vector_among_all_is_named)
{
	struct sotto_crypto_vectors vectors = *sotto_crypto_vectors();
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ref);
	struct sotto_auth_vector table[64];
	uint8_t tag[SOTTO_SHA1_LEN] = {0};

	ck_assert_uint_le(vectors.auths, 64);
	memcpy(table, vectors.auth, vectors.auths * sizeof(table[0]));
	table[vectors.auths - 1].tag = tag;
	vectors.auth = table;
	vectors.ciphers = 0;
	expect_failure(crypto, &vectors, table[vectors.auths - 1].source);
	crypto->backend->destroy(crypto);
}
END_TEST

/* Faulty burst functions: each does the plain C backend's work and one thing wrong. */

static int writes_behind(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.cipher_burst(crypto, jobs, n);

	jobs[n - 1].data[jobs[n - 1].len] ^= 0xff;
	return rc;
}

static int writes_before(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.cipher_burst(crypto, jobs, n);

	jobs[0].data[-1] ^= 0xff;
	return rc;
}

static int forgets_the_64th(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	return sotto_crypto_ref.cipher_burst(crypto, jobs, n < SOTTO_BURST ? n : SOTTO_BURST - 1);
}

static int wrong_beside_others(
	struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.cipher_burst(crypto, jobs, n);

	if (n > 2 && jobs[1].len != jobs[2].len)
		jobs[2].data[0] ^= 0x01;
	return rc;
}

static int cipher_refuses(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	return n == 17 ? -EIO : sotto_crypto_ref.cipher_burst(crypto, jobs, n);
}

static int cuts_the_tag(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.auth_burst(crypto, jobs, n);

	memset(jobs[n - 1].tag + 12, 0, SOTTO_SHA1_LEN - 12);
	return rc;
}

static int tag_too_long(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.auth_burst(crypto, jobs, n);
	uint8_t *behind = (uint8_t *)(jobs + n);

	behind[0] ^= 0xff;
	return rc;
}

static int changes_the_message(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.auth_burst(crypto, jobs, n);

	((uint8_t *)(uintptr_t)jobs[0].data)[0] ^= 0x01;
	return rc;
}

static int aead_writes_behind(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	int rc = sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);

	jobs[n - 1].data[jobs[n - 1].len] ^= 0xff;
	return rc;
}

static int aead_writes_before(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	int rc = sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);

	jobs[0].data[-1] ^= 0xff;
	return rc;
}

static int aead_tag_too_long(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	int rc = sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);
	uint8_t *behind = (uint8_t *)(jobs + n);

	behind[0] ^= 0xff;
	return rc;
}

static int aead_forgets_the_64th(struct sotto_crypto *crypto, struct sotto_aead_job *jobs,
	unsigned n, enum sotto_aead_direction direction)
{
	return sotto_crypto_ref.aead_burst(
		crypto, jobs, n < SOTTO_BURST ? n : SOTTO_BURST - 1, direction);
}

/* Takes one key size for the other, but only where both are in one burst. */
static int aead_wrong_beside_others(struct sotto_crypto *crypto, struct sotto_aead_job *jobs,
	unsigned n, enum sotto_aead_direction direction)
{
	int rc = sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);

	if (n > 1 && jobs[0].key->cipher != jobs[1].key->cipher)
		jobs[1].tag[15] ^= 0x01;
	return rc;
}

/* Opens with the tag over the plaintext instead of the ciphertext. */
static int aead_opens_by_sealing(struct sotto_crypto *crypto, struct sotto_aead_job *jobs,
	unsigned n, enum sotto_aead_direction direction)
{
	(void)direction;
	return sotto_crypto_ref.aead_burst(crypto, jobs, n, SOTTO_AEAD_SEAL);
}

static int aead_opens_without_a_tag(struct sotto_crypto *crypto, struct sotto_aead_job *jobs,
	unsigned n, enum sotto_aead_direction direction)
{
	int rc = sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);

	if (direction == SOTTO_AEAD_OPEN)
		memset(jobs[n - 1].tag, 0, sizeof(jobs[n - 1].tag));
	return rc;
}

static int aead_changes_the_iv(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	int rc = sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);

	jobs[n / 2].iv[11]++;
	return rc;
}

static int aead_refuses(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	return n == 17 ? -EIO : sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);
}

/* One of the three functions stands in for the sound one. */
static const struct fault {
	int (*cipher_burst)(struct sotto_crypto *, struct sotto_cipher_job *, unsigned);
	int (*auth_burst)(struct sotto_crypto *, struct sotto_auth_job *, unsigned);
	int (*aead_burst)(struct sotto_crypto *, struct sotto_aead_job *, unsigned,
		enum sotto_aead_direction);
	int expected;
} faults[] = {
	{.cipher_burst = writes_behind, .expected = -EBADMSG},
	{.cipher_burst = writes_before, .expected = -EBADMSG},
	{.cipher_burst = forgets_the_64th, .expected = -EBADMSG},
	{.cipher_burst = wrong_beside_others, .expected = -EBADMSG},
	{.cipher_burst = cipher_refuses, .expected = -EIO},
	{.auth_burst = cuts_the_tag, .expected = -EBADMSG},
	{.auth_burst = tag_too_long, .expected = -EBADMSG},
	{.auth_burst = changes_the_message, .expected = -EBADMSG},
	{.aead_burst = aead_writes_behind, .expected = -EBADMSG},
	{.aead_burst = aead_writes_before, .expected = -EBADMSG},
	{.aead_burst = aead_tag_too_long, .expected = -EBADMSG},
	{.aead_burst = aead_forgets_the_64th, .expected = -EBADMSG},
	{.aead_burst = aead_wrong_beside_others, .expected = -EBADMSG},
	{.aead_burst = aead_opens_by_sealing, .expected = -EBADMSG},
	{.aead_burst = aead_opens_without_a_tag, .expected = -EBADMSG},
	{.aead_burst = aead_changes_the_iv, .expected = -EBADMSG},
	{.aead_burst = aead_refuses, .expected = -EIO},
};

START_TEST(cr_03_a_planted_fault_is_found)
{
	struct sotto_crypto_vectors vectors = *sotto_crypto_vectors();
	struct sotto_crypto_backend faulty = sotto_crypto_ref;
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ref);
	const char *failed = NULL;

	/* without a fault in them, ciphers and MACs are left out to save their time */
	if (faults[_i].cipher_burst)
		faulty.cipher_burst = faults[_i].cipher_burst;
	else
		vectors.ciphers = 0;
	if (faults[_i].auth_burst)
		faulty.auth_burst = faults[_i].auth_burst;
	else
		vectors.auths = 0;
	if (faults[_i].aead_burst)
		faulty.aead_burst = faults[_i].aead_burst;
	crypto->backend = &faulty;
	ck_assert_int_eq(sotto_crypto_selftest(crypto, &vectors, &failed), faults[_i].expected);
	ck_assert_int_eq(failed != NULL, faults[_i].expected == -EBADMSG);
	sotto_crypto_ref.destroy(crypto);
}
END_TEST

static size_t only_aes_128(enum sotto_cipher cipher)
{
	return cipher == SOTTO_CIPHER_AES_CM_128 ? sotto_crypto_ref.cipher_size(cipher) : 0;
}

START_TEST(vectors_of_an_unsupported_cipher_are_left_out)
{
	struct sotto_crypto_backend smaller = sotto_crypto_ref;
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ref);
	const char *failed = NULL;

	smaller.cipher_size = only_aes_128;
	crypto->backend = &smaller;
	ck_assert_int_eq(sotto_crypto_selftest(crypto, sotto_crypto_vectors(), &failed), 0);
	sotto_crypto_ref.destroy(crypto);
}
END_TEST

START_TEST(a_vector_whose_key_is_too_long_is_an_error)
{
	struct sotto_crypto_vectors vectors = *sotto_crypto_vectors();
	struct sotto_crypto *crypto = open_best(&sotto_crypto_ref);
	struct sotto_auth_vector vector = vectors.auth[0];
	const char *failed = NULL;

	vector.key_len = SOTTO_AUTH_KEY_MAX + 1;
	vectors.auth = &vector;
	vectors.auths = 1;
	vectors.ciphers = 0;
	ck_assert_int_eq(sotto_crypto_selftest(crypto, &vectors, &failed), -EINVAL);
	ck_assert_ptr_null(failed);
	crypto->backend->destroy(crypto);
}
END_TEST

TCase *selftest_tests(void)
{
	TCase *tests = tcase_create("selftest");

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, cr_08_every_tier_passes, 0, targets());
	tcase_add_loop_test(tests, cr_09_a_corrupt_vector_is_found_and_named, 0, targets());
	tcase_add_test(tests, cr_09_one_corrupt_vector_among_all_is_named);
	tcase_add_loop_test(
		tests, cr_03_a_planted_fault_is_found, 0, sizeof(faults) / sizeof(faults[0]));
	tcase_add_test(tests, vectors_of_an_unsupported_cipher_are_left_out);
	tcase_add_test(tests, a_vector_whose_key_is_too_long_is_an_error);
	return tests;
}
