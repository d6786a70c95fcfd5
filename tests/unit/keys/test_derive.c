/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key derivation (RFC 3711, 4.3; RFC 6188, 3; RFC 7714, 11) on every backend and tier: the RFCs'
 * own values and keystreams, and all backends against each other.
 */
#include "unit.h"

#include "each_crypto.h"
#include "masters.h"

#include "base/bytes.h"
#include "keys/keys.h"
#include "tests/vectors/aes_cm.h"
#include "tests/vectors/key_derivation.h"

#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct sotto_master vector_master(const struct key_vector *v)
{
	struct sotto_master master = {.suite = suite_named(v->suite)};

	memcpy(master.key, v->key, sizeof(v->key));
	memcpy(master.salt, v->salt, sizeof(v->salt));
	return master;
}

/* Derives the first len bytes of one vector and looks at the bytes behind them too. */
static void check_vector(struct sotto_crypto *crypto, const struct key_vector *v, size_t len)
{
	struct sotto_master master = vector_master(v);
	uint8_t out[40];

	memset(out, 0xee, sizeof(out));
	ck_assert_int_eq(sotto_keys_derive(crypto, &master, v->label, out, len), 0);
	ck_assert_msg(memcmp(out, v->want, len) == 0, "%s, label %u", v->source, v->label);
	for (size_t i = len; i < sizeof(out); i++)
		ck_assert_uint_eq(out[i], 0xee);
}

START_TEST(rfc3711_b3_rfc6188_7_rfc6904_a_values)
{
	struct sotto_crypto *crypto = crypto_open(_i);

	for (int i = 0; crypto && i < COUNT(key_vectors); i++) {
		for (size_t len = 1; len <= key_vectors[i].len; len++)
			check_vector(crypto, &key_vectors[i], len);
	}
	if (crypto)
		crypto->backend->destroy(crypto);
}
END_TEST

/* The same for every suite that shares the cipher: the _32 ones, the old spellings, NULL. */
START_TEST(suites_of_one_prf_derive_the_same)
{
	struct sotto_crypto *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (int i = 0; i < COUNT(key_vectors); i++) {
		const struct key_vector *v = &key_vectors[i];
		struct sotto_master master = vector_master(v);
		enum sotto_cipher prf = master.suite->prf;
		uint8_t salt_len = master.suite->salt_len, out[32];

		for (unsigned s = 0; (suite = sotto_keys_suite_at(s)) != NULL; s++) {
			if (suite->prf != prf || suite->salt_len != salt_len)
				continue;
			master.suite = suite;
			ck_assert_int_eq(
				sotto_keys_derive(judge, &master, v->label, out, v->len), 0);
			ck_assert_mem_eq(out, v->want, v->len);
		}
	}
	judge->backend->destroy(judge);
}
END_TEST

/* A ready key of the session key of a keystream vector, without authentication. */
static struct sotto_key *stream_key(struct sotto_crypto *crypto, int i)
{
	static const enum sotto_cipher ciphers[] = {
		SOTTO_CIPHER_AES_CM_128, SOTTO_CIPHER_AES_CM_192, SOTTO_CIPHER_AES_CM_256};
	struct sotto_session_keys from = {.cipher = ciphers[i], .salt_len = 14};
	struct sotto_key *key = crypto_key_alloc(crypto->backend, ciphers[i], SOTTO_AUTH_NONE);

	ck_assert_uint_eq(sotto_crypto_cipher_key_len(ciphers[i]), aes_cm_vectors[i].key_len);
	memcpy(from.cipher_key, aes_cm_vectors[i].key, sizeof(from.cipher_key));
	memcpy(from.salt, aes_cm_vector_salt, 14);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
	return key;
}

/* One whole stream in one job: 1,044,512 bytes, the counter runs through 16 bits. */
static void check_stream(struct sotto_crypto *crypto, int v)
{
	struct sotto_key *key = stream_key(crypto, v);
	struct sotto_cipher_job job = {.key = key, .len = AES_CM_VECTOR_BLOCKS * 16};

	job.data = calloc(AES_CM_VECTOR_BLOCKS, 16);
	ck_assert_ptr_nonnull(job.data);
	memcpy(job.iv, key->iv, 16);
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, &job, 1), 0);
	for (int i = 0; i < COUNT(aes_cm_vector_number); i++)
		ck_assert_mem_eq(
			job.data + 16u * aes_cm_vector_number[i], aes_cm_vectors[v].block[i], 16);
	free(job.data);
	sotto_crypto_key_wipe(key);
	free(key);
}

START_TEST(rfc3711_b2_rfc6188_7_keystream_in_one_job)
{
	struct sotto_crypto *crypto = crypto_open(_i);

	for (int v = 0; crypto && v < COUNT(aes_cm_vectors); v++)
		check_stream(crypto, v);
	if (crypto)
		crypto->backend->destroy(crypto);
}
END_TEST

/* Each block of each stream as a job of its own, all in one burst. */
START_TEST(rfc3711_b2_rfc6188_7_keystream_in_one_burst)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	struct sotto_cipher_job jobs[18];
	uint8_t data[18][16] = {{0}};
	struct sotto_key *key[3];

	if (!crypto)
		return;
	for (int v = 0; v < 3; v++)
		key[v] = stream_key(crypto, v);
	for (int i = 0; i < 18; i++) {
		jobs[i] = (struct sotto_cipher_job){.key = key[i % 3], .data = data[i], .len = 16};
		memcpy(jobs[i].iv, key[i % 3]->iv, 14);
		sotto_base_put16(jobs[i].iv + 14, aes_cm_vector_number[i / 3]);
	}
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, jobs, 18), 0);
	for (int i = 0; i < 18; i++)
		ck_assert_mem_eq(data[i], aes_cm_vectors[i % 3].block[i / 3], 16);
	for (int v = 0; v < 3; v++) {
		sotto_crypto_key_wipe(key[v]);
		free(key[v]);
	}
	crypto->backend->destroy(crypto);
}
END_TEST

static void check_equals_judge(
	struct sotto_crypto *crypto, struct sotto_crypto *judge, const struct sotto_master *master)
{
	uint8_t got[32], want[32];

	for (unsigned label = 0; label < 8; label++) {
		for (size_t len = 1; len <= 32; len++) {
			ck_assert_int_eq(sotto_keys_derive(crypto, master, label, got, len), 0);
			ck_assert_int_eq(sotto_keys_derive(judge, master, label, want, len), 0);
			ck_assert_mem_eq(got, want, len);
		}
	}
}

START_TEST(every_suite_label_and_length_equals_the_judge)
{
	struct sotto_crypto *crypto = crypto_open(_i), *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (unsigned s = 0; crypto && (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		for (unsigned n = 0; n < 3; n++) {
			struct sotto_master master = any_master(suite, n);

			check_equals_judge(crypto, judge, &master);
		}
	}
	if (crypto)
		crypto->backend->destroy(crypto);
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(labels_give_different_keys)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = any_master(sotto_keys_suite_at(0), 5);
	uint8_t out[8][32];

	for (unsigned label = 0; label < 8; label++)
		ck_assert_int_eq(sotto_keys_derive(judge, &master, label, out[label], 32), 0);
	for (int a = 0; a < 8; a++) {
		for (int b = 0; b < a; b++)
			ck_assert_mem_ne(out[a], out[b], 32);
	}
	judge->backend->destroy(judge);
}
END_TEST

/* Each bit of a master of the suite changes what is derived. */
static void check_bits(struct sotto_crypto *judge, const struct sotto_suite *suite)
{
	struct sotto_master master = any_master(suite, 1);
	uint8_t want[16], out[16];
	unsigned key_bits = suite->key_len * 8u;

	ck_assert_int_eq(
		sotto_keys_derive(judge, &master, SOTTO_LABEL_RTP_ENCRYPTION, want, 16), 0);
	for (unsigned bit = 0; bit < key_bits + suite->salt_len * 8u; bit++) {
		uint8_t *byte =
			bit < key_bits ? &master.key[bit / 8] : &master.salt[(bit - key_bits) / 8];

		*byte ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(
			sotto_keys_derive(judge, &master, SOTTO_LABEL_RTP_ENCRYPTION, out, 16), 0);
		ck_assert_mem_ne(out, want, 16);
		*byte ^= (uint8_t)(1u << bit % 8);
	}
}

START_TEST(every_bit_of_key_and_salt_counts)
{
	struct sotto_crypto *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (unsigned s = 0; (suite = sotto_keys_suite_at(s)) != NULL; s++)
		check_bits(judge, suite);
	judge->backend->destroy(judge);
}
END_TEST

/* What stands behind a suite's key and salt in the struct is not looked at. */
START_TEST(bytes_behind_key_and_salt_do_not_count)
{
	struct sotto_crypto *judge = crypto_open_judge();
	const struct sotto_suite *suite;
	uint8_t want[32], out[32];

	for (unsigned s = 0; (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		struct sotto_master master = any_master(suite, 9);

		ck_assert_int_eq(sotto_keys_derive(judge, &master, 2, want, 32), 0);
		memset(master.key + suite->key_len, 0x99, sizeof(master.key) - suite->key_len);
		memset(master.salt + suite->salt_len, 0x99, sizeof(master.salt) - suite->salt_len);
		ck_assert_int_eq(sotto_keys_derive(judge, &master, 2, out, 32), 0);
		ck_assert_mem_eq(out, want, 32);
	}
	judge->backend->destroy(judge);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/derive");
	TCase *tc = tcase_create("derive");
	int pairs = crypto_pairs();

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, rfc3711_b3_rfc6188_7_rfc6904_a_values, 0, pairs);
	tcase_add_test(tc, suites_of_one_prf_derive_the_same);
	tcase_add_loop_test(tc, rfc3711_b2_rfc6188_7_keystream_in_one_job, 0, pairs);
	tcase_add_loop_test(tc, rfc3711_b2_rfc6188_7_keystream_in_one_burst, 0, pairs);
	tcase_add_loop_test(tc, every_suite_label_and_length_equals_the_judge, 0, pairs);
	tcase_add_test(tc, labels_give_different_keys);
	tcase_add_test(tc, every_bit_of_key_and_salt_counts);
	tcase_add_test(tc, bytes_behind_key_and_salt_do_not_count);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
