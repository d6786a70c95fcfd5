/* SPDX-License-Identifier: BSD-3-Clause */
/* The results of hello, stats.get, events.subscribe and port.set as JSON. */
#include "rpc/reply.h"

#include <stdio.h>

static void put_names(struct sotto_rpc_writer *w, const char *name, const char *const *list)
{
	sotto_rpc_open_array(w, name);
	for (; *list; list++)
		sotto_rpc_put_text(w, NULL, *list);
	sotto_rpc_close_array(w);
}

static void put_api(struct sotto_rpc_writer *w)
{
	sotto_rpc_open_object(w, "api");
	sotto_rpc_put_int(w, "major", SOTTO_RPC_API_MAJOR);
	sotto_rpc_put_int(w, "minor", SOTTO_RPC_API_MINOR);
	sotto_rpc_close_object(w);
}

static void put_limits(struct sotto_rpc_writer *w, const struct sotto_rpc_hello_result *result)
{
	sotto_rpc_open_object(w, "limits");
	sotto_rpc_put_int(w, "sessions", result->sessions);
	sotto_rpc_put_int(w, "streams", result->streams);
	sotto_rpc_put_int(w, "line_bytes", SOTTO_RPC_LINE_BYTES);
	sotto_rpc_put_int(w, "batch", SOTTO_RPC_BATCH);
	sotto_rpc_close_object(w);
}

static void put_interface(struct sotto_rpc_writer *w, const struct sotto_rpc_interface_info *info)
{
	char ports[16];

	snprintf(ports, sizeof(ports), "%u-%u", info->first_port, info->last_port);
	sotto_rpc_open_object(w, NULL);
	sotto_rpc_put_text(w, "name", info->name);
	sotto_rpc_put_text(w, "family", info->addr.family == 4 ? "ip4" : "ip6");
	sotto_rpc_put_addr(w, "address", &info->addr);
	sotto_rpc_put_text(w, "ports", ports);
	sotto_rpc_close_object(w);
}

void sotto_rpc_reply_hello(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_hello_result *result)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	put_api(w);
	sotto_rpc_put_text(w, "server", result->server);
	sotto_rpc_put_text(w, "instance", result->instance);
	sotto_rpc_put_text(w, "boot_id", result->boot_id);
	put_limits(w, result);
	put_names(w, "suites", result->suites);
	put_names(w, "features", result->features);
	sotto_rpc_open_array(w, "interfaces");
	for (size_t i = 0; i < result->interface_count; i++)
		put_interface(w, &result->interfaces[i]);
	sotto_rpc_close_array(w);
	sotto_rpc_put_int(w, "event_seq", result->event_seq);
	sotto_rpc_reply_end(reply);
}

void sotto_rpc_put_drops(
	struct sotto_rpc_writer *w, const char *name, const uint64_t drops[SOTTO_VERDICTS])
{
	sotto_rpc_open_object(w, name);
	for (unsigned v = SOTTO_PUNTED + 1; v < SOTTO_VERDICTS; v++)
		if (drops[v] != 0)
			sotto_rpc_put_int(w, sotto_base_verdict_name(v), drops[v]);
	sotto_rpc_close_object(w);
}

static void put_traffic(struct sotto_rpc_writer *w, const struct sotto_rpc_traffic *traffic)
{
	sotto_rpc_put_int(w, "received", traffic->received);
	sotto_rpc_put_int(w, "sent", traffic->sent);
	sotto_rpc_put_int(w, "punted", traffic->punted);
	sotto_rpc_put_int(w, "generated", traffic->generated);
	sotto_rpc_put_drops(w, "drops", traffic->drops);
}

static void put_worker(struct sotto_rpc_writer *w, const struct sotto_rpc_worker_stats *stats)
{
	sotto_rpc_open_object(w, NULL);
	sotto_rpc_put_int(w, "worker", stats->worker);
	sotto_rpc_put_int(w, "core", stats->core);
	put_traffic(w, &stats->traffic);
	sotto_rpc_put_int(w, "handed_over", stats->handed_over);
	sotto_rpc_put_int(w, "taken_over", stats->taken_over);
	sotto_rpc_put_int(w, "busy_cycles", stats->busy_cycles);
	sotto_rpc_put_int(w, "idle_cycles", stats->idle_cycles);
	sotto_rpc_put_int(w, "bursts", stats->bursts);
	sotto_rpc_close_object(w);
}

static void put_queues(struct sotto_rpc_writer *w, const struct sotto_rpc_port_stats *stats)
{
	sotto_rpc_open_array(w, "queues");
	for (size_t i = 0; i < stats->queue_count; i++)
		sotto_rpc_put_int(w, NULL, stats->queue[i]);
	sotto_rpc_close_array(w);
}

static void put_port(struct sotto_rpc_writer *w, const struct sotto_rpc_port_stats *stats)
{
	char mac[SOTTO_MAC_TEXT];

	sotto_rpc_open_object(w, NULL);
	sotto_rpc_put_text(w, "name", stats->name);
	sotto_rpc_put_text(w, "device", stats->device);
	sotto_rpc_put_bool(w, "up", stats->up);
	sotto_rpc_put_text(w, "mac", sotto_base_mac_text(stats->mac, mac));
	sotto_rpc_put_int(w, "received", stats->received);
	sotto_rpc_put_int(w, "sent", stats->sent);
	sotto_rpc_put_int(w, "missed", stats->missed);
	sotto_rpc_put_int(w, "no_buffer", stats->no_buffer);
	sotto_rpc_put_int(w, "tx_errors", stats->tx_errors);
	sotto_rpc_put_text(w, "steering", stats->steering);
	sotto_rpc_put_int(w, "steered", stats->steered);
	sotto_rpc_put_int(w, "astray", stats->astray);
	put_queues(w, stats);
	sotto_rpc_close_object(w);
}

static void put_pool(struct sotto_rpc_writer *w, const struct sotto_rpc_stats_result *result)
{
	sotto_rpc_open_object(w, "pool");
	sotto_rpc_put_int(w, "size", result->pool_size);
	sotto_rpc_put_int(w, "free", result->pool_free);
	sotto_rpc_close_object(w);
}

static void put_control(struct sotto_rpc_writer *w, const struct sotto_rpc_stats_result *result)
{
	sotto_rpc_open_object(w, "control");
	sotto_rpc_put_int(w, "clients", result->clients);
	sotto_rpc_put_int(w, "requests", result->requests);
	sotto_rpc_put_int(w, "errors", result->errors);
	sotto_rpc_put_int(w, "events", result->events);
	sotto_rpc_close_object(w);
}

void sotto_rpc_reply_stats_get(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_stats_result *result)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	sotto_rpc_put_int(w, "uptime_s", result->uptime_s);
	sotto_rpc_put_int(w, "sessions", result->sessions);
	sotto_rpc_put_int(w, "streams", result->streams);
	sotto_rpc_open_array(w, "workers");
	for (size_t i = 0; i < result->worker_count; i++)
		put_worker(w, &result->workers[i]);
	sotto_rpc_close_array(w);
	sotto_rpc_open_object(w, "totals");
	put_traffic(w, &result->totals);
	sotto_rpc_close_object(w);
	sotto_rpc_open_array(w, "ports");
	for (size_t i = 0; i < result->port_count; i++)
		put_port(w, &result->ports[i]);
	sotto_rpc_close_array(w);
	put_pool(w, result);
	put_control(w, result);
	sotto_rpc_reply_end(reply);
}

void sotto_rpc_reply_events_subscribe(
	struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request, uint64_t seq)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	sotto_rpc_put_int(w, "seq", seq);
	sotto_rpc_reply_end(reply);
}

void sotto_rpc_reply_port_set(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const char *name, bool up)
{
	struct sotto_rpc_writer *w = sotto_rpc_reply_result(reply, request);

	if (!w)
		return;
	sotto_rpc_put_text(w, "name", name);
	sotto_rpc_put_bool(w, "up", up);
	sotto_rpc_reply_end(reply);
}
