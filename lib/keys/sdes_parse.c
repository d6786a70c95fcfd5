/* SPDX-License-Identifier: BSD-3-Clause */
/* Parsing a=crypto lines (RFC 4568, 9.1 and 9.2), strictly: what is not understood is refused. */
#include "keys/internal.h"

#include "base/secret.h"

#include <errno.h>

#define ATTRIBUTE "a=crypto:"
#define TAG_DIGITS_MAX 9 /* RFC 4568, 9.1: 1*9DIGIT */

/* The attribute's name is no literal of RFC 4568's grammar, and has a case (RFC 4566, 5). */
static void skip_attribute(struct sotto_cursor *c)
{
	size_t len = strlen(ATTRIBUTE);

	if ((size_t)(c->end - c->at) >= len && memcmp(c->at, ATTRIBUTE, len) == 0)
		c->at += len;
}

static int read_tag(struct sotto_cursor *c, uint32_t *out)
{
	const char *from = c->at;
	uint64_t tag;

	if (!sotto_cursor_number(c, TAG_DIGITS_MAX, &tag) || tag == 0)
		return sotto_cursor_refuse_at(
			c, from, -EINVAL, "a tag of 1 to 999999999 is missing");
	*out = (uint32_t)tag;
	if (!sotto_cursor_skip_blanks(c))
		return sotto_cursor_refuse(c, -EINVAL, "a blank is missing behind the tag");
	return 0;
}

static int read_suite(struct sotto_cursor *c, const struct sotto_suite **out)
{
	size_t len = sotto_cursor_token(c, "");
	const char *why = sotto_keys_suite_refused(c->at, len);

	*out = sotto_keys_suite_by_name(c->at, len);
	if (!*out)
		return sotto_cursor_refuse(c, -ENOTSUP, why ? why : "unknown crypto suite");
	c->at += len;
	if (!sotto_cursor_skip_blanks(c))
		return sotto_cursor_refuse(c, -EINVAL, "a blank is missing behind the suite");
	return 0;
}

int sotto_keys_sdes_parse(
	const char *line, size_t len, struct sotto_sdes *out, struct sotto_sdes_error *error)
{
	struct sotto_cursor c = {.start = line, .at = line, .end = line + len, .error = error};
	struct sotto_sdes parsed;
	int rc;

	if (len > SOTTO_SDES_LINE_MAX)
		return sotto_cursor_refuse_at(
			&c, line + SOTTO_SDES_LINE_MAX, -EINVAL, "line is too long");
	memset(&parsed, 0, sizeof(parsed));
	skip_attribute(&c);
	rc = read_tag(&c, &parsed.tag);
	if (rc == 0)
		rc = read_suite(&c, &parsed.keying.suite);
	if (rc == 0)
		rc = sotto_keys_sdes_keys(&c, &parsed.keying);
	if (rc == 0)
		rc = sotto_keys_sdes_params(&c, &parsed.keying);
	if (rc == 0)
		*out = parsed;
	sotto_base_wipe(&parsed, sizeof(parsed));
	return rc;
}
