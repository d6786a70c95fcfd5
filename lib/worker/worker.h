/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A worker: one core that polls its queue of every device and carries the packets of the calls it
 * owns, from receive to transmit. Workers share nothing that they write.
 */
#ifndef SOTTO_WORKER_WORKER_H
#define SOTTO_WORKER_WORKER_H

#include "punt/punt.h"
#include "session/leg.h"
#include "srtp/srtp.h"
#include "stats/stats.h"

#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>

#define SOTTO_DEVICES_MAX 16
#define SOTTO_DEVICE_NAME 32
#define SOTTO_EARLY_MAX 1024 /* packets that one worker holds for keys to come */
#define SOTTO_EARLY_OF_A_LEG 16

/* One Ethernet device. Constant while workers run, but for up. */
struct sotto_device {
	char name[SOTTO_DEVICE_NAME]; /* as in the configuration */
	uint16_t port;                /* DPDK's number */
	uint8_t up;                   /* atomic: control writes, workers read */
	uint8_t mac[6];
	unsigned interface_count;
	struct sotto_interface *interface[SOTTO_INTERFACES_MAX];
};

/* What a worker is told at start; constant while it runs. */
struct sotto_worker_config {
	unsigned number; /* also its queue on every device and its thread id for RCU */
	struct sotto_device *device;
	unsigned device_count;
	struct sotto_punt *punt;
	struct rte_rcu_qsbr *rcu;
	const uint8_t *stop;    /* atomic: not 0 = leave the loop */
	uint64_t cycles_per_us; /* of the TSC */
	uint32_t idle_us;       /* sleep that long after a while without packets; 0 = poll always */
	struct sotto_crypto *crypto; /* this worker's own instance */
};

/* One burst on its way through the stages; position i is one packet. */
struct sotto_burst {
	uint32_t count;
	uint64_t now_us;
	uint64_t rtcp;  /* positions that hold RTCP, or came to the RTCP port of an opaque leg */
	uint64_t early; /* positions that came before their key and may wait */
	bool again;     /* all of them have waited already */
	struct rte_mbuf *mbuf[SOTTO_BURST];
	const struct sotto_device *device[SOTTO_BURST];
	struct sotto_frame frame[SOTTO_BURST];
	const struct sotto_interface *interface[SOTTO_BURST];
	const struct sotto_leg *leg[SOTTO_BURST]; /* the leg it arrived on */
	uint8_t next_mac[SOTTO_BURST][6];
	struct sotto_srtp_batch srtp; /* data, len, verdict: of the UDP payload */
};

/* Packets that wait for the end of the burst. */
struct sotto_worker_out {
	uint16_t count;
	uint16_t len[SOTTO_BURST]; /* bytes of UDP payload */
	struct rte_mbuf *mbuf[SOTTO_BURST];
	const struct sotto_leg *leg[SOTTO_BURST]; /* that they leave on; NULL: control's packets */
};

/* A packet that came before its key. Names its leg by what outlives a replacement of it. */
struct sotto_early {
	struct rte_mbuf *mbuf;
	const struct sotto_device *device;
	const struct sotto_interface *interface;
	uint64_t until_us;
	uint32_t session; /* slot and generation */
	uint32_t generation;
	uint16_t port; /* local, host order */
};

struct sotto_worker {
	struct sotto_stats stats; /* written by this worker, read by control */
	struct sotto_worker_config config;
	struct sotto_srtp srtp;
	struct sotto_burst burst;
	struct sotto_worker_out out[SOTTO_DEVICES_MAX];
	uint32_t idle_rounds;
	uint32_t early_count;
	uint64_t early_looked_us; /* when the held packets were looked at last */
	uint64_t plain_since_us;  /* when the period began that plain_looks counts in */
	uint32_t plain_looks;     /* payloads looked at, whether they were plain media */
	struct sotto_early early[SOTTO_EARLY_MAX];
};

/* Prepares a worker; before its thread starts. */
void sotto_worker_init(struct sotto_worker *worker, const struct sotto_worker_config *config);

/* Frees the packets that it holds; after its thread has ended. */
void sotto_worker_fini(struct sotto_worker *worker);

/*
 * Polls until *config.stop. Runs on the worker's own lcore, which it registers with RCU. Returns 0.
 * worker: struct sotto_worker *, as rte_eal_remote_launch() wants it.
 */
int sotto_worker_run(void *worker);

/*
 * One round of the loop: every device, the rings, quiescent state. Returns the packets handled.
 * For tests and benchmarks that bring their own loop.
 */
unsigned sotto_worker_poll(struct sotto_worker *worker);

#endif
