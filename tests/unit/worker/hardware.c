/* SPDX-License-Identifier: BSD-3-Clause */
/* What a rig is made of for the whole life of the program: DPDK, the pool, devices of rings. */
#include "rig.h"

#include "handoff.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPUS_USED 8 /* more than any of the tests has threads */

const struct rig_shape rig_small = {
	.workers = 1, .threads = 0, .ring_size = 256, .mbufs = 8191, .sessions = 64};

static void give_up(const char *what)
{
	fprintf(stderr, "rig: %s: %s\n", what, rte_strerror(rte_errno));
	exit(EXIT_FAILURE);
}

/*
 * Every lcore may run on any of the processors that we may use: the tests work on one as on many,
 * and the kernel decides. "(0-2)@(0,1)"
 */
static void write_lcores(char *text, size_t room, unsigned threads)
{
	cpu_set_t set;
	int at = snprintf(text, room, "(0-%u)@(", threads);
	unsigned count = 0;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		give_up("sched_getaffinity");
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && count < CPUS_USED; cpu++) {
		if (CPU_ISSET(cpu, &set))
			at += snprintf(
				text + at, room - (size_t)at, "%s%u", count++ ? "," : "", cpu);
	}
	snprintf(text + at, room - (size_t)at, ")");
}

static void start_dpdk(unsigned threads)
{
	/* DPDK keeps pointers to its arguments. */
	static char text[][96] = {"rig", "--no-huge", "--no-shconf", "-m", "512", "--no-pci",
		"--no-telemetry", "--log-level=*:warning", "--lcores", ""};
	enum {
		COUNT = sizeof(text) / sizeof(text[0])
	};
	char *argv[COUNT];

	for (int i = 0; i < COUNT; i++)
		argv[i] = text[i];
	write_lcores(text[COUNT - 1], sizeof(text[0]), threads);
	if (rte_eal_init(COUNT, argv) < 0)
		give_up("rte_eal_init");
}

static struct rte_ring *make_ring(const char *what, unsigned d, unsigned q, unsigned size)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *ring;

	snprintf(name, sizeof(name), "wire_%s%u_%u", what, d, q);
	ring = rte_ring_create(name, size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (!ring)
		give_up("rte_ring_create");
	return ring;
}

static void start_device(uint16_t port, uint16_t queues, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};

	if (rte_eth_dev_configure(port, queues, queues, &conf) != 0)
		give_up("rte_eth_dev_configure");
	for (uint16_t q = 0; q < queues; q++) {
		if (rte_eth_rx_queue_setup(port, q, 0, SOCKET_ID_ANY, NULL, pool) != 0 ||
			rte_eth_tx_queue_setup(port, q, 0, SOCKET_ID_ANY, NULL) != 0)
			give_up("queue setup");
	}
	handoff_watch_device(port, queues);
	if (rte_eth_dev_start(port) != 0)
		give_up("rte_eth_dev_start");
}

static void make_device(struct rig *rig, unsigned d)
{
	unsigned queues = rig->shape.workers;
	int port;

	for (unsigned q = 0; q < queues; q++) {
		rig->to_engine[d][q] = make_ring("to", d, q, rig->shape.ring_size);
		rig->from_engine[d][q] = make_ring("from", d, q, rig->shape.ring_size);
	}
	port = rte_eth_from_rings(d == RIG_ACCESS ? "access" : "core", rig->to_engine[d], queues,
		rig->from_engine[d], queues, 0);
	if (port < 0)
		give_up("rte_eth_from_rings");
	rig->port[d] = (uint16_t)port;
	start_device(rig->port[d], (uint16_t)queues, rig->pool);
}

void rig_start(struct rig *rig, const struct rig_shape *shape)
{
	/* DPDK's memory is shared with a child but its heap's head is not: no fork for each test.
	 */
	setenv("CK_FORK", "no", 1);
	memset(rig, 0, sizeof(*rig));
	rig->shape = *shape;
	start_dpdk(shape->threads);
	rig->pool = rte_pktmbuf_pool_create(
		"rig", shape->mbufs, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (!rig->pool)
		give_up("rte_pktmbuf_pool_create");
	for (unsigned d = 0; d < RIG_DEVICES; d++)
		make_device(rig, d);
}
