/* SPDX-License-Identifier: BSD-3-Clause */
/* The two ready keys of a master, and what they do to a fixed text. */
#ifndef SOTTO_TESTS_UNIT_KEYS_PAIR_H
#define SOTTO_TESTS_UNIT_KEYS_PAIR_H

#include "keys/keys.h"

#define PAIR_TEXT_LEN 200

/* The two keys of one master on one instance. */
struct pair {
	struct sotto_crypto *crypto;
	struct sotto_key *key[2]; /* SRTP, SRTCP */
	size_t size;              /* bytes of each */
};

/* What a key makes of the text; what it does not do leaves text as it is or tag zero. */
struct output {
	uint8_t text[PAIR_TEXT_LEN];
	uint8_t tag[SOTTO_SHA1_LEN];
};

/* Zeroed memory of sotto_keys_size() each. */
void pair_alloc(struct pair *pair, struct sotto_crypto *crypto, const struct sotto_suite *suite);

/* The same, and builds; the test fails when that does. */
void pair_build(struct pair *pair, struct sotto_crypto *crypto, const struct sotto_master *master);

/* Wipes, looks that all of the memory is zero then, and frees. */
void pair_free(struct pair *pair);

/* Encrypts and authenticates the text: what a key does, whatever its material looks like. */
void pair_use(struct sotto_crypto *crypto, const struct sotto_key *key, struct output *out);

/* Whether a suite can have these modes, by the rule of RFC 7714 and RFC 4568. */
bool pair_modes_fit(const struct sotto_suite *suite, sotto_modes modes);

bool pair_is_zero(const void *p, size_t n);

#endif
