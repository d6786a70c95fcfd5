/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Probing the replay lists (RFC 3711, 3.3.2): right packets of indices around a window's edge, and
 * anywhere in it, one by one. Which of them both accept is the list as it is. Not asked are SRTCP
 * indices that were used before a re-key at which the streams went on: see (3) in receive.c.
 */
#include "run.h"

#define AHEAD 3
#define EDGE 4
#define ANYWHERE 6

/* One packet with that index, from a sender that nobody else hears. */
static void probe_index(struct run *run, unsigned session, unsigned source,
	enum sotto_srtp_kind kind, uint64_t index)
{
	struct session *s = &run->world.sessions[session];
	struct packet *packet = &run->ours[0];
	unsigned master = random_below(&run->world.random, s->rx->masters);
	struct packet sent;

	if (kind == SOTTO_SRTP)
		world_make_rtp(&run->world, session, source, index, packet);
	else
		world_make_rtcp(&run->world, session, source, packet);
	packet->epoch = s->rx->epoch;
	end_aim(s->rx, s->sources[source].ssrc, kind, index, master);
	run_add(run, 0, &s->rx->probe);
	if (sotto_srtp_protect_burst(&run->srtp, &run->batch, 1, kind) != 1) {
		run_tell(run, packet, "prober", "(not asked)", "not protected");
		return;
	}
	packet->len = run->batch.len[0];
	packet_locate(packet, &s->plan, s->rx->mki_len);
	packet_copy(&sent, packet);
	run->tally.probes++;
	receive_burst(run, &sent, 1);
}

/* Indices around both edges of the window that ends before next, and any inside. */
static void probe_list(struct run *run, unsigned session, unsigned source,
	enum sotto_srtp_kind kind, uint64_t next, uint32_t window)
{
	struct random *random = &run->world.random;
	uint64_t edge = next > window ? next - window : 0; /* the oldest that may be accepted */
	uint64_t from = edge > EDGE ? edge - EDGE : 0;

	for (uint64_t index = from; index < edge + EDGE && index < next; index++)
		probe_index(run, session, source, kind, index);
	for (unsigned i = 0; i < ANYWHERE; i++)
		probe_index(run, session, source, kind,
			edge + random_below(random, (uint32_t)(next - edge)));
	for (uint64_t index = next > AHEAD ? next - AHEAD : 0; index < next; index++)
		probe_index(run, session, source, kind, index);
}

/* Rollover counters of all streams that both know by an SRTP packet. */
static void compare_rocs(struct run *run, const struct session *session)
{
	for (unsigned i = 0; i < STREAMS; i++) {
		const struct sotto_stream *stream =
			end_stream(session->rx, session->sources[i].ssrc);
		struct packet packet = {.session = (unsigned)(session - run->world.sessions)};
		uint32_t roc;

		if (!stream || stream->rtp.next == 0)
			continue;
		packet.source = i;
		packet.index = stream->rtp.next - 1;
		if (!judge_get_roc(&session->rx->judge, stream->ssrc, &roc) ||
			roc != (uint32_t)(packet.index >> 16))
			run_tell(run, &packet, "receiver", "another rollover counter",
				"one rollover counter");
		run->tally.rocs++;
	}
}

void probe(struct run *run)
{
	struct random *random = &run->world.random;
	unsigned session = random_below(random, SESSIONS), source = random_below(random, STREAMS);
	const struct session *s = &run->world.sessions[session];
	const struct sotto_stream *stream = end_stream(s->rx, s->sources[source].ssrc);

	compare_rocs(run, s);
	if (!stream)
		return;
	if (s->rx->has_rtcp && !s->rx->went_on && random_one_in(random, 3) &&
		stream->rtcp.next != 0)
		probe_list(
			run, session, source, SOTTO_SRTCP, stream->rtcp.next, SOTTO_REPLAY_NARROW);
	else if (stream->rtp.next != 0)
		probe_list(run, session, source, SOTTO_SRTP, stream->rtp.next, s->plan.window);
}
