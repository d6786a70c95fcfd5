/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The port allocator. A relay chooses its own ports, so it chooses the queue that packets come to:
 * where the device's choice can be computed, a call gets ports that lead to its owner, and nothing
 * has to be handed over. Control thread.
 */
#include "session/ports.h"

#include <errno.h>
#include <stdlib.h>

#define TRIES 256 /* pairs that are hashed for one reservation, at most */
#define HALVES 8  /* pairs with RTP right and RTCP wrong that are passed over */

enum kind {
	WHOLE, /* both ports lead to the queue */
	HALF,  /* the even one does: all that a leg with rtcp_mux needs */
	KINDS
};

/* The pairs that lead to one queue, in order. */
struct pool {
	uint32_t first; /* in pools->pair */
	uint32_t count;
	uint32_t free;
	uint32_t cursor; /* 0 to count - 1: where to look next */
};

struct sotto_port_pools {
	struct pool pool[SOTTO_STEER_QUEUES_MAX * KINDS];
	uint16_t *pair;    /* pairs of each pool, one after the other */
	uint8_t pool_of[]; /* [pair] */
};

static uint16_t port_of(const struct sotto_interface *interface, uint32_t pair)
{
	return (uint16_t)(interface->port_low + 2 * pair);
}

static enum sotto_steer_by decided_by(const struct sotto_interface *interface)
{
	if (!interface->steer)
		return SOTTO_STEER_BY_NOTHING;
	return sotto_steer_hash(interface->steer, interface->local.addr.family)->by;
}

/* The paths of RTP and RTCP to a leg, without its own ports. */
struct paths {
	uint32_t rtp, rtcp;
};

static struct paths paths_of(
	const struct sotto_interface *interface, const struct sotto_port_aim *aim)
{
	const struct sotto_addr *local = &interface->local.addr;
	struct sotto_endpoint rtcp = aim->remote;

	rtcp.port = aim->remote_rtcp_port;
	return (struct paths){
		.rtp = sotto_steer_path(interface->steer, &aim->remote, local),
		.rtcp = sotto_steer_path(interface->steer, &rtcp, local),
	};
}

static unsigned queue_of(const struct sotto_interface *interface, uint32_t path, uint32_t port)
{
	return sotto_steer_queue(
		interface->steer, interface->local.addr.family, path, (uint16_t)port);
}

/* Sorts the pairs by pool: counts, then fills. */
static void fill_pools(struct sotto_interface *interface, struct sotto_port_pools *pools)
{
	uint32_t count = sotto_interface_pairs(interface), first = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t port = port_of(interface, i);
		unsigned even = queue_of(interface, 0, port);
		bool whole = queue_of(interface, 0, port + 1) == even;

		pools->pool_of[i] = (uint8_t)(even * KINDS + (whole ? WHOLE : HALF));
		pools->pool[pools->pool_of[i]].count++;
	}
	for (unsigned p = 0; p < SOTTO_STEER_QUEUES_MAX * KINDS; p++) {
		pools->pool[p].first = first;
		first += pools->pool[p].count;
		pools->pool[p].count = 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct pool *pool = &pools->pool[pools->pool_of[i]];

		pools->pair[pool->first + pool->count++] = (uint16_t)i;
		pool->free += interface->used[i] == 0;
	}
}

static void free_pools(struct sotto_interface *interface)
{
	if (interface->pools)
		free(interface->pools->pair);
	free(interface->pools);
	interface->pools = NULL;
}

int sotto_interface_steer(struct sotto_interface *interface, const struct sotto_steer *steer)
{
	const struct sotto_steer *before = interface->steer;
	struct sotto_port_pools *pools = NULL;
	uint32_t count = sotto_interface_pairs(interface);

	interface->steer = steer;
	if (decided_by(interface) == SOTTO_STEER_BY_PORT) {
		pools = calloc(1, sizeof(*pools) + count);
		if (pools)
			pools->pair = calloc(count, sizeof(pools->pair[0]));
		if (!pools || !pools->pair) {
			free(pools);
			interface->steer = before;
			return -ENOMEM;
		}
		fill_pools(interface, pools);
	}
	free_pools(interface);
	interface->pools = pools;
	return 0;
}

static void take(struct sotto_interface *interface, uint32_t pair, uint16_t *port)
{
	interface->used[pair] = 1;
	if (interface->pools)
		interface->pools->pool[interface->pools->pool_of[pair]].free--;
	*port = port_of(interface, pair);
}

void sotto_interface_unreserve(struct sotto_interface *interface, uint16_t port)
{
	uint32_t pair = (port - interface->port_low) / 2u;

	interface->used[pair] = 0;
	if (interface->pools)
		interface->pools->pool[interface->pools->pool_of[pair]].free++;
}

static int reserve_next(struct sotto_interface *interface, uint16_t *port)
{
	uint32_t count = sotto_interface_pairs(interface);

	for (uint32_t tried = 0; tried < count; tried++) {
		uint32_t pair = interface->cursor;

		interface->cursor = (pair + 1) % count;
		if (interface->used[pair])
			continue;
		take(interface, pair, port);
		return 0;
	}
	return -EADDRNOTAVAIL;
}

static int reserve_wish(struct sotto_interface *interface, uint16_t wish, uint16_t *port)
{
	uint32_t pair;

	if (wish % 2 != 0 || wish < interface->port_low || wish > interface->port_high)
		return -EINVAL;
	pair = (wish - interface->port_low) / 2u;
	if (interface->used[pair])
		return -EADDRINUSE;
	take(interface, pair, port);
	return 0;
}

static bool take_from_pool(struct sotto_interface *interface, unsigned number, uint16_t *port)
{
	struct pool *pool = &interface->pools->pool[number];
	const uint16_t *pair = interface->pools->pair + pool->first;
	uint32_t at = pool->cursor;

	if (pool->free == 0)
		return false;
	while (interface->used[pair[at]])
		at = (at + 1) % pool->count;
	pool->cursor = (at + 1) % pool->count;
	take(interface, pair[at], port);
	return true;
}

/* A leg that needs one port leaves the whole pairs to those that need two. */
static bool reserve_by_port(
	struct sotto_interface *interface, const struct sotto_port_aim *aim, uint16_t *port)
{
	enum kind best = aim->rtcp_mux ? HALF : WHOLE;
	enum kind other = best == WHOLE ? HALF : WHOLE;

	return take_from_pool(interface, aim->owner * KINDS + best, port) ||
	       take_from_pool(interface, aim->owner * KINDS + other, port);
}

/* What a pair is worth to the aim; KINDS: nothing. */
static enum kind worth(const struct sotto_interface *interface, const struct sotto_port_aim *aim,
	const struct paths *paths, uint32_t pair)
{
	uint32_t even = port_of(interface, pair);

	if (queue_of(interface, paths->rtp, even) != aim->owner)
		return KINDS;
	if (aim->rtcp_mux || queue_of(interface, paths->rtcp, even + 1) == aim->owner)
		return WHOLE;
	return HALF;
}

/* Hashes free pairs in turn with the remote's address until one leads to the owner. */
static bool reserve_by_tuple(
	struct sotto_interface *interface, const struct sotto_port_aim *aim, uint16_t *port)
{
	const struct paths paths = paths_of(interface, aim);
	uint32_t count = sotto_interface_pairs(interface), hashed = 0, halves = 0;
	uint32_t pair = interface->cursor, found = count;

	for (uint32_t looked = 0; looked < count && hashed < TRIES && halves < HALVES; looked++) {
		enum kind kind = KINDS;

		if (!interface->used[pair]) {
			kind = worth(interface, aim, &paths, pair);
			hashed++;
		}
		if (kind == WHOLE || (kind == HALF && halves++ == 0))
			found = pair;
		if (kind == WHOLE)
			break;
		pair = (pair + 1) % count;
	}
	if (found == count)
		return false;
	interface->cursor = (found + 1) % count;
	take(interface, found, port);
	return true;
}

/* Whether the device brings all packets of the aim to its owner. */
static bool leads_to_owner(
	const struct sotto_interface *interface, const struct sotto_port_aim *aim, uint16_t port)
{
	struct paths paths;

	if (decided_by(interface) == SOTTO_STEER_BY_TUPLE && aim->remote.addr.family == 0)
		return false;
	paths = paths_of(interface, aim);
	return queue_of(interface, paths.rtp, port) == aim->owner &&
	       (aim->rtcp_mux || queue_of(interface, paths.rtcp, port + 1u) == aim->owner);
}

static bool reserve_steered(
	struct sotto_interface *interface, const struct sotto_port_aim *aim, uint16_t *port)
{
	switch (decided_by(interface)) {
	case SOTTO_STEER_BY_PORT:
		return reserve_by_port(interface, aim, port);
	case SOTTO_STEER_BY_TUPLE:
		return aim->remote.addr.family == interface->local.addr.family &&
		       reserve_by_tuple(interface, aim, port);
	default:
		return false;
	}
}

int sotto_interface_reserve_for(struct sotto_interface *interface, uint16_t wish,
	const struct sotto_port_aim *aim, uint16_t *port)
{
	bool steers = aim && decided_by(interface) != SOTTO_STEER_BY_NOTHING;
	int rc = 0;

	if (wish != 0)
		rc = reserve_wish(interface, wish, port);
	else if (!steers || !reserve_steered(interface, aim, port))
		rc = reserve_next(interface, port);
	if (rc != 0 || !steers)
		return rc;
	if (leads_to_owner(interface, aim, *port))
		interface->steered++;
	else
		interface->astray++;
	return 0;
}

int sotto_interface_reserve(struct sotto_interface *interface, uint16_t wish, uint16_t *port)
{
	return sotto_interface_reserve_for(interface, wish, NULL, port);
}
