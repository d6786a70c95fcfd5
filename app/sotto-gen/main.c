/* SPDX-License-Identifier: BSD-3-Clause */
/* sotto-gen: the order in which the parts start and end. */
#include "gen.h"
#include "plan_file.h"
#include "requests.h"
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct gen gen = {.control = {.fd = -1}};

static void on_signal(int number)
{
	gen.stop = 1;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int make_plan(struct gen *g)
{
	int side, rc = gen_plan_make(&g->plan, &g->options, &side);

	if (rc == -ENOSPC)
		return gen_complain(GEN_USAGE,
			"side %c: %u calls need more ports: give several --address, or more "
			"--ports",
			'a' + side, g->options.calls);
	return rc == 0 ? 0 : gen_complain(GEN_FAULT, "no memory for %u calls", g->options.calls);
}

/* The plan, from a file or from the options; and the socket, so that its trouble shows at once. */
static int plan_start(struct gen *g)
{
	const struct gen_options *options = &g->options;
	int rc;

	if (options->plan)
		rc = gen_plan_load(options->plan, options->calls, &g->plan);
	else
		rc = make_plan(g);
	if (rc == 0 && options->write_requests)
		rc = gen_requests_save(&g->plan, options, options->write_requests);
	if (rc == 0 && options->control)
		rc = gen_control_open(&g->control, options->control);
	return rc;
}

static void plan_end(struct gen *g)
{
	gen_control_close(&g->control);
	gen_plan_free(&g->plan);
}

/* The calls in sottod, if that is wished; then all of the plan that will ever be known is. */
static int calls_start(struct gen *g)
{
	const struct gen_options *options = &g->options;
	int rc = 0;

	if (options->control) {
		rc = gen_control_put(&g->control, &g->plan, options);
		g->calls_put = rc == 0;
	}
	if (rc == 0 && options->write_plan)
		rc = gen_plan_save(&g->plan, options->write_plan);
	return rc;
}

static void calls_end(struct gen *g)
{
	if (g->calls_put)
		gen_control_delete(&g->control, &g->plan, &g->options);
}

static void nothing(struct gen *g)
{
}

/* Start from top to bottom, end from bottom to top; ends are safe after a start that failed. */
static const struct part {
	int (*start)(struct gen *g);
	void (*end)(struct gen *g);
} parts[] = {
	{plan_start, plan_end},
	{gen_eal_start, gen_eal_end},
	{gen_devices_start, gen_devices_end},
	{calls_start, calls_end},
	{gen_streams_start, gen_streams_end},
	{gen_hops_resolve, nothing},
	{gen_run, nothing},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int start_and_end(struct gen *g)
{
	size_t started = 0;
	int status = GEN_GOOD;

	while (status == GEN_GOOD && started < PARTS)
		status = parts[started++].start(g);
	while (started > 0)
		parts[--started].end(g);
	return status;
}

/* Without a gateway to send to: only files are written. */
static int write_files(struct gen *g)
{
	int status = plan_start(g);

	if (status == GEN_GOOD)
		status = calls_start(g);
	plan_end(g);
	return status;
}

int main(int argc, char **argv)
{
	int status = gen_options_read(&gen.options, argc, argv);

	if (status >= 0)
		return status;
	catch_signals();
	return gen_options_run(&gen.options) ? start_and_end(&gen) : write_files(&gen);
}
