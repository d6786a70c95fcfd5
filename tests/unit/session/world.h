/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small world for session tests: two media addresses, a session table, and an environment that
 * counts, fails and looks when told to.
 *
 * Always watched: a block that is released was handed out and not yet given back; a block of a
 * ready key's size is all zero when it is released, unless it holds streams. With watch_readers
 * set, every grace period that begins is remembered together with all that a worker could reach
 * through the port tables at that moment, and releasing such a block before a later grace period is
 * over fails the test.
 */
#ifndef SOTTO_TESTS_UNIT_SESSION_WORLD_H
#define SOTTO_TESTS_UNIT_SESSION_WORLD_H

#include "unit.h"

#include "session/internal.h"

#define ACCESS 0 /* 192.0.2.10/24 with a gateway */
#define CORE 1   /* 2001:db8::10/64 without one */
#define INTERFACES 2

#define REACH_MAX 4096 /* remembered pointers of one grace period */
#define TOKENS_MAX 256 /* remembered grace periods */
#define ORDERS_MAX 16  /* remembered presets */

struct world;

/* What a worker that starts a burst right now could come to hold. */
struct reach {
	unsigned count;
	const void *block[REACH_MAX];
};

struct world_block; /* head of a block that env.alloc handed out */

/* A preset that the library ordered from a worker. */
struct order {
	unsigned worker;
	struct sotto_srtp_streams *streams;
	struct sotto_srtp_preset preset;
};

struct world {
	struct sotto_interface interface[INTERFACES];
	struct sotto_crypto *crypto;
	struct sotto_sessions *sessions;
	struct sotto_session_limits limits;

	/* blocks of env.alloc that are out */
	struct world_block *blocks;
	unsigned block_count;
	size_t key_size[3];  /* of ready keys: AES_CM_128 with tags, without, AES_CM_256 with */
	unsigned keys_wiped; /* key blocks that were released */
	unsigned taken;      /* calls of env.alloc so far */

	/* grace periods: tokens are 1, 2, 3...; those up to over_to are over */
	uint64_t begun;
	uint64_t over_to;
	unsigned patience; /* so many questions for one token make it over; 0 = never */
	unsigned asked;

	bool watch_readers;
	struct reach *reach; /* [TOKENS_MAX] by token */

	/* presets that were ordered */
	struct order order[ORDERS_MAX];
	unsigned order_count;
	bool orders_full; /* no room for any */

	uint64_t now_us; /* of puts; 1000 at first */

	/* called at each call of the environment, when set */
	void (*hook)(struct world *world, void *arg);
	void *hook_arg;
};

/* What a put came back with. */
struct put_result {
	int rc;
	struct sotto_session *session;      /* NULL when untouched */
	enum sotto_session_outcome outcome; /* UNTOUCHED when untouched */
	struct sotto_session_error error;
};

#define UNTOUCHED ((enum sotto_session_outcome)99)

/* Ports of both interfaces: port_low to port_low + 2 * pairs - 1. NULL crypto: plain C. */
struct world *world_open(unsigned pairs, const struct sotto_session_limits *limits);
struct world *world_open_with(
	unsigned pairs, const struct sotto_session_limits *limits, struct sotto_crypto *crypto);

/* Destroys the table and fails the test unless all memory came back. Destroys crypto unless NULL.
 */
void world_close(struct world *world);

/* The calls under test, as everybody makes them. */
struct put_result world_put(struct world *world, const struct sotto_session_spec *spec);
void world_delete(struct world *world, const char *id);

int world_relocate(struct world *world, const char *id, int side,
	const struct sotto_endpoint *remote, uint16_t rtcp_port); /* of media 0 */
void world_end_overlaps(struct world *world, uint64_t now_us);

/* sotto_sessions_reclaim(): how many still wait. */
uint32_t world_reclaim(struct world *world);

/* Every grace period that has begun is over; reclaims all. */
void world_settle(struct world *world);

const struct sotto_leg *world_lookup(const struct world *world, int interface, unsigned port);

/* Whether that even port is reserved. */
bool world_port_used(const struct world *world, int interface, unsigned port);
unsigned world_ports_used(const struct world *world);

/*
 * All that a failed request must leave as it was, as one number: sessions, their records, limits,
 * port tables and allocators, references of neighbours, senders, overlaps, orders, blocks handed
 * out, what waits.
 */
uint64_t world_fingerprint(const struct world *world);

#endif
