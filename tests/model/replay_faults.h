/* SPDX-License-Identifier: BSD-3-Clause */
/* The replay list as the model test meets it: the real functions, or copies broken on purpose. */
#ifndef SOTTO_TESTS_MODEL_REPLAY_FAULTS_H
#define SOTTO_TESTS_MODEL_REPLAY_FAULTS_H

#include "replay/replay.h"

struct replay_functions {
	const char *fault; /* NULL: the real ones */
	uint64_t (*estimate)(uint64_t next, uint16_t seq);
	enum sotto_replay_answer (*check)(const struct sotto_replay *r, uint64_t index);
	enum sotto_replay_answer (*commit)(struct sotto_replay *r, uint64_t index);
};

/* The functions with that fault, the real ones for NULL; NULL when the fault has no such name. */
const struct replay_functions *replay_functions_with(const char *fault);

/* The name of fault number i, or NULL behind the last. */
const char *replay_fault_name(unsigned i);

#endif
