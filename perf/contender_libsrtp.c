/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libsrtp2 as a contender: one session for every stream, found without a search. It keeps state of
 * its own, so every round brings it indices that it has not seen, as it does to the others.
 */
#include "contender.h"

#include "tests/oracle/judge.h"
#include "tests/oracle/libsrtp_info.h"

#include <stdlib.h>
#include <string.h>

struct state {
	struct judge *sessions;
	unsigned streams;
};

static unsigned users; /* the library is started and ended once for all of them */

static void session_open(
	struct judge *session, const struct scene *scene, const struct sotto_master *master)
{
	const struct plan plan = {.suite = scene->suite, .window = scene->window};
	struct sotto_keying keying = {.suite = scene->suite, .count = 1};

	memcpy(keying.master[0].key, master->key, scene->suite->key_len);
	memcpy(keying.master[0].salt, master->salt, scene->suite->salt_len);
	judge_open(session, &plan, &keying, scene->direction == PROTECT, false);
}

static void libsrtp_close(void *p)
{
	struct state *state = p;

	for (unsigned i = 0; i < state->streams; i++)
		judge_close(&state->sessions[i]);
	free(state->sessions);
	free(state);
	if (--users == 0)
		judge_shutdown();
}

static void *libsrtp_open(const struct traffic *traffic, const char *backend, const char *tier)
{
	const struct scene *scene = &traffic->scene;
	struct state *state;

	/* libsrtp2 on NSS derives other session keys there: see (d) in tests/oracle/run.c */
	if (scene->suite->cipher == SOTTO_CIPHER_AES_CM_192)
		return NULL;
	state = calloc(1, sizeof(*state));
	if (!state)
		abort();
	if (users++ == 0)
		judge_init();
	state->sessions = calloc(scene->streams, sizeof(*state->sessions));
	if (!state->sessions)
		abort();
	for (; state->streams < scene->streams; state->streams++)
		session_open(
			&state->sessions[state->streams], scene, &traffic->masters[state->streams]);
	return state;
}

static unsigned libsrtp_run(void *p, struct traffic *traffic, unsigned first, unsigned end)
{
	bool protect = traffic->scene.direction == PROTECT;
	struct state *state = p;
	unsigned passed = 0;

	for (unsigned i = first; i < end; i++) {
		srtp_t session = state->sessions[traffic->order[i]].session;
		int len = (int)traffic->len[i];
		srtp_err_status_t status =
			protect ? srtp_protect(session, traffic->data[i], &len)
				: srtp_unprotect(session, traffic->data[i], &len);

		traffic->len[i] = (uint32_t)len;
		passed += status == srtp_err_status_ok;
	}
	return passed;
}

__attribute__((visibility("default"))) const struct contender_kind LIBSRTP_CONTENDER = {
	.name = LIBSRTP_NAME,
	.open = libsrtp_open,
	.close = libsrtp_close,
	.run = libsrtp_run,
	.describe = libsrtp_describe,
	.stream_bytes = 32768,
	.streams = LIBSRTP_STREAMS_MAX,
};
