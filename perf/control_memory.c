/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What calls take of memory, and which part of them: counted on the heap, with what the allocator
 * needs for itself. The tables that a gateway has once (port tables, hash tables) are not in it.
 */
#include "control.h"
#include "machine.h"

#include "session/install.h"

#include <malloc.h>

#define CALL_MAX 24576 /* bytes that a call takes at most, so that we may try */

enum kind {
	KIND_KEYS,     /* ready keys, SRTP and SRTCP */
	KIND_STREAMS,  /* slots of SSRCs and what is before them */
	KIND_WINDOWS,  /* bits of replay lists that are wider than 128 */
	KIND_STATES,   /* counters of legs */
	KIND_LEGS,     /* the published legs, both of a media in one block */
	KIND_INSTALLS, /* what control keeps of each key */
	KIND_RECORDS,  /* what control keeps of each call, but for its ids */
	KIND_REST,     /* small records, and the allocator's own */
	KINDS
};

static const char *const kind_name[KINDS] = {"keys", "streams", "wide windows", "leg states",
	"legs", "installs", "session records", "rest and allocator"};

static uint64_t heap(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static uint64_t streams_size(const struct control_shape *shape, uint32_t window)
{
	const struct sotto_srtp_shape streams = {.count = shape->ssrcs, .window = window};

	return sotto_srtp_streams_size(&streams);
}

/* What each kind takes; in_env: all that sessions asked their environment for. */
static void sort_out(const struct control_bench *bench, const struct control_shape *shape,
	uint64_t all, uint64_t in_env, uint64_t kind[KINDS])
{
	uint64_t calls = bench->gateway.wish.calls;
	uint64_t contexts = calls * (shape->both ? 4 : 2);
	uint64_t narrow = streams_size(shape, SOTTO_REPLAY_NARROW);

	kind[KIND_KEYS] = 2 * contexts *
			  sotto_keys_size(bench->gateway.crypto->backend, bench->options.suite);
	kind[KIND_STREAMS] = contexts * narrow;
	kind[KIND_WINDOWS] = contexts * (streams_size(shape, CONTROL_WINDOW) - narrow);
	kind[KIND_STATES] = 2 * calls * sizeof(struct sotto_leg_state);
	kind[KIND_LEGS] = in_env - kind[KIND_KEYS] - kind[KIND_STREAMS] - kind[KIND_WINDOWS] -
			  kind[KIND_STATES];
	kind[KIND_INSTALLS] =
		contexts * (sizeof(struct sotto_install) + sizeof(struct sotto_install_master));
	kind[KIND_RECORDS] =
		calls * (sizeof(struct sotto_session) + sizeof(struct sotto_media_record));
	kind[KIND_REST] = all - in_env - kind[KIND_INSTALLS] - kind[KIND_RECORDS];
}

static void report_bytes(struct control_bench *bench, const struct control_shape *shape,
	const char *name, const char *kind, uint64_t bytes)
{
	struct report_row row = {.name = name, .unit = "bytes", .value = (double)bytes};
	unsigned n = control_params(bench, shape, &row);

	row.param[n++] =
		(struct report_param){.name = "calls", .number = bench->gateway.wish.calls};
	if (kind)
		row.param[n] = (struct report_param){.name = "kind", .text = kind};
	report_row(bench->report, &row);
}

static void skip(struct control_bench *bench, const struct control_shape *shape)
{
	struct report_row row = {.name = "memory", .skipped = "this machine has too little memory"};
	unsigned n = control_params(bench, shape, &row);

	row.param[n] =
		(struct report_param){.name = "calls", .number = bench->options.memory_calls};
	report_row(bench->report, &row);
}

static bool run(struct control_bench *bench, const struct control_shape *shape)
{
	uint64_t full, all, asked, kind[KINDS];

	if (machine_free_memory() < (uint64_t)bench->options.memory_calls * CALL_MAX) {
		skip(bench, shape);
		return true;
	}
	if (!control_open(bench, shape, bench->options.memory_calls))
		return false;
	full = heap();
	/* nothing was given back to the environment before the calls were all there */
	asked = bench->gateway.asked;
	control_delete(bench, 0, bench->options.memory_calls);
	sotto_session_memory_end(&bench->gateway.memory);
	all = full - heap();
	sort_out(bench, shape, all, asked, kind);
	report_bytes(bench, shape, "memory", NULL, all);
	for (unsigned k = 0; k < KINDS; k++)
		report_bytes(bench, shape, "memory-of", kind_name[k], kind[k]);
	gateway_close(&bench->gateway);
	return true;
}

bool control_memory(struct control_bench *bench)
{
	static const struct control_shape shapes[] = {
		{true, CONTROL_SSRCS}, {true, 1}, {false, CONTROL_SSRCS}, {false, 1}};
	unsigned count = bench->options.common.quick ? 1 : sizeof(shapes) / sizeof(shapes[0]);

	for (unsigned i = 0; i < count; i++) {
		if (!run(bench, &shapes[i]))
			return false;
	}
	return true;
}
