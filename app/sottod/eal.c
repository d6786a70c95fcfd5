/* SPDX-License-Identifier: BSD-3-Clause */
/* Builds the EAL command line from the configuration, and makes the packet pool. */
#include "app.h"
#include "numa.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_memory.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARG_TEXT 640
#define HUGEPAGE_MIB 2
#define POOL_CACHE 256 /* packets */
#define TAIL_ROOM 64   /* bytes behind the largest packet, for index and tag */

static void add(struct app_args *args, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct app_args *args, const char *format, ...)
{
	char *text;
	va_list list;

	va_start(list, format);
	if (args->count < EAL_ARGS_MAX - 1 && vasprintf(&text, format, list) >= 0)
		args->arg[args->count++] = text;
	va_end(list);
}

static unsigned long free_hugepages(void)
{
	unsigned long n = 0;
	FILE *file = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");

	if (!file)
		return 0;
	if (fscanf(file, "%lu", &n) != 1)
		n = 0;
	fclose(file);
	return n;
}

static bool use_hugepages(const struct config *config)
{
	unsigned long mib = free_hugepages() * HUGEPAGE_MIB;

	if (config->hugepages != HUGEPAGES_AUTO)
		return config->hugepages == HUGEPAGES_YES;
	if (mib >= config->memory_mib)
		return true;
	app_say('4', "%lu MiB of hugepages are free, %u are wished: going on without", mib,
		config->memory_mib);
	return false;
}

/* Thread 0 is control, thread n is worker n - 1; two may share a core. */
static void add_cores(struct app_args *args, const struct config *config)
{
	char text[ARG_TEXT];
	int used = snprintf(text, sizeof(text), "0@%u", config->main_core);

	for (unsigned i = 0; i < config->worker_count && used < (int)sizeof(text); i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, ",%u@%u", i + 1,
			config->worker_core[i]);
	add(args, "--lcores");
	add(args, "%s", text);
	add(args, "--main-lcore");
	add(args, "0");
}

/* "0000:01:00.0" is a PCI address; all else are devargs of a virtual device. */
static bool is_pci(const char *device)
{
	unsigned domain, bus, slot, function;

	return sscanf(device, "%x:%x:%x.%x", &domain, &bus, &slot, &function) == 4;
}

static void add_devices(struct app_args *args, const struct config *config)
{
	bool pci = false;

	for (unsigned i = 0; i < config->port_count; i++) {
		const char *device = config->port[i].device;

		add(args, is_pci(device) ? "-a" : "--vdev");
		add(args, "%s", device);
		pci = pci || is_pci(device);
	}
	if (!pci)
		add(args, "--no-pci");
}

static void fill(struct app *app)
{
	const struct config *config = &app->config;
	struct app_args *args = &app->eal;
	bool huge = use_hugepages(config);

	add(args, "sottod");
	/* Neither leaves a file, nor lets a second process attach; DPDK takes only one of the two.
	 */
	if (huge) {
		add(args, "--in-memory");
	} else {
		add(args, "--no-huge");
		add(args, "--no-shconf");
	}
	add(args, "-m");
	add(args, "%u", config->memory_mib);
	add(args, "--no-telemetry");
	add(args, "--log-level=*:warning");
	add_cores(args, config);
	add_devices(args, config);
	for (int i = 0; i < app->eal_more_count; i++)
		add(args, "%s", app->eal_more[i]);
	app_say('6', "memory: %u MiB %s hugepages", config->memory_mib, huge ? "on" : "without");
}

/* Buffers for packets of every port on one socket. */
static struct rte_mempool *make_pool(const struct app *app, const char *name, int socket)
{
	unsigned largest = 0;

	for (unsigned i = 0; i < app->config.port_count; i++) {
		if (app->config.port[i].mtu > largest)
			largest = app->config.port[i].mtu;
	}
	largest += RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN + TAIL_ROOM;
	if (largest < RTE_MBUF_DEFAULT_DATAROOM)
		largest = RTE_MBUF_DEFAULT_DATAROOM;
	return rte_pktmbuf_pool_create(name, app->config.mbufs, POOL_CACHE, 0,
		(uint16_t)(largest + RTE_PKTMBUF_HEADROOM), socket);
}

/* The common pool, where most of the devices are. */
static int make_common_pool(struct app *app)
{
	int socket[RTE_MAX_ETHPORTS];
	unsigned count = 0;
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port)
	socket[count++] = rte_eth_dev_socket_id(port);
	app->pool = make_pool(app, "sotto", numa_choose(socket, count));
	if (!app->pool)
		app->pool = make_pool(app, "sotto", SOCKET_ID_ANY);
	if (app->pool)
		return 0;
	app_say('3', "no memory for %u packets: raise memory or lower mbufs in [engine] (%s)",
		app->config.mbufs, rte_strerror(rte_errno));
	return -ENOMEM;
}

struct rte_mempool *app_pool_on(struct app *app, int socket)
{
	char name[RTE_MEMPOOL_NAMESIZE];

	if (socket < 0 || socket >= RTE_MAX_NUMA_NODES || rte_socket_count() < 2 ||
		socket == app->pool->socket_id)
		return app->pool;
	if (app->socket_pool[socket])
		return app->socket_pool[socket];
	snprintf(name, sizeof(name), "sotto%d", socket);
	app->socket_pool[socket] = make_pool(app, name, socket);
	if (app->socket_pool[socket])
		return app->socket_pool[socket];
	app_say('4', "no memory for %u packets on socket %d: its devices use the other socket's",
		app->config.mbufs, socket);
	return app->pool;
}

static void add_pool(const struct rte_mempool *pool, uint64_t *size, uint64_t *free)
{
	if (!pool)
		return;
	*size += pool->size;
	*free += rte_mempool_avail_count(pool);
}

void app_pool_stats(void *arg, uint64_t *size, uint64_t *free)
{
	const struct app *app = arg;

	*size = 0;
	*free = 0;
	add_pool(app->pool, size, free);
	for (unsigned i = 0; i < RTE_MAX_NUMA_NODES; i++)
		add_pool(app->socket_pool[i], size, free);
}

int app_eal_start(struct app *app)
{
	struct app_args shuffled;

	fill(app);
	shuffled = app->eal; /* EAL sorts what it is given */
	if (rte_eal_init(shuffled.count, shuffled.arg) < 0) {
		app_say('3', "DPDK did not start: %s (its own message stands above)",
			rte_strerror(rte_errno));
		return -EIO;
	}
	app->eal_started = true;
	app->cycles_per_us = rte_get_tsc_hz() / 1000000;
	return make_common_pool(app);
}

void app_eal_end(struct app *app)
{
	if (app->eal_started)
		rte_eal_cleanup();
	while (app->eal.count > 0)
		free(app->eal.arg[--app->eal.count]);
}
