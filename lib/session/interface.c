/* SPDX-License-Identifier: BSD-3-Clause */
/* Media addresses and their port tables. Control thread. ports.c hands out the ports. */
#include "session/ports.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>

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
	interface->table =
		calloc(2 * (size_t)sotto_interface_pairs(interface), sizeof(interface->table[0]));
	interface->used = calloc(sotto_interface_pairs(interface), 1);
	if (interface->table && interface->used)
		return 0;
	sotto_interface_fini(interface);
	return -ENOMEM;
}

void sotto_interface_fini(struct sotto_interface *interface)
{
	sotto_interface_steer(interface, NULL);
	free(interface->table);
	free(interface->used);
	interface->table = NULL;
	interface->used = NULL;
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
