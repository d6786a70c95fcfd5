/* SPDX-License-Identifier: BSD-3-Clause */
/* The plain C backend with a switch: the nth call of it fails, and what it is given back counts. */
#ifndef SOTTO_TESTS_UNIT_KEYS_BREAKABLE_H
#define SOTTO_TESTS_UNIT_KEYS_BREAKABLE_H

#include "crypto/crypto.h"

/* State of the one breakable backend of a test process. */
struct breakable {
	unsigned calls;    /* expand and burst calls so far */
	unsigned fail_at;  /* number of the call that fails, from 1; 0 = none */
	int error;         /* what it returns then */
	unsigned expanded; /* pieces of material that were made ... */
	unsigned released; /* ... and given back */
	bool lacks_cipher; /* supports no cipher */
	bool lacks_auth;   /* supports no authentication */
};

extern struct breakable breakable;

/* An instance; its backend is not one of sotto_crypto_backends[]. Give it to breakable_close(). */
struct sotto_crypto *breakable_open(void);
void breakable_close(struct sotto_crypto *crypto);

#endif
