/* SPDX-License-Identifier: BSD-3-Clause */
/* libsrtp2 as the judge: one session in one direction, its answers in words that we share. */
#ifndef SOTTO_TESTS_ORACLE_JUDGE_H
#define SOTTO_TESTS_ORACLE_JUDGE_H

#include "plan.h"

#include "srtp/srtp.h"

#include <srtp2/srtp.h>

/* What became of a packet, whoever says it. */
enum outcome {
	OUTCOME_ACCEPTED,
	OUTCOME_AUTH,      /* the tag is wrong */
	OUTCOME_SEEN,      /* index used or seen before */
	OUTCOME_OLD,       /* index behind the window */
	OUTCOME_CLEAR,     /* SRTCP whose E bit is not what was agreed */
	OUTCOME_MKI,       /* no master key has that MKI */
	OUTCOME_MALFORMED, /* header or length */
	OUTCOME_OTHER,     /* nothing that may happen here */
	OUTCOMES
};

const char *outcome_name(enum outcome outcome);

/* What our verdict says, of sending or receiving. */
enum outcome outcome_of_verdict(unsigned verdict);

/* One libsrtp2 session: every SSRC of one direction under the master keys of one keying. */
struct judge {
	srtp_t session;
	srtp_t twin; /* NULL, or a second session that hears the same: see judge_go_on() */
	bool mki;
};

/* Once, before any other call. */
void judge_init(void);
void judge_shutdown(void);

/* With twin, a receiver can later go on under another key while this session stays as it is. */
void judge_open(struct judge *judge, const struct plan *plan, const struct sotto_keying *keying,
	bool sender, bool twin);

/*
 * Opens to as what from becomes under a new keying: streams keep their rollover counters and
 * highest sequence numbers (srtp_update). A sender's session moves; of a receiver's it is the twin.
 */
void judge_go_on(struct judge *to, struct judge *from, const struct plan *plan,
	const struct sotto_keying *keying, bool sender);
void judge_close(struct judge *judge);

/*
 * One packet in place; *len follows. data has SRTP_MAX_TRAILER_LEN bytes of room behind it. master
 * is the number of the master key that protects.
 */
enum outcome judge_protect(struct judge *judge, unsigned master, uint8_t *data, uint32_t *len,
	enum sotto_srtp_kind kind);
enum outcome judge_unprotect(
	struct judge *judge, uint8_t *data, uint32_t *len, enum sotto_srtp_kind kind);

/* The next packet of that SSRC, known already, is in round roc; its replay list starts anew. */
void judge_set_roc(struct judge *judge, uint32_t ssrc, uint32_t roc);

/* The rollover counter of that SSRC; false when the session does not know it. */
bool judge_get_roc(const struct judge *judge, uint32_t ssrc, uint32_t *roc);

#endif
