/* SPDX-License-Identifier: BSD-3-Clause */
/* hello, stats.get and port.set: the engine itself. */
#include "control/internal.h"

#include "stats/stats.h"

#include <errno.h>

#define SUITES_MAX 32

static const char *const features[] = {"sdes", "rtcp-mux", "ipv6", "vlan", "events", NULL};

void control_hello(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	const struct sotto_control *control = client->control;
	struct sotto_rpc_interface_info interface[SOTTO_INTERFACES_MAX];
	const char *suites[SUITES_MAX + 1] = {NULL};
	const struct sotto_suite *suite;
	struct sotto_rpc_hello_result result = {
		.server = control->config.server,
		.instance = control->config.socket,
		.boot_id = control->config.boot_id,
		.sessions = control->config.limits.sessions,
		.streams = control->config.limits.streams,
		.suites = suites,
		.features = features,
		.interfaces = interface,
		.interface_count = control->config.interface_count,
		.event_seq = control->events.next_seq,
	};

	for (unsigned i = 0; i < SUITES_MAX && (suite = sotto_keys_suite_at(i)) != NULL; i++)
		suites[i] = suite->name;
	for (unsigned i = 0; i < control->config.interface_count; i++) {
		const struct sotto_interface *from = &control->config.interface[i];

		interface[i] = (struct sotto_rpc_interface_info){
			.name = from->name,
			.addr = from->local.addr,
			.first_port = from->port_low,
			.last_port = from->port_high,
		};
	}
	sotto_rpc_reply_hello(reply, request, &result);
}

static void add_up(const struct sotto_rpc_traffic *from, struct sotto_rpc_traffic *sum)
{
	sum->received += from->received;
	sum->sent += from->sent;
	sum->punted += from->punted;
	sum->generated += from->generated;
	for (unsigned v = 0; v < SOTTO_VERDICTS; v++)
		sum->drops[v] += from->drops[v];
}

void control_stats_get(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	const struct sotto_control *control = client->control;
	const struct sotto_control_host *host = &control->config.host;
	struct sotto_rpc_worker_stats worker[SOTTO_CONTROL_WORKERS_MAX];
	struct sotto_rpc_port_stats port[SOTTO_CONTROL_PORTS_MAX];
	struct sotto_rpc_stats_result result = {
		.uptime_s = (control_now_us(control) - control->started_us) / 1000000,
		.sessions = sotto_sessions_count(control->config.sessions),
		.streams = sotto_sessions_streams(control->config.sessions),
		.workers = worker,
		.ports = port,
		.pool_size = control->config.pool->size,
		.pool_free = rte_mempool_avail_count(control->config.pool),
		.clients = control->client_count,
		.requests = control->requests,
		.errors = control->errors,
		.events = control->events.next_seq - 1,
	};

	if (host->pool)
		host->pool(host->arg, &result.pool_size, &result.pool_free);
	result.worker_count = host->workers(host->arg, worker, SOTTO_CONTROL_WORKERS_MAX);
	result.port_count = host->ports(host->arg, port, SOTTO_CONTROL_PORTS_MAX);
	for (size_t i = 0; i < result.worker_count; i++)
		add_up(&worker[i].traffic, &result.totals);
	sotto_rpc_reply_stats_get(reply, request, &result);
}

void control_port_set(
	struct client *client, struct sotto_rpc_request *request, struct sotto_rpc_reply *reply)
{
	struct sotto_control *control = client->control;
	const struct sotto_rpc_port_set *wish = &request->params.port;
	int rc = control->config.host.port_set(control->config.host.arg, wish->name, wish->up);

	if (rc == -ENOENT) {
		control_refuse(client, request, reply, SOTTO_RPC_NOT_FOUND, "name", "no such port");
	} else if (rc < 0) {
		control_refuse(client, request, reply, SOTTO_RPC_INTERNAL, "up",
			"the device did not start or stop");
	} else {
		if (rc == 0)
			control_event_port(control, wish->name, wish->up);
		sotto_rpc_reply_port_set(reply, request, wish->name, wish->up);
	}
}
