/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cycles by stage of the worker: in bench_stages every stage is wrapped by the linker in two reads
 * of the time-stamp counter, in bench_pipeline none is, and nothing is told here.
 */
#ifndef SOTTO_PERF_STAGES_H
#define SOTTO_PERF_STAGES_H

#include <stdint.h>

#define STAGES 9

/* Name of stage i, and its cycles since the last reset; what it calls counts there. NULL: none. */
const char *stages_name(unsigned i);
uint64_t stages_cycles(unsigned i);
void stages_reset(void);

#endif
