/* SPDX-License-Identifier: BSD-3-Clause */
/* The session table's insides. Private to lib/session. */
#ifndef SOTTO_SESSION_INTERNAL_H
#define SOTTO_SESSION_INTERNAL_H

#include "session/install.h"

/* Directions of a leg. */
enum {
	RECEIVE,
	SEND,
	DIRECTIONS
};

struct sotto_media {
	struct sotto_leg leg[2];
};

/* Something that workers may still read; freed when its token is over. */
struct retired {
	struct retired *next;
	uint64_t token;
	struct sotto_media *media;
	struct sotto_leg_state *state;
	struct sotto_overlap *overlap;
	struct sotto_session *session;
};

struct sender; /* senders.c */

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
	struct sotto_overlap *overlaps;
	struct sender **senders; /* send keys by digest */
	uint32_t sender_mask;
	struct sotto_neighbors neighbors;
};

/* table.c */
void sotto_session_table_add(struct sotto_sessions *sessions, struct sotto_session *session);
void sotto_session_table_remove(struct sotto_sessions *sessions, struct sotto_session *session);

/* senders.c: the master keys that some leg sends with. */
int sotto_session_senders_create(struct sotto_sessions *sessions);
void sotto_session_senders_destroy(struct sotto_sessions *sessions);
/* How many installs send with that master key. */
uint32_t sotto_session_sender_count(
	const struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN]);
/* 0 or -ENOMEM. */
int sotto_session_sender_add(
	struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN]);
void sotto_session_sender_remove(
	struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN]);

/* What media.c needs to know of a media that is to be built. */
struct media_plan {
	const struct sotto_session *session; /* identity of the session */
	unsigned index;
	const struct sotto_media_spec *spec;
	uint16_t port[2];
	uint8_t learn[2];
	struct sotto_endpoint remote[2]; /* as wished, or as latched */
	uint16_t remote_rtcp_port[2];
	struct sotto_leg_state *state[2];
	struct sotto_install *install[2][DIRECTIONS];
};

/* media.c: a media object, not yet published; takes references of its own. 0 or as put. */
int sotto_session_media_build(struct sotto_sessions *sessions, const struct media_plan *plan,
	struct sotto_media **out, struct sotto_session_error *error);
/* A copy whose leg sends elsewhere. 0 or as sotto_session_relocate(). */
int sotto_session_media_move(struct sotto_sessions *sessions,
	const struct sotto_media_record *record, int side, const struct sotto_endpoint *remote,
	uint16_t rtcp_port, struct sotto_media **out);
/* Gives references back and frees. No reader may be left. NULL allowed. */
void sotto_session_media_free(struct sotto_sessions *sessions, struct sotto_media *media);
struct sotto_leg_state *sotto_session_state_new(struct sotto_sessions *sessions);

/* retire.c: takes over what is not NULL in *what; its token is begun here. */
void sotto_session_retire(struct sotto_sessions *sessions, const struct retired *what);
void sotto_session_retire_all(struct sotto_sessions *sessions);

#endif
