/* SPDX-License-Identifier: BSD-3-Clause */
/* What a gateway in a benchmark is made of once: DPDK, the pool, devices of rings. */
#include "gateway.h"
#include "machine.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_PACKETS (4 * GATEWAY_PACKETS_MAX - 1)
#define POOL_CACHE 256
#define MEGABYTES "256"
#define ARGUMENTS_MAX 12

static bool say(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, rte_strerror(rte_errno));
	return false;
}

static bool start_eal(struct gateway *gateway, const char *lcores)
{
	/* DPDK keeps pointers to its arguments. */
	static char text[ARGUMENTS_MAX][64] = {"gateway", "--no-shconf", "--no-pci",
		"--no-telemetry", "--log-level=*:warning", "-m", MEGABYTES, "--lcores"};
	static char *argv[ARGUMENTS_MAX];
	int argc = 8;

	snprintf(text[argc++], sizeof(text[0]), "%s", lcores ? lcores : "0");
	gateway->huge = machine_free_hugepages() >= strtoul(MEGABYTES, NULL, 10) << 20;
	strcpy(text[argc++], gateway->huge ? "--in-memory" : "--no-huge");
	for (int i = 0; i < argc; i++)
		argv[i] = text[i];
	return rte_eal_init(argc, argv) >= 0 || say("rte_eal_init");
}

static struct rte_ring *make_ring(const char *what, unsigned side, unsigned q)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s%u_%u", what, side, q);
	return rte_ring_create(
		name, 2 * GATEWAY_PACKETS_MAX, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
}

static bool start_device(uint16_t port, uint16_t queues, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(port, queues, queues, &conf) != 0)
		return say("rte_eth_dev_configure");
	for (uint16_t q = 0; q < queues; q++) {
		if (rte_eth_rx_queue_setup(port, q, 0, SOCKET_ID_ANY, NULL, pool) != 0 ||
			rte_eth_tx_queue_setup(port, q, 0, SOCKET_ID_ANY, NULL) != 0)
			return say("queue setup");
	}
	return rte_eth_dev_start(port) == 0 || say("rte_eth_dev_start");
}

static bool make_device(struct gateway *gateway, unsigned side, unsigned queues)
{
	int port;

	for (unsigned q = 0; q < queues; q++) {
		gateway->to[side][q] = make_ring("to", side, q);
		gateway->from[side][q] = make_ring("from", side, q);
		if (!gateway->to[side][q] || !gateway->from[side][q])
			return say("rte_ring_create");
	}
	port = rte_eth_from_rings(side == GATEWAY_A ? "a" : "b", gateway->to[side], queues,
		gateway->from[side], queues, 0);
	if (port < 0)
		return say("rte_eth_from_rings");
	gateway->port[side] = (uint16_t)port;
	return start_device(gateway->port[side], (uint16_t)queues, gateway->pool);
}

bool gateway_start(struct gateway *gateway, const char *lcores, unsigned workers)
{
	memset(gateway, 0, sizeof(*gateway));
	if (!start_eal(gateway, lcores))
		return false;
	gateway->pool = rte_pktmbuf_pool_create(
		"packets", POOL_PACKETS, POOL_CACHE, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (!gateway->pool)
		return say("rte_pktmbuf_pool_create");
	for (unsigned side = 0; side < GATEWAY_SIDES; side++) {
		if (!make_device(gateway, side, workers))
			return false;
	}
	return true;
}
