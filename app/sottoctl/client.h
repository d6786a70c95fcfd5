/* SPDX-License-Identifier: BSD-3-Clause */
/* The client's end of the control socket: lines out, JSON in, with a time limit. */
#ifndef SOTTO_APP_SOTTOCTL_CLIENT_H
#define SOTTO_APP_SOTTOCTL_CLIENT_H

#include "exit.h"

#include <jansson.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_FOREVER INT64_MAX

struct client {
	int fd;
	unsigned timeout_s;                /* for an answer */
	int64_t calls;                     /* so far; the id of the last one */
	char *buffer;                      /* what came and was not taken yet */
	size_t used, room;                 /* bytes */
	volatile sig_atomic_t interrupted; /* set by the signal handler: receive no more */
};

/* Connects; says on stderr what to do when that fails. */
enum ctl_exit client_open(struct client *client, const char *path);

void client_close(struct client *client);

/* Milliseconds on a clock that only goes forward. */
int64_t client_now_ms(void);

/* Sends len bytes and a newline. */
enum ctl_exit client_send(struct client *client, const char *line, size_t len);

/*
 * Waits for the next line until the deadline (client_now_ms) and parses it. CTL_OK with *message,
 * which is NULL when time ran out or a signal came; CTL_PROTOCOL after a complaint.
 */
enum ctl_exit client_receive(struct client *client, int64_t deadline_ms, json_t **message);

/* The same, but silence is CTL_PROTOCOL, and notifications are passed over. */
enum ctl_exit client_receive_answer(struct client *client, json_t **answer);

/*
 * Sends one request, whose params are taken over, and waits for its answer: CTL_OK with an object
 * that has result or error.
 */
enum ctl_exit client_call(
	struct client *client, const char *method, json_t *params, json_t **answer);

#endif
