/* SPDX-License-Identifier: BSD-3-Clause */
/* Answers ARP, neighbour discovery and echo requests that workers sent up, and asks for next hops.
 */
#include "control/internal.h"

#include <rte_mbuf.h>

#include <string.h>

#define ANSWERS_AT_ONCE 64 /* packets looked at in one tick: a flood cannot hold the thread */

static unsigned device_of(const struct sotto_control *control, uint16_t port)
{
	unsigned d = 0;

	while (d < control->config.device_count && control->config.device_port[d] != port)
		d++;
	return d;
}

/* Sends len bytes out of a device, through the first worker. */
static void send_down(
	struct sotto_control *control, unsigned device, const uint8_t *frame, size_t len)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(control->config.pool);
	char *to = mbuf ? rte_pktmbuf_append(mbuf, (uint16_t)len) : NULL;

	if (!to) {
		rte_pktmbuf_free(mbuf);
		return;
	}
	memcpy(to, frame, len);
	mbuf->port = control->config.device_port[device];
	if (rte_ring_enqueue(control->config.punt->down[0], mbuf) != 0)
		rte_pktmbuf_free(mbuf);
}

static void answer_one(struct sotto_control *control, struct rte_mbuf *mbuf)
{
	const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	unsigned device = device_of(control, mbuf->port);
	uint8_t answer[SOTTO_NET_ANSWER_MAX];

	for (unsigned i = 0; i < control->config.interface_count; i++) {
		const struct sotto_interface *interface = &control->config.interface[i];
		struct sotto_net_news news = {.vlan = 0};
		size_t len;

		if (interface->device != device)
			continue;
		len = sotto_net_answer(&interface->local, frame, mbuf->data_len, answer, &news);
		if (news.addr.family != 0)
			sotto_neighbor_learn(sotto_sessions_neighbors(control->config.sessions),
				interface, &news, control_now_us(control));
		if (len != 0)
			send_down(control, device, answer, len);
	}
}

void control_neighbors_answer(struct sotto_control *control)
{
	struct rte_mbuf *mbuf[ANSWERS_AT_ONCE];
	unsigned n = rte_ring_dequeue_burst(
		control->config.punt->up, (void **)mbuf, ANSWERS_AT_ONCE, NULL);

	for (unsigned i = 0; i < n; i++) {
		answer_one(control, mbuf[i]);
		rte_pktmbuf_free(mbuf[i]);
	}
}

void control_neighbors_ask(struct sotto_control *control)
{
	struct sotto_neighbors *table = sotto_sessions_neighbors(control->config.sessions);
	uint64_t now = control_now_us(control);
	const struct sotto_neighbor *neighbor;
	uint8_t question[SOTTO_NET_ANSWER_MAX];
	uint32_t position = 0;

	while ((neighbor = sotto_neighbor_due(table, &position, now)) != NULL) {
		size_t len =
			sotto_net_question(&neighbor->interface->local, &neighbor->addr, question);

		if (len != 0)
			send_down(control, neighbor->interface->device, question, len);
	}
}
