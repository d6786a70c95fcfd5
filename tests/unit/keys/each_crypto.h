/* SPDX-License-Identifier: BSD-3-Clause */
/* Every crypto backend on every instruction-set tier, for tests that loop over them. */
#ifndef SOTTO_TESTS_UNIT_KEYS_EACH_CRYPTO_H
#define SOTTO_TESTS_UNIT_KEYS_EACH_CRYPTO_H

#include "crypto/key.h"

/* How many pairs of backend and tier are built in. */
int crypto_pairs(void);

/*
 * An instance of pair number i; NULL, with a line printed, when this processor lacks the tier.
 * Any other failure fails the test. Give it back with crypto->backend->destroy().
 */
struct sotto_crypto *crypto_open(int i);

/* An instance of the plain C backend, the judge. */
struct sotto_crypto *crypto_open_judge(void);

/* Zeroed memory for a ready key of that backend; free() it. */
struct sotto_key *crypto_key_alloc(
	const struct sotto_crypto_backend *backend, enum sotto_cipher cipher, enum sotto_auth auth);

#endif
