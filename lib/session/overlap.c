/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The time after a re-key, in which the install before still lives: its receive keys for late
 * packets, its send streams for copies of packets. What lives so stands in a list.
 */
#include "session/install.h"
#include "session/internal.h"

struct sotto_overlap *sotto_install_overlap_new(
	struct sotto_sessions *sessions, struct sotto_install *install, uint64_t until_us)
{
	struct sotto_overlap *overlap = sessions->env.alloc(sessions->env.arg, sizeof(*overlap));

	if (!overlap)
		return NULL;
	overlap->late.until_us = until_us;
	overlap->install = install;
	overlap->next = sessions->overlaps;
	overlap->at = &sessions->overlaps;
	if (overlap->next)
		overlap->next->at = &overlap->next;
	sessions->overlaps = overlap;
	return overlap;
}

static void leave_list(struct sotto_overlap *overlap)
{
	if (!overlap->at)
		return;
	*overlap->at = overlap->next;
	if (overlap->next)
		overlap->next->at = overlap->at;
	overlap->at = NULL;
}

void sotto_install_overlap_free(struct sotto_sessions *sessions, struct sotto_overlap *overlap)
{
	leave_list(overlap);
	sotto_install_put(sessions, overlap->previous);
	sotto_install_put_streams(sessions, overlap->before);
	sessions->env.release(sessions->env.arg, overlap);
}

void sotto_install_end_overlap(struct sotto_sessions *sessions, struct sotto_install *install)
{
	struct sotto_overlap *overlap = install->overlap;

	if (!overlap)
		return;
	leave_list(overlap);
	if (overlap->previous)
		__atomic_store_n(&install->more->previous, NULL, __ATOMIC_RELEASE);
	if (overlap->before)
		__atomic_store_n(&install->context.streams->before, NULL, __ATOMIC_RELEASE);
	install->overlap = NULL;
	sotto_session_retire(sessions, &(struct retired){.overlap = overlap});
}

void sotto_sessions_end_overlaps(struct sotto_sessions *sessions, uint64_t now_us)
{
	struct sotto_overlap *overlap = sessions->overlaps;

	while (overlap) {
		struct sotto_overlap *next = overlap->next;

		if (now_us >= overlap->late.until_us)
			sotto_install_end_overlap(sessions, overlap->install);
		overlap = next;
	}
}
