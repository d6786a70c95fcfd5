/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bare ipsec-mb over the same kind of packets as bench_pipeline's, for comparison: the two
 * directions of a suite and a payload, with packets of their own.
 */
#ifndef SOTTO_PERF_PIPELINE_RAW_H
#define SOTTO_PERF_PIPELINE_RAW_H

#include "contender.h"
#include "pipeline.h"
#include "samples.h"

struct pipeline_raw {
	const struct contender_kind *kind;
	struct traffic traffic[2]; /* [enum direction] */
	void *state[2];            /* NULL: this machine cannot */
	struct samples ns[2];      /* a packet */
};

/* The scene's direction is not looked at. False with a message on stderr. */
bool pipeline_raw_open(struct pipeline_raw *raw, const struct scene *scene);
void pipeline_raw_close(struct pipeline_raw *raw);

/* One round of either direction; its times are added to ns. */
void pipeline_raw_run(struct pipeline_raw *raw);

/* What a packet of that way needs at least; without values where ipsec-mb cannot be had bare. */
void pipeline_raw_of(const struct pipeline_raw *raw, enum way way, struct samples *out);

#endif
