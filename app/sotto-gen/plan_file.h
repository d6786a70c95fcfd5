/* SPDX-License-Identifier: BSD-3-Clause */
/* Plans as JSON, so that scripts can drive other gateways. sotto-gen(1) describes the format. */
#ifndef SOTTO_GEN_PLAN_FILE_H
#define SOTTO_GEN_PLAN_FILE_H

#include "plan.h"

#include <jansson.h>
#include <stddef.h>

/*
 * Reads a plan from JSON; at most most calls, 0 = all. 0; -EINVAL with what is wrong in why, of
 * room bytes, and the plan empty; -ENOMEM.
 */
int gen_plan_parse(
	const json_t *json, uint32_t most, struct gen_plan *plan, char *why, size_t room);

/* The plan as JSON, or NULL: no memory. */
json_t *gen_plan_print(const struct gen_plan *plan);

/* The same from and to files, with complaints on stderr. 0 or an exit status. */
int gen_plan_load(const char *path, uint32_t most, struct gen_plan *plan);
int gen_plan_save(const struct gen_plan *plan, const char *path);

#endif
