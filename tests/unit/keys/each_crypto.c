/* SPDX-License-Identifier: BSD-3-Clause */
/* Every crypto backend on every instruction-set tier, for tests that loop over them. */
#include "each_crypto.h"

#include "unit.h"

#include "drivers/crypto/drivers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Finds pair number i; false behind the last. */
static bool find(int i, const struct sotto_crypto_backend **backend, const char **tier)
{
	for (size_t b = 0; sotto_crypto_backends[b]; b++) {
		for (size_t t = 0; sotto_crypto_backends[b]->tiers[t]; t++) {
			if (i-- > 0)
				continue;
			*backend = sotto_crypto_backends[b];
			*tier = sotto_crypto_backends[b]->tiers[t];
			return true;
		}
	}
	return false;
}

int crypto_pairs(void)
{
	const struct sotto_crypto_backend *backend;
	const char *tier;
	int n = 0;

	while (find(n, &backend, &tier))
		n++;
	return n;
}

struct sotto_crypto *crypto_open(int i)
{
	const struct sotto_crypto_backend *backend;
	struct sotto_crypto *crypto = NULL;
	const char *tier;
	int rc;

	ck_assert(find(i, &backend, &tier));
	rc = backend->create(tier, &crypto);
	if (rc == -ENOTSUP) {
		printf("%s on %s: not on this processor\n", backend->name, tier);
		return NULL;
	}
	ck_assert_msg(rc == 0, "%s on %s: error %d", backend->name, tier, rc);
	ck_assert_ptr_eq(crypto->backend, backend);
	return crypto;
}

struct sotto_crypto *crypto_open_judge(void)
{
	struct sotto_crypto *crypto = NULL;

	ck_assert_int_eq(sotto_crypto_ref.create(NULL, &crypto), 0);
	return crypto;
}

struct sotto_key *crypto_key_alloc(
	const struct sotto_crypto_backend *backend, enum sotto_cipher cipher, enum sotto_auth auth)
{
	size_t size = sotto_crypto_key_size(backend, cipher, auth);
	struct sotto_key *key;

	ck_assert_uint_gt(size, 0);
	key = aligned_alloc(SOTTO_CACHE_LINE, size);
	ck_assert_ptr_nonnull(key);
	memset(key, 0, size);
	return key;
}
