/* SPDX-License-Identifier: BSD-3-Clause */
/* The plain C backend with a switch: the nth call of it fails, and what it is given back counts. */
#include "breakable.h"

#include "each_crypto.h"
#include "unit.h"

#include "drivers/crypto/drivers.h"

#include <string.h>

struct breakable breakable;

static const char *const tiers[] = {"c", NULL};

static bool fails(void)
{
	return ++breakable.calls == breakable.fail_at;
}

static size_t cipher_size(enum sotto_cipher cipher)
{
	return breakable.lacks_cipher ? 0 : sotto_crypto_ref.cipher_size(cipher);
}

static size_t auth_size(enum sotto_auth auth)
{
	return breakable.lacks_auth ? 0 : sotto_crypto_ref.auth_size(auth);
}

static int cipher_expand(
	struct sotto_crypto *crypto, enum sotto_cipher cipher, const uint8_t *key, void *out)
{
	if (fails()) {
		memset(out, 0, cipher_size(cipher));
		return breakable.error;
	}
	breakable.expanded++;
	return sotto_crypto_ref.cipher_expand(crypto, cipher, key, out);
}

static int auth_expand(struct sotto_crypto *crypto, enum sotto_auth auth, const uint8_t *key,
	size_t len, void *out)
{
	if (fails()) {
		memset(out, 0, auth_size(auth));
		return breakable.error;
	}
	breakable.expanded++;
	return sotto_crypto_ref.auth_expand(crypto, auth, key, len, out);
}

static void cipher_release(enum sotto_cipher cipher, void *material)
{
	(void)cipher;
	(void)material;
	breakable.released++;
}

static void auth_release(enum sotto_auth auth, void *material)
{
	(void)auth;
	(void)material;
	breakable.released++;
}

/* A burst that fails has written something, as a real one may have. */
static int cipher_burst(struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.cipher_burst(crypto, jobs, n);

	return fails() ? breakable.error : rc;
}

static int auth_burst(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	int rc = sotto_crypto_ref.auth_burst(crypto, jobs, n);

	return fails() ? breakable.error : rc;
}

static int aead_burst(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	int rc = sotto_crypto_ref.aead_burst(crypto, jobs, n, direction);

	return fails() ? breakable.error : rc;
}

static const struct sotto_crypto_backend backend = {
	.name = "breakable",
	.tiers = tiers,
	.cipher_size = cipher_size,
	.auth_size = auth_size,
	.cipher_expand = cipher_expand,
	.auth_expand = auth_expand,
	.cipher_release = cipher_release,
	.auth_release = auth_release,
	.cipher_burst = cipher_burst,
	.auth_burst = auth_burst,
	.aead_burst = aead_burst,
};

struct sotto_crypto *breakable_open(void)
{
	struct sotto_crypto *crypto = crypto_open_judge();

	memset(&breakable, 0, sizeof(breakable));
	crypto->backend = &backend;
	return crypto;
}

void breakable_close(struct sotto_crypto *crypto)
{
	crypto->backend = &sotto_crypto_ref;
	sotto_crypto_ref.destroy(crypto);
}
