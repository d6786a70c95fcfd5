/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a stream stands when its packets come to a new key or a new context (RFC 3711, 3.3.1): the
 * rollover counter that was told, inherited or tried; and what happens when it is lost.
 */
#include "bed.h"

#define SSRC 0x00ab0012
#define INDEX(roc, seq) ((uint64_t)(roc) << 16 | (seq))

/* Receives as many packets in a burst as fit. */
static uint64_t receive(struct bed *bed, struct side *side, struct packet *packets, unsigned n)
{
	burst_clear(bed);
	for (unsigned i = 0; i < n; i++)
		burst_add(bed, side, &packets[i]);
	return burst_unprotect(bed, SOTTO_SRTP);
}

/* What a sender that stands there makes of a sequence number. */
static void sent_from(struct bed *bed, struct call *call, struct packet *packet, uint64_t index)
{
	side_preset(&call->tx, SSRC, index);
	sent_rtp(bed, call, packet, (uint16_t)index, SSRC);
}

/* A receiver that inherited where its stream stands: the next is that index. */
static struct call *call_inherited(
	struct bed *bed, const char *suite, uint64_t next, bool try_roc_zero)
{
	const struct sotto_srtp_shape shape = {.try_roc_zero = try_roc_zero};
	struct call *old = call_open(bed, suite, 1);
	struct call *new = call_open(bed, suite, 2);

	side_preset(&old->rx, SSRC, next);
	side_reshape(&new->rx, &shape);
	sotto_srtp_streams_inherit(new->rx.streams, old->rx.streams, false);
	ck_assert_uint_eq(new->rx.slot[0].rtp.next, next);
	call_close(old);
	return new;
}

/* ST-18: a context begins with the rollover counter that it was told, on both ends. */
START_TEST(st_18_roc_as_told)
{
	static const uint32_t rocs[] = {0, 1, 7, 0x89abcdef, 0xffffffff};
	struct bed *bed = bed_open(_i);

	for (unsigned r = 0; r < 5; r++) {
		const struct sotto_srtp_shape shape = {.roc = rocs[r]};
		struct call *call = call_open(bed, SUITE_80, 1);
		struct packet packet, want;

		sent_from(bed, call, &want, INDEX(rocs[r], 1000));
		side_reshape(&call->tx, &shape);
		side_reshape(&call->rx, &shape);
		sent_rtp(bed, call, &packet, 1000, SSRC);
		ck_assert(packet_equal(&packet, &want));
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(rocs[r], 1001));
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* ST-18: otherwise a stream that begins anew is not understood, and nobody guesses. */
START_TEST(st_18_roc_zero_only_when_told)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_inherited(bed, SUITE_80, INDEX(3, 40000), false);
	struct snapshot before = snapshot_take(&call->rx);
	struct packet packet;

	for (uint16_t seq = 0; seq < 300; seq++) {
		sent_rtp(bed, call, &packet, seq, SSRC);
		ck_assert_uint_ne(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	}
	ck_assert(snapshot_same(&before, &call->rx));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Where a stream may begin anew it does so with its first packet, wherever it stood. */
START_TEST(roc_zero_is_adopted)
{
	static const uint64_t stood[] = {INDEX(3, 40000), INDEX(1, 0), INDEX(0, 60000),
		INDEX(7, 105), INDEX(0xffffffff, 65535), INDEX(2, 100), INDEX(2, 101)};
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		for (unsigned k = 0; k < sizeof(stood) / sizeof(stood[0]); k++) {
			struct call *call = call_inherited(bed, layout_names[s], stood[k], true);
			struct packet packet;

			for (uint16_t seq = 100; seq < 400; seq += 3) {
				sent_rtp(bed, call, &packet, seq, SSRC);
				ck_assert_uint_eq(
					unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP),
					SOTTO_OK);
			}
			ck_assert_uint_eq(call->rx.slot[0].rtp.next, 398);
			ck_assert_uint_eq(call->rx.slot[0].expected, 0);
			ck_assert_uint_eq(call->rx.streams->roc_tries, SOTTO_SRTP_ROC_TRIES - 1);
			call_close(call);
		}
	}
	bed_close(bed);
}
END_TEST

/* The first packets of the stream that begins anew may come in one burst. */
START_TEST(roc_zero_is_adopted_in_one_burst)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_inherited(bed, layout_names[s], INDEX(3, 40000), true);
		struct packet packets[8];

		for (unsigned i = 0; i < 8; i++)
			sent_rtp(bed, call, &packets[i], (uint16_t)(100 + i), SSRC);
		packets[7] = packets[2];
		ck_assert_uint_eq(receive(bed, &call->rx, packets, 8), 0x7f);
		ck_assert_uint_eq(burst_verdict(bed, 7), SOTTO_DROP_REPLAY);
		ck_assert_uint_eq(call->rx.slot[0].rtp.next, 107);
		ck_assert_uint_eq(call->rx.slot[0].packets, 7);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* A stream that goes on where it stood does so as if nothing was allowed. */
START_TEST(going_on_costs_no_try)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_inherited(bed, SUITE_80, INDEX(3, 65530), true);
	struct packet packet;

	side_preset(&call->tx, SSRC, INDEX(3, 65530));
	for (unsigned k = 0; k < 20; k++) {
		sent_rtp(bed, call, &packet, (uint16_t)(65530 + k), SSRC);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	}
	ck_assert_uint_eq(call->rx.streams->roc_tries, SOTTO_SRTP_ROC_TRIES);
	ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(4, 14));
	call_close(call);
	bed_close(bed);
}
END_TEST

/* After one packet was taken the stream stands where it stands. */
START_TEST(roc_zero_never_after_a_packet)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_inherited(bed, SUITE_80, INDEX(3, 40000), true);
	struct snapshot before;
	struct packet packets[2];

	sent_from(bed, call, &packets[0], INDEX(3, 40000));
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packets[0], SOTTO_SRTP), SOTTO_OK);
	side_reset(&call->tx);
	before = snapshot_take(&call->rx);
	for (uint16_t seq = 0; seq < 100; seq++) {
		sent_rtp(bed, call, &packets[0], seq, SSRC);
		ck_assert_uint_ne(unprotect_one(bed, &call->rx, &packets[0], SOTTO_SRTP), SOTTO_OK);
	}
	ck_assert(snapshot_same(&before, &call->rx));
	call_close(call);
	/* the same when that packet stands in the same burst, before or behind */
	for (unsigned first = 0; first < 2; first++) {
		call = call_inherited(bed, SUITE_80, INDEX(3, 40000), true);
		sent_from(bed, call, &packets[first], INDEX(3, 40000));
		side_reset(&call->tx);
		sent_rtp(bed, call, &packets[1 - first], 100, SSRC);
		ck_assert_uint_eq(receive(bed, &call->rx, packets, 2), 1u << first);
		ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(3, 40001));
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Forged packets may use the tries up, and cannot do more; the stream goes on where it stood. */
START_TEST(roc_zero_is_tried_so_often)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_inherited(bed, SUITE_80, INDEX(3, 40000), true);
	struct packet packet, forged;

	sent_rtp(bed, call, &packet, 100, SSRC);
	for (unsigned k = 0; k < SOTTO_SRTP_ROC_TRIES; k++) {
		ck_assert_uint_eq(call->rx.streams->roc_tries, SOTTO_SRTP_ROC_TRIES - k);
		forged = packet;
		forged.bytes[20] ^= 1;
		ck_assert_uint_eq(
			unprotect_one(bed, &call->rx, &forged, SOTTO_SRTP), SOTTO_DROP_AUTH);
		ck_assert_uint_eq(call->rx.slot[0].expected, 1);
		ck_assert_uint_eq(call->rx.slot[0].rtp.next, INDEX(3, 40000));
	}
	ck_assert_uint_eq(call->rx.streams->roc_tries, 0);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_AUTH);
	sent_from(bed, call, &packet, INDEX(3, 40000));
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A burst of forged packets cannot use more tries than there are. */
START_TEST(roc_zero_tries_end_in_a_burst)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_inherited(bed, "AEAD_AES_128_GCM", INDEX(3, 40000), true);
	struct packet good, packets[SOTTO_BURST];

	sent_rtp(bed, call, &good, 100, SSRC);
	call->rx.streams->roc_tries = 10;
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		packets[i] = good;
		packets[i].bytes[20] ^= i == 9 ? 0 : 1;
	}
	ck_assert_uint_eq(receive(bed, &call->rx, packets, SOTTO_BURST), 1 << 9);
	ck_assert_uint_eq(call->rx.streams->roc_tries, 0);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* So many packets are lost in a row behind that index: does the stream go on? */
static bool goes_on(struct bed *bed, struct call *call, uint64_t from, uint32_t lost)
{
	struct packet packet;

	side_reset(&call->rx);
	side_preset(&call->rx, SSRC, from + 1);
	for (unsigned k = 0; k < 50; k++) {
		sent_from(bed, call, &packet, from + lost + 1 + k);
		if (unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP) == SOTTO_OK)
			return call->rx.slot[0].rtp.next == from + lost + 2 + k;
	}
	return false;
}

/*
 * ST-07: a loss of up to 2^15 - 1 packets is survived, where appendix A decides the tie for the
 * stream (in the lower half of the numbers); beyond, synchronisation is lost, which shows as a row
 * of packets dropped, until control sets where the stream stands.
 */
START_TEST(st_07_long_loss)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);

	for (unsigned k = 0; k < 4; k++) {
		uint64_t from = INDEX(7, k * 20000);

		ck_assert(goes_on(bed, call, from, 0));
		ck_assert(goes_on(bed, call, from, 32766));
		ck_assert_int_eq(goes_on(bed, call, from, 32767), k < 2);
		ck_assert(!goes_on(bed, call, from, 32768 + 50));
		ck_assert(!goes_on(bed, call, from, 65536));
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* ST-07: what control does then: new streams under the same key, moved to where the sender is. */
START_TEST(st_07_recovered_by_preset)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	const struct sotto_srtp_preset preset = {.ssrc = SSRC, .next_rtp = INDEX(9, 0)};
	struct packet packet, as_sent;

	side_preset(&call->rx, SSRC, INDEX(7, 1000));
	sent_from(bed, call, &packet, INDEX(9, 50));
	as_sent = packet;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_DROP_OLD);
	side_reset(&call->rx);
	side_preset(&call->rx, SSRC, INDEX(7, 1000));
	ck_assert_int_eq(sotto_srtp_streams_preset(call->rx.streams, &preset), 0);
	packet = as_sent;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* ST-16: same key, same SSRC, but the numbers begin again: replay until a re-key. */
START_TEST(st_16_restart_under_the_same_key)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct snapshot before;
	struct packet packet;

	for (uint16_t seq = 0; seq < 200; seq++) {
		sent_rtp(bed, call, &packet, seq, SSRC);
		unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP);
	}
	side_reset(&call->tx);
	before = snapshot_take(&call->rx);
	for (uint16_t seq = 0; seq < 200; seq++) {
		sent_rtp(bed, call, &packet, seq, SSRC);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP),
			seq < 200 - WINDOW ? SOTTO_DROP_OLD : SOTTO_DROP_REPLAY);
	}
	ck_assert(snapshot_same(&before, &call->rx));
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {st_18_roc_as_told, st_18_roc_zero_only_when_told,
		roc_zero_is_adopted, roc_zero_is_adopted_in_one_burst, going_on_costs_no_try,
		roc_zero_never_after_a_packet, roc_zero_is_tried_so_often,
		roc_zero_tries_end_in_a_burst, st_07_long_loss, st_07_recovered_by_preset,
		st_16_restart_under_the_same_key};

	return bed_main("srtp_roc", tests, sizeof(tests) / sizeof(tests[0]));
}
