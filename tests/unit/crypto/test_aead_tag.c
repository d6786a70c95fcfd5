/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the contract says of an AEAD job beside right answers: which bits a tag depends on, that
 * opening computes and does not judge, and the programmer's errors.
 */
#include "tests/unit/crypto/support.h"

#include <signal.h>
#include <string.h>

/* One sealed packet, and everything that went into it. */
struct sealed {
	struct sotto_crypto *crypto;
	struct sotto_session_keys from;
	uint8_t iv[SOTTO_GCM_IV_LEN];
	uint8_t aad[20];
	uint8_t plain[53];
	uint8_t data[53];
	uint8_t tag[SOTTO_GCM_TAG_LEN];
};

/* Runs it as it stands, with a key of its own; data and tag become the result. */
static void sealed_run(struct sealed *sealed, enum sotto_aead_direction direction)
{
	struct sotto_aead_job job = {
		.aad = sealed->aad,
		.data = sealed->data,
		.aad_len = sizeof(sealed->aad),
		.len = sizeof(sealed->data),
	};
	struct sotto_key *key = key_make(sealed->crypto, &sealed->from);

	job.key = key;
	memcpy(job.iv, sealed->iv, sizeof(job.iv));
	memcpy(job.tag, sealed->tag, sizeof(job.tag));
	ck_assert_int_eq(aead_one(sealed->crypto, &job, direction), 0);
	memcpy(sealed->tag, job.tag, sizeof(job.tag));
	key_drop(key);
}

static struct sealed sealed_make(struct sotto_crypto *crypto, enum sotto_cipher cipher)
{
	struct sealed sealed = {.crypto = crypto};
	uint64_t random = 21 + cipher;

	sealed.from = session_keys(&random, cipher, SOTTO_AUTH_NONE);
	random_fill(&random, sealed.iv, sizeof(sealed.iv));
	random_fill(&random, sealed.aad, sizeof(sealed.aad));
	random_fill(&random, sealed.plain, sizeof(sealed.plain));
	memcpy(sealed.data, sealed.plain, sizeof(sealed.data));
	sealed_run(&sealed, SOTTO_AEAD_SEAL);
	return sealed;
}

/* Each bit of these bytes, a part of *sealed, turned over for itself: another tag. */
static void flip_each_bit(struct sealed *sealed, uint8_t *bytes, size_t len)
{
	const struct sealed sound = *sealed;

	for (size_t bit = 0; bit < 8 * len; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		sealed_run(sealed, SOTTO_AEAD_OPEN);
		ck_assert_msg(memcmp(sealed->tag, sound.tag, sizeof(sound.tag)) != 0,
			"bit %zu of %zu bytes does not count", bit, len);
		*sealed = sound;
	}
}

START_TEST(a_change_of_any_bit_of_key_iv_aad_or_data_changes_the_tag)
{
	struct sotto_crypto *crypto = target_open(_i);

	if (!crypto)
		return;
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		struct sealed sealed = sealed_make(crypto, c);

		flip_each_bit(&sealed, sealed.from.cipher_key, sotto_crypto_cipher_key_len(c));
		flip_each_bit(&sealed, sealed.iv, sizeof(sealed.iv));
		flip_each_bit(&sealed, sealed.aad, sizeof(sealed.aad));
		flip_each_bit(&sealed, sealed.data, sizeof(sealed.data));
	}
	crypto->backend->destroy(crypto);
}
END_TEST

/* Lengths count too: what moves from the data to the aad leaves the bytes in the same order. */
START_TEST(a_change_of_a_length_changes_the_tag)
{
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t bytes[64] = {0}, tags[16][SOTTO_GCM_TAG_LEN];
	uint64_t random = 23;

	if (!crypto)
		return;
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		struct sotto_session_keys from = session_keys(&random, c, SOTTO_AUTH_NONE);
		struct sotto_key *key = key_make(crypto, &from);

		for (unsigned i = 0; i < 16; i++) {
			struct sotto_aead_job job = {.key = key, .aad = bytes, .aad_len = 16 + i};

			job.data = bytes + job.aad_len;
			job.len = 32 - job.aad_len;
			memset(bytes, 0, sizeof(bytes));
			ck_assert_int_eq(aead_one(crypto, &job, SOTTO_AEAD_OPEN), 0);
			memcpy(tags[i], job.tag, sizeof(tags[i]));
			for (unsigned before = 0; before < i; before++)
				ck_assert_mem_ne(tags[before], tags[i], sizeof(tags[i]));
		}
		key_drop(key);
	}
	crypto->backend->destroy(crypto);
}
END_TEST

/* Opening computes, it does not judge: a forged packet comes out decrypted, with the tag it has. */
START_TEST(opening_a_forged_packet_gives_its_own_tag)
{
	struct sotto_crypto *crypto = target_open(_i);
	struct sotto_crypto *judge;

	if (!crypto)
		return;
	judge = open_judge(crypto->backend);
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		struct sealed sealed = sealed_make(crypto, c);
		struct sealed again;

		sealed.data[7] ^= 0x10;
		sealed.plain[7] ^= 0x10;
		sealed_run(&sealed, SOTTO_AEAD_OPEN);
		ck_assert_mem_eq(sealed.data, sealed.plain, sizeof(sealed.plain));
		/* the one tag with which the judge would have sealed that plaintext */
		again = sealed;
		again.crypto = judge;
		sealed_run(&again, SOTTO_AEAD_SEAL);
		ck_assert_mem_eq(sealed.tag, again.tag, sizeof(again.tag));
	}
	crypto->backend->destroy(crypto);
	judge->backend->destroy(judge);
}
END_TEST

START_TEST(the_tag_before_the_call_does_not_matter)
{
	struct sotto_crypto *crypto = target_open(_i);

	if (!crypto)
		return;
	for (unsigned c = SOTTO_CIPHER_AES_GCM_128; c < SOTTO_CIPHERS; c++) {
		const struct sealed sealed = sealed_make(crypto, c);
		struct sealed right = sealed, wrong = sealed;

		memset(wrong.tag, 0xee, sizeof(wrong.tag));
		sealed_run(&right, SOTTO_AEAD_OPEN);
		sealed_run(&wrong, SOTTO_AEAD_OPEN);
		ck_assert_mem_eq(right.tag, sealed.tag, sizeof(sealed.tag));
		ck_assert_mem_eq(wrong.tag, sealed.tag, sizeof(sealed.tag));
		ck_assert_mem_eq(right.data, sealed.plain, sizeof(sealed.plain));
		ck_assert_mem_eq(wrong.data, sealed.plain, sizeof(sealed.plain));
	}
	crypto->backend->destroy(crypto);
}
END_TEST

#ifndef NDEBUG

/* Runs a job of n bytes and aad_len bytes with that cipher's key; a breach of contract stops it. */
static void breach(int target, enum sotto_cipher cipher, uint32_t aad_len, uint32_t len)
{
	uint64_t random = 2;
	struct sotto_session_keys from = session_keys(&random, cipher, SOTTO_AUTH_NONE);
	struct sotto_crypto *crypto = target_open(target);
	uint8_t data[16] = {0}, aad[16] = {0};
	struct sotto_aead_job job = {.aad = aad, .data = data, .aad_len = aad_len, .len = len};

	if (!crypto)
		raise(SIGABRT);
	job.key = key_make(crypto, &from);
	aead_one(crypto, &job, SOTTO_AEAD_SEAL);
}

START_TEST(nothing_to_authenticate_is_a_programmers_error)
{
	breach(_i, SOTTO_CIPHER_AES_GCM_128, 0, 16);
}
END_TEST

START_TEST(a_job_above_2_to_the_20_bytes_is_a_programmers_error)
{
	breach(_i, SOTTO_CIPHER_AES_GCM_256, 12, (1u << 20) + 1);
}
END_TEST

START_TEST(a_counter_mode_key_in_an_aead_burst_is_a_programmers_error)
{
	breach(_i, SOTTO_CIPHER_AES_CM_256, 12, 16);
}
END_TEST

START_TEST(an_aead_key_in_a_cipher_burst_is_a_programmers_error)
{
	uint64_t random = 2;
	struct sotto_session_keys from =
		session_keys(&random, SOTTO_CIPHER_AES_GCM_128, SOTTO_AUTH_NONE);
	struct sotto_crypto *crypto = target_open(_i);
	uint8_t data[16] = {0}, iv[SOTTO_AES_BLOCK] = {0};

	if (!crypto)
		raise(SIGABRT);
	else
		crypt_one(crypto, key_make(crypto, &from), iv, data, sizeof(data));
}
END_TEST

static void add_debug_tests(TCase *tests, int end)
{
	tcase_add_loop_test_raise_signal(
		tests, nothing_to_authenticate_is_a_programmers_error, SIGABRT, 0, end);
	tcase_add_loop_test_raise_signal(
		tests, a_job_above_2_to_the_20_bytes_is_a_programmers_error, SIGABRT, 0, end);
	tcase_add_loop_test_raise_signal(
		tests, a_counter_mode_key_in_an_aead_burst_is_a_programmers_error, SIGABRT, 0, end);
	tcase_add_loop_test_raise_signal(
		tests, an_aead_key_in_a_cipher_burst_is_a_programmers_error, SIGABRT, 0, end);
}

#else

static void add_debug_tests(TCase *tests, int end)
{
	(void)tests;
	(void)end;
}

#endif

TCase *aead_tag_tests(void)
{
	TCase *tests = tcase_create("aead tag");
	int end = targets();

	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(
		tests, a_change_of_any_bit_of_key_iv_aad_or_data_changes_the_tag, 0, end);
	tcase_add_loop_test(tests, a_change_of_a_length_changes_the_tag, 0, end);
	tcase_add_loop_test(tests, opening_a_forged_packet_gives_its_own_tag, 0, end);
	tcase_add_loop_test(tests, the_tag_before_the_call_does_not_matter, 0, end);
	add_debug_tests(tests, end);
	return tests;
}
