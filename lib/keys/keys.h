/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From master keys to ready keys: the key derivation of RFC 3711, 4.3, on any backend. Slow path:
 * control threads, each with its own crypto instance.
 */
#ifndef SOTTO_KEYS_KEYS_H
#define SOTTO_KEYS_KEYS_H

#include "crypto/key.h"
#include "keys/suite.h"

#define SOTTO_MASTERS_MAX 16            /* master keys of one direction */
#define SOTTO_MKI_LEN_MAX 128           /* bytes (RFC 4568, 6.1) */
#define SOTTO_LIFETIME_MAX (1ull << 48) /* packets */

/* What of a suite is switched off (RFC 4568, 6.3.2 and 6.3.3): enum sotto_consent bits. */
typedef uint8_t sotto_modes;

/* A master key and salt for one suite. A secret: wipe it as soon as ready keys are built. */
struct sotto_master {
	const struct sotto_suite *suite;
	sotto_modes modes; /* SOTTO_CONSENT_UNENCRYPTED_SRTP, ..._SRTCP, ..._UNAUTHENTICATED_SRTP */
	uint8_t key[SOTTO_MASTER_KEY_MAX];   /* suite->key_len bytes */
	uint8_t salt[SOTTO_MASTER_SALT_MAX]; /* suite->salt_len bytes */
};

/* One master key of several, with what a key line says of it. */
struct sotto_keyed {
	uint8_t key[SOTTO_MASTER_KEY_MAX];
	uint8_t salt[SOTTO_MASTER_SALT_MAX];
	uint64_t lifetime; /* packets, 0 = not given */
	uint64_t mki;      /* value; big-endian in mki_len bytes on the wire */
};

/*
 * All the keying of one direction: what one a=crypto line holds. A secret: wipe it after use. All
 * master keys have the same suite, modes and MKI length.
 */
struct sotto_keying {
	const struct sotto_suite *suite;
	sotto_modes modes;
	uint8_t count;   /* 1 to SOTTO_MASTERS_MAX */
	uint8_t mki_len; /* bytes; 0 = no MKI, then count is 1 */
	uint32_t window; /* WSH, as given; 0 = not given */
	struct sotto_keyed master[SOTTO_MASTERS_MAX];
};

/* Labels of RFC 3711, 4.3.1 and 4.3.2, and RFC 6904, 4.3. */
enum sotto_label {
	SOTTO_LABEL_RTP_ENCRYPTION = 0,
	SOTTO_LABEL_RTP_AUTH = 1,
	SOTTO_LABEL_RTP_SALT = 2,
	SOTTO_LABEL_RTCP_ENCRYPTION = 3,
	SOTTO_LABEL_RTCP_AUTH = 4,
	SOTTO_LABEL_RTCP_SALT = 5,
	SOTTO_LABEL_HEADER_ENCRYPTION = 6,
	SOTTO_LABEL_HEADER_SALT = 7,
};

/* Copies master i of a keying. The result is a secret of its own. */
void sotto_keys_master_at(
	const struct sotto_keying *keying, unsigned i, struct sotto_master *master);

/* What a leg must have allowed for this keying: enum sotto_consent bits. */
uint8_t sotto_keys_consent(const struct sotto_keying *keying);

/*
 * Derives len bytes (at most 32) for a label, with key derivation rate 0 (RFC 3711, 4.3.1 and
 * 4.3.3). 0, or negative errno with out zeroed.
 */
int sotto_keys_derive(struct sotto_crypto *crypto, const struct sotto_master *master,
	enum sotto_label label, uint8_t *out, size_t len);

/* Bytes of each ready key of a master, whatever its modes; 0: the backend lacks the suite. */
size_t sotto_keys_size(const struct sotto_crypto_backend *backend, const struct sotto_suite *suite);

/*
 * Builds the ready keys for SRTP and SRTCP into cache-line aligned memory of sotto_keys_size()
 * bytes each. Session keys are wiped before it returns; the master is the caller's to wipe. 0;
 * -ENOTSUP for a suite that the backend lacks, both untouched; -EINVAL for modes that the suite
 * cannot have (an AEAD without tags or with SRTP in clear, RFC 7714, 13); other negative errno;
 * with both zeroed.
 */
int sotto_keys_build(struct sotto_crypto *crypto, const struct sotto_master *master,
	struct sotto_key *rtp, struct sotto_key *rtcp);

/*
 * Builds the key for header extensions (RFC 6904) into cache-line aligned memory of
 * sotto_keys_header_size() bytes: counter mode without authentication, also under an AEAD suite. 0,
 * or negative errno with the memory zeroed.
 */
size_t sotto_keys_header_size(
	const struct sotto_crypto_backend *backend, const struct sotto_suite *suite);
int sotto_keys_build_header(
	struct sotto_crypto *crypto, const struct sotto_master *master, struct sotto_key *header);

#endif
