/* SPDX-License-Identifier: BSD-3-Clause */
/* The generator's Ethernet devices and the addresses on them. */
#include "gen.h"
#include "say.h"

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>

#define DESCRIPTORS 2048 /* of each queue, before the device rounds */
#define LINK_LOOKS 50    /* at 100 ms, until a link must be up */

static int complain(const struct gen_device *device, const char *what, int rc)
{
	return gen_complain(GEN_FAULT, "device %s: %s: %s", device->name, what, rte_strerror(-rc));
}

/* DPDK's name of a device: devargs up to the first comma. */
static int find_port(struct gen_device *device)
{
	char name[256];
	size_t len = strcspn(device->name, ",");

	if (len >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, device->name, len);
	name[len] = 0;
	return rte_eth_dev_get_port_by_name(name, &device->port);
}

static int configure(struct gen *gen, const struct gen_device *device)
{
	struct rte_eth_conf conf = {.rxmode = {.mtu = RTE_ETHER_MTU}};
	uint16_t rx = DESCRIPTORS, tx = DESCRIPTORS;
	unsigned socket = (unsigned)rte_eth_dev_socket_id(device->port);
	struct rte_eth_dev_info info;
	int rc = rte_eth_dev_info_get(device->port, &info);

	if (rc == 0 && info.max_mtu != 0 && info.max_mtu < conf.rxmode.mtu)
		conf.rxmode.mtu = info.max_mtu;
	if (rc == 0)
		rc = rte_eth_dev_configure(device->port, 1, 1, &conf);
	if (rc == 0)
		rc = rte_eth_dev_adjust_nb_rx_tx_desc(device->port, &rx, &tx);
	if (rc == 0)
		rc = rte_eth_rx_queue_setup(device->port, 0, rx, socket, NULL, gen->pool);
	if (rc == 0)
		rc = rte_eth_tx_queue_setup(device->port, 0, tx, socket, NULL);
	return rc;
}

static int open_device(
	struct gen *gen, struct gen_device *device, const struct gen_side_options *side)
{
	struct rte_ether_addr mac;
	int rc = find_port(device);

	if (rc != 0)
		return complain(device, "DPDK does not know it", rc);
	rc = configure(gen, device);
	if (rc == 0)
		rc = rte_eth_macaddr_get(device->port, &mac);
	if (rc == 0)
		rc = rte_eth_dev_start(device->port);
	if (rc != 0)
		return complain(device, "does not start", rc);
	device->started = true;
	memcpy(device->mac, side->has_mac ? side->mac : mac.addr_bytes, 6);
	memcpy(mac.addr_bytes, device->mac, 6);
	if ((side->has_mac && rte_eth_dev_default_mac_addr_set(device->port, &mac) != 0) ||
		rte_eth_allmulticast_enable(device->port) != 0)
		rte_eth_promiscuous_enable(device->port);
	return 0;
}

/* A memif link comes up when the other end has connected. */
static void wait_for_link(const struct gen *gen, const struct gen_device *device)
{
	struct rte_eth_link link = {.link_status = RTE_ETH_LINK_DOWN};

	for (int i = 0; i < LINK_LOOKS && !gen->stop; i++) {
		if (rte_eth_link_get_nowait(device->port, &link) != 0 ||
			link.link_status == RTE_ETH_LINK_UP)
			return;
		rte_delay_us_sleep(100000);
	}
	gen_complain(0, "device %s: the link is still down; going on", device->name);
}

static int add_locals(struct gen *gen, const struct gen_side_options *side, uint8_t device)
{
	for (unsigned i = 0; i < side->address_count; i++) {
		struct gen_local *local = &gen->local[gen->local_count];

		local->net.addr = side->address[i].addr;
		local->net.prefix = side->address[i].prefix;
		local->net.vlan = side->vlan;
		memcpy(local->net.mac, gen->device[device].mac, 6);
		local->device = device;
		local->stream = calloc(GEN_PORTS, sizeof(*local->stream));
		if (!local->stream)
			return gen_complain(GEN_FAULT, "no memory for the ports of an address");
		gen->local_count++;
	}
	return 0;
}

int gen_devices_start(struct gen *gen)
{
	uint8_t of_side[GEN_SIDES] = {0};
	int rc = 0;

	for (int s = 0; rc == 0 && s < GEN_SIDES; s++) {
		const struct gen_side_options *side = &gen->options.side[s];

		if (!side->device)
			continue;
		of_side[s] = (uint8_t)gen->device_count;
		gen->device[gen->device_count].name = side->device;
		rc = open_device(gen, &gen->device[gen->device_count++], side);
	}
	for (unsigned d = 0; rc == 0 && d < gen->device_count; d++)
		wait_for_link(gen, &gen->device[d]);
	for (int s = 0; rc == 0 && s < GEN_SIDES; s++)
		rc = add_locals(gen, &gen->options.side[s], of_side[s]);
	return rc;
}

void gen_devices_end(struct gen *gen)
{
	for (unsigned d = 0; d < gen->device_count; d++) {
		struct gen_device *device = &gen->device[d];

		rte_pktmbuf_free_bulk(device->waiting, device->waiting_count);
		if (!device->started)
			continue;
		rte_eth_dev_stop(device->port);
		rte_eth_dev_close(device->port);
	}
	gen->device_count = 0;
	while (gen->local_count > 0)
		free(gen->local[--gen->local_count].stream);
}
