/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside lib/keys only: what its files share, above all the text of a key line that is left. */
#ifndef SOTTO_KEYS_INTERNAL_H
#define SOTTO_KEYS_INTERNAL_H

#include "keys/sdes.h"

#include <string.h>
#include <strings.h>
#include <sys/types.h>

/* Bytes of the longest master key and salt, as they stand together in a line. */
#define SOTTO_KEY_SALT_MAX (SOTTO_MASTER_KEY_MAX + SOTTO_MASTER_SALT_MAX)

/* The text that is left to read, and what becomes of a refusal. */
struct sotto_cursor {
	const char *start;
	const char *at;
	const char *end;
	struct sotto_sdes_error *error;
};

/* Whether a suite can have these modes: an AEAD is never without its tag. */
bool sotto_keys_modes_fit(const struct sotto_suite *suite, sotto_modes modes);

/*
 * Takes key||salt apart; len is what the base64 decoder returned, and must be exact. 0, or
 * -EKEYREJECTED with *reason and *out unchanged.
 */
int sotto_keys_split(const struct sotto_suite *suite, const uint8_t *bytes, ssize_t len,
	struct sotto_keyed *out, const char **reason);

/* Reads "inline:...", and further keys behind semicolons (RFC 4568, 6.1). 0 or negative errno. */
int sotto_keys_sdes_keys(struct sotto_cursor *c, struct sotto_keying *keying);

/* Reads session parameters up to the end of the line (RFC 4568, 6.3). 0 or negative errno. */
int sotto_keys_sdes_params(struct sotto_cursor *c, struct sotto_keying *keying);

/* Notes where and why; returns code. */
static inline int sotto_cursor_refuse_at(
	struct sotto_cursor *c, const char *at, int code, const char *reason)
{
	c->error->at = (unsigned)(at - c->start);
	c->error->reason = reason;
	return code;
}

static inline int sotto_cursor_refuse(struct sotto_cursor *c, int code, const char *reason)
{
	return sotto_cursor_refuse_at(c, c->at, code, reason);
}

static inline bool sotto_cursor_ended(const struct sotto_cursor *c)
{
	return c->at == c->end;
}

/* Skips one character if it is the next. */
static inline bool sotto_cursor_skip(struct sotto_cursor *c, char wanted)
{
	if (sotto_cursor_ended(c) || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

/* Skips a literal of the grammar: those have no case (RFC 4234, 2.3). */
static inline bool sotto_cursor_skip_word(struct sotto_cursor *c, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - c->at) < len || strncasecmp(c->at, word, len) != 0)
		return false;
	c->at += len;
	return true;
}

/* At least one blank. */
static inline bool sotto_cursor_skip_blanks(struct sotto_cursor *c)
{
	const char *from = c->at;

	while (!sotto_cursor_ended(c) && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
	return c->at > from;
}

/* Characters up to a blank, the end, or one of stop. */
static inline size_t sotto_cursor_token(const struct sotto_cursor *c, const char *stop)
{
	const char *p = c->at;

	while (p < c->end && *p != ' ' && *p != '\t' && !memchr(stop, *p, strlen(stop)))
		p++;
	return (size_t)(p - c->at);
}

/*
 * Reads a decimal number of at most most digits, without a leading zero (RFC 4568 forbids those
 * everywhere). False, with the cursor where it was, when it is none or longer.
 */
static inline bool sotto_cursor_number(struct sotto_cursor *c, unsigned most, uint64_t *out)
{
	const char *p = c->at;
	uint64_t v = 0;

	while (p < c->end && *p >= '0' && *p <= '9' && (size_t)(p - c->at) <= most)
		v = v * 10 + (uint64_t)(*p++ - '0');
	if (p == c->at || (size_t)(p - c->at) > most || (*c->at == '0' && p > c->at + 1))
		return false;
	c->at = p;
	*out = v;
	return true;
}

#endif
