/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Removal in two phases: what was taken out of the port tables waits here until every worker has
 * passed a quiescent state, then keys are wiped and memory is freed. Tokens end in the order in
 * which they began, so a queue is enough.
 */
#include "session/internal.h"

#include <stdlib.h>

/* Frees what an entry holds; no reader is left. */
static void release(struct sotto_sessions *sessions, const struct retired *what)
{
	sotto_session_media_free(sessions, what->media);
	if (what->state)
		sessions->env.release(sessions->env.arg, what->state);
	if (what->overlap)
		sotto_install_overlap_free(sessions, what->overlap);
	free(what->session);
}

/* Without memory for the entry nothing may be freed early: wait for the workers instead. */
static void wait_and_release(struct sotto_sessions *sessions, const struct retired *what)
{
	uint64_t token = sessions->env.grace_begin(sessions->env.arg);

	while (!sessions->env.grace_over(sessions->env.arg, token))
		;
	release(sessions, what);
}

void sotto_session_retire(struct sotto_sessions *sessions, const struct retired *what)
{
	struct retired *entry = malloc(sizeof(*entry));

	if (!entry) {
		wait_and_release(sessions, what);
		return;
	}
	*entry = *what;
	entry->next = NULL;
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
	release(sessions, entry);
	free(entry);
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
