/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Intel ipsec-mb backend, by its synchronous bursts: when a call returns, all of its jobs are
 * done or none was begun. AES-CM (RFC 3711, 4.1.1; RFC 6188) and HMAC-SHA1 (RFC 3711, 4.2.1);
 * AES-GCM is in gcm.c.
 *
 * The checked form of the burst calls is used: a job that the library refuses (a length of zero, a
 * message above 65,534 bytes to authenticate) is reported, and never looks done.
 */
#include "drivers/crypto/drivers.h"

#include "base/secret.h"
#include "drivers/crypto/common.h"
#include "drivers/crypto/ipsecmb/gcm.h"
#include "drivers/crypto/ipsecmb/instance.h"
#include "drivers/crypto/ipsecmb/tier.h"

#include <stdio.h>
#include <stdlib.h>

#define SHA1_BLOCK 64 /* bytes */

/* Where the last round key is: one for each of 10, 12 or 14 rounds, and one before them. */
#define ROUNDS_END(key_len) (SOTTO_AES_BLOCK * ((key_len) / 4 + 6))

/* Material of HMAC-SHA1: the states after the two key blocks, padded to a multiple of 16. */
struct hmac {
	uint8_t inner[SOTTO_SHA1_LEN];
	uint8_t outer[SOTTO_SHA1_LEN];
	uint8_t padding[8];
};

_Static_assert(sizeof(struct hmac) == 48, "a key of AES_CM_128 fills four cache lines exactly");

static void ipsecmb_destroy(struct sotto_crypto *crypto)
{
	struct sotto_ipsecmb *self = (struct sotto_ipsecmb *)crypto;

	if (!self)
		return;
	if (self->mgr)
		sotto_base_wipe(self->mgr, imb_get_mb_mgr_size());
	free(self->mgr);
	sotto_base_wipe(self, sizeof(*self));
	free(self);
}

/* What is the same for every job, so that a burst writes only what changes. */
static void fill_jobs(IMB_JOB jobs[SOTTO_BURST])
{
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		jobs[i].cipher_mode = IMB_CIPHER_CNTR;
		jobs[i].cipher_direction = IMB_DIR_ENCRYPT;
		jobs[i].chain_order = IMB_ORDER_CIPHER_HASH;
		jobs[i].iv_len_in_bytes = SOTTO_AES_BLOCK;
		jobs[i].hash_alg = IMB_AUTH_HMAC_SHA_1;
		jobs[i].auth_tag_output_len_in_bytes = SOTTO_SHA1_LEN;
	}
}

static void describe(struct sotto_ipsecmb *self, const struct sotto_ipsecmb_tier *tier)
{
	uint64_t features = self->mgr->features;

	snprintf(self->description, sizeof(self->description),
		"ipsec-mb %s, tier %s, safe data %s, library self-test %s", imb_get_version_str(),
		tier->name, features & IMB_FEATURE_SAFE_DATA ? "on" : "off",
		features & IMB_FEATURE_SELF_TEST_PASS ? "passed" : "not built in");
}

/* Makes a manager of that tier; -EIO when the library's own self-test fails. */
static int make_manager(const struct sotto_ipsecmb_tier *tier, IMB_MGR **out)
{
	void *memory = aligned_alloc(SOTTO_CACHE_LINE,
		(imb_get_mb_mgr_size() + SOTTO_CACHE_LINE - 1) & ~(size_t)(SOTTO_CACHE_LINE - 1));
	IMB_MGR *mgr;

	if (!memory)
		return -ENOMEM;
	*out = memory;
	mgr = imb_set_pointers_mb_mgr(memory, 0, 1);
	if (!mgr)
		return -EIO;
	tier->init(mgr);
	if (!mgr->submit_cipher_burst || !mgr->submit_hash_burst || !sotto_ipsecmb_gcm_runs(mgr))
		return -ENOTSUP;
	if ((mgr->features & IMB_FEATURE_SELF_TEST) &&
		!(mgr->features & IMB_FEATURE_SELF_TEST_PASS))
		return -EIO;
	return 0;
}

static int create_tier(const struct sotto_ipsecmb_tier *tier, struct sotto_crypto **out)
{
	struct sotto_ipsecmb *self;
	int rc;

	if ((sotto_ipsecmb_features() & tier->needs) != tier->needs)
		return -ENOTSUP;
	self = aligned_alloc(SOTTO_CACHE_LINE, sizeof(*self));
	if (!self)
		return -ENOMEM;
	memset(self, 0, sizeof(*self));
	self->base.backend = &sotto_crypto_ipsecmb;
	fill_jobs(self->jobs);
	rc = make_manager(tier, &self->mgr);
	if (rc != 0) {
		ipsecmb_destroy(&self->base);
		return rc;
	}
	sotto_ipsecmb_gcm_measure(self);
	describe(self, tier);
	*out = &self->base;
	return 0;
}

static int ipsecmb_create(const char *tier, struct sotto_crypto **out)
{
	int rc = -ENOTSUP;

	if (tier) {
		int index = sotto_driver_tier_index(sotto_ipsecmb_tier_names, tier);

		return index < 0 ? index : create_tier(sotto_ipsecmb_tier((unsigned)index), out);
	}
	for (unsigned i = 0; sotto_ipsecmb_tier_names[i] && rc == -ENOTSUP; i++)
		rc = create_tier(sotto_ipsecmb_tier(i), out);
	return rc;
}

static const char *ipsecmb_describe(const struct sotto_crypto *crypto)
{
	return ((const struct sotto_ipsecmb *)crypto)->description;
}

/* For counter mode the encryption round keys only: 16 bytes for each of 10, 12 or 14 rounds and one
 * before them. */
static size_t ipsecmb_cipher_size(enum sotto_cipher cipher)
{
	size_t key_len = sotto_crypto_cipher_key_len(cipher);

	if (key_len == 0)
		return 0;
	if (sotto_crypto_is_aead(cipher))
		return SOTTO_IPSECMB_GCM_SIZE;
	return ROUNDS_END(key_len) + SOTTO_AES_BLOCK;
}

static size_t ipsecmb_auth_size(enum sotto_auth auth)
{
	return auth == SOTTO_AUTH_HMAC_SHA1 ? sizeof(struct hmac) : 0;
}

static int ipsecmb_cipher_expand(
	struct sotto_crypto *crypto, enum sotto_cipher cipher, const uint8_t *key, void *out)
{
	/* The library always makes the decryption keys too; counter mode has no use for them. */
	uint8_t unused[SOTTO_AES_BLOCK * 15] SOTTO_ALIGNED(16);
	IMB_MGR *mgr = ((struct sotto_ipsecmb *)crypto)->mgr;

	switch (cipher) {
	case SOTTO_CIPHER_AES_CM_128:
		IMB_AES_KEYEXP_128(mgr, key, out, unused);
		break;
	case SOTTO_CIPHER_AES_CM_192:
		IMB_AES_KEYEXP_192(mgr, key, out, unused);
		break;
	case SOTTO_CIPHER_AES_CM_256:
		IMB_AES_KEYEXP_256(mgr, key, out, unused);
		break;
	case SOTTO_CIPHER_AES_GCM_128:
	case SOTTO_CIPHER_AES_GCM_256:
		sotto_ipsecmb_gcm_expand(mgr, cipher, key, out);
		return 0;
	default:
		return -ENOTSUP;
	}
	sotto_base_wipe(unused, sizeof(unused));
	return 0;
}

/* The SHA-1 state after the block of the key, zero-padded, XOR pad (RFC 2104, section 2). */
static void hash_key(IMB_MGR *mgr, const uint8_t *key, size_t len, uint8_t pad, uint8_t *state)
{
	uint8_t block[SHA1_BLOCK];

	memset(block, pad, sizeof(block));
	for (size_t i = 0; i < len; i++)
		block[i] ^= key[i];
	IMB_SHA1_ONE_BLOCK(mgr, block, state);
	sotto_base_wipe(block, sizeof(block));
}

static int ipsecmb_auth_expand(struct sotto_crypto *crypto, enum sotto_auth auth,
	const uint8_t *key, size_t len, void *out)
{
	IMB_MGR *mgr = ((struct sotto_ipsecmb *)crypto)->mgr;
	struct hmac *hmac = out;

	if (ipsecmb_auth_size(auth) == 0)
		return -ENOTSUP;
	memset(hmac, 0, sizeof(*hmac));
	if (!sotto_driver_auth_key_fits(auth, len))
		return -EINVAL;
	hash_key(mgr, key, len, 0x36, hmac->inner);
	hash_key(mgr, key, len, 0x5c, hmac->outer);
	return 0;
}

/* Runs the jobs of one cipher, in order; the number of them, or 0 when the library refused. */
static unsigned crypt_those_of(
	struct sotto_ipsecmb *self, uint8_t cipher, struct sotto_cipher_job *jobs, unsigned n)
{
	uint64_t key_len = sotto_crypto_cipher_key_len(cipher);
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		IMB_JOB *job = &self->jobs[count];

		if (jobs[i].key->cipher != cipher)
			continue;
		job->enc_keys = sotto_crypto_key_cipher(jobs[i].key);
		/* where a key has more than 128 bits, nobody asked for that line yet */
		sotto_base_prefetch((const uint8_t *)job->enc_keys + ROUNDS_END(key_len));
		job->key_len_in_bytes = key_len;
		job->src = jobs[i].data;
		job->dst = jobs[i].data;
		job->msg_len_to_cipher_in_bytes = jobs[i].len;
		job->iv = jobs[i].iv;
		count++;
	}
	if (count == 0)
		return 0;
	return IMB_SUBMIT_CIPHER_BURST(self->mgr, self->jobs, count, IMB_CIPHER_CNTR,
		IMB_DIR_ENCRYPT, (IMB_KEY_SIZE_BYTES)key_len);
}

static int ipsecmb_cipher_burst(
	struct sotto_crypto *crypto, struct sotto_cipher_job *jobs, unsigned n)
{
	struct sotto_ipsecmb *self = (struct sotto_ipsecmb *)crypto;
	uint8_t first;
	unsigned done;

	assert(n <= SOTTO_BURST);
	assert(sotto_ipsecmb_owned(self));
	if (n == 0)
		return 0;
	for (unsigned i = 0; i < n; i++)
		sotto_driver_assert_cipher_job(crypto, &jobs[i]);
	first = jobs[0].key->cipher;
	done = crypt_those_of(self, first, jobs, n);
	if (sotto_likely(done == n))
		return 0;
	/* Ciphers are mixed, or a job was refused: then the sum stays below n. */
	for (uint8_t cipher = SOTTO_CIPHER_NONE + 1; !sotto_crypto_is_aead(cipher); cipher++)
		if (cipher != first)
			done += crypt_those_of(self, cipher, jobs, n);
	return done == n ? 0 : -EIO;
}

static int ipsecmb_auth_burst(struct sotto_crypto *crypto, struct sotto_auth_job *jobs, unsigned n)
{
	struct sotto_ipsecmb *self = (struct sotto_ipsecmb *)crypto;

	assert(n <= SOTTO_BURST);
	assert(sotto_ipsecmb_owned(self));
	for (unsigned i = 0; i < n; i++) {
		const struct hmac *hmac = sotto_crypto_key_auth(jobs[i].key);
		IMB_JOB *job = &self->jobs[i];

		sotto_driver_assert_auth_job(crypto, &jobs[i]);
		job->src = jobs[i].data;
		job->msg_len_to_hash_in_bytes = jobs[i].len;
		job->auth_tag_output = jobs[i].tag;
		job->u.HMAC._hashed_auth_key_xor_ipad = hmac->inner;
		job->u.HMAC._hashed_auth_key_xor_opad = hmac->outer;
	}
	if (IMB_SUBMIT_HASH_BURST(self->mgr, self->jobs, n, IMB_AUTH_HMAC_SHA_1) != n)
		return -EIO;
	return 0;
}

static int ipsecmb_aead_burst(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	struct sotto_ipsecmb *self = (struct sotto_ipsecmb *)crypto;

	assert(n <= SOTTO_BURST);
	assert(sotto_ipsecmb_owned(self));
	for (unsigned i = 0; i < n; i++)
		sotto_driver_assert_aead_job(crypto, &jobs[i]);
	sotto_ipsecmb_gcm_burst(self, jobs, n, direction);
	return 0;
}

const struct sotto_crypto_backend sotto_crypto_ipsecmb = {
	.name = "ipsecmb",
	.tiers = sotto_ipsecmb_tier_names,
	.create = ipsecmb_create,
	.destroy = ipsecmb_destroy,
	.describe = ipsecmb_describe,
	.cipher_size = ipsecmb_cipher_size,
	.auth_size = ipsecmb_auth_size,
	.cipher_expand = ipsecmb_cipher_expand,
	.auth_expand = ipsecmb_auth_expand,
	.cipher_burst = ipsecmb_cipher_burst,
	.auth_burst = ipsecmb_auth_burst,
	.aead_burst = ipsecmb_aead_burst,
};
