/* SPDX-License-Identifier: BSD-3-Clause */
/* Port tables and the port allocator. Control thread. */
#include "session/interface.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>

static uint32_t pairs(const struct sotto_interface *interface)
{
	return (interface->port_high - interface->port_low + 1u) / 2;
}

/* The directed broadcast address of an IPv4 prefix (RFC 1812, 4.2.2.11). */
static void derive_broadcast(struct sotto_interface *interface)
{
	const struct sotto_net_local *local = &interface->local;
	uint32_t word;

	memset(&interface->broadcast, 0, sizeof(interface->broadcast));
	if (local->addr.family != 4 || local->prefix > 30)
		return;
	word = sotto_base_get32(local->addr.bytes) | UINT32_MAX >> local->prefix;
	interface->broadcast.family = 4;
	sotto_base_put32(interface->broadcast.bytes, word);
}

int sotto_interface_init(struct sotto_interface *interface)
{
	if (interface->port_low == 0 || interface->port_low % 2 != 0 ||
		interface->port_high % 2 != 1 || interface->port_high < interface->port_low)
		return -EINVAL;
	derive_broadcast(interface);
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
