/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SRTP and SRTCP packets in, RTP and RTCP packets out (RFC 3711, 3.3 and 3.4; RFC 7714): estimate,
 * check, authenticate, commit, decrypt. Nothing before commit() changes any stream, and nothing is
 * committed whose tag was wrong. An AEAD decrypts while it authenticates; what does not pass is
 * encrypted again before anybody sees it.
 */
#include "srtp/unprotect.h"

/* What replay list and budget say of an index. */
static enum sotto_verdict check_index(struct sotto_srtp_batch *batch, unsigned i,
	enum sotto_srtp_kind kind, const struct sotto_srtp_work *work)
{
	struct sotto_srtp_streams *streams = batch->context[i]->streams;
	enum sotto_replay_answer answer;

	if (sotto_unlikely(work->index >= SOTTO_INDEX_END))
		return SOTTO_DROP_OLD;
	answer = sotto_replay_check(sotto_srtp_replay(work->stream, kind),
		sotto_srtp_replay_shape(work->stream, kind), work->index);
	if (sotto_unlikely(answer != SOTTO_REPLAY_NEW))
		return answer == SOTTO_REPLAY_SEEN ? SOTTO_DROP_REPLAY : SOTTO_DROP_OLD;
	return sotto_likely(!streams->flooded) ? SOTTO_OK
					       : sotto_srtp_flood_check(batch, streams, work, kind);
}

/* Fills work[i]: parts, stream, index; and asks the replay list. Reads only. */
static enum sotto_verdict estimate_one(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	unsigned i, enum sotto_srtp_kind kind, bool restart)
{
	const struct sotto_srtp_context *context = batch->context[i];
	struct sotto_srtp_work *work = &srtp->work[i];
	enum sotto_verdict verdict;
	uint16_t seq = 0;
	uint64_t next;

	if (sotto_unlikely(!context->rtp))
		return SOTTO_DROP_NO_KEY;
	verdict = sotto_srtp_locate(context, batch->data[i], batch->len[i], kind, work, &seq);
	if (sotto_unlikely(verdict != SOTTO_OK))
		return verdict;
	work->stream = sotto_srtp_stream_find(context, work->ssrc);
	if (sotto_unlikely(!work->stream))
		return SOTTO_DROP_SSRC_LIMIT;
	work->restart = restart;
	if (sotto_unlikely(restart)) {
		work->index = seq;
		return SOTTO_OK;
	}
	next = sotto_srtp_replay(work->stream, kind)->next;
	if (kind == SOTTO_SRTP)
		work->index = sotto_likely(next != 0) ? sotto_replay_estimate(next, seq)
						      : (uint64_t)work->stream->roc << 16 | seq;
	return check_index(batch, i, kind, work);
}

/*
 * The same in a straight line for what nearly every packet is: SRTP without an extension, soon to
 * come in the first slot. False when it is anything else.
 */
static inline bool estimate_soon(
	struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, unsigned i)
{
	const struct sotto_srtp_context *context = batch->context[i];
	struct sotto_srtp_work *work = &srtp->work[i];
	struct sotto_stream *stream;
	struct sotto_rtp rtp;
	uint32_t len = batch->len[i], end;
	uint16_t ahead;

	if (!context->rtp || sotto_srtp_is_special(context) ||
		!sotto_srtp_parse_plain(batch->data[i], len, &rtp))
		return false;
	stream = context->streams->slot;
	ahead = (uint16_t)(rtp.seq - stream->rtp.next);
	end = len - context->rtp->tag_len;
	if (stream->ssrc != rtp.ssrc || ahead >= SOTTO_SRTP_FLOOD_NEAR || stream->rtp.next == 0 ||
		stream->rtp.next + ahead >= SOTTO_INDEX_END || len > SOTTO_SRTP_PACKET_MAX ||
		len < rtp.header_len + context->rtp->tag_len)
		return false;
	work->stream = stream;
	work->key = context->rtp;
	work->index = stream->rtp.next + ahead;
	work->ssrc = rtp.ssrc;
	work->cipher_at = (uint16_t)rtp.header_len;
	work->tag_at = work->end = (uint16_t)end;
	work->ext_at = 0;
	work->tag_len = context->rtp->tag_len;
	work->master = 0;
	work->restart = 0;
	return true;
}

/* Estimate and check. *fresh gets the packets of streams that have no index yet. */
static uint64_t estimate(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind, bool restart, uint64_t *fresh)
{
	struct sotto_srtp_classes classes = {.aead = 0};
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		enum sotto_verdict verdict;

		if (sotto_likely(kind == SOTTO_SRTP && !restart && estimate_soon(srtp, batch, i))) {
			classes.aead |= (uint64_t)sotto_srtp_has_aead(&srtp->work[i]) << i;
			continue;
		}
		verdict = estimate_one(srtp, batch, i, kind, restart);
		if (sotto_unlikely(verdict != SOTTO_OK)) {
			out |= sotto_srtp_drop(batch, i, verdict);
			continue;
		}
		sotto_srtp_classify(&classes, batch->context[i], &srtp->work[i], i);
		if (sotto_unlikely(sotto_srtp_replay(srtp->work[i].stream, kind)->next == 0))
			*fresh |= 1ull << i;
	}
	srtp->aead = classes.aead;
	srtp->special = classes.special;
	return live & ~out;
}

/* Keeps the bytes that hashing overwrites, and the tag. */
static void save(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live)
{
	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		struct sotto_srtp_work *work = &srtp->work[i];

		sotto_srtp_tag_copy(work->tag, batch->data[i] + work->tag_at, work->tag_len);
		if (sotto_unlikely(work->tag_at != work->end) && work->tag_len != 0)
			memcpy(work->behind, batch->data[i] + work->end, sizeof(work->behind));
	}
}

static void restore_behind(struct sotto_srtp_work *work, uint8_t *data)
{
	if (work->tag_len != 0)
		memcpy(data + work->end, work->tag_at == work->end ? work->tag : work->behind, 4);
}

/* A wrong tag, if there is any. */
static uint64_t refuse(struct sotto_srtp_batch *batch, unsigned i, bool done)
{
	return sotto_srtp_drop(batch, i, done ? SOTTO_DROP_AUTH : SOTTO_DROP_CRYPTO);
}

/* Compares the tags in constant time; a packet that fails gets its bytes back. */
static uint64_t authenticate_counter_mode(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	bool done = sotto_srtp_tags(srtp, batch, live, kind);
	uint64_t out = 0;
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		struct sotto_srtp_work *work = &srtp->work[i];

		if (sotto_unlikely(work->tag_len == 0))
			continue; /* agreed to be unauthenticated */
		if (sotto_likely(done && sotto_srtp_tag_equal(
						 work->tag, srtp->auth[n++].tag, work->tag_len)))
			continue;
		restore_behind(work, batch->data[i]);
		sotto_base_prefetch_write(&batch->context[i]->streams->flood_since_us);
		out |= refuse(batch, i, done);
	}
	return live & ~out;
}

/* Encrypts again what was opened and must not leave open. False: it is open still. */
static bool close_again(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t opened,
	enum sotto_srtp_kind kind)
{
	bool done;

	if (opened == 0)
		return true;
	done = sotto_srtp_aead(srtp, batch, opened, kind, SOTTO_AEAD_SEAL);
	for (uint64_t m = opened; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		restore_behind(&srtp->work[i], batch->data[i]);
		if (sotto_unlikely(!done))
			sotto_srtp_drop(batch, i, SOTTO_DROP_CRYPTO);
	}
	return done;
}

static uint64_t authenticate_aead(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	bool done = sotto_srtp_aead(srtp, batch, live, kind, SOTTO_AEAD_OPEN);
	uint64_t out = 0;
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1, n++) {
		unsigned i = sotto_srtp_first(m);
		struct sotto_srtp_work *work = &srtp->work[i];

		if (sotto_unlikely(!done || !sotto_srtp_tag_equal(work->tag, srtp->aead_job[n].tag,
						    SOTTO_GCM_TAG_LEN)))
			out |= refuse(batch, i, done);
	}
	close_again(srtp, batch, out, kind);
	return live & ~out;
}

static uint64_t authenticate(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind, uint64_t aead)
{
	uint64_t passed = 0;

	save(srtp, batch, live);
	if (live & ~aead)
		passed |= authenticate_counter_mode(srtp, batch, live & ~aead, kind);
	if (live & aead)
		passed |= authenticate_aead(srtp, batch, live & aead, kind);
	return passed;
}

/*
 * The stream begins anew with this packet, if no other packet has confirmed where it stood; or it
 * has begun so already, with another packet of the burst.
 */
static bool restart_stream(struct sotto_stream *stream, uint64_t index)
{
	if (!stream->expected)
		return sotto_replay_estimate(stream->rtp.next, (uint16_t)index) == index;
	sotto_replay_start(&stream->rtp, stream->shape, 0, false);
	return true;
}

/* Whether the packet's master key may still be used. */
static bool key_lives(
	struct sotto_srtp_batch *batch, unsigned i, unsigned master, enum sotto_srtp_kind kind)
{
	enum sotto_srtp_wear wear = sotto_srtp_wear(batch->context[i], master, kind);

	if (sotto_unlikely(wear == SOTTO_SRTP_WEAR_OVER_FIRST))
		batch->expired |= 1ull << i;
	return wear == SOTTO_SRTP_WEAR_NONE;
}

/*
 * Marks one authenticated packet as seen and binds its SSRC. Slot and index are asked again:
 * another packet of the burst may have taken either.
 */
static enum sotto_verdict commit_one(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	unsigned i, enum sotto_srtp_kind kind, uint64_t *newest)
{
	const struct sotto_srtp_context *context = batch->context[i];
	const struct sotto_srtp_work *work = &srtp->work[i];
	struct sotto_stream *stream = sotto_srtp_stream_find(context, work->ssrc);
	enum sotto_replay_answer answer;
	bool allotted;

	if (sotto_unlikely(!stream))
		return SOTTO_DROP_SSRC_LIMIT;
	allotted = sotto_srtp_is_allotted(context, stream, work->master, kind);
	if (sotto_unlikely(!allotted) && !key_lives(batch, i, work->master, kind))
		return SOTTO_DROP_KEY_EXPIRED;
	if (sotto_unlikely(work->restart) && !restart_stream(stream, work->index))
		return SOTTO_DROP_AUTH;
	answer = sotto_replay_commit(sotto_srtp_replay(stream, kind),
		sotto_srtp_replay_shape(stream, kind), work->index);
	if (sotto_unlikely(answer != SOTTO_REPLAY_NEW))
		return answer == SOTTO_REPLAY_SEEN ? SOTTO_DROP_REPLAY : SOTTO_DROP_OLD;
	if (sotto_unlikely(!stream->bound)) {
		sotto_srtp_stream_bind(stream, work->ssrc);
		batch->bound |= 1ull << i;
	}
	if (sotto_unlikely(stream->expected) && kind == SOTTO_SRTP)
		stream->expected = 0;
	*newest |= (uint64_t)(sotto_srtp_replay(stream, kind)->next == work->index + 1) << i;
	if (sotto_likely(allotted))
		__atomic_store_n(&stream->packets, stream->packets + 1, __ATOMIC_RELAXED);
	else
		batch->worn |= (uint64_t)sotto_srtp_count(context, stream, work->master, kind) << i;
	return SOTTO_OK;
}

/* The same in a straight line for what nearly every packet is; false when it is anything else. */
static inline bool commit_next(const struct sotto_srtp *srtp, unsigned i)
{
	const struct sotto_srtp_work *work = &srtp->work[i];
	struct sotto_stream *stream = work->stream;

	if (srtp->special >> i & 1 || stream->rtp.next != work->index ||
		stream->ssrc != work->ssrc || work->restart ||
		stream->packets >= stream->allotted || !sotto_srtp_is_steady(stream))
		return false;
	sotto_replay_commit(&stream->rtp, stream->shape, work->index);
	__atomic_store_n(&stream->packets, stream->packets + 1, __ATOMIC_RELAXED);
	return true;
}

/* The only place where receiving changes a stream. */
static uint64_t commit(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind, uint64_t aead)
{
	uint64_t newest = 0;
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		enum sotto_verdict verdict;

		if (sotto_likely(kind == SOTTO_SRTP && commit_next(srtp, i))) {
			newest |= 1ull << i;
			continue;
		}
		verdict = commit_one(srtp, batch, i, kind, &newest);
		if (sotto_unlikely(verdict != SOTTO_OK)) {
			/* an honest duplicate: as it came, like every other drop */
			restore_behind(&srtp->work[i], batch->data[i]);
			out |= sotto_srtp_drop(batch, i, verdict);
		}
	}
	batch->newest |= newest;
	close_again(srtp, batch, out & aead, kind);
	return live & ~out;
}

/* Decrypts in place what is not yet, and cuts the trailer off. */
static uint64_t decrypt(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind, uint64_t aead)
{
	uint64_t out = 0;
	bool done = (live & ~aead) == 0 || sotto_srtp_cipher(srtp, batch, live & ~aead);

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		batch->len[i] = srtp->work[i].end;
		if (sotto_unlikely(!done && !(aead >> i & 1)))
			out |= sotto_srtp_drop(batch, i, SOTTO_DROP_CRYPTO);
		else if (sotto_unlikely(srtp->special >> i & 1) && kind == SOTTO_SRTP &&
			 !sotto_srtp_show_extension(srtp, batch, i))
			out |= sotto_srtp_drop(batch, i, SOTTO_DROP_CRYPTO);
	}
	return live & ~out;
}

/* Takes out of *live what is only to be verified. Returns what of that goes on, as it came. */
static uint64_t leave_verified(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t *live, enum sotto_srtp_kind kind, uint64_t aead)
{
	uint64_t verified = 0;

	for (uint64_t m = *live & srtp->special; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		if (!batch->context[i]->more || !batch->context[i]->more->verify_only)
			continue;
		restore_behind(&srtp->work[i], batch->data[i]);
		verified |= 1ull << i;
	}
	*live &= ~verified;
	if (sotto_unlikely(!close_again(srtp, batch, verified & aead, kind)))
		verified &= ~aead;
	return verified;
}

uint64_t sotto_srtp_unprotect_pass(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind, bool restart, uint64_t *fresh)
{
	uint64_t aead, verified;

	live = estimate(srtp, batch, live, kind, restart, fresh);
	aead = srtp->aead & live;
	live = authenticate(srtp, batch, live, kind, aead);
	live = commit(srtp, batch, live, kind, aead);
	verified = leave_verified(srtp, batch, &live, kind, aead);
	return verified | decrypt(srtp, batch, live, kind, aead);
}

uint64_t sotto_srtp_unprotect_burst(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	uint64_t fresh = 0;
	uint64_t passed;

	sotto_srtp_begin(batch, live, kind);
	passed = sotto_srtp_unprotect_pass(srtp, batch, live, kind, false, &fresh);
	if (sotto_likely(passed == live))
		return passed;
	return passed | sotto_srtp_retry(srtp, batch, live & ~passed, kind, fresh);
}
