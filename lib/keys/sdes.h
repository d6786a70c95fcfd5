/* SPDX-License-Identifier: BSD-3-Clause */
/* Key lines of SDP: a=crypto of RFC 4568, section 9. Pure text to struct and back; slow path. */
#ifndef SOTTO_KEYS_SDES_H
#define SOTTO_KEYS_SDES_H

#include "keys/keys.h"

#include <stdint.h>

#define SOTTO_SDES_LINE_MAX 4096 /* characters of a line that is looked at, or written */

/* A parsed line. Holds the master keys: wipe it after use. */
struct sotto_sdes {
	struct sotto_keying keying;
	uint32_t tag; /* 1 to 999,999,999 */
};

/* Where and why a line was refused. Never holds a part of the line. */
struct sotto_sdes_error {
	unsigned at;        /* character, from 0 */
	const char *reason; /* static text */
};

/*
 * Parses "1 AES_CM_128_HMAC_SHA1_80 inline:KEY||SALT in base64[|lifetime][|MKI:length]", further
 * keys behind a semicolon, then session parameters; with or without "a=crypto:" in front, base64
 * with or without its padding. 0; -ENOTSUP for a suite that we do not have; -EPROTONOSUPPORT for a
 * session parameter that we do not do (KDR other than 0, FEC_ORDER, FEC_KEY, unknown ones; an
 * unknown one that begins with "-" is skipped, RFC 4568, 6.3.7), and for an MKI value beyond 64
 * bits; -EKEYREJECTED for a key of the wrong length or that no random source makes; -EINVAL for all
 * else that does not fit the grammar, a parameter twice, MKIs that are equal or of unequal length,
 * several keys without MKI, and modes that the suite cannot have. On error *out is unchanged and
 * *error filled.
 */
int sotto_keys_sdes_parse(
	const char *line, size_t len, struct sotto_sdes *out, struct sotto_sdes_error *error);

/* How a line is written. */
enum sotto_sdes_style {
	SOTTO_SDES_PADDED = 0,   /* base64 with padding */
	SOTTO_SDES_UNPADDED = 1, /* without */
};

/*
 * Writes the line without "a=crypto:" and with a closing zero; lifetimes that are powers of two as
 * 2^n. Its characters without the zero, or -ENOSPC with out[0] = 0. out holds keys: wipe it.
 */
int sotto_keys_sdes_print(
	const struct sotto_sdes *sdes, enum sotto_sdes_style style, char *out, size_t room);

/*
 * Fills key and salt from separate base64 texts for a suite; nothing else of *out changes. 0;
 * -EKEYREJECTED as above, with *reason; after success *reason means nothing.
 */
int sotto_keys_from_base64(const struct sotto_suite *suite, const char *key, const char *salt,
	struct sotto_keyed *out, const char **reason);

#endif
