/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plain C backend: always built, slow, and the judge of the others. AES-CM (RFC 3711, 4.1.1;
 * RFC 6188), AES-GCM (RFC 7714) and HMAC-SHA1 (RFC 3711, 4.2.1).
 */
#include "drivers/crypto/drivers.h"

#include "base/secret.h"
#include "drivers/crypto/common.h"
#include "drivers/crypto/ref/aes.h"
#include "drivers/crypto/ref/gcm.h"
#include "drivers/crypto/ref/sha1.h"

#include <stdlib.h>

#define AUTH_SIZE 48 /* two SHA-1 states, padded to a multiple of 16 */

_Static_assert(sizeof(struct sotto_ref_hmac) <= AUTH_SIZE, "HMAC states fit their material");

static const char *const tiers[] = {"c", NULL};

static int ref_create(const char *tier, struct sotto_crypto **out)
{
	struct sotto_crypto *crypto;

	if (tier && sotto_driver_tier_index(tiers, tier) < 0)
		return -EINVAL;
	crypto = malloc(sizeof(*crypto));
	if (!crypto)
		return -ENOMEM;
	crypto->backend = &sotto_crypto_ref;
	*out = crypto;
	return 0;
}

static void ref_destroy(struct sotto_crypto *crypto)
{
	free(crypto);
}

static const char *ref_describe(const struct sotto_crypto *crypto)
{
	(void)crypto;
	return "plain C, tier c";
}

static size_t ref_cipher_size(enum sotto_cipher cipher)
{
	size_t key_len = sotto_crypto_cipher_key_len(cipher);

	if (key_len == 0)
		return 0;
	return sotto_crypto_is_aead(cipher) ? sotto_ref_gcm_size(key_len)
					    : sotto_ref_aes_schedule_size(key_len);
}

static size_t ref_auth_size(enum sotto_auth auth)
{
	return auth == SOTTO_AUTH_HMAC_SHA1 ? AUTH_SIZE : 0;
}

static int ref_cipher_expand(
	struct sotto_crypto *crypto, enum sotto_cipher cipher, const uint8_t *key, void *out)
{
	size_t key_len = sotto_crypto_cipher_key_len(cipher);

	(void)crypto;
	if (key_len == 0)
		return -ENOTSUP;
	if (sotto_crypto_is_aead(cipher))
		sotto_ref_gcm_expand(key, key_len, out);
	else
		sotto_ref_aes_expand(key, key_len, out);
	return 0;
}

static int ref_auth_expand(struct sotto_crypto *crypto, enum sotto_auth auth, const uint8_t *key,
	size_t len, void *out)
{
	(void)crypto;
	if (ref_auth_size(auth) == 0)
		return -ENOTSUP;
	memset(out, 0, AUTH_SIZE);
	if (!sotto_driver_auth_key_fits(auth, len))
		return -EINVAL;
	sotto_ref_hmac_init(out, key, len);
	return 0;
}

static int ref_cipher_burst(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	assert(n <= SOTTO_BURST);
	for (unsigned i = 0; i < n; i++) {
		const struct sotto_key *key = jobs[i].key;
		size_t key_len = sotto_crypto_cipher_key_len(key->cipher);

		sotto_driver_assert_cipher_job(crypto, &jobs[i]);
		sotto_ref_aes_ctr(sotto_crypto_key_cipher(key), sotto_ref_aes_rounds(key_len),
			jobs[i].iv, jobs[i].data, jobs[i].len);
	}
	return 0;
}

static int ref_auth_burst(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	assert(n <= SOTTO_BURST);
	for (unsigned i = 0; i < n; i++) {
		sotto_driver_assert_auth_job(crypto, &jobs[i]);
		sotto_ref_hmac_tag(
			sotto_crypto_key_auth(jobs[i].key), jobs[i].data, jobs[i].len, jobs[i].tag);
	}
	return 0;
}

static int ref_aead_burst(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	assert(n <= SOTTO_BURST);
	for (unsigned i = 0; i < n; i++) {
		const struct sotto_key *key = jobs[i].key;

		sotto_driver_assert_aead_job(crypto, &jobs[i]);
		sotto_ref_gcm_run(sotto_crypto_key_cipher(key),
			sotto_crypto_cipher_key_len(key->cipher), &jobs[i], direction);
	}
	return 0;
}

const struct sotto_crypto_backend sotto_crypto_ref = {
	.name = "ref",
	.tiers = tiers,
	.create = ref_create,
	.destroy = ref_destroy,
	.describe = ref_describe,
	.cipher_size = ref_cipher_size,
	.auth_size = ref_auth_size,
	.cipher_expand = ref_cipher_expand,
	.auth_expand = ref_auth_expand,
	.cipher_burst = ref_cipher_burst,
	.auth_burst = ref_auth_burst,
	.aead_burst = ref_aead_burst,
};
