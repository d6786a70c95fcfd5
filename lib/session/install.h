/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is installed for one direction of a leg: ready keys, the streams under them, and for a while
 * the install before. Control's, counted by references; workers see its context through legs and
 * may read it until the grace period after the last leg is over. Private to lib/session, but for
 * what session.get shows.
 */
#ifndef SOTTO_SESSION_INSTALL_H
#define SOTTO_SESSION_INSTALL_H

#include "session/session.h"

/* The use of one master key, shared by installs that have it in common, as their streams are. */
struct sotto_counted_use {
	struct sotto_key_use use;
	uint32_t references;
};

/* One master key of an install, and what is ready under it. */
struct sotto_install_master {
	uint8_t digest[SOTTO_DIGEST_LEN]; /* of key and salt; send: in the table of send keys */
	struct sotto_key *key[3];         /* RTP, RTCP, header */
	struct sotto_counted_use *use;    /* NULL: the streams' own counts it */
};

/* What still lives for a while after a re-key; workers read late. */
struct sotto_overlap {
	struct sotto_srtp_previous late;   /* receive: what more->previous points at; and the end */
	struct sotto_install *install;     /* whose overlap it is */
	struct sotto_install *previous;    /* receive: the install before */
	struct sotto_srtp_streams *before; /* send: what streams->before points at */
	struct sotto_overlap *next;        /* in the list of overlaps */
	struct sotto_overlap **at;         /* what points here in that list */
};

struct sotto_install {
	struct sotto_srtp_context context; /* complete */
	const struct sotto_suite *suite;
	struct sotto_srtp_more *more;
	struct sotto_overlap *overlap; /* NULL: none, or it is over */
	uint32_t references;           /* legs, records, and an install that follows */
	uint32_t window;               /* of the SRTP replay lists, as asked for */
	uint8_t ssrcs;                 /* slots of the streams */
	bool repeat;                   /* send: identical packets may be sent again */
	bool send;
	uint8_t master_count;
	uint8_t identity[SOTTO_DIGEST_LEN];
	uint8_t preset_digest[SOTTO_DIGEST_LEN];
	struct sotto_install_master master[]; /* [master_count] */
};

/* What an install needs beside its key. */
struct sotto_install_spec {
	const struct sotto_leg_spec *leg;
	const struct sotto_key_spec *key;
	bool send;
	uint64_t now_us;
};

/*
 * A new install, or the old one when nothing has changed, in *out with a reference for the caller.
 * 0; -EINVAL with *member: a contradiction, or what cannot change while the key stays; -EIO,
 * -ENOTSUP, -ENOMEM.
 */
int sotto_install_make(struct sotto_sessions *sessions, const struct sotto_install_spec *spec,
	struct sotto_install *old, struct sotto_install **out, const char **member);

struct sotto_install *sotto_install_get(struct sotto_install *install);

/* overlap.c: an overlap of an install, in the list, with nothing in it yet; NULL: no memory. */
struct sotto_overlap *sotto_install_overlap_new(
	struct sotto_sessions *sessions, struct sotto_install *install, uint64_t until_us);

/* Takes it out of the list, gives back what it holds, and frees. No reader may be left. */
void sotto_install_overlap_free(struct sotto_sessions *sessions, struct sotto_overlap *overlap);

/* Takes the install before away from the workers; it is freed after the grace period. */
void sotto_install_end_overlap(struct sotto_sessions *sessions, struct sotto_install *install);

/* Gives a reference to streams back. NULL allowed. */
void sotto_install_put_streams(struct sotto_sessions *sessions, struct sotto_srtp_streams *streams);

/* Gives a reference back; the last one wipes and frees. No reader may be left. NULL allowed. */
void sotto_install_put(struct sotto_sessions *sessions, struct sotto_install *install);

#endif
