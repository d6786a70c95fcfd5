/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AES-GCM (RFC 7714; SP 800-38D) by ipsec-mb's direct calls, one packet at a time: a packet of its
 * own fills the widest registers, and the library has no bursts for GCM in 1.x and 2.0. The direct
 * calls return nothing; what they would refuse (no buffer, more than 2^36 bytes) is outside of the
 * contract.
 */
#include "drivers/crypto/ipsecmb/gcm.h"

#include "base/secret.h"

#define POWERS_AT offsetof(struct gcm_key_data, ghash_keys)
#define POWERS_FEW 16 /* blocks that the tiers without wide registers precompute */
#define AHEAD 4       /* packets between fetching a key and using it */

_Static_assert(SOTTO_IPSECMB_GCM_SIZE % 16 == 0, "material comes in whole blocks");
_Static_assert(_Alignof(struct gcm_key_data) <= SOTTO_CACHE_LINE, "a cache line is enough for it");

/* The first cache line in the material: the same for as long as the key stays where it is. */
static uintptr_t data_at(const void *material)
{
	return ((uintptr_t)material + SOTTO_CACHE_LINE - 1) & ~(uintptr_t)(SOTTO_CACHE_LINE - 1);
}

bool sotto_ipsecmb_gcm_runs(const IMB_MGR *mgr)
{
	return mgr->gcm128_pre && mgr->gcm128_enc && mgr->gcm128_dec && mgr->gcm256_pre &&
	       mgr->gcm256_enc && mgr->gcm256_dec;
}

void sotto_ipsecmb_gcm_expand(
	IMB_MGR *mgr, enum sotto_cipher cipher, const uint8_t *key, void *material)
{
	struct gcm_key_data *data = (struct gcm_key_data *)data_at(material);

	memset(material, 0, SOTTO_IPSECMB_GCM_SIZE);
	if (cipher == SOTTO_CIPHER_AES_GCM_128)
		IMB_AES128_GCM_PRE(mgr, key, data);
	else
		IMB_AES256_GCM_PRE(mgr, key, data);
}

void sotto_ipsecmb_gcm_measure(struct sotto_ipsecmb *self)
{
	static const uint8_t key[16];
	uint8_t material[SOTTO_IPSECMB_GCM_SIZE] SOTTO_ALIGNED(SOTTO_CACHE_LINE);
	unsigned end = SOTTO_IPSECMB_GCM_DATA_LEN;

	sotto_ipsecmb_gcm_expand(self->mgr, SOTTO_CIPHER_AES_GCM_128, key, material);
	while (end > POWERS_AT && material[end - 1] == 0)
		end--;
	self->gcm_end = (uint16_t)((end + SOTTO_AES_BLOCK - 1) / SOTTO_AES_BLOCK * SOTTO_AES_BLOCK);
	/* key and powers are nobody's secret: they are of a key of zeros */
}

/*
 * Fetches what a job reads of its key: the round keys, and of the powers of the hash subkey (SP
 * 800-38D, 6.4) as many as it has blocks. The tiers with wide registers keep the highest power
 * first, so short packets read the end of it; the others have few, and read most of them.
 */
static inline void fetch(const struct sotto_ipsecmb *self, const struct sotto_aead_job *job)
{
	const uint8_t *data = (const uint8_t *)data_at(sotto_crypto_key_cipher(job->key));
	uint32_t blocks = (job->len + SOTTO_AES_BLOCK - 1) / SOTTO_AES_BLOCK +
			  (job->aad_len + SOTTO_AES_BLOCK - 1) / SOTTO_AES_BLOCK + 1;
	uint32_t end = self->gcm_end, at = POWERS_AT;

	if (end > POWERS_AT + POWERS_FEW * SOTTO_AES_BLOCK &&
		blocks < (end - POWERS_AT) / SOTTO_AES_BLOCK)
		at = end - blocks * SOTTO_AES_BLOCK;
	for (uint32_t k = 0; k < POWERS_AT; k += SOTTO_CACHE_LINE)
		sotto_base_prefetch(data + k);
	for (at &= ~(SOTTO_CACHE_LINE - 1u); at < end; at += SOTTO_CACHE_LINE)
		sotto_base_prefetch(data + at);
}

void sotto_ipsecmb_gcm_burst(struct sotto_ipsecmb *self, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	const bool seal = direction == SOTTO_AEAD_SEAL;
	const aes_gcm_enc_dec_t run_128 = seal ? self->mgr->gcm128_enc : self->mgr->gcm128_dec;
	const aes_gcm_enc_dec_t run_256 = seal ? self->mgr->gcm256_enc : self->mgr->gcm256_dec;

	for (unsigned i = 0; i < n && i < AHEAD; i++)
		fetch(self, &jobs[i]);
	for (unsigned i = 0; i < n; i++) {
		struct sotto_aead_job *job = &jobs[i];
		const void *material = sotto_crypto_key_cipher(job->key);
		const struct gcm_key_data *data = (const void *)data_at(material);
		aes_gcm_enc_dec_t run =
			job->key->cipher == SOTTO_CIPHER_AES_GCM_128 ? run_128 : run_256;

		if (i + AHEAD < n)
			fetch(self, &jobs[i + AHEAD]);
		run(data, &self->gcm, job->data, job->data, job->len, job->iv, job->aad,
			job->aad_len, job->tag, sizeof(job->tag));
	}
	/* it may hold keystream of the last packet */
	sotto_base_wipe(&self->gcm, sizeof(self->gcm));
}
