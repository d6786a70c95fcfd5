/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * To be preloaded: an ipsec-mb that is not as it should be. $SOTTO_FAULT says how:
 *
 *   cipher, hash  one bit of the first job's result is wrong, in every burst
 *   unsafe        the library says that it was built without SAFE_DATA
 *   no-avx512, no-avx2, no-avx
 *                 the processor says that it lacks this, and all that is newer
 */
#include <dlfcn.h>
#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

static submit_cipher_burst_t right_cipher;
static submit_hash_burst_t right_hash;

static int has_fault(const char *name)
{
	const char *fault = getenv("SOTTO_FAULT");

	return fault && strcmp(fault, name) == 0;
}

static uint32_t wrong_cipher(struct IMB_MGR *mgr, struct IMB_JOB *jobs, const uint32_t n,
	const IMB_CIPHER_MODE cipher, const IMB_CIPHER_DIRECTION direction,
	const IMB_KEY_SIZE_BYTES key_len)
{
	uint32_t done = right_cipher(mgr, jobs, n, cipher, direction, key_len);

	jobs[0].dst[0] ^= 1;
	return done;
}

static uint32_t wrong_hash(
	struct IMB_MGR *mgr, struct IMB_JOB *jobs, const uint32_t n, const IMB_HASH_ALG hash)
{
	uint32_t done = right_hash(mgr, jobs, n, hash);

	jobs[0].auth_tag_output[0] ^= 1;
	return done;
}

static void init(const char *name, IMB_MGR *mgr)
{
	void (*right)(IMB_MGR *);

	*(void **)&right = dlsym(RTLD_NEXT, name);
	right(mgr);
	if (has_fault("cipher")) {
		right_cipher = mgr->submit_cipher_burst;
		mgr->submit_cipher_burst = wrong_cipher;
	}
	if (has_fault("hash")) {
		right_hash = mgr->submit_hash_burst;
		mgr->submit_hash_burst = wrong_hash;
	}
	if (has_fault("unsafe"))
		mgr->features &= ~(uint64_t)IMB_FEATURE_SAFE_DATA;
}

void init_mb_mgr_avx512(IMB_MGR *mgr)
{
	init("init_mb_mgr_avx512", mgr);
}

void init_mb_mgr_avx2(IMB_MGR *mgr)
{
	init("init_mb_mgr_avx2", mgr);
}

void init_mb_mgr_avx(IMB_MGR *mgr)
{
	init("init_mb_mgr_avx", mgr);
}

void init_mb_mgr_sse(IMB_MGR *mgr)
{
	init("init_mb_mgr_sse", mgr);
}

uint64_t imb_get_feature_flags(void)
{
	const uint64_t avx512 = IMB_FEATURE_AVX512_SKX | IMB_FEATURE_VAES | IMB_FEATURE_VPCLMULQDQ;
	uint64_t (*right)(void);
	uint64_t hidden = 0;

	*(void **)&right = dlsym(RTLD_NEXT, "imb_get_feature_flags");
	if (has_fault("no-avx512"))
		hidden = avx512;
	else if (has_fault("no-avx2"))
		hidden = avx512 | IMB_FEATURE_AVX2;
	else if (has_fault("no-avx"))
		hidden = avx512 | IMB_FEATURE_AVX2 | IMB_FEATURE_AVX;
	return right() & ~hidden;
}
