/* SPDX-License-Identifier: BSD-3-Clause */
/* Ready keys on every backend: sizes, refusals, life longer than the instance, wiping. */
#include "tests/unit/crypto/support.h"

#include <string.h>

static bool all_zero(const void *p, size_t len)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

START_TEST(an_unsupported_cipher_or_mac_is_refused)
{
	uint64_t random = 3;
	struct sotto_session_keys from = session_keys(&random, SOTTO_CIPHERS, SOTTO_AUTH_HMAC_SHA1);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t room[1024] SOTTO_ALIGNED(64);
	const struct sotto_crypto_backend *backend;

	if (!crypto)
		return;
	backend = crypto->backend;
	ck_assert_uint_eq(backend->cipher_size(SOTTO_CIPHER_NONE), 0);
	ck_assert_uint_eq(backend->cipher_size(SOTTO_CIPHERS), 0);
	ck_assert_uint_eq(backend->auth_size(SOTTO_AUTH_NONE), 0);
	ck_assert_uint_eq(backend->auth_size(SOTTO_AUTHS), 0);
	ck_assert_int_eq(
		backend->cipher_expand(crypto, SOTTO_CIPHERS, from.cipher_key, room), -ENOTSUP);
	ck_assert_int_eq(
		backend->auth_expand(crypto, SOTTO_AUTHS, from.auth_key, 20, room), -ENOTSUP);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, (void *)room), -ENOTSUP);
	from.cipher = SOTTO_CIPHER_AES_CM_128;
	from.auth = SOTTO_AUTHS;
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, (void *)room), -ENOTSUP);
	backend->destroy(crypto);
}
END_TEST

START_TEST(a_refused_authentication_key_leaves_zero_bytes)
{
	static const uint8_t bad_lengths[] = {0, SOTTO_AUTH_KEY_MAX + 1};
	uint64_t random = 4;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_CM_256, SOTTO_AUTH_HMAC_SHA1);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t room[1024] SOTTO_ALIGNED(64), long_key[64] = {1};
	size_t size;

	if (!crypto)
		return;
	size = sotto_crypto_key_size(crypto->backend, from.cipher, from.auth);
	for (unsigned i = 0; i < sizeof(bad_lengths); i++) {
		memset(room, 0xcc, sizeof(room));
		from.auth_key_len = bad_lengths[i];
		ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, (void *)room), -EINVAL);
		ck_assert(all_zero(room, size));
		memset(room, 0xcc, sizeof(room));
		ck_assert_int_eq(crypto->backend->auth_expand(
					 crypto, from.auth, long_key, bad_lengths[i], room),
			-EINVAL);
		ck_assert(all_zero(room, crypto->backend->auth_size(from.auth)));
		ck_assert_uint_eq(room[crypto->backend->auth_size(from.auth)], 0xcc);
	}
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(material_comes_in_whole_blocks)
{
	const struct sotto_crypto_backend *backend = sotto_crypto_backends[_i];

	for (unsigned c = SOTTO_CIPHER_AES_CM_128; c < SOTTO_CIPHERS; c++) {
		ck_assert_uint_gt(backend->cipher_size(c), 0);
		ck_assert_uint_eq(backend->cipher_size(c) % 16, 0);
	}
	ck_assert_uint_gt(backend->auth_size(SOTTO_AUTH_HMAC_SHA1), 0);
	ck_assert_uint_eq(backend->auth_size(SOTTO_AUTH_HMAC_SHA1) % 16, 0);
}
END_TEST

START_TEST(an_ipsecmb_key_of_aes_128_fills_four_cache_lines)
{
	const struct sotto_crypto_backend *backend = &sotto_crypto_ipsecmb;
	const enum sotto_auth auth = SOTTO_AUTH_HMAC_SHA1;

	ck_assert_uint_eq(sotto_crypto_key_size(backend, SOTTO_CIPHER_AES_CM_128, auth), 256);
	ck_assert_uint_eq(
		32 + backend->cipher_size(SOTTO_CIPHER_AES_CM_128) + backend->auth_size(auth), 256);
	ck_assert_uint_eq(sotto_crypto_key_size(backend, SOTTO_CIPHER_AES_CM_192, auth), 320);
	ck_assert_uint_eq(sotto_crypto_key_size(backend, SOTTO_CIPHER_AES_CM_256, auth), 320);
	ck_assert_uint_eq(sotto_crypto_key_size(backend, SOTTO_CIPHER_NONE, auth), 128);
}
END_TEST

START_TEST(an_aead_cipher_takes_no_mac_beside_it)
{
	uint64_t random = 8;
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t room[64] SOTTO_ALIGNED(64);

	if (!crypto)
		return;
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		struct sotto_session_keys from = session_keys(&random, c, SOTTO_AUTH_HMAC_SHA1);

		ck_assert_uint_eq(
			sotto_crypto_key_size(crypto->backend, c, SOTTO_AUTH_HMAC_SHA1), 0);
		ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, (void *)room), -ENOTSUP);
	}
	crypto->backend->destroy(crypto);
}
END_TEST

/* The head of an AEAD key: 12 bytes of salt as they are, then zeros; the flags; cipher alone. */
START_TEST(an_aead_key_says_what_it_was_made_from)
{
	static const uint8_t zeros[SOTTO_AES_BLOCK - SOTTO_GCM_IV_LEN];
	uint64_t random = 9;
	struct sotto_crypto *crypto = target_open(_i);

	if (!crypto)
		return;
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		struct sotto_session_keys from = session_keys(&random, c, SOTTO_AUTH_NONE);
		struct sotto_key *key;

		from.flags = SOTTO_KEY_PLAIN | SOTTO_KEY_CLEAR;
		key = key_make(crypto, &from);
		ck_assert_mem_eq(key->iv, from.salt, SOTTO_GCM_IV_LEN);
		ck_assert_mem_eq(key->iv + SOTTO_GCM_IV_LEN, zeros, sizeof(zeros));
		ck_assert_uint_eq(key->flags, SOTTO_KEY_PLAIN | SOTTO_KEY_CLEAR);
		ck_assert_uint_eq(key->cipher, c);
		ck_assert_uint_eq(key->auth, SOTTO_AUTH_NONE);
		ck_assert_uint_eq(key->tag_len, SOTTO_GCM_TAG_LEN);
		ck_assert_uint_eq(key->auth_size, 0);
		ck_assert_uint_eq(key->cipher_size, crypto->backend->cipher_size(c));
		key_drop(key);
	}
	crypto->backend->destroy(crypto);
}
END_TEST

/* Material may begin at any multiple of 16 bytes, whatever the library behind it wants. */
START_TEST(material_stays_within_its_size_at_every_place)
{
	static const uint8_t key[SOTTO_CIPHER_KEY_MAX] = {1};
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t room[4096] SOTTO_ALIGNED(64);

	if (!crypto)
		return;
	for (unsigned c = SOTTO_CIPHER_AES_CM_128; c < SOTTO_CIPHERS; c++) {
		size_t size = crypto->backend->cipher_size(c);

		ck_assert_uint_le(size, sizeof(room) / 2);
		for (size_t at = 16; at <= 64; at += 16) {
			memset(room, 0xcc, sizeof(room));
			ck_assert_int_eq(
				crypto->backend->cipher_expand(crypto, c, key, room + at), 0);
			for (size_t i = 0; i < 16; i++) {
				ck_assert_uint_eq(room[at - 16 + i], 0xcc);
				ck_assert_uint_eq(room[at + size + i], 0xcc);
			}
			if (crypto->backend->cipher_release)
				crypto->backend->cipher_release(c, room + at);
		}
	}
	crypto->backend->destroy(crypto);
}
END_TEST

/* Every cipher with and without a MAC: the whole memory is zero behind the wipe. */
START_TEST(a_wiped_key_is_zero_bytes)
{
	struct sotto_crypto *crypto = target_open(_i);
	uint64_t random = 5;

	if (!crypto)
		return;
	for (unsigned c = SOTTO_CIPHER_NONE; c < SOTTO_CIPHERS; c++) {
		unsigned end = sotto_crypto_is_aead(c) ? SOTTO_AUTH_NONE + 1 : SOTTO_AUTHS;

		for (unsigned a = SOTTO_AUTH_NONE; a < end; a++) {
			struct sotto_session_keys from = session_keys(&random, c, a);
			size_t size = sotto_crypto_key_size(crypto->backend, c, a);
			struct sotto_key *key = key_make(crypto, &from);

			ck_assert_mem_eq(key->iv, from.salt, from.salt_len);
			ck_assert(!all_zero(key, size));
			sotto_crypto_key_wipe(key);
			ck_assert(all_zero(key, size));
			sotto_crypto_key_wipe(key); /* a wiped key is let alone */
			free(key);
		}
	}
	sotto_crypto_key_wipe(NULL);
	crypto->backend->destroy(crypto);
}
END_TEST

/* Control expands a key with its own instance; a worker uses it with another. */
START_TEST(a_key_outlives_the_instance_that_made_it)
{
	uint64_t random = 6;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_CM_192, SOTTO_AUTH_HMAC_SHA1);
	struct sotto_crypto *maker = target_open(_i);
	struct sotto_crypto *user = target_open(_i);
	uint8_t data[200] = {0}, iv[SOTTO_AES_BLOCK] = {0}, tag[SOTTO_SHA1_LEN] = {0};
	uint8_t twice[SOTTO_SHA1_LEN] = {0};
	struct sotto_key *key;

	if (!maker || !user)
		return;
	key = key_make(maker, &from);
	maker->backend->destroy(maker);
	ck_assert_int_eq(authenticate_one(user, key, data, sizeof(data), tag), 0);
	/* encrypting twice gives the plain bytes back, so both runs start from the IV */
	ck_assert_int_eq(crypt_one(user, key, iv, data, sizeof(data)), 0);
	ck_assert(!all_zero(data, sizeof(data)));
	ck_assert_int_eq(crypt_one(user, key, iv, data, sizeof(data)), 0);
	ck_assert(all_zero(data, sizeof(data)));
	ck_assert_int_eq(authenticate_one(user, key, data, sizeof(data), twice), 0);
	ck_assert_mem_eq(tag, twice, sizeof(tag));
	key_drop(key);
	user->backend->destroy(user);
}
END_TEST

START_TEST(an_aead_key_outlives_the_instance_that_made_it)
{
	uint64_t random = 10;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_GCM_256, SOTTO_AUTH_NONE);
	struct sotto_crypto *maker = target_open(_i);
	struct sotto_crypto *user = target_open(_i);
	uint8_t data[200] = {0}, aad[12] = {1}, tag[SOTTO_GCM_TAG_LEN];
	struct sotto_aead_job job = {.aad = aad, .data = data, .aad_len = 12, .len = 200};
	struct sotto_key *key;

	if (!maker || !user)
		return;
	key = key_make(maker, &from);
	job.key = key;
	ck_assert_int_eq(aead_one(maker, &job, SOTTO_AEAD_SEAL), 0);
	memcpy(tag, job.tag, sizeof(tag));
	maker->backend->destroy(maker);
	ck_assert(!all_zero(data, sizeof(data)));
	ck_assert_int_eq(aead_one(user, &job, SOTTO_AEAD_OPEN), 0);
	ck_assert(all_zero(data, sizeof(data)));
	ck_assert_mem_eq(job.tag, tag, sizeof(tag));
	key_drop(key);
	user->backend->destroy(user);
}
END_TEST

START_TEST(an_aead_burst_leaves_a_key_as_it_was)
{
	uint64_t random = 11;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_GCM_128, SOTTO_AUTH_NONE);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t data[300] = {0}, aad[12] = {1}, before[2048];
	struct sotto_aead_job job = {.aad = aad, .data = data, .aad_len = 12, .len = 300};
	struct sotto_key *key;
	size_t size;

	if (!crypto)
		return;
	key = key_make(crypto, &from);
	size = sotto_crypto_key_size(crypto->backend, from.cipher, from.auth);
	ck_assert_uint_le(size, sizeof(before));
	memcpy(before, key, size);
	job.key = key;
	ck_assert_int_eq(aead_one(crypto, &job, SOTTO_AEAD_SEAL), 0);
	ck_assert_int_eq(aead_one(crypto, &job, SOTTO_AEAD_OPEN), 0);
	ck_assert_mem_eq(key, before, size);
	key_drop(key);
	crypto->backend->destroy(crypto);
}
END_TEST

/* Bursts read a key of plain bytes and never write it. */
START_TEST(a_burst_leaves_a_plain_key_as_it_was)
{
	uint64_t random = 7;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_HMAC_SHA1);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t data[300] = {0}, iv[SOTTO_AES_BLOCK] = {0}, tag[SOTTO_SHA1_LEN] = {0};
	uint8_t before[1024];
	struct sotto_key *key;
	size_t size;

	if (!crypto)
		return;
	key = key_make(crypto, &from);
	size = sotto_crypto_key_size(crypto->backend, from.cipher, from.auth);
	memcpy(before, key, size);
	ck_assert_int_eq(crypt_one(crypto, key, iv, data, sizeof(data)), 0);
	ck_assert_int_eq(authenticate_one(crypto, key, data, sizeof(data), tag), 0);
	ck_assert_mem_eq(key, before, size);
	key_drop(key);
	crypto->backend->destroy(crypto);
}
END_TEST

TCase *key_tests(void)
{
	TCase *tests = tcase_create("key");
	int end = targets();

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, an_unsupported_cipher_or_mac_is_refused, 0, end);
	tcase_add_loop_test(tests, a_refused_authentication_key_leaves_zero_bytes, 0, end);
	tcase_add_loop_test(tests, material_comes_in_whole_blocks, 0, 3);
	tcase_add_test(tests, an_ipsecmb_key_of_aes_128_fills_four_cache_lines);
	tcase_add_loop_test(tests, an_aead_cipher_takes_no_mac_beside_it, 0, end);
	tcase_add_loop_test(tests, an_aead_key_says_what_it_was_made_from, 0, end);
	tcase_add_loop_test(tests, material_stays_within_its_size_at_every_place, 0, end);
	tcase_add_loop_test(tests, a_wiped_key_is_zero_bytes, 0, end);
	tcase_add_loop_test(tests, a_key_outlives_the_instance_that_made_it, 0, end);
	tcase_add_loop_test(tests, an_aead_key_outlives_the_instance_that_made_it, 0, end);
	tcase_add_loop_test(tests, a_burst_leaves_a_plain_key_as_it_was, 0, end);
	tcase_add_loop_test(tests, an_aead_burst_leaves_a_key_as_it_was, 0, end);
	return tests;
}
