/* SPDX-License-Identifier: BSD-3-Clause */
/* One end of a session under one keying, in Sotto and in libsrtp2 alike. */
#ifndef SOTTO_TESTS_ORACLE_END_H
#define SOTTO_TESTS_ORACLE_END_H

#include "judge.h"

struct end {
	struct judge judge;
	struct sotto_srtp_context context;
	struct sotto_srtp_streams *streams;
	struct sotto_srtp_more *more;        /* the context's, when it needs one */
	struct sotto_srtp_previous previous; /* what more->previous points at */
	struct sotto_key_use use[PLAN_MASTERS];
	unsigned masters;
	uint32_t mki_len;
	bool has_rtcp;
	bool went_on;   /* with the streams of the keying before */
	unsigned epoch; /* how many keyings the session had before */

	/* a sender of its own under the same keys, which goes to any index: for probes */
	struct sotto_srtp_context probe;
	struct sotto_srtp_streams *probe_streams;
	struct sotto_srtp_more *probe_more;
};

/* What an end is made of. */
struct end_wish {
	struct sotto_crypto *crypto;
	const struct settings *settings;
	const struct plan *plan;
	const struct sotto_keying *keying;
	bool sender;
	bool twin;           /* a later keying of this receiver will let its streams go on */
	struct end *goes_on; /* NULL, or the end whose streams go on here */
	unsigned epoch;
};

struct end *end_open(const struct end_wish *wish);
void end_close(struct end *end); /* NULL is allowed */

/* A receiver: packets that fail here get a try at before, until it is NULL again. */
void end_overlap(struct end *end, const struct end *before);

/* A sender: protects under that master key from now on. */
void end_send_under(struct end *end, unsigned master);

/* The stream of an SSRC, or NULL when none is bound to it. */
struct sotto_stream *end_stream(const struct end *end, uint32_t ssrc);

/* Moves a stream, known in both implementations, to an index of that round; empty replay list. */
void end_set_roc(struct end *end, struct sotto_stream *stream, uint32_t roc, uint64_t next);

/* Makes the probing sender's next packet of an SSRC have exactly that index. */
void end_aim(
	struct end *end, uint32_t ssrc, enum sotto_srtp_kind kind, uint64_t index, unsigned master);

#endif
