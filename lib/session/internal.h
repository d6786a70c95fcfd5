/* SPDX-License-Identifier: BSD-3-Clause */
/* The session table's insides. Private to lib/session. */
#ifndef SOTTO_SESSION_INTERNAL_H
#define SOTTO_SESSION_INTERNAL_H

#include "session/session.h"

/* Keys of a leg by direction and protocol. */
enum {
	KEY_RECEIVE_RTP,
	KEY_RECEIVE_RTCP,
	KEY_SEND_RTP,
	KEY_SEND_RTCP,
	KEYS
};

struct sotto_media {
	struct sotto_leg leg[2];
	struct sotto_key *key[2][KEYS];
	struct sotto_neighbor *neighbor[2];
};

/* Something that workers may still read; freed when its token is over. */
struct retired {
	struct retired *next;
	uint64_t token;
	struct sotto_media *media;
	struct sotto_leg_state *state;
	struct sotto_session *session;
};

struct sotto_sessions {
	struct sotto_session_env env;
	struct sotto_session_limits limits;
	uint64_t seed;
	uint32_t count;
	uint32_t streams;
	uint32_t owned[SOTTO_WORKERS_MAX];
	uint32_t waiting; /* retired, not yet freed */
	struct retired *oldest, *youngest;
	uint32_t free_slot; /* where to look for a free slot next */
	uint32_t generation;
	struct sotto_session **slots; /* [limits.sessions] */
	struct sotto_session **chains;
	uint32_t chain_mask;
	struct sotto_neighbors neighbors;
};

/* table.c */
void sotto_session_table_add(struct sotto_sessions *sessions, struct sotto_session *session);
void sotto_session_table_remove(struct sotto_sessions *sessions, struct sotto_session *session);

/* media.c: a media object with keys, not yet published. 0 or as sotto_session_put(). */
int sotto_session_media_build(struct sotto_sessions *sessions, const struct sotto_session *session,
	unsigned index, const struct sotto_media_spec *spec, const uint16_t port[2],
	struct sotto_leg_state *const state[2], struct sotto_media **out,
	struct sotto_session_error *error);
/* Wipes keys and frees. No reader may be left. NULL allowed. */
void sotto_session_media_free(struct sotto_sessions *sessions, struct sotto_media *media);
struct sotto_leg_state *sotto_session_state_new(struct sotto_sessions *sessions, uint32_t streams);

/* retire.c: takes over what is not NULL. */
void sotto_session_retire(struct sotto_sessions *sessions, struct sotto_media *media,
	struct sotto_leg_state *state, struct sotto_session *session);
void sotto_session_retire_all(struct sotto_sessions *sessions);

#endif
