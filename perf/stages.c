/* SPDX-License-Identifier: BSD-3-Clause */
/* Stages that measure themselves: the linker sends calls of each to the function here. */
#include "stages.h"

#include "worker/internal.h"

#include <rte_cycles.h>

enum stage {
	STAGE_PARSE,
	STAGE_LOOKUP,
	STAGE_OWNER,
	STAGE_SORT,
	STAGE_RECEIVE,
	STAGE_UNPROTECT,
	STAGE_SEND,
	STAGE_PROTECT,
	STAGE_REWRITE,
};

_Static_assert(STAGE_REWRITE + 1 == STAGES, "every stage has its cycles");

/* One thread measures. */
static uint64_t cycles[STAGES];

const char *stages_name(unsigned i)
{
	static const char *const names[STAGES] = {"parse", "lookup", "owner", "sort", "receive",
		"unprotect", "send", "protect", "rewrite"};

	return i < STAGES ? names[i] : NULL;
}

/* receive and send contain the library's work, which has rows of its own. */
uint64_t stages_cycles(unsigned i)
{
	if (i == STAGE_RECEIVE)
		return cycles[i] - cycles[STAGE_UNPROTECT];
	if (i == STAGE_SEND)
		return cycles[i] - cycles[STAGE_PROTECT];
	return cycles[i];
}

void stages_reset(void)
{
	for (unsigned i = 0; i < STAGES; i++)
		cycles[i] = 0;
}

/* What the linker calls the real ones and the ones here. */
#define WRAPPED(stage, name, parameters, arguments)                                                \
	uint64_t __real_##name parameters;                                                         \
	uint64_t __wrap_##name parameters;                                                         \
	uint64_t __wrap_##name parameters                                                          \
	{                                                                                          \
		uint64_t start = rte_rdtsc(), result = __real_##name arguments;                    \
                                                                                                   \
		cycles[stage] += rte_rdtsc() - start;                                              \
		return result;                                                                     \
	}

#define WORKER_STAGE(stage, name)                                                                  \
	WRAPPED(stage, name,                                                                       \
		(struct sotto_worker * worker, struct sotto_burst * burst, uint64_t live),         \
		(worker, burst, live))
#define BURST_STAGE(stage, name)                                                                   \
	WRAPPED(stage, name, (struct sotto_burst * burst, uint64_t live), (burst, live))
#define SRTP_STAGE(stage, name)                                                                    \
	WRAPPED(stage, name,                                                                       \
		(struct sotto_srtp * srtp, struct sotto_srtp_batch * batch, uint64_t live,         \
			enum sotto_srtp_kind kind),                                                \
		(srtp, batch, live, kind))

WORKER_STAGE(STAGE_PARSE, sotto_worker_parse)
BURST_STAGE(STAGE_LOOKUP, sotto_worker_lookup)
WORKER_STAGE(STAGE_OWNER, sotto_worker_owner)
WORKER_STAGE(STAGE_SORT, sotto_worker_sort)
WORKER_STAGE(STAGE_RECEIVE, sotto_worker_receive)
WORKER_STAGE(STAGE_SEND, sotto_worker_send)
BURST_STAGE(STAGE_REWRITE, sotto_worker_rewrite)
SRTP_STAGE(STAGE_UNPROTECT, sotto_srtp_unprotect_burst)
SRTP_STAGE(STAGE_PROTECT, sotto_srtp_protect_burst)
