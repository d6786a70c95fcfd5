/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The cryptographic context of one direction of one RTP session (RFC 3711, 3.2): ready keys, which
 * are constant, and streams, which the owner's thread changes with every packet. This header lays
 * them out and prepares them; srtp.h runs packets through them.
 *
 * Every new master key gets streams of its own, so nothing that arrives under one key touches the
 * replay lists of another; what goes on over a re-key is inherited explicitly.
 */
#ifndef SOTTO_SRTP_CONTEXT_H
#define SOTTO_SRTP_CONTEXT_H

#include "crypto/key.h"
#include "replay/replay.h"

#include <stdbool.h>
#include <stdint.h>

#define SOTTO_SRTP_SLOTS_MAX 64     /* SSRCs of one direction */
#define SOTTO_SRTP_MASTERS_MAX 16   /* master keys of one direction (RFC 4568, 6.1) */
#define SOTTO_SRTP_MKI_MAX 128      /* bytes (RFC 4568, 6.1) */
#define SOTTO_SRTP_REPEATS 512      /* packets whose tags are kept to recognise a repetition */
#define SOTTO_SRTP_TAG_MAX 16       /* bytes of the longest tag on the wire */
#define SOTTO_SRTP_FLOOD_BUDGET 200 /* wrong tags a second before far-off packets go untried */
#define SOTTO_SRTP_FLOOD_NEAR 128   /* indices around the highest that are tried nevertheless */
#define SOTTO_SRTP_ROC_TRIES 256    /* packets that are tried under two rollover counters */

enum sotto_srtp_kind {
	SOTTO_SRTP,
	SOTTO_SRTCP,
};

/*
 * One SSRC in one direction: what must never go back. Written by the owner's thread alone; others
 * may read next, packets and ssrc with relaxed atomic loads, to show them. The first line is all
 * that an SRTP packet in order needs.
 */
struct sotto_stream {
	struct sotto_replay rtp;         /* receive: replay list; send: indices used (48 bits) */
	uint64_t packets;                /* SRTP and SRTCP packets accepted or protected */
	uint64_t allotted;               /* up to that count of packets no lifetime need be asked */
	uint32_t ssrc;                   /* host order; valid when bound */
	uint32_t roc;                    /* the first packet's; constant */
	struct sotto_replay_shape shape; /* of rtp; constant */
	uint8_t bound;                   /* 0 = free slot */
	uint8_t ended;    /* send: bit [kind]: its indices are used up, and that was told */
	uint8_t expected; /* 1: rtp.next is what is expected; nothing was accepted under this key */
	uint8_t repeats;  /* 1: tags are kept to recognise repetitions; constant */

	/* second line: seldom. receive: replay list; send: next is the next index (31 bits) */
	struct sotto_replay rtcp SOTTO_ALIGNED(SOTTO_CACHE_LINE);
	uint64_t settled; /* those of packets that sotto_key_use.packets has, here or elsewhere */
	uint8_t refused;  /* the caller's: packets refused in a row; not used here */
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

/*
 * Packets under one master key, over all SSRCs (RFC 3711, 9.2); [enum sotto_srtp_kind]. Nearly all
 * SRTP packets are counted in their streams alone, each of which was allotted a share of what is
 * left: sotto_srtp_used() has the whole.
 */
struct sotto_key_use {
	uint64_t packets[2]; /* owner writes; others read relaxed */
	uint64_t mark[2];    /* the count at which the next thing happens: told, then stopped */
	uint64_t limit[2];   /* constant: packets that the key may carry */
};

/*
 * The streams of a direction. The slots follow in memory, and behind them what wide windows and
 * repetitions need. Packets in order touch only their slot. Owner's, but where constant.
 */
struct sotto_srtp_streams {
	struct sotto_key_use use;        /* of master key 0 */
	struct sotto_replay_shape shape; /* of the SRTP lists; constant */
	uint8_t count;                   /* slots; constant */
	uint8_t flooded;                 /* 1: the budget of wrong tags is spent */

	uint64_t flood_since_us; /* when the second began that wrong tags are counted in */
	uint32_t flood_count;
	uint32_t roc_tries; /* packets that may still be tried with rollover counter 0 */
	/* atomic; send: the streams before, while they live, that expected ones go on from */
	const struct sotto_srtp_streams *before;
	uint64_t *repeat;    /* send: tags, [slot][index % SOTTO_SRTP_REPEATS]; NULL: none kept */
	size_t size;         /* bytes of all, to wipe */
	uint32_t references; /* for whoever has the memory; not used here */

	struct sotto_stream slot[] SOTTO_ALIGNED(SOTTO_CACHE_LINE);
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

struct sotto_srtp_previous;

/* One of several master keys, or one with a header key. */
struct sotto_srtp_master {
	const struct sotto_key *rtp;
	const struct sotto_key *rtcp;
	const struct sotto_key *header; /* for header extensions (RFC 6904), or NULL */
	struct sotto_key_use *use;
	uint64_t mki; /* its value; valid when the context has an MKI */
};

/* What most contexts do not have. Constant while published, but for previous. */
struct sotto_srtp_more {
	/* atomic: the key before this one, while it lives; control sets it to NULL at the end */
	const struct sotto_srtp_previous *previous;
	uint8_t master_count; /* 1 to SOTTO_SRTP_MASTERS_MAX */
	uint8_t mki_len;      /* bytes behind each packet; 0 = none, then one master key */
	uint8_t send_master;  /* the one that protect uses */
	uint8_t verify_only;  /* authenticate and commit, but leave the packet as it is */
	uint8_t cryptex;      /* RFC 9335 */
	uint8_t encrypts_ids; /* RFC 6904: some bit of ids is set */
	uint8_t late_only;    /* 1: nothing here is used but previous; master[0] is the context's,
				 and its use the streams' */
	uint64_t ids[4];      /* bit n % 64 of word n / 64: element n is encrypted (RFC 6904) */
	struct sotto_srtp_master master[];
};

/*
 * A context. Constant while published; only the streams behind it change. rtp and rtcp are the
 * sending, or only, master key's.
 */
struct sotto_srtp_context {
	const struct sotto_key *rtp;  /* NULL: no key, nothing passes */
	const struct sotto_key *rtcp; /* NULL exactly when rtp is */
	struct sotto_srtp_streams *streams;
	const struct sotto_srtp_more *more; /* NULL: one key, nothing special */
};

/* The context before a re-key: packets that fail under the new one get one try here. */
struct sotto_srtp_previous {
	struct sotto_srtp_context context;
	uint64_t until_us; /* on the clock of sotto_srtp_batch.now_us */
};

/* What streams are made for; lifetimes in packets, 0 = as long as RFC 3711 allows. */
struct sotto_srtp_shape {
	uint32_t count;    /* 1 to SOTTO_SRTP_SLOTS_MAX */
	uint32_t window;   /* of SRTP; brought into replay.h's limits */
	uint32_t roc;      /* of every stream's first packet */
	bool try_roc_zero; /* inherited streams: also try rollover counter 0, bounded */
	bool repeat;       /* send: allow identical packets again */
	uint64_t lifetime;
};

/* Bytes of streams of that shape, a multiple of the cache line. Any thread. */
size_t sotto_srtp_streams_size(const struct sotto_srtp_shape *shape);

/* Prepares zeroed memory of that size, cache-line aligned. Control, before it is published. */
void sotto_srtp_streams_init(
	struct sotto_srtp_streams *streams, const struct sotto_srtp_shape *shape);

/* Sets a count of packets to begin at and its limits. Control, before it is published. */
void sotto_srtp_use_init(struct sotto_key_use *use, uint64_t lifetime);

/*
 * Shares what is left until the key's next mark among the slots, so that none of them need ask
 * before it has used its share up. After each change of streams->use; the owner, or before they are
 * published.
 */
void sotto_srtp_streams_allot(struct sotto_srtp_streams *streams);

/* Where packets under master key n are counted. Any thread. */
static inline struct sotto_key_use *sotto_srtp_use(
	const struct sotto_srtp_context *context, unsigned n)
{
	return sotto_likely(!context->more) ? &context->streams->use : context->more->master[n].use;
}

/*
 * Packets so far under master key n (0 to sotto_srtp_more.master_count - 1). Any thread; exact on
 * the owner's.
 */
uint64_t sotto_srtp_used(
	const struct sotto_srtp_context *context, unsigned n, enum sotto_srtp_kind kind);

/*
 * Lets the SSRCs of another direction's streams, which their owner may be writing, go on under a
 * new key: rollover counter and highest sequence number are expected to continue, with empty
 * replay lists. A sender's SRTCP index goes on a little further ahead. to is not published yet.
 */
void sotto_srtp_streams_inherit(
	struct sotto_srtp_streams *to, const struct sotto_srtp_streams *from, bool sender);

/* Where a stream shall stand: the next indices. */
struct sotto_srtp_preset {
	uint32_t ssrc;
	uint64_t next_rtp;  /* 0 = nothing known */
	uint64_t next_rtcp; /* 0 = nothing known */
};

/*
 * Binds an SSRC, or moves it forward; every index before counts as seen. 0; -ENOSPC no slot;
 * -EINVAL it would go back, or out of range. On error nothing has changed. Control, before streams
 * are published.
 */
int sotto_srtp_streams_preset(
	struct sotto_srtp_streams *streams, const struct sotto_srtp_preset *preset);

/*
 * Fetches what the next SRTP packet through a context will need: its key, and its stream if that
 * has the first slot. Calls of protect and unprotect do so themselves; earlier is better where
 * contexts are far more than the cache holds. Owner's thread.
 */
static inline void sotto_srtp_prefetch(const struct sotto_srtp_context *context)
{
	const uint8_t *key = (const uint8_t *)context->rtp;

	sotto_base_prefetch_write(context->streams->slot);
	for (unsigned line = 0; line < 4; line++)
		sotto_base_prefetch(key + line * SOTTO_CACHE_LINE);
}

/* The slot that is bound to an SSRC, or -1. Owner's thread. */
int sotto_srtp_slot(const struct sotto_srtp_context *context, uint32_t ssrc);

/* Most bytes that protect adds to a packet of that kind. */
uint32_t sotto_srtp_trailer(const struct sotto_srtp_context *context, enum sotto_srtp_kind kind);

#endif
