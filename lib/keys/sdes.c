/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing a=crypto lines (RFC 4568, 9.1 and 9.2), strictly: what is not understood is refused. */
#include "keys/sdes.h"

#include "base/base64.h"
#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define TAG_DIGITS_MAX 9 /* RFC 4568, 9.1: 1*9DIGIT */

/* The text that is left to read. */
struct cursor {
	const char *start;
	const char *at;
	const char *end;
	struct sotto_sdes_error *error;
};

static int refuse(struct cursor *c, int code, const char *reason)
{
	c->error->at = (unsigned)(c->at - c->start);
	c->error->reason = reason;
	return code;
}

static bool skip_word(struct cursor *c, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
		return false;
	c->at += len;
	return true;
}

/* At least one blank. */
static bool skip_blanks(struct cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
	return c->at > from;
}

/* Characters up to a blank or one of stop. */
static size_t token_len(const struct cursor *c, const char *stop)
{
	const char *p = c->at;

	while (p < c->end && *p != ' ' && *p != '\t' && *p != 0 && !strchr(stop, *p))
		p++;
	return (size_t)(p - c->at);
}

/* Decimal digits, at most most of them. False without one, or when more follow. */
static bool read_number(struct cursor *c, unsigned most, uint64_t *out)
{
	uint64_t v = 0;
	unsigned n = 0;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
		if (++n > most)
			return false;
		v = v * 10 + (uint64_t)(*c->at++ - '0');
	}
	*out = v;
	return n > 0;
}

static int read_tag_and_suite(struct cursor *c, struct sotto_sdes *out)
{
	uint64_t tag;
	size_t len;

	skip_word(c, "a=crypto:");
	if (!read_number(c, TAG_DIGITS_MAX, &tag) || tag == 0)
		return refuse(c, -EINVAL, "a tag of 1 to 999999999 is missing");
	out->tag = (uint32_t)tag;
	if (!skip_blanks(c))
		return refuse(c, -EINVAL, "a blank is missing behind the tag");
	len = token_len(c, "");
	out->master.suite = sotto_keys_suite_by_name(c->at, len);
	if (!out->master.suite)
		return refuse(c, -ENOTSUP, "unknown crypto suite");
	c->at += len;
	return skip_blanks(c) ? 0 : refuse(c, -EINVAL, "a blank is missing behind the suite");
}

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

/* Takes key||salt apart; both lengths must be exact. */
static int split(
	const uint8_t *bytes, ssize_t len, struct sotto_master *master, const char **reason)
{
	const struct sotto_suite *suite = master->suite;

	if (len != suite->key_len + suite->salt_len) {
		*reason = len == -EINVAL ? "key is not base64" : "key has the wrong length";
		return -EKEYREJECTED;
	}
	*reason = placeholder(bytes, suite);
	if (*reason)
		return -EKEYREJECTED;
	memcpy(master->key, bytes, suite->key_len);
	memcpy(master->salt, bytes + suite->key_len, suite->salt_len);
	return 0;
}

static int read_inline_key(struct cursor *c, struct sotto_sdes *out)
{
	uint8_t bytes[SOTTO_MASTER_KEY_MAX + SOTTO_MASTER_SALT_MAX];
	const char *reason = "";
	size_t len;
	ssize_t got;
	int rc;

	if (!skip_word(c, "inline:"))
		return refuse(c, -EINVAL, "key method is not inline");
	len = token_len(c, "|;");
	got = sotto_base_base64_decode(c->at, len, bytes, sizeof(bytes));
	rc = split(bytes, got, &out->master, &reason);
	sotto_base_wipe(bytes, sizeof(bytes));
	if (rc != 0)
		return refuse(c, rc, reason);
	c->at += len;
	return 0;
}

/* "2^20" or a decimal number of packets. */
static int read_lifetime(struct cursor *c, struct sotto_sdes *out)
{
	uint64_t exponent;

	if (skip_word(c, "2^")) {
		if (!read_number(c, 2, &exponent) || exponent > 48)
			return refuse(c, -EINVAL, "lifetime is above 2^48");
		out->lifetime = 1ull << exponent;
		return 0;
	}
	if (!read_number(c, 15, &out->lifetime))
		return refuse(c, -EINVAL, "lifetime is not a number");
	if (out->lifetime == 0 || out->lifetime > 1ull << 48)
		return refuse(c, -EINVAL, "lifetime is not 1 to 2^48");
	return 0;
}

/* What may follow the key: |lifetime. An MKI ("1:4") tells itself by the colon. */
static int read_key_parameters(struct cursor *c, struct sotto_sdes *out)
{
	int rc;

	if (!skip_word(c, "|"))
		return 0;
	if (memchr(c->at, ':', token_len(c, "|;")))
		return refuse(c, -EPROTONOSUPPORT, "MKI is not supported");
	rc = read_lifetime(c, out);
	if (rc != 0)
		return rc;
	if (c->at < c->end && *c->at == '|')
		return refuse(c, -EPROTONOSUPPORT, "MKI is not supported");
	return 0;
}

static int read_end(struct cursor *c)
{
	if (c->at < c->end && *c->at == ';')
		return refuse(c, -EPROTONOSUPPORT, "several keys in one line are not supported");
	if (skip_blanks(c) && c->at < c->end)
		return refuse(c, -EPROTONOSUPPORT, "session parameters are not supported");
	return c->at == c->end ? 0 : refuse(c, -EINVAL, "unexpected character");
}

int sotto_keys_sdes_parse(
	const char *line, size_t len, struct sotto_sdes *out, struct sotto_sdes_error *error)
{
	struct cursor c = {.start = line, .at = line, .end = line + len, .error = error};
	struct sotto_sdes parsed = {.lifetime = 0};
	int rc;

	if (len > SOTTO_SDES_LINE_MAX)
		return refuse(&c, -EINVAL, "line is too long");
	rc = read_tag_and_suite(&c, &parsed);
	if (rc == 0)
		rc = read_inline_key(&c, &parsed);
	if (rc == 0)
		rc = read_key_parameters(&c, &parsed);
	if (rc == 0)
		rc = read_end(&c);
	if (rc == 0)
		*out = parsed;
	sotto_base_wipe(&parsed, sizeof(parsed));
	return rc;
}

int sotto_keys_master_from_base64(const char *suite, const char *key, const char *salt,
	struct sotto_master *out, const char **reason)
{
	struct sotto_master master = {.suite = sotto_keys_suite_by_name(suite, strlen(suite))};
	uint8_t bytes[SOTTO_MASTER_KEY_MAX + SOTTO_MASTER_SALT_MAX];
	ssize_t key_len, salt_len;
	int rc = -EKEYREJECTED;

	*reason = "unknown crypto suite";
	if (!master.suite)
		return -ENOTSUP;
	key_len = sotto_base_base64_decode(key, strlen(key), bytes, SOTTO_MASTER_KEY_MAX);
	*reason = key_len == -EINVAL ? "key is not base64" : "key has the wrong length";
	if (key_len == master.suite->key_len) {
		salt_len = sotto_base_base64_decode(
			salt, strlen(salt), bytes + key_len, SOTTO_MASTER_SALT_MAX);
		*reason = salt_len == -EINVAL ? "salt is not base64" : "salt has the wrong length";
		if (salt_len == master.suite->salt_len)
			rc = split(bytes, key_len + salt_len, &master, reason);
	}
	if (rc == 0)
		*out = master;
	sotto_base_wipe(bytes, sizeof(bytes));
	sotto_base_wipe(&master, sizeof(master));
	return rc;
}
