/* SPDX-License-Identifier: BSD-3-Clause */
/* Key lines of SDP: a=crypto of RFC 4568, section 9.1 and 9.2. Pure text to struct; slow path. */
#ifndef SOTTO_KEYS_SDES_H
#define SOTTO_KEYS_SDES_H

#include "keys/keys.h"

#include <stdint.h>

#define SOTTO_SDES_LINE_MAX 512 /* characters of a line that is looked at */

/* A parsed line. Holds the master key: wipe it after use. */
struct sotto_sdes {
	struct sotto_master master;
	uint32_t tag;      /* 1 to 999,999,999 */
	uint64_t lifetime; /* packets under this master key, 0 = not given */
};

/* Where and why a line was refused. Never holds a part of the line. */
struct sotto_sdes_error {
	unsigned at;        /* character, from 0 */
	const char *reason; /* static text */
};

/*
 * Parses "1 AES_CM_128_HMAC_SHA1_80 inline:KEY||SALT in base64[|lifetime]", with or without
 * "a=crypto:" in front. One inline key. 0; -ENOTSUP for an unknown suite; -EPROTONOSUPPORT for an
 * MKI, several keys or session parameters (refused, never ignored); -EKEYREJECTED for a key of the
 * wrong length or all zero; -EINVAL for all else that does not fit the grammar. On error *out is
 * unchanged and *error filled.
 */
int sotto_keys_sdes_parse(
	const char *line, size_t len, struct sotto_sdes *out, struct sotto_sdes_error *error);

/*
 * Fills a master from a suite name and separate base64 texts of key and salt. Errors as above, with
 * *reason; after success *reason means nothing.
 */
int sotto_keys_master_from_base64(const char *suite, const char *key, const char *salt,
	struct sotto_master *out, const char **reason);

#endif
