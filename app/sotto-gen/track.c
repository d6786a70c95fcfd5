/* SPDX-License-Identifier: BSD-3-Clause */
/* Which serial numbers have arrived: see track.h. */
#include "track.h"

#include <stdbool.h>
#include <string.h>

static bool test_and_set(struct gen_track *track, uint64_t serial)
{
	uint64_t *word = &track->seen[serial / 64 % (GEN_TRACK_WINDOW / 64)];
	uint64_t bit = 1ull << (serial % 64);
	bool was = (*word & bit) != 0;

	*word |= bit;
	return was;
}

/* Moves the window so that serial is the highest; what lies between has not arrived. */
static void move_to(struct gen_track *track, uint64_t serial)
{
	if (serial - track->next >= GEN_TRACK_WINDOW) {
		memset(track->seen, 0, sizeof(track->seen));
	} else {
		for (uint64_t s = track->next; s <= serial; s++)
			track->seen[s / 64 % (GEN_TRACK_WINDOW / 64)] &= ~(1ull << (s % 64));
	}
	track->next = serial + 1;
}

enum gen_arrival gen_track_arrive(struct gen_track *track, uint64_t serial)
{
	if (serial >= track->next) {
		move_to(track, serial);
		test_and_set(track, serial);
		return serial < track->first ? GEN_ARRIVAL_LATE : GEN_ARRIVAL_NEXT;
	}
	if (track->next - serial > GEN_TRACK_WINDOW)
		return GEN_ARRIVAL_LATE;
	if (test_and_set(track, serial))
		return GEN_ARRIVAL_DUPLICATE;
	return serial < track->first ? GEN_ARRIVAL_LATE : GEN_ARRIVAL_REORDERED;
}
