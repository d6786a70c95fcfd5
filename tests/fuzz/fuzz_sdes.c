/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a key line (keys/sdes.h, RFC 4568, 9): what is taken can be written in both styles
 * and reads the same again; what is refused leaves the output alone and says where and why.
 * An input that begins with '=' asks sotto_keys_from_base64() instead: suite, key NUL salt.
 */
#include "fuzz.h"

#include "keys/sdes.h"

#include <errno.h>

#define UNTOUCHED 0xa5

static void check_refused(
	int rc, const struct sotto_sdes *out, const struct sotto_sdes_error *error, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)out;

	fuzz_require(
		rc == -EINVAL || rc == -ENOTSUP || rc == -EPROTONOSUPPORT || rc == -EKEYREJECTED,
		"an error of the contract");
	fuzz_require(error->at <= len, "the place lies in the line");
	fuzz_require(error->reason && error->reason[0], "a reason");
	for (size_t i = 0; i < sizeof(*out); i++)
		fuzz_require(bytes[i] == UNTOUCHED, "out is unchanged");
}

static bool mki_fits(uint64_t mki, unsigned len)
{
	return len >= 8 || mki >> 8 * len == 0;
}

static void check_masters(const struct sotto_keying *keying)
{
	for (unsigned i = 0; i < keying->count; i++) {
		fuzz_require(mki_fits(keying->master[i].mki, keying->mki_len), "MKI in its length");
		fuzz_require(keying->master[i].lifetime <= SOTTO_LIFETIME_MAX, "lifetime");
		for (unsigned j = 0; j < i; j++)
			fuzz_require(keying->master[i].mki != keying->master[j].mki, "MKIs differ");
	}
}

static void check_taken(const struct sotto_sdes *sdes)
{
	const struct sotto_keying *keying = &sdes->keying;

	fuzz_require(sdes->tag >= 1 && sdes->tag <= 999999999, "tag");
	fuzz_require(keying->suite, "suite");
	fuzz_require(keying->count >= 1 && keying->count <= SOTTO_MASTERS_MAX, "masters");
	fuzz_require(keying->count == 1 || keying->mki_len > 0, "several masters have MKIs");
	fuzz_require(keying->mki_len <= SOTTO_MKI_LEN_MAX, "MKI length");
	fuzz_require((keying->modes &
			     ~(SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP |
				     SOTTO_CONSENT_UNAUTHENTICATED_SRTP)) == 0,
		"modes");
	check_masters(keying);
	sotto_keys_consent(keying);
}

static bool same_master(
	const struct sotto_suite *suite, const struct sotto_keyed *a, const struct sotto_keyed *b)
{
	return memcmp(a->key, b->key, suite->key_len) == 0 &&
	       memcmp(a->salt, b->salt, suite->salt_len) == 0 && a->lifetime == b->lifetime &&
	       a->mki == b->mki;
}

static void check_same(const struct sotto_sdes *a, const struct sotto_sdes *b)
{
	const struct sotto_keying *x = &a->keying, *y = &b->keying;

	fuzz_require(a->tag == b->tag, "same tag");
	fuzz_require(x->suite == y->suite && x->modes == y->modes, "same suite and modes");
	fuzz_require(x->count == y->count && x->mki_len == y->mki_len, "same masters");
	fuzz_require(x->window == y->window, "same window");
	for (unsigned i = 0; i < x->count; i++)
		fuzz_require(same_master(x->suite, &x->master[i], &y->master[i]), "same keys");
}

/* Writes the line, reads it again, and sees whether one byte too little room is noticed. */
static void check_print(const struct sotto_sdes *sdes, enum sotto_sdes_style style)
{
	static char text[SOTTO_SDES_LINE_MAX + 1];
	struct sotto_sdes_error error = {0};
	struct sotto_sdes again;
	int len = sotto_keys_sdes_print(sdes, style, text, sizeof(text));
	char *exact;

	fuzz_require(len > 0 && len <= SOTTO_SDES_LINE_MAX, "what was read can be written");
	fuzz_require(strlen(text) == (size_t)len, "characters without the zero");
	exact = fuzz_copy(text, (size_t)len);
	fuzz_require(sotto_keys_sdes_parse(exact, (size_t)len, &again, &error) == 0,
		"what was written can be read");
	check_same(sdes, &again);
	fuzz_require(sotto_keys_sdes_print(sdes, style, exact, (size_t)len) == -ENOSPC,
		"no room for the zero");
	fuzz_require(exact[0] == 0, "an empty text");
	free(exact);
}

static void fuzz_line(const uint8_t *data, size_t size)
{
	struct sotto_sdes_error error = {.at = UINT32_MAX};
	struct sotto_sdes sdes;
	char *line = fuzz_copy(data, size);
	int rc;

	memset(&sdes, UNTOUCHED, sizeof(sdes));
	rc = sotto_keys_sdes_parse(line, size, &sdes, &error);
	free(line);
	if (rc != 0) {
		check_refused(rc, &sdes, &error, size);
		return;
	}
	fuzz_require(size <= SOTTO_SDES_LINE_MAX + strlen("a=crypto:"), "not too long");
	check_taken(&sdes);
	check_print(&sdes, SOTTO_SDES_PADDED);
	check_print(&sdes, SOTTO_SDES_UNPADDED);
}

static const struct sotto_suite *some_suite(unsigned choice)
{
	unsigned n = 0;

	while (sotto_keys_suite_at(n))
		n++;
	return sotto_keys_suite_at(choice % n);
}

/* Both texts get a closing zero of their own, at the end of their block. */
static char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_require(text, "memory");
	memcpy(text, data, size);
	text[size] = 0;
	return text;
}

static void fuzz_base64(const uint8_t *data, size_t size)
{
	const struct sotto_suite *suite = some_suite(size > 0 ? data[0] : 0);
	size_t at = size > 0 ? 1 : 0;
	const uint8_t *middle = size > at ? memchr(data + at, 0, size - at) : NULL;
	size_t key_end = middle ? (size_t)(middle - data) : size;
	size_t salt_at = middle ? key_end + 1 : size;
	const char *reason = NULL;
	struct sotto_keyed keyed;
	char *key = text_of(data + at, key_end - at);
	char *salt = text_of(data + salt_at, size - salt_at);
	int rc;

	memset(&keyed, 0, sizeof(keyed));
	keyed.lifetime = 77;
	rc = sotto_keys_from_base64(suite, key, salt, &keyed, &reason);
	fuzz_require(rc == 0 || rc == -EKEYREJECTED, "an error of the contract");
	fuzz_require(rc == 0 || (reason && reason[0]), "a reason");
	fuzz_require(keyed.lifetime == 77 && keyed.mki == 0, "nothing else changes");
	free(key);
	free(salt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == '=')
		fuzz_base64(data + 1, size - 1);
	else
		fuzz_line(data, size);
	return 0;
}
