/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet devices: configured at start, one queue each way for each worker; started and stopped.
 */
#include "app.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <stdio.h>
#include <string.h>

#define DESCRIPTORS 1024 /* of each queue, before the device rounds */

/* DPDK's name of a device: devargs up to the first comma. */
static int find_port(const char *device, uint16_t *port)
{
	char name[CONFIG_TEXT];

	snprintf(name, sizeof(name), "%s", device);
	name[strcspn(name, ",")] = 0;
	return rte_eth_dev_get_port_by_name(name, port);
}

static int complain(const struct sotto_device *device, const char *what, int rc)
{
	app_say('3', "port %s: %s: %s", device->name, what, rte_strerror(-rc));
	return rc < 0 ? rc : -EIO;
}

/* Packets that cross from socket to socket are slow; it is the configuration's to choose cores. */
static void warn_of_sockets(const struct app *app, const struct sotto_device *device, int socket)
{
	for (unsigned i = 0; socket >= 0 && i < app->config.worker_count; i++) {
		if ((int)rte_lcore_to_socket_id(i + 1) != socket)
			app_say('4', "port %s is on socket %d, worker %u on socket %u",
				device->name, socket, i, rte_lcore_to_socket_id(i + 1));
	}
}

static int setup_queues(struct app *app, const struct sotto_device *device)
{
	uint16_t rx = DESCRIPTORS, tx = DESCRIPTORS;
	int rc = rte_eth_dev_adjust_nb_rx_tx_desc(device->port, &rx, &tx);
	int socket = rte_eth_dev_socket_id(device->port);
	struct rte_mempool *pool = app_pool_on(app, socket);

	if (rc != 0)
		return complain(device, "descriptors", rc);
	warn_of_sockets(app, device, socket);
	for (uint16_t q = 0; q < app->config.worker_count; q++) {
		rc = rte_eth_rx_queue_setup(device->port, q, rx, (unsigned)socket, NULL, pool);
		if (rc == 0)
			rc = rte_eth_tx_queue_setup(device->port, q, tx, (unsigned)socket, NULL);
		if (rc != 0)
			return complain(device, "queue setup", rc);
	}
	return 0;
}

static struct steering *steering_of(const struct app *app, const struct sotto_device *device)
{
	return app->steering[device - app->device];
}

static int configure(
	struct app *app, const struct config_port *config, const struct sotto_device *device)
{
	struct steering *steering = steering_of(app, device);
	struct rte_eth_conf conf = {.rxmode = {.mtu = config->mtu}};
	uint16_t queues = (uint16_t)app->config.worker_count;
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(device->port, &info);

	if (rc != 0)
		return complain(device, "no information", rc);
	if (info.max_rx_queues < queues || info.max_tx_queues < queues) {
		app_say('3',
			"port %s: %u workers need as many queues; the device has %u to receive "
			"and %u to send",
			device->name, queues, info.max_rx_queues, info.max_tx_queues);
		return -EINVAL;
	}
	if (conf.rxmode.mtu > info.max_mtu && info.max_mtu != 0)
		conf.rxmode.mtu = info.max_mtu;
	rc = steering_configure(steering, device->port, &conf, &info);
	if (rc != 0)
		return complain(device, "configure", rc);
	rc = setup_queues(app, device);
	if (rc == 0)
		steering_watch_queues(steering, device->port);
	return rc;
}

/* The MAC address we answer for: the configured one, or the device's. */
static int settle_mac(const struct config_port *config, struct sotto_device *device)
{
	struct rte_ether_addr mac;
	int rc = rte_eth_macaddr_get(device->port, &mac);

	if (rc != 0)
		return complain(device, "MAC address", rc);
	memcpy(device->mac, config->has_mac ? config->mac : mac.addr_bytes, 6);
	return 0;
}

static int open_port(struct app *app, const struct config_port *config)
{
	struct sotto_device *device = &app->device[app->device_count];
	int rc;

	memcpy(device->name, config->name, sizeof(device->name));
	rc = find_port(config->device, &device->port);
	if (rc != 0)
		return complain(device, "DPDK does not know the device", rc);
	app->steering[app->device_count] =
		steering_new(device->name, config->steering, app->config.worker_count);
	if (!app->steering[app->device_count++])
		return -ENOMEM;
	rc = settle_mac(config, device);
	return rc != 0 ? rc : configure(app, config, device);
}

int app_ports_start(struct app *app)
{
	int rc = 0;

	for (unsigned i = 0; rc == 0 && i < app->config.port_count; i++)
		rc = open_port(app, &app->config.port[i]);
	return rc;
}

static int bring_up(struct app *app, const struct config_port *config, struct sotto_device *device)
{
	struct rte_ether_addr mac;
	int rc = rte_eth_dev_start(device->port);

	if (rc != 0)
		return complain(device, "start", rc);
	memcpy(mac.addr_bytes, device->mac, 6);
	/* Where the device takes no other address, or no groups, it has to give us everything. */
	if ((config->has_mac && rte_eth_dev_default_mac_addr_set(device->port, &mac) != 0) ||
		rte_eth_allmulticast_enable(device->port) != 0)
		rte_eth_promiscuous_enable(device->port);
	steering_begin(steering_of(app, device), device);
	__atomic_store_n(&device->up, 1, __ATOMIC_RELEASE);
	return 0;
}

/* Workers must have seen that it is down before the device stops. */
static int bring_down(struct app *app, struct sotto_device *device)
{
	uint64_t token;
	int rc;

	__atomic_store_n(&device->up, 0, __ATOMIC_RELEASE);
	token = rte_rcu_qsbr_start(app->rcu);
	rte_rcu_qsbr_check(app->rcu, token, true);
	steering_end(steering_of(app, device), device);
	rc = rte_eth_dev_stop(device->port);
	return rc != 0 ? complain(device, "stop", rc) : 0;
}

int app_ports_up(struct app *app)
{
	for (unsigned i = 0; i < app->device_count; i++) {
		int rc = 0;

		if (app->config.port[i].start)
			rc = bring_up(app, &app->config.port[i], &app->device[i]);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int app_port_set(void *arg, const char *name, bool up)
{
	struct app *app = arg;

	for (unsigned i = 0; i < app->device_count; i++) {
		struct sotto_device *device = &app->device[i];

		if (strcmp(device->name, name) != 0)
			continue;
		if ((device->up != 0) == up)
			return 1;
		return up ? bring_up(app, &app->config.port[i], device) : bring_down(app, device);
	}
	return -ENOENT;
}

void app_ports_end(struct app *app)
{
	for (unsigned i = 0; i < app->device_count; i++) {
		struct sotto_device *device = &app->device[i];

		if (device->up)
			rte_eth_dev_stop(device->port);
		device->up = 0;
		steering_free(app->steering[i], device->port);
		app->steering[i] = NULL;
		rte_eth_dev_close(device->port);
	}
	app->device_count = 0;
}

void app_ports_tick(void *arg)
{
	struct app *app = arg;

	for (unsigned i = 0; i < app->device_count; i++) {
		if (app->device[i].up)
			steering_tick(app->steering[i], &app->device[i]);
	}
}

/* What each queue received. Some drivers count few queues, or none: then nothing is told. */
static void add_queues(
	const struct app *app, const struct rte_eth_stats *stats, struct sotto_rpc_port_stats *out)
{
	unsigned queues = app->config.worker_count;
	uint64_t sum = 0;

	if (queues > RTE_ETHDEV_QUEUE_STAT_CNTRS || queues > SOTTO_RPC_QUEUES)
		return;
	for (unsigned q = 0; q < queues; q++) {
		out->queue[q] = stats->q_ipackets[q];
		sum += stats->q_ipackets[q];
	}
	out->queue_count = sum == 0 && stats->ipackets != 0 ? 0 : queues;
}

/* Whether ports were given out that lead where they should. */
static void add_steering(const struct app *app, unsigned i, struct sotto_rpc_port_stats *out)
{
	const struct sotto_device *device = &app->device[i];

	out->steering = steering_name(app->steering[i]);
	for (unsigned k = 0; k < device->interface_count; k++) {
		out->steered += device->interface[k]->steered;
		out->astray += device->interface[k]->astray;
	}
}

size_t app_port_stats(void *arg, struct sotto_rpc_port_stats *out, size_t room)
{
	struct app *app = arg;
	size_t n = 0;

	for (unsigned i = 0; i < app->device_count && n < room; i++) {
		const struct sotto_device *device = &app->device[i];
		struct rte_eth_stats stats;

		if (rte_eth_stats_get(device->port, &stats) != 0)
			memset(&stats, 0, sizeof(stats));
		out[n] = (struct sotto_rpc_port_stats){
			.name = device->name,
			.device = app->config.port[i].device,
			.up = device->up != 0,
			.received = stats.ipackets,
			.sent = stats.opackets,
			.missed = stats.imissed,
			.no_buffer = stats.rx_nombuf,
			.tx_errors = stats.oerrors,
		};
		memcpy(out[n].mac, device->mac, 6);
		add_queues(app, &stats, &out[n]);
		add_steering(app, i, &out[n++]);
	}
	return n;
}
