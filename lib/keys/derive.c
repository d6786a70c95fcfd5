/* SPDX-License-Identifier: BSD-3-Clause */
/* Key derivation (RFC 3711, 4.3): session keys are AES-CM keystream under the master key. */
#include "keys/keys.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define KEY_ROOM 512 /* bytes for the master key as a ready cipher key, of any backend */

/*
 * The counter block for a label: x * 2^16 with x = key_id XOR master salt, where key_id is the
 * label in the 8th byte from the right of the 14 (the index divided by the rate is 0).
 */
static void label_block(const struct sotto_master *master, enum sotto_label label, uint8_t *block)
{
	memset(block, 0, SOTTO_AES_BLOCK);
	memcpy(block, master->salt, master->suite->salt_len);
	block[7] ^= (uint8_t)label;
}

/* Makes the master key a ready key without authentication. */
static int master_as_key(
	struct sotto_crypto *crypto, const struct sotto_master *master, struct sotto_key *key)
{
	struct sotto_session_keys from = {.cipher = master->suite->cipher};
	int rc;

	if (sotto_crypto_key_size(crypto->backend, from.cipher, SOTTO_AUTH_NONE) > KEY_ROOM)
		return -ENOTSUP;
	memcpy(from.cipher_key, master->key, master->suite->key_len);
	rc = sotto_crypto_key_init(crypto, &from, key);
	sotto_base_wipe(&from, sizeof(from));
	return rc;
}

int sotto_keys_derive(struct sotto_crypto *crypto, const struct sotto_master *master,
	enum sotto_label label, uint8_t *out, size_t len)
{
	uint8_t room[KEY_ROOM] SOTTO_ALIGNED(SOTTO_CACHE_LINE);
	struct sotto_key *key = (struct sotto_key *)room;
	struct sotto_cipher_job job = {.key = key, .data = out, .len = (uint32_t)len};
	int rc;

	memset(out, 0, len);
	rc = master_as_key(crypto, master, key);
	if (rc != 0)
		return rc;
	label_block(master, label, job.iv);
	rc = crypto->backend->cipher_burst(crypto, &job, 1);
	if (rc != 0)
		memset(out, 0, len);
	sotto_crypto_key_wipe(key);
	return rc;
}

/* Derives the three session keys from label on and makes them a ready key. */
static int build_one(struct sotto_crypto *crypto, const struct sotto_master *master,
	enum sotto_label first, uint8_t tag_len, struct sotto_key *key)
{
	const struct sotto_suite *suite = master->suite;
	struct sotto_session_keys session = {
		.cipher = suite->cipher,
		.auth = suite->auth,
		.tag_len = tag_len,
		.auth_key_len = suite->auth_key_len,
		.salt_len = suite->salt_len,
	};
	int rc;

	rc = sotto_keys_derive(crypto, master, first, session.cipher_key, suite->key_len);
	if (rc == 0)
		rc = sotto_keys_derive(
			crypto, master, first + 1, session.auth_key, suite->auth_key_len);
	if (rc == 0)
		rc = sotto_keys_derive(crypto, master, first + 2, session.salt, suite->salt_len);
	if (rc == 0)
		rc = sotto_crypto_key_init(crypto, &session, key);
	sotto_base_wipe(&session, sizeof(session));
	return rc;
}

int sotto_keys_build(struct sotto_crypto *crypto, const struct sotto_master *master,
	struct sotto_key *rtp, struct sotto_key *rtcp)
{
	const struct sotto_suite *suite = master->suite;
	size_t size = sotto_crypto_key_size(crypto->backend, suite->cipher, suite->auth);
	int rc;

	if (size == 0)
		return -ENOTSUP;
	memset(rtp, 0, size);
	memset(rtcp, 0, size);
	rc = build_one(crypto, master, SOTTO_LABEL_RTP_ENCRYPTION, suite->tag_len, rtp);
	if (rc != 0)
		return rc;
	rc = build_one(crypto, master, SOTTO_LABEL_RTCP_ENCRYPTION, suite->rtcp_tag_len, rtcp);
	if (rc != 0)
		sotto_crypto_key_wipe(rtp);
	return rc;
}
