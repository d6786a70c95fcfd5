/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plan: what the generator and the gateway have agreed on for each call. The generator makes
 * its own half from its options; the gateway's addresses come from sottod's answers, or the whole
 * plan from a file.
 */
#ifndef SOTTO_GEN_PLAN_H
#define SOTTO_GEN_PLAN_H

#include "options.h"

/* One side of a call. Key lines as in a=crypto (RFC 4568); NULL: plain RTP. */
struct gen_leg {
	struct sotto_endpoint local;  /* the generator's */
	struct sotto_endpoint remote; /* the gateway's; family 0 = not known */
	char *send;                   /* what the generator encrypts with */
	char *receive;                /* what the gateway encrypts with */
};

struct gen_call {
	struct gen_leg leg[GEN_SIDES];
};

struct gen_plan {
	struct gen_call *call;
	uint32_t count;
};

/*
 * Makes the generator's half of a plan: addresses and ports one after another, a key for each
 * direction of each leg that follows from seed, call and leg. 0; -ENOSPC when a side has too few
 * ports for its calls, with *fault the side; -ENOMEM. On error the plan is empty.
 */
int gen_plan_make(struct gen_plan *plan, const struct gen_options *options, int *fault);

/* Frees what it holds, and empties it. */
void gen_plan_free(struct gen_plan *plan);

/* Number of the local address in a side's options; -1: it is none of them. */
int gen_plan_address(const struct gen_side_options *side, const struct sotto_addr *addr);

/* What is wrong with a plan that shall be run, with *call and *side; NULL when it is good. */
const char *gen_plan_fault(
	const struct gen_plan *plan, const struct gen_options *options, uint32_t *call, int *side);

#endif
