/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receiving in the oracle. libsrtp2 sees the packets of a burst one after the other, Sotto sees
 * them at once, with the same result but for four things, which are allowed for here and nowhere
 * else, and counted:
 *
 * (1) Sotto checks the replay list for the whole burst before it commits any of it. Behind an
 *     accepted packet of the same stream and burst, a forged packet may therefore fail as "wrong
 *     tag" where libsrtp2 says "seen before" or "behind the window", and a replayed one as "seen
 *     before" where libsrtp2, whose window has moved on, says "behind the window". Both must
 *     refuse. One world in four receives every packet by itself and needs none of this.
 *
 * (2) Where a forgery changed header (its extension too), SRTCP index, MKI or length, the order in
 *     which the two look at things differs. Both must refuse.
 *
 * (3) A packet of another keying than the receiver's has no MKI or another one, so the order in
 *     which the two look at things shows; and at a re-key that lets streams go on, libsrtp2 keeps
 *     the replay list of SRTCP, Sotto begins an empty one. Both must refuse.
 *
 * (4) In the burst that begins a stream, Sotto tries a packet again whose round became clear by
 *     another one behind it (sequence numbers 0 and 65535, in this order). libsrtp2 gets a second
 *     try for it, too.
 *
 * Sotto estimates the indices of a burst from the highest index before it. A packet that lies more
 * than STRAY_MAX from there is a burst of its own here, so that no two packets of a stream and
 * burst lie half the sequence numbers apart; and so is one without a tag, whose forgery is accepted
 * and moves the stream. Packets of one stream under two keys never share a burst.
 *
 * The key before the new one is a libsrtp2 session that lives on: it is asked about what the new
 * one refuses, but for packets that it has seen on the same replay lists. libsrtp2 says "seen
 * before" even of packets whose trailer is none of the new key's; Sotto looks at the trailer first,
 * and so does is_readable().
 */
#include "run.h"

#include "base/bytes.h"

#define STRAY_MAX 0x3fff

static bool same_stream(const struct packet *a, const struct packet *b)
{
	return a->session == b->session && a->source == b->source;
}

/* Whether an earlier packet of the burst, of the same stream, was accepted. */
static bool moved_before(const struct run *run, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (run->said[k] == OUTCOME_ACCEPTED &&
			same_stream(&run->theirs[k], &run->theirs[i]))
			return true;
	return false;
}

/* Whether received packet i belongs to a stream that had no index before this burst of several. */
static bool begins(const struct run *run, unsigned i)
{
	return run->burst > 1 && run->theirs[i].kind == SOTTO_SRTP && run->before[i] == 0;
}

/* Whether the two may refuse a packet for different reasons; see above. */
static bool excused(struct run *run, unsigned i)
{
	const struct packet *packet = &run->theirs[i];
	bool other_key = packet->epoch != run_session(run, packet)->rx->epoch;

	if (packet->reshaped || (packet->forged && run->answered[i] == OUTCOME_MALFORMED))
		run->tally.reshaped++;
	else if (begins(run, i) ||
		 (moved_before(run, i) && (packet->forged || (run->answered[i] == OUTCOME_SEEN &&
								     run->said[i] == OUTCOME_OLD))))
		run->tally.in_burst++;
	else if (other_key)
		run->tally.other_key++;
	else
		return false;
	return true;
}

/* Whether Sotto accepted a copy of packet i that stands before it in the burst. */
static bool copy_before(const struct run *run, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (run->answered[k] == OUTCOME_ACCEPTED &&
			same_stream(&run->theirs[k], &run->theirs[i]) &&
			run->theirs[k].index == run->theirs[i].index)
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
		&run_session(run, sent)->rx->judge, theirs->bytes, &theirs->len, SOTTO_SRTP);
	if (again == OUTCOME_ACCEPTED)
		run_compare_bytes(run, i, "receiver");
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
		run_tell(run, sent, "receiver", "(not asked)", "bytes of a dropped packet changed");
	if (theirs == ours && ours == OUTCOME_ACCEPTED) {
		run_compare_bytes(run, i, "receiver");
		if (run->late[i] != (run->batch.previous >> i & 1))
			run_tell(run, sent, "receiver", run->late[i] ? "old key" : "new key",
				run->late[i] ? "new key" : "old key");
	}
	if (theirs == ours && ours != OUTCOME_OTHER)
		return;
	if (one_accepted && settled(run, i, sent))
		run->tally.settled++;
	else if (one_accepted || !excused(run, i))
		run_tell(run, sent, "receiver", outcome_name(theirs), outcome_name(ours));
}

static void count_accepted(struct run *run, unsigned i)
{
	const struct packet *packet = &run->theirs[i];
	const struct session *session = run_session(run, packet);
	const struct end *end = run->late[i] ? session->rx_before : session->rx;
	uint64_t before = run->before[i];

	run->tally.late += run->late[i];
	run->tally.under[end->epoch != 0]++;
	run->tally.mki += end->mki_len != 0;
	run->tally.hidden += session->plan.id_count != 0;
	if (packet->kind != SOTTO_SRTP || packet->forged)
		return;
	run->tally.wraps += before != 0 && packet->index >> 16 > (before - 1) >> 16;
	run->tally.far += packet->index >> 32 != 0;
}

static void count_received(struct run *run, unsigned i)
{
	const struct session *session = run_session(run, &run->theirs[i]);

	run->tally.received++;
	run->tally.suites[session->plan.suite_number]++;
	run->tally.outcomes[run->said[i]]++;
	if (run->said[i] == OUTCOME_ACCEPTED)
		count_accepted(run, i);
}

static bool has_mki(const struct end *end, const uint8_t *at)
{
	bool any = end->mki_len == 0;

	for (unsigned n = 0; n < end->masters; n++) {
		uint64_t mki = end->more->master[n].mki;
		bool same = true;

		for (unsigned k = end->mki_len; k-- > 0; mki >>= 8)
			same = same && at[k] == (uint8_t)mki;
		any = any || same;
	}
	return any;
}

static bool e_bit_fits(const struct plan *plan, uint8_t byte)
{
	bool clear = plan->modes & SOTTO_CONSENT_UNENCRYPTED_SRTCP;

	return plan->suite->cipher == SOTTO_CIPHER_NONE || (byte >> 7) == !clear;
}

/* Whether a packet, of whose header libsrtp2 approved, ends as one under the receiver's key. */
static bool is_readable(struct run *run, const struct packet *sent)
{
	const struct session *session = run_session(run, sent);
	struct packet view = {.kind = sent->kind, .len = sent->len};
	uint32_t header = 8;

	packet_locate(&view, &session->plan, session->rx->mki_len);
	if (sent->kind == SOTTO_SRTP) {
		header = 12 + 4u * (sent->bytes[0] & 15);
		if (sent->bytes[0] & 0x10)
			header += 4 + 4u * sotto_base_get16(sent->bytes + header + 2);
	}
	if (sent->len < header + view.tag_len + view.aside_len)
		return false;
	if (!has_mki(session->rx,
		    sent->bytes + view.aside_at + view.aside_len - session->rx->mki_len))
		return false;
	return sent->kind == SOTTO_SRTP || e_bit_fits(&session->plan, sent->bytes[view.aside_at]);
}

/* Without a tag nothing tells whose key a packet is under: there Sotto does not try the old one. */
static bool has_tag(const struct end *end, enum sotto_srtp_kind kind)
{
	return (kind == SOTTO_SRTP ? end->context.rtp : end->context.rtcp)->tag_len != 0;
}

/* libsrtp2's word on packet i: of the new session, else of the one before. */
static enum outcome ask_judges(struct run *run, unsigned i, const struct packet *sent)
{
	struct session *session = run_session(run, sent);
	struct packet *theirs = &run->theirs[i];
	enum outcome word, other;

	run->late[i] = false;
	word = judge_unprotect(&session->rx->judge, theirs->bytes, &theirs->len, theirs->kind);
	if (word == OUTCOME_ACCEPTED || !session->rx_before ||
		!has_tag(session->rx_before, theirs->kind) ||
		(word == OUTCOME_SEEN && is_readable(run, sent) &&
			session->rx->streams == session->rx_before->streams))
		return word;
	packet_copy(theirs, sent);
	other = judge_unprotect(
		&session->rx_before->judge, theirs->bytes, &theirs->len, theirs->kind);
	run->late[i] = other == OUTCOME_ACCEPTED;
	return run->late[i] ? other : word;
}

void receive_burst(struct run *run, const struct packet *packets, unsigned n)
{
	uint64_t passed;

	run->burst = n;
	for (unsigned i = 0; i < n; i++) {
		const struct sotto_stream *stream = world_receiver(&run->world, &packets[i]);

		run->before[i] = stream ? stream->rtp.next : 0;
		packet_copy(&run->ours[i], &packets[i]);
		packet_copy(&run->theirs[i], &packets[i]);
		run_add(run, i, &run_session(run, &packets[i])->rx->context);
	}
	passed = sotto_srtp_unprotect_burst(&run->srtp, &run->batch, run_first(n), packets->kind);
	for (unsigned i = 0; i < n; i++) {
		run->answered[i] = run_word(run, i, passed);
		run->ours[i].len = run->batch.len[i];
		run->said[i] = ask_judges(run, i, &packets[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		compare_received(run, i, &packets[i]);
		count_received(run, i);
	}
}

/* Where a stream stood before a burst, or with its first packet. */
struct base {
	bool known;
	unsigned epoch;
	uint64_t index;
};

/* Whether a packet cannot be in one burst with what its base says. */
static bool strays(struct run *run, struct base *base, const struct packet *packet)
{
	const struct sotto_stream *stream = world_receiver(&run->world, packet);
	bool fresh = !stream || stream->rtp.next == 0;

	if (packet->loose)
		return true;
	if (fresh && packet->epoch != run_session(run, packet)->rx->epoch)
		return true; /* under the key before, nothing is tried a second time */
	if (!base->known) {
		base->known = true;
		base->epoch = packet->epoch;
		base->index = fresh ? packet->index : stream->rtp.next - 1;
	}
	if (base->epoch != packet->epoch)
		return true;
	return packet->kind == SOTTO_SRTP &&
	       (packet->index > base->index + STRAY_MAX || packet->index + STRAY_MAX < base->index);
}

/* How many of the n arrivals go into one burst, at most most; a stray packet gets its own. */
static unsigned burst_len(struct run *run, const struct packet *packets, unsigned n, unsigned most)
{
	struct base bases[SESSIONS][STREAMS] = {0};
	unsigned i;

	for (i = 0; i < n && i < most && packets[i].kind == packets->kind; i++)
		if (strays(run, &bases[packets[i].session][packets[i].source], &packets[i]))
			return i > 0 ? i : 1;
	return i;
}

/* Our fault, when it was asked for: the rollovers of the receiving streams are not counted. */
static void forget_rollovers(struct run *run)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct sotto_srtp_streams *streams = run->world.sessions[i].rx->streams;

		for (unsigned k = 0; k < streams->count; k++)
			if (streams->slot[k].rtp.next >> 16 == 1)
				streams->slot[k].rtp.next &= 0xffff;
	}
}

void receive_all(struct run *run)
{
	struct network *network = &run->network;

	for (unsigned at = 0; at < network->arrived;) {
		unsigned most = run->world.one_by_one
					? 1
					: random_between(&run->world.random, 1, SOTTO_BURST);
		unsigned n = burst_len(run, &network->arrivals[at], network->arrived - at, most);

		receive_burst(run, &network->arrivals[at], n);
		if (run->settings->fault == FAULT_ROLLOVER)
			forget_rollovers(run);
		at += n;
	}
	network->arrived = 0;
}
