/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way to ask sotto_keys_sdes_parse(): from a heap block of exactly the line's size, and with
 * everything looked at that must hold for every refusal.
 */
#ifndef SOTTO_TESTS_UNIT_KEYS_SDES_CHECK_H
#define SOTTO_TESTS_UNIT_KEYS_SDES_CHECK_H

#include "keys/sdes.h"

#include <stdbool.h>
#include <string.h>

/* The key and salt in most lines, and its 30 bytes. */
#define SDES_KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
extern const uint8_t sdes_key_bytes[31];

/*
 * Parses len characters. For a refusal checks that the error is one of the four, its place lies
 * inside the line, the reason says something and holds no part of a key, and *out is unchanged.
 * Returns what the parser returned.
 */
int sdes_parse(const char *line, size_t len, struct sotto_sdes *out);

/* The line has to be taken. */
struct sotto_sdes sdes_accept(const char *line);

/* The line has to be refused with that error. */
void sdes_refuse(const char *line, int error);

/* SD-20: whether any five characters of secret stand in text. */
bool sdes_leaks(const char *text, const char *secret);

#endif
