/* SPDX-License-Identifier: BSD-3-Clause */
/* Building and wiping ready keys. Slow path. */
#include "crypto/key.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

_Static_assert(sizeof(struct sotto_key) == 32, "the key's head is half a cache line");

size_t sotto_crypto_cipher_key_len(enum sotto_cipher cipher)
{
	static const uint8_t len[SOTTO_CIPHERS] = {
		[SOTTO_CIPHER_AES_CM_128] = 16,
		[SOTTO_CIPHER_AES_CM_192] = 24,
		[SOTTO_CIPHER_AES_CM_256] = 32,
		[SOTTO_CIPHER_AES_GCM_128] = 16,
		[SOTTO_CIPHER_AES_GCM_256] = 32,
	};

	return cipher < SOTTO_CIPHERS ? len[cipher] : 0;
}

static size_t whole_lines(size_t bytes)
{
	return (bytes + SOTTO_CACHE_LINE - 1) / SOTTO_CACHE_LINE * SOTTO_CACHE_LINE;
}

static bool supported(
	const struct sotto_crypto_backend *backend, enum sotto_cipher cipher, enum sotto_auth auth)
{
	if (cipher != SOTTO_CIPHER_NONE && backend->cipher_size(cipher) == 0)
		return false;
	if (sotto_crypto_is_aead(cipher) && auth != SOTTO_AUTH_NONE)
		return false;
	return auth == SOTTO_AUTH_NONE || backend->auth_size(auth) != 0;
}

size_t sotto_crypto_key_size(
	const struct sotto_crypto_backend *backend, enum sotto_cipher cipher, enum sotto_auth auth)
{
	if (!supported(backend, cipher, auth))
		return 0;
	return whole_lines(
		sizeof(struct sotto_key) + backend->cipher_size(cipher) + backend->auth_size(auth));
}

static int expand(
	struct sotto_crypto *crypto, const struct sotto_session_keys *from, struct sotto_key *key)
{
	const struct sotto_crypto_backend *backend = crypto->backend;
	int rc = 0;

	if (from->auth != SOTTO_AUTH_NONE)
		rc = backend->auth_expand(
			crypto, from->auth, from->auth_key, from->auth_key_len, key->material);
	if (rc != 0 || from->cipher == SOTTO_CIPHER_NONE)
		return rc;
	rc = backend->cipher_expand(
		crypto, from->cipher, from->cipher_key, key->material + key->auth_size);
	if (rc != 0 && from->auth != SOTTO_AUTH_NONE && backend->auth_release)
		backend->auth_release(from->auth, key->material);
	return rc;
}

int sotto_crypto_key_init(
	struct sotto_crypto *crypto, const struct sotto_session_keys *from, struct sotto_key *key)
{
	const struct sotto_crypto_backend *backend = crypto->backend;
	size_t size = sotto_crypto_key_size(backend, from->cipher, from->auth);
	int rc;

	if (size == 0)
		return -ENOTSUP;
	memset(key, 0, size);
	if (from->salt_len > sizeof(from->salt) || from->auth_key_len > sizeof(from->auth_key))
		return -EINVAL;
	memcpy(key->iv, from->salt, from->salt_len);
	key->backend = backend;
	key->cipher = (uint8_t)from->cipher;
	key->auth = (uint8_t)from->auth;
	key->tag_len = from->tag_len;
	key->flags = from->flags;
	key->auth_size = (uint16_t)backend->auth_size(from->auth);
	key->cipher_size = (uint16_t)backend->cipher_size(from->cipher);
	rc = expand(crypto, from, key);
	if (rc != 0)
		sotto_base_wipe(key, size);
	return rc;
}

void sotto_crypto_key_wipe(struct sotto_key *key)
{
	const struct sotto_crypto_backend *backend;

	if (!key || !key->backend)
		return;
	backend = key->backend;
	if (key->auth != SOTTO_AUTH_NONE && backend->auth_release)
		backend->auth_release(key->auth, key->material);
	if (key->cipher != SOTTO_CIPHER_NONE && backend->cipher_release)
		backend->cipher_release(key->cipher, key->material + key->auth_size);
	sotto_base_wipe(key, sotto_crypto_key_size(backend, key->cipher, key->auth));
}
