/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bare ipsec-mb as a contender: the floor for anything that is built upon it. The two burst calls
 * over the same buffers, keys and order, with everything else done before the clock starts: jobs
 * are filled but for what differs from packet to packet, and filled once for both calls; counter
 * blocks are computed, rollover counters stand in the buffers. No header is read, no list asked, no
 * tag moved or compared.
 */
#include "contender.h"

#include "base/bytes.h"
#include "lanes.h"

#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

struct tag {
	uint8_t bytes[SOTTO_SHA1_LEN];
};

struct state {
	IMB_MGR *mgr;
	struct lanes lanes; /* their keys, nothing else */
	IMB_JOB jobs[SOTTO_BURST];
	uint8_t (*iv)[16];                       /* of every packet */
	struct tag tags[SOTTO_BURST];            /* where the clock looks */
	struct tag *kept;                        /* of every packet, when rehearsing */
};

static void init_mgr(IMB_MGR *mgr, const char *tier)
{
	if (strcmp(tier, "avx512") == 0)
		init_mb_mgr_avx512(mgr);
	else if (strcmp(tier, "avx2") == 0)
		init_mb_mgr_avx2(mgr);
	else if (strcmp(tier, "sse") == 0)
		init_mb_mgr_sse(mgr);
	else
		init_mb_mgr_auto(mgr, NULL);
}

