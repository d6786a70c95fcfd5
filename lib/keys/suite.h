/* SPDX-License-Identifier: BSD-3-Clause */
/* The crypto suites (RFC 4568, 6.2; RFC 3711, 5): adding one is a row here and its vectors. */
#ifndef SOTTO_KEYS_SUITE_H
#define SOTTO_KEYS_SUITE_H

#include "crypto/crypto.h"

#define SOTTO_MASTER_KEY_MAX 32  /* bytes */
#define SOTTO_MASTER_SALT_MAX 14 /* bytes */

/* One crypto suite; lengths in bytes. */
struct sotto_suite {
	const char *name; /* as in a=crypto */
	enum sotto_cipher cipher;
	enum sotto_auth auth;
	uint8_t key_len;      /* master key, and session encryption key */
	uint8_t salt_len;     /* master salt, and session salt */
	uint8_t auth_key_len; /* session authentication key */
	uint8_t tag_len;      /* SRTP */
	uint8_t rtcp_tag_len; /* SRTCP: 10 even where SRTP has 4 (RFC 3711, 5.2) */
};

/* The suite of that name of len characters, or NULL. Any thread. */
const struct sotto_suite *sotto_keys_suite_by_name(const char *name, size_t len);

/* Suite number i, or NULL behind the last: to list them. Any thread. */
const struct sotto_suite *sotto_keys_suite_at(unsigned i);

#endif
