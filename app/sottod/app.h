/* SPDX-License-Identifier: BSD-3-Clause */
/* The daemon: the only place that knows everything. One struct; main.c holds the order of start. */
#ifndef SOTTO_APP_APP_H
#define SOTTO_APP_APP_H

#include "config.h"
#include "control/control.h"
#include "session/memory.h"
#include "session/session.h"
#include "steering.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stdint.h>

#define BOOT_ID_TEXT 17 /* 16 hexadecimal digits */

#define EAL_ARGS_MAX 128

struct app_args {
	int count;
	char *arg[EAL_ARGS_MAX];
};

struct app {
	/* from the command line */
	const char *config_path;
	char **eal_more; /* arguments behind "--" */
	int eal_more_count;
	struct app_args eal; /* the whole line; EAL may point into it until its end */

	struct config config;
	bool eal_started;
	uint64_t cycles_per_us;
	char boot_id[BOOT_ID_TEXT];
	uint8_t boot_salt[SOTTO_CONTROL_BOOT_SALT];
	uint64_t seed;

	const struct sotto_crypto_backend *backend;
	const char *tier; /* NULL: the best */
	struct sotto_crypto *control_crypto;
	struct sotto_crypto *worker_crypto[SOTTO_PUNT_WORKERS_MAX];

	struct rte_mempool *pool; /* the control thread's, and of devices that have none below */
	struct rte_mempool *socket_pool[RTE_MAX_NUMA_NODES]; /* of devices on other sockets */
	struct sotto_device device[SOTTO_DEVICES_MAX];
	struct steering *steering[SOTTO_DEVICES_MAX];
	unsigned device_count;
	struct sotto_interface interface[SOTTO_INTERFACES_MAX];
	unsigned interface_count;
	struct sotto_punt punt;
	struct rte_rcu_qsbr *rcu;
	struct sotto_session_memory session_memory;
	struct sotto_sessions *sessions;
	struct sotto_worker *worker[SOTTO_PUNT_WORKERS_MAX];
	unsigned running; /* workers that were started */
	uint8_t stop;     /* atomic: workers leave their loops */
	struct sotto_control *control;
};

/* Each part starts and ends apart; ends are safe after a start that failed half way. 0 or -errno.
 */
int app_crypto_start(struct app *app);
void app_crypto_end(struct app *app);

int app_eal_start(struct app *app);
void app_eal_end(struct app *app);
/* Packet buffers for a device on that socket (-1: any); the common ones when it has none. */
struct rte_mempool *app_pool_on(struct app *app, int socket);
void app_pool_stats(void *app, uint64_t *size, uint64_t *free);

int app_ports_start(struct app *app); /* configures all, starts none */
void app_ports_end(struct app *app);
int app_ports_up(struct app *app); /* starts those that are not manual */
int app_port_set(void *app, const char *name, bool up);
size_t app_port_stats(void *app, struct sotto_rpc_port_stats *out, size_t room);
void app_ports_tick(void *app); /* every second or so */

int app_interfaces_start(struct app *app);
void app_interfaces_end(struct app *app);

int app_sessions_start(struct app *app);
void app_sessions_end(struct app *app);

int app_workers_start(struct app *app);
void app_workers_end(struct app *app);
size_t app_worker_stats(void *app, struct sotto_rpc_worker_stats *out, size_t room);
uint64_t app_now_us(void *app);

/* notify.c: tells systemd (Type=notify), if it is listening. */
void app_notify(const char *state);

/* memory.c: makes libraries that touch keys wipe what they free. First thing of all. */
void app_memory_harden(void);
/* Locks all memory, now and later, so that no key reaches the swap. 0 or -EPERM after saying why.
 */
int app_memory_lock(struct app *app);
/* No descriptor that is open now outlives an exec. Always 0. */
int app_close_on_exec(struct app *app);

/* Says "sottod: ..." with a level that journald understands: '3' error, '4' warning, '6' info. */
void app_say(char level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
