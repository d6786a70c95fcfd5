/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a session of the oracle is drawn as: suite, session parameters, window, encrypted header
 * extensions, what becomes of its keys. Everything that libsrtp2 and Sotto both can.
 */
#ifndef SOTTO_TESTS_ORACLE_PLAN_H
#define SOTTO_TESTS_ORACLE_PLAN_H

#include "random.h"

#include "keys/keys.h"

#define PLAN_SUITES 10
#define PLAN_REKEYS 2
#define PLAN_MASTERS 4
#define PLAN_IDS 8

enum rekey {
	REKEY_NONE,
	REKEY_KEEP,  /* rollover counters and sequence numbers go on */
	REKEY_RESET, /* everything begins anew */
};

/* Faults that can be planted, to see that they are found. */
enum fault {
	FAULT_NONE,
	FAULT_WINDOW,   /* our window is longer by one index */
	FAULT_ROLLOVER, /* we do not count rollovers when receiving */
	FAULT_KEEP,     /* our streams begin anew where they should go on under a new key */
	FAULT_LATE,     /* we do not try the key before the new one */
	FAULT_MASTER,   /* we send under another master key than we are told */
};

/* What holds for all worlds of a run. */
struct settings {
	const struct sotto_suite *suite; /* NULL: all */
	bool small;                      /* payloads of 20 to 160 bytes only */
	bool follow_192; /* AES-192: derive session keys as this libsrtp2 does; see run.c */
	enum fault fault;
};

struct plan {
	const struct sotto_suite *suite;
	unsigned suite_number; /* below PLAN_SUITES */
	sotto_modes modes;
	uint32_t window;
	uint8_t id_count; /* of encrypted elements (RFC 6904); 0: no header encryption */
	uint8_t ids[PLAN_IDS];
	enum rekey rekeys[PLAN_REKEYS];
};

/* Suite number i of those that libsrtp2 has, or NULL behind the last. */
const struct sotto_suite *plan_suite_at(unsigned i);

void plan_draw(struct plan *plan, struct random *random, const struct settings *settings);

/* Master keys for a plan: one without MKI, or up to PLAN_MASTERS with. */
void plan_draw_keying(const struct plan *plan, struct random *random, struct sotto_keying *keying);

/* Bytes of the SRTP tag on the wire: none where that was agreed. */
uint32_t plan_tag_len(const struct plan *plan);

/* Whether libsrtp2 can receive SRTCP under this keying; see run.c. */
bool plan_has_rtcp(const struct plan *plan, const struct sotto_keying *keying);

#endif
