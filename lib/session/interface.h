/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Media addresses and their port tables. A relay's key is its own port: each media address has one
 * array of pointers to legs, indexed by local UDP port. Workers read it with one load; the control
 * thread alone writes it.
 */
#ifndef SOTTO_SESSION_INTERFACE_H
#define SOTTO_SESSION_INTERFACE_H

#include "net/net.h"
#include "steer/steer.h"

#include <stdbool.h>
#include <stdint.h>

#define SOTTO_INTERFACE_NAME 32 /* bytes with the closing zero */
#define SOTTO_INTERFACES_MAX 32 /* media addresses of one engine */

struct sotto_leg;
struct sotto_port_pools; /* ports.c */

/* One media address of a logical interface. Constant after start but for table and the ports. */
struct sotto_interface {
	char name[SOTTO_INTERFACE_NAME]; /* logical name: "access", "core" */
	struct sotto_net_local local;    /* address, prefix, VLAN, MAC */
	struct sotto_addr broadcast;     /* of an IPv4 prefix up to 30 bits; family 0: none */
	struct sotto_addr gateway;       /* family 0: only the prefix is reachable */
	uint16_t device;                 /* number of the Ethernet device */
	uint16_t mtu;                    /* bytes of the largest IP packet */
	uint16_t port_low;               /* first local port, even */
	uint16_t port_high;              /* last local port, odd */
	const struct sotto_leg **table;  /* [port - port_low]; control publishes, workers load */
	uint8_t *used;                   /* [(port - port_low) / 2] pairs; control only */
	uint32_t cursor;                 /* pair to try next; control only */

	/* how the device brings packets to queues, queue n being worker n's; control only */
	const struct sotto_steer *steer; /* NULL: not known, or one queue */
	struct sotto_port_pools *pools;  /* NULL unless the port alone decides */
	uint64_t steered; /* pairs given out that lead to the queue of the call's owner */
	uint64_t
		astray; /* pairs given out while steer was known that do not, as far as one knows */
};

/* Whose packets will come to a port. */
struct sotto_port_aim {
	unsigned owner;               /* worker and queue */
	bool rtcp_mux;                /* only the even port is used */
	struct sotto_endpoint remote; /* where RTP comes from; family 0 = not known */
	uint16_t remote_rtcp_port;    /* host order */
};

/*
 * Allocates the tables of an interface whose other fields are filled (broadcast is derived here).
 * port_low must be even,
 * port_high odd and above it. 0, -EINVAL, -ENOMEM. Control, before workers start.
 */
int sotto_interface_init(struct sotto_interface *interface);
void sotto_interface_fini(struct sotto_interface *interface);

/* The leg that listens on that local port (host order), or NULL. Any registered reader. */
static inline const struct sotto_leg *sotto_interface_lookup(
	const struct sotto_interface *interface, uint16_t port)
{
	if (port < interface->port_low || port > interface->port_high)
		return NULL;
	return __atomic_load_n(&interface->table[port - interface->port_low], __ATOMIC_ACQUIRE);
}

/* Makes leg (NULL: nobody) the listener of a local port. Control only. */
static inline void sotto_interface_publish(
	const struct sotto_interface *interface, uint16_t port, const struct sotto_leg *leg)
{
	__atomic_store_n(&interface->table[port - interface->port_low], leg, __ATOMIC_RELEASE);
}

/*
 * Tells an interface what its device does, at any time; NULL: that it is not known. Calls keep the
 * ports that they have. steer must stay as it is while it is named here. 0, or -ENOMEM with nothing
 * changed. Control only.
 */
int sotto_interface_steer(struct sotto_interface *interface, const struct sotto_steer *steer);

/*
 * Reserves an even port and the odd one above it: the wished one, or with wish 0 the next free pair
 * in turn, so that a released port rests as long as possible. With an aim the next free pair of
 * which the device brings RTP and RTCP to the owner's queue; else one where RTP goes there; else
 * any. aim may be NULL. 0 with *port (even, host order); -EADDRINUSE wish is taken; -EINVAL wish is
 * odd or out of range; -EADDRNOTAVAIL none is free. Control only.
 */
int sotto_interface_reserve_for(struct sotto_interface *interface, uint16_t wish,
	const struct sotto_port_aim *aim, uint16_t *port);
int sotto_interface_reserve(struct sotto_interface *interface, uint16_t wish, uint16_t *port);
void sotto_interface_unreserve(struct sotto_interface *interface, uint16_t port);

/* The address to ask ARP or ND for on the way to remote: itself, or the gateway. NULL: no route. */
const struct sotto_addr *sotto_interface_next_hop(
	const struct sotto_interface *interface, const struct sotto_addr *remote);

#endif
