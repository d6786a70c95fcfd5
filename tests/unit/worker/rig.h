/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A gateway inside a test program: DPDK without huge pages and hardware, two devices made of rings,
 * sessions, and one or two workers. The test holds the other ends of the rings, so it is the wire
 * on both sides. Workers are polled by hand; only tests/race starts them as threads.
 */
#ifndef SOTTO_TESTS_UNIT_WORKER_RIG_H
#define SOTTO_TESTS_UNIT_WORKER_RIG_H

#include "unit.h"

#include "session/session.h"
#include "worker/worker.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <stdbool.h>
#include <stdint.h>

#define RIG_WORKERS_MAX 4
#define RIG_MTU 1500
#define RIG_START_US 10000000u /* what the clock of the workers shows when a rig is opened */

enum rig_device {
	RIG_ACCESS,
	RIG_CORE,
	RIG_DEVICES
};

enum rig_interface {
	RIG_ACCESS4,
	RIG_ACCESS6,
	RIG_ACCESS_VLAN, /* IPv4 on VLAN 100 */
	RIG_CORE4,       /* has a gateway */
	RIG_CORE6,
	RIG_INTERFACES
};

/* Sizes; constant for the life of the program. */
struct rig_shape {
	unsigned workers;   /* 1 to RIG_WORKERS_MAX, and queues of each device */
	unsigned threads;   /* lcores beside the main one */
	unsigned ring_size; /* slots of each queue, a power of two; it holds one packet less */
	unsigned mbufs;
	unsigned sessions; /* port pairs of each interface, and the limit of sessions */
};

/* One worker that the test polls, a queue of 255 packets on each device. */
extern const struct rig_shape rig_small;

struct rig {
	/* made once, by rig_start() */
	struct rig_shape shape;
	struct rte_mempool *pool;
	struct rte_ring *to_engine[RIG_DEVICES][RIG_WORKERS_MAX];
	struct rte_ring *from_engine[RIG_DEVICES][RIG_WORKERS_MAX];
	uint16_t port[RIG_DEVICES];

	/* fresh in every test */
	struct sotto_device device[RIG_DEVICES];
	struct sotto_interface interface[RIG_INTERFACES];
	struct sotto_punt punt;
	struct rte_rcu_qsbr *rcu;
	struct sotto_crypto *crypto; /* of the thread that runs the test: control and peers */
	struct sotto_srtp srtp;      /* of the same: what the peers protect with */
	struct sotto_crypto *worker_crypto[RIG_WORKERS_MAX];
	struct sotto_sessions *sessions;
	struct sotto_worker *worker[RIG_WORKERS_MAX];
	uint8_t stop;        /* atomic: ends workers that run as threads */
	uint64_t now_us;     /* what the clock was set to last */
	uint64_t injected;   /* packets given to the engine */
	unsigned pool_start; /* free mbufs when the rig was opened */
	uint64_t blocks;     /* of memory that sessions hold */
	uint64_t graces;     /* grace periods begun */
	unsigned next_call;  /* number of the next call, for ids and keys */
	bool refuse_memory;  /* the next allocation finds none */
	void (*on_grace)(
		struct rig *rig); /* called when a grace period has begun; NULL = nothing */
	void *on_grace_arg;
};

/* Starts DPDK, makes pool, rings and devices. Once, from main(); ends the program on failure. */
void rig_start(struct rig *rig, const struct rig_shape *shape);

/* Makes everything else. Nothing has been received and no session stands. */
void rig_open(struct rig *rig);

/*
 * Checks that every packet is accounted for, takes all down, and checks that every mbuf and every
 * block of session memory is back.
 */
void rig_close(struct rig *rig);

/* Sets the clock of all workers; it goes on from there at a slower pace than real time. */
void rig_set_time(struct rig *rig, uint64_t us);

/* Polls the workers in turn until none finds anything. */
void rig_poll(struct rig *rig);

/* The counters of all workers. */
struct sotto_stats rig_stats(const struct rig *rig);

/* Asserts that what every worker got is what became of it, and that nothing injected is missing. */
void rig_conserves(const struct rig *rig);

/* Free mbufs of the pool. */
unsigned rig_pool_free(const struct rig *rig);

/* The one event that waits; there must be no other. */
struct sotto_event rig_event(struct rig *rig);

/* Throws away the events that wait; returns how many there were. */
unsigned rig_forget_events(struct rig *rig);

/*
 * Takes all events that wait; returns how many of them are of that kind, and the last such in *last
 * if that is not NULL.
 */
unsigned rig_events(struct rig *rig, enum sotto_event_kind kind, struct sotto_event *last);

/* Moves the clock of all workers on. */
void rig_tick(struct rig *rig, uint64_t us);

/* The device of an interface, and the host that stands on its wire. */
unsigned rig_device_of(enum rig_interface interface);
struct sotto_addr rig_host(enum rig_interface interface);
void rig_host_mac(enum rig_interface interface, uint8_t mac[6]);

/* Beyond the gateway of RIG_CORE4, and the gateway's own MAC address. */
struct sotto_addr rig_far_host(void);
void rig_gateway_mac(uint8_t mac[6]);

struct sotto_addr rig_addr(const char *text);

#endif
