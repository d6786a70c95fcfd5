/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Removal in two phases: what was taken out of the port tables waits here until every worker has
 * passed a quiescent state, then keys are wiped and memory is freed. Tokens end in the order in
 * which they began, so a queue is enough.
 */
#include "session/internal.h"

#include <stdlib.h>

static void free_one(struct sotto_sessions *sessions, struct retired *retired)
{
	sotto_session_media_free(sessions, retired->media);
	if (retired->state)
		sessions->env.release(sessions->env.arg, retired->state);
	free(retired->session);
	free(retired);
}

/* Without memory for the entry nothing may be freed early: wait for the workers instead. */
static void wait_and_free(struct sotto_sessions *sessions, struct retired *retired)
{
	uint64_t token = sessions->env.grace_begin(sessions->env.arg);

	while (!sessions->env.grace_over(sessions->env.arg, token))
		;
	sotto_session_media_free(sessions, retired->media);
	if (retired->state)
		sessions->env.release(sessions->env.arg, retired->state);
	free(retired->session);
}

void sotto_session_retire(struct sotto_sessions *sessions, struct sotto_media *media,
	struct sotto_leg_state *state, struct sotto_session *session)
{
	struct retired now = {.media = media, .state = state, .session = session};
	struct retired *entry = malloc(sizeof(*entry));

	if (!entry) {
		wait_and_free(sessions, &now);
		return;
	}
	*entry = now;
	entry->token = sessions->env.grace_begin(sessions->env.arg);
	if (sessions->youngest)
		sessions->youngest->next = entry;
	else
		sessions->oldest = entry;
	sessions->youngest = entry;
	sessions->waiting++;
}

static void pop(struct sotto_sessions *sessions)
{
	struct retired *entry = sessions->oldest;

	sessions->oldest = entry->next;
	if (!sessions->oldest)
		sessions->youngest = NULL;
	sessions->waiting--;
	free_one(sessions, entry);
}

uint32_t sotto_sessions_reclaim(struct sotto_sessions *sessions)
{
	while (sessions->oldest &&
		sessions->env.grace_over(sessions->env.arg, sessions->oldest->token))
		pop(sessions);
	return sessions->waiting;
}

void sotto_session_retire_all(struct sotto_sessions *sessions)
{
	while (sessions->oldest)
		pop(sessions);
}
