/* SPDX-License-Identifier: BSD-3-Clause */
/* What the two contenders of bare ipsec-mb share: the tier by its name. */
#ifndef SOTTO_PERF_RAW_H
#define SOTTO_PERF_RAW_H

#include "drivers/crypto/ipsecmb/tier.h"

#include <string.h>

/* NULL when the backend is another, or the processor lacks the tier. */
static inline const struct sotto_ipsecmb_tier *raw_tier(const char *backend, const char *name)
{
	if (strcmp(backend, "ipsecmb") != 0)
		return NULL;
	for (unsigned i = 0; sotto_ipsecmb_tier_names[i]; i++) {
		const struct sotto_ipsecmb_tier *tier = sotto_ipsecmb_tier(i);

		if (strcmp(sotto_ipsecmb_tier_names[i], name) == 0)
			return (sotto_ipsecmb_features() & tier->needs) == tier->needs ? tier
										       : NULL;
	}
	return NULL;
}

#endif
