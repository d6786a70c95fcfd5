/* SPDX-License-Identifier: BSD-3-Clause */
/* The list of the crypto backends that are built in. */
#include "drivers/crypto/drivers.h"

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
