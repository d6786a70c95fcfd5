/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key derivation (RFC 3711, 4.3; RFC 6188, 3; RFC 7714, 11): session keys are AES-CM keystream
 * under the master key, whatever the suite encrypts with.
 */
#include "keys/keys.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

#define KEY_ROOM 512 /* bytes for the master key as a ready cipher key, of any backend */

/*
 * The counter block for a label: x * 2^16 with x = key_id XOR master salt, where key_id is the
 * label in the 8th byte from the right of the 14 (the index divided by the rate is 0). The 96-bit
 * salt of an AEAD suite is multiplied by 2^16 first, so zeroes follow it (RFC 7714, erratum 4938).
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
	struct sotto_session_keys from = {.cipher = master->suite->prf};
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
