/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key derivation (RFC 3711, 4.3) on every backend and tier: the RFC's own values of appendix B.3,
 * its keystream of B.2, and all backends against each other.
 */
#include "unit.h"

#include "each_crypto.h"

#include "base/bytes.h"
#include "keys/keys.h"

#include <string.h>

#define SUITE_80 sotto_keys_suite_at(0)

/* RFC 3711, B.3: master key and master salt. */
static struct sotto_master rfc_master(void)
{
	return (struct sotto_master){
		.suite = SUITE_80,
		.key = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c,
			0x06, 0xde, 0x41, 0x39},
		.salt = {0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a,
			0xab, 0xe6},
	};
}

/* RFC 3711, B.3: what is derived; of the 94 bytes of the authentication key the first 32. */
static const uint8_t rfc_cipher_key[16] = {0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee, 0x10,
	0x73, 0x4a, 0xfe, 0x3f, 0xf7, 0xa0, 0x87};
static const uint8_t rfc_cipher_salt[14] = {
	0x30, 0xcb, 0xbc, 0x08, 0x86, 0x3d, 0x8c, 0x85, 0xd4, 0x9d, 0xb3, 0x4a, 0x9a, 0xe1};
static const uint8_t rfc_auth_key[32] = {0xce, 0xbe, 0x32, 0x1f, 0x6f, 0xf7, 0x71, 0x6b, 0x6f, 0xd4,
	0xab, 0x49, 0xaf, 0x25, 0x6a, 0x15, 0x6d, 0x38, 0xba, 0xa4, 0x8f, 0x0a, 0x0a, 0xcf, 0x3c,
	0x34, 0xe2, 0x35, 0x9e, 0x6c, 0xdb, 0xce};

/* RFC 3711, B.2: session key, salt, and keystream blocks by their number. */
static const uint8_t b2_key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15,
	0x88, 0x09, 0xcf, 0x4f, 0x3c};
static const uint8_t b2_salt[14] = {
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd};
static const struct {
	uint16_t number;
	uint8_t block[16];
} b2_stream[] = {
	{0x0000, {0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1, 0x6d, 0xd9,
			 0x2b, 0x4e, 0xb4}},
	{0x0001, {0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a,
			 0x5f, 0x97, 0xab}},
	{0x0002, {0x41, 0xe9, 0x5b, 0x3b, 0xb0, 0xa2, 0xe8, 0xdd, 0x47, 0x79, 0x01, 0xe4, 0xfc,
			 0xa8, 0x94, 0xc0}},
	{0xfeff, {0xec, 0x8c, 0xdf, 0x73, 0x98, 0x60, 0x7c, 0xb0, 0xf2, 0xd2, 0x16, 0x75, 0xea,
			 0x9e, 0xa1, 0xe4}},
	{0xff00, {0x36, 0x2b, 0x7c, 0x3c, 0x67, 0x73, 0x51, 0x63, 0x18, 0xa0, 0x77, 0xd7, 0xfc,
			 0x50, 0x73, 0xae}},
	{0xff01, {0x6a, 0x2c, 0xc3, 0x78, 0x78, 0x89, 0x37, 0x4f, 0xbe, 0xb4, 0xc8, 0x1b, 0x17,
			 0xba, 0x6c, 0x44}},
};

#define B2_BLOCKS 0xff02u

/* Derives one label and looks at the bytes behind it too. */
static void check_label(
	struct sotto_crypto *crypto, enum sotto_label label, const uint8_t *want, size_t len)
{
	struct sotto_master master = rfc_master();
	uint8_t out[40];

	memset(out, 0xee, sizeof(out));
	ck_assert_int_eq(sotto_keys_derive(crypto, &master, label, out, len), 0);
	ck_assert_mem_eq(out, want, len);
	for (size_t i = len; i < sizeof(out); i++)
		ck_assert_uint_eq(out[i], 0xee);
}

START_TEST(rfc3711_b3_cipher_key)
{
	struct sotto_crypto *crypto = crypto_open(_i);

	if (!crypto)
		return;
	check_label(crypto, SOTTO_LABEL_RTP_ENCRYPTION, rfc_cipher_key, 16);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(rfc3711_b3_cipher_salt)
{
	struct sotto_crypto *crypto = crypto_open(_i);

	if (!crypto)
		return;
	check_label(crypto, SOTTO_LABEL_RTP_SALT, rfc_cipher_salt, 14);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(rfc3711_b3_auth_key)
{
	struct sotto_crypto *crypto = crypto_open(_i);

	if (!crypto)
		return;
	check_label(crypto, SOTTO_LABEL_RTP_AUTH, rfc_auth_key, 20);
	for (size_t len = 1; len <= sizeof(rfc_auth_key); len++)
		check_label(crypto, SOTTO_LABEL_RTP_AUTH, rfc_auth_key, len);
	crypto->backend->destroy(crypto);
}
END_TEST

/* A ready key of the session key of B.2, without authentication. */
static struct sotto_key *b2_ready_key(struct sotto_crypto *crypto)
{
	struct sotto_session_keys from = {.cipher = SOTTO_CIPHER_AES_CM_128, .salt_len = 14};
	struct sotto_key *key =
		crypto_key_alloc(crypto->backend, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_NONE);

	memcpy(from.cipher_key, b2_key, 16);
	memcpy(from.salt, b2_salt, 14);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
	return key;
}

/* The whole stream in one job: 1,044,512 bytes, the counter runs through 16 bits. */
START_TEST(rfc3711_b2_keystream_in_one_job)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	struct sotto_cipher_job job = {.len = B2_BLOCKS * 16};
	struct sotto_key *key;

	if (!crypto)
		return;
	key = b2_ready_key(crypto);
	job.key = key;
	job.data = calloc(B2_BLOCKS, 16);
	ck_assert_ptr_nonnull(job.data);
	memcpy(job.iv, key->iv, 16);
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, &job, 1), 0);
	for (size_t i = 0; i < sizeof(b2_stream) / sizeof(b2_stream[0]); i++)
		ck_assert_mem_eq(job.data + 16u * b2_stream[i].number, b2_stream[i].block, 16);
	free(job.data);
	sotto_crypto_key_wipe(key);
	free(key);
	crypto->backend->destroy(crypto);
}
END_TEST

/* Each block as a job of its own, all in one burst. */
START_TEST(rfc3711_b2_keystream_in_one_burst)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	struct sotto_cipher_job jobs[6];
	uint8_t data[6][16] = {{0}};
	struct sotto_key *key;

	if (!crypto)
		return;
	key = b2_ready_key(crypto);
	for (int i = 0; i < 6; i++) {
		jobs[i] = (struct sotto_cipher_job){.key = key, .data = data[i], .len = 16};
		memcpy(jobs[i].iv, key->iv, 14);
		sotto_base_put16(jobs[i].iv + 14, b2_stream[i].number);
	}
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, jobs, 6), 0);
	for (int i = 0; i < 6; i++)
		ck_assert_mem_eq(data[i], b2_stream[i].block, 16);
	sotto_crypto_key_wipe(key);
	free(key);
	crypto->backend->destroy(crypto);
}
END_TEST

/* A master that differs from call to call. */
static struct sotto_master any_master(unsigned n)
{
	struct sotto_master master = {.suite = sotto_keys_suite_at(n % 2)};

	for (unsigned i = 0; i < 16; i++)
		master.key[i] = (uint8_t)(n * 37 + i * 101 + 1);
	for (unsigned i = 0; i < 14; i++)
		master.salt[i] = (uint8_t)(n * 59 + i * 211);
	return master;
}

START_TEST(every_label_and_length_equals_the_judge)
{
	struct sotto_crypto *crypto = crypto_open(_i), *judge = crypto_open_judge();

	for (unsigned n = 0; crypto && n < 8; n++) {
		struct sotto_master master = any_master(n);

		for (unsigned label = 0; label < 6; label++) {
			for (size_t len = 1; len <= 32; len++) {
				uint8_t got[32], want[32];

				ck_assert_int_eq(
					sotto_keys_derive(crypto, &master, label, got, len), 0);
				ck_assert_int_eq(
					sotto_keys_derive(judge, &master, label, want, len), 0);
				ck_assert_mem_eq(got, want, len);
			}
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
	struct sotto_master master = rfc_master();
	uint8_t out[6][32];

	for (unsigned label = 0; label < 6; label++)
		ck_assert_int_eq(sotto_keys_derive(judge, &master, label, out[label], 32), 0);
	for (int a = 0; a < 6; a++) {
		for (int b = 0; b < a; b++)
			ck_assert_mem_ne(out[a], out[b], 32);
	}
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(every_bit_of_key_and_salt_counts)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = rfc_master();
	uint8_t out[16];

	for (unsigned bit = 0; bit < 8 * (16 + 14); bit++) {
		uint8_t *byte = bit < 128 ? &master.key[bit / 8] : &master.salt[bit / 8 - 16];

		*byte ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(
			sotto_keys_derive(judge, &master, SOTTO_LABEL_RTP_ENCRYPTION, out, 16), 0);
		ck_assert_mem_ne(out, rfc_cipher_key, 16);
		*byte ^= (uint8_t)(1u << bit % 8);
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
	tcase_add_loop_test(tc, rfc3711_b3_cipher_key, 0, pairs);
	tcase_add_loop_test(tc, rfc3711_b3_cipher_salt, 0, pairs);
	tcase_add_loop_test(tc, rfc3711_b3_auth_key, 0, pairs);
	tcase_add_loop_test(tc, rfc3711_b2_keystream_in_one_job, 0, pairs);
	tcase_add_loop_test(tc, rfc3711_b2_keystream_in_one_burst, 0, pairs);
	tcase_add_loop_test(tc, every_label_and_length_equals_the_judge, 0, pairs);
	tcase_add_test(tc, labels_give_different_keys);
	tcase_add_test(tc, every_bit_of_key_and_salt_counts);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
