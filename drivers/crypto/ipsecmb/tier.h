/* SPDX-License-Identifier: BSD-3-Clause */
/* The instruction-set tiers of the ipsec-mb release that we are built with. */
#ifndef SOTTO_DRIVERS_CRYPTO_IPSECMB_TIER_H
#define SOTTO_DRIVERS_CRYPTO_IPSECMB_TIER_H

#include <intel-ipsec-mb.h>

struct sotto_ipsecmb_tier {
	const char *name;
	uint64_t needs; /* IMB_FEATURE_ bits that its code relies on */
	void (*init)(IMB_MGR *mgr);
};

/* Their names, best first, NULL at the end. */
extern const char *const sotto_ipsecmb_tier_names[];

/* The tier at that position of the names. */
const struct sotto_ipsecmb_tier *sotto_ipsecmb_tier(unsigned index);

/* IMB_FEATURE_ bits of processor and operating system together. */
uint64_t sotto_ipsecmb_features(void);

#endif
