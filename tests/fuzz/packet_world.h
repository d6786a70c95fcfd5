/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The world of fuzz_packet: lines, which are SRTP sessions with a sending and a receiving end of
 * their own, under keys and policies that the input chooses. Ends are replaced at a re-key.
 */
#ifndef SOTTO_TESTS_FUZZ_PACKET_WORLD_H
#define SOTTO_TESTS_FUZZ_PACKET_WORLD_H

#include "fuzz.h"

#include "keys/keys.h"
#include "srtp/srtp.h"

#define LINES_MAX 3
#define MASTERS_MAX 4
#define SLOTS_MAX 8
#define SSRC_BASE 0x50770000u
#define SSRCS 10 /* more than there are slots */

/* What the input chose for a line. */
struct policy {
	const struct sotto_suite *suite;
	sotto_modes modes;
	uint8_t masters;
	uint8_t mki_len;
	uint8_t slots;
	uint32_t window;
	uint64_t lifetime;
	uint32_t tx_roc, rx_roc;
	bool cryptex, rx_cryptex; /* they differ on purpose on some lines */
	bool encrypts_ids;
	bool verify_only;
	bool repeat;
	bool try_roc_zero;
};

/* One end of a line, with all the memory behind its context. */
struct end {
	struct sotto_srtp_context context;
	struct sotto_srtp_streams *streams;
	size_t streams_size;
	struct sotto_srtp_more *more;           /* NULL: plain context */
	struct sotto_key_use use[MASTERS_MAX];  /* of all but the first master key */
	struct sotto_key *keys[MASTERS_MAX][3]; /* rtp, rtcp, header */
	unsigned masters;
	unsigned generation;
	struct end *old; /* what more->previous stands for, until it is ended */
	struct sotto_srtp_previous previous;
	uint8_t *before; /* streams as they stood before the burst; streams_size bytes */
};

/* The newest packet of an SSRC that the receiver took; serial counts what was sent. */
struct newest {
	bool valid;
	uint32_t serial;
	uint16_t seq;
};

struct line {
	struct policy policy;
	struct end *tx, *rx;
	unsigned number;
	unsigned generation; /* of the newest master keys */
	uint16_t seq[SSRCS];
	uint32_t serial[2][SSRCS]; /* [enum sotto_srtp_kind]: sent under this tx */
	struct newest newest[2][SSRCS];
};

struct world {
	struct sotto_crypto *crypto;
	struct sotto_srtp srtp;
	struct line lines[LINES_MAX];
	unsigned line_count;
	uint64_t now_us;
};

/* Takes the fastest backend; reads lines and policies from the input. */
void world_open(struct world *world, struct fuzz_input *in);
void world_close(struct world *world);

/* What a re-key does with what was. */
struct rekey {
	bool tx, rx;         /* which ends */
	bool inherit;        /* SSRCs go on */
	uint32_t overlap_ms; /* rx: how long the key before is tried; 0 = not at all */
};

/* Gives a line new master keys: both ends, or one that runs ahead of the other. */
void line_rekey(struct world *world, struct line *line, const struct rekey *how);

/* Control ends the overlap of a receiver. */
void line_end_overlap(struct line *line);

/* Makes the sender use another of its master keys. */
void line_send_with(struct line *line, unsigned master);

/* Ready key of the master that tx sends with. */
const struct sotto_key *line_tx_key(const struct line *line, enum sotto_srtp_kind kind);

#endif
