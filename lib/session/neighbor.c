/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of next hops. Control thread; few entries, so a walk finds them. */
#include "session/neighbor.h"

#define KNOWN (1ull << 63)

static void set_mac(struct sotto_neighbor *neighbor, const uint8_t mac[6])
{
	uint64_t word = 0;

	memcpy(&word, mac, 6);
	__atomic_store_n(&neighbor->mac, word | KNOWN, __ATOMIC_RELAXED);
}

static bool is(const struct sotto_neighbor *neighbor, const struct sotto_interface *interface,
	const struct sotto_addr *addr)
{
	return neighbor->interface == interface && sotto_base_addr_equal(&neighbor->addr, addr);
}

struct sotto_neighbor *sotto_neighbor_get(struct sotto_neighbors *table,
	const struct sotto_interface *interface, const struct sotto_addr *addr)
{
	struct sotto_neighbor *unused = NULL;

	for (uint32_t i = 0; i < table->count; i++) {
		struct sotto_neighbor *neighbor = &table->entry[i];

		if (is(neighbor, interface, addr)) {
			neighbor->references++;
			return neighbor;
		}
		if (neighbor->references == 0)
			unused = neighbor;
	}
	if (!unused && table->count == SOTTO_NEIGHBORS_MAX)
		return NULL;
	if (!unused)
		unused = &table->entry[table->count++];
	memset(unused, 0, sizeof(*unused));
	unused->addr = *addr;
	unused->interface = interface;
	unused->references = 1;
	return unused;
}

void sotto_neighbor_put(struct sotto_neighbor *neighbor)
{
	neighbor->references--;
}

void sotto_neighbor_fix(struct sotto_neighbor *neighbor, const uint8_t mac[6])
{
	neighbor->fixed = 1;
	set_mac(neighbor, mac);
}

bool sotto_neighbor_learn(struct sotto_neighbors *table, const struct sotto_interface *interface,
	const struct sotto_net_news *news, uint64_t now_us)
{
	for (uint32_t i = 0; i < table->count; i++) {
		struct sotto_neighbor *neighbor = &table->entry[i];
		uint8_t mac[6];

		if (neighbor->fixed || !is(neighbor, interface, &news->addr))
			continue;
		neighbor->told_us = now_us;
		if (sotto_neighbor_mac(neighbor, mac) && memcmp(mac, news->mac, 6) == 0)
			return false;
		set_mac(neighbor, news->mac);
		return true;
	}
	return false;
}

static bool is_due(const struct sotto_neighbor *neighbor, uint64_t now_us)
{
	bool known = neighbor->mac & KNOWN;

	if (neighbor->fixed || neighbor->references == 0)
		return false;
	if (neighbor->asked_us != 0 && now_us - neighbor->asked_us < SOTTO_NEIGHBOR_RETRY_US)
		return false;
	return !known || now_us - neighbor->told_us >= SOTTO_NEIGHBOR_REFRESH_US;
}

const struct sotto_neighbor *sotto_neighbor_due(
	struct sotto_neighbors *table, uint32_t *position, uint64_t now_us)
{
	while (*position < table->count) {
		struct sotto_neighbor *neighbor = &table->entry[(*position)++];

		if (!is_due(neighbor, now_us))
			continue;
		neighbor->asked_us = now_us;
		return neighbor;
	}
	return NULL;
}
