/* SPDX-License-Identifier: BSD-3-Clause */
/* How many calls a second can be installed and deleted when nothing else is to be done. */
#include "control.h"
#include "machine.h"
#include "pipeline.h"

#include <stdio.h>
#include <string.h>

#define RECLAIM_EACH 100 /* deletes: control looks every millisecond */
#define CHECKED 1024     /* packets that the installed calls have to carry */

bool control_open(struct control_bench *bench, const struct control_shape *shape, unsigned calls)
{
	const struct gateway_wish wish = {.calls = calls,
		.both = shape->both ? calls : 0,
		.workers = 1,
		.suite = bench->options.suite,
		.window = CONTROL_WINDOW,
		.ssrcs = shape->ssrcs,
		.pages = GATEWAY_PAGES_SMALL};

	return gateway_open(&bench->gateway, &wish);
}

unsigned control_params(const struct control_bench *bench, const struct control_shape *shape,
	struct report_row *row)
{
	row->param[0] = (struct report_param){
		.name = "sides", .text = shape->both ? "srtp-srtp" : "srtp-rtp"};
	row->param[1] = (struct report_param){.name = "suite", .text = bench->options.suite->name};
	row->param[2] = (struct report_param){.name = "ssrcs", .number = shape->ssrcs};
	return 3;
}

void control_delete(struct control_bench *bench, unsigned first, unsigned end)
{
	for (unsigned call = first; call < end; call++) {
		gateway_delete(&bench->gateway, call);
		if (call % RECLAIM_EACH == 0)
			sotto_sessions_reclaim(bench->gateway.sessions);
	}
	while (sotto_sessions_reclaim(bench->gateway.sessions) != 0)
		;
}

bool control_put(struct control_bench *bench, unsigned first, unsigned end)
{
	for (unsigned call = first; call < end; call++) {
		int rc = gateway_put(&bench->gateway, call);

		if (rc != 0) {
			fprintf(stderr, "call %u: %s\n", call, strerror(-rc));
			return false;
		}
	}
	return true;
}

/* Whether calls that were installed carry packets of every kind as they should. */
static bool check_way(struct control_bench *bench, struct pipeline *pipeline, enum way way)
{
	const struct pipeline_round round = {
		.way = way, .calls = bench->gateway.wish.calls, .workers = 1};

	if (!pipeline_fill(pipeline, &round))
		return false;
	gateway_carry(bench->gateway.worker[0], CHECKED);
	return pipeline_drain(pipeline, &round);
}

static bool check(struct control_bench *bench, const struct control_shape *shape)
{
	struct pipeline pipeline;
	bool good;

	if (!pipeline_open(&pipeline, &bench->gateway, 160, CHECKED))
		return false;
	rte_rcu_qsbr_thread_register(bench->gateway.rcu, 0);
	rte_rcu_qsbr_thread_online(bench->gateway.rcu, 0);
	good = shape->both ? check_way(bench, &pipeline, WAY_BOTH)
			   : check_way(bench, &pipeline, WAY_PROTECT) &&
				     check_way(bench, &pipeline, WAY_UNPROTECT);
	good = good && pipeline_judge(&pipeline);
	pipeline_close(&pipeline);
	rte_rcu_qsbr_thread_offline(bench->gateway.rcu, 0);
	rte_rcu_qsbr_thread_unregister(bench->gateway.rcu, 0);
	return good;
}

static void report_rate(struct control_bench *bench, const struct control_shape *shape,
	const char *name, const struct samples *samples)
{
	struct report_row row = {.name = name, .unit = "calls/s", .samples = samples};

	control_params(bench, shape, &row);
	if (!shape->both)
		row.note = "a call: one media, SRTP on side a, RTP on side b";
	report_row(bench->report, &row);
}

static bool run(struct control_bench *bench, const struct control_shape *shape)
{
	unsigned calls = bench->options.calls;
	struct samples installs = {.n = 0}, deletes = {.n = 0};

	for (unsigned n = 0; n <= bench->options.common.rounds; n++) {
		uint64_t start = machine_ns(), middle;

		control_delete(bench, 0, calls);
		middle = machine_ns();
		if (!control_put(bench, 0, calls))
			return false;
		if (n == 0)
			continue; /* to warm up */
		samples_add(&deletes, calls * 1e9 / (double)(middle - start));
		samples_add(&installs, calls * 1e9 / (double)(machine_ns() - middle));
	}
	report_rate(bench, shape, "installs", &installs);
	report_rate(bench, shape, "deletes", &deletes);
	return true;
}

bool control_installs(struct control_bench *bench)
{
	static const struct control_shape shapes[] = {
		{false, CONTROL_SSRCS}, {false, 1}, {true, CONTROL_SSRCS}};

	for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		bool good = control_open(bench, &shapes[i], bench->options.calls) &&
			    run(bench, &shapes[i]) && check(bench, &shapes[i]);

		if (!good)
			return false;
		gateway_close(&bench->gateway);
	}
	return true;
}
