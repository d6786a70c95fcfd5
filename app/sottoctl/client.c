/* SPDX-License-Identifier: BSD-3-Clause */
/* The client's end of the control socket (docs/protocol.md): lines out, JSON in. */
#include "sottoctl.h"

#include "base/secret.h"
#include "rpc/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 65536
#define ANSWER_BYTES (256u << 20) /* a line beyond this is not from our engine */

static const char *advice(int error)
{
	switch (error) {
	case ENOENT:
	case ECONNREFUSED:
		return "is sottod running? Give its socket with -s or SOTTO_SOCKET";
	case EACCES:
	case EPERM:
		return "this user may not open it; see user, group and mode in sottod.conf(5)";
	default:
		return "give the engine's socket with -s or SOTTO_SOCKET";
	}
}

static enum ctl_exit cannot_connect(const char *path, int error)
{
	ctl_complain("cannot connect to %s: %s", path, strerror(error));
	ctl_complain("%s", advice(error));
	return CTL_NO_ENGINE;
}

enum ctl_exit client_open(struct client *client, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(addr.sun_path))
		return cannot_connect(path, ENAMETOOLONG);
	memcpy(addr.sun_path, path, strlen(path));
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		return cannot_connect(path, errno);
	if (connect(client->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		return cannot_connect(path, errno);
	return CTL_OK;
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	free(client->buffer);
	client->buffer = NULL;
}

int64_t client_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum ctl_exit send_all(struct client *client, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(client->fd, bytes, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR && !client->interrupted)
			continue;
		if (sent < 0) {
			ctl_complain("the engine took no request: %s", strerror(errno));
			return CTL_PROTOCOL;
		}
		bytes += sent;
		len -= (size_t)sent;
	}
	return CTL_OK;
}

enum ctl_exit client_send(struct client *client, const char *line, size_t len)
{
	enum ctl_exit rc;

	if (len > SOTTO_RPC_LINE_BYTES) {
		ctl_complain("a request of %zu bytes; the engine takes at most %d", len,
			SOTTO_RPC_LINE_BYTES);
		return CTL_USAGE;
	}
	rc = send_all(client, line, len);
	return rc == CTL_OK ? send_all(client, "\n", 1) : rc;
}

/* Takes the first line of the buffer, of len bytes and a newline, as JSON. */
static enum ctl_exit take_line(struct client *client, size_t len, json_t **message)
{
	json_error_t why;

	*message = json_loadb(client->buffer, len, JSON_REJECT_DUPLICATES, &why);
	client->used -= len + 1;
	memmove(client->buffer, client->buffer + len + 1, client->used);
	if (*message)
		return CTL_OK;
	ctl_complain("the engine sent a line that is no JSON (fault at byte %d)", why.position);
	return CTL_PROTOCOL;
}

static enum ctl_exit make_room(struct client *client)
{
	size_t room = client->room ? 2 * client->room : READ_BYTES;
	char *buffer;

	if (client->room - client->used >= READ_BYTES / 2)
		return CTL_OK;
	buffer = room <= ANSWER_BYTES ? realloc(client->buffer, room) : NULL;
	if (!buffer) {
		ctl_complain("the engine sent a line that is too long");
		return CTL_PROTOCOL;
	}
	client->buffer = buffer;
	client->room = room;
	return CTL_OK;
}

static enum ctl_exit read_more(struct client *client)
{
	enum ctl_exit rc = make_room(client);
	ssize_t got;

	if (rc != CTL_OK)
		return rc;
	got = recv(client->fd, client->buffer + client->used, client->room - client->used, 0);
	if (got < 0 && errno == EINTR)
		return CTL_OK;
	if (got > 0) {
		client->used += (size_t)got;
		return CTL_OK;
	}
	if (got < 0)
		ctl_complain("the connection broke: %s", strerror(errno));
	else
		ctl_complain("the engine closed the connection; it does so when it stops, and when "
			     "this user is not allowed (user and group in sottod.conf(5))");
	return CTL_PROTOCOL;
}

/* Waits for bytes: 1 = there are some, 0 = the time is over or a signal came. */
static int wait_for_bytes(const struct client *client, int64_t deadline_ms)
{
	struct pollfd pollfd = {.fd = client->fd, .events = POLLIN};
	int64_t left = deadline_ms == CLIENT_FOREVER ? 1000 : deadline_ms - client_now_ms();

	if (client->interrupted || left <= 0)
		return 0;
	return poll(&pollfd, 1, left > 1000 ? 1000 : (int)left) > 0;
}

enum ctl_exit client_receive(struct client *client, int64_t deadline_ms, json_t **message)
{
	enum ctl_exit rc = CTL_OK;
	size_t looked_at = 0;

	*message = NULL;
	while (rc == CTL_OK) {
		char *end = client->used > looked_at ? memchr(client->buffer + looked_at, '\n',
							       client->used - looked_at)
						     : NULL;

		if (end)
			return take_line(client, (size_t)(end - client->buffer), message);
		looked_at = client->used;
		if (wait_for_bytes(client, deadline_ms))
			rc = read_more(client);
		else if (client->interrupted || client_now_ms() >= deadline_ms)
			break;
	}
	return rc;
}

enum ctl_exit client_receive_answer(struct client *client, json_t **answer)
{
	int64_t deadline_ms = client_now_ms() + (int64_t)client->timeout_s * 1000;
	enum ctl_exit rc;

	for (;;) {
		rc = client_receive(client, deadline_ms, answer);
		if (rc != CTL_OK)
			return rc;
		if (!*answer) {
			if (client->interrupted)
				ctl_complain("interrupted before the answer came");
			else
				ctl_complain("no answer in %u seconds", client->timeout_s);
			return CTL_PROTOCOL;
		}
		if (!json_object_get(*answer, "method"))
			return CTL_OK;
		json_decref(*answer);
	}
}

/* An answer to this call; the id is null when the engine could not read the request's. */
static bool is_answer(const struct client *client, const json_t *answer)
{
	const json_t *id = json_object_get(answer, "id");

	if (json_is_object(json_object_get(answer, "error")))
		return json_is_null(id) || json_integer_value(id) == client->calls;
	return json_object_get(answer, "result") && json_integer_value(id) == client->calls;
}

static enum ctl_exit send_json(struct client *client, const json_t *request)
{
	size_t len = 0;
	char *text = ctl_text(request, &len);
	enum ctl_exit rc = text ? client_send(client, text, len) : CTL_PROTOCOL;

	ctl_forget(text, len);
	return rc;
}

enum ctl_exit client_call(
	struct client *client, const char *method, json_t *params, json_t **answer)
{
	json_t *request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id",
		(json_int_t)++client->calls, "method", method, "params", params);
	enum ctl_exit rc = request ? send_json(client, request) : CTL_PROTOCOL;

	json_decref(request);
	if (rc == CTL_OK)
		rc = client_receive_answer(client, answer);
	if (rc != CTL_OK || is_answer(client, *answer))
		return rc;
	ctl_complain("the engine sent an answer that is none to this request");
	json_decref(*answer);
	return CTL_PROTOCOL;
}
