/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The time after a re-key, in which the install before still lives: its receive keys for late
 * packets, its send streams for copies of packets. What lives so stands in a list.
 */
#include "session/install.h"
#include "session/internal.h"

void sotto_install_join_overlaps(struct sotto_sessions *sessions, struct sotto_install *install)
{
	install->overlap_next = sessions->overlaps;
	install->overlap_at = &sessions->overlaps;
	if (install->overlap_next)
		install->overlap_next->overlap_at = &install->overlap_next;
	sessions->overlaps = install;
}

void sotto_install_leave_overlaps(struct sotto_install *install)
{
	if (!install->overlap_at)
		return;
	*install->overlap_at = install->overlap_next;
	if (install->overlap_next)
		install->overlap_next->overlap_at = install->overlap_at;
	install->overlap_at = NULL;
}

void sotto_install_end_overlap(struct sotto_sessions *sessions, struct sotto_install *install)
{
	struct retired what = {.install = install->previous, .track = install->before};

	if (!install->previous && !install->before)
		return;
	sotto_install_leave_overlaps(install);
	if (install->previous)
		__atomic_store_n(&install->more->previous, NULL, __ATOMIC_RELEASE);
	if (install->before)
		__atomic_store_n(&install->context.streams->before, NULL, __ATOMIC_RELEASE);
	install->previous = NULL;
	install->before = NULL;
	sotto_session_retire(sessions, &what);
}

void sotto_sessions_end_overlaps(struct sotto_sessions *sessions, uint64_t now_us)
{
	struct sotto_install *install = sessions->overlaps;

	while (install) {
		struct sotto_install *next = install->overlap_next;

		if (now_us >= install->until_us)
			sotto_install_end_overlap(sessions, install);
		install = next;
	}
}
