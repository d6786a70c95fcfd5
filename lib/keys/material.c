/* SPDX-License-Identifier: BSD-3-Clause */
/* Master key and salt from base64 text, of exact length, and none that stands for no key. */
#include "keys/internal.h"

#include "base/base64.h"
#include "base/secret.h"

#include <errno.h>
#include <string.h>

/* Whether all n bytes are alike: zero, or what somebody filled a buffer with. */
static bool all_alike(const uint8_t *p, size_t n)
{
	uint8_t differs = 0;

	for (size_t i = 1; i < n; i++)
		differs |= (uint8_t)(p[i] ^ p[0]);
	return differs == 0;
}

/* No key that a random source makes; NULL when nothing is odd. */
static const char *placeholder(const uint8_t *bytes, const struct sotto_suite *suite)
{
	if (all_alike(bytes, suite->key_len))
		return bytes[0] == 0 ? "key is all zero" : "key is one byte repeated";
	if (sotto_base_equal(bytes, bytes + suite->key_len, suite->salt_len))
		return "key and salt are the same";
	return NULL;
}

int sotto_keys_split(const struct sotto_suite *suite, const uint8_t *bytes, ssize_t len,
	struct sotto_keyed *out, const char **reason)
{
	if (len != suite->key_len + suite->salt_len) {
		*reason = len == -EINVAL ? "key is not base64" : "key has the wrong length";
		return -EKEYREJECTED;
	}
	*reason = placeholder(bytes, suite);
	if (*reason)
		return -EKEYREJECTED;
	memcpy(out->key, bytes, suite->key_len);
	memcpy(out->salt, bytes + suite->key_len, suite->salt_len);
	return 0;
}

/* Decodes key, then salt behind it, into bytes; the sum of their lengths, or -EKEYREJECTED. */
static ssize_t decode_both(const struct sotto_suite *suite, const char *key, const char *salt,
	uint8_t *bytes, const char **reason)
{
	ssize_t len = sotto_base_base64_decode(key, strlen(key), bytes, SOTTO_MASTER_KEY_MAX);

	if (len != suite->key_len) {
		*reason = len == -EINVAL ? "key is not base64" : "key has the wrong length";
		return -EKEYREJECTED;
	}
	len = sotto_base_base64_decode(
		salt, strlen(salt), bytes + suite->key_len, SOTTO_MASTER_SALT_MAX);
	if (len != suite->salt_len) {
		*reason = len == -EINVAL ? "salt is not base64" : "salt has the wrong length";
		return -EKEYREJECTED;
	}
	return suite->key_len + suite->salt_len;
}

int sotto_keys_from_base64(const struct sotto_suite *suite, const char *key, const char *salt,
	struct sotto_keyed *out, const char **reason)
{
	uint8_t bytes[SOTTO_KEY_SALT_MAX];
	ssize_t len = decode_both(suite, key, salt, bytes, reason);
	int rc = len < 0 ? (int)len : sotto_keys_split(suite, bytes, len, out, reason);

	sotto_base_wipe(bytes, sizeof(bytes));
	return rc;
}
