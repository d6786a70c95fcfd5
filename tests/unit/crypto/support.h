/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared by the tests of the crypto backends: every backend with every tier as one numbered list,
 * keys and bytes from a seed. Failed calls end the test.
 */
#ifndef SOTTO_TESTS_UNIT_CRYPTO_SUPPORT_H
#define SOTTO_TESTS_UNIT_CRYPTO_SUPPORT_H

#include "crypto/key.h"
#include "crypto/selftest.h"
#include "drivers/crypto/drivers.h"
#include "tests/unit/unit.h"

#include <errno.h>

#define GUARD 32 /* bytes on either side of a buffer */

/* Backends times tiers: the end of a loop test over all of them. */
int targets(void);

/* An instance of target number i; NULL, and a line that says so, when this processor lacks it. */
struct sotto_crypto *target_open(int i);

/* An instance of that backend's best tier. */
struct sotto_crypto *open_best(const struct sotto_crypto_backend *backend);

/* An instance to compare that backend with: of plain C, or of openssl for plain C itself. */
struct sotto_crypto *open_judge(const struct sotto_crypto_backend *tested);

/* The next number of a sequence that starts with any *state; the same on every machine. */
uint32_t random_next(uint64_t *state);
void random_fill(uint64_t *state, uint8_t *out, size_t len);

/* Session keys drawn from the sequence: HMAC keys of 20 bytes, salt and tag as the cipher wants. */
struct sotto_session_keys session_keys(
	uint64_t *state, enum sotto_cipher cipher, enum sotto_auth auth);

/* A ready key in memory of its own; key_drop() wipes and frees it. */
struct sotto_key *key_make(struct sotto_crypto *crypto, const struct sotto_session_keys *from);
void key_drop(struct sotto_key *key);

/* Runs one job and returns what the backend returned. */
int crypt_one(struct sotto_crypto *crypto, const struct sotto_key *key, const uint8_t *iv,
	uint8_t *data, uint32_t len);
int authenticate_one(struct sotto_crypto *crypto, const struct sotto_key *key, const uint8_t *data,
	uint32_t len, uint8_t *tag);

int aead_one(struct sotto_crypto *crypto, struct sotto_aead_job *job,
	enum sotto_aead_direction direction);

/* The groups of tests, one for each file. */
TCase *selftest_tests(void);
TCase *aead_tests(void);
TCase *aead_tag_tests(void);
TCase *compare_tests(void);
TCase *contract_tests(void);
TCase *key_tests(void);

#endif
