/* SPDX-License-Identifier: BSD-3-Clause */
/* Ready keys (lib/crypto): their size and fields on every backend, failures, and the wipe. */
#include "unit.h"

#include "breakable.h"
#include "each_crypto.h"

#include <errno.h>
#include <string.h>

#define CIPHER SOTTO_CIPHER_AES_CM_128
#define AUTH SOTTO_AUTH_HMAC_SHA1

static struct sotto_session_keys session_keys(void)
{
	struct sotto_session_keys from = {
		.cipher = CIPHER,
		.auth = AUTH,
		.tag_len = 10,
		.auth_key_len = 20,
		.salt_len = 14,
	};

	memset(from.cipher_key, 0xc1, 16);
	memset(from.auth_key, 0xa2, 20);
	memset(from.salt, 0x53, 14);
	return from;
}

static bool is_zero(const void *p, size_t n)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

START_TEST(cipher_key_lengths)
{
	ck_assert_uint_eq(sotto_crypto_cipher_key_len(SOTTO_CIPHER_NONE), 0);
	ck_assert_uint_eq(sotto_crypto_cipher_key_len(SOTTO_CIPHER_AES_CM_128), 16);
	ck_assert_uint_eq(sotto_crypto_cipher_key_len(SOTTO_CIPHER_AES_CM_192), 24);
	ck_assert_uint_eq(sotto_crypto_cipher_key_len(SOTTO_CIPHER_AES_CM_256), 32);
	ck_assert_uint_eq(sotto_crypto_cipher_key_len(SOTTO_CIPHER_AES_GCM_128), 16);
	ck_assert_uint_eq(sotto_crypto_cipher_key_len(SOTTO_CIPHER_AES_GCM_256), 32);
	ck_assert_uint_eq(sotto_crypto_cipher_key_len(SOTTO_CIPHERS), 0);
}
END_TEST

START_TEST(size_is_whole_cache_lines)
{
	struct sotto_crypto *crypto = crypto_open(_i);

	if (!crypto)
		return;
	for (unsigned c = 0; c < SOTTO_CIPHERS; c++) {
		for (unsigned a = 0; a < SOTTO_AUTHS; a++) {
			size_t size = sotto_crypto_key_size(crypto->backend, c, a);

			ck_assert_uint_eq(size % SOTTO_CACHE_LINE, 0);
			ck_assert_uint_eq(crypto->backend->cipher_size(c) % 16, 0);
			ck_assert_uint_eq(crypto->backend->auth_size(a) % 16, 0);
		}
	}
	ck_assert_uint_gt(sotto_crypto_key_size(crypto->backend, CIPHER, AUTH), 0);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(none_takes_no_material)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	size_t head = SOTTO_CACHE_LINE;

	if (!crypto)
		return;
	ck_assert_uint_eq(crypto->backend->cipher_size(SOTTO_CIPHER_NONE), 0);
	ck_assert_uint_eq(crypto->backend->auth_size(SOTTO_AUTH_NONE), 0);
	ck_assert_uint_eq(
		sotto_crypto_key_size(crypto->backend, SOTTO_CIPHER_NONE, SOTTO_AUTH_NONE), head);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(fields_of_a_ready_key)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	struct sotto_session_keys from = session_keys();
	struct sotto_key *key;

	if (!crypto)
		return;
	from.flags = SOTTO_KEY_CLEAR;
	key = crypto_key_alloc(crypto->backend, CIPHER, AUTH);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
	ck_assert_ptr_eq(key->backend, crypto->backend);
	ck_assert_mem_eq(key->iv, from.salt, 14);
	ck_assert_uint_eq(key->iv[14] | key->iv[15], 0);
	ck_assert_uint_eq(key->cipher, CIPHER);
	ck_assert_uint_eq(key->auth, AUTH);
	ck_assert_uint_eq(key->tag_len, 10);
	ck_assert_uint_eq(key->flags, SOTTO_KEY_CLEAR);
	ck_assert_uint_eq(key->cipher_size, crypto->backend->cipher_size(CIPHER));
	ck_assert_uint_eq(key->auth_size, crypto->backend->auth_size(AUTH));
	ck_assert_ptr_eq(sotto_crypto_key_auth(key), key->material);
	ck_assert_ptr_eq(sotto_crypto_key_cipher(key), key->material + key->auth_size);
	sotto_crypto_key_wipe(key);
	free(key);
	crypto->backend->destroy(crypto);
}
END_TEST

/* MH-02: nothing of the key is left, not even which backend it had. */
START_TEST(mh02_wipe_zeroes_the_whole_key)
{
	struct sotto_crypto *crypto = crypto_open(_i);
	struct sotto_session_keys from = session_keys();
	struct sotto_key *key;

	if (!crypto)
		return;
	key = crypto_key_alloc(crypto->backend, CIPHER, AUTH);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
	sotto_crypto_key_wipe(key);
	ck_assert(is_zero(key, sotto_crypto_key_size(crypto->backend, CIPHER, AUTH)));
	sotto_crypto_key_wipe(key);
	sotto_crypto_key_wipe(NULL);
	free(key);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(init_overwrites_what_stood_there)
{
	struct sotto_crypto *crypto = crypto_open_judge();
	struct sotto_session_keys from = session_keys();
	size_t size = sotto_crypto_key_size(crypto->backend, CIPHER, AUTH);
	struct sotto_key *one = crypto_key_alloc(crypto->backend, CIPHER, AUTH);
	struct sotto_key *two = crypto_key_alloc(crypto->backend, CIPHER, AUTH);

	memset(two, 0xff, size);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, one), 0);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, two), 0);
	ck_assert_mem_eq(one, two, size);
	free(one);
	free(two);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(lengths_that_do_not_fit_are_refused)
{
	struct sotto_crypto *crypto = crypto_open_judge();
	size_t size = sotto_crypto_key_size(crypto->backend, CIPHER, AUTH);
	struct sotto_key *key = crypto_key_alloc(crypto->backend, CIPHER, AUTH);
	struct sotto_session_keys from = session_keys();

	from.salt_len = 15;
	memset(key, 0xee, size);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), -EINVAL);
	ck_assert(is_zero(key, size));
	from = session_keys();
	from.auth_key_len = 21;
	memset(key, 0xee, size);
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), -EINVAL);
	ck_assert(is_zero(key, size));
	free(key);
	crypto->backend->destroy(crypto);
}
END_TEST

START_TEST(mh11_each_failing_expansion_leaves_zeroes)
{
	struct sotto_crypto *crypto = breakable_open();
	size_t size = sotto_crypto_key_size(crypto->backend, CIPHER, AUTH);
	struct sotto_key *key = crypto_key_alloc(crypto->backend, CIPHER, AUTH);
	struct sotto_session_keys from = session_keys();

	for (unsigned n = 1; n <= 2; n++) {
		breakable = (struct breakable){.fail_at = n, .error = -EIO};
		memset(key, 0xee, size);
		ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), -EIO);
		ck_assert(is_zero(key, size));
		ck_assert_uint_eq(breakable.released, breakable.expanded);
	}
	free(key);
	breakable_close(crypto);
}
END_TEST

START_TEST(wipe_gives_back_what_the_backend_holds)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_key *key = crypto_key_alloc(crypto->backend, CIPHER, AUTH);
	struct sotto_session_keys from = session_keys();

	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
	ck_assert_uint_eq(breakable.expanded, 2);
	sotto_crypto_key_wipe(key);
	ck_assert_uint_eq(breakable.released, 2);
	sotto_crypto_key_wipe(key);
	ck_assert_uint_eq(breakable.released, 2);
	free(key);
	breakable_close(crypto);
}
END_TEST

/* A part that the key does not have is neither expanded nor given back. */
START_TEST(parts_that_are_none_are_left_out)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_key *key = crypto_key_alloc(crypto->backend, CIPHER, AUTH);
	struct sotto_session_keys from = session_keys();

	from.cipher = SOTTO_CIPHER_NONE;
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
	ck_assert_uint_eq(key->cipher_size, 0);
	sotto_crypto_key_wipe(key);
	ck_assert_uint_eq(breakable.expanded, 1);
	ck_assert_uint_eq(breakable.released, 1);
	from = session_keys();
	from.auth = SOTTO_AUTH_NONE;
	ck_assert_int_eq(sotto_crypto_key_init(crypto, &from, key), 0);
	ck_assert_uint_eq(key->auth_size, 0);
	sotto_crypto_key_wipe(key);
	ck_assert_uint_eq(breakable.expanded, 2);
	ck_assert_uint_eq(breakable.released, 2);
	free(key);
	breakable_close(crypto);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crypto/key");
	TCase *tc = tcase_create("key");
	int pairs = crypto_pairs();

	tcase_add_test(tc, cipher_key_lengths);
	tcase_add_loop_test(tc, size_is_whole_cache_lines, 0, pairs);
	tcase_add_loop_test(tc, none_takes_no_material, 0, pairs);
	tcase_add_loop_test(tc, fields_of_a_ready_key, 0, pairs);
	tcase_add_loop_test(tc, mh02_wipe_zeroes_the_whole_key, 0, pairs);
	tcase_add_test(tc, init_overwrites_what_stood_there);
	tcase_add_test(tc, lengths_that_do_not_fit_are_refused);
	tcase_add_test(tc, mh11_each_failing_expansion_leaves_zeroes);
	tcase_add_test(tc, wipe_gives_back_what_the_backend_holds);
	tcase_add_test(tc, parts_that_are_none_are_left_out);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
