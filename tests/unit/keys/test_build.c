/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a master to the two ready keys: the same packets come out of every backend and tier, the
 * tag lengths are those of the suite, and every failure leaves zeroes.
 */
#include "unit.h"

#include "breakable.h"
#include "each_crypto.h"

#include "base/secret.h"
#include "keys/keys.h"

#include <errno.h>
#include <string.h>

#define TEXT_LEN 200

/* The two keys of one master on one instance. */
struct pair {
	struct sotto_crypto *crypto;
	struct sotto_key *key[2]; /* SRTP, SRTCP */
	size_t size;              /* bytes of each */
};

static struct sotto_master master_of(unsigned suite)
{
	struct sotto_master master = {.suite = sotto_keys_suite_at(suite)};

	for (unsigned i = 0; i < 16; i++)
		master.key[i] = (uint8_t)(0x40 + 11 * i);
	for (unsigned i = 0; i < 14; i++)
		master.salt[i] = (uint8_t)(0xf0 - 13 * i);
	return master;
}

static void pair_alloc(
	struct pair *pair, struct sotto_crypto *crypto, const struct sotto_suite *suite)
{
	pair->crypto = crypto;
	pair->size = sotto_crypto_key_size(crypto->backend, suite->cipher, suite->auth);
	pair->key[0] = crypto_key_alloc(crypto->backend, suite->cipher, suite->auth);
	pair->key[1] = crypto_key_alloc(crypto->backend, suite->cipher, suite->auth);
}

static void pair_build(
	struct pair *pair, struct sotto_crypto *crypto, const struct sotto_master *master)
{
	pair_alloc(pair, crypto, master->suite);
	ck_assert_int_eq(sotto_keys_build(crypto, master, pair->key[0], pair->key[1]), 0);
}

static void pair_free(struct pair *pair)
{
	sotto_crypto_key_wipe(pair->key[0]);
	sotto_crypto_key_wipe(pair->key[1]);
	free(pair->key[0]);
	free(pair->key[1]);
}

/* Encrypts and authenticates a fixed text: what a key does, whatever its material looks like. */
static void use(struct sotto_crypto *crypto, const struct sotto_key *key, uint8_t text[TEXT_LEN],
	uint8_t tag[SOTTO_SHA1_LEN])
{
	struct sotto_cipher_job cipher = {.key = key, .data = text, .len = TEXT_LEN};
	struct sotto_auth_job auth = {.key = key, .data = text, .len = TEXT_LEN};

	memset(text, 0x61, TEXT_LEN);
	memcpy(cipher.iv, key->iv, SOTTO_AES_BLOCK);
	cipher.iv[5] ^= 0x77;
	ck_assert_int_eq(crypto->backend->cipher_burst(crypto, &cipher, 1), 0);
	ck_assert_int_eq(crypto->backend->auth_burst(crypto, &auth, 1), 0);
	memcpy(tag, auth.tag, SOTTO_SHA1_LEN);
}

static void check_same(const struct pair *a, const struct pair *b)
{
	uint8_t text[2][TEXT_LEN], tag[2][SOTTO_SHA1_LEN];

	for (int i = 0; i < 2; i++) {
		ck_assert_mem_eq(a->key[i]->iv, b->key[i]->iv, SOTTO_AES_BLOCK);
		ck_assert_uint_eq(a->key[i]->tag_len, b->key[i]->tag_len);
		use(a->crypto, a->key[i], text[0], tag[0]);
		use(b->crypto, b->key[i], text[1], tag[1]);
		ck_assert_mem_eq(text[0], text[1], TEXT_LEN);
		ck_assert_mem_eq(tag[0], tag[1], SOTTO_SHA1_LEN);
	}
}

START_TEST(keys_of_every_backend_do_the_same)
{
	struct sotto_crypto *crypto = crypto_open(_i), *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (unsigned s = 0; crypto && (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		struct sotto_master master = master_of(s);
		struct pair got, want;

		pair_build(&got, crypto, &master);
		pair_build(&want, judge, &master);
		check_same(&got, &want);
		pair_free(&got);
		pair_free(&want);
	}
	if (crypto)
		crypto->backend->destroy(crypto);
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(rc10_tag_lengths_are_those_of_the_suite)
{
	struct sotto_crypto *judge = crypto_open_judge();
	const struct sotto_suite *suite;

	for (unsigned s = 0; (suite = sotto_keys_suite_at(s)) != NULL; s++) {
		struct sotto_master master = master_of(s);
		struct pair pair;

		pair_build(&pair, judge, &master);
		ck_assert_uint_eq(pair.key[0]->tag_len, suite->tag_len);
		ck_assert_uint_eq(pair.key[1]->tag_len, 10);
		pair_free(&pair);
	}
	judge->backend->destroy(judge);
}
END_TEST

/* The salt that is derived stands in the IV, shifted left by 16 bits (RFC 3711, 4.1.1). */
START_TEST(iv_is_the_derived_salt)
{
	static const enum sotto_label labels[2] = {SOTTO_LABEL_RTP_SALT, SOTTO_LABEL_RTCP_SALT};
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = master_of(0);
	struct pair pair;
	uint8_t salt[14];

	pair_build(&pair, judge, &master);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sotto_keys_derive(judge, &master, labels[i], salt, 14), 0);
		ck_assert_mem_eq(pair.key[i]->iv, salt, 14);
		ck_assert_uint_eq(pair.key[i]->iv[14] | pair.key[i]->iv[15], 0);
	}
	pair_free(&pair);
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(srtp_and_srtcp_keys_differ)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = master_of(0);
	uint8_t text[2][TEXT_LEN], tag[2][SOTTO_SHA1_LEN];
	struct pair pair;

	pair_build(&pair, judge, &master);
	use(judge, pair.key[0], text[0], tag[0]);
	use(judge, pair.key[1], text[1], tag[1]);
	ck_assert_mem_ne(text[0], text[1], TEXT_LEN);
	ck_assert_mem_ne(tag[0], tag[1], SOTTO_SHA1_LEN);
	pair_free(&pair);
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(building_leaves_the_master_alone)
{
	struct sotto_crypto *judge = crypto_open_judge();
	struct sotto_master master = master_of(0), before = master;
	struct pair pair;

	pair_build(&pair, judge, &master);
	ck_assert_mem_eq(&master, &before, sizeof(master));
	pair_free(&pair);
	judge->backend->destroy(judge);
}
END_TEST

static bool is_zero(const void *p, size_t n)
{
	const uint8_t *bytes = p;

	for (size_t i = 0; i < n; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

/* One build whose call number n fails; returns whether it got that far. */
static bool build_failing_at(struct pair *pair, const struct sotto_master *master, unsigned n)
{
	int rc;

	breakable = (struct breakable){.fail_at = n, .error = -EIO};
	memset(pair->key[0], 0xee, pair->size);
	memset(pair->key[1], 0xee, pair->size);
	rc = sotto_keys_build(pair->crypto, master, pair->key[0], pair->key[1]);
	if (breakable.calls < n)
		return false;
	ck_assert_int_eq(rc, -EIO);
	ck_assert_uint_eq(breakable.released, breakable.expanded);
	ck_assert_msg(is_zero(pair->key[0], pair->size), "SRTP key after failure of call %u", n);
	ck_assert_msg(is_zero(pair->key[1], pair->size), "SRTCP key after failure of call %u", n);
	return true;
}

START_TEST(mh11_every_failing_call_leaves_both_keys_zeroed)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_master master = master_of(0);
	struct pair pair;
	unsigned n = 1;

	pair_alloc(&pair, crypto, master.suite);
	while (build_failing_at(&pair, &master, n))
		n++;
	/* six derivations of two calls each, two keys of two */
	ck_assert_uint_eq(n - 1, 16);
	pair_free(&pair);
	breakable_close(crypto);
}
END_TEST

START_TEST(suite_that_the_backend_lacks_leaves_both_keys_untouched)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_master master = master_of(0);
	uint8_t before[64];
	struct pair pair;

	memset(before, 0xee, sizeof(before));
	pair_alloc(&pair, crypto, master.suite);
	for (int part = 0; part < 2; part++) {
		breakable = (struct breakable){.lacks_cipher = part == 0, .lacks_auth = part == 1};
		memcpy(pair.key[0], before, sizeof(before));
		memcpy(pair.key[1], before, sizeof(before));
		ck_assert_int_eq(
			sotto_keys_build(crypto, &master, pair.key[0], pair.key[1]), -ENOTSUP);
		ck_assert_mem_eq(pair.key[0], before, sizeof(before));
		ck_assert_mem_eq(pair.key[1], before, sizeof(before));
	}
	free(pair.key[0]);
	free(pair.key[1]);
	breakable_close(crypto);
}
END_TEST

START_TEST(mh11_failing_derivation_leaves_zeroes)
{
	struct sotto_crypto *crypto = breakable_open();
	struct sotto_master master = master_of(0);
	uint8_t out[33];

	for (unsigned n = 1; n <= 2; n++) {
		breakable = (struct breakable){.fail_at = n, .error = -EIO};
		memset(out, 0xee, sizeof(out));
		ck_assert_int_eq(
			sotto_keys_derive(crypto, &master, SOTTO_LABEL_RTP_AUTH, out, 32), -EIO);
		ck_assert(is_zero(out, 32));
		ck_assert_uint_eq(out[32], 0xee);
		ck_assert_uint_eq(breakable.released, breakable.expanded);
	}
	breakable_close(crypto);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keys/build");
	TCase *tc = tcase_create("build");

	tcase_add_loop_test(tc, keys_of_every_backend_do_the_same, 0, crypto_pairs());
	tcase_add_test(tc, rc10_tag_lengths_are_those_of_the_suite);
	tcase_add_test(tc, iv_is_the_derived_salt);
	tcase_add_test(tc, srtp_and_srtcp_keys_differ);
	tcase_add_test(tc, building_leaves_the_master_alone);
	tcase_add_test(tc, mh11_every_failing_call_leaves_both_keys_zeroed);
	tcase_add_test(tc, suite_that_the_backend_lacks_leaves_both_keys_untouched);
	tcase_add_test(tc, mh11_failing_derivation_leaves_zeroes);
	suite_add_tcase(suite, tc);
	return sotto_unit_run(suite);
}
