/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RTP and RTCP packets in, SRTP and SRTCP packets out (RFC 3711, 3.3 and 3.4): take an index that
 * was never used, encrypt, compute the tag over ciphertext and index, append it.
 */
#include "rtp/rtp.h"
#include "srtp/internal.h"

/* Gives an RTP packet the index of its sequence number, if it was not used before. */
static enum sotto_verdict take_rtp_index(struct sotto_stream *stream, uint16_t seq, uint64_t *index)
{
	*index = sotto_replay_estimate(stream->rtp.next, seq);
	if (sotto_unlikely(*index >= SOTTO_INDEX_END))
		return SOTTO_DROP_SEND_EXHAUSTED;
	if (sotto_unlikely(sotto_replay_commit(&stream->rtp, *index) != SOTTO_REPLAY_NEW))
		return SOTTO_DROP_SEND_REUSE;
	return SOTTO_OK;
}

/* Gives an RTCP packet the next index, and writes it with the E bit behind the packet. */
static enum sotto_verdict take_rtcp_index(
	struct sotto_stream *stream, uint8_t *behind, uint64_t *index)
{
	*index = stream->rtcp.next;
	if (sotto_unlikely(*index >= SOTTO_RTCP_INDEX_END))
		return SOTTO_DROP_SEND_EXHAUSTED;
	__atomic_store_n(&stream->rtcp.next, *index + 1, __ATOMIC_RELAXED);
	sotto_base_put32(behind, (uint32_t)*index | SRTCP_E);
	return SOTTO_OK;
}

/* Reads the header of either kind: where encryption starts, SSRC, sequence number. */
static enum sotto_verdict locate(const uint8_t *data, uint32_t len, enum sotto_srtp_kind kind,
	struct sotto_srtp_work *work, uint16_t *seq)
{
	struct sotto_rtp rtp;

	work->end = len;
	if (kind == SOTTO_SRTCP) {
		work->cipher_at = SOTTO_RTCP_HEADER_LEN;
		return sotto_rtcp_parse(data, len, &work->ssrc) ? SOTTO_OK : SOTTO_DROP_RTCP_HEADER;
	}
	if (sotto_unlikely(!sotto_rtp_parse(data, len, &rtp)))
		return SOTTO_DROP_RTP_HEADER;
	work->ssrc = rtp.ssrc;
	work->cipher_at = rtp.header_len;
	*seq = rtp.seq;
	return SOTTO_OK;
}

/* All that can go wrong is found before an index is taken, so that none is lost. */
static enum sotto_verdict prepare_one(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	unsigned i, enum sotto_srtp_kind kind)
{
	const struct sotto_srtp_context *context = batch->context[i];
	struct sotto_srtp_work *work = &srtp->work[i];
	enum sotto_verdict verdict;
	uint16_t seq = 0;

	work->key = kind == SOTTO_SRTP ? context->rtp : context->rtcp;
	if (sotto_unlikely(!work->key))
		return SOTTO_DROP_SEND_NO_KEY;
	verdict = locate(batch->data[i], batch->len[i], kind, work, &seq);
	if (sotto_unlikely(verdict != SOTTO_OK))
		return verdict;
	if (sotto_unlikely(batch->room[i] < batch->len[i] + SOTTO_SRTP_TRAILER_MAX))
		return SOTTO_DROP_SEND_SIZE;
	work->stream = sotto_srtp_stream_find(context, work->ssrc);
	if (sotto_unlikely(!work->stream))
		return SOTTO_DROP_SEND_SSRC_LIMIT;
	verdict = kind == SOTTO_SRTP
			  ? take_rtp_index(work->stream, seq, &work->index)
			  : take_rtcp_index(work->stream, batch->data[i] + work->end, &work->index);
	if (sotto_unlikely(verdict != SOTTO_OK))
		return verdict;
	if (sotto_unlikely(!work->stream->bound)) {
		sotto_srtp_stream_bind(work->stream, work->ssrc);
		batch->bound |= 1ull << i;
	}
	__atomic_store_n(&work->stream->packets, work->stream->packets + 1, __ATOMIC_RELAXED);
	return SOTTO_OK;
}

static uint64_t prepare(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		enum sotto_verdict verdict = prepare_one(srtp, batch, i, kind);

		if (sotto_unlikely(verdict != SOTTO_OK))
			out |= sotto_srtp_drop(batch, i, verdict);
	}
	return live & ~out;
}

/* Puts the tags behind the packets; the SRTP rollover counter that stood there is not sent. */
static void append(
	struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live, uint32_t index_len)
{
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1, n++) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_work *work = &srtp->work[i];
		uint32_t at = work->end + index_len;

		sotto_srtp_tag_copy(batch->data[i] + at, srtp->auth[n].tag, work->key->tag_len);
		batch->len[i] = at + work->key->tag_len;
	}
}

uint64_t sotto_srtp_protect_burst(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	batch->bound = 0;
	sotto_srtp_prefetch(batch, live, kind);
	live = prepare(srtp, batch, live, kind);
	if (sotto_unlikely(!sotto_srtp_cipher(srtp, batch, live) ||
			   !sotto_srtp_tags(srtp, batch, live, kind))) {
		for (uint64_t m = live; m != 0; m &= m - 1)
			sotto_srtp_drop(batch, sotto_srtp_first(m), SOTTO_DROP_CRYPTO);
		return 0;
	}
	append(srtp, batch, live, kind == SOTTO_SRTCP ? SRTCP_INDEX_LEN : 0);
	return live;
}
