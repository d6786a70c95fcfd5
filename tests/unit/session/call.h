/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client may wish of a session: a usual call, to be changed by the test before the put. */
#ifndef SOTTO_TESTS_UNIT_SESSION_CALL_H
#define SOTTO_TESTS_UNIT_SESSION_CALL_H

#include "world.h"

/* A wish and all that its pointers lead to. */
struct call {
	struct sotto_session_spec spec;
	struct sotto_master master[SOTTO_MEDIA_MAX][2][2]; /* [media][side][0 = receive] */
	char id[SOTTO_SESSION_ID_MAX + 1];
};

/*
 * One media "audio": side 0 secure on ACCESS towards 192.0.2.77:4000, side 1 clear on CORE towards
 * 2001:db8::77:5000, two SSRCs each, RTCP on its own port. Revision 1. The digest follows from
 * revision and id.
 */
void call_init(struct call *call, struct world *world, const char *id);

/* Adds one more media like the first; returns its index. */
unsigned call_add_media(struct call *call, const char *id);

/* Takes media number i out. */
void call_remove_media(struct call *call, unsigned i);

/* Makes a leg secure with keys that follow from seed, or clear with seed 0. */
void call_secure(struct call *call, unsigned media, int side, unsigned seed);

/* The next revision of the same call. */
void call_revise(struct call *call);

/* An endpoint from text. */
struct sotto_endpoint call_endpoint(const char *address, uint16_t port);

#endif
