/* SPDX-License-Identifier: BSD-3-Clause */
/* Making, emptying and freeing the rings. */
#include "punt/punt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UP_SIZE 1024       /* packets */
#define DOWN_SIZE 1024     /* packets */
#define HANDOVER_SIZE 4096 /* packets */
#define EVENTS_SIZE 4096   /* events */
#define ORDERS_SIZE 1024   /* orders */

_Static_assert(sizeof(struct sotto_event) % 4 == 0, "ring elements are whole 32-bit words");
_Static_assert(sizeof(struct sotto_order) % 4 == 0, "ring elements are whole 32-bit words");

static struct rte_ring *ring(
	const char *prefix, const char *what, unsigned number, unsigned size, unsigned flags)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s_%s%u", prefix, what, number);
	return rte_ring_create(name, size, SOCKET_ID_ANY, flags);
}

static struct rte_ring *order_ring(const char *prefix, unsigned worker)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s_order%u", prefix, worker);
	return rte_ring_create_elem(name, sizeof(struct sotto_order), ORDERS_SIZE, SOCKET_ID_ANY,
		RING_F_SP_ENQ | RING_F_SC_DEQ);
}

int sotto_punt_create(const char *prefix, unsigned workers, struct sotto_punt *punt)
{
	bool whole = true;

	if (workers == 0 || workers > SOTTO_PUNT_WORKERS_MAX)
		return -EINVAL;
	memset(punt, 0, sizeof(*punt));
	punt->workers = workers;
	punt->up = ring(prefix, "up", 0, UP_SIZE, RING_F_SC_DEQ);
	punt->events = rte_ring_create_elem(
		prefix, sizeof(struct sotto_event), EVENTS_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	for (unsigned i = 0; i < workers; i++) {
		punt->down[i] = ring(prefix, "down", i, DOWN_SIZE, RING_F_SP_ENQ | RING_F_SC_DEQ);
		punt->handover[i] = ring(prefix, "over", i, HANDOVER_SIZE, RING_F_SC_DEQ);
		punt->orders[i] = order_ring(prefix, i);
		whole = whole && punt->down[i] && punt->handover[i] && punt->orders[i];
	}
	if (whole && punt->up && punt->events)
		return 0;
	sotto_punt_destroy(punt);
	return -ENOMEM;
}

static void free_ring(struct rte_ring *r)
{
	void *mbuf;

	while (r && rte_ring_dequeue(r, &mbuf) == 0)
		rte_pktmbuf_free(mbuf);
	rte_ring_free(r);
}

void sotto_punt_destroy(struct sotto_punt *punt)
{
	free_ring(punt->up);
	for (unsigned i = 0; i < punt->workers; i++) {
		free_ring(punt->down[i]);
		free_ring(punt->handover[i]);
		rte_ring_free(punt->orders[i]);
	}
	rte_ring_free(punt->events);
	memset(punt, 0, sizeof(*punt));
}

bool sotto_punt_tell(struct sotto_punt *punt, const struct sotto_event *event)
{
	return rte_ring_enqueue_elem(punt->events, (void *)(uintptr_t)event, sizeof(*event)) == 0;
}

unsigned sotto_punt_hear(struct sotto_punt *punt, struct sotto_event *events, unsigned most)
{
	return rte_ring_dequeue_burst_elem(punt->events, events, sizeof(*events), most, NULL);
}

bool sotto_punt_order(struct sotto_punt *punt, unsigned worker, const struct sotto_order *order)
{
	return rte_ring_enqueue_elem(
		       punt->orders[worker], (void *)(uintptr_t)order, sizeof(*order)) == 0;
}

unsigned sotto_punt_obey(struct sotto_punt *punt, unsigned worker)
{
	struct sotto_order order;
	unsigned n = 0;

	while (rte_ring_dequeue_elem(punt->orders[worker], &order, sizeof(order)) == 0) {
		/* what would lead back is refused by preset itself; control looked before */
		(void)sotto_srtp_streams_preset(order.streams, &order.preset);
		n++;
	}
	return n;
}
