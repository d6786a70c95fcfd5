/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RTP and RTCP packets in, SRTP and SRTCP packets out (RFC 3711, 3.3 and 3.4; RFC 7714): take an
 * index that was never used, encrypt, compute the tag over ciphertext and index, append it.
 */
#include "srtp/internal.h"

/*
 * Gives an RTP packet the index of its sequence number, if it was not used before. Where identical
 * packets may be sent again, one that was used passes for now: its tag will show.
 */
static enum sotto_verdict take_rtp_index(
	struct sotto_stream *stream, uint16_t seq, struct sotto_srtp_work *work)
{
	enum sotto_replay_answer answer;
	uint64_t next = stream->rtp.next;

	work->index = sotto_likely(next != 0) ? sotto_replay_estimate(next, seq)
					      : (uint64_t)stream->roc << 16 | seq;
	if (sotto_unlikely(work->index >= SOTTO_INDEX_END))
		return SOTTO_DROP_SEND_EXHAUSTED;
	answer = sotto_replay_commit(&stream->rtp, stream->shape, work->index);
	if (sotto_likely(answer == SOTTO_REPLAY_NEW))
		return SOTTO_OK;
	if (!stream->repeats || work->tag_len == 0 || answer != SOTTO_REPLAY_SEEN ||
		work->index + SOTTO_SRTP_REPEATS < next)
		return SOTTO_DROP_SEND_REUSE;
	work->repeat = 1;
	return SOTTO_OK;
}

/* Gives an RTCP packet the next index. */
static enum sotto_verdict take_rtcp_index(struct sotto_stream *stream, struct sotto_srtp_work *work)
{
	work->index = stream->rtcp.next;
	if (sotto_unlikely(work->index >= SOTTO_RTCP_INDEX_END))
		return SOTTO_DROP_SEND_EXHAUSTED;
	__atomic_store_n(&stream->rtcp.next, work->index + 1, __ATOMIC_RELAXED);
	return SOTTO_OK;
}

#define EXTENSION_BIT 0x10

/* What header extensions ask for (RFC 6904, RFC 9335). */
static enum sotto_verdict plan_extension(
	const struct sotto_srtp_more *more, const uint8_t *data, struct sotto_srtp_work *work)
{
	/* a plain packet must not look as if Cryptex had been at work */
	if (sotto_srtp_cryptex_is_hidden(data))
		return SOTTO_DROP_EXTENSION;
	if (!more)
		return SOTTO_OK;
	if (more->cryptex && !sotto_srtp_cryptex_plan(work, data))
		return SOTTO_DROP_EXTENSION;
	if (more->encrypts_ids && !sotto_srtp_elements_fit(data))
		return SOTTO_DROP_EXTENSION;
	return SOTTO_OK;
}

/* Reads the header of either kind: where encryption starts, SSRC, sequence number. */
static enum sotto_verdict locate(const struct sotto_srtp_context *context, const uint8_t *data,
	uint32_t len, enum sotto_srtp_kind kind, struct sotto_srtp_work *work, uint16_t *seq)
{
	struct sotto_rtp rtp;

	work->end = (uint16_t)len;
	work->tag_len = work->key->tag_len;
	work->ext_at = 0;
	work->repeat = 0;
	if (kind == SOTTO_SRTCP) {
		work->cipher_at = SOTTO_RTCP_HEADER_LEN;
		return sotto_rtcp_parse(data, len, &work->ssrc) ? SOTTO_OK : SOTTO_DROP_RTCP_HEADER;
	}
	if (sotto_unlikely(!sotto_rtp_parse(data, len, &rtp)))
		return SOTTO_DROP_RTP_HEADER;
	work->ssrc = rtp.ssrc;
	work->cipher_at = (uint16_t)rtp.header_len;
	*seq = rtp.seq;
	if (sotto_likely(!context->more && !(data[0] & EXTENSION_BIT)))
		return SOTTO_OK;
	return plan_extension(context->more, data, work);
}

static enum sotto_verdict check_wear(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	unsigned i, enum sotto_srtp_kind kind)
{
	enum sotto_srtp_wear wear = sotto_srtp_wear(batch->context[i], srtp->work[i].master, kind);

	if (sotto_likely(wear == SOTTO_SRTP_WEAR_NONE))
		return SOTTO_OK;
	if (wear == SOTTO_SRTP_WEAR_OVER_FIRST)
		batch->expired |= 1ull << i;
	return SOTTO_DROP_SEND_EXPIRED;
}

/*
 * An inherited stream's first packet under the new key: what was used until the last packet under
 * the old one is known exactly only now, to the owner of both.
 */
static void go_on(struct sotto_srtp_streams *streams, struct sotto_stream *stream)
{
	const struct sotto_srtp_streams *before =
		__atomic_load_n(&streams->before, __ATOMIC_ACQUIRE);

	stream->expected = 0;
	for (uint32_t i = 0; before && i < before->count; i++) {
		const struct sotto_stream *old = &before->slot[i];

		if (!old->bound || old->ssrc != stream->ssrc)
			continue;
		sotto_replay_copy(&stream->rtp, stream->shape, &old->rtp, old->shape);
		if (old->rtcp.next > stream->rtcp.next)
			__atomic_store_n(&stream->rtcp.next, old->rtcp.next, __ATOMIC_RELAXED);
	}
}

/* Finds stream and index; all else that can go wrong was found before, so that none is lost. */
static enum sotto_verdict take_index(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	unsigned i, enum sotto_srtp_kind kind, uint16_t seq)
{
	const struct sotto_srtp_context *context = batch->context[i];
	struct sotto_srtp_work *work = &srtp->work[i];
	struct sotto_stream *stream = sotto_srtp_stream_find(context, work->ssrc);
	enum sotto_verdict verdict;
	bool allotted;

	if (sotto_unlikely(!stream))
		return SOTTO_DROP_SEND_SSRC_LIMIT;
	work->stream = stream;
	allotted = sotto_srtp_is_allotted(context, stream, work->master, kind);
	if (sotto_unlikely(!allotted)) {
		verdict = check_wear(srtp, batch, i, kind);
		if (verdict != SOTTO_OK)
			return verdict;
	}
	if (sotto_unlikely(stream->expected))
		go_on(context->streams, stream);
	verdict = kind == SOTTO_SRTP ? take_rtp_index(stream, seq, work)
				     : take_rtcp_index(stream, work);
	if (sotto_unlikely(verdict == SOTTO_DROP_SEND_EXHAUSTED) && !(stream->ended >> kind & 1)) {
		stream->ended |= (uint8_t)(1u << kind);
		batch->expired |= 1ull << i;
	}
	if (sotto_unlikely(verdict != SOTTO_OK || work->repeat))
		return verdict;
	if (sotto_unlikely(!stream->bound)) {
		sotto_srtp_stream_bind(stream, work->ssrc);
		batch->bound |= 1ull << i;
	}
	if (sotto_likely(allotted))
		__atomic_store_n(&stream->packets, stream->packets + 1, __ATOMIC_RELAXED);
	else
		batch->worn |= (uint64_t)sotto_srtp_count(context, stream, work->master, kind) << i;
	return SOTTO_OK;
}

static enum sotto_verdict prepare_one(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	unsigned i, enum sotto_srtp_kind kind)
{
	const struct sotto_srtp_context *context = batch->context[i];
	struct sotto_srtp_work *work = &srtp->work[i];
	enum sotto_verdict verdict;
	uint32_t most;
	uint16_t seq = 0;

	work->key = kind == SOTTO_SRTP ? context->rtp : context->rtcp;
	work->master = sotto_likely(!context->more) ? 0 : context->more->send_master;
	if (sotto_unlikely(!work->key))
		return SOTTO_DROP_SEND_NO_KEY;
	verdict = locate(context, batch->data[i], batch->len[i], kind, work, &seq);
	if (sotto_unlikely(verdict != SOTTO_OK))
		return verdict;
	most = batch->room[i] < SOTTO_SRTP_PACKET_MAX ? batch->room[i] : SOTTO_SRTP_PACKET_MAX;
	if (sotto_unlikely(batch->len[i] + sotto_srtp_trailer_of(context, work->key, kind) > most))
		return SOTTO_DROP_SEND_SIZE;
	return take_index(srtp, batch, i, kind, seq);
}

/*
 * The same in a straight line for what nearly every packet is: RTP without an extension, next in
 * order in the first slot. False when it is anything else; then nothing has changed.
 */
static inline bool prepare_next(
	struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, unsigned i)
{
	const struct sotto_srtp_context *context = batch->context[i];
	struct sotto_srtp_work *work = &srtp->work[i];
	struct sotto_stream *stream;
	struct sotto_rtp rtp;
	uint32_t len = batch->len[i], tag_len;
	uint64_t next;

	if (!context->rtp || sotto_srtp_is_special(context) ||
		!sotto_srtp_parse_plain(batch->data[i], len, &rtp))
		return false;
	stream = context->streams->slot;
	next = stream->rtp.next;
	if (stream->ssrc != rtp.ssrc || (uint16_t)next != rtp.seq || next == 0 ||
		next >= SOTTO_INDEX_END || stream->packets >= stream->allotted ||
		!sotto_srtp_is_steady(stream))
		return false;
	tag_len = context->rtp->tag_len;
	if (tag_len < 4 || batch->room[i] > SOTTO_SRTP_PACKET_MAX || len + tag_len > batch->room[i])
		return false;
	work->stream = stream;
	work->key = context->rtp;
	work->index = next;
	work->ssrc = rtp.ssrc;
	work->cipher_at = (uint16_t)rtp.header_len;
	work->end = (uint16_t)len;
	work->ext_at = 0;
	work->tag_len = (uint8_t)tag_len;
	work->master = 0;
	work->repeat = 0;
	sotto_replay_commit(&stream->rtp, stream->shape, next);
	__atomic_store_n(&stream->packets, stream->packets + 1, __ATOMIC_RELAXED);
	return true;
}

static uint64_t prepare(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	struct sotto_srtp_classes classes = {.aead = 0};
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		enum sotto_verdict verdict;

		if (sotto_likely(kind == SOTTO_SRTP && prepare_next(srtp, batch, i))) {
			classes.aead |= (uint64_t)sotto_srtp_has_aead(&srtp->work[i]) << i;
			continue;
		}
		verdict = prepare_one(srtp, batch, i, kind);
		if (sotto_unlikely(verdict != SOTTO_OK))
			out |= sotto_srtp_drop(batch, i, verdict);
		else
			sotto_srtp_classify(&classes, batch->context[i], &srtp->work[i], i);
	}
	srtp->aead = classes.aead;
	srtp->special = classes.special;
	return live & ~out;
}

/* The SRTCP index word; behind the packet, but with an AEAD, whose tag comes first. */
static void write_index(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live)
{
	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		struct sotto_srtp_work *work = &srtp->work[i];
		uint8_t flags = work->key->flags;
		uint32_t e = flags & (SOTTO_KEY_CLEAR | SOTTO_KEY_ANY_E) ? 0 : SRTCP_E;

		work->word = (uint32_t)work->index | e;
		if (!(srtp->aead >> i & 1))
			sotto_base_put32(batch->data[i] + work->end, work->word);
	}
}

/* Encrypts what header extensions ask for. Returns the packets that the backend failed. */
static uint64_t hide_extensions(
	struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live)
{
	uint64_t failed = 0;

	for (uint64_t m = live & srtp->special; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_more *more = batch->context[i]->more;

		if (!more)
			continue;
		if (srtp->work[i].ext_at != 0)
			sotto_srtp_cryptex_mark(&srtp->work[i], batch->data[i]);
		if (more->encrypts_ids && !sotto_srtp_elements(srtp, batch, i))
			failed |= sotto_srtp_drop(batch, i, SOTTO_DROP_CRYPTO);
	}
	return failed;
}

/*
 * A packet under an index that was used: only the same bytes give the same tag. False: other bytes.
 * Of every other packet the tag is kept, where repetitions are allowed.
 */
static bool is_repetition(const struct sotto_srtp_context *context,
	const struct sotto_srtp_work *work, const uint8_t *tag)
{
	struct sotto_srtp_streams *streams = context->streams;
	size_t slot = (size_t)(work->stream - streams->slot);
	uint64_t *kept =
		&streams->repeat[slot * SOTTO_SRTP_REPEATS + work->index % SOTTO_SRTP_REPEATS];

	if (work->repeat)
		return sotto_base_equal((const uint8_t *)kept, tag, sizeof(*kept));
	memcpy(kept, tag, sizeof(*kept));
	return true;
}

static void put_mki(const struct sotto_srtp_more *more, unsigned master, uint8_t *to)
{
	uint64_t mki = more->master[master].mki;

	for (uint32_t k = more->mki_len; k-- > 0; mki >>= 8)
		to[k] = (uint8_t)mki;
}

/*
 * Puts the trailer behind the packet: | SRTCP index | MKI | tag |, or with an AEAD | tag | SRTCP
 * index | MKI |. The SRTP rollover counter that stood there is not sent.
 */
static void append_one(struct sotto_srtp_batch *batch, unsigned i,
	const struct sotto_srtp_work *work, const uint8_t *tag, enum sotto_srtp_kind kind)
{
	const struct sotto_srtp_more *more = batch->context[i]->more;
	uint8_t *at = batch->data[i] + work->end;
	bool aead = sotto_srtp_has_aead(work);

	if (aead) {
		memcpy(at, tag, SOTTO_GCM_TAG_LEN);
		at += SOTTO_GCM_TAG_LEN;
	}
	if (kind == SOTTO_SRTCP) {
		if (aead)
			sotto_base_put32(at, work->word);
		at += SRTCP_INDEX_LEN;
	}
	if (sotto_unlikely(more && more->mki_len != 0)) {
		put_mki(more, work->master, at);
		at += more->mki_len;
	}
	if (!aead && tag) {
		sotto_srtp_tag_copy(at, tag, work->tag_len);
		at += work->tag_len;
	}
	batch->len[i] = (uint32_t)(at - batch->data[i]);
}

/* A packet that needs more than its tag put behind it, or may be a repetition. */
static uint64_t append_special(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, unsigned i,
	const uint8_t *tag, enum sotto_srtp_kind kind)
{
	const struct sotto_srtp_context *context = batch->context[i];

	if (srtp->work[i].stream->repeats && tag && kind == SOTTO_SRTP &&
		!is_repetition(context, &srtp->work[i], tag))
		return sotto_srtp_drop(batch, i, SOTTO_DROP_SEND_REUSE);
	append_one(batch, i, &srtp->work[i], tag, kind);
	return 0;
}

/* Appends the trailers of counter mode, whose tags stand in order of positions. */
static uint64_t append(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	uint32_t index_len = kind == SOTTO_SRTCP ? SRTCP_INDEX_LEN : 0;
	uint64_t out = 0;
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_work *work = &srtp->work[i];
		uint32_t at = work->end + index_len;

		if (sotto_unlikely(srtp->special >> i & 1 || work->tag_len == 0)) {
			const uint8_t *tag = work->tag_len != 0 ? srtp->auth[n++].tag : NULL;

			out |= append_special(srtp, batch, i, tag, kind);
			continue;
		}
		sotto_srtp_tag_copy(batch->data[i] + at, srtp->auth[n++].tag, work->tag_len);
		batch->len[i] = at + work->tag_len;
	}
	return live & ~out;
}

static uint64_t append_aead(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	uint64_t out = 0;
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1)
		out |= append_special(
			srtp, batch, sotto_srtp_first(m), srtp->aead_job[n++].tag, kind);
	return live & ~out;
}

/* The backend failed: nothing of these packets may leave. */
static uint64_t fail(struct sotto_srtp_batch *batch, uint64_t live)
{
	for (uint64_t m = live; m != 0; m &= m - 1)
		sotto_srtp_drop(batch, sotto_srtp_first(m), SOTTO_DROP_CRYPTO);
	return 0;
}

static uint64_t protect_counter_mode(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	if (sotto_unlikely(!sotto_srtp_cipher_and_tags(srtp, batch, live, kind)))
		return fail(batch, live);
	return append(srtp, batch, live, kind);
}

static uint64_t protect_aead(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	if (sotto_unlikely(!sotto_srtp_aead(srtp, batch, live, kind, SOTTO_AEAD_SEAL)))
		return fail(batch, live);
	return append_aead(srtp, batch, live, kind);
}

uint64_t sotto_srtp_protect_burst(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	uint64_t aead, passed = 0;

	sotto_srtp_begin(batch, live, kind);
	live = prepare(srtp, batch, live, kind);
	if (kind == SOTTO_SRTCP)
		write_index(srtp, batch, live);
	else
		live &= ~hide_extensions(srtp, batch, live);
	aead = srtp->aead & live;
	if (live & ~aead)
		passed |= protect_counter_mode(srtp, batch, live & ~aead, kind);
	if (aead != 0)
		passed |= protect_aead(srtp, batch, aead, kind);
	return passed;
}
