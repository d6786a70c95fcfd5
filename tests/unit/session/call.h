/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client may wish of a session: a usual call, to be changed by the test before the put. */
#ifndef SOTTO_TESTS_UNIT_SESSION_CALL_H
#define SOTTO_TESTS_UNIT_SESSION_CALL_H

#include "world.h"

#define CALL_PRESETS 8

/* One direction's key and all that its pointers lead to. */
struct call_key {
	struct sotto_key_spec spec;
	struct sotto_keying keying;
	struct sotto_srtp_preset preset[CALL_PRESETS];
};

/* A wish and all that its pointers lead to. */
struct call {
	struct sotto_session_spec spec;
	struct call_key key[SOTTO_MEDIA_MAX][2][DIRECTIONS]; /* [media][side][RECEIVE or SEND] */
	char id[SOTTO_SESSION_ID_MAX + 1];
	unsigned media_made;
};

/*
 * One media "audio": side 0 secure on ACCESS towards 192.0.2.77:4000, side 1 clear on CORE towards
 * 2001:db8::77:5000, two SSRCs each, RTCP on its own port. Revision 1. The digest follows from
 * revision and id. Its keys are of no other id.
 */
void call_init(struct call *call, struct world *world, const char *id);

/* Adds one more media like the first, with keys of its own; returns its index. */
unsigned call_add_media(struct call *call, const char *id);

/* Takes media number i out. */
void call_remove_media(struct call *call, unsigned i);

/* Makes a leg secure with keys that follow from id and seed, or clear with seed 0. */
void call_secure(struct call *call, unsigned media, int side, unsigned seed);

/* Gives one direction one key without MKI; its options stay. The leg becomes secure. */
struct call_key *call_rekey(
	struct call *call, unsigned media, int side, int direction, unsigned seed);

/* Gives one direction several, one for each seed, which is the MKI, too. */
struct call_key *call_roll(struct call *call, unsigned media, int side, int direction,
	unsigned count, const unsigned *seeds);

/* Gives one direction the key of another one. */
struct call_key *call_copy_key(
	struct call *call, unsigned media, int side, int direction, const struct call_key *from);

/* Says where streams shall stand. */
void call_preset(struct call_key *key, unsigned count, const struct sotto_srtp_preset *preset);

/* Digests a key after its keying was changed by hand. */
void call_digest(struct call_key *key);

/* The next revision of the same call. */
void call_revise(struct call *call);

/* An endpoint from text. */
struct sotto_endpoint call_endpoint(const char *address, uint16_t port);

#endif
