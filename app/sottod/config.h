/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration file: INI sections to one checked struct. docs/man/sottod.conf.5 describes it.
 */
#ifndef SOTTO_APP_CONFIG_H
#define SOTTO_APP_CONFIG_H

#include "base/addr.h"
#include "session/interface.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CONFIG_TEXT 256          /* bytes of a value, with the closing zero */
#define CONFIG_NEIGHBORS_MAX 8   /* static neighbours of one address */
#define CONFIG_PRINCIPALS_MAX 16 /* allowed users, and groups */

enum config_hugepages {
	HUGEPAGES_AUTO, /* when enough are free */
	HUGEPAGES_YES,
	HUGEPAGES_NO,
};

/* How packets are brought to the queue of their call's worker. */
enum config_steering {
	STEERING_AUTO, /* the best that the device can */
	STEERING_RSS,
	STEERING_FLOW,
	STEERING_NONE,
};

/* [port NAME]: one Ethernet device. */
struct config_port {
	char name[SOTTO_DEVICE_NAME];
	char device[CONFIG_TEXT]; /* devargs of a virtual device, or a PCI address */
	bool has_mac;
	uint8_t mac[6];
	uint16_t mtu; /* bytes of the largest IP packet */
	bool start;   /* false: stays down until port.set */
	enum config_steering steering;
};

struct config_neighbor {
	struct sotto_addr addr;
	uint8_t mac[6];
};

/* [address NAME]: one media address on a port. */
struct config_address {
	char name[SOTTO_INTERFACE_NAME];      /* of the section, for messages */
	char interface[SOTTO_INTERFACE_NAME]; /* logical name for control */
	char port[SOTTO_DEVICE_NAME];
	struct sotto_addr addr;
	uint8_t prefix;
	uint16_t vlan;
	struct sotto_addr gateway;
	uint16_t port_low, port_high;
	unsigned neighbor_count;
	struct config_neighbor neighbor[CONFIG_NEIGHBORS_MAX];
};

struct config {
	/* [engine] */
	unsigned worker_count;
	unsigned worker_core[SOTTO_PUNT_WORKERS_MAX];
	unsigned main_core;
	char crypto[CONFIG_TEXT]; /* "auto", or a backend with an optional tier: "ipsecmb/sse" */
	enum config_hugepages hugepages;
	unsigned memory_mib;
	unsigned mbufs;
	unsigned idle_us;
	bool lock_memory; /* keys are never swapped out */

	/* [control] */
	char socket[CONFIG_TEXT];
	unsigned mode;
	unsigned user_count, group_count;
	uid_t user[CONFIG_PRINCIPALS_MAX];
	gid_t group[CONFIG_PRINCIPALS_MAX];

	/* [limits] */
	uint32_t sessions;
	uint32_t streams;
	uint32_t media_timeout_s;

	unsigned port_count;
	struct config_port port[SOTTO_DEVICES_MAX];
	unsigned address_count;
	struct config_address address[SOTTO_INTERFACES_MAX];
};

/*
 * Reads and checks a file. 0, or -EINVAL / negative errno after printing "FILE:LINE: what is wrong
 * and what is expected" to stderr.
 */
int config_read(const char *path, struct config *config);

#endif
