/* SPDX-License-Identifier: BSD-3-Clause */
/* One way to ask sotto_keys_sdes_parse(), with everything looked at that must always hold. */
#include "sdes_check.h"

#include "unit.h"

#include <errno.h>

#define LEAK 5 /* characters */

const uint8_t sdes_key_bytes[31] = "YS___semctl () {\t220;}\n}\nunles";

bool sdes_leaks(const char *text, const char *secret)
{
	size_t len = strlen(secret);

	for (size_t i = 0; i + LEAK <= len; i++) {
		if (memmem(text, strlen(text), secret + i, LEAK))
			return true;
	}
	return false;
}

static void check_refusal(
	int rc, size_t len, const struct sotto_sdes *out, const struct sotto_sdes_error *error)
{
	static const char *const keys[] = {SDES_KEY, SDES_KEY_2, SDES_KEY_3, SDES_KEY_GCM_128,
		SDES_KEY_192, SDES_KEY_GCM_256, SDES_KEY_256};
	struct sotto_sdes before;

	memset(&before, 0x6b, sizeof(before));
	if (rc != -EINVAL && rc != -ENOTSUP && rc != -EPROTONOSUPPORT && rc != -EKEYREJECTED)
		ck_abort_msg("error %d", rc);
	if (error->at > len)
		ck_abort_msg("error at %u of %zu characters", error->at, len);
	if (!error->reason || strlen(error->reason) < LEAK)
		ck_abort_msg("no reason");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (sdes_leaks(error->reason, keys[i]))
			ck_abort_msg("the reason \"%s\" holds a part of a key", error->reason);
	}
	if (memcmp(out, &before, sizeof(before)) != 0)
		ck_abort_msg("a refused line changed the output");
}

static int parse(
	const char *line, size_t len, struct sotto_sdes *out, struct sotto_sdes_error *error)
{
	char *exact = malloc(len ? len : 1);
	int rc;

	*error = (struct sotto_sdes_error){.at = UINT32_MAX};
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, line, len);
	memset(out, 0x6b, sizeof(*out));
	rc = sotto_keys_sdes_parse(exact, len, out, error);
	free(exact);
	if (rc != 0)
		check_refusal(rc, len, out, error);
	return rc;
}

int sdes_parse(const char *line, size_t len, struct sotto_sdes *out)
{
	struct sotto_sdes_error error;

	return parse(line, len, out, &error);
}

struct sotto_sdes sdes_accept(const char *line)
{
	struct sotto_sdes_error error;
	struct sotto_sdes out;
	int rc = parse(line, strlen(line), &out, &error);

	ck_assert_msg(rc == 0, "\"%s\": error %d at %u: %s", line, rc, error.at, error.reason);
	return out;
}

void sdes_refuse(const char *line, int error)
{
	struct sotto_sdes out;
	int rc = sdes_parse(line, strlen(line), &out);

	ck_assert_msg(rc == error, "\"%s\": %d instead of %d", line, rc, error);
}

void sdes_refuse_at(const char *line, int code, size_t at)
{
	struct sotto_sdes_error error;
	struct sotto_sdes out;
	int rc = parse(line, strlen(line), &out, &error);

	ck_assert_msg(rc == code, "\"%s\": %d instead of %d", line, rc, code);
	ck_assert_msg(error.at == at, "\"%s\": \"%s\" at %u instead of %zu", line, error.reason,
		error.at, at);
}

size_t sdes_first(const char *line, const char *mark)
{
	const char *place = *mark ? strstr(line, mark) : line + strlen(line);

	ck_assert_msg(place != NULL, "\"%s\" does not stand in \"%s\"", mark, line);
	return (size_t)(place - line);
}

size_t sdes_last(const char *line, const char *mark)
{
	size_t at = sdes_first(line, mark);

	while (*mark && strstr(line + at + 1, mark))
		at += 1 + sdes_first(line + at + 1, mark);
	return at;
}

void sdes_check_equal(const struct sotto_sdes *a, const struct sotto_sdes *b)
{
	const struct sotto_suite *suite = a->keying.suite;

	ck_assert_uint_eq(a->tag, b->tag);
	ck_assert_ptr_eq(suite, b->keying.suite);
	ck_assert_uint_eq(a->keying.modes, b->keying.modes);
	ck_assert_uint_eq(a->keying.count, b->keying.count);
	ck_assert_uint_eq(a->keying.mki_len, b->keying.mki_len);
	ck_assert_uint_eq(a->keying.window, b->keying.window);
	for (unsigned i = 0; i < a->keying.count; i++) {
		const struct sotto_keyed *one = &a->keying.master[i], *two = &b->keying.master[i];

		ck_assert_mem_eq(one->key, two->key, suite->key_len);
		ck_assert_mem_eq(one->salt, two->salt, suite->salt_len);
		ck_assert_uint_eq(one->lifetime, two->lifetime);
		ck_assert_uint_eq(one->mki, two->mki);
	}
}
