/* SPDX-License-Identifier: BSD-3-Clause */
/* Media addresses: from configuration to port tables; sessions and their memory. */
#include "app.h"
#include "numa.h"

#include <errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sotto_device *find_device(struct app *app, const char *name, uint16_t *number)
{
	for (unsigned i = 0; i < app->device_count; i++) {
		if (strcmp(app->device[i].name, name) == 0) {
			*number = (uint16_t)i;
			return &app->device[i];
		}
	}
	return NULL;
}

static int add_interface(struct app *app, const struct config_address *config)
{
	struct sotto_interface *interface = &app->interface[app->interface_count];
	struct sotto_device *device = find_device(app, config->port, &interface->device);

	memcpy(interface->name, config->interface, sizeof(interface->name));
	interface->local.addr = config->addr;
	interface->local.prefix = config->prefix;
	interface->local.vlan = config->vlan;
	memcpy(interface->local.mac, device->mac, 6);
	interface->gateway = config->gateway;
	interface->mtu = app->config.port[interface->device].mtu;
	interface->port_low = config->port_low;
	interface->port_high = config->port_high;
	if (sotto_interface_init(interface) != 0) {
		app_say('3', "address %s: no memory for its port table", config->name);
		return -ENOMEM;
	}
	device->interface[device->interface_count++] = interface;
	app->interface_count++;
	return 0;
}

/*
 * Port tables and sessions are written by this thread and read by all workers: they go to the
 * socket that most workers are on.
 */
static void choose_socket(const struct app *app)
{
	int socket[SOTTO_PUNT_WORKERS_MAX];
	int home, rc;

	if (rte_socket_count() < 2)
		return;
	for (unsigned i = 0; i < app->config.worker_count; i++)
		socket[i] = (int)rte_lcore_to_socket_id(i + 1);
	home = numa_choose(socket, app->config.worker_count);
	rc = numa_prefer(home);
	if (rc != 0)
		app_say('4', "session memory stays on the control thread's socket: %s",
			strerror(-rc));
}

int app_interfaces_start(struct app *app)
{
	int rc = 0;

	choose_socket(app);
	for (unsigned i = 0; rc == 0 && i < app->config.address_count; i++)
		rc = add_interface(app, &app->config.address[i]);
	return rc;
}

void app_interfaces_end(struct app *app)
{
	for (unsigned i = 0; i < app->interface_count; i++)
		sotto_interface_fini(&app->interface[i]);
	app->interface_count = 0;
}

/* Sessions live in ordinary memory: the packet pool is what must be DPDK's. */
static void *session_alloc(void *arg, size_t size)
{
	struct app *app = arg;

	return sotto_session_memory_take(&app->session_memory, size);
}

static void session_release(void *arg, void *memory)
{
	struct app *app = arg;

	sotto_session_memory_give(&app->session_memory, memory);
}

static uint64_t grace_begin(void *arg)
{
	struct app *app = arg;

	return rte_rcu_qsbr_start(app->rcu);
}

static bool grace_over(void *arg, uint64_t token)
{
	struct app *app = arg;

	return rte_rcu_qsbr_check(app->rcu, token, false) == 1;
}

static bool preset(void *arg, unsigned worker, struct sotto_srtp_streams *streams,
	const struct sotto_srtp_preset *preset)
{
	struct app *app = arg;
	const struct sotto_order order = {.streams = streams, .preset = *preset};

	return sotto_punt_order(&app->punt, worker, &order);
}

static void fix_neighbors(struct app *app)
{
	struct sotto_neighbors *table = sotto_sessions_neighbors(app->sessions);

	for (unsigned i = 0; i < app->config.address_count; i++) {
		const struct config_address *config = &app->config.address[i];

		for (unsigned k = 0; k < config->neighbor_count; k++) {
			struct sotto_neighbor *neighbor = sotto_neighbor_get(
				table, &app->interface[i], &config->neighbor[k].addr);

			sotto_neighbor_fix(neighbor, config->neighbor[k].mac);
		}
	}
}

int app_sessions_start(struct app *app)
{
	struct sotto_session_env env = {
		.arg = app,
		.alloc = session_alloc,
		.release = session_release,
		.grace_begin = grace_begin,
		.grace_over = grace_over,
		.preset = preset,
		.crypto = app->control_crypto,
	};
	struct sotto_session_limits limits = {
		.sessions = app->config.sessions,
		.streams = app->config.streams,
		.workers = app->config.worker_count,
	};
	int rc;

	app->rcu = rte_zmalloc(
		"rcu", rte_rcu_qsbr_get_memsize(SOTTO_PUNT_WORKERS_MAX), RTE_CACHE_LINE_SIZE);
	if (!app->rcu || rte_rcu_qsbr_init(app->rcu, SOTTO_PUNT_WORKERS_MAX) != 0)
		return -ENOMEM;
	rc = sotto_sessions_create(&env, &limits, app->seed, &app->sessions);
	if (rc == 0)
		fix_neighbors(app);
	return rc;
}

void app_sessions_end(struct app *app)
{
	sotto_sessions_destroy(app->sessions);
	app->sessions = NULL;
	sotto_session_memory_end(&app->session_memory);
	rte_free(app->rcu);
	app->rcu = NULL;
}
