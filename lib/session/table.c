/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding sessions: by id (a hash table), by slot and generation (events), in order (lists). */
#include "session/internal.h"

#include <errno.h>
#include <stdlib.h>

/* FNV-1a with a seed of this start: clients choose the ids, but not where they land. */
static uint64_t hash(uint64_t seed, const char *id)
{
	uint64_t h = seed ^ 0xcbf29ce484222325ull;

	for (; *id; id++)
		h = (h ^ (uint8_t)*id) * 0x100000001b3ull;
	return h ^ h >> 32;
}

static struct sotto_session **chain(struct sotto_sessions *sessions, const char *id)
{
	return &sessions->chains[hash(sessions->seed, id) & sessions->chain_mask];
}

struct sotto_session *sotto_session_find(struct sotto_sessions *sessions, const char *id)
{
	struct sotto_session *session = *chain(sessions, id);

	while (session && strcmp(session->id, id) != 0)
		session = session->next;
	return session;
}

void sotto_session_table_add(struct sotto_sessions *sessions, struct sotto_session *session)
{
	struct sotto_session **head = chain(sessions, session->id);

	session->next = *head;
	*head = session;
	sessions->slots[session->slot] = session;
	sessions->count++;
}

void sotto_session_table_remove(struct sotto_sessions *sessions, struct sotto_session *session)
{
	struct sotto_session **at = chain(sessions, session->id);

	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	session->next = NULL;
	sessions->slots[session->slot] = NULL;
	sessions->count--;
}

struct sotto_session *sotto_session_at(
	struct sotto_sessions *sessions, uint32_t slot, uint32_t generation)
{
	struct sotto_session *session;

	if (slot >= sessions->limits.sessions)
		return NULL;
	session = sessions->slots[slot];
	return session && session->generation == generation ? session : NULL;
}

struct sotto_session *sotto_session_next(struct sotto_sessions *sessions, uint32_t *slot)
{
	while (*slot < sessions->limits.sessions) {
		if (sessions->slots[*slot])
			return sessions->slots[*slot];
		(*slot)++;
	}
	return NULL;
}

uint32_t sotto_sessions_count(const struct sotto_sessions *sessions)
{
	return sessions->count;
}

uint32_t sotto_sessions_streams(const struct sotto_sessions *sessions)
{
	return sessions->streams;
}

uint32_t sotto_sessions_owned(const struct sotto_sessions *sessions, unsigned worker)
{
	return sessions->owned[worker];
}

struct sotto_neighbors *sotto_sessions_neighbors(struct sotto_sessions *sessions)
{
	return &sessions->neighbors;
}

int sotto_sessions_create(const struct sotto_session_env *env,
	const struct sotto_session_limits *limits, uint64_t seed, struct sotto_sessions **out)
{
	struct sotto_sessions *sessions;
	uint32_t chains = 1;

	if (limits->sessions == 0 || limits->sessions > 1u << 30)
		return -EINVAL;
	sessions = calloc(1, sizeof(*sessions));
	while (chains < limits->sessions)
		chains *= 2;
	if (!sessions)
		return -ENOMEM;
	sessions->env = *env;
	sessions->limits = *limits;
	sessions->seed = seed;
	sessions->chain_mask = chains - 1;
	sessions->chains = calloc(chains, sizeof(sessions->chains[0]));
	sessions->slots = calloc(limits->sessions, sizeof(sessions->slots[0]));
	if (!sessions->chains || !sessions->slots || sotto_session_senders_create(sessions) != 0) {
		sotto_sessions_destroy(sessions);
		return -ENOMEM;
	}
	*out = sessions;
	return 0;
}

void sotto_sessions_destroy(struct sotto_sessions *sessions)
{
	struct sotto_session *session;
	uint32_t slot = 0;

	if (!sessions)
		return;
	while (sessions->slots && (session = sotto_session_next(sessions, &slot)) != NULL)
		sotto_session_delete(sessions, session);
	sotto_session_retire_all(sessions);
	sotto_session_senders_destroy(sessions);
	free(sessions->chains);
	free(sessions->slots);
	free(sessions);
}
