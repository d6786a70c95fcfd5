/* SPDX-License-Identifier: BSD-3-Clause */
/* Tells the thread sanitizer who has an object; see handoff.h. */
#include "handoff.h"

#include <rte_ethdev.h>
#include <rte_mempool.h>
#include <rte_ring.h>

#include <errno.h>
#include <stdio.h>

/* Of the sanitizer's runtime; its header is not installed by every compiler package. */
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
const char *__tsan_default_suppressions(void);

/*
 * With several producers a ring's tail is stored by the last of them without having acquired the
 * stores of the others (DPDK before a4ad0eb), which x86 orders all the same. Only the ring of
 * events has several producers here, and its elements alone are 32-bit words.
 */
const char *__tsan_default_suppressions(void)
{
	return "race:__rte_ring_dequeue_elems_32\n";
}

void handoff_give(void *object)
{
	__tsan_release(object);
}

void handoff_take(void *object)
{
	__tsan_acquire(object);
}

static uint16_t received(uint16_t port, uint16_t queue, struct rte_mbuf *mbuf[], uint16_t n,
	uint16_t most, void *arg)
{
	for (uint16_t i = 0; i < n; i++)
		handoff_take(mbuf[i]);
	return n;
}

static uint16_t transmitted(
	uint16_t port, uint16_t queue, struct rte_mbuf *mbuf[], uint16_t n, void *arg)
{
	for (uint16_t i = 0; i < n; i++)
		handoff_give(mbuf[i]);
	return n;
}

void handoff_watch_device(uint16_t port, uint16_t queues)
{
	for (uint16_t q = 0; q < queues; q++) {
		rte_eth_add_rx_callback(port, q, received, NULL);
		rte_eth_add_tx_callback(port, q, transmitted, NULL);
	}
}

static int pool_alloc(struct rte_mempool *pool)
{
	struct rte_ring *ring =
		rte_ring_create(pool->name, rte_align32pow2(pool->size + 1), pool->socket_id, 0);

	pool->pool_data = ring;
	return ring ? 0 : -ENOMEM;
}

static void pool_free(struct rte_mempool *pool)
{
	rte_ring_free(pool->pool_data);
}

static int pool_enqueue(struct rte_mempool *pool, void *const *objects, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		handoff_give(objects[i]);
	return rte_ring_enqueue_bulk(pool->pool_data, objects, n, NULL) == 0 ? -ENOBUFS : 0;
}

static int pool_dequeue(struct rte_mempool *pool, void **objects, unsigned n)
{
	if (rte_ring_dequeue_bulk(pool->pool_data, objects, n, NULL) == 0)
		return -ENOBUFS;
	for (unsigned i = 0; i < n; i++)
		handoff_take(objects[i]);
	return 0;
}

static unsigned pool_count(const struct rte_mempool *pool)
{
	return rte_ring_count(pool->pool_data);
}

const char *handoff_pool_ops(void)
{
	static const struct rte_mempool_ops ops = {
		.name = "handoff",
		.alloc = pool_alloc,
		.free = pool_free,
		.enqueue = pool_enqueue,
		.dequeue = pool_dequeue,
		.get_count = pool_count,
	};

	return rte_mempool_register_ops(&ops) >= 0 ? ops.name : NULL;
}
