/* SPDX-License-Identifier: BSD-3-Clause */
/* Port tables and the port allocator. Control thread. */
#include "session/interface.h"

#include <errno.h>
#include <stdlib.h>

static uint32_t pairs(const struct sotto_interface *interface)
{
	return (interface->port_high - interface->port_low + 1u) / 2;
}

int sotto_interface_init(struct sotto_interface *interface)
{
	if (interface->port_low == 0 || interface->port_low % 2 != 0 ||
		interface->port_high % 2 != 1 || interface->port_high < interface->port_low)
		return -EINVAL;
	interface->table = calloc(2 * (size_t)pairs(interface), sizeof(interface->table[0]));
	interface->used = calloc(pairs(interface), 1);
	if (interface->table && interface->used)
		return 0;
	sotto_interface_fini(interface);
	return -ENOMEM;
}

void sotto_interface_fini(struct sotto_interface *interface)
{
	free(interface->table);
	free(interface->used);
	interface->table = NULL;
	interface->used = NULL;
}

static int reserve_next(struct sotto_interface *interface, uint16_t *port)
{
	uint32_t count = pairs(interface);

	for (uint32_t tried = 0; tried < count; tried++) {
		uint32_t pair = interface->cursor;

		interface->cursor = (pair + 1) % count;
		if (interface->used[pair])
			continue;
		interface->used[pair] = 1;
		*port = (uint16_t)(interface->port_low + 2 * pair);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

int sotto_interface_reserve(struct sotto_interface *interface, uint16_t wish, uint16_t *port)
{
	uint32_t pair;

	if (wish == 0)
		return reserve_next(interface, port);
	if (wish % 2 != 0 || wish < interface->port_low || wish > interface->port_high)
		return -EINVAL;
	pair = (wish - interface->port_low) / 2u;
	if (interface->used[pair])
		return -EADDRINUSE;
	interface->used[pair] = 1;
	*port = wish;
	return 0;
}

void sotto_interface_unreserve(struct sotto_interface *interface, uint16_t port)
{
	interface->used[(port - interface->port_low) / 2] = 0;
}

const struct sotto_addr *sotto_interface_next_hop(
	const struct sotto_interface *interface, const struct sotto_addr *remote)
{
	if (remote->family != interface->local.addr.family)
		return NULL;
	if (sotto_base_addr_in_prefix(remote, &interface->local.addr, interface->local.prefix))
		return remote;
	return interface->gateway.family == remote->family ? &interface->gateway : NULL;
}
