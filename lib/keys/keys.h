/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a master key to ready keys: the key derivation of RFC 3711, 4.3, on any backend. Slow path:
 * control threads, each with its own crypto instance.
 */
#ifndef SOTTO_KEYS_KEYS_H
#define SOTTO_KEYS_KEYS_H

#include "crypto/key.h"
#include "keys/suite.h"

/* A master key and salt for one suite. A secret: wipe it as soon as ready keys are built. */
struct sotto_master {
	const struct sotto_suite *suite;
	uint8_t key[SOTTO_MASTER_KEY_MAX];   /* suite->key_len bytes */
	uint8_t salt[SOTTO_MASTER_SALT_MAX]; /* suite->salt_len bytes */
};

/* Labels of RFC 3711, 4.3.1 and 4.3.2. */
enum sotto_label {
	SOTTO_LABEL_RTP_ENCRYPTION = 0,
	SOTTO_LABEL_RTP_AUTH = 1,
	SOTTO_LABEL_RTP_SALT = 2,
	SOTTO_LABEL_RTCP_ENCRYPTION = 3,
	SOTTO_LABEL_RTCP_AUTH = 4,
	SOTTO_LABEL_RTCP_SALT = 5,
};

/*
 * Derives len bytes (at most 32) for a label, with key derivation rate 0 (RFC 3711, 4.3.1 and
 * 4.3.3). 0, or negative errno with out zeroed.
 */
int sotto_keys_derive(struct sotto_crypto *crypto, const struct sotto_master *master,
	enum sotto_label label, uint8_t *out, size_t len);

/*
 * Builds the ready keys for SRTP and SRTCP into cache-line aligned memory of
 * sotto_crypto_key_size() bytes each. Session keys are wiped before it returns; the master is the
 * caller's to wipe. 0; -ENOTSUP for a suite that the backend lacks, both untouched; other negative
 * errno with both zeroed.
 */
int sotto_keys_build(struct sotto_crypto *crypto, const struct sotto_master *master,
	struct sotto_key *rtp, struct sotto_key *rtcp);

#endif
