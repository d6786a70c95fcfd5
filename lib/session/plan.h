/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A put that is under way: everything that it needs is made here before the first pointer is
 * published, and given back when any step fails. Private to lib/session.
 */
#ifndef SOTTO_SESSION_PLAN_H
#define SOTTO_SESSION_PLAN_H

#include "session/internal.h"

struct plan_media {
	const struct sotto_media_record *old; /* the record that it replaces, or NULL */
	bool keeps_port[2];                   /* the old leg's; its state is kept in any case */
	uint8_t relearns[2];
	bool latched[2];
	struct media_plan build;
	struct sotto_media *media;
};

struct plan {
	struct sotto_sessions *sessions;
	const struct sotto_session_spec *spec;
	struct sotto_session *old;     /* NULL: a new session */
	struct sotto_session *session; /* the record that will stand */
	struct sotto_session_error *error;
	uint64_t now_us;
	struct plan_media media[SOTTO_MEDIA_MAX];
};

/* 0, or as sotto_session_put() with everything given back and the reason in plan->error. */
int sotto_session_plan_make(struct plan *plan);

/* SSRC slots that a session holds. NULL: none. */
uint32_t sotto_session_plan_streams(const struct sotto_session *session);

/* Takes an install's master keys, if it sends, out of the table of senders. NULL allowed. */
void sotto_session_forget_sender(
	struct sotto_sessions *sessions, const struct sotto_install *install);

static inline int sotto_session_plan_fail(struct plan *plan, int code, const char *reason)
{
	plan->error->reason = reason;
	return code;
}

#endif
