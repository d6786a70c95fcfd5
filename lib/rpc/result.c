/* SPDX-License-Identifier: BSD-3-Clause */
/* The results of hello, stats.get, events.subscribe and port.set as JSON. */
#include "rpc/reply.h"

#include <stdio.h>

static json_t *names(struct sotto_rpc_build *b, const char *const *list)
{
	json_t *array = sotto_rpc_build_array(b);

	for (; *list; list++)
		sotto_rpc_append(b, array, json_string(*list));
	return array;
}

static json_t *api(struct sotto_rpc_build *b)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "major", SOTTO_RPC_API_MAJOR);
	sotto_rpc_put_int(b, object, "minor", SOTTO_RPC_API_MINOR);
	return object;
}

static json_t *limits(struct sotto_rpc_build *b, const struct sotto_rpc_hello_result *result)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "sessions", result->sessions);
	sotto_rpc_put_int(b, object, "streams", result->streams);
	sotto_rpc_put_int(b, object, "line_bytes", SOTTO_RPC_LINE_BYTES);
	sotto_rpc_put_int(b, object, "batch", SOTTO_RPC_BATCH);
	return object;
}

static json_t *interface(struct sotto_rpc_build *b, const struct sotto_rpc_interface_info *info)
{
	json_t *object = sotto_rpc_build_object(b);
	const char *family = info->addr.family == 4 ? "ip4" : "ip6";
	char ports[16];

	snprintf(ports, sizeof(ports), "%u-%u", info->first_port, info->last_port);
	sotto_rpc_put_text_or_null(b, object, "name", info->name);
	sotto_rpc_put_text_or_null(b, object, "family", family);
	sotto_rpc_put_addr(b, object, "address", &info->addr);
	sotto_rpc_put_text_or_null(b, object, "ports", ports);
	return object;
}

void sotto_rpc_reply_hello(struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request,
	const struct sotto_rpc_hello_result *result)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);
	json_t *interfaces = sotto_rpc_build_array(&b);

	for (size_t i = 0; i < result->interface_count; i++)
		sotto_rpc_append(&b, interfaces, interface(&b, &result->interfaces[i]));
	sotto_rpc_put_value(&b, object, "api", api(&b));
	sotto_rpc_put_text_or_null(&b, object, "server", result->server);
	sotto_rpc_put_text_or_null(&b, object, "instance", result->instance);
	sotto_rpc_put_text_or_null(&b, object, "boot_id", result->boot_id);
	sotto_rpc_put_value(&b, object, "limits", limits(&b, result));
	sotto_rpc_put_value(&b, object, "suites", names(&b, result->suites));
	sotto_rpc_put_value(&b, object, "features", names(&b, result->features));
	sotto_rpc_put_value(&b, object, "interfaces", interfaces);
	sotto_rpc_put_int(&b, object, "event_seq", result->event_seq);
	sotto_rpc_reply_result(reply, request, &b, object);
}

void sotto_rpc_put_drops(struct sotto_rpc_build *b, json_t *object, const char *name,
	const uint64_t drops[SOTTO_VERDICTS])
{
	json_t *counts = sotto_rpc_build_object(b);

	for (unsigned v = SOTTO_PUNTED + 1; v < SOTTO_VERDICTS; v++)
		if (drops[v] != 0)
			sotto_rpc_put_int(b, counts, sotto_base_verdict_name(v), drops[v]);
	sotto_rpc_put_value(b, object, name, counts);
}

static void put_traffic(
	struct sotto_rpc_build *b, json_t *object, const struct sotto_rpc_traffic *traffic)
{
	sotto_rpc_put_int(b, object, "received", traffic->received);
	sotto_rpc_put_int(b, object, "sent", traffic->sent);
	sotto_rpc_put_int(b, object, "punted", traffic->punted);
	sotto_rpc_put_int(b, object, "generated", traffic->generated);
	sotto_rpc_put_drops(b, object, "drops", traffic->drops);
}

static json_t *worker(struct sotto_rpc_build *b, const struct sotto_rpc_worker_stats *stats)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "worker", stats->worker);
	sotto_rpc_put_int(b, object, "core", stats->core);
	put_traffic(b, object, &stats->traffic);
	sotto_rpc_put_int(b, object, "handed_over", stats->handed_over);
	sotto_rpc_put_int(b, object, "taken_over", stats->taken_over);
	sotto_rpc_put_int(b, object, "busy_cycles", stats->busy_cycles);
	sotto_rpc_put_int(b, object, "idle_cycles", stats->idle_cycles);
	sotto_rpc_put_int(b, object, "bursts", stats->bursts);
	return object;
}

static json_t *queues(struct sotto_rpc_build *b, const struct sotto_rpc_port_stats *stats)
{
	json_t *array = sotto_rpc_build_array(b);

	for (size_t i = 0; i < stats->queue_count; i++)
		sotto_rpc_append(b, array, json_integer((json_int_t)stats->queue[i]));
	return array;
}

static json_t *port(struct sotto_rpc_build *b, const struct sotto_rpc_port_stats *stats)
{
	json_t *object = sotto_rpc_build_object(b);
	char mac[SOTTO_MAC_TEXT];

	sotto_rpc_put_text_or_null(b, object, "name", stats->name);
	sotto_rpc_put_text_or_null(b, object, "device", stats->device);
	sotto_rpc_put_bool(b, object, "up", stats->up);
	sotto_rpc_put_text_or_null(b, object, "mac", sotto_base_mac_text(stats->mac, mac));
	sotto_rpc_put_int(b, object, "received", stats->received);
	sotto_rpc_put_int(b, object, "sent", stats->sent);
	sotto_rpc_put_int(b, object, "missed", stats->missed);
	sotto_rpc_put_int(b, object, "no_buffer", stats->no_buffer);
	sotto_rpc_put_int(b, object, "tx_errors", stats->tx_errors);
	sotto_rpc_put_text_or_null(b, object, "steering", stats->steering);
	sotto_rpc_put_int(b, object, "steered", stats->steered);
	sotto_rpc_put_int(b, object, "astray", stats->astray);
	sotto_rpc_put_value(b, object, "queues", queues(b, stats));
	return object;
}

static json_t *totals(struct sotto_rpc_build *b, const struct sotto_rpc_traffic *traffic)
{
	json_t *object = sotto_rpc_build_object(b);

	put_traffic(b, object, traffic);
	return object;
}

static json_t *pool(struct sotto_rpc_build *b, const struct sotto_rpc_stats_result *result)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "size", result->pool_size);
	sotto_rpc_put_int(b, object, "free", result->pool_free);
	return object;
}

static json_t *control(struct sotto_rpc_build *b, const struct sotto_rpc_stats_result *result)
{
	json_t *object = sotto_rpc_build_object(b);

	sotto_rpc_put_int(b, object, "clients", result->clients);
	sotto_rpc_put_int(b, object, "requests", result->requests);
	sotto_rpc_put_int(b, object, "errors", result->errors);
	sotto_rpc_put_int(b, object, "events", result->events);
	return object;
}

void sotto_rpc_reply_stats_get(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const struct sotto_rpc_stats_result *result)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);
	json_t *workers = sotto_rpc_build_array(&b);
	json_t *ports = sotto_rpc_build_array(&b);

	for (size_t i = 0; i < result->worker_count; i++)
		sotto_rpc_append(&b, workers, worker(&b, &result->workers[i]));
	for (size_t i = 0; i < result->port_count; i++)
		sotto_rpc_append(&b, ports, port(&b, &result->ports[i]));
	sotto_rpc_put_int(&b, object, "uptime_s", result->uptime_s);
	sotto_rpc_put_int(&b, object, "sessions", result->sessions);
	sotto_rpc_put_int(&b, object, "streams", result->streams);
	sotto_rpc_put_value(&b, object, "workers", workers);
	sotto_rpc_put_value(&b, object, "totals", totals(&b, &result->totals));
	sotto_rpc_put_value(&b, object, "ports", ports);
	sotto_rpc_put_value(&b, object, "pool", pool(&b, result));
	sotto_rpc_put_value(&b, object, "control", control(&b, result));
	sotto_rpc_reply_result(reply, request, &b, object);
}

void sotto_rpc_reply_events_subscribe(
	struct sotto_rpc_reply *reply, const struct sotto_rpc_request *request, uint64_t seq)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);

	sotto_rpc_put_int(&b, object, "seq", seq);
	sotto_rpc_reply_result(reply, request, &b, object);
}

void sotto_rpc_reply_port_set(struct sotto_rpc_reply *reply,
	const struct sotto_rpc_request *request, const char *name, bool up)
{
	struct sotto_rpc_build b = {.failed = false};
	json_t *object = sotto_rpc_build_object(&b);

	sotto_rpc_put_text_or_null(&b, object, "name", name);
	sotto_rpc_put_bool(&b, object, "up", up);
	sotto_rpc_reply_result(reply, request, &b, object);
}
