/* SPDX-License-Identifier: BSD-3-Clause */
/* The parts of bench_control, each with its own gateway and its own rows. */
#ifndef SOTTO_PERF_CONTROL_H
#define SOTTO_PERF_CONTROL_H

#include "gateway.h"
#include "report.h"

#define CONTROL_SSRCS 4     /* what docs/protocol.md has as default of max_ssrcs */
#define CONTROL_WINDOW 1024 /* likewise of replay_window */
#define CONTROL_WORKER_LCORE 1

struct control_options {
	struct common common;
	unsigned calls;        /* installed in a round */
	unsigned memory_calls; /* whose memory is counted */
	unsigned rate;         /* calls a second beside traffic */
	unsigned load;         /* percent of what the worker could carry */
	unsigned seconds;      /* of calls beside traffic */
	const struct sotto_suite *suite;
	struct common_other other;
};

struct control_bench {
	struct control_options options;
	struct gateway gateway;
	struct report *report;
};

/* What calls are like. */
struct control_shape {
	bool both; /* SRTP on both sides; else RTP on side b */
	uint32_t ssrcs;
};

/* Opens the gateway with that many calls, one worker, memory as the engine has it. */
bool control_open(struct control_bench *bench, const struct control_shape *shape, unsigned calls);

/* The parameters that say what calls are like; returns how many. */
unsigned control_params(const struct control_bench *bench, const struct control_shape *shape,
	struct report_row *row);

/* Deletes or puts calls first to end - 1, gives memory back. False with a message on stderr. */
void control_delete(struct control_bench *bench, unsigned first, unsigned end);
bool control_put(struct control_bench *bench, unsigned first, unsigned end);

/* Each measures and reports. False with a message on stderr. */
bool control_installs(struct control_bench *bench); /* control_installs.c */
bool control_socket(struct control_bench *bench);   /* control_socket.c */
bool control_beside(struct control_bench *bench);   /* control_beside.c */
bool control_memory(struct control_bench *bench);   /* control_memory.c */

#endif
