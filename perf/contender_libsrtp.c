/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libsrtp2 as a contender: one session for every stream, found without a search. It keeps state of
 * its own, so every round brings it indices that it has not seen, as it does to the others.
 */
#include "contender.h"

#include "tests/oracle/libsrtp_info.h"

#include <srtp2/srtp.h>
#include <stdlib.h>
#include <string.h>

struct state {
	srtp_t *sessions;
	unsigned streams;
};

static bool session_open(
	srtp_t *session, const struct sotto_master *master, enum direction direction)
{
	uint8_t key[SOTTO_MASTER_KEY_MAX + SOTTO_MASTER_SALT_MAX];
	srtp_policy_t policy;

	memset(&policy, 0, sizeof(policy));
	memcpy(key, master->key, master->suite->key_len);
	memcpy(key + master->suite->key_len, master->salt, master->suite->salt_len);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
	policy.ssrc.type = direction == PROTECT ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = key;
	policy.window_size = SOTTO_REPLAY_WINDOW;
	return srtp_create(session, &policy) == srtp_err_status_ok;
}

static void libsrtp_close(void *p)
{
	struct state *state = p;

	for (unsigned i = 0; i < state->streams; i++)
		srtp_dealloc(state->sessions[i]);
	free(state->sessions);
	free(state);
	srtp_shutdown();
}

static void *libsrtp_open(const struct traffic *traffic, const char *backend, const char *tier)
{
	struct state *state = calloc(1, sizeof(*state));

	if (!state || srtp_init() != srtp_err_status_ok)
		abort();
	state->sessions = calloc(traffic->scene.streams, sizeof(*state->sessions));
	if (!state->sessions)
		abort();
	while (state->streams < traffic->scene.streams) {
		if (!session_open(&state->sessions[state->streams],
			    &traffic->masters[state->streams], traffic->scene.direction)) {
			libsrtp_close(state);
			return NULL;
		}
		state->streams++;
	}
	return state;
}

static unsigned libsrtp_run(void *p, struct traffic *traffic, unsigned first, unsigned end)
{
	bool protect = traffic->scene.direction == PROTECT;
	struct state *state = p;
	unsigned passed = 0;

	for (unsigned i = first; i < end; i++) {
		srtp_t session = state->sessions[traffic->order[i]];
		int len = (int)traffic->len[i];
		srtp_err_status_t status =
			protect ? srtp_protect(session, traffic->data[i], &len)
				: srtp_unprotect(session, traffic->data[i], &len);

		traffic->len[i] = (uint32_t)len;
		passed += status == srtp_err_status_ok;
	}
	return passed;
}

void contender_libsrtp_describe(char *out, size_t size)
{
	libsrtp_describe(out, size);
}

const struct contender_kind contender_libsrtp = {
	.name = "libsrtp2",
	.open = libsrtp_open,
	.close = libsrtp_close,
	.run = libsrtp_run,
};
