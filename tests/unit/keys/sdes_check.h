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

/* More keys for AES_CM_128 suites. */
#define SDES_KEY_2 "J2qP5nYqdXLvWs/aJZTMDxJD4qce9tw74AV8DCGq"
#define SDES_KEY_3 "rmZz3hwwmS9Ovbqf5lsAgVlU4EWQoRBUcV10hz9t"

/* Keys of the other lengths, without their padding. */
#define SDES_KEY_GCM_128 "cxDXSItUwV301xkMFAAK+Km244rV0OHMQXGt9A"
#define SDES_KEY_192 "YsIDUiKLvLKIGItCdn2/jeaElDREdiSX4TExgLHxQH60WP/XJII"
#define SDES_KEY_GCM_256 "BXg5hhz/4jOXT4zBgUdgW9AWs9kWV5Z6DxYEzVZGNzA/8GNDErgoP2SiNrA"
#define SDES_KEY_256 "3qh+skF1snjsRx/jmKZbwcAAK1IsL9IK2T7SMFIDHjcfe+tZQ6PugVQzaGCA0Q"

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

/* The same, at that character. */
void sdes_refuse_at(const char *line, int error, size_t at);

/* Where mark stands in the line first, and last; an empty mark is the line's end. */
size_t sdes_first(const char *line, const char *mark);
size_t sdes_last(const char *line, const char *mark);

/* Two keyings that say the same, field by field. */
void sdes_check_equal(const struct sotto_sdes *a, const struct sotto_sdes *b);

/* SD-20: whether any five characters of secret stand in text. */
bool sdes_leaks(const char *text, const char *secret);

#endif
