/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything that differs between releases of ipsec-mb: 1.x has a tier for AVX, 2.0 has none; which
 * features a tier needs, each release says itself.
 */
#include "drivers/crypto/ipsecmb/tier.h"

#include <assert.h>

static const struct sotto_ipsecmb_tier tiers[] = {
	{"avx512", IMB_CPUFLAGS_AVX512, init_mb_mgr_avx512},
	{"avx2", IMB_CPUFLAGS_AVX2, init_mb_mgr_avx2},
#ifdef IMB_CPUFLAGS_AVX
	{"avx", IMB_CPUFLAGS_AVX, init_mb_mgr_avx},
#endif
	{"sse", IMB_CPUFLAGS_SSE, init_mb_mgr_sse},
};

#define TIERS (sizeof(tiers) / sizeof(tiers[0]))

const char *const sotto_ipsecmb_tier_names[] = {
	"avx512",
	"avx2",
#ifdef IMB_CPUFLAGS_AVX
	"avx",
#endif
	"sse",
	NULL,
};

_Static_assert(sizeof(sotto_ipsecmb_tier_names) / sizeof(char *) == TIERS + 1,
	"every tier has its name in the same place");

const struct sotto_ipsecmb_tier *sotto_ipsecmb_tier(unsigned index)
{
	assert(index < TIERS);
	return &tiers[index];
}

uint64_t sotto_ipsecmb_features(void)
{
	uint64_t features = imb_get_feature_flags();

	/*
	 * The library reads CPUID only. Where the operating system or a hypervisor does not save
	 * the wide registers the instructions fault all the same; the compiler's check asks XGETBV.
	 */
	if (!__builtin_cpu_supports("avx"))
		features &= ~(uint64_t)IMB_FEATURE_AVX;
	if (!__builtin_cpu_supports("avx2"))
		features &= ~(uint64_t)IMB_FEATURE_AVX2;
	if (!__builtin_cpu_supports("avx512f"))
		features &= ~(uint64_t)IMB_FEATURE_AVX512F;
	return features;
}
