/* SPDX-License-Identifier: BSD-3-Clause */
/* From the local address and port to the leg, and from the leg to the worker that owns it. */
#include "worker/internal.h"

/*
 * The media address that the packet was sent to: few per device, so a walk. What claims to come
 * from one of our own addresses, or from a broadcast address, ends here.
 */
static enum sotto_verdict find_interface(const struct sotto_device *device,
	const struct sotto_frame *frame, const uint8_t *addresses,
	const struct sotto_interface **found)
{
	const uint8_t *from = addresses;
	const uint8_t *to = addresses + sotto_base_addr_len(frame->family);

	*found = NULL;
	for (unsigned i = 0; i < device->interface_count; i++) {
		const struct sotto_interface *interface = device->interface[i];
		const struct sotto_net_local *local = &interface->local;

		if (local->vlan != frame->vlan)
			continue;
		if (sotto_unlikely(sotto_base_addr_is(&local->addr, frame->family, from) ||
				   sotto_base_addr_is(&interface->broadcast, frame->family, from)))
			return SOTTO_DROP_SOURCE;
		if (sotto_base_addr_is(&local->addr, frame->family, to))
			*found = interface;
	}
	return *found ? SOTTO_OK : SOTTO_DROP_NOT_FOR_US;
}

uint64_t sotto_worker_lookup(struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_frame *frame = &burst->frame[i];
		const uint8_t *data = rte_pktmbuf_mtod(burst->mbuf[i], const uint8_t *);
		const struct sotto_interface *interface;
		enum sotto_verdict verdict =
			find_interface(burst->device[i], frame, data + frame->src, &interface);

		burst->interface[i] = interface;
		if (sotto_unlikely(verdict != SOTTO_OK))
			out |= sotto_worker_end(burst, i, verdict);
		else
			sotto_base_prefetch(&interface->table[(
				uint16_t)(frame->dst_port - interface->port_low)]);
	}
	live &= ~out;
	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_leg *leg =
			sotto_interface_lookup(burst->interface[i], burst->frame[i].dst_port);

		burst->leg[i] = leg;
		if (sotto_unlikely(!leg))
			out |= sotto_worker_end(burst, i, SOTTO_DROP_NO_PORT);
		else
			sotto_leg_prefetch(leg);
	}
	return live & ~out;
}

uint64_t sotto_worker_owner(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0, handed = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_leg *leg = burst->leg[i];

		if (sotto_likely(leg->owner == worker->config.number)) {
			sotto_leg_prefetch_more(leg);
			continue;
		}
		if (rte_ring_enqueue(worker->config.punt->handover[leg->owner], burst->mbuf[i]) ==
			0) {
			burst->mbuf[i] = NULL; /* the owner counts what becomes of it */
			out |= 1ull << i;
			handed++;
		} else {
			out |= sotto_worker_end(burst, i, SOTTO_DROP_HANDOVER_FULL);
		}
	}
	if (handed != 0)
		sotto_stats_add(&worker->stats.handed_over, handed);
	return live & ~out;
}
