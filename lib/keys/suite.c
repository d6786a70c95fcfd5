/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of crypto suites, and the names that are known and refused. Names are matched without
 * regard to case: they are literals of the ABNF of RFC 4568, 9.2, and those have none (RFC 4234,
 * 2.3).
 */
#include "keys/suite.h"

#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* AES in counter mode with HMAC-SHA1: what its suites differ in. */
#define AES_CM(suite_name, bits, tag, takes)                                                       \
	{                                                                                          \
		.name = suite_name, .cipher = SOTTO_CIPHER_AES_CM_##bits,                          \
		.prf = SOTTO_CIPHER_AES_CM_##bits, .auth = SOTTO_AUTH_HMAC_SHA1,                   \
		.key_len = bits / 8, .salt_len = 14, .auth_key_len = 20, .tag_len = tag,           \
		.rtcp_tag_len = 10, .consent = takes                                               \
	}

/* AES-GCM (RFC 7714, 12): the tag is never cut, SRTCP has the same. */
#define AES_GCM(suite_name, bits)                                                                  \
	{                                                                                          \
		.name = suite_name, .cipher = SOTTO_CIPHER_AES_GCM_##bits,                         \
		.prf = SOTTO_CIPHER_AES_CM_##bits, .auth = SOTTO_AUTH_NONE, .key_len = bits / 8,   \
		.salt_len = SOTTO_GCM_IV_LEN, .tag_len = SOTTO_GCM_TAG_LEN,                        \
		.rtcp_tag_len = SOTTO_GCM_TAG_LEN                                                  \
	}

/* Without encryption: keys and derivation are those of AES_CM_128 (RFC 3711, 4.1.3, 5.3). */
#define NULL_CIPHER(suite_name, tag, takes)                                                        \
	{                                                                                          \
		.name = suite_name, .cipher = SOTTO_CIPHER_NONE, .prf = SOTTO_CIPHER_AES_CM_128,   \
		.auth = SOTTO_AUTH_HMAC_SHA1, .key_len = 16, .salt_len = 14, .auth_key_len = 20,   \
		.tag_len = tag, .rtcp_tag_len = 10, .consent = SOTTO_CONSENT_NULL_CIPHER | (takes) \
	}

/* In the order in which they are listed: what is met most stands first. */
static const struct sotto_suite suites[] = {
	AES_CM("AES_CM_128_HMAC_SHA1_80", 128, 10, 0),
	AES_CM("AES_CM_128_HMAC_SHA1_32", 128, 4, SOTTO_CONSENT_TAG_32),
	AES_CM("AES_256_CM_HMAC_SHA1_80", 256, 10, 0),
	AES_CM("AES_256_CM_HMAC_SHA1_32", 256, 4, SOTTO_CONSENT_TAG_32),
	AES_GCM("AEAD_AES_256_GCM", 256),
	AES_GCM("AEAD_AES_128_GCM", 128),
	AES_CM("AES_192_CM_HMAC_SHA1_80", 192, 10, 0),
	AES_CM("AES_192_CM_HMAC_SHA1_32", 192, 4, SOTTO_CONSENT_TAG_32),
	/* as spelled before RFC 6188 */
	AES_CM("AES_CM_256_HMAC_SHA1_80", 256, 10, 0),
	AES_CM("AES_CM_256_HMAC_SHA1_32", 256, 4, SOTTO_CONSENT_TAG_32),
	AES_CM("AES_CM_192_HMAC_SHA1_80", 192, 10, 0),
	AES_CM("AES_CM_192_HMAC_SHA1_32", 192, 4, SOTTO_CONSENT_TAG_32),
	NULL_CIPHER("NULL_HMAC_SHA1_80", 10, 0),
	NULL_CIPHER("NULL_HMAC_SHA1_32", 4, SOTTO_CONSENT_TAG_32),
};

static const char no_f8[] = "F8 (RFC 3711, 4.1.2) is not done: offer AES in counter mode or GCM";
static const char no_aria[] = "ARIA (RFC 8269) is not done: offer AES in counter mode or GCM";
static const char no_seed[] = "SEED (RFC 5669) is not done: offer AES in counter mode or GCM";

static const struct {
	const char *name, *why;
} refused[] = {
	{"F8_128_HMAC_SHA1_80", no_f8},
	{"F8_128_HMAC_SHA1_32", no_f8},
	{"ARIA_128_CTR_HMAC_SHA1_80", no_aria},
	{"ARIA_128_CTR_HMAC_SHA1_32", no_aria},
	{"ARIA_192_CTR_HMAC_SHA1_80", no_aria},
	{"ARIA_192_CTR_HMAC_SHA1_32", no_aria},
	{"ARIA_256_CTR_HMAC_SHA1_80", no_aria},
	{"ARIA_256_CTR_HMAC_SHA1_32", no_aria},
	{"AEAD_ARIA_128_GCM", no_aria},
	{"AEAD_ARIA_256_GCM", no_aria},
	{"SEED_CTR_128_HMAC_SHA1_80", no_seed},
	{"SEED_128_CCM_80", no_seed},
	{"SEED_128_GCM_96", no_seed},
};

static bool same_name(const char *have, const char *name, size_t len)
{
	return strlen(have) == len && strncasecmp(have, name, len) == 0;
}

const struct sotto_suite *sotto_keys_suite_at(unsigned i)
{
	return i < COUNT(suites) ? &suites[i] : NULL;
}

const struct sotto_suite *sotto_keys_suite_by_name(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(suites); i++) {
		if (same_name(suites[i].name, name, len))
			return &suites[i];
	}
	return NULL;
}

const char *sotto_keys_suite_refused(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		if (same_name(refused[i].name, name, len))
			return refused[i].why;
	}
	return NULL;
}

const char *sotto_keys_consent_name(enum sotto_consent consent)
{
	switch (consent) {
	case SOTTO_CONSENT_TAG_32:
		return "TAG_32";
	case SOTTO_CONSENT_NULL_CIPHER:
		return "NULL_CIPHER";
	case SOTTO_CONSENT_UNENCRYPTED_SRTP:
		return "UNENCRYPTED_SRTP";
	case SOTTO_CONSENT_UNENCRYPTED_SRTCP:
		return "UNENCRYPTED_SRTCP";
	case SOTTO_CONSENT_UNAUTHENTICATED_SRTP:
		return "UNAUTHENTICATED_SRTP";
	}
	return NULL;
}
