/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A gateway inside a benchmark: DPDK, two devices made of rings, sessions and workers as the engine
 * has them. The benchmark holds the other ends of the rings, and polls the workers itself or lets
 * them run as threads.
 */
#ifndef SOTTO_PERF_GATEWAY_H
#define SOTTO_PERF_GATEWAY_H

#include "pages.h"

#include "session/memory.h"
#include "session/session.h"
#include "worker/worker.h"

#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_rcu_qsbr.h>
#include <rte_ring.h>

#include <stdbool.h>
#include <stdint.h>

#define GATEWAY_WORKERS_MAX 2
#define GATEWAY_CALLS_OF_AN_ADDRESS 30000u /* each has a pair of ports on it */
#define GATEWAY_FIRST_PORT 2000u           /* local and remote, of each address */
#define GATEWAY_PACKETS_MAX 8192u          /* that a worker's queue of a device can hold */

enum gateway_side {
	GATEWAY_A,
	GATEWAY_B,
	GATEWAY_SIDES
};

/* What memory sessions live in. */
enum gateway_pages {
	GATEWAY_PAGES_SMALL, /* malloc's */
	GATEWAY_PAGES_HUGE,  /* huge pages, where the kernel gives them (pages.h) */
};

struct gateway_wish {
	unsigned calls;
	unsigned both; /* the last so many calls are SRTP on both sides; the others have a clear b
			*/
	unsigned workers;
	const struct sotto_suite *suite;
	uint32_t window; /* indices of the replay lists */
	uint32_t ssrcs;  /* slots of each direction */
	enum gateway_pages pages;
	const char *tier; /* of ipsec-mb; NULL: the fastest backend there is, with its best */
};

struct gateway {
	/* once */
	struct rte_mempool *pool;
	struct rte_ring *to[GATEWAY_SIDES][GATEWAY_WORKERS_MAX];
	struct rte_ring *from[GATEWAY_SIDES][GATEWAY_WORKERS_MAX];
	uint16_t port[GATEWAY_SIDES];
	bool huge; /* packets are in huge pages */

	/* of each gateway_open() */
	struct gateway_wish wish;
	struct sotto_device device[GATEWAY_SIDES];
	struct sotto_interface interface[SOTTO_INTERFACES_MAX]; /* address k of side s: 2 k + s */
	unsigned addresses;                                     /* of each side */
	struct sotto_punt punt;
	struct rte_rcu_qsbr *rcu;
	struct sotto_crypto *crypto; /* of the thread that is control */
	struct sotto_sessions *sessions;
	struct sotto_worker *worker[GATEWAY_WORKERS_MAX];
	uint8_t stop;
	struct pages arena; /* GATEWAY_PAGES_HUGE */
	size_t arena_used;
	struct sotto_session_memory memory; /* GATEWAY_PAGES_SMALL, as the engine has it */
	uint64_t asked;                     /* bytes that sessions asked for so far */
};

/*
 * Starts DPDK with that many lcores beside the main one (a list as in --lcores, or NULL: none), and
 * makes pool and devices. Once. Returns false with a message on stderr.
 */
bool gateway_start(struct gateway *gateway, const char *lcores, unsigned workers);

/* Declares the calls. False with a message on stderr; then nothing is open. */
bool gateway_open(struct gateway *gateway, const struct gateway_wish *wish);
void gateway_close(struct gateway *gateway);

/* Whether both sides of a call are SRTP. */
static inline bool gateway_is_both(const struct gateway *gateway, unsigned call)
{
	return call >= gateway->wish.calls - gateway->wish.both;
}

/* The address of a side that carries the call, and its port there. */
static inline const struct sotto_interface *gateway_interface(
	const struct gateway *gateway, unsigned call, enum gateway_side side)
{
	return &gateway->interface[call / GATEWAY_CALLS_OF_AN_ADDRESS * 2 + side];
}

static inline uint16_t gateway_local_port(unsigned call)
{
	return (uint16_t)(GATEWAY_FIRST_PORT + call % GATEWAY_CALLS_OF_AN_ADDRESS * 2);
}

/* The peer of a call on that side. Its port is the local one too. */
void gateway_peer(unsigned call, enum gateway_side side, struct sotto_addr *addr);

/* The worker that owns the call. */
unsigned gateway_owner(const struct gateway *gateway, unsigned call);

/*
 * Polls a worker until so many packets are through, or none has come for a while. Returns how many
 * came. The worker's thread.
 */
unsigned gateway_carry(struct sotto_worker *worker, unsigned packets);

/*
 * The keying of one direction of one side: receive is what the engine receives with there. Follows
 * from the numbers alone.
 */
void gateway_keying(const struct sotto_suite *suite, unsigned call, enum gateway_side side,
	bool receive, struct sotto_keying *keying);

/* Declares one call, as gateway_open() does; for benchmarks of control. 0, or as session.h says. */
int gateway_put(struct gateway *gateway, unsigned call);

/* Deletes one call that stands; sotto_sessions_reclaim() gives its memory back. */
void gateway_delete(struct gateway *gateway, unsigned call);

#endif
