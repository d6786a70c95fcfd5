/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Index, rollover counter and replay list of receivers and senders (RFC 3711, 3.3.1 and 3.3.2):
 * what is accepted moves them once, what is forged or seen before never does.
 */
#include "bed.h"

#define SSRC 0x0badcafe
#define INDEX(roc, seq) ((uint64_t)(roc) << 16 | (seq))

/* Makes the sender's packet of that sequence number with a tag that is wrong. */
static void forged_rtp(struct packet *packet, const struct packet *like, uint16_t seq)
{
	*packet = *like;
	packet->bytes[2] = (uint8_t)(seq >> 8);
	packet->bytes[3] = (uint8_t)seq;
	packet->bytes[packet->len - 1] ^= 0x01;
}

static void send_all(struct bed *bed, struct call *call, struct packet *packets,
	const uint16_t *seqs, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sent_rtp(bed, call, &packets[i], seqs[i], SSRC);
}

/* The wrap right after the first packet, one packet at a time. */
START_TEST(st_01_wrap_one_by_one)
{
	static const uint16_t seqs[] = {65534, 65535, 0, 1};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[4];

	send_all(bed, call, packets, seqs, 4);
	ck_assert_uint_eq(call->tx.slot[0].rtp.next, INDEX(1, 2));
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packets[i], SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(1, 2));
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(st_01_wrap_in_one_burst)
{
	static const uint16_t seqs[] = {65534, 65535, 0, 1};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[4];

	burst_clear(bed);
	for (unsigned i = 0; i < 4; i++) {
		packet_rtp(&packets[i], seqs[i], SSRC, 160);
		burst_add(bed, &call->tx, &packets[i]);
	}
	ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), 0xf);
	burst_clear(bed);
	for (unsigned i = 0; i < 4; i++)
		burst_add(bed, &call->rx, &packets[i]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 0xf);
	ck_assert_uint_eq(call->tx.slot[0].rtp.next, INDEX(1, 2));
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(1, 2));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The same with forged packets of the stream before, between and behind; the truth must not care.
 */
static void wrap_among_forged(
	struct bed *bed, struct call *call, uint16_t forged_seq, unsigned at, unsigned copies)
{
	static const uint16_t seqs[] = {65534, 65535, 0, 1};
	struct packet packets[4], forged[8];
	unsigned want = 0;

	side_reset(&call->tx);
	side_reset(&call->rx);
	send_all(bed, call, packets, seqs, 4);
	burst_clear(bed);
	for (unsigned i = 0; i <= 4; i++) {
		for (unsigned k = 0; i == at && k < copies; k++) {
			forged_rtp(&forged[k], &packets[0], forged_seq);
			burst_add(bed, &call->rx, &forged[k]);
		}
		if (i < 4)
			want |= 1u << burst_add(bed, &call->rx, &packets[i]);
	}
	ck_assert_msg(burst_unprotect(bed, SOTTO_SRTP) == want,
		"%u forged of seq %u at %u: verdicts %s %s %s %s %s", copies, forged_seq, at,
		sotto_base_verdict_name(bed->batch.verdict[0]),
		sotto_base_verdict_name(bed->batch.verdict[1]),
		sotto_base_verdict_name(bed->batch.verdict[2]),
		sotto_base_verdict_name(bed->batch.verdict[3]),
		sotto_base_verdict_name(bed->batch.verdict[4]));
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(1, 2));
	ck_assert_uint_eq(call->rx.slot[0].packets, 4);
}

START_TEST(st_01_wrap_in_one_burst_among_forged)
{
	static const uint16_t forged_seqs[] = {
		0, 1, 2, 100, 30000, 32767, 32768, 40000, 65533, 65534, 65535};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);

	for (unsigned f = 0; f < sizeof(forged_seqs) / sizeof(forged_seqs[0]); f++)
		for (unsigned at = 0; at <= 4; at++)
			for (unsigned copies = 1; copies <= 8; copies++)
				wrap_among_forged(bed, call, forged_seqs[f], at, copies);
	call_close(call);
	bed_close(bed);
}
END_TEST

/*
 * The first packet of the new round overtakes the last of the old, at the very beginning. Alone it
 * cannot be understood; in one burst with the other it can, once: its copy is a replay.
 */
START_TEST(st_01_wrap_overtaken)
{
	static const uint16_t seqs[] = {65535, 0};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[2], early, copy;

	send_all(bed, call, packets, seqs, 2);
	early = packets[1];
	copy = packets[1];
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &early, SOTTO_SRTP), SOTTO_DROP_AUTH);
	ck_assert(packet_equal(&early, &copy));
	burst_clear(bed);
	burst_add(bed, &call->rx, &early);
	burst_add(bed, &call->rx, &packets[0]);
	burst_add(bed, &call->rx, &packets[1]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 3);
	ck_assert_uint_eq(burst_verdict(bed, 2), SOTTO_DROP_REPLAY);
	ck_assert(packet_equal(&packets[1], &copy));
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(1, 1));
	ck_assert_uint_eq(call->rx.slot[0].packets, 2);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A reordered sender raises its rollover counter once. */
START_TEST(st_03_sender_wraps_once)
{
	static const uint16_t seqs[] = {65533, 65535, 0, 1, 65534, 2};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[6];

	send_all(bed, call, packets, seqs, 6);
	ck_assert_uint_eq(call->tx.slot[0].rtp.next, INDEX(1, 3));
	for (unsigned i = 0; i < 6; i++)
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packets[i], SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(1, 3));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The same as one burst: protect decides in the order of positions. */
START_TEST(st_03_sender_wraps_once_in_one_burst)
{
	static const uint16_t seqs[] = {65533, 65535, 0, 1, 65534, 2};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet alone[6], packets[6];

	send_all(bed, call, alone, seqs, 6);
	side_reset(&call->tx);
	burst_clear(bed);
	for (unsigned i = 0; i < 6; i++) {
		packet_rtp(&packets[i], seqs[i], SSRC, 160);
		burst_add(bed, &call->tx, &packets[i]);
	}
	ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), 0x3f);
	for (unsigned i = 0; i < 6; i++)
		ck_assert(packet_equal(&packets[i], &alone[i]));
	ck_assert_uint_eq(call->tx.slot[0].rtp.next, INDEX(1, 3));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Far ahead but forged: neither highest index nor rollover counter move, nothing is lost. */
START_TEST(st_08_forged_burst_changes_nothing)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet good, forged[SOTTO_BURST], as_sent[SOTTO_BURST];
	struct sotto_stream before[SIDE_SLOTS];

	for (uint16_t seq = 5; seq < 15; seq++) {
		sent_rtp(bed, call, &good, seq, SSRC);
		unprotect_one(bed, &call->rx, &good, SOTTO_SRTP);
	}
	sent_rtp(bed, call, &good, 15, SSRC);
	memcpy(before, call->rx.slot, sizeof(before));
	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		forged_rtp(&forged[i], &good, (uint16_t)(i < 32 ? 30015 + i : i));
		as_sent[i] = forged[i];
		burst_add(bed, &call->rx, &forged[i]);
	}
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), 0);
	ck_assert_mem_eq(before, call->rx.slot, sizeof(before));
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		ck_assert_uint_eq(burst_verdict(bed, i), SOTTO_DROP_AUTH);
		ck_assert(packet_equal(&forged[i], &as_sent[i]));
	}
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &good, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* One good packet at each position among 63 forged: the streams end as if it had come alone. */
static void one_good_among_forged(
	struct bed *bed, struct call *call, enum sotto_srtp_kind kind, unsigned position)
{
	struct packet good, alone, packets[SOTTO_BURST], as_sent[SOTTO_BURST];
	struct sotto_stream want[SIDE_SLOTS];

	side_reset(&call->rx);
	if (kind == SOTTO_SRTP)
		sent_rtp(bed, call, &good, (uint16_t)(1000 + position), SSRC);
	else
		sent_rtcp(bed, call, &good, SSRC);
	alone = good;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &alone, kind), SOTTO_OK);
	memcpy(want, call->rx.slot, sizeof(want));
	side_reset(&call->rx);
	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packets[i] = good;
		if (i != position)
			packets[i].bytes[packets[i].len - 1 - i % 10] ^= 0x80;
		as_sent[i] = packets[i];
		burst_add(bed, &call->rx, &packets[i]);
	}
	ck_assert_uint_eq(burst_unprotect(bed, kind), 1ull << position);
	ck_assert_mem_eq(want, call->rx.slot, sizeof(want));
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		ck_assert(packet_equal(&packets[i], i == position ? &alone : &as_sent[i]));
}

START_TEST(st_08_one_good_among_forged)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);

	for (unsigned position = 0; position < SOTTO_BURST; position++) {
		one_good_among_forged(bed, call, SOTTO_SRTP, position);
		one_good_among_forged(bed, call, SOTTO_SRTCP, position);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(rp_01_index_zero_once)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet, again;

	sent_rtp(bed, call, &packet, 0, SSRC);
	again = packet;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	packet = again;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_REPLAY);
	ck_assert(packet_equal(&packet, &again));
	sent_rtcp(bed, call, &packet, SSRC); /* its index is 0 too */
	again = packet;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
	packet = again;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_DROP_REPLAY);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* W - 1 behind the highest is the last that is taken; later and earlier in one burst alike. */
static void behind(struct bed *bed, struct call *call, unsigned by, enum sotto_verdict want)
{
	struct packet old, newest, copy;

	side_reset(&call->tx);
	side_reset(&call->rx);
	sent_rtp(bed, call, &old, (uint16_t)(1000 - by), SSRC);
	sent_rtp(bed, call, &newest, 1000, SSRC);
	copy = old;
	burst_clear(bed);
	burst_add(bed, &call->rx, &newest);
	burst_add(bed, &call->rx, &copy);
	burst_unprotect(bed, SOTTO_SRTP);
	ck_assert_uint_eq(burst_verdict(bed, 0), SOTTO_OK);
	ck_assert_uint_eq(burst_verdict(bed, 1), want);
	if (want != SOTTO_OK)
		ck_assert(packet_equal(&copy, &old));
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &old, SOTTO_SRTP),
		want == SOTTO_OK ? SOTTO_DROP_REPLAY : want);
}

START_TEST(rp_03_edge_of_the_window)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);

	behind(bed, call, 1, SOTTO_OK);
	behind(bed, call, WINDOW - 1, SOTTO_OK);
	behind(bed, call, WINDOW, SOTTO_DROP_OLD);
	behind(bed, call, WINDOW + 1, SOTTO_DROP_OLD);
	call_close(call);
	bed_close(bed);
}
END_TEST

static void copies_in_one_burst(
	struct bed *bed, struct call *call, enum sotto_srtp_kind kind, unsigned n, bool known)
{
	struct packet first, packets[SOTTO_BURST];

	side_reset(&call->tx);
	side_reset(&call->rx);
	for (unsigned warm = 0; warm <= (known ? 1 : 0); warm++) {
		if (kind == SOTTO_SRTP)
			sent_rtp(bed, call, &first, (uint16_t)(70 + warm), SSRC);
		else
			sent_rtcp(bed, call, &first, SSRC);
		packets[0] = first;
		if (known && warm == 0)
			unprotect_one(bed, &call->rx, &packets[0], kind);
	}
	burst_clear(bed);
	for (unsigned i = 0; i < n; i++) {
		packets[i] = first;
		burst_add(bed, &call->rx, &packets[i]);
	}
	ck_assert_uint_eq(burst_unprotect(bed, kind), 1);
	for (unsigned i = 1; i < n; i++) {
		ck_assert_uint_eq(burst_verdict(bed, i), SOTTO_DROP_REPLAY);
		ck_assert(packet_equal(&packets[i], &first));
	}
	ck_assert_uint_eq(call->rx.slot[0].packets, known ? 2 : 1);
}

START_TEST(rp_05_eight_copies_in_one_burst)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);

	for (unsigned n = 8; n <= SOTTO_BURST; n *= 2) {
		copies_in_one_burst(bed, call, SOTTO_SRTP, n, false);
		copies_in_one_burst(bed, call, SOTTO_SRTP, n, true);
		copies_in_one_burst(bed, call, SOTTO_SRTCP, n, false);
		copies_in_one_burst(bed, call, SOTTO_SRTCP, n, true);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A known replay is told from a new packet before any tag is computed (RFC 3711, 3.3, step 2). */
START_TEST(rp_08_replay_is_told_before_authentication)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet, forged;

	sent_rtp(bed, call, &packet, 500, SSRC);
	forged_rtp(&forged, &packet, 500);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &forged, SOTTO_SRTP), SOTTO_DROP_REPLAY);
	forged.bytes[2] = 0;
	forged.bytes[3] = 1;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &forged, SOTTO_SRTP), SOTTO_DROP_OLD);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* What was left out and comes late is new, although its place in the list was in use before. */
START_TEST(late_behind_a_gap)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packets[4 * WINDOW];
	unsigned n = 4 * WINDOW;

	for (unsigned i = 0; i < n; i++)
		sent_rtp(bed, call, &packets[i], (uint16_t)i, SSRC);
	for (unsigned i = 0; i < n; i++) /* from the third window on, the odd ones come late */
		if (i < n / 2 || i % 2 == 0)
			ck_assert_uint_eq(
				unprotect_one(bed, &call->rx, &packets[i], SOTTO_SRTP), SOTTO_OK);
	for (unsigned i = n - WINDOW + 1; i < n; i += 2)
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packets[i], SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/*
 * A jump by exactly half the sequence numbers stays in the round (RFC 3711, appendix A): forward
 * from below, so that it goes on, and back from above, so that it is old.
 */
START_TEST(jump_of_half_the_numbers)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet;

	side_preset(&call->tx, SSRC, INDEX(7, 1001));
	side_preset(&call->rx, SSRC, INDEX(7, 1001));
	sent_rtp(bed, call, &packet, 1000 + 0x8000, SSRC);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(7, 1001 + 0x8000));
	packet_rtp(&packet, 1000, SSRC, 100);
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_REUSE);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_OLD);
	sent_rtp(bed, call, &packet, 999, SSRC); /* one less: the next round */
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(8, 1000));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The last index there is, and the one behind it, from both ends. */
START_TEST(last_index)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, bed->suite, 1);
	struct packet packet, beyond;
	struct sotto_stream before;

	side_preset(&call->tx, SSRC, SOTTO_INDEX_END - 1);
	side_preset(&call->rx, SSRC, SOTTO_INDEX_END - 1);
	sent_rtp(bed, call, &packet, 65535, SSRC);
	beyond = packet;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	before = call->rx.slot[0];
	beyond.bytes[2] = 0;
	beyond.bytes[3] = 0;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &beyond, SOTTO_SRTP), SOTTO_DROP_OLD);
	ck_assert_mem_eq(&before, &call->rx.slot[0], sizeof(before));
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {st_01_wrap_one_by_one, st_01_wrap_in_one_burst,
		st_01_wrap_in_one_burst_among_forged, st_01_wrap_overtaken, st_03_sender_wraps_once,
		st_03_sender_wraps_once_in_one_burst, st_08_forged_burst_changes_nothing,
		st_08_one_good_among_forged, rp_01_index_zero_once, rp_03_edge_of_the_window,
		rp_05_eight_copies_in_one_burst, rp_08_replay_is_told_before_authentication,
		late_behind_a_gap, jump_of_half_the_numbers, last_index};

	return bed_main_layouts("srtp_replay", tests, sizeof(tests) / sizeof(tests[0]));
}
