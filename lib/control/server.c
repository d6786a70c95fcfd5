/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Unix stream socket: who may connect (peer credentials), lines in, answers out. A client that
 * does not read its answers is first no longer read, then dropped; workers never notice.
 */
#include "control/internal.h"

#include "base/secret.h"

#include <errno.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define GROUPS_MAX 256 /* supplementary groups of a peer that are looked at */
#define READ_ON 65536  /* bytes that are read at a time of a line that is not whole yet */

static void drop_client(struct client *client)
{
	struct sotto_control *control = client->control;
	struct client **at = &control->clients;

	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	control->client_count--;
	bufferevent_free(client->stream);
	free(client);
}

void control_send(struct client *client, char *text, size_t len)
{
	if (bufferevent_write(client->stream, text, len) != 0)
		client->closing = true;
	free(text);
}

/* Ends a client that sent a line longer than the protocol allows. */
static void refuse_long_line(struct client *client)
{
	struct sotto_rpc_batch none = {.count = 1};
	struct sotto_rpc_error error = {.kind = SOTTO_RPC_NO_ERROR};
	struct sotto_rpc_reply reply;
	char *text;
	size_t len;

	client->control->errors++;
	sotto_rpc_error_set(&error, SOTTO_RPC_TOO_LARGE, NULL, "the line is too long");
	sotto_rpc_reply_start(&reply, &none);
	sotto_rpc_reply_error(&reply, NULL, &error);
	if (sotto_rpc_reply_finish(&reply, &text, &len) == 0)
		control_send(client, text, len);
	client->closing = true;
}

static bool has_output(const struct client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->stream)) != 0;
}

/* Answers are waiting: go on when they are out. */
static bool is_congested(const struct client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->stream)) > OUTPUT_PAUSE;
}

/* Takes len bytes off the front and wipes them where they stood: the buffer may live on for long.
 */
static void wipe_front(struct evbuffer *input, size_t len)
{
	struct evbuffer_iovec part;

	while (len > 0 && evbuffer_peek(input, -1, NULL, &part, 1) > 0) {
		size_t n = part.iov_len < len ? part.iov_len : len;

		sotto_base_wipe(part.iov_base, n);
		evbuffer_drain(input, n);
		len -= n;
	}
}

/* The first whole line without its newline, of *len bytes, to be wiped and freed; or NULL. */
static char *take_line(struct client *client, struct evbuffer *input, size_t *len)
{
	struct evbuffer_ptr end = evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF);
	char *line;

	if (end.pos < 0)
		return NULL;
	*len = (size_t)end.pos;
	line = malloc(*len + 1);
	if (!line) {
		client->closing = true;
		return NULL;
	}
	evbuffer_copyout(input, line, *len);
	wipe_front(input, *len + 1);
	return line;
}

static void read_lines(struct client *client)
{
	struct evbuffer *input = bufferevent_get_input(client->stream);
	size_t len;
	char *line;

	while (!client->closing && !is_congested(client)) {
		line = take_line(client, input, &len);
		if (!line)
			break;
		if (len > SOTTO_RPC_LINE_BYTES)
			refuse_long_line(client);
		else
			control_line(client, line, len);
		sotto_base_wipe(line, len);
		free(line);
		sotto_base_wipe_stack();
	}
	if (!client->closing && !is_congested(client) &&
		evbuffer_get_length(input) > SOTTO_RPC_LINE_BYTES)
		refuse_long_line(client);
	if (client->closing || client->ended || is_congested(client))
		bufferevent_disable(client->stream, EV_READ);
	if ((client->closing || client->ended) && !has_output(client))
		drop_client(client);
}

/*
 * libevent reads 4096 bytes for a turn of its loop. A line of more is fetched here at once, and no
 * more than that: other clients and the timers have their turn between lines.
 */
static void read_on(struct bufferevent *stream)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	struct evbuffer_iovec part = {.iov_len = 1};

	evbuffer_unfreeze(input, 0);
	while (part.iov_len > 0 && evbuffer_get_length(input) <= SOTTO_RPC_LINE_BYTES &&
		evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos < 0 &&
		evbuffer_reserve_space(input, READ_ON, &part, 1) == 1) {
		ssize_t n = read(bufferevent_getfd(stream), part.iov_base, READ_ON);

		part.iov_len = n > 0 ? (size_t)n : 0; /* libevent hears of an end, too */
		evbuffer_commit_space(input, &part, 1);
	}
	evbuffer_freeze(input, 0);
}

static void on_read(struct bufferevent *stream, void *arg)
{
	read_on(stream);
	read_lines(arg);
}

/* The output ran empty. */
static void on_written(struct bufferevent *stream, void *arg)
{
	struct client *client = arg;

	if (client->closing) {
		drop_client(client);
		return;
	}
	if (!client->ended)
		bufferevent_enable(stream, EV_READ);
	control_events_deliver(client);
	read_lines(client);
}

/* The peer has said its last, went away, or takes nothing. Only in the first case it may listen. */
static void on_event(struct bufferevent *stream, short what, void *arg)
{
	struct client *client = arg;

	if (!(what & BEV_EVENT_EOF) || client->closing) {
		drop_client(client);
		return;
	}
	client->ended = true;
	read_lines(client);
}

static bool in_groups(const struct sotto_control *control, gid_t gid)
{
	for (unsigned i = 0; i < control->config.group_count; i++) {
		if (control->config.group[i] == gid)
			return true;
	}
	return false;
}

/* Whether the process at the other end may connect: its user, its group, a further group. */
static bool peer_is_allowed(const struct sotto_control *control, int fd)
{
	struct ucred peer;
	gid_t groups[GROUPS_MAX];
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid() || in_groups(control, peer.gid))
		return true;
	for (unsigned i = 0; i < control->config.user_count; i++) {
		if (control->config.user[i] == peer.uid)
			return true;
	}
	len = sizeof(groups);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
		return false;
	for (size_t i = 0; i < len / sizeof(groups[0]); i++) {
		if (in_groups(control, groups[i]))
			return true;
	}
	return false;
}

static void add_client(struct sotto_control *control, int fd)
{
	static const struct timeval write_timeout = {.tv_sec = WRITE_TIMEOUT_S};
	struct client *client = calloc(1, sizeof(*client));

	if (client)
		client->stream = bufferevent_socket_new(control->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client || !client->stream) {
		free(client);
		close(fd);
		return;
	}
	client->control = control;
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	bufferevent_setcb(client->stream, on_read, on_written, on_event, client);
	bufferevent_set_timeouts(client->stream, NULL, &write_timeout);
	bufferevent_setwatermark(client->stream, EV_READ, 0, SOTTO_RPC_LINE_BYTES + 2);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

/* At most one line a second, whatever knocks. */
static void tell_refused(struct sotto_control *control)
{
	uint64_t now = control_now_us(control);

	control->refused_peers++;
	if (control->refused_told_us != 0 && now - control->refused_told_us < 1000000)
		return;
	fprintf(stderr, "<4>sottod: control: %llu peer(s) not allowed, closed\n",
		(unsigned long long)control->refused_peers);
	control->refused_peers = 0;
	control->refused_told_us = now;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr,
	int len, void *arg)
{
	struct sotto_control *control = arg;

	if (!peer_is_allowed(control, fd)) {
		tell_refused(control);
		close(fd);
	} else if (control->client_count >= CLIENTS_MAX) {
		close(fd);
	} else {
		add_client(control, fd);
	}
}

static int complain(const char *path, const char *what, int error)
{
	fprintf(stderr, "<3>sottod: control socket %s: %s: %s\n", path, what, strerror(error));
	return -error;
}

/* Makes the directory of the socket when it is missing: private unless others are allowed. */
static void make_directory(const struct sotto_control *control, const struct sockaddr_un *addr)
{
	char directory[sizeof(addr->sun_path)];
	char *slash;

	memcpy(directory, addr->sun_path, sizeof(directory));
	slash = strrchr(directory, '/');
	if (!slash || slash == directory)
		return;
	*slash = 0;
	mkdir(directory,
		control->config.user_count + control->config.group_count == 0 ? 0700 : 0711);
}

/* Removes what an earlier run left; never a socket that somebody listens on, never a file. */
static int clear_path(const struct sockaddr_un *addr)
{
	struct stat st;
	bool refused;
	int fd, rc;

	if (lstat(addr->sun_path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return complain(addr->sun_path, "exists and is not a socket", EEXIST);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
	refused = rc != 0 && errno == ECONNREFUSED;
	close(fd);
	if (!refused) /* also a listener that is busy, or a socket of another type */
		return complain(addr->sun_path, "another process has it", EADDRINUSE);
	return unlink(addr->sun_path) == 0 ? 0 : complain(addr->sun_path, "unlink", errno);
}

/* Binds with nobody allowed, then opens it as configured. */
static int bind_socket(struct sotto_control *control, int fd, const struct sockaddr_un *addr)
{
	gid_t group = control->config.group_count ? control->config.group[0] : (gid_t)-1;
	mode_t before = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)addr, sizeof(*addr));
	int error = errno;

	umask(before);
	if (rc != 0)
		return complain(addr->sun_path, "bind", error);
	if ((group != (gid_t)-1 && chown(addr->sun_path, (uid_t)-1, group) != 0) ||
		chmod(addr->sun_path, control->config.mode) != 0)
		return complain(addr->sun_path, "cannot set group or mode", errno);
	return stat(addr->sun_path, &control->socket_made) == 0 ? 0 : -errno;
}

int control_listen(struct sotto_control *control)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, rc;

	if (strlen(control->config.socket) >= sizeof(addr.sun_path))
		return complain(control->config.socket, "path is too long", ENAMETOOLONG);
	memcpy(addr.sun_path, control->config.socket, strlen(control->config.socket));
	make_directory(control, &addr);
	rc = clear_path(&addr);
	if (rc != 0)
		return rc;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	rc = bind_socket(control, fd, &addr);
	if (rc == 0)
		control->listener = evconnlistener_new(control->base, on_accept, control,
			LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, CLIENTS_MAX, fd);
	if (control->listener)
		return 0;
	close(fd);
	return rc != 0 ? rc : -ENOMEM;
}

void control_close(struct sotto_control *control)
{
	struct stat st;

	while (control->clients)
		drop_client(control->clients);
	if (!control->listener)
		return;
	evconnlistener_free(control->listener);
	control->listener = NULL;
	if (stat(control->config.socket, &st) == 0 && st.st_ino == control->socket_made.st_ino &&
		st.st_dev == control->socket_made.st_dev)
		unlink(control->config.socket);
}
