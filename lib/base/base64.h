/* SPDX-License-Identifier: BSD-3-Clause */
/* Base64 of RFC 4648, section 4, as keys are written in SDP: strict, padding optional on input. */
#ifndef SOTTO_BASE_BASE64_H
#define SOTTO_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Decodes len characters into at most room bytes. Padding may be whole or absent, never partial;
 * any other character, unused bits that are not zero, and an impossible length are refused.
 * Returns the bytes written, -EINVAL, or -ENOSPC. On error out may hold part of the secret: wipe
 * it.
 */
ssize_t sotto_base_base64_decode(const char *text, size_t len, uint8_t *out, size_t room);

/* Encodes len bytes with padding and a closing zero; out needs 4 * ((len + 2) / 3) + 1 bytes. */
void sotto_base_base64_encode(const uint8_t *data, size_t len, char *out);

#endif
