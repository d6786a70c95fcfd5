/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What failed gets one more try where something else than forgery explains it: the very beginning
 * of a stream, a re-key (RFC 3711, 3.3.1), the key before. Each is bounded, and costs nothing where
 * no such thing is under way.
 */
#include "srtp/unprotect.h"

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

/* Whether the packet's stream stands where it is only expected to be. */
static bool is_expected(const struct sotto_srtp_context *context, uint32_t ssrc)
{
	const struct sotto_stream *stream = sotto_srtp_stream_find(context, ssrc);

	return stream && stream->expected;
}

/* Without tags nothing tells that a packet is another key's or another round's. */
static bool has_tags(const struct sotto_srtp_context *context, enum sotto_srtp_kind kind)
{
	return (kind == SOTTO_SRTP ? context->rtp : context->rtcp)->tag_len != 0;
}

/* Those of the failed packets whose stream may have begun anew with the re-key. */
static uint64_t restarted(
	const struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t failed)
{
	uint64_t again = 0;

	for (uint64_t m = failed; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_context *context = batch->context[i];
		uint8_t verdict = batch->verdict[i];

		if (!context->rtp || sotto_likely(context->streams->roc_tries == 0))
			continue;
		if ((verdict != SOTTO_DROP_AUTH && verdict != SOTTO_DROP_OLD) ||
			!has_tags(context, SOTTO_SRTP) || !is_expected(context, srtp->work[i].ssrc))
			continue;
		context->streams->roc_tries--;
		batch->verdict[i] = SOTTO_OK;
		again |= 1ull << i;
	}
	return again;
}

/* Counts what no key and no rollover counter fitted. */
static void count_wrong_tags(struct sotto_srtp_batch *batch, uint64_t failed)
{
	for (uint64_t m = failed; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		if (batch->verdict[i] == SOTTO_DROP_AUTH)
			sotto_srtp_flood_count(batch, i);
	}
}

/*
 * Whether a packet with that verdict may be one of the key before this one: then trailer and E bit
 * were sought where this key has them, and the extension was read as agreed with this key.
 */
static bool may_be_late(uint8_t verdict, const struct sotto_srtp_context *context,
	const struct sotto_srtp_previous *before)
{
	/* an index that was seen here, and a budget that was spent here, say nothing about lists of
	 * their own */
	if (verdict == SOTTO_DROP_REPLAY || verdict == SOTTO_DROP_FLOOD)
		return before->context.streams != context->streams;
	return verdict == SOTTO_DROP_AUTH || verdict == SOTTO_DROP_OLD ||
	       verdict == SOTTO_DROP_MKI || verdict == SOTTO_DROP_SHORT ||
	       verdict == SOTTO_DROP_RTCP_CLEAR || verdict == SOTTO_DROP_EXTENSION;
}

/* Those of the failed packets that the key before this one may fit; *until gets their contexts. */
static uint64_t late(const struct sotto_srtp_batch *batch, uint64_t failed,
	enum sotto_srtp_kind kind, const struct sotto_srtp_context **previous)
{
	uint64_t again = 0;

	for (uint64_t m = failed; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_more *more = batch->context[i]->more;
		const struct sotto_srtp_previous *before;

		if (sotto_likely(!more))
			continue;
		before = __atomic_load_n(&more->previous, __ATOMIC_ACQUIRE);
		if (!before || batch->now_us >= before->until_us ||
			!has_tags(&before->context, kind) ||
			!may_be_late(batch->verdict[i], batch->context[i], before))
			continue;
		previous[i] = &before->context;
		again |= 1ull << i;
	}
	return again;
}

/* One try under the key before this one. What fails there too keeps its first verdict. */
static uint64_t unprotect_late(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch,
	uint64_t failed, enum sotto_srtp_kind kind)
{
	const struct sotto_srtp_context *previous[SOTTO_BURST], *now[SOTTO_BURST];
	uint8_t verdict[SOTTO_BURST];
	uint64_t again = late(batch, failed, kind, previous);
	uint64_t flooded = batch->flooded, own = 0;
	uint64_t fresh = 0, passed;

	if (sotto_likely(again == 0))
		return 0;
	for (uint64_t m = again; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		now[i] = batch->context[i];
		verdict[i] = batch->verdict[i];
		own |= (uint64_t)(previous[i]->streams != now[i]->streams) << i;
		batch->context[i] = previous[i];
	}
	passed = sotto_srtp_unprotect_pass(srtp, batch, again, kind, false, &fresh);
	count_wrong_tags(batch, again & own & ~passed);
	batch->flooded = flooded; /* of the new key, not of the old */
	for (uint64_t m = again; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		batch->context[i] = now[i];
		batch->verdict[i] = passed >> i & 1 ? SOTTO_OK : verdict[i];
	}
	batch->previous |= passed;
	batch->newest &= ~passed; /* of what came before; nothing is to follow it */
	batch->bound &= ~passed;
	return passed;
}

uint64_t sotto_srtp_retry(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t failed,
	enum sotto_srtp_kind kind, uint64_t fresh)
{
	uint64_t passed = 0, again;

	if (sotto_unlikely((fresh & failed) != 0) && kind == SOTTO_SRTP) {
		again = misjudged(srtp, batch, fresh & failed);
		if (again != 0)
			passed = sotto_srtp_unprotect_pass(srtp, batch, again, kind, false, &fresh);
	}
	/* the old key first: what is merely late must not use up the tries of a new beginning */
	passed |= unprotect_late(srtp, batch, failed & ~passed, kind);
	if (kind == SOTTO_SRTP) {
		again = restarted(srtp, batch, failed & ~passed);
		if (sotto_unlikely(again != 0))
			passed |= sotto_srtp_unprotect_pass(srtp, batch, again, kind, true, &fresh);
	}
	count_wrong_tags(batch, failed & ~passed);
	return passed;
}
