/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The time after a re-key (RFC 3711, 3.3.1 and 9.1): what is late and came under the key before is
 * taken for a while, once, and teaches the new streams nothing.
 */
#include "bed.h"

#define SSRC 0x0e1de
#define UNTIL 5000000 /* microseconds */

/* A receiver that was given a new key; sender and receiver of the old one. */
struct rekey {
	struct bed *bed;
	struct call *old;
	struct call *new;
	struct sotto_srtp_previous previous;
	struct packet late[2][8]; /* sent under the old key, not received; by kind */
};

static void sent(struct rekey *rekey, struct call *call, struct packet *packet,
	enum sotto_srtp_kind kind, uint16_t seq)
{
	if (kind == SOTTO_SRTP)
		sent_rtp(rekey->bed, call, packet, seq, SSRC);
	else
		sent_rtcp(rekey->bed, call, packet, SSRC);
}

static void rekey_open(struct rekey *rekey, int way, const char *before, const char *after)
{
	struct packet packet;

	memset(rekey, 0, sizeof(*rekey));
	rekey->bed = bed_open(way);
	rekey->old = call_open(rekey->bed, before, 1);
	rekey->new = call_open(rekey->bed, after, 2);
	for (unsigned kind = 0; kind < 2; kind++) {
		sent(rekey, rekey->old, &packet, kind, 100);
		unprotect_one(rekey->bed, &rekey->old->rx, &packet, kind);
		for (unsigned k = 0; k < 8; k++)
			sent(rekey, rekey->old, &rekey->late[kind][k], kind, (uint16_t)(101 + k));
	}
	sotto_srtp_streams_inherit(rekey->new->rx.streams, rekey->old->rx.streams, false);
	sotto_srtp_streams_inherit(rekey->new->tx.streams, rekey->old->tx.streams, true);
	rekey->previous.context = rekey->old->rx.context;
	rekey->previous.until_us = UNTIL;
	side_more(&rekey->new->rx)->previous = &rekey->previous;
	rekey->new->rx.more->late_only = 1;
}

static void rekey_close(struct rekey *rekey)
{
	call_close(rekey->old);
	call_close(rekey->new);
	bed_close(rekey->bed);
}

/* Receives one packet on the new context at that time. */
static enum sotto_verdict receive(
	struct rekey *rekey, struct packet *packet, enum sotto_srtp_kind kind, uint64_t now_us)
{
	burst_clear(rekey->bed);
	burst_add(rekey->bed, &rekey->new->rx, packet);
	rekey->bed->batch.now_us = now_us;
	burst_unprotect(rekey->bed, kind);
	return burst_verdict(rekey->bed, 0);
}

static void late_packet_passes(int way, const char *before, const char *after)
{
	for (unsigned kind = 0; kind < 2; kind++) {
		struct rekey rekey;

		rekey_open(&rekey, way, before, after);
		for (unsigned k = 0; k < 8; k++) {
			struct snapshot snapshot = snapshot_take(&rekey.new->rx);
			struct packet packet = rekey.late[kind][k], again = packet;
			enum sotto_verdict verdict = receive(&rekey, &packet, kind, UNTIL - 1);

			ck_assert_msg(verdict == SOTTO_OK, "%s to %s, kind %u: %s", before, after,
				kind, sotto_base_verdict_name(verdict));
			ck_assert_uint_eq(rekey.bed->batch.previous, 1);
			ck_assert_uint_eq(rekey.bed->batch.newest, 0);
			ck_assert_uint_eq(packet.len, kind == SOTTO_SRTP ? 172 : 52);
			ck_assert(snapshot_same(&snapshot, &rekey.new->rx));
			ck_assert_uint_ne(receive(&rekey, &again, kind, UNTIL - 1), SOTTO_OK);
			ck_assert_uint_eq(rekey.bed->batch.previous, 0);
			ck_assert(packet_equal(&again, &rekey.late[kind][k]));
		}
		rekey_close(&rekey);
	}
}

/* ST-19: whatever the suites, once, with no trace in the new streams. */
START_TEST(st_19_late_packet_passes_once)
{
	for (unsigned a = 0; a < LAYOUTS; a++)
		late_packet_passes(_i, layout_names[a], layout_names[a]);
}
END_TEST

/* The trailer of one layout read as the other's says anything, also a wrong E bit. */
START_TEST(st_19_late_packet_of_another_layout)
{
	for (unsigned a = 0; a < LAYOUTS; a++)
		for (unsigned b = 0; b < LAYOUTS; b++)
			late_packet_passes(_i, layout_names[a], layout_names[b]);
}
END_TEST

/* A short packet under a short tag has no room for the tag of the new suite. */
START_TEST(st_19_late_packet_that_is_short)
{
	struct rekey rekey;
	struct packet packet;

	rekey_open(&rekey, _i, SUITE_32, "AEAD_AES_256_GCM");
	packet_rtp(&packet, 120, SSRC, 1);
	protect_one(rekey.bed, &rekey.old->tx, &packet, SOTTO_SRTP);
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_OK);
	rekey_close(&rekey);
}
END_TEST

START_TEST(st_19_not_after_the_end)
{
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	for (unsigned kind = 0; kind < 2; kind++) {
		struct packet packet = rekey.late[kind][0];

		ck_assert_uint_eq(receive(&rekey, &packet, kind, UNTIL), SOTTO_DROP_AUTH);
		ck_assert_uint_eq(receive(&rekey, &packet, kind, UINT64_MAX), SOTTO_DROP_AUTH);
		ck_assert(packet_equal(&packet, &rekey.late[kind][0]));
		ck_assert_uint_eq(receive(&rekey, &packet, kind, UNTIL - 1), SOTTO_OK);
		packet = rekey.late[kind][1];
		ck_assert_uint_eq(receive(&rekey, &packet, kind, 0), SOTTO_OK); /* no clock */
		rekey.new->rx.more->previous = NULL;
		packet = rekey.late[kind][2];
		ck_assert_uint_eq(receive(&rekey, &packet, kind, 1), SOTTO_DROP_AUTH);
		rekey.new->rx.more->previous = &rekey.previous;
	}
	rekey_close(&rekey);
}
END_TEST

/* What the old streams have seen stays seen. */
START_TEST(duplicates_under_the_old_key)
{
	struct rekey rekey;
	struct packet seen, packet;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	seen = rekey.late[SOTTO_SRTP][3];
	packet = seen;
	ck_assert_uint_eq(unprotect_one(rekey.bed, &rekey.old->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	packet = seen;
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_DROP_AUTH);
	ck_assert(packet_equal(&packet, &seen));
	rekey_close(&rekey);
}
END_TEST

/* Eight copies of a late packet in one burst, beside new ones: the new are not disturbed. */
START_TEST(late_copies_in_one_burst)
{
	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct packet packets[16];
		struct rekey rekey;

		rekey_open(&rekey, _i, layout_names[s], layout_names[s]);
		burst_clear(rekey.bed);
		for (unsigned i = 0; i < 16; i++) {
			packets[i] = rekey.late[SOTTO_SRTP][0];
			if (i % 2)
				sent(&rekey, rekey.new, &packets[i], SOTTO_SRTP,
					(uint16_t)(110 + i));
		}
		burst_clear(rekey.bed);
		for (unsigned i = 0; i < 16; i++)
			burst_add(rekey.bed, &rekey.new->rx, &packets[i]);
		rekey.bed->batch.now_us = 1;
		ck_assert_uint_eq(burst_unprotect(rekey.bed, SOTTO_SRTP), 0xaaab);
		ck_assert_uint_eq(rekey.bed->batch.previous, 1);
		ck_assert_uint_eq(rekey.new->rx.slot[0].rtp.next, 126);
		ck_assert_uint_eq(rekey.new->rx.slot[0].packets, 2 + 8);
		rekey_close(&rekey);
	}
}
END_TEST

/* A late packet of an SSRC that only the old streams know binds nothing in the new ones. */
START_TEST(late_ssrc_is_not_learned)
{
	struct packet packet;
	struct snapshot before;
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	sent_rtp(rekey.bed, rekey.old, &packet, 7, SSRC + 1);
	before = snapshot_take(&rekey.new->rx);
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_OK);
	ck_assert_uint_eq(rekey.bed->batch.bound, 0);
	ck_assert(snapshot_same(&before, &rekey.new->rx));
	rekey_close(&rekey);
}
END_TEST

/* The old key's own lifetime and count go on. */
START_TEST(old_key_expires)
{
	struct packet packet;
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	rekey.old->rx.streams->use.limit[SOTTO_SRTP] = 2;
	sotto_srtp_streams_allot(rekey.old->rx.streams);
	packet = rekey.late[SOTTO_SRTP][0];
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_OK);
	ck_assert_uint_eq(side_used(&rekey.old->rx, SOTTO_SRTP), 2);
	packet = rekey.late[SOTTO_SRTP][1];
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_DROP_AUTH);
	ck_assert_uint_eq(side_used(&rekey.new->rx, SOTTO_SRTP), 0);
	rekey_close(&rekey);
}
END_TEST

/* A key before the key before: there is no third try. */
START_TEST(no_third_key)
{
	struct sotto_srtp_previous second;
	struct call *third;
	struct packet packet;
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	third = call_open(rekey.bed, SUITE_80, 3);
	second.context = rekey.new->rx.context;
	second.until_us = UNTIL;
	side_more(&third->rx)->previous = &second;
	packet = rekey.late[SOTTO_SRTP][0];
	burst_clear(rekey.bed);
	burst_add(rekey.bed, &third->rx, &packet);
	rekey.bed->batch.now_us = 1;
	ck_assert_uint_eq(burst_unprotect(rekey.bed, SOTTO_SRTP), 0);
	ck_assert_uint_eq(burst_verdict(rekey.bed, 0), SOTTO_DROP_AUTH);
	ck_assert(packet_equal(&packet, &rekey.late[SOTTO_SRTP][0]));
	call_close(third);
	rekey_close(&rekey);
}
END_TEST

/* Both keys with an MKI: the old one's is unknown to the new context, and found before. */
START_TEST(late_packet_by_mki)
{
	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct packet packet;
		struct rekey rekey;

		rekey_open(&rekey, _i, layout_names[s], layout_names[s]);
		call_set_mki(rekey.old, 2, 1);
		call_set_mki(rekey.new, 2, 2);
		rekey.previous.context = rekey.old->rx.context;
		for (unsigned kind = 0; kind < 2; kind++) {
			sent(&rekey, rekey.old, &packet, kind, 130);
			ck_assert_uint_eq(receive(&rekey, &packet, kind, 1), SOTTO_OK);
			ck_assert_uint_eq(rekey.bed->batch.previous, 1);
			sent(&rekey, rekey.new, &packet, kind, 131);
			ck_assert_uint_eq(receive(&rekey, &packet, kind, 1), SOTTO_OK);
			ck_assert_uint_eq(rekey.bed->batch.previous, 0);
			sent(&rekey, rekey.old, &packet, kind, 132);
			ck_assert_uint_eq(receive(&rekey, &packet, kind, UNTIL), SOTTO_DROP_MKI);
		}
		rekey_close(&rekey);
	}
}
END_TEST

/* Forged packets leave both contexts' streams as they were. */
START_TEST(forged_in_the_overlap)
{
	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct rekey rekey;

		rekey_open(&rekey, _i, layout_names[s], layout_names[s]);
		for (unsigned kind = 0; kind < 2; kind++) {
			struct snapshot new = snapshot_take(&rekey.new->rx);
			struct snapshot old = snapshot_take(&rekey.old->rx);

			for (unsigned k = 0; k < 100; k++) {
				struct packet packet = rekey.late[kind][k % 8], forged;

				packet.bytes[kind == SOTTO_SRTP ? 13 + k : 8 + k % 40] ^= 1;
				forged = packet;
				ck_assert_uint_eq(
					receive(&rekey, &packet, kind, 1), SOTTO_DROP_AUTH);
				ck_assert(packet_equal(&packet, &forged));
			}
			ck_assert(snapshot_same(&new, &rekey.new->rx));
			ck_assert(snapshot_same(&old, &rekey.old->rx));
		}
		rekey_close(&rekey);
	}
}
END_TEST

/*
 * A peer that goes on with the old key for a while, as one does whose answer is still on its way:
 * however fast it sends, nothing is lost, and nobody cries flood.
 */
START_TEST(st_19_fast_stream_goes_on_under_the_old_key)
{
	struct packet packet;
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	for (unsigned k = 0; k < 1000; k++) {
		sent(&rekey, rekey.old, &packet, SOTTO_SRTP, (uint16_t)(200 + k));
		ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1 + 900 * k), SOTTO_OK);
		ck_assert_uint_eq(rekey.bed->batch.flooded, 0);
	}
	rekey_close(&rekey);
}
END_TEST

/* In the overlap a flood of forged packets has an end under both keys. */
START_TEST(ov_01_flood_in_the_overlap)
{
	unsigned told = 0, untried = 0;
	struct packet packet;
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	for (unsigned k = 0; k < 1000; k++) {
		packet = rekey.late[SOTTO_SRTP][0];
		packet.bytes[2] = (uint8_t)(10 + k % 100);
		receive(&rekey, &packet, SOTTO_SRTP, 1 + k);
		told += rekey.bed->batch.flooded != 0;
		untried += burst_verdict(rekey.bed, 0) == SOTTO_DROP_FLOOD;
	}
	ck_assert_uint_eq(told, 1);
	ck_assert_uint_eq(untried, 1000 - SOTTO_SRTP_FLOOD_BUDGET - 1);
	ck_assert_uint_eq(rekey.old->rx.streams->flooded, 1);
	packet = rekey.late[SOTTO_SRTP][0];
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 2), SOTTO_OK);
	rekey_close(&rekey);
}
END_TEST

/* What is late does not use up the tries that a stream has which begins anew with the new key. */
START_TEST(st_18_late_packets_cost_no_try)
{
	static const struct sotto_srtp_shape shape = {.try_roc_zero = true};
	struct packet packet;
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	side_preset(&rekey.old->tx, SSRC, 0x30000);
	side_preset(&rekey.old->rx, SSRC, 0x30000);
	side_reshape(&rekey.new->rx, &shape);
	sotto_srtp_streams_inherit(rekey.new->rx.streams, rekey.old->rx.streams, false);
	for (unsigned k = 0; k < 2 * SOTTO_SRTP_ROC_TRIES; k++) {
		sent(&rekey, rekey.old, &packet, SOTTO_SRTP, (uint16_t)k);
		ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_OK);
	}
	ck_assert_uint_eq(rekey.new->rx.streams->roc_tries, SOTTO_SRTP_ROC_TRIES);
	side_reset(&rekey.new->tx);
	sent(&rekey, rekey.new, &packet, SOTTO_SRTP, 2 * SOTTO_SRTP_ROC_TRIES);
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_OK);
	ck_assert_uint_eq(rekey.new->rx.slot[0].rtp.next, 2 * SOTTO_SRTP_ROC_TRIES + 1);
	rekey_close(&rekey);
}
END_TEST

/* ST-17: after a re-key the rollover counter goes on, the SRTCP index ahead, both ways. */
START_TEST(st_17_rekey_keeps_the_rollover_counter)
{
	struct packet packet;
	struct rekey rekey;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	side_preset(&rekey.old->tx, SSRC, 0x30000 + 65530);
	side_preset(&rekey.old->rx, SSRC, 0x30000 + 65530);
	side_reset(&rekey.new->tx);
	side_reset(&rekey.new->rx);
	sotto_srtp_streams_inherit(rekey.new->tx.streams, rekey.old->tx.streams, true);
	sotto_srtp_streams_inherit(rekey.new->rx.streams, rekey.old->rx.streams, false);
	for (unsigned k = 0; k < 12; k++) {
		sent(&rekey, rekey.new, &packet, SOTTO_SRTP, (uint16_t)(65530 + k));
		ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTP, 1), SOTTO_OK);
	}
	ck_assert_uint_eq(rekey.new->rx.slot[0].rtp.next, 0x40006);
	ck_assert_uint_eq(rekey.new->tx.slot[0].rtp.next, 0x40006);
	ck_assert_uint_eq(rekey.new->rx.slot[0].expected, 0);
	sent(&rekey, rekey.new, &packet, SOTTO_SRTCP, 0);
	ck_assert_uint_eq(receive(&rekey, &packet, SOTTO_SRTCP, 1), SOTTO_OK);
	rekey_close(&rekey);
}
END_TEST

/*
 * A copy of a plain packet that was sent under the old key, also one that was sent after control
 * looked, is none for the new key; what was not sent before goes out, in whatever order.
 */
START_TEST(sender_goes_on_where_it_was)
{
	struct rekey rekey;
	struct packet packet;

	rekey_open(&rekey, _i, SUITE_80, SUITE_80);
	rekey.new->tx.streams->before = rekey.old->tx.streams;
	sent_rtp(rekey.bed, rekey.old, &packet, 110, SSRC);
	packet_rtp(&packet, 110, SSRC, 100);
	ck_assert_uint_eq(
		protect_one(rekey.bed, &rekey.new->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_REUSE);
	for (uint16_t seq = 100; seq <= 108; seq++) {
		packet_rtp(&packet, seq, SSRC, 100);
		ck_assert_uint_eq(protect_one(rekey.bed, &rekey.new->tx, &packet, SOTTO_SRTP),
			SOTTO_DROP_SEND_REUSE);
	}
	sent_rtp(rekey.bed, rekey.new, &packet, 109, SSRC);
	sent_rtp(rekey.bed, rekey.new, &packet, 111, SSRC);
	rekey_close(&rekey);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sender_goes_on_where_it_was, st_19_late_packet_passes_once,
		st_19_late_packet_of_another_layout, st_19_late_packet_that_is_short,
		st_19_not_after_the_end, duplicates_under_the_old_key, late_copies_in_one_burst,
		late_ssrc_is_not_learned, old_key_expires, no_third_key, late_packet_by_mki,
		forged_in_the_overlap, st_19_fast_stream_goes_on_under_the_old_key,
		ov_01_flood_in_the_overlap, st_18_late_packets_cost_no_try,
		st_17_rekey_keeps_the_rollover_counter};

	return bed_main("srtp_previous", tests, sizeof(tests) / sizeof(tests[0]));
}
