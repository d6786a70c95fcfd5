/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Installs the whole way: lines of JSON through a Unix socket, lib/control as the engine runs it,
 * answers read and counted by a client thread. Time is the control thread's.
 */
#include "control.h"
#include "machine.h"

#include "base/base64.h"
#include "control/control.h"

#include <pthread.h>
#include <rte_cycles.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BATCH 100        /* requests in a line */
#define REQUEST_MAX 1024 /* bytes of one */
#define END_SIGNAL SIGUSR1

static const struct control_shape shape = {.ssrcs = CONTROL_SSRCS};

/* One line and the length of it. */
struct line {
	char *text;
	size_t len;
};

struct client {
	struct control_bench *bench;
	pthread_t control; /* the thread that carries requests out */
	int fd;
	char *answer; /* one line at a time */
	size_t room, used;
	unsigned lines;    /* of each kind */
	struct line *puts; /* [lines] */
	struct line *deletes;
	struct samples installs, removals;
	bool good;
};

/* --- requests ---------------------------------------------------------------------------------
 */

static int write_key(const struct control_bench *bench, unsigned call, bool receive, char *out)
{
	const struct sotto_suite *suite = bench->options.suite;
	char key[64], salt[32];
	struct sotto_keying keying;

	gateway_keying(suite, call, GATEWAY_A, receive, &keying);
	sotto_base_base64_encode(keying.master[0].key, suite->key_len, key);
	sotto_base_base64_encode(keying.master[0].salt, suite->salt_len, salt);
	return sprintf(out, "\"%s\":{\"suite\":\"%s\",\"key\":\"%s\",\"salt\":\"%s\"}",
		receive ? "receive" : "send", suite->name, key, salt);
}

/* Where a leg is and where its peer is, as gateway_put() has it. */
static int write_place(
	const struct control_bench *bench, unsigned call, enum gateway_side side, char *out)
{
	unsigned port = gateway_local_port(call);
	struct sotto_addr peer;

	gateway_peer(call, side, &peer);
	return sprintf(out,
		"\"interface\":\"%s\",\"local_port\":%u,\"dscp\":46,"
		"\"remote\":{\"address\":\"%u.%u.%u.%u\",\"port\":%u}",
		gateway_interface(&bench->gateway, call, side)->name, port, peer.bytes[0],
		peer.bytes[1], peer.bytes[2], peer.bytes[3], port);
}

static int write_put(const struct control_bench *bench, unsigned call, char *out)
{
	char *at = out;

	at += sprintf(at,
		"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"session.put\",\"params\":{\"id\":"
		"\"call-%u\",\"rev\":1,\"media\":[{\"id\":\"audio\",\"a\":{"
		"\"security\":\"required\",",
		call, call);
	at += write_place(bench, call, GATEWAY_A, at);
	*at++ = ',';
	at += write_key(bench, call, true, at);
	*at++ = ',';
	at += write_key(bench, call, false, at);
	at += sprintf(at, "},\"b\":{\"security\":\"clear\",");
	at += write_place(bench, call, GATEWAY_B, at);
	at += sprintf(at, "}}]}}");
	return (int)(at - out);
}

static int write_delete(const struct control_bench *bench, unsigned call, char *out)
{
	return sprintf(out,
		"{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"session.delete\",\"params\":{\"id\":"
		"\"call-%u\"}}",
		call, call);
}

/* A line with the requests for BATCH calls from first on, newline included. */
static bool write_line(const struct control_bench *bench, unsigned first,
	int (*write_one)(const struct control_bench *bench, unsigned call, char *out),
	struct line *line)
{
	char *at = line->text = malloc(BATCH * REQUEST_MAX);

	if (!at)
		return false;
	for (unsigned k = 0; k < BATCH; k++) {
		*at++ = k == 0 ? '[' : ',';
		at += write_one(bench, first + k, at);
	}
	*at++ = ']';
	*at++ = '\n';
	line->len = (size_t)(at - line->text);
	return true;
}

static bool write_lines(struct client *client)
{
	const struct control_bench *bench = client->bench;
	bool good;

	client->lines = bench->options.calls / BATCH;
	client->puts = calloc(client->lines, sizeof(client->puts[0]));
	client->deletes = calloc(client->lines, sizeof(client->deletes[0]));
	client->room = BATCH * 8192;
	client->answer = malloc(client->room + 1);
	good = client->puts && client->deletes && client->answer;
	for (unsigned i = 0; good && i < client->lines; i++)
		good = write_line(bench, i * BATCH, write_put, &client->puts[i]) &&
		       write_line(bench, i * BATCH, write_delete, &client->deletes[i]);
	return good;
}

static void free_lines(struct client *client)
{
	for (unsigned i = 0; i < client->lines; i++) {
		free(client->puts[i].text);
		free(client->deletes[i].text);
	}
	free(client->puts);
	free(client->deletes);
	free(client->answer);
}

/* --- the client's thread ----------------------------------------------------------------------
 */

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		n++;
	return n;
}

static bool read_answer(struct client *client)
{
	client->used = 0;
	do {
		ssize_t n = read(
			client->fd, client->answer + client->used, client->room - client->used);

		if (n <= 0)
			return false;
		client->used += (size_t)n;
	} while (client->answer[client->used - 1] != '\n');
	client->answer[client->used] = 0;
	return true;
}

static bool ask(struct client *client, const struct line *line)
{
	for (size_t sent = 0; sent < line->len;) {
		ssize_t n = write(client->fd, line->text + sent, line->len - sent);

		if (n <= 0)
			return false;
		sent += (size_t)n;
	}
	if (!read_answer(client))
		return false;
	if (count(client->answer, "\"result\":") == BATCH)
		return true;
	fprintf(stderr, "not all of a batch was done: %.300s\n", client->answer);
	return false;
}

static uint64_t control_ns(const struct client *client)
{
	struct timespec now;
	clockid_t clock;

	pthread_getcpuclockid(client->control, &clock);
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool ask_all(struct client *client, const struct line *lines, struct samples *rate)
{
	uint64_t start = control_ns(client);

	for (unsigned i = 0; i < client->lines; i++) {
		if (!ask(client, &lines[i]))
			return false;
	}
	if (rate)
		samples_add(
			rate, client->lines * BATCH * 1e9 / (double)(control_ns(client) - start));
	return true;
}

static void *be_client(void *arg)
{
	struct client *client = arg;
	bool good = true;

	for (unsigned n = 0; good && n <= client->bench->options.common.rounds; n++)
		good = ask_all(client, client->deletes, n == 0 ? NULL : &client->removals) &&
		       ask_all(client, client->puts, n == 0 ? NULL : &client->installs);
	client->good = good;
	kill(getpid(), END_SIGNAL);
	return NULL;
}

/* --- control ----------------------------------------------------------------------------------
 */

static uint64_t now_us(void *arg)
{
	return rte_rdtsc() / (rte_get_tsc_hz() / 1000000);
}

static int create_control(
	struct control_bench *bench, const char *path, struct sotto_control **control)
{
	struct gateway *gateway = &bench->gateway;
	const struct sotto_control_config config = {
		.host = {.now_us = now_us},
		.sessions = gateway->sessions,
		.interface = gateway->interface,
		.interface_count = 2 * gateway->addresses,
		.device_port = {gateway->port[GATEWAY_A], gateway->port[GATEWAY_B]},
		.device_count = GATEWAY_SIDES,
		.punt = &gateway->punt,
		.pool = gateway->pool,
		.socket = path,
		.mode = 0600,
		.server = "bench_control",
		.boot_id = "bench",
		.limits = {.sessions = gateway->wish.calls,
			.streams = 4 * gateway->wish.calls * gateway->wish.ssrcs,
			.workers = 1},
	};
	int rc = sotto_control_create(&config, control);

	return rc == 0 ? sotto_control_on_signal(*control, END_SIGNAL) : rc;
}

static bool connect_client(struct client *client, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return client->fd >= 0 &&
	       connect(client->fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0;
}

/* Serves the client on this thread, which built the gateway's keys before, too. */
static bool serve(struct client *client, const char *path)
{
	struct sotto_control *control = NULL;
	pthread_t thread;
	bool good;

	client->control = pthread_self();
	good = create_control(client->bench, path, &control) == 0 && connect_client(client, path) &&
	       pthread_create(&thread, NULL, be_client, client) == 0;
	if (good) {
		sotto_control_run(control);
		pthread_join(thread, NULL);
	}
	sotto_control_destroy(control);
	if (client->fd >= 0)
		close(client->fd);
	return good && client->good;
}

/* What it takes to understand the lines alone. */
static void time_decoding(const struct client *client, struct samples *decodes)
{
	for (unsigned n = 0; n <= client->bench->options.common.rounds; n++) {
		uint64_t start = machine_ns();
		struct sotto_rpc_batch batch;

		for (unsigned i = 0; i < client->lines; i++) {
			if (sotto_rpc_decode(
				    client->puts[i].text, client->puts[i].len - 1, &batch) != 0)
				return;
			sotto_rpc_batch_free(&batch);
		}
		if (n > 0)
			samples_add(decodes,
				client->lines * BATCH * 1e9 / (double)(machine_ns() - start));
	}
}

static void report_rate(struct control_bench *bench, const char *name,
	const struct samples *samples, const char *note)
{
	struct report_row row = {.name = name, .unit = "calls/s", .samples = samples, .note = note};
	unsigned n = control_params(bench, &shape, &row);

	row.param[n] = (struct report_param){.name = "batch", .number = BATCH};
	report_row(bench->report, &row);
}

static bool run(struct control_bench *bench, const char *path)
{
	struct client client = {.bench = bench, .fd = -1};
	struct samples decodes = {.n = 0};
	bool good = write_lines(&client) && serve(&client, path);

	if (good) {
		time_decoding(&client, &decodes);
		report_rate(bench, "socket-installs", &client.installs,
			"session.put of JSON, from a Unix socket");
		report_rate(bench, "socket-deletes", &client.removals,
			"session.delete, with the last statistics in the answer");
		report_rate(bench, "decode", &decodes, "session.put of JSON to structs, only");
	} else {
		fputs("the client was not served\n", stderr);
	}
	free_lines(&client);
	return good;
}

bool control_socket(struct control_bench *bench)
{
	char folder[] = "/tmp/sotto-bench-XXXXXX", path[64];
	bool good;

	if (!mkdtemp(folder)) {
		perror(folder);
		return false;
	}
	snprintf(path, sizeof(path), "%s/control", folder);
	good = control_open(bench, &shape, bench->options.calls) && run(bench, path);
	if (good)
		gateway_close(&bench->gateway);
	rmdir(folder);
	return good;
}
