/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control thread: the Unix socket with its JSON-RPC clients, events, timers, neighbours, and
 * the release of what workers no longer read. Nothing here blocks: no file, no name service, no
 * handshake. All functions are the control thread's own, but for sotto_control_stop().
 */
#ifndef SOTTO_CONTROL_CONTROL_H
#define SOTTO_CONTROL_CONTROL_H

#include "punt/punt.h"
#include "rpc/answer.h"
#include "session/session.h"

#include <rte_mempool.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SOTTO_CONTROL_WORKERS_MAX SOTTO_PUNT_WORKERS_MAX
#define SOTTO_CONTROL_PORTS_MAX 16
#define SOTTO_CONTROL_BOOT_SALT 32 /* bytes */

/* What the app does for control. */
struct sotto_control_host {
	void *arg;
	/* Microseconds on the clock that workers stamp packets with. */
	uint64_t (*now_us)(void *arg);
	/* Fills at most room rows, with their texts valid until the next call; returns how many. */
	size_t (*workers)(void *arg, struct sotto_rpc_worker_stats *out, size_t room);
	size_t (*ports)(void *arg, struct sotto_rpc_port_stats *out, size_t room);
	/*
	 * Starts or stops a device: 0; 1 when it was so already; -ENOENT for an unknown name;
	 * another negative errno of the device.
	 */
	int (*port_set)(void *arg, const char *name, bool up);
	/* Packet buffers in all, and free ones. NULL: those of the pool below. */
	void (*pool)(void *arg, uint64_t *size, uint64_t *free);
	/* What the app has to do every 100 ms or so. NULL: nothing. */
	void (*tick)(void *arg);
};

struct sotto_control_config {
	struct sotto_control_host host;
	struct sotto_sessions *sessions;
	struct sotto_interface *interface; /* all media addresses */
	unsigned interface_count;
	uint16_t device_port[SOTTO_CONTROL_PORTS_MAX]; /* DPDK's number of our device d */
	unsigned device_count;
	struct sotto_punt *punt;
	struct rte_mempool *pool; /* for what control sends; also shown in stats.get */
	const char *socket;       /* path */
	unsigned mode;            /* of the socket */
	const uid_t *user;        /* allowed beside root and our own user */
	unsigned user_count;
	const gid_t *group;
	unsigned group_count;
	const char *server;                         /* name and version */
	const char *boot_id;                        /* changes with every start */
	uint8_t boot_salt[SOTTO_CONTROL_BOOT_SALT]; /* secret, random: digests of requests */
	struct sotto_session_limits limits;
	uint32_t media_timeout_s; /* default of a session; 0 = none */
};

struct sotto_control;

/*
 * Opens the socket. 0 with *out; -EADDRINUSE when another process listens there; other negative
 * errno, after saying why on stderr. config is copied, what it points to is not.
 */
int sotto_control_create(const struct sotto_control_config *config, struct sotto_control **out);

/* Serves until sotto_control_stop(). 0, or -EIO when the event loop failed. */
int sotto_control_run(struct sotto_control *control);

/* Ends sotto_control_run() soon. From the control thread: signal handlers of its own loop, timers.
 */
void sotto_control_stop(struct sotto_control *control);

/* Stops sotto_control_run() when the signal arrives. 0 or -ENOMEM. Before run. */
int sotto_control_on_signal(struct sotto_control *control, int signal_number);

/* Closes clients and socket, and removes the socket's path if it is still ours. NULL allowed. */
void sotto_control_destroy(struct sotto_control *control);

#endif
