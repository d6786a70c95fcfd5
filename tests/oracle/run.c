/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One way of the oracle; see run.h. What the two may say differently when they receive stands at
 * the top of receive.c. What follows is not asked, because libsrtp2 2.5 cannot answer:
 *
 * (a) It begins SRTCP with index 1, where RFC 3711, 3.4, lets it be 0 and ours is, and its indices
 *     leave nothing out at a re-key, where ours do. Our senders are made to follow.
 * (b) It rounds windows up to a multiple of 32: only such windows are drawn.
 * (c) It looks for the MKI of SRTCP where it would be behind an SRTP tag: no SRTCP is sent where
 *     both an MKI is used and the two tags have other lengths.
 * (d) It derives the session keys of AES-192 with AES-256 as PRF when it was built with NSS, not as
 *     RFC 6188, 3, has it. Where it does, our AES-192 gets its master key in the form that leads to
 *     the same session keys, and no encrypted header extensions. The right derivation is held
 *     against RFC 6188's numbers in tests/unit/keys.
 * (e) In header extensions it takes no keystream for padding between elements, where RFC 6904, 3,
 *     counts every byte, spends an index on extensions that it cannot parse, and refuses those of
 *     other profiles: encrypted extensions are whole elements of RFC 8285, padded at the end alone.
 * (f) It does not know Cryptex (RFC 9335), whose two profiles no extension here has.
 */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>

#define WORLD_PACKETS 1500 /* received in one world before the next begins */

void run_tell(struct run *run, const struct packet *packet, const char *where, const char *theirs,
	const char *ours)
{
	const struct session *session = run_session(run, packet);

	run->tally.differences++;
	fprintf(stderr,
		"DIFFERENCE seed %" PRIu64 ", %s, world %u, packet %" PRIu64
		" at the %s: libsrtp2 says %s, Sotto says %s\n"
		"  %s, modes %#x, window %u, MKI %u bytes, %u ids, keying %u (sender %u, receiver "
		"%u)\n"
		"  %s, SSRC %08x, index %" PRIu64 " (seq %u, round %" PRIu64 "), %u bytes%s%s\n",
		run->seed, run->way == WAY_IN ? "libsrtp2 to Sotto" : "Sotto to libsrtp2",
		run->tally.worlds, run->tally.received, where, theirs, ours,
		session->plan.suite->name, session->plan.modes, session->plan.window,
		session->tx->mki_len, session->plan.id_count, packet->epoch, session->tx->epoch,
		session->rx->epoch, packet->kind == SOTTO_SRTP ? "SRTP" : "SRTCP",
		session->sources[packet->source].ssrc, packet->index,
		(unsigned)(packet->index & 0xffff), packet->index >> 16, packet->len,
		packet->forged ? ", forged" : "", packet->reshaped ? ", reshaped" : "");
}

void run_add(struct run *run, unsigned i, const struct sotto_srtp_context *context)
{
	run->batch.data[i] = run->ours[i].bytes;
	run->batch.len[i] = run->ours[i].len;
	run->batch.room[i] = PACKET_ROOM;
	run->batch.context[i] = context;
	run->batch.verdict[i] = SOTTO_OK;
}

enum outcome run_word(const struct run *run, unsigned i, uint64_t passed)
{
	enum outcome said = outcome_of_verdict(run->batch.verdict[i]);

	return (passed >> i & 1) == (said == OUTCOME_ACCEPTED) ? said : OUTCOME_OTHER;
}

void run_compare_bytes(struct run *run, unsigned i, const char *where)
{
	const struct packet *ours = &run->ours[i], *theirs = &run->theirs[i];

	if (ours->len != theirs->len)
		run_tell(run, theirs, where, "another length", "one length");
	else if (memcmp(ours->bytes, theirs->bytes, ours->len) != 0)
		run_tell(run, theirs, where, "other bytes", "bytes");
}

/* Protects packet i with libsrtp2, so that the source knows at once where it stands. */
static void protect_theirs(struct run *run, unsigned i, const struct packet *plain)
{
	struct session *session = run_session(run, plain);
	struct packet *theirs = &run->theirs[i];

	packet_copy(&run->ours[i], plain);
	packet_copy(theirs, plain);
	theirs->epoch = run->ours[i].epoch = session->tx->epoch;
	run->said[i] = judge_protect(&session->tx->judge, session->send_master, theirs->bytes,
		&theirs->len, plain->kind);
	if (run->said[i] == OUTCOME_ACCEPTED)
		world_sent(&run->world, plain);
}

/* Protects the n packets in ours, and compares with what libsrtp2 did with its copies. */
static void protect_ours(struct run *run, unsigned n, enum sotto_srtp_kind kind)
{
	uint64_t passed;

	for (unsigned i = 0; i < n; i++)
		run_add(run, i, &run_session(run, &run->ours[i])->tx->context);
	passed = sotto_srtp_protect_burst(&run->srtp, &run->batch, run_first(n), kind);
	for (unsigned i = 0; i < n; i++) {
		enum outcome ours = run_word(run, i, passed);
		bool reuse = run->said[i] == OUTCOME_SEEN || run->said[i] == OUTCOME_OLD;

		run->ours[i].len = run->batch.len[i];
		if (ours == OUTCOME_ACCEPTED && run->said[i] == OUTCOME_ACCEPTED)
			run_compare_bytes(run, i, "sender");
		else if (ours != OUTCOME_SEEN || !reuse)
			run_tell(run, &run->theirs[i], "sender", outcome_name(run->said[i]),
				outcome_name(ours));
	}
}

/* What goes on its way: packet i of the implementation that sends, with its parts located. */
static struct packet *sent(struct run *run, unsigned i)
{
	struct packet *packet = run->way == WAY_IN ? &run->theirs[i] : &run->ours[i];
	const struct session *session = run_session(run, packet);

	packet_locate(packet, &session->plan, session->tx->mki_len);
	return packet;
}

/* Sends a burst of random packets into the network. */
static void send_burst(struct run *run)
{
	struct world *world = &run->world;
	bool rtcp = random_one_in(&world->random, 8) && world_has_rtcp(world);
	enum sotto_srtp_kind kind = rtcp ? SOTTO_SRTCP : SOTTO_SRTP;
	unsigned n = random_between(&world->random, 1, SOTTO_BURST);
	struct packet plain;

	for (unsigned i = 0; i < n; i++) {
		world_make_packet(world, kind, &plain);
		protect_theirs(run, i, &plain);
	}
	protect_ours(run, n, kind);
	for (unsigned i = 0; i < n; i++) {
		run->tally.sent++;
		if (run->said[i] == OUTCOME_ACCEPTED)
			network_send(&run->network, &world->random, sent(run, i));
		else
			run->tally.refused++;
	}
}

/* Sends the next packet of a stream past the network, so that it surely arrives. */
static void send_safely(struct run *run, unsigned session, unsigned source)
{
	struct packet plain;

	world_make_rtp(&run->world, session, source,
		run->world.sessions[session].sources[source].highest + 1, &plain);
	protect_theirs(run, 0, &plain);
	protect_ours(run, 1, SOTTO_SRTP);
	packet_copy(&plain, sent(run, 0));
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

/* The sender uses another of its master keys from now on. */
static void change_master(struct run *run, struct session *session)
{
	unsigned masters = session->tx->masters;

	session->send_master = random_below(&run->world.random, masters);
	end_send_under(session->tx,
		(session->send_master + (run->settings->fault == FAULT_MASTER)) % masters);
}

/* Ends of which one has new keys and the other has not do not stay so for long. */
static void finish_rekeys(struct run *run)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct session *session = &run->world.sessions[i];

		if (session->tx->epoch != session->rx->epoch &&
			random_one_in(&run->world.random, 3))
			run->tally.rekeys += world_rekey(&run->world, session) == STEP_LAST;
	}
}

/* What happens to a session's keys between two bursts, now and then. */
static void change_keys(struct run *run)
{
	struct random *random = &run->world.random;
	struct session *session = &run->world.sessions[random_below(random, SESSIONS)];

	switch (random_below(random, 8)) {
	case 0:
	case 1:
		run->tally.rekeys += world_rekey(&run->world, session) == STEP_LAST;
		break;
	case 2:
		if (session->rx_before && session->tx->epoch == session->rx->epoch &&
			random_one_in(random, 4))
			world_end_overlap(session);
		break;
	case 3:
		change_master(run, session);
		break;
	default:
		break;
	}
}

static void run_world(struct run *run, uint64_t packets)
{
	uint64_t until = run->tally.received + WORLD_PACKETS;
	unsigned differences = run->tally.differences;
	uint64_t seed = run->seed * 2654435761u + run->tally.worlds * 2u + (unsigned)run->way;

	if (until > packets)
		until = packets;
	world_open(&run->world, run->crypto, run->settings, seed);
	network_reset(&run->network);
	set_rocs(run);
	while (run->tally.received < until && run->tally.differences == differences) {
		finish_rekeys(run);
		change_keys(run);
		send_burst(run);
		receive_all(run);
		if (random_one_in(&run->world.random, 12))
			probe(run);
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
