/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SRTP and SRTCP packets in, RTP and RTCP packets out (RFC 3711, 3.3 and 3.4): estimate, check,
 * authenticate, commit, decrypt. Nothing before commit() changes any state, and nothing is
 * committed whose tag was wrong.
 */
#include "rtp/rtp.h"
#include "srtp/internal.h"

/* Finds the parts of an SRTP packet: | header | payload | tag |. */
static enum sotto_verdict locate_rtp(
	const uint8_t *data, uint32_t len, struct sotto_srtp_work *work, uint16_t *seq)
{
	struct sotto_rtp rtp;
	uint32_t tag_len = work->key->tag_len;

	if (sotto_unlikely(!sotto_rtp_parse(data, len, &rtp)))
		return SOTTO_DROP_RTP_HEADER;
	if (sotto_unlikely(len < rtp.header_len + tag_len))
		return SOTTO_DROP_SHORT;
	work->ssrc = rtp.ssrc;
	work->cipher_at = rtp.header_len;
	work->end = len - tag_len;
	*seq = rtp.seq;
	return SOTTO_OK;
}

/* Finds the parts of an SRTCP packet: | header and SSRC | payload | E and index | tag |. */
static enum sotto_verdict locate_rtcp(
	const uint8_t *data, uint32_t len, struct sotto_srtp_work *work)
{
	uint32_t trailer = SRTCP_INDEX_LEN + work->key->tag_len;
	uint32_t index;

	if (sotto_unlikely(!sotto_rtcp_parse(data, len, &work->ssrc)))
		return SOTTO_DROP_RTCP_HEADER;
	if (sotto_unlikely(len < SOTTO_RTCP_HEADER_LEN + trailer))
		return SOTTO_DROP_SHORT;
	work->cipher_at = SOTTO_RTCP_HEADER_LEN;
	work->end = len - trailer;
	index = sotto_base_get32(data + work->end);
	if (sotto_unlikely(!(index & SRTCP_E) && work->key->cipher != SOTTO_CIPHER_NONE))
		return SOTTO_DROP_RTCP_CLEAR;
	work->index = index & ~SRTCP_E;
	return SOTTO_OK;
}

/* Fills work[i]: parts, stream, index; and asks the replay list. Reads only. */
static enum sotto_verdict estimate_one(struct sotto_srtp *srtp,
	const struct sotto_srtp_batch *batch, unsigned i, enum sotto_srtp_kind kind)
{
	const struct sotto_srtp_context *context = batch->context[i];
	struct sotto_srtp_work *work = &srtp->work[i];
	enum sotto_replay_answer answer;
	enum sotto_verdict verdict;
	uint16_t seq = 0;

	work->key = kind == SOTTO_SRTP ? context->rtp : context->rtcp;
	if (sotto_unlikely(!work->key))
		return SOTTO_DROP_NO_KEY;
	verdict = kind == SOTTO_SRTP ? locate_rtp(batch->data[i], batch->len[i], work, &seq)
				     : locate_rtcp(batch->data[i], batch->len[i], work);
	if (sotto_unlikely(verdict != SOTTO_OK))
		return verdict;
	work->stream = sotto_srtp_stream_find(context, work->ssrc);
	if (sotto_unlikely(!work->stream))
		return SOTTO_DROP_SSRC_LIMIT;
	if (kind == SOTTO_SRTP)
		work->index = sotto_replay_estimate(work->stream->rtp.next, seq);
	if (sotto_unlikely(work->index >= SOTTO_INDEX_END))
		return SOTTO_DROP_OLD;
	answer = sotto_replay_check(sotto_srtp_replay(work->stream, kind), work->index);
	if (sotto_likely(answer == SOTTO_REPLAY_NEW))
		return SOTTO_OK;
	return answer == SOTTO_REPLAY_SEEN ? SOTTO_DROP_REPLAY : SOTTO_DROP_OLD;
}

/* Estimate and check. *fresh gets the packets of streams that have no index yet. */
static uint64_t estimate(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind, uint64_t *fresh)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		enum sotto_verdict verdict = estimate_one(srtp, batch, i, kind);

		if (sotto_unlikely(verdict != SOTTO_OK))
			out |= sotto_srtp_drop(batch, i, verdict);
		else if (sotto_unlikely(sotto_srtp_replay(srtp->work[i].stream, kind)->next == 0))
			*fresh |= 1ull << i;
	}
	return live & ~out;
}

/* Compares the tags in constant time; a packet that fails gets its bytes back. */
static uint64_t authenticate(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	uint64_t out = 0;
	unsigned n = 0;
	bool done;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		struct sotto_srtp_work *work = &srtp->work[i];
		uint32_t tag_len = work->key->tag_len;

		sotto_srtp_tag_copy(work->tag, batch->data[i] + batch->len[i] - tag_len, tag_len);
	}
	done = sotto_srtp_tags(srtp, batch, live, kind);
	for (uint64_t m = live; m != 0; m &= m - 1, n++) {
		unsigned i = sotto_srtp_first(m);
		struct sotto_srtp_work *work = &srtp->work[i];
		uint32_t tag_len = work->key->tag_len;

		if (sotto_likely(
			    done && sotto_srtp_tag_equal(work->tag, srtp->auth[n].tag, tag_len)))
			continue;
		memcpy(batch->data[i] + batch->len[i] - tag_len, work->tag, tag_len);
		out |= sotto_srtp_drop(batch, i, done ? SOTTO_DROP_AUTH : SOTTO_DROP_CRYPTO);
	}
	return live & ~out;
}

/*
 * Marks one authenticated packet as seen and binds its SSRC. Slot and index are asked again:
 * another packet of the burst may have taken either.
 */
static enum sotto_verdict commit_one(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	unsigned i, enum sotto_srtp_kind kind)
{
	const struct sotto_srtp_context *context = batch->context[i];
	const struct sotto_srtp_work *work = &srtp->work[i];
	struct sotto_stream *stream = sotto_srtp_stream_find(context, work->ssrc);
	enum sotto_replay_answer answer;

	if (sotto_unlikely(!stream))
		return SOTTO_DROP_SSRC_LIMIT;
	answer = sotto_replay_commit(sotto_srtp_replay(stream, kind), work->index);
	if (sotto_unlikely(answer != SOTTO_REPLAY_NEW))
		return answer == SOTTO_REPLAY_SEEN ? SOTTO_DROP_REPLAY : SOTTO_DROP_OLD;
	if (sotto_unlikely(!stream->bound)) {
		sotto_srtp_stream_bind(stream, work->ssrc);
		batch->bound |= 1ull << i;
	}
	__atomic_store_n(&stream->packets, stream->packets + 1, __ATOMIC_RELAXED);
	return SOTTO_OK;
}

/* The only place where receiving changes a stream. */
static uint64_t commit(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		enum sotto_verdict verdict = commit_one(srtp, batch, i, kind);

		if (sotto_unlikely(verdict != SOTTO_OK)) {
			/* an honest duplicate: as it came, like every other drop */
			uint32_t tag_len = srtp->work[i].key->tag_len;

			memcpy(batch->data[i] + batch->len[i] - tag_len, srtp->work[i].tag,
				tag_len);
			out |= sotto_srtp_drop(batch, i, verdict);
		}
	}
	return live & ~out;
}

/* Decrypts in place and cuts the trailer off. */
static uint64_t decrypt(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live)
{
	bool done = sotto_srtp_cipher(srtp, batch, live);

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		batch->len[i] = srtp->work[i].end;
		if (sotto_unlikely(!done))
			sotto_srtp_drop(batch, i, SOTTO_DROP_CRYPTO);
	}
	return done ? live : 0;
}

static uint64_t unprotect_pass(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind, uint64_t *fresh)
{
	live = estimate(srtp, batch, live, kind, fresh);
	live = authenticate(srtp, batch, live, kind);
	live = commit(srtp, batch, live, kind);
	return decrypt(srtp, batch, live);
}

/*
 * Packets that were estimated without a hint, failed, and would be estimated otherwise now that
 * another packet of the burst has begun their stream: a stream that begins right before the
 * rollover. They get one more try; it costs nothing in any other burst.
 */
static uint64_t misjudged(
	const struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t failed)
{
	uint64_t again = 0;

	for (uint64_t m = failed; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_work *work = &srtp->work[i];
		const struct sotto_stream *stream =
			sotto_srtp_stream_find(batch->context[i], work->ssrc);

		if (stream && stream->rtp.next != 0 && batch->verdict[i] == SOTTO_DROP_AUTH &&
			sotto_replay_estimate(stream->rtp.next, (uint16_t)work->index) !=
				work->index) {
			again |= 1ull << i;
			batch->verdict[i] = SOTTO_OK;
		}
	}
	return again;
}

uint64_t sotto_srtp_unprotect_burst(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	uint64_t fresh = 0;
	uint64_t passed, again;

	batch->bound = 0;
	sotto_srtp_prefetch(batch, live, kind);
	passed = unprotect_pass(srtp, batch, live, kind, &fresh);
	if (sotto_likely(fresh == 0 || kind == SOTTO_SRTCP))
		return passed;
	again = misjudged(srtp, batch, fresh & ~passed);
	if (again != 0)
		passed |= unprotect_pass(srtp, batch, again, kind, &fresh);
	return passed;
}
