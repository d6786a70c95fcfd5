/* SPDX-License-Identifier: BSD-3-Clause */
/* The replay list as the models meet it: the real functions, or copies broken on purpose. */
#ifndef SOTTO_TESTS_MODEL_REPLAY_FAULTS_H
#define SOTTO_TESTS_MODEL_REPLAY_FAULTS_H

#include "replay/replay.h"

#define REPLAY_CANNOT_RUN                                                                          \
	99 /* exit status that meson takes for an error, never for a found fault */

struct replay_functions {
	const char *fault; /* NULL: the real ones */
	struct sotto_replay_shape (*shape)(uint32_t window);
	uint64_t (*estimate)(uint64_t next, uint32_t seq, unsigned bits);
	enum sotto_replay_answer (*check)(
		const struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index);
	enum sotto_replay_answer (*commit)(
		struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t index);
	void (*start)(struct sotto_replay *r, struct sotto_replay_shape shape, uint64_t next,
		bool seen_before);
};

/* The functions with that fault, the real ones for NULL. False: no fault has that name. */
bool replay_functions_with(const char *fault, struct replay_functions *f);

/* The name of fault number i, or NULL behind the last. */
const char *replay_fault_name(unsigned i);

#endif
