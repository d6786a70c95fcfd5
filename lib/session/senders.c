/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The master keys that legs send with, by digest: one key under two senders means that indices
 * repeat (RFC 3711, 9.1), so a second one must be wished for. A hash table; the digests are salted,
 * so nobody chooses where they land.
 */
#include "session/internal.h"

#include <errno.h>
#include <stdlib.h>

struct sender {
	struct sender *next;
	uint32_t count; /* installs that send with it */
	uint8_t digest[SOTTO_DIGEST_LEN];
};

static struct sender **chain(
	const struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN])
{
	uint32_t word;

	memcpy(&word, digest, sizeof(word));
	return &sessions->senders[word & sessions->sender_mask];
}

/* Where the pointer to the entry is, or to the NULL at the chain's end. */
static struct sender **find(
	const struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN])
{
	struct sender **at = chain(sessions, digest);

	while (*at && memcmp((*at)->digest, digest, SOTTO_DIGEST_LEN) != 0)
		at = &(*at)->next;
	return at;
}

int sotto_session_senders_create(struct sotto_sessions *sessions)
{
	sessions->sender_mask = sessions->chain_mask;
	sessions->senders = calloc(sessions->sender_mask + 1ul, sizeof(sessions->senders[0]));
	return sessions->senders ? 0 : -ENOMEM;
}

void sotto_session_senders_destroy(struct sotto_sessions *sessions)
{
	for (uint32_t i = 0; sessions->senders && i <= sessions->sender_mask; i++) {
		while (sessions->senders[i]) {
			struct sender *sender = sessions->senders[i];

			sessions->senders[i] = sender->next;
			free(sender);
		}
	}
	free(sessions->senders);
}

uint32_t sotto_session_sender_count(
	const struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN])
{
	const struct sender *sender = *find(sessions, digest);

	return sender ? sender->count : 0;
}

int sotto_session_sender_add(
	struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN])
{
	struct sender **at = find(sessions, digest);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return -ENOMEM;
		memcpy((*at)->digest, digest, SOTTO_DIGEST_LEN);
	}
	(*at)->count++;
	return 0;
}

void sotto_session_sender_remove(
	struct sotto_sessions *sessions, const uint8_t digest[SOTTO_DIGEST_LEN])
{
	struct sender **at = find(sessions, digest);
	struct sender *sender = *at;

	if (!sender || --sender->count != 0)
		return;
	*at = sender->next;
	free(sender);
}
