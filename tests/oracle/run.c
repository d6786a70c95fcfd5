/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way of the oracle; see run.h. libsrtp2 sees the packets of a burst one after the other, Sotto
 * sees them at once, with the same result but for three things, which are allowed for here and
 * nowhere else:
 *
 * - Sotto checks the replay list for the whole burst before it commits any of it. Behind an
 *   accepted packet of the same stream and burst, a forged packet may therefore fail as "wrong tag"
 *   where libsrtp2 says "seen before" or "behind the window", and a replayed one as "seen before"
 *   where libsrtp2, whose window has moved on, says "behind the window". Where a forgery changed
 *   header or length, the order in which the two look at things differs as well. Both must refuse.
 *
 * - In the burst that begins a stream, Sotto tries a packet again whose round became clear by
 *   another one behind it (sequence numbers 0 and 65535, in this order). libsrtp2 gets a second try
 *   for it, too.
 *
 * - Sotto estimates the indices of a burst from the highest index before it. A packet that lies
 *   more than STRAY_MAX from there is a burst of its own here, so that no two packets of a stream
 *   and burst lie half the sequence numbers apart.
 */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_PACKETS 1500 /* received in one world before the next begins */
#define STRAY_MAX 0x3fff

static void packet_copy(struct packet *to, const struct packet *from)
{
	memcpy(to, from, offsetof(struct packet, bytes) + from->len);
}

static struct session *session_of(struct run *run, const struct packet *packet)
{
	return &run->world.sessions[packet->session];
}

static void tell(struct run *run, const struct packet *packet, const char *where,
	const char *theirs, const char *ours)
{
	const struct session *session = session_of(run, packet);

	run->tally.differences++;
	fprintf(stderr,
		"DIFFERENCE seed %" PRIu64 ", %s, world %u, packet %" PRIu64
		" at the %s: libsrtp2 says %s, Sotto says %s\n"
		"  %s, %s, SSRC %08x, index %" PRIu64 " (seq %u, round %" PRIu64 "), %u bytes%s\n",
		run->seed, run->way == WAY_IN ? "libsrtp2 to Sotto" : "Sotto to libsrtp2",
		run->tally.worlds, run->tally.received, where, theirs, ours, session->suite->name,
		packet->kind == SOTTO_SRTP ? "SRTP" : "SRTCP",
		session->sources[packet->source].ssrc, packet->index,
		(unsigned)(packet->index & 0xffff), packet->index >> 16, packet->len,
		packet->forged ? ", forged" : "");
}

static void batch_add(struct run *run, unsigned i, const struct side *side)
{
	run->batch.data[i] = run->ours[i].bytes;
	run->batch.len[i] = run->ours[i].len;
	run->batch.room[i] = PACKET_ROOM;
	run->batch.context[i] = &side->context;
	run->batch.verdict[i] = SOTTO_OK;
}

/*
 * Our word on packet i of a burst: a packet passes by its bit, and then has no other verdict. What
 * the two say must not contradict each other.
 */
static enum outcome our_word(const struct run *run, unsigned i, uint64_t passed)
{
	enum outcome said = outcome_of_verdict(run->batch.verdict[i]);

	return (passed >> i & 1) == (said == OUTCOME_ACCEPTED) ? said : OUTCOME_OTHER;
}

static uint64_t first_of(unsigned n)
{
	return n == SOTTO_BURST ? ~0ull : (1ull << n) - 1;
}

/* Holds the lengths and bytes of a packet that both let through against each other. */
static void compare_bytes(struct run *run, unsigned i, const char *where)
{
	const struct packet *ours = &run->ours[i], *theirs = &run->theirs[i];

	if (ours->len != theirs->len)
		tell(run, theirs, where, "another length", "one length");
	else if (memcmp(ours->bytes, theirs->bytes, ours->len) != 0)
		tell(run, theirs, where, "other bytes", "bytes");
}

/* Protects packet i with libsrtp2, so that the source knows at once where it stands. */
static void protect_theirs(struct run *run, unsigned i, const struct packet *plain)
{
	struct packet *theirs = &run->theirs[i];

	packet_copy(&run->ours[i], plain);
	packet_copy(theirs, plain);
	run->said[i] = judge_protect(
		&session_of(run, plain)->tx.judge, theirs->bytes, &theirs->len, plain->kind);
	if (run->said[i] == OUTCOME_ACCEPTED)
		world_sent(&run->world, plain);
}

/* Protects the n packets in ours, and compares with what libsrtp2 did with its copies. */
static void protect_ours(struct run *run, unsigned n, enum sotto_srtp_kind kind)
{
	uint64_t passed;

	for (unsigned i = 0; i < n; i++)
		batch_add(run, i, &session_of(run, &run->ours[i])->tx);
	passed = sotto_srtp_protect_burst(&run->srtp, &run->batch, first_of(n), kind);
	for (unsigned i = 0; i < n; i++) {
		enum outcome ours = our_word(run, i, passed);
		bool reuse = run->said[i] == OUTCOME_SEEN || run->said[i] == OUTCOME_OLD;

		run->ours[i].len = run->batch.len[i];
		if (ours == OUTCOME_ACCEPTED && run->said[i] == OUTCOME_ACCEPTED)
			compare_bytes(run, i, "sender");
		else if (ours != OUTCOME_SEEN || !reuse)
			tell(run, &run->theirs[i], "sender", outcome_name(run->said[i]),
				outcome_name(ours));
	}
}

/* Sends a burst of random packets into the network. */
static void send_burst(struct run *run)
{
	enum sotto_srtp_kind kind = random_one_in(&run->world.random, 8) ? SOTTO_SRTCP : SOTTO_SRTP;
	unsigned n = random_between(&run->world.random, 1, SOTTO_BURST);
	struct packet plain;

	for (unsigned i = 0; i < n; i++) {
		world_make_packet(&run->world, kind, &plain);
		protect_theirs(run, i, &plain);
	}
	protect_ours(run, n, kind);
	for (unsigned i = 0; i < n; i++) {
		run->tally.sent++;
		if (run->said[i] == OUTCOME_ACCEPTED)
			network_send(&run->network, &run->world.random,
				run->way == WAY_IN ? &run->theirs[i] : &run->ours[i]);
		else
			run->tally.refused++;
	}
}

/* Whether an earlier packet of the burst, of the same stream, was accepted. */
static bool moved_before(const struct run *run, unsigned i)
{
	const struct packet *packet = &run->theirs[i];

	for (unsigned k = 0; k < i; k++)
		if (run->said[k] == OUTCOME_ACCEPTED && run->theirs[k].session == packet->session &&
			run->theirs[k].source == packet->source)
			return true;
	return false;
}

/* Whether received packet i belongs to a stream that had no index before this burst. */
static bool begins(const struct run *run, unsigned i)
{
	return run->theirs[i].kind == SOTTO_SRTP && run->before[i] == 0;
}

/* Whether the two may refuse a packet for different reasons; see above. */
static bool excused(const struct run *run, unsigned i)
{
	const struct packet *packet = &run->theirs[i];

	if (begins(run, i) || packet->reshaped)
		return true;
	return moved_before(run, i) && (packet->forged || (run->answered[i] == OUTCOME_SEEN &&
								  run->said[i] == OUTCOME_OLD));
}

/* Whether Sotto accepted a copy of packet i that stands before it in the burst. */
static bool copy_before(const struct run *run, unsigned i)
{
	const struct packet *packet = &run->theirs[i];

	for (unsigned k = 0; k < i; k++)
		if (run->answered[k] == OUTCOME_ACCEPTED &&
			run->theirs[k].session == packet->session &&
			run->theirs[k].source == packet->source &&
			run->theirs[k].index == packet->index)
			return true;
	return false;
}

/*
 * One of the two accepted packet i, the other did not. At the beginning of a stream that is right
 * when libsrtp2 accepts it at its second try, too, or another copy of it was taken, or it lies
 * behind the window now: then both end up in the same state.
 */
static bool settled(struct run *run, unsigned i, const struct packet *sent)
{
	struct packet *theirs = &run->theirs[i];
	enum outcome again;

	if (!begins(run, i) || sent->forged)
		return false;
	if (run->answered[i] != OUTCOME_ACCEPTED)
		return run->answered[i] == OUTCOME_SEEN && copy_before(run, i);
	packet_copy(theirs, sent);
	again = judge_unprotect(
		&session_of(run, sent)->rx.judge, theirs->bytes, &theirs->len, SOTTO_SRTP);
	if (again == OUTCOME_ACCEPTED)
		compare_bytes(run, i, "receiver");
	return again == OUTCOME_ACCEPTED || again == OUTCOME_SEEN || again == OUTCOME_OLD;
}

/* Compares the words on received packet i, whose bytes came as in sent. */
static void compare_received(struct run *run, unsigned i, const struct packet *sent)
{
	enum outcome theirs = run->said[i];
	enum outcome ours = run->answered[i];
	bool one_accepted = (theirs == OUTCOME_ACCEPTED) != (ours == OUTCOME_ACCEPTED);

	if (ours != OUTCOME_ACCEPTED && (run->ours[i].len != sent->len ||
						memcmp(run->ours[i].bytes, sent->bytes, sent->len)))
		tell(run, sent, "receiver", "(not asked)", "bytes of a dropped packet changed");
	if (theirs == ours && ours == OUTCOME_ACCEPTED)
		compare_bytes(run, i, "receiver");
	if (theirs == ours && ours != OUTCOME_OTHER)
		return;
	if (one_accepted && settled(run, i, sent))
		run->tally.settled++;
	else if (!one_accepted && excused(run, i))
		run->tally.excused++;
	else
		tell(run, sent, "receiver", outcome_name(theirs), outcome_name(ours));
}

static void count_received(struct run *run, unsigned i)
{
	const struct packet *packet = &run->theirs[i];
	uint64_t before = run->before[i];

	run->tally.received++;
	run->tally.outcomes[run->said[i]]++;
	if (run->said[i] != OUTCOME_ACCEPTED || packet->kind != SOTTO_SRTP)
		return;
	run->tally.wraps += before != 0 && packet->index >> 16 > (before - 1) >> 16;
	run->tally.far += packet->index >> 32 != 0;
}

/* Receives n packets of one kind as one burst. */
static void receive_burst(struct run *run, const struct packet *packets, unsigned n)
{
	uint64_t passed;

	for (unsigned i = 0; i < n; i++) {
		const struct sotto_stream *stream = world_receiver(&run->world, &packets[i]);

		run->before[i] = stream ? stream->rtp.next : 0;
		packet_copy(&run->ours[i], &packets[i]);
		packet_copy(&run->theirs[i], &packets[i]);
		batch_add(run, i, &session_of(run, &packets[i])->rx);
	}
	passed = sotto_srtp_unprotect_burst(&run->srtp, &run->batch, first_of(n), packets->kind);
	for (unsigned i = 0; i < n; i++) {
		struct packet *theirs = &run->theirs[i];

		run->answered[i] = our_word(run, i, passed);
		run->ours[i].len = run->batch.len[i];
		run->said[i] = judge_unprotect(&session_of(run, theirs)->rx.judge, theirs->bytes,
			&theirs->len, theirs->kind);
	}
	for (unsigned i = 0; i < n; i++) {
		compare_received(run, i, &packets[i]);
		count_received(run, i);
	}
}

/* Where a stream stood before a burst, or with its first packet. */
struct bases {
	bool known[SESSIONS][STREAMS];
	uint64_t index[SESSIONS][STREAMS];
};

/* Whether an SRTP packet lies too far from its stream to be estimated with this burst. */
static bool strays(struct run *run, struct bases *bases, const struct packet *packet)
{
	bool *known = &bases->known[packet->session][packet->source];
	uint64_t *base = &bases->index[packet->session][packet->source];

	if (!*known) {
		const struct sotto_stream *stream = world_receiver(&run->world, packet);

		*known = true;
		*base = stream && stream->rtp.next ? stream->rtp.next - 1 : packet->index;
	}
	return packet->index > *base + STRAY_MAX || packet->index + STRAY_MAX < *base;
}

/* How many of the n arrivals go into one burst, at most most; a stray packet gets its own. */
static unsigned burst_len(struct run *run, const struct packet *packets, unsigned n, unsigned most)
{
	struct bases bases = {0};
	unsigned i;

	for (i = 0; i < n && i < most && packets[i].kind == packets->kind; i++)
		if (packets[i].kind == SOTTO_SRTP && strays(run, &bases, &packets[i]))
			return i > 0 ? i : 1;
	return i;
}

/* Receives all that arrived, in bursts of random lengths. */
static void receive_all(struct run *run)
{
	struct network *network = &run->network;

	for (unsigned at = 0; at < network->arrived;) {
		unsigned most = random_between(&run->world.random, 1, SOTTO_BURST);
		unsigned n = burst_len(run, &network->arrivals[at], network->arrived - at, most);

		receive_burst(run, &network->arrivals[at], n);
		at += n;
	}
	network->arrived = 0;
}

/* Sends the next packet of a stream past the network, so that it surely arrives. */
static void send_safely(struct run *run, unsigned session, unsigned source)
{
	struct packet plain;

	world_make_rtp(&run->world, session, source,
		run->world.sessions[session].sources[source].highest + 1, &plain);
	protect_theirs(run, 0, &plain);
	protect_ours(run, 1, SOTTO_SRTP);
	packet_copy(&plain, run->way == WAY_IN ? &run->theirs[0] : &run->ours[0]);
	receive_burst(run, &plain, 1);
}

/* A fifth of the streams go on in a round far from the first. */
static void set_rocs(struct run *run)
{
	struct random *random = &run->world.random;

	for (unsigned session = 0; session < SESSIONS; session++) {
		for (unsigned source = 0; source < STREAMS; source++) {
			uint32_t roc = random_one_in(random, 2)
					       ? random_between(random, 2, 300)
					       : (uint32_t)(random_next(random) >> 32) & 0xffffff7f;

			if (!random_one_in(random, 5) || roc < 2)
				continue;
			send_safely(run, session, source);
			world_set_roc(&run->world, session, source, roc);
			send_safely(run, session, source);
		}
	}
}

static void run_world(struct run *run, uint64_t packets)
{
	uint64_t until = run->tally.received + WORLD_PACKETS;
	unsigned differences = run->tally.differences;
	uint64_t seed = run->seed * 2654435761u + run->tally.worlds * 2u + (unsigned)run->way;

	if (until > packets)
		until = packets;
	world_open(&run->world, run->crypto, seed);
	network_reset(&run->network);
	set_rocs(run);
	while (run->tally.received < until && run->tally.differences == differences) {
		send_burst(run);
		receive_all(run);
	}
	if (run->tally.differences == differences) {
		network_release(&run->network);
		receive_all(run);
	}
	world_close(&run->world);
	run->tally.worlds++;
}

void run_way(struct run *run, uint64_t packets)
{
	sotto_srtp_init(&run->srtp, run->crypto);
	while (run->tally.received < packets && run->tally.differences < DIFFERENCES_MAX)
		run_world(run, packets);
}
