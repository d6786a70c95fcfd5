/* SPDX-License-Identifier: BSD-3-Clause */
/* The AES-GCM part of the self-test's known answers. Included by lib/crypto only. */
#ifndef SOTTO_CRYPTO_VECTORS_GCM_H
#define SOTTO_CRYPTO_VECTORS_GCM_H

#include "crypto/selftest.h"

#define SOTTO_GCM_VECTORS 19

extern const struct sotto_aead_vector sotto_crypto_gcm_vectors[SOTTO_GCM_VECTORS];

#endif
