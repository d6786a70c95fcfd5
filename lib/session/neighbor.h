/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Next hops and their MAC addresses (RFC 826, RFC 4861). Entries are made when a leg needs one;
 * what neighbours tell fills them. The control thread writes, workers load one word per packet.
 */
#ifndef SOTTO_SESSION_NEIGHBOR_H
#define SOTTO_SESSION_NEIGHBOR_H

#include "session/interface.h"

#define SOTTO_NEIGHBORS_MAX 4096
#define SOTTO_NEIGHBOR_REFRESH_US 30000000u /* ask again that long after the last answer */
#define SOTTO_NEIGHBOR_RETRY_US 1000000u    /* ask again that long after a question */

struct sotto_neighbor {
	uint64_t mac; /* atomic: bit 63 = known, low 48 bits = the address in network order */
	struct sotto_addr addr;
	uint8_t fixed;       /* from the configuration: never asked for, never changed */
	uint32_t references; /* legs that send through it; control only */
	const struct sotto_interface *interface;
	uint64_t asked_us; /* control only */
	uint64_t told_us;  /* control only */
};

struct sotto_neighbors {
	uint32_t count;
	struct sotto_neighbor entry[SOTTO_NEIGHBORS_MAX];
};

/* The MAC address, written to mac[6]; false while it is not known. Any thread. */
static inline bool sotto_neighbor_mac(const struct sotto_neighbor *neighbor, uint8_t mac[6])
{
	uint64_t word = __atomic_load_n(&neighbor->mac, __ATOMIC_RELAXED);

	memcpy(mac, &word, 6);
	return word >> 63;
}

/* Finds or makes the entry, and takes a reference. NULL when the table is full. Control. */
struct sotto_neighbor *sotto_neighbor_get(struct sotto_neighbors *table,
	const struct sotto_interface *interface, const struct sotto_addr *addr);

/* Gives a reference back; an entry without references may be reused. Control. */
void sotto_neighbor_put(struct sotto_neighbor *neighbor);

/* Sets a MAC address that no answer changes. Control. */
void sotto_neighbor_fix(struct sotto_neighbor *neighbor, const uint8_t mac[6]);

/*
 * Takes in what a neighbour told on an interface; only entries that exist learn. Returns whether
 * the address is new or changed. Control.
 */
bool sotto_neighbor_learn(struct sotto_neighbors *table, const struct sotto_interface *interface,
	const struct sotto_net_news *news, uint64_t now_us);

/*
 * The next entry from *position on that is due for a question at now_us, marked as asked; NULL
 * behind the last. Start with *position 0. Control.
 */
const struct sotto_neighbor *sotto_neighbor_due(
	struct sotto_neighbors *table, uint32_t *position, uint64_t now_us);

#endif
