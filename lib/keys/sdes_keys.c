/* SPDX-License-Identifier: BSD-3-Clause */
/* The keys of an a=crypto line with their lifetimes and MKIs (RFC 4568, 6.1). */
#include "keys/internal.h"

#include "base/base64.h"
#include "base/secret.h"

#include <errno.h>

#define LIFETIME_DIGITS_MAX 15 /* of 2^48 */
#define EXPONENT_MAX 48

static const char several_need_mki[] = "each of several keys needs an MKI";

static int read_key_text(
	struct sotto_cursor *c, const struct sotto_suite *suite, struct sotto_keyed *out)
{
	uint8_t bytes[SOTTO_KEY_SALT_MAX];
	const char *reason = "";
	ssize_t got;
	size_t len;
	int rc;

	if (!sotto_cursor_skip_word(c, "inline:"))
		return sotto_cursor_refuse(c, -EINVAL, "key method is not inline");
	len = sotto_cursor_token(c, "|;");
	got = sotto_base_base64_decode(c->at, len, bytes, sizeof(bytes));
	rc = sotto_keys_split(suite, bytes, got, out, &reason);
	sotto_base_wipe(bytes, sizeof(bytes));
	if (rc != 0)
		return sotto_cursor_refuse(c, rc, reason);
	c->at += len;
	return 0;
}

/* "2^20" or a decimal number of packets. */
static int read_lifetime(struct sotto_cursor *c, struct sotto_keyed *out)
{
	bool is_power = sotto_cursor_skip_word(c, "2^");
	const char *from = c->at;
	uint64_t v;

	if (!sotto_cursor_number(c, is_power ? 2 : LIFETIME_DIGITS_MAX, &v))
		return sotto_cursor_refuse(c, -EINVAL, "lifetime is not a number up to 2^48");
	if (is_power && v <= EXPONENT_MAX)
		v = 1ull << v;
	else if (is_power || v == 0 || v > SOTTO_LIFETIME_MAX)
		return sotto_cursor_refuse_at(c, from, -EINVAL, "lifetime is not 1 to 2^48");
	out->lifetime = v;
	return 0;
}

/* One more decimal digit; false when 64 bits do not hold it. */
static bool append_digit(uint64_t *v, unsigned digit)
{
	return !__builtin_mul_overflow(*v, (uint64_t)10, v) &&
	       !__builtin_add_overflow(*v, (uint64_t)digit, v);
}

/* Any number of digits: what is a number, but too long for us, is told apart. */
static int read_mki_value(struct sotto_cursor *c, uint64_t *out)
{
	const char *from = c->at;
	uint64_t v = 0;

	while (!sotto_cursor_ended(c) && *c->at >= '0' && *c->at <= '9') {
		if (!append_digit(&v, (unsigned)(*c->at++ - '0')))
			return sotto_cursor_refuse_at(
				c, from, -EPROTONOSUPPORT, "MKI value is above 64 bits");
	}
	if (c->at == from || (*from == '0' && c->at > from + 1))
		return sotto_cursor_refuse_at(c, from, -EINVAL, "MKI value is not a number");
	*out = v;
	return 0;
}

/* An MKI as it stands in the line; len is 0 when there is none. */
struct mki {
	const char *at;     /* its value, or where it is missing */
	const char *len_at; /* its length */
	uint8_t len;        /* bytes */
};

/* "value:length", the length in bytes. */
static int read_mki(struct sotto_cursor *c, uint64_t *value, struct mki *mki)
{
	int rc;
	uint64_t len;

	mki->at = c->at;
	rc = read_mki_value(c, value);
	if (rc != 0)
		return rc;
	if (!sotto_cursor_skip(c, ':'))
		return sotto_cursor_refuse(c, -EINVAL, "MKI is not value:length");
	mki->len_at = c->at;
	if (!sotto_cursor_number(c, 3, &len) || len == 0 || len > SOTTO_MKI_LEN_MAX)
		return sotto_cursor_refuse_at(
			c, mki->len_at, -EINVAL, "MKI length is not 1 to 128");
	if (len < sizeof(*value) && *value >> 8 * len != 0)
		return sotto_cursor_refuse_at(
			c, mki->at, -EINVAL, "MKI value does not fit its length");
	mki->len = (uint8_t)len;
	return 0;
}

/* What may follow a key: |lifetime, then |MKI. The colon tells an MKI from a lifetime. */
static int read_key_parameters(struct sotto_cursor *c, struct sotto_keyed *out, struct mki *mki)
{
	int rc;

	*mki = (struct mki){.at = c->at};
	if (!sotto_cursor_skip(c, '|'))
		return 0;
	if (!memchr(c->at, ':', sotto_cursor_token(c, "|;"))) {
		rc = read_lifetime(c, out);
		mki->at = c->at;
		if (rc != 0 || !sotto_cursor_skip(c, '|'))
			return rc;
	}
	return read_mki(c, &out->mki, mki);
}

/* The MKI of the key that comes next against those before it. */
static int check_mki(
	struct sotto_cursor *c, const struct sotto_keying *keying, const struct mki *mki)
{
	if (keying->count == 0)
		return 0;
	if (mki->len == 0)
		return sotto_cursor_refuse_at(c, mki->at, -EINVAL, several_need_mki);
	if (mki->len != keying->mki_len)
		return sotto_cursor_refuse_at(
			c, mki->len_at, -EINVAL, "MKIs are of unequal length");
	for (unsigned i = 0; i < keying->count; i++) {
		if (keying->master[i].mki == keying->master[keying->count].mki)
			return sotto_cursor_refuse_at(
				c, mki->at, -EINVAL, "two keys have the same MKI");
	}
	return 0;
}

/* Whether a key may end here. */
static bool at_key_end(const struct sotto_cursor *c)
{
	return sotto_cursor_ended(c) || *c->at == ';' || *c->at == ' ' || *c->at == '\t';
}

/* The next key, whole. */
static int read_one(struct sotto_cursor *c, struct sotto_keying *keying)
{
	struct sotto_keyed *master = &keying->master[keying->count];
	struct mki mki;
	int rc;

	rc = read_key_text(c, keying->suite, master);
	if (rc == 0)
		rc = read_key_parameters(c, master, &mki);
	if (rc == 0 && !at_key_end(c))
		rc = sotto_cursor_refuse(c, -EINVAL, "unexpected character behind the key");
	if (rc == 0)
		rc = check_mki(c, keying, &mki);
	if (rc != 0)
		return rc;
	keying->mki_len = mki.len;
	keying->count++;
	return 0;
}

int sotto_keys_sdes_keys(struct sotto_cursor *c, struct sotto_keying *keying)
{
	int rc = read_one(c, keying);

	while (rc == 0 && !sotto_cursor_ended(c) && *c->at == ';') {
		if (keying->mki_len == 0)
			return sotto_cursor_refuse(c, -EINVAL, several_need_mki);
		if (keying->count == SOTTO_MASTERS_MAX)
			return sotto_cursor_refuse(c, -EINVAL, "more than 16 keys");
		c->at++;
		rc = read_one(c, keying);
	}
	return rc;
}
