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
	struct sotto_sdes before;

	memset(&before, 0x6b, sizeof(before));
	if (rc != -EINVAL && rc != -ENOTSUP && rc != -EPROTONOSUPPORT && rc != -EKEYREJECTED)
		ck_abort_msg("error %d", rc);
	if (error->at > len)
		ck_abort_msg("error at %u of %zu characters", error->at, len);
	if (!error->reason || strlen(error->reason) < LEAK)
		ck_abort_msg("no reason");
	if (sdes_leaks(error->reason, SDES_KEY))
		ck_abort_msg("the reason \"%s\" holds a part of the key", error->reason);
	if (memcmp(out, &before, sizeof(before)) != 0)
		ck_abort_msg("a refused line changed the output");
}

int sdes_parse(const char *line, size_t len, struct sotto_sdes *out)
{
	struct sotto_sdes_error error = {.at = UINT32_MAX};
	char *exact = malloc(len ? len : 1);
	int rc;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, line, len);
	memset(out, 0x6b, sizeof(*out));
	rc = sotto_keys_sdes_parse(exact, len, out, &error);
	free(exact);
	if (rc != 0)
		check_refusal(rc, len, out, &error);
	return rc;
}

struct sotto_sdes sdes_accept(const char *line)
{
	struct sotto_sdes out;
	int rc = sdes_parse(line, strlen(line), &out);

	ck_assert_msg(rc == 0, "\"%s\": error %d", line, rc);
	return out;
}

void sdes_refuse(const char *line, int error)
{
	struct sotto_sdes out;
	int rc = sdes_parse(line, strlen(line), &out);

	ck_assert_msg(rc == error, "\"%s\": %d instead of %d", line, rc, error);
}
