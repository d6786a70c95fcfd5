/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steering: how one device is brought to deliver packets on the queue of the worker that owns their
 * call. Chosen when the device starts, told to its interfaces, which give out local ports to match,
 * and held against the packets that really come.
 */
#ifndef SOTTO_APP_STEERING_H
#define SOTTO_APP_STEERING_H

#include "config.h"
#include "rss.h"
#include "worker/worker.h"

/* IPv4 and IPv6 are judged apart: a device may treat them differently. */
enum {
	STEERING_IP4,
	STEERING_IP6,
	STEERING_FAMILIES
};

/* What one worker saw on its queue. */
struct steering_watch {
	struct steering_seen {
		uint64_t checked;            /* packets, as far as they can be computed */
		uint64_t missed[RSS_INPUTS]; /* that the description expected elsewhere */
	} seen[STEERING_FAMILIES];
	uint32_t skip; /* bursts until the next look; the worker's own */
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

/* One device. Control only, but for what a worker reads while the device is up, and its watch. */
struct steering {
	/* before the device is configured */
	const char *name;
	enum config_steering wish;
	unsigned queues;
	uint8_t key[RSS_KEY_MAX];

	/* while it is up: constant for workers */
	uint8_t mac[6];
	unsigned count;                   /* descriptions that may be right, the likeliest first */
	struct sotto_steer *description;  /* [RSS_INPUTS] */
	enum rss_input input[RSS_INPUTS]; /* what each of them stands for, unless it is rules */
	bool rules;                       /* rules on port bits: one description */
	int chosen[STEERING_FAMILIES];    /* description in use, -1 = none */
	bool starved;                     /* no memory to choose ports: given up */

	const struct rte_eth_rxtx_callback *callback[SOTTO_STEER_QUEUES_MAX];
	struct steering_watch watch[SOTTO_STEER_QUEUES_MAX]; /* [queue] its worker writes */
};

/* NULL when there is no memory. name has to outlive it. */
struct steering *steering_new(const char *name, enum config_steering wish, unsigned queues);
/* After the workers, before the device is closed. NULL allowed. */
void steering_free(struct steering *steering, uint16_t port);

/* Configures the device, with the hash that serves best of those that it takes. 0 or as DPDK. */
int steering_configure(struct steering *steering, uint16_t port, struct rte_eth_conf *conf,
	const struct rte_eth_dev_info *info);

/* Looks at what comes in on the device's queues; after they are set up. */
void steering_watch_queues(struct steering *steering, uint16_t port);

/* Chooses a way and says so; the device has started, workers do not poll it yet. */
void steering_begin(struct steering *steering, const struct sotto_device *device);

/* The middle of it: takes a device that hashes as rss says, with this input or one behind it. */
void steering_by_rss(struct steering *steering, const struct sotto_device *device,
	const struct rss *rss, enum rss_input first);

/* Takes rules back; workers do not poll any more, the device is about to stop. */
void steering_end(struct steering *steering, const struct sotto_device *device);

/* Goes over to another description, or none, when packets speak for it. Every second or so. */
void steering_tick(struct steering *steering, const struct sotto_device *device);

/* "none", "flow", "rss-port" or "rss-tuple", of IPv4 unless only IPv6 is steered. NULL: "none". */
const char *steering_name(const struct steering *steering);

/*
 * The description that fits best: the one with the fewest misses, the first of equals. -1 when even
 * that one is wrong too often. seen: sums over the queues.
 */
int steering_best(unsigned count, const struct steering_seen *seen);

#endif
