/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions (calls): declared whole, published at once, retired after a grace period. All functions
 * are the control thread's; workers meet the result through the port tables only.
 */
#ifndef SOTTO_SESSION_SESSION_H
#define SOTTO_SESSION_SESSION_H

#include "keys/keys.h"
#include "session/env.h"
#include "session/leg.h"

#define SOTTO_SESSION_ID_MAX 128             /* characters */
#define SOTTO_MEDIA_ID_MAX 32                /* characters */
#define SOTTO_MEDIA_MAX 8                    /* media of one session */
#define SOTTO_SSRCS_MAX SOTTO_SRTP_SLOTS_MAX /* SSRC slots of a leg and direction */
#define SOTTO_WORKERS_MAX 64
#define SOTTO_DIGEST_LEN 16  /* bytes kept of a salted SHA-256: docs/decisions/0012 */
#define SOTTO_RELEARNS_MAX 4 /* times that a clear leg may learn its peer's place anew */

/* What happens to rollover counters when a key replaces another one. */
enum sotto_roc_policy {
	SOTTO_ROC_KEEP,  /* they go on (RFC 3711, 3.3.1) */
	SOTTO_ROC_RESET, /* all streams begin anew with 0 */
	SOTTO_ROC_VALUE, /* all streams begin anew with the value given */
	SOTTO_ROC_TRY,   /* receive: going on is tried first, then 0 (SOTTO_SRTP_ROC_TRIES) */
};

/* One direction's keying as it is wished, with what control made of it. */
struct sotto_key_spec {
	const struct sotto_keying *keying;
	uint8_t identity[SOTTO_DIGEST_LEN]; /* salted digest of the keying: tells it unchanged */
	uint8_t master[SOTTO_MASTERS_MAX][SOTTO_DIGEST_LEN]; /* of each master key and salt alone */
	enum sotto_roc_policy roc_policy;
	uint32_t roc;        /* SOTTO_ROC_VALUE */
	uint32_t overlap_us; /* receive: how long the key before may open late packets */
	bool shared;         /* deliberately installed for another sender, too */
	uint8_t send_master; /* send: number of the master key in use */
	const struct sotto_srtp_preset *preset; /* where SSRCs shall stand */
	uint32_t preset_count;
	uint8_t preset_digest[SOTTO_DIGEST_LEN]; /* presets are applied when it changes */
};

/* What is wished of one leg. */
struct sotto_leg_spec {
	struct sotto_interface *interface;
	uint16_t local_port;          /* RTP, even, host order; 0 = choose, or keep what is */
	struct sotto_endpoint remote; /* family 0 = not known yet */
	uint16_t remote_rtcp_port;    /* host order */
	enum sotto_security security;
	bool rtcp_mux;
	bool latch;
	bool downgrade; /* the leg may protect less than the one that stands */
	enum sotto_source_check source_check;
	int dscp;           /* 0 to 63; -1 = keep */
	uint32_t max_ssrcs; /* 1 to SOTTO_SSRCS_MAX; constant while the key stays, like these: */
	uint32_t window;    /* indices of the SRTP replay lists */
	bool window_fixed;  /* the window was asked for; otherwise streams that stay keep theirs */
	bool repeat;        /* identical packets may be sent again */
	bool cryptex;       /* RFC 9335 */
	uint64_t ids[4];    /* encrypted header extension elements (RFC 6904) */
	uint32_t early_us;  /* how long packets may wait for the receive key */
	const struct sotto_key_spec *receive; /* NULL: no key (yet) */
	const struct sotto_key_spec *send;
};

struct sotto_media_spec {
	char id[SOTTO_MEDIA_ID_MAX + 1];
	struct sotto_leg_spec leg[2];
};

/* What is wished of one session. */
struct sotto_session_spec {
	const char *id;
	uint64_t revision;
	uint8_t digest[SOTTO_DIGEST_LEN]; /* of the content, to tell a repeated request */
	uint32_t timeout_s;               /* media timeout, 0 = none */
	unsigned media_count;
	struct sotto_media_spec media[SOTTO_MEDIA_MAX];
};

/* Keys and streams of one direction as they are installed: install.h. */
struct sotto_install;

/* What control keeps of a leg beside the published object. */
struct sotto_leg_record {
	struct sotto_interface *interface;
	struct sotto_leg_state *state;
	struct sotto_install *install[2]; /* receive, send; NULL: no key */
	uint32_t window;                  /* as wished; 0 on clear and opaque legs */
	struct sotto_endpoint wished;     /* the remote as it was put; the leg's may have latched */
	uint16_t wished_rtcp_port;
	uint8_t ssrcs;    /* as wished; counts against the limit of streams */
	uint8_t learn;    /* as in the leg */
	uint8_t relearns; /* times that learning was opened again */
	bool latched : 1;
	bool timed_out : 1; /* media.timeout was told and nothing came since */
};

/* Both legs and their keys in one block; constant while published. */
struct sotto_media;

struct sotto_media_record {
	const char *id;
	struct sotto_media *media;
	struct sotto_leg_record leg[2];
};

/* One block of memory: the texts of the ids follow the media. */
struct sotto_session {
	struct sotto_session *next; /* in the id table's chain */
	const char *id;
	uint64_t revision;
	uint64_t created_us;
	uint32_t timeout_s;
	uint32_t slot;
	uint32_t generation;
	uint8_t owner;
	uint8_t media_count;
	uint8_t digest[SOTTO_DIGEST_LEN];
	struct sotto_media_record media[]; /* [media_count] */
};

struct sotto_sessions;

struct sotto_session_limits {
	uint32_t sessions;
	uint32_t streams; /* SSRC slots over all legs, both directions */
	unsigned workers; /* 1 to SOTTO_WORKERS_MAX */
};

/* Where a request failed. */
struct sotto_session_error {
	int media;          /* index, -1 = none */
	int side;           /* 0 or 1 */
	const char *member; /* "local_port", "receive.streams", ..., or NULL: the leg as a whole */
	const char *reason;
};

enum sotto_session_outcome {
	SOTTO_SESSION_APPLIED,
	SOTTO_SESSION_UNCHANGED,
};

/* 0 with *out, -EINVAL (no sessions, or above 2^30), or -ENOMEM. env is copied. seed makes the id
 * table unpredictable. */
int sotto_sessions_create(const struct sotto_session_env *env,
	const struct sotto_session_limits *limits, uint64_t seed, struct sotto_sessions **out);

/* Removes every session and frees all; no worker may run any more. NULL allowed. */
void sotto_sessions_destroy(struct sotto_sessions *sessions);

/*
 * Brings a session into the wished state, whole or not at all. When it returns, workers find the
 * new legs. Legs whose media keeps its id keep windows, rollover counters and statistics, even when
 * they move; on the same interface without another wish they keep their port. 0 with *out and
 * *outcome; otherwise nothing has changed: -ESTALE a higher revision stands; -EEXIST same revision,
 * other content; -ENOSPC a limit is reached; -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL local port
 * (sotto_interface_reserve), a contradiction, or what cannot change while the key stays;
 * -EKEYREJECTED a send key that has another sender; -EHOSTUNREACH no route to the remote; -ENOTSUP
 * suite or -EIO keys not possible with this backend; -ENOMEM. An unchanged key is not installed
 * again: its streams, windows and counts stay.
 */
int sotto_session_put(struct sotto_sessions *sessions, const struct sotto_session_spec *spec,
	uint64_t now_us, struct sotto_session **out, enum sotto_session_outcome *outcome,
	struct sotto_session_error *error);

/* The session of that id, or NULL. */
struct sotto_session *sotto_session_find(struct sotto_sessions *sessions, const char *id);

/* The session in a slot if its generation is still that one, or NULL: for events of workers. */
struct sotto_session *sotto_session_at(
	struct sotto_sessions *sessions, uint32_t slot, uint32_t generation);

/* The first session in slot *slot or above it, *slot moved there; NULL behind the last. */
struct sotto_session *sotto_session_next(struct sotto_sessions *sessions, uint32_t *slot);

/*
 * Lets a leg send to another place, as latching found it; everything else stays. rtcp_port 0: the
 * port is kept. 0, or -EHOSTUNREACH, -ENOSPC, -ENOMEM with nothing changed.
 */
int sotto_session_relocate(struct sotto_sessions *sessions, struct sotto_session *session,
	unsigned media, int side, const struct sotto_endpoint *remote, uint16_t rtcp_port);

/* Ends the overlaps of keys whose time is over. Call it every 100 ms or so. */
void sotto_sessions_end_overlaps(struct sotto_sessions *sessions, uint64_t now_us);

/*
 * Takes a session out of the port tables; its memory is wiped and freed after the grace period. The
 * session must not be used afterwards.
 */
void sotto_session_delete(struct sotto_sessions *sessions, struct sotto_session *session);

/* Wipes and frees what no worker can reach any more. Call it often. Returns what still waits. */
uint32_t sotto_sessions_reclaim(struct sotto_sessions *sessions);

/* A published leg of a record, to read. */
const struct sotto_leg *sotto_session_leg(const struct sotto_media_record *record, int side);

/* The name of the suite that is installed, or NULL. */
const char *sotto_session_suite(const struct sotto_leg_record *leg, bool send);

/* Indices of the leg's SRTP replay lists; 0 on legs that have none. */
uint32_t sotto_session_window(const struct sotto_leg_record *leg);

uint32_t sotto_sessions_count(const struct sotto_sessions *sessions);
uint32_t sotto_sessions_streams(const struct sotto_sessions *sessions);

/* Sessions that a worker owns. */
uint32_t sotto_sessions_owned(const struct sotto_sessions *sessions, unsigned worker);

struct sotto_neighbors *sotto_sessions_neighbors(struct sotto_sessions *sessions);

#endif
