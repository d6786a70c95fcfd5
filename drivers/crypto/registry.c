/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of the crypto backends that are built in. */
#include "drivers/crypto/drivers.h"

#include "crypto/selftest.h"

#include <errno.h>
#include <string.h>

const struct sotto_crypto_backend *const sotto_crypto_backends[] = {
	&sotto_crypto_ipsecmb,
	&sotto_crypto_openssl,
	&sotto_crypto_ref,
	NULL,
};

const struct sotto_crypto_backend *sotto_crypto_backend_by_name(const char *name)
{
	for (size_t i = 0; sotto_crypto_backends[i]; i++)
		if (strcmp(sotto_crypto_backends[i]->name, name) == 0)
			return sotto_crypto_backends[i];
	return NULL;
}

int sotto_crypto_open_fastest(struct sotto_crypto **out)
{
	struct sotto_crypto *crypto;
	const char *failed;
	int rc = -ENOTSUP;

	for (size_t i = 0; rc == -ENOTSUP && sotto_crypto_backends[i]; i++)
		rc = sotto_crypto_backends[i]->create(NULL, &crypto);
	if (rc != 0)
		return rc;
	rc = sotto_crypto_selftest(crypto, sotto_crypto_vectors(), &failed);
	if (rc == 0)
		*out = crypto;
	else
		crypto->backend->destroy(crypto);
	return rc;
}
