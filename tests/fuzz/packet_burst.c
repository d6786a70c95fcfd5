/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What must hold of every burst (srtp/srtp.h): nothing outside the room, a verdict for each packet
 * that is dropped, dropped packets and their streams as they were, nothing accepted that was not
 * protected by the sender, nothing accepted twice, plaintext as it was sent, no keystream twice.
 */
#include "packet_burst.h"

#include "base/bytes.h"

#define UNSET 0xee /* in verdict[] before the call */
#define NEAR 1024  /* windows up to that: an index in order is never misjudged */

void burst_start(struct burst *burst, struct world *world, struct store *store,
	enum sotto_srtp_kind kind, bool sends)
{
	burst->world = world;
	burst->store = store;
	burst->kind = kind;
	burst->sends = sends;
	burst->count = 0;
	memset(&burst->batch, 0, sizeof(burst->batch));
}

static const struct end *end_of(const struct burst *burst, const struct line *line)
{
	return burst->sends ? line->tx : line->rx;
}

/* A tag stands behind the packets of that kind, so that nobody else can make one. */
static bool is_tagged(const struct burst *burst, const struct line *line)
{
	return burst->kind == SOTTO_SRTCP ||
	       !(line->policy.modes & SOTTO_CONSENT_UNAUTHENTICATED_SRTP);
}

/* Whether an earlier position holds a packet of the same line and SSRC. */
static bool is_first_of_stream(const struct burst *burst, const struct item *item)
{
	uint32_t ssrc = packet_ssrc(item->before, item->len, burst->kind);

	for (const struct item *other = burst->items; other < item; other++)
		if (other->line == item->line &&
			packet_ssrc(other->before, other->len, burst->kind) == ssrc)
			return false;
	return true;
}

/* The packet that the sender made right after the newest that the receiver took. */
static bool is_next_in_order(const struct burst *burst, const struct item *item)
{
	const struct record *from = item->from;
	const struct line *line = item->line;
	const struct newest *newest;

	if (!from || from->accepted || !from->known || from->ssrc - SSRC_BASE >= SSRCS ||
		from->generation != line->rx->generation || line->policy.window > NEAR)
		return false;
	newest = &line->newest[burst->kind][from->ssrc - SSRC_BASE];
	if (!newest->valid || from->serial != newest->serial + 1)
		return false;
	return burst->kind == SOTTO_SRTCP ||
	       packet_seq(from->wire, from->wire_len) == (uint16_t)(newest->seq + 1);
}

void burst_add(
	struct burst *burst, struct line *line, const uint8_t *bytes, uint32_t len, uint32_t spare)
{
	unsigned i = burst->count;
	struct item *item = &burst->items[i];

	if (i == SOTTO_BURST || len > WIRE_MAX)
		return;
	burst->count++;
	item->line = line;
	item->len = len;
	if (len > 0)
		memcpy(item->before, bytes, len);
	item->from = burst->sends ? NULL
				  : store_find(burst->store, bytes, len, line->number, burst->kind);
	if (item->from)
		item->from->held = true;
	item->expected = !burst->sends && is_tagged(burst, line) && is_next_in_order(burst, item) &&
			 is_first_of_stream(burst, item);
	guarded_place(&item->buffer, bytes, len, len + spare, (i * 11 + len) % 64);
	burst->batch.data[i] = item->buffer.data;
	burst->batch.len[i] = len;
	burst->batch.room[i] = item->buffer.room;
	burst->batch.context[i] = &end_of(burst, line)->context;
	burst->batch.verdict[i] = UNSET;
}

/* --- streams before and after --------------------------------------------------------------------
 */

static void remember_end(struct end *end)
{
	if (end)
		memcpy(end->before, end->streams, end->streams_size);
}

/*
 * A sender's first packet under a new key takes over what the old streams know, also when it turns
 * out to be one that was sent before.
 */
static void equalize_settled(struct end *end, unsigned i)
{
	struct sotto_srtp_streams *copy = (struct sotto_srtp_streams *)end->before;
	const struct sotto_stream *slot = &end->streams->slot[i];
	size_t words = sotto_replay_words(end->streams->shape);
	const uint8_t *wide = (const uint8_t *)slot->rtp.wide;

	if (!copy->slot[i].expected || slot->expected)
		return;
	fuzz_require(copy->slot[i].rtp.next <= slot->rtp.next &&
			     copy->slot[i].rtcp.next <= slot->rtcp.next,
		"an index that was expected is not gone back behind");
	copy->slot[i] = *slot;
	if (words != 0)
		memcpy(end->before + (wide - (const uint8_t *)end->streams), wide,
			words * sizeof(uint64_t));
}

/* What a drop may change: how many wrong tags came, what was told of a key's or stream's end. */
static void equalize(const struct burst *burst, struct end *end)
{
	struct sotto_srtp_streams *copy = (struct sotto_srtp_streams *)end->before;
	const struct sotto_srtp_streams *now = end->streams;

	memcpy(copy->use.mark, now->use.mark, sizeof(copy->use.mark));
	copy->flooded = now->flooded;
	copy->flood_since_us = now->flood_since_us;
	copy->flood_count = now->flood_count;
	copy->roc_tries = now->roc_tries;
	for (unsigned i = 0; i < now->count; i++) {
		copy->slot[i].ended = now->slot[i].ended;
		copy->slot[i].allotted = now->slot[i].allotted;
		if (burst->sends)
			equalize_settled(end, i);
	}
}

/* The streams of the end that position i passed under. */
static const struct end *passed_under(const struct burst *burst, unsigned i)
{
	const struct end *end = end_of(burst, burst->items[i].line);

	return burst->batch.previous >> i & 1 ? end->old : end;
}

static bool has_passed(
	const struct burst *burst, uint64_t passed, const struct end *end, const uint32_t *ssrc)
{
	for (uint64_t m = passed; m != 0; m &= m - 1) {
		unsigned i = (unsigned)__builtin_ctzll(m);
		const struct item *item = &burst->items[i];

		if (passed_under(burst, i) == end &&
			(!ssrc || packet_ssrc(item->before, item->len, burst->kind) == *ssrc))
			return true;
	}
	return false;
}

static void check_slot(
	const struct burst *burst, uint64_t passed, const struct end *end, unsigned i)
{
	const struct sotto_srtp_streams *then = (const struct sotto_srtp_streams *)end->before;
	const struct sotto_stream *slot = &end->streams->slot[i];
	size_t words = sotto_replay_words(end->streams->shape);
	const uint8_t *wide = (const uint8_t *)slot->rtp.wide;

	if (memcmp(&then->slot[i], slot, sizeof(*slot)) != 0) {
		fuzz_require(slot->bound == 1, "a slot that changed is bound");
		fuzz_require(has_passed(burst, passed, end, &slot->ssrc),
			"only a packet that passed changes a stream");
		fuzz_require(!then->slot[i].bound || then->slot[i].ssrc == slot->ssrc,
			"a slot stays with its SSRC");
		/* what was only expected may turn out to begin with rollover counter 0 */
		fuzz_require(then->slot[i].expected || then->slot[i].rtp.next <= slot->rtp.next,
			"an SRTP index never goes back");
		fuzz_require(then->slot[i].rtcp.next <= slot->rtcp.next,
			"an SRTCP index never goes back");
		return;
	}
	if (words != 0 && !has_passed(burst, passed, end, &slot->ssrc))
		fuzz_require(memcmp(wide, end->before + (wide - (const uint8_t *)end->streams),
				     words * sizeof(uint64_t)) == 0,
			"only a packet that passed changes a wide window");
}

static void check_end(const struct burst *burst, uint64_t passed, struct end *end)
{
	if (!end)
		return;
	equalize(burst, end);
	if (!has_passed(burst, passed, end, NULL)) {
		fuzz_require(memcmp(end->before, end->streams, end->streams_size) == 0,
			"streams are as they were");
		return;
	}
	for (unsigned i = 0; i < end->streams->count; i++)
		check_slot(burst, passed, end, i);
}

/* --- packets -------------------------------------------------------------------------------------
 */

/*
 * A profile of RFC 9335 where the two ends did not agree on it: on purpose, or because the plain
 * packet had it. protect lets it pass as any other; a receiver may refuse it.
 */
static bool has_foreign_profile(const struct item *item)
{
	uint32_t at = 12 + 4u * (item->before[0] & 15);
	uint16_t profile;

	if ((item->line->policy.cryptex && item->line->policy.rx_cryptex) ||
		!(item->before[0] & 0x10) || item->len < at + 2)
		return false;
	profile = sotto_base_get16(item->before + at);
	return profile == 0xc0de || profile == 0xc2de;
}

static void check_dropped(const struct burst *burst, unsigned i)
{
	const struct item *item = &burst->items[i];
	unsigned verdict = burst->batch.verdict[i];

	fuzz_require(verdict != UNSET && verdict > SOTTO_PUNTED && verdict < SOTTO_VERDICTS,
		"a drop has a reason");
	fuzz_require(verdict != SOTTO_DROP_CRYPTO, "the backend did not fail");
	fuzz_require(burst->batch.len[i] == item->len, "a dropped packet keeps its length");
	if (!burst->sends)
		fuzz_require(memcmp(item->before, item->buffer.data, item->len) == 0,
			"a dropped packet is as it came");
	if (item->expected && !item->from->accepted)
		fuzz_require(verdict == SOTTO_DROP_KEY_EXPIRED ||
				     (verdict == SOTTO_DROP_EXTENSION && has_foreign_profile(item)),
			"the next in order passes");
}

static void note_newest(const struct burst *burst, unsigned i)
{
	const struct item *item = &burst->items[i];
	uint32_t ssrc = packet_ssrc(item->before, item->len, burst->kind) - SSRC_BASE;
	struct newest *newest;

	if (!(burst->batch.newest >> i & 1) || ssrc >= SSRCS)
		return;
	newest = &item->line->newest[burst->kind][ssrc];
	newest->valid = item->from && item->from->known &&
			item->from->generation == item->line->rx->generation &&
			!(burst->batch.previous >> i & 1);
	if (!newest->valid)
		return;
	newest->serial = item->from->serial;
	newest->seq = packet_seq(item->before, item->len);
}

static void check_plain(const struct burst *burst, unsigned i)
{
	const struct item *item = &burst->items[i];
	const struct policy *policy = &item->line->policy;
	const struct record *from = item->from;

	if (policy->verify_only && !(burst->batch.previous >> i & 1)) {
		fuzz_require(burst->batch.len[i] == item->len &&
				     memcmp(item->before, item->buffer.data, item->len) == 0,
			"verified only: as it came");
	} else if (from->known && policy->cryptex == policy->rx_cryptex && !policy->verify_only) {
		fuzz_require(burst->batch.len[i] == from->plain_len, "length as it was sent");
		fuzz_require(memcmp(from->plain, item->buffer.data, from->plain_len) == 0,
			"plaintext as it was sent");
	}
}

static void check_received(const struct burst *burst, unsigned i)
{
	const struct item *item = &burst->items[i];

	fuzz_require(burst->batch.len[i] <= item->len, "unprotecting never lengthens");
	if (is_tagged(burst, item->line)) {
		fuzz_require(item->from, "only genuine packets pass");
		fuzz_require(!item->from->accepted, "no packet passes twice");
		item->from->accepted = true;
		check_plain(burst, i);
	}
	note_newest(burst, i);
}

/* The SRTCP index of a packet that protect made; it stands before MKI and tag, under an AEAD last.
 */
static uint32_t rtcp_index(const struct line *line, const struct record *record)
{
	const struct sotto_key *key = line_tx_key(line, SOTTO_SRTCP);
	uint32_t behind = line->policy.mki_len + 4u;

	if (!sotto_crypto_is_aead(key->cipher))
		behind += key->tag_len;
	return sotto_base_get32(record->wire + record->wire_len - behind) & 0x7fffffff;
}

/* Against every packet that is still known of the same key and SSRC. */
static void check_new_index(const struct burst *burst, const struct record *record)
{
	const struct line *line = &burst->world->lines[record->line];
	bool encrypted = line_tx_key(line, SOTTO_SRTP)->cipher != SOTTO_CIPHER_NONE;

	for (unsigned i = 0; i < RECORDS; i++) {
		const struct record *other = &burst->store->records[i];

		if (!other->used || other == record || other->line != record->line ||
			other->kind != record->kind || other->generation != record->generation ||
			other->ssrc != record->ssrc || !other->known)
			continue;
		if (record->kind == SOTTO_SRTCP)
			fuzz_require(other->index != record->index, "no SRTCP index twice");
		else if (encrypted)
			fuzz_require(!same_keystream(other, record), "no keystream twice");
	}
}

static void check_sent(const struct burst *burst, unsigned i)
{
	const struct item *item = &burst->items[i];
	struct line *line = item->line;
	uint32_t len = burst->batch.len[i];
	uint32_t slot = packet_ssrc(item->before, item->len, burst->kind) - SSRC_BASE;
	struct record *same, *record;

	fuzz_require(len <= item->buffer.room, "the result fits");
	fuzz_require(
		len - item->len <= sotto_srtp_trailer(&line->tx->context, burst->kind), "trailer");
	if (item->len > PACKET_MAX)
		return;
	same = store_find(burst->store, item->buffer.data, len, line->number, burst->kind);
	if (same && same->known && is_tagged(burst, line)) {
		fuzz_require(line->policy.repeat && burst->kind == SOTTO_SRTP &&
				     same->plain_len == item->len &&
				     memcmp(same->plain, item->before, item->len) == 0,
			"only an identical packet is sent again, and only where it may be");
		return;
	}
	/* what an insider made up may be what the sender makes later: with a null cipher, say */
	record = same ? same : store_add(burst->store);
	record->known = true;
	record->line = (uint8_t)line->number;
	record->kind = (uint8_t)burst->kind;
	record->generation = line->tx->generation;
	record->ssrc = packet_ssrc(item->before, item->len, burst->kind);
	record->serial = slot < SSRCS ? ++line->serial[burst->kind][slot] : 0;
	record->plain_len = item->len;
	record->wire_len = len;
	memcpy(record->plain, item->before, item->len);
	memcpy(record->wire, item->buffer.data, len);
	if (burst->kind == SOTTO_SRTCP)
		record->index = rtcp_index(line, record);
	if (is_tagged(burst, line))
		check_new_index(burst, record);
}

/* --- running -------------------------------------------------------------------------------------
 */

static void check_sets(const struct burst *burst, uint64_t live, uint64_t passed)
{
	const struct sotto_srtp_batch *batch = &burst->batch;

	fuzz_require((passed & ~live) == 0, "only live packets pass");
	fuzz_require((batch->bound & ~passed) == 0, "a packet that binds a slot passes");
	fuzz_require((batch->newest & ~passed) == 0, "the newest passes");
	fuzz_require((batch->worn & ~passed) == 0, "what wears a key passes");
	fuzz_require((batch->expired & passed) == 0, "what is expired does not pass");
	fuzz_require((batch->expired & ~live) == 0, "nor was it never there");
	fuzz_require((batch->flooded & ~(live & ~passed)) == 0, "what passed is no wrong tag");
	fuzz_require((batch->previous & ~passed) == 0, "what passed under the previous key");
}

static void check_items(const struct burst *burst, uint64_t live, uint64_t passed)
{
	for (unsigned i = 0; i < burst->count; i++) {
		fuzz_require(burst->batch.data[i] == burst->items[i].buffer.data, "data stays");
		if (!(live >> i & 1))
			fuzz_require(burst->batch.verdict[i] == UNSET, "others are left alone");
		else if (!(passed >> i & 1))
			check_dropped(burst, i);
		else if (burst->sends)
			check_sent(burst, i);
		else
			check_received(burst, i);
	}
}

static void each_end(const struct burst *burst, uint64_t passed, bool after)
{
	for (unsigned i = 0; i < burst->world->line_count; i++) {
		struct line *line = &burst->world->lines[i];
		struct end *end = burst->sends ? line->tx : line->rx;

		if (after) {
			check_end(burst, passed, end);
			check_end(burst, passed, end->old);
		} else {
			remember_end(end);
			remember_end(end->old);
		}
	}
}

void burst_run(struct burst *burst, uint64_t skip)
{
	uint64_t live = (burst->count == SOTTO_BURST ? ~0ull : (1ull << burst->count) - 1) & ~skip;
	struct sotto_srtp *srtp = &burst->world->srtp;
	uint64_t passed;

	burst->batch.now_us = burst->world->now_us;
	each_end(burst, 0, false);
	passed = burst->sends ? sotto_srtp_protect_burst(srtp, &burst->batch, live, burst->kind)
			      : sotto_srtp_unprotect_burst(srtp, &burst->batch, live, burst->kind);
	check_sets(burst, live, passed);
	each_end(burst, passed, true);
	check_items(burst, live, passed);
	for (unsigned i = 0; i < burst->count; i++) {
		guarded_release(&burst->items[i].buffer);
		if (burst->items[i].from)
			burst->items[i].from->held = false;
	}
}
