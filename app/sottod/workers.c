/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers: one thread each, started last and stopped first. */
#include "app.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <string.h>

uint64_t app_now_us(void *arg)
{
	const struct app *app = arg;

	return rte_rdtsc() / app->cycles_per_us;
}

/* A worker's own memory is on its core's socket, if there is any left. */
static struct sotto_worker *allocate(unsigned lcore)
{
	size_t size = sizeof(struct sotto_worker);
	int socket = (int)rte_lcore_to_socket_id(lcore);
	struct sotto_worker *worker =
		rte_zmalloc_socket("worker", size, RTE_CACHE_LINE_SIZE, socket);

	return worker ? worker : rte_zmalloc("worker", size, RTE_CACHE_LINE_SIZE);
}

static int start_one(struct app *app, unsigned i)
{
	struct sotto_worker_config config = {
		.number = i,
		.device = app->device,
		.device_count = app->device_count,
		.punt = &app->punt,
		.rcu = app->rcu,
		.stop = &app->stop,
		.cycles_per_us = app->cycles_per_us,
		.idle_us = app->config.idle_us,
		.crypto = app->worker_crypto[i],
	};
	unsigned lcore = i + 1; /* see add_cores() in eal.c */

	app->worker[i] = allocate(lcore);
	if (!app->worker[i])
		return -ENOMEM;
	sotto_worker_init(app->worker[i], &config);
	return rte_eal_remote_launch(sotto_worker_run, app->worker[i], lcore);
}

int app_workers_start(struct app *app)
{
	int rc = sotto_punt_create("sotto", app->config.worker_count, &app->punt);

	for (unsigned i = 0; rc == 0 && i < app->config.worker_count; i++) {
		rc = start_one(app, i);
		app->running += rc == 0;
	}
	if (rc != 0)
		app_say('3', "a worker did not start: %s", strerror(-rc));
	return rc;
}

void app_workers_end(struct app *app)
{
	__atomic_store_n(&app->stop, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < app->running; i++)
		rte_eal_wait_lcore(i + 1);
	app->running = 0;
	for (unsigned i = 0; i < app->config.worker_count; i++) {
		rte_free(app->worker[i]);
		app->worker[i] = NULL;
	}
	if (app->punt.workers != 0)
		sotto_punt_destroy(&app->punt);
}

static void copy_traffic(const struct sotto_stats *from, struct sotto_rpc_traffic *to)
{
	to->received = sotto_stats_get(&from->received);
	to->sent = sotto_stats_get(&from->by_verdict[SOTTO_OK]);
	to->punted = sotto_stats_get(&from->by_verdict[SOTTO_PUNTED]);
	to->generated = sotto_stats_get(&from->generated);
	for (unsigned v = SOTTO_PUNTED + 1; v < SOTTO_VERDICTS; v++)
		to->drops[v] = sotto_stats_get(&from->by_verdict[v]);
}

size_t app_worker_stats(void *arg, struct sotto_rpc_worker_stats *out, size_t room)
{
	const struct app *app = arg;
	size_t n;

	for (n = 0; n < app->running && n < room; n++) {
		const struct sotto_stats *stats = &app->worker[n]->stats;

		memset(&out[n], 0, sizeof(out[n]));
		out[n].worker = (unsigned)n;
		out[n].core = app->config.worker_core[n];
		out[n].handed_over = sotto_stats_get(&stats->handed_over);
		out[n].taken_over = sotto_stats_get(&stats->taken_over);
		out[n].busy_cycles = sotto_stats_get(&stats->busy_cycles);
		out[n].idle_cycles = sotto_stats_get(&stats->idle_cycles);
		out[n].bursts = sotto_stats_get(&stats->bursts);
		copy_traffic(stats, &out[n].traffic);
	}
	return n;
}
