/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The budget of wrong tags. A direction that gets more of them than an accident explains has its
 * far-off packets dropped untried for the rest of the second: what a stream would send next is
 * still tried, so the call lives, and each second begins with a budget of its own, so a stream that
 * really jumped is found again.
 */
#include "srtp/unprotect.h"

#define SECOND_US 1000000u

static bool second_is_over(const struct sotto_srtp_batch *batch, const struct sotto_srtp_streams *s)
{
	return batch->now_us - s->flood_since_us >= SECOND_US;
}

enum sotto_verdict sotto_srtp_flood_check(const struct sotto_srtp_batch *batch,
	struct sotto_srtp_streams *streams, const struct sotto_srtp_work *work,
	enum sotto_srtp_kind kind)
{
	uint64_t next = sotto_srtp_replay(work->stream, kind)->next;
	uint64_t distance = work->index < next ? next - work->index : work->index - next;

	if (second_is_over(batch, streams)) {
		streams->flooded = 0;
		streams->flood_count = 0;
		return SOTTO_OK;
	}
	return work->stream->bound && distance <= SOTTO_SRTP_FLOOD_NEAR ? SOTTO_OK
									: SOTTO_DROP_FLOOD;
}

void sotto_srtp_flood_count(struct sotto_srtp_batch *batch, unsigned i)
{
	struct sotto_srtp_streams *streams = batch->context[i]->streams;

	if (batch->now_us == 0)
		return; /* no clock, no seconds */
	if (second_is_over(batch, streams)) {
		streams->flood_since_us = batch->now_us;
		streams->flood_count = 0;
		streams->flooded = 0;
	}
	if (++streams->flood_count <= SOTTO_SRTP_FLOOD_BUDGET || streams->flooded)
		return;
	streams->flooded = 1;
	batch->flooded |= 1ull << i;
}
