/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of crypto suites. */
#include "keys/suite.h"

#include <string.h>

static const struct sotto_suite suites[] = {
	{"AES_CM_128_HMAC_SHA1_80", SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_HMAC_SHA1, 16, 14, 20, 10,
		10},
	{"AES_CM_128_HMAC_SHA1_32", SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_HMAC_SHA1, 16, 14, 20, 4,
		10},
};

const struct sotto_suite *sotto_keys_suite_at(unsigned i)
{
	return i < sizeof(suites) / sizeof(suites[0]) ? &suites[i] : NULL;
}

const struct sotto_suite *sotto_keys_suite_by_name(const char *name, size_t len)
{
	const struct sotto_suite *suite;

	for (unsigned i = 0; (suite = sotto_keys_suite_at(i)) != NULL; i++) {
		if (strlen(suite->name) == len && memcmp(suite->name, name, len) == 0)
			return suite;
	}
	return NULL;
}
