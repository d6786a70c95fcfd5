/* SPDX-License-Identifier: BSD-3-Clause */
/* Which serial numbers of a stream have arrived: tells new packets from reordered and double ones.
 */
#ifndef SOTTO_GEN_TRACK_H
#define SOTTO_GEN_TRACK_H

#include <stdint.h>

#define GEN_TRACK_WINDOW 1024 /* packets that are remembered */

enum gen_arrival {
	GEN_ARRIVAL_NEXT,      /* the highest so far */
	GEN_ARRIVAL_REORDERED, /* new, but a higher one was here before */
	GEN_ARRIVAL_DUPLICATE, /* was here before */
	GEN_ARRIVAL_LATE,      /* of a trial before, or too old to tell */
};

/* All zero: nothing has arrived. */
struct gen_track {
	uint64_t next;                        /* one more than the highest */
	uint64_t first;                       /* first serial number that counts */
	uint64_t seen[GEN_TRACK_WINDOW / 64]; /* bit serial % GEN_TRACK_WINDOW */
};

/* From here on serial numbers below first are late. */
static inline void gen_track_begin(struct gen_track *track, uint64_t first)
{
	track->first = first;
}

/* Notes an arrival. serial is below 2^63. */
enum gen_arrival gen_track_arrive(struct gen_track *track, uint64_t serial);

/* The serial number closest to what is expected next whose low 16 bits are these. */
static inline uint64_t gen_track_extend(const struct gen_track *track, uint16_t low)
{
	int16_t distance = (int16_t)(low - (uint16_t)track->next);

	/* nothing stands before serial number 0 */
	if (distance < 0 && (uint64_t)-distance > track->next)
		return track->next + (uint16_t)distance;
	return track->next + (uint64_t)(int64_t)distance;
}

#endif
