/* SPDX-License-Identifier: BSD-3-Clause */
/* Master keys for tests: reproducible, different for each number. */
#ifndef SOTTO_TESTS_UNIT_KEYS_MASTERS_H
#define SOTTO_TESTS_UNIT_KEYS_MASTERS_H

#include "keys/keys.h"

/* The suite of that name; the test fails when there is none. */
const struct sotto_suite *suite_named(const char *name);

/* A master of the suite without modes; what it does not use of key and salt is zero. */
struct sotto_master any_master(const struct sotto_suite *suite, unsigned n);

/* What is needed of pseudorandomness: the next of a sequence that each seed has of its own. */
uint32_t next_random(uint64_t *state);

/* A keying of the suite with everything that it can have chosen by chance. */
struct sotto_keying random_keying(const struct sotto_suite *suite, uint64_t *state);

#endif
