/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ready keys from a master key: which parts of a suite each has in which mode (RFC 4568, 6.3.2 and
 * 6.3.3; RFC 7714, 9.3), and the key for header extensions (RFC 6904).
 */
#include "keys/internal.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define MODES                                                                                      \
	(SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP |                        \
		SOTTO_CONSENT_UNAUTHENTICATED_SRTP)

bool sotto_keys_modes_fit(const struct sotto_suite *suite, sotto_modes modes)
{
	const sotto_modes never_aead =
		SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNAUTHENTICATED_SRTP;

	if (modes & ~MODES)
		return false;
	return !sotto_crypto_is_aead(suite->cipher) || !(modes & never_aead);
}

/* The parts of the SRTP key; the bytes are still to be derived. */
static struct sotto_session_keys rtp_parts(const struct sotto_master *master)
{
	const struct sotto_suite *suite = master->suite;
	struct sotto_session_keys parts = {
		.cipher = suite->cipher,
		.auth = suite->auth,
		.tag_len = suite->tag_len,
		.auth_key_len = suite->auth_key_len,
		.salt_len = suite->salt_len,
	};

	if (master->modes & SOTTO_CONSENT_UNENCRYPTED_SRTP)
		parts.cipher = SOTTO_CIPHER_NONE;
	if (master->modes & SOTTO_CONSENT_UNAUTHENTICATED_SRTP) {
		parts.auth = SOTTO_AUTH_NONE;
		parts.auth_key_len = 0;
		parts.tag_len = 0;
	}
	return parts;
}

/* The same for SRTCP, which is always authenticated (RFC 3711, 3.4). */
static struct sotto_session_keys rtcp_parts(const struct sotto_master *master)
{
	const struct sotto_suite *suite = master->suite;
	struct sotto_session_keys parts = {
		.cipher = suite->cipher,
		.auth = suite->auth,
		.tag_len = suite->rtcp_tag_len,
		.auth_key_len = suite->auth_key_len,
		.salt_len = suite->salt_len,
	};

	if (suite->cipher == SOTTO_CIPHER_NONE)
		parts.flags |= SOTTO_KEY_ANY_E;
	if (master->modes & SOTTO_CONSENT_UNENCRYPTED_SRTCP) {
		parts.flags |= SOTTO_KEY_CLEAR;
		if (sotto_crypto_is_aead(suite->cipher))
			parts.flags |= SOTTO_KEY_PLAIN; /* its cipher makes the tag */
		else
			parts.cipher = SOTTO_CIPHER_NONE;
	}
	return parts;
}

/* Derives what parts has: cipher key and authentication key if any, and the salt. */
static int derive_parts(struct sotto_crypto *crypto, const struct sotto_master *master,
	const enum sotto_label labels[3], struct sotto_session_keys *parts)
{
	int rc = 0;

	if (parts->cipher != SOTTO_CIPHER_NONE)
		rc = sotto_keys_derive(
			crypto, master, labels[0], parts->cipher_key, master->suite->key_len);
	if (rc == 0 && parts->auth != SOTTO_AUTH_NONE)
		rc = sotto_keys_derive(
			crypto, master, labels[1], parts->auth_key, parts->auth_key_len);
	if (rc == 0)
		rc = sotto_keys_derive(crypto, master, labels[2], parts->salt, parts->salt_len);
	return rc;
}

/* Derives the session keys that parts asks for, and makes them a ready key. Wipes parts. */
static int build_one(struct sotto_crypto *crypto, const struct sotto_master *master,
	const enum sotto_label labels[3], struct sotto_session_keys *parts, struct sotto_key *key)
{
	int rc = derive_parts(crypto, master, labels, parts);

	if (rc == 0)
		rc = sotto_crypto_key_init(crypto, parts, key);
	sotto_base_wipe(parts, sizeof(*parts));
	return rc;
}

size_t sotto_keys_size(const struct sotto_crypto_backend *backend, const struct sotto_suite *suite)
{
	if (backend->cipher_size(suite->prf) == 0)
		return 0;
	return sotto_crypto_key_size(backend, suite->cipher, suite->auth);
}

int sotto_keys_build(struct sotto_crypto *crypto, const struct sotto_master *master,
	struct sotto_key *rtp, struct sotto_key *rtcp)
{
	static const enum sotto_label rtp_labels[3] = {
		SOTTO_LABEL_RTP_ENCRYPTION, SOTTO_LABEL_RTP_AUTH, SOTTO_LABEL_RTP_SALT};
	static const enum sotto_label rtcp_labels[3] = {
		SOTTO_LABEL_RTCP_ENCRYPTION, SOTTO_LABEL_RTCP_AUTH, SOTTO_LABEL_RTCP_SALT};
	struct sotto_session_keys parts[2] = {rtp_parts(master), rtcp_parts(master)};
	size_t size = sotto_keys_size(crypto->backend, master->suite);
	int rc;

	if (size == 0)
		return -ENOTSUP;
	memset(rtp, 0, size);
	memset(rtcp, 0, size);
	if (!sotto_keys_modes_fit(master->suite, master->modes))
		return -EINVAL;
	rc = build_one(crypto, master, rtp_labels, &parts[0], rtp);
	if (rc != 0)
		return rc;
	rc = build_one(crypto, master, rtcp_labels, &parts[1], rtcp);
	if (rc != 0)
		sotto_crypto_key_wipe(rtp);
	return rc;
}

size_t sotto_keys_header_size(
	const struct sotto_crypto_backend *backend, const struct sotto_suite *suite)
{
	if (backend->cipher_size(suite->prf) == 0)
		return 0;
	return sotto_crypto_key_size(backend, suite->prf, SOTTO_AUTH_NONE);
}

/*
 * The keystream over header extensions is AES-CM of the suite's key length also when the suite is
 * an AEAD (RFC 7714, 8.3) or encrypts nothing. RFC 6904, 4.3 derives a salt of the suite's n_s
 * bits, which for an AEAD is 96 (RFC 7714, 12): it is followed by 16 zero bits, like the master
 * salt. The RFCs do not say that in so many words; libsrtp2 does it so, for both key lengths.
 */
int sotto_keys_build_header(
	struct sotto_crypto *crypto, const struct sotto_master *master, struct sotto_key *header)
{
	static const enum sotto_label labels[3] = {
		SOTTO_LABEL_HEADER_ENCRYPTION, 0, SOTTO_LABEL_HEADER_SALT};
	struct sotto_session_keys parts = {
		.cipher = master->suite->prf, .salt_len = master->suite->salt_len};
	size_t size = sotto_keys_header_size(crypto->backend, master->suite);

	if (size == 0)
		return -ENOTSUP;
	memset(header, 0, size);
	return build_one(crypto, master, labels, &parts, header);
}
