/* SPDX-License-Identifier: BSD-3-Clause */
/* The crypto backends that are built in. Included by apps, tests and benchmarks only. */
#ifndef SOTTO_DRIVERS_CRYPTO_DRIVERS_H
#define SOTTO_DRIVERS_CRYPTO_DRIVERS_H

#include "crypto/crypto.h"

extern const struct sotto_crypto_backend sotto_crypto_ref;     /* plain C, the judge */
extern const struct sotto_crypto_backend sotto_crypto_openssl; /* OpenSSL 3 EVP */
extern const struct sotto_crypto_backend sotto_crypto_ipsecmb; /* Intel ipsec-mb, bursts */

/* All of the above, fastest first, NULL at the end. */
extern const struct sotto_crypto_backend *const sotto_crypto_backends[];

/* The backend of that name, or NULL. */
const struct sotto_crypto_backend *sotto_crypto_backend_by_name(const char *name);

#endif
