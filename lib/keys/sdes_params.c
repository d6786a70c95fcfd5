/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Session parameters of an a=crypto line (RFC 4568, 6.3). Each is mandatory: what we do not do
 * makes the line unusable, but for unknown ones that begin with a dash (6.3.7).
 */
#include "keys/internal.h"

#include <errno.h>

#define WSH_DIGITS_MAX 10

/* Where a parameter begins, and what stands between its name and its end. */
struct param {
	const char *at;
	const char *value;
	size_t value_len;
};

/* Which parameters there were; bits behind those of enum sotto_consent. */
enum {
	SEEN_KDR = 1 << 8,
	SEEN_WSH = 1 << 9,
};

typedef int param_reader(
	struct sotto_cursor *c, const struct param *param, struct sotto_keying *keying);

static int refuse_fec(
	struct sotto_cursor *c, const struct param *param, struct sotto_keying *keying)
{
	(void)keying;
	return sotto_cursor_refuse_at(
		c, param->at, -EPROTONOSUPPORT, "forward error correction is not done");
}

/* A number that is the whole value, as a cursor sees it. False, and refused, when it is none. */
static bool read_value(
	struct sotto_cursor *c, const struct param *param, unsigned digits, uint64_t *out)
{
	struct sotto_cursor value = {.start = c->start,
		.at = param->value,
		.end = param->value + param->value_len,
		.error = c->error};

	if (sotto_cursor_number(&value, digits, out) && sotto_cursor_ended(&value))
		return true;
	sotto_cursor_refuse_at(c, param->value, -EINVAL, "value of the parameter is not a number");
	return false;
}

/* KDR=0 says what leaving it out says: keys are derived once. Not in the RFC's range, but sent. */
static int read_kdr(struct sotto_cursor *c, const struct param *param, struct sotto_keying *keying)
{
	uint64_t rate;

	(void)keying;
	if (!read_value(c, param, 2, &rate))
		return -EINVAL;
	if (rate != 0)
		return sotto_cursor_refuse_at(c, param->value, -EPROTONOSUPPORT,
			"a key derivation rate other than 0 is not done");
	return 0;
}

static int read_wsh(struct sotto_cursor *c, const struct param *param, struct sotto_keying *keying)
{
	uint64_t window;

	if (!read_value(c, param, WSH_DIGITS_MAX, &window))
		return -EINVAL;
	keying->window = window > UINT32_MAX ? UINT32_MAX : (uint32_t)window;
	return 0;
}

/* The known parameters. One with a reader has a value, and its name ends with "=". */
static const struct {
	const char *name;
	param_reader *read;
	unsigned seen; /* a mode, or SEEN_...: each may come once */
} known[] = {
	{"UNENCRYPTED_SRTP", NULL, SOTTO_CONSENT_UNENCRYPTED_SRTP},
	{"UNENCRYPTED_SRTCP", NULL, SOTTO_CONSENT_UNENCRYPTED_SRTCP},
	{"UNAUTHENTICATED_SRTP", NULL, SOTTO_CONSENT_UNAUTHENTICATED_SRTP},
	{"KDR=", read_kdr, SEEN_KDR},
	{"WSH=", read_wsh, SEEN_WSH},
	{"FEC_ORDER=", refuse_fec, 0},
	{"FEC_KEY=", refuse_fec, 0},
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

/* The index in known[], or KNOWN; splits the parameter of len characters at the cursor. */
static size_t find(const struct sotto_cursor *c, size_t len, struct param *param)
{
	for (size_t i = 0; i < KNOWN; i++) {
		size_t name_len = strlen(known[i].name);

		if (len < name_len || (!known[i].read && len > name_len) ||
			strncasecmp(c->at, known[i].name, name_len) != 0)
			continue;
		*param = (struct param){c->at, c->at + name_len, len - name_len};
		return i;
	}
	return KNOWN;
}

/* Visible characters only; a dash may stand in front, not two (RFC 4568, 9.2). */
static int read_unknown(struct sotto_cursor *c, size_t len)
{
	bool optional = len > 0 && *c->at == '-';

	for (size_t i = 0; i < len; i++) {
		if (c->at[i] < '!' || c->at[i] > '~')
			return sotto_cursor_refuse_at(c, c->at + i, -EINVAL,
				"character that no session parameter may have");
	}
	if (!optional)
		return sotto_cursor_refuse(c, -EPROTONOSUPPORT, "unknown session parameter");
	if (len == 1 || c->at[1] == '-')
		return sotto_cursor_refuse(c, -EINVAL, "session parameter has no name");
	return 0;
}

static int read_known(struct sotto_cursor *c, size_t i, const struct param *param,
	struct sotto_keying *keying, unsigned *seen)
{
	if (*seen & known[i].seen)
		return sotto_cursor_refuse(c, -EINVAL, "session parameter comes twice");
	*seen |= known[i].seen;
	if (known[i].read)
		return known[i].read(c, param, keying);
	if (!sotto_keys_modes_fit(keying->suite, (sotto_modes)known[i].seen))
		return sotto_cursor_refuse(c, -EINVAL, "not with an AEAD suite (RFC 7714)");
	keying->modes |= (sotto_modes)known[i].seen;
	return 0;
}

int sotto_keys_sdes_params(struct sotto_cursor *c, struct sotto_keying *keying)
{
	unsigned seen = 0;

	while (sotto_cursor_skip_blanks(c) && !sotto_cursor_ended(c)) {
		size_t len = sotto_cursor_token(c, "");
		struct param param;
		size_t i = find(c, len, &param);
		int rc = i < KNOWN ? read_known(c, i, &param, keying, &seen) : read_unknown(c, len);

		if (rc != 0)
			return rc;
		c->at += len;
	}
	return 0;
}
