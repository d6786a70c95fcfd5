/* SPDX-License-Identifier: BSD-3-Clause */
/* The calls of a plan in sottod: see control.h. Blocks: before and after the packets only. */
#include "control.h"

#include "requests.h"
#include "say.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 30 /* for an answer */
#define BATCH 250     /* requests in a line: far below its limit, with the longest keys */
#define READ_BYTES 65536
#define ANSWER_BYTES (64u << 20)

int gen_control_open(struct gen_control *control, const char *path)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(addr.sun_path))
		return gen_complain(GEN_USAGE, "--control %s: the path is too long", path);
	memcpy(addr.sun_path, path, strlen(path));
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (control->fd < 0 || connect(control->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		return gen_complain(GEN_FAULT,
			"cannot connect to %s: %s; is sottod running, and may this user talk to "
			"it?",
			path, strerror(errno));
	setsockopt(control->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(control->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return 0;
}

void gen_control_close(struct gen_control *control)
{
	if (control->fd >= 0)
		close(control->fd);
	free(control->buffer);
	*control = (struct gen_control){.fd = -1};
}

static int send_line(struct gen_control *control, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0, sent = 0;

	if (!text)
		return gen_complain(GEN_FAULT, "no memory for a request");
	text[len++] = '\n'; /* in place of the closing zero */
	while (sent < len) {
		ssize_t n = send(control->fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	free(text);
	return sent == len ? 0
			   : gen_complain(GEN_FAULT, "sottod took no request: %s", strerror(errno));
}

/* Reads on; false when nothing comes, or too much. */
static bool read_more(struct gen_control *control)
{
	ssize_t n;

	if (control->room - control->used < READ_BYTES) {
		size_t room = 2 * control->room + READ_BYTES;
		char *larger = room <= ANSWER_BYTES ? realloc(control->buffer, room) : NULL;

		if (!larger)
			return false;
		control->buffer = larger;
		control->room = room;
	}
	do {
		n = recv(control->fd, control->buffer + control->used,
			control->room - control->used, 0);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		control->used += (size_t)n;
	return n > 0;
}

/* The next line as JSON; NULL after a complaint. */
static json_t *receive_line(struct gen_control *control)
{
	json_error_t error;
	json_t *json;
	size_t seen = 0;
	char *end = NULL;

	while (!end) {
		if (seen < control->used)
			end = memchr(control->buffer + seen, '\n', control->used - seen);
		seen = control->used;
		if (!end && !read_more(control)) {
			gen_complain(GEN_FAULT, "sottod did not answer");
			return NULL;
		}
	}
	seen = (size_t)(end - control->buffer);
	json = json_loadb(control->buffer, seen, 0, &error);
	control->used -= seen + 1;
	memmove(control->buffer, end + 1, control->used);
	if (!json)
		gen_complain(GEN_FAULT, "sottod sent what is no JSON");
	return json;
}

/* Sends a batch and waits for as many answers. */
static int exchange(struct gen_control *control, const json_t *batch, json_t **answers)
{
	if (send_line(control, batch) != 0)
		return GEN_FAULT;
	*answers = receive_line(control);
	if (!*answers)
		return GEN_FAULT;
	if (json_array_size(*answers) == json_array_size(batch))
		return 0;
	json_decref(*answers);
	return gen_complain(GEN_FAULT, "sottod sent answers that are none to this request");
}

static int refused(uint32_t call, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");
	const json_t *data = json_object_get(error, "data");
	const char *field = json_string_value(json_object_get(data, "field"));
	const char *detail = json_string_value(json_object_get(data, "detail"));
	const char *kind = json_string_value(json_object_get(data, "kind"));

	return gen_complain(GEN_FAULT, "sottod refused call %u: %s: %s%s%s", call,
		kind ? kind : "?", field ? field : "", field ? ": " : "", detail ? detail : "?");
}

static int put_batch(struct gen_control *control, struct gen_plan *plan,
	const struct gen_options *options, uint32_t first, uint32_t end)
{
	json_t *batch = json_array(), *answers;
	int rc;

	for (uint32_t i = first; i < end; i++) {
		if (json_array_append_new(batch, gen_request_put(plan, options, i)) != 0) {
			json_decref(batch);
			return gen_complain(GEN_USAGE, "call %u: no request can be made", i);
		}
	}
	rc = exchange(control, batch, &answers);
	json_decref(batch);
	if (rc != 0)
		return rc;
	for (uint32_t i = first; rc == 0 && i < end; i++) {
		const json_t *answer = json_array_get(answers, i - first);

		if (gen_request_answered(&plan->call[i], answer) != 0)
			rc = refused(i, answer);
	}
	json_decref(answers);
	return rc;
}

static int delete_batch(struct gen_control *control, const struct gen_options *options,
	uint32_t first, uint32_t end)
{
	json_t *batch = json_array(), *answers;
	int rc;

	for (uint32_t i = first; i < end; i++)
		json_array_append_new(batch, gen_request_delete(options, i));
	rc = exchange(control, batch, &answers);
	json_decref(batch);
	if (rc == 0)
		json_decref(answers);
	return rc;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static uint32_t batch_end(uint32_t first, uint32_t count)
{
	return count - first > BATCH ? first + BATCH : count;
}

int gen_control_put(
	struct gen_control *control, struct gen_plan *plan, const struct gen_options *options)
{
	struct timespec start;
	double seconds;
	int rc = gen_control_delete(control, plan, options);

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint32_t i = 0; rc == 0 && i < plan->count; i += BATCH)
		rc = put_batch(control, plan, options, i, batch_end(i, plan->count));
	if (rc != 0) {
		gen_control_delete(control, plan, options);
		return rc;
	}
	seconds = seconds_since(&start);
	printf("%u calls put in %.3f s (%.0f a second)\n", plan->count, seconds,
		plan->count / seconds);
	return 0;
}

int gen_control_delete(
	struct gen_control *control, const struct gen_plan *plan, const struct gen_options *options)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < plan->count; i += BATCH)
		rc = delete_batch(control, options, i, batch_end(i, plan->count));
	return rc;
}
