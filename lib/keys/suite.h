/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The crypto suites (RFC 4568, 6.2; RFC 3711, 5; RFC 6188; RFC 7714, 14.2): adding one is a row
 * here and its vectors.
 */
#ifndef SOTTO_KEYS_SUITE_H
#define SOTTO_KEYS_SUITE_H

#include "crypto/crypto.h"

#define SOTTO_MASTER_KEY_MAX 32  /* bytes */
#define SOTTO_MASTER_SALT_MAX 14 /* bytes */

/* What a leg must allow by name before a suite or a session parameter is taken. */
enum sotto_consent {
	SOTTO_CONSENT_TAG_32 = 1,               /* SRTP tags of 32 bits */
	SOTTO_CONSENT_NULL_CIPHER = 2,          /* NULL_HMAC_SHA1_... */
	SOTTO_CONSENT_UNENCRYPTED_SRTP = 4,     /* RFC 4568, 6.3.2 */
	SOTTO_CONSENT_UNENCRYPTED_SRTCP = 8,    /* RFC 4568, 6.3.2 */
	SOTTO_CONSENT_UNAUTHENTICATED_SRTP = 16 /* RFC 4568, 6.3.3 */
};

/* One crypto suite; lengths in bytes. */
struct sotto_suite {
	const char *name; /* as in a=crypto */
	enum sotto_cipher cipher;
	enum sotto_cipher prf; /* counter mode under the master key derives the session keys */
	enum sotto_auth auth;
	uint8_t key_len;      /* master key, and session encryption key */
	uint8_t salt_len;     /* master salt, and session salt */
	uint8_t auth_key_len; /* session authentication key */
	uint8_t tag_len;      /* SRTP */
	uint8_t rtcp_tag_len; /* SRTCP: 10 even where SRTP has 4 (RFC 3711, 5.2) */
	uint8_t consent;      /* enum sotto_consent: 0, or what it takes */
};

/*
 * The suite of that name of len characters, or NULL; case does not count (RFC 4234, 2.3). Old
 * spellings (AES_CM_256_HMAC_SHA1_80) are rows of their own with the same numbers, so that they are
 * answered as they were offered. Any thread.
 */
const struct sotto_suite *sotto_keys_suite_by_name(const char *name, size_t len);

/* Suite number i, or NULL behind the last: to list them. Any thread. */
const struct sotto_suite *sotto_keys_suite_at(unsigned i);

/* A name that is known and refused (F8, ARIA, SEED): why, for people; NULL for all others. */
const char *sotto_keys_suite_refused(const char *name, size_t len);

/* The name of one consent as the control protocol has it ("TAG_32", "UNENCRYPTED_SRTP", ...). */
const char *sotto_keys_consent_name(enum sotto_consent consent);

#endif
