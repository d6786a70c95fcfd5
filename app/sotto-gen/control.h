/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts the calls of a plan into a running sottod over its control socket, and takes them out. */
#ifndef SOTTO_GEN_CONTROL_H
#define SOTTO_GEN_CONTROL_H

#include "plan.h"

#include <stddef.h>

/* A connection. All zero but fd = -1 is closed. */
struct gen_control {
	int fd;
	char *buffer; /* what came and was not taken yet */
	size_t used, room;
};

/* 0 or an exit status, after a complaint. */
int gen_control_open(struct gen_control *control, const char *path);
void gen_control_close(struct gen_control *control);

/*
 * Puts every call, with a fresh session: one of the same name that was left behind ends first.
 * Fills the gateway's addresses into the plan. When one is refused those before it are deleted.
 * Tells how long it took on stdout. 0 or an exit status.
 */
int gen_control_put(
	struct gen_control *control, struct gen_plan *plan, const struct gen_options *options);

/* Deletes the calls. 0 or an exit status. */
int gen_control_delete(struct gen_control *control, const struct gen_plan *plan,
	const struct gen_options *options);

#endif
