/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every crypto driver needs: finding a tier by its name, and the programmer's errors of the
 * contract (crypto/crypto.h) as assertions. Included by the drivers only.
 */
#ifndef SOTTO_DRIVERS_CRYPTO_COMMON_H
#define SOTTO_DRIVERS_CRYPTO_COMMON_H

#include "crypto/key.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define SOTTO_CIPHER_JOB_MAX (1u << 20) /* bytes: 2^16 blocks of one counter (RFC 3711, 4.1.1) */
#define SOTTO_AAD_MAX 65534             /* bytes of an AEAD job's associated data */
#define SOTTO_DESCRIBE_MAX 128          /* bytes of an instance's description, closing zero too */

/* The position of that name in a backend's list of tiers, or -EINVAL. */
static inline int sotto_driver_tier_index(const char *const *tiers, const char *tier)
{
	for (int i = 0; tiers[i]; i++)
		if (strcmp(tiers[i], tier) == 0)
			return i;
	return -EINVAL;
}

/* Whether HMAC-SHA1 takes that key. Longer keys do not occur in SRTP (RFC 3711, 8.2). */
static inline bool sotto_driver_auth_key_fits(enum sotto_auth auth, size_t len)
{
	return auth == SOTTO_AUTH_HMAC_SHA1 && len > 0 && len <= SOTTO_AUTH_KEY_MAX;
}

static inline void sotto_driver_assert_cipher_job(
	const struct sotto_crypto *crypto, const struct sotto_cipher_job *job)
{
	assert(job->key->backend == crypto->backend);
	assert(job->key->cipher != SOTTO_CIPHER_NONE);
	assert(!sotto_crypto_is_aead(job->key->cipher));
	assert(job->len > 0 && job->len <= SOTTO_CIPHER_JOB_MAX);
	(void)crypto;
	(void)job;
}

static inline void sotto_driver_assert_auth_job(
	const struct sotto_crypto *crypto, const struct sotto_auth_job *job)
{
	assert(job->key->backend == crypto->backend);
	assert(job->key->auth != SOTTO_AUTH_NONE);
	assert(job->len > 0);
	(void)crypto;
	(void)job;
}

static inline void sotto_driver_assert_aead_job(
	const struct sotto_crypto *crypto, const struct sotto_aead_job *job)
{
	assert(job->key->backend == crypto->backend);
	assert(sotto_crypto_is_aead(job->key->cipher));
	assert(job->aad_len > 0 && job->aad_len <= SOTTO_AAD_MAX);
	assert(job->len <= SOTTO_CIPHER_JOB_MAX);
	(void)crypto;
	(void)job;
}

#endif
