/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AES-GCM (RFC 7714; SP 800-38D) by ipsec-mb's direct calls, one packet at a time: a packet of its
 * own fills the widest registers, and the library has no bursts for GCM in 1.x and 2.0. The direct
 * calls return nothing; what they would refuse (no buffer, more than 2^36 bytes) is outside of the
 * contract.
 */
#include "drivers/crypto/ipsecmb/gcm.h"

#include "base/secret.h"

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

void sotto_ipsecmb_gcm_burst(struct sotto_ipsecmb *self, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	const bool seal = direction == SOTTO_AEAD_SEAL;
	const aes_gcm_enc_dec_t run_128 = seal ? self->mgr->gcm128_enc : self->mgr->gcm128_dec;
	const aes_gcm_enc_dec_t run_256 = seal ? self->mgr->gcm256_enc : self->mgr->gcm256_dec;

	for (unsigned i = 0; i < n; i++) {
		struct sotto_aead_job *job = &jobs[i];
		const void *material = sotto_crypto_key_cipher(job->key);
		const struct gcm_key_data *data = (const void *)data_at(material);
		aes_gcm_enc_dec_t run =
			job->key->cipher == SOTTO_CIPHER_AES_GCM_128 ? run_128 : run_256;

		run(data, &self->gcm, job->data, job->data, job->len, job->iv, job->aad,
			job->aad_len, job->tag, sizeof(job->tag));
	}
	/* it may hold keystream of the last packet */
	sotto_base_wipe(&self->gcm, sizeof(self->gcm));
}
