/* SPDX-License-Identifier: BSD-3-Clause */
/* Makes and checks plans: see plan.h. */
#include "plan.h"

#include "keys/sdes.h"
#include "random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Calls that fit one address: RTP has the even ports. */
static uint32_t calls_of_address(const struct gen_side_options *side)
{
	return (uint32_t)(side->port_high - side->port_low + 1) / 2;
}

static void fill(uint8_t *out, size_t len, uint64_t *state)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)gen_random(state);
}

/* A key line whose key follows from what = seed, call, side and direction. */
static char *make_key(const struct sotto_suite *suite, uint64_t seed, uint64_t what)
{
	struct sotto_sdes sdes = {.keying = {.suite = suite, .count = 1}, .tag = 1};
	struct sotto_keyed *master = &sdes.keying.master[0];
	uint64_t state = gen_mix(seed) ^ gen_mix(what * GEN_ODD + 1);
	char line[SOTTO_SDES_LINE_MAX];

	fill(master->key, suite->key_len, &state);
	fill(master->salt, suite->salt_len, &state);
	if (sotto_keys_sdes_print(&sdes, SOTTO_SDES_PADDED, line, sizeof(line)) < 0)
		return NULL;
	return strdup(line);
}

static int make_leg(struct gen_leg *leg, const struct gen_side_options *side, uint64_t seed,
	uint32_t call, int which)
{
	uint32_t room = calls_of_address(side);
	uint64_t what = ((uint64_t)call * GEN_SIDES + (unsigned)which) * 2;

	leg->local.addr = side->address[call / room].addr;
	leg->local.port = (uint16_t)(side->port_low + 2 * (call % room));
	if (!side->suite)
		return 0;
	leg->send = make_key(side->suite, seed, what);
	leg->receive = make_key(side->suite, seed, what + 1);
	return leg->send && leg->receive ? 0 : -ENOMEM;
}

int gen_plan_make(struct gen_plan *plan, const struct gen_options *options, int *fault)
{
	int rc = 0;

	*plan = (struct gen_plan){.count = options->calls};
	for (int s = 0; s < GEN_SIDES; s++) {
		const struct gen_side_options *side = &options->side[s];

		*fault = s;
		if (options->calls > side->address_count * calls_of_address(side)) {
			plan->count = 0;
			return -ENOSPC;
		}
	}
	plan->call = calloc(plan->count, sizeof(*plan->call));
	if (!plan->call)
		rc = -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < plan->count; i++) {
		for (int s = 0; rc == 0 && s < GEN_SIDES; s++)
			rc = make_leg(
				&plan->call[i].leg[s], &options->side[s], options->seed, i, s);
	}
	if (rc != 0)
		gen_plan_free(plan);
	return rc;
}

void gen_plan_free(struct gen_plan *plan)
{
	for (uint32_t i = 0; plan->call && i < plan->count; i++) {
		for (int s = 0; s < GEN_SIDES; s++) {
			free(plan->call[i].leg[s].send);
			free(plan->call[i].leg[s].receive);
		}
	}
	free(plan->call);
	*plan = (struct gen_plan){.count = 0};
}

int gen_plan_address(const struct gen_side_options *side, const struct sotto_addr *addr)
{
	for (unsigned i = 0; i < side->address_count; i++) {
		if (sotto_base_addr_equal(&side->address[i].addr, addr))
			return (int)i;
	}
	return -1;
}

static const char *leg_fault(
	const struct gen_leg *leg, const struct gen_side_options *side, bool sends)
{
	if (gen_plan_address(side, &leg->local.addr) < 0)
		return "the local address is none of this side's --address";
	if (leg->local.port == 0)
		return "the local port is missing";
	if (leg->remote.port == 0)
		return "the gateway's address and port are missing";
	if (leg->remote.addr.family != leg->local.addr.family)
		return "local and remote address are of different families";
	if (sends && !leg->send != !leg->receive)
		return "a key for one direction only";
	return NULL;
}

const char *gen_plan_fault(
	const struct gen_plan *plan, const struct gen_options *options, uint32_t *call, int *side)
{
	for (uint32_t i = 0; i < plan->count; i++) {
		for (int s = 0; s < GEN_SIDES; s++) {
			const char *fault = leg_fault(
				&plan->call[i].leg[s], &options->side[s], options->sends[s]);

			*call = i;
			*side = s;
			if (fault)
				return fault;
		}
	}
	return NULL;
}
