/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing a=crypto lines (RFC 4568, 9.2): what sotto_keys_sdes_parse() reads back as it was. */
#include "keys/internal.h"

#include "base/base64.h"
#include "base/secret.h"

#include <assert.h>
#include <errno.h>

#define KEY_TEXT_MAX (4 * ((SOTTO_KEY_SALT_MAX + 2) / 3) + 1)

/* Text under construction. */
struct line {
	char *out;
	size_t room;
	size_t len;
	bool full; /* something did not fit: the rest is of no interest */
};

static void put(struct line *line, const char *text, size_t len)
{
	/* the closing zero wants its place too */
	line->full = line->full || line->room - line->len <= len;
	if (line->full)
		return;
	memcpy(line->out + line->len, text, len);
	line->len += len;
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

static void put_number(struct line *line, uint64_t v)
{
	char digits[20];
	unsigned at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	put(line, digits + at, sizeof(digits) - at);
}

static void put_key_text(struct line *line, const struct sotto_suite *suite,
	const struct sotto_keyed *master, enum sotto_sdes_style style)
{
	uint8_t bytes[SOTTO_KEY_SALT_MAX];
	char text[KEY_TEXT_MAX];
	size_t len;

	memcpy(bytes, master->key, suite->key_len);
	memcpy(bytes + suite->key_len, master->salt, suite->salt_len);
	sotto_base_base64_encode(bytes, (size_t)suite->key_len + suite->salt_len, text);
	len = strlen(text);
	while (style == SOTTO_SDES_UNPADDED && text[len - 1] == '=')
		len--;
	put_text(line, "inline:");
	put(line, text, len);
	sotto_base_wipe(text, sizeof(text));
	sotto_base_wipe(bytes, sizeof(bytes));
}

static void put_lifetime(struct line *line, uint64_t lifetime)
{
	bool is_power = (lifetime & (lifetime - 1)) == 0;

	put_text(line, is_power ? "|2^" : "|");
	put_number(line, is_power ? (uint64_t)__builtin_ctzll(lifetime) : lifetime);
}

static void put_keys(
	struct line *line, const struct sotto_keying *keying, enum sotto_sdes_style style)
{
	for (unsigned i = 0; i < keying->count; i++) {
		const struct sotto_keyed *master = &keying->master[i];

		if (i > 0)
			put_text(line, ";");
		put_key_text(line, keying->suite, master, style);
		if (master->lifetime != 0)
			put_lifetime(line, master->lifetime);
		if (keying->mki_len == 0)
			continue;
		put_text(line, "|");
		put_number(line, master->mki);
		put_text(line, ":");
		put_number(line, keying->mki_len);
	}
}

static void put_params(struct line *line, const struct sotto_keying *keying)
{
	static const enum sotto_consent modes[] = {SOTTO_CONSENT_UNENCRYPTED_SRTP,
		SOTTO_CONSENT_UNENCRYPTED_SRTCP, SOTTO_CONSENT_UNAUTHENTICATED_SRTP};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (!(keying->modes & modes[i]))
			continue;
		put_text(line, " ");
		put_text(line, sotto_keys_consent_name(modes[i])); /* the same words */
	}
	if (keying->window == 0)
		return;
	put_text(line, " WSH=");
	put_number(line, keying->window);
}

int sotto_keys_sdes_print(
	const struct sotto_sdes *sdes, enum sotto_sdes_style style, char *out, size_t room)
{
	struct line line = {.out = out, .room = room};

	assert(sdes->keying.count >= 1 && sdes->keying.count <= SOTTO_MASTERS_MAX);
	put_number(&line, sdes->tag);
	put_text(&line, " ");
	put_text(&line, sdes->keying.suite->name);
	put_text(&line, " ");
	put_keys(&line, &sdes->keying, style);
	put_params(&line, &sdes->keying);
	if (line.full) {
		sotto_base_wipe(out, line.len);
		if (room > 0)
			out[0] = 0;
		return -ENOSPC;
	}
	out[line.len] = 0;
	return (int)line.len;
}
