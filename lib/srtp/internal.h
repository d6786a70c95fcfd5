/* SPDX-License-Identifier: BSD-3-Clause */
/* What protect and unprotect share. Private to lib/srtp. */
#ifndef SOTTO_SRTP_INTERNAL_H
#define SOTTO_SRTP_INTERNAL_H

#include "base/bytes.h"
#include "base/secret.h"
#include "rtp/rtp.h"
#include "srtp/srtp.h"

#define SRTCP_INDEX_LEN 4
#define SRTCP_E 0x80000000u
#define COMMON_TAG 10 /* bytes of nearly all tags */

/* The lowest position in a non-empty set; for (m = live; m != 0; m &= m - 1) walks all. */
static inline unsigned sotto_srtp_first(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set);
}

/* Gives packet i a drop verdict; returns its bit, for the caller to take out of its set. */
static inline uint64_t sotto_srtp_drop(
	struct sotto_srtp_batch *batch, unsigned i, enum sotto_verdict verdict)
{
	batch->verdict[i] = (uint8_t)verdict;
	return 1ull << i;
}

/* Nearly all tags have 10 bytes: a constant length makes two moves of what would be a call. */
static inline void sotto_srtp_tag_copy(uint8_t *to, const uint8_t *from, uint32_t len)
{
	if (sotto_likely(len == COMMON_TAG))
		memcpy(to, from, COMMON_TAG);
	else
		memcpy(to, from, len);
}

static inline bool sotto_srtp_tag_equal(const uint8_t *a, const uint8_t *b, uint32_t len)
{
	return sotto_likely(len == COMMON_TAG) ? sotto_base_equal(a, b, COMMON_TAG)
					       : sotto_base_equal(a, b, len);
}

static inline struct sotto_replay *sotto_srtp_replay(
	struct sotto_stream *stream, enum sotto_srtp_kind kind)
{
	return kind == SOTTO_SRTP ? &stream->rtp : &stream->rtcp;
}

static inline struct sotto_replay_shape sotto_srtp_replay_shape(
	const struct sotto_stream *stream, enum sotto_srtp_kind kind)
{
	return kind == SOTTO_SRTP ? stream->shape : sotto_replay_narrow();
}

static inline bool sotto_srtp_has_aead(const struct sotto_srtp_work *work)
{
	return sotto_crypto_is_aead(work->key->cipher);
}

static inline uint32_t sotto_srtp_mki_len(const struct sotto_srtp_context *context)
{
	return sotto_likely(!context->more) ? 0 : context->more->mki_len;
}

/* Whether packets need what most contexts do not have; not: whether they may come late. */
static inline bool sotto_srtp_is_special(const struct sotto_srtp_context *context)
{
	return sotto_unlikely(context->more != NULL) && !context->more->late_only;
}

/* Master key number n for that kind of packet. */
static inline const struct sotto_key *sotto_srtp_key(
	const struct sotto_srtp_context *context, unsigned n, enum sotto_srtp_kind kind)
{
	if (sotto_likely(!context->more))
		return kind == SOTTO_SRTP ? context->rtp : context->rtcp;
	return kind == SOTTO_SRTP ? context->more->master[n].rtp : context->more->master[n].rtcp;
}

/* What a key's use says to one more packet. */
enum sotto_srtp_wear {
	SOTTO_SRTP_WEAR_NONE,
	SOTTO_SRTP_WEAR_OVER,       /* the lifetime is over: not counted, must not pass */
	SOTTO_SRTP_WEAR_OVER_FIRST, /* the same, and nobody was told yet */
};

/*
 * Whether the stream has a packet under master key n left of its share, so that only
 * stream->packets need be counted. Only the streams' own key is shared out, and SRTCP is not.
 */
static inline bool sotto_srtp_is_allotted(const struct sotto_srtp_context *context,
	const struct sotto_stream *stream, unsigned n, enum sotto_srtp_kind kind)
{
	return kind == SOTTO_SRTP && stream->packets < stream->allotted &&
	       sotto_srtp_use(context, n) == &context->streams->use;
}

/* Whether a stream is in its common state: bound, nothing told, expected or kept. */
static inline bool sotto_srtp_is_steady(const struct sotto_stream *stream)
{
	return stream->bound & !(stream->ended | stream->expected | stream->repeats);
}

/* Reads the header of an RTP packet that has no extension; false when it is something else. */
static inline bool sotto_srtp_parse_plain(const uint8_t *data, uint32_t len, struct sotto_rtp *rtp)
{
	return len != 0 && (data[0] & 0xd0) == 0x80 && sotto_rtp_parse(data, len, rtp);
}

/* Whether master key n's lifetime is over; that it was told is remembered. */
enum sotto_srtp_wear sotto_srtp_wear(
	const struct sotto_srtp_context *context, unsigned n, enum sotto_srtp_kind kind);

/*
 * Counts one packet under master key n that was not allotted; true when that brought the key to
 * 90 % of its lifetime.
 */
bool sotto_srtp_count(const struct sotto_srtp_context *context, struct sotto_stream *stream,
	unsigned n, enum sotto_srtp_kind kind);

/* Most bytes that protect adds to a packet under that key. */
static inline uint32_t sotto_srtp_trailer_of(const struct sotto_srtp_context *context,
	const struct sotto_key *key, enum sotto_srtp_kind kind)
{
	uint32_t mki_len = sotto_srtp_mki_len(context);

	/* while an SRTP tag is computed the rollover counter stands behind the packet */
	if (kind == SOTTO_SRTP)
		return mki_len + (key->tag_len < 4 ? 4u : key->tag_len);
	return mki_len + SRTCP_INDEX_LEN + key->tag_len;
}

/* The same for all slots but the first, which it is nearly always. */
struct sotto_stream *sotto_srtp_stream_search(
	const struct sotto_srtp_context *context, uint32_t ssrc);

/* The slot bound to ssrc, else the first free one, else NULL. */
static inline struct sotto_stream *sotto_srtp_stream_find(
	const struct sotto_srtp_context *context, uint32_t ssrc)
{
	struct sotto_stream *slot = context->streams->slot;

	return sotto_likely(slot->bound && slot->ssrc == ssrc)
		       ? slot
		       : sotto_srtp_stream_search(context, ssrc);
}

/* Binds a free slot to ssrc; from now on the slot is found for it. */
void sotto_srtp_stream_bind(struct sotto_stream *stream, uint32_t ssrc);

/* Forgets what the last call told, and brings keys and streams on their way into the cache. */
void sotto_srtp_begin(struct sotto_srtp_batch *batch, uint64_t live, enum sotto_srtp_kind kind);

/* What is not common about the packets of a burst, so that the stages need not look again. */
struct sotto_srtp_classes {
	uint64_t aead;
	uint64_t special;
};

static inline void sotto_srtp_classify(struct sotto_srtp_classes *classes,
	const struct sotto_srtp_context *context, const struct sotto_srtp_work *work, unsigned i)
{
	classes->aead |= (uint64_t)sotto_crypto_is_aead(work->key->cipher) << i;
	classes->special |= (uint64_t)(sotto_srtp_is_special(context) | work->stream->repeats) << i;
}

/*
 * Runs AES-CM over the encrypted part of every live packet, both directions alike (RFC 3711,
 * 4.1.1). Empty payloads and null ciphers are skipped. False when the backend failed: then nothing
 * may leave.
 */
bool sotto_srtp_cipher(
	struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live);

/*
 * Computes the whole tags of all live packets whose key has any into srtp->auth[0..n), in the order
 * of positions. For SRTP the rollover counter is written behind the first end bytes and hashed with
 * them (RFC 3711, 4.2); for SRTCP the index that stands there is. False when the backend failed.
 */
bool sotto_srtp_tags(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind);

/* One after the other: what sending does. */
bool sotto_srtp_cipher_and_tags(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind);

/*
 * Seals or opens all live packets in place, the tags into srtp->aead[0..n) in the order of
 * positions (RFC 7714, 8 and 9). False when the backend failed.
 */
bool sotto_srtp_aead(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind, enum sotto_aead_direction direction);

/*
 * extension.c: Cryptex (RFC 9335). work->ext_at is where the header extension begins when it and
 * the CSRCs are, or are to be, encrypted; 0 when not.
 */

/* Sets ext_at and cipher_at. False: CSRCs without an extension, or one of another profile. */
bool sotto_srtp_cryptex_plan(struct sotto_srtp_work *work, const uint8_t *data);
/* Whether the packet has a header extension that Cryptex hid. */
bool sotto_srtp_cryptex_is_hidden(const uint8_t *data);
/* Sets ext_at and cipher_at of a packet that has. */
void sotto_srtp_cryptex_locate(struct sotto_srtp_work *work, const uint8_t *data);
/* Writes the profile that marks a hidden extension, or back the one that it stands for. */
void sotto_srtp_cryptex_mark(const struct sotto_srtp_work *work, uint8_t *data);
void sotto_srtp_cryptex_unmark(const struct sotto_srtp_work *work, uint8_t *data);
/* Brings the extension's header before the CSRCs, so that what is encrypted lies in one piece. */
void sotto_srtp_cryptex_gather(const struct sotto_srtp_work *work, uint8_t *data);
void sotto_srtp_cryptex_scatter(const struct sotto_srtp_work *work, uint8_t *data);

/* elements.c: single elements of a header extension (RFC 6904). */

/* Whether the packet's extension is short enough and its elements fit into it, or has none. */
bool sotto_srtp_elements_fit(const uint8_t *data);
/* Encrypts or decrypts the elements that are to be. False when the backend failed. */
bool sotto_srtp_elements(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, unsigned i);

#endif
