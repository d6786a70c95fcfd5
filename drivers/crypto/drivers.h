/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The crypto backends that are built in. Included by apps, tests and benchmarks only; installed as
 * crypto/backends.h.
 */
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

/*
 * Slow. Makes an instance of the first backend in the list that runs on this processor, with its
 * best tier, and has it pass the self-test: once a process is enough, later instances come from
 * (*out)->backend->create(). 0; -ENOTSUP none runs here; -EBADMSG one gave a wrong answer: better
 * no packet than such ones; -ENOMEM. On error *out is unchanged. Any thread; destroy() ends it.
 */
int sotto_crypto_open_fastest(struct sotto_crypto **out);

#endif
