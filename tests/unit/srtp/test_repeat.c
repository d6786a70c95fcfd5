/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ST-24: a sender that may repeat itself does so with the same bytes only, so that no keystream
 * ever covers two different payloads (RFC 3711, 9.1).
 */
#include "bed.h"

#define SSRC 0x00e9ea70

static struct call *call_repeating(struct bed *bed, const char *suite, uint32_t window)
{
	const struct sotto_srtp_shape shape = {.window = window, .repeat = true};
	struct call *call = call_open(bed, suite, 1);

	side_reshape(&call->tx, &shape);
	return call;
}

/* Sends a plain packet that was sent before. */
static enum sotto_verdict again(
	struct bed *bed, struct call *call, const struct packet *plain, const struct packet *sent)
{
	struct packet packet = *plain;
	struct snapshot before = snapshot_take(&call->tx);
	enum sotto_verdict verdict = protect_one(bed, &call->tx, &packet, SOTTO_SRTP);

	if (verdict == SOTTO_OK)
		ck_assert(packet_equal(&packet, sent));
	ck_assert_uint_eq(bed->batch.bound | bed->batch.worn | bed->batch.expired, 0);
	ck_assert(snapshot_same(&before, &call->tx));
	return verdict;
}

START_TEST(st_24_identical_packet_identical_bytes)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_repeating(bed, suite_names[s], 1024);
		struct packet plain[40], sent[40];

		for (unsigned k = 0; k < 40; k++) {
			packet_rtp(&plain[k], (uint16_t)(65520 + k), SSRC, 7 * k);
			sent[k] = plain[k];
			protect_one(bed, &call->tx, &sent[k], SOTTO_SRTP);
		}
		for (unsigned round = 0; round < 2; round++)
			for (unsigned k = 0; k < 40; k++)
				ck_assert_uint_eq(again(bed, call, &plain[k], &sent[k]), SOTTO_OK);
		ck_assert_uint_eq(call->tx.slot[0].packets, 40);
		ck_assert_uint_eq(side_used(&call->tx, SOTTO_SRTP), 40);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Whatever bit differs, in header or payload, the packet is another. */
START_TEST(st_24_other_bytes_are_refused)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_repeating(bed, suite_names[s], 128);
		struct packet plain, sent, changed;

		packet_rtp(&plain, 100, SSRC, 24);
		sent = plain;
		protect_one(bed, &call->tx, &sent, SOTTO_SRTP);
		for (uint32_t bit = 8; bit < 8 * plain.len; bit++) {
			if (bit >= 16 && bit < 32)
				continue; /* the sequence number: another index */
			if (bit >= 64 && bit < 96)
				continue; /* the SSRC: another stream */
			changed = plain;
			changed.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			ck_assert_uint_eq(again(bed, call, &changed, &sent), SOTTO_DROP_SEND_REUSE);
		}
		changed = plain;
		changed.len--;
		ck_assert_uint_eq(again(bed, call, &changed, &sent), SOTTO_DROP_SEND_REUSE);
		changed.len += 2;
		ck_assert_uint_eq(again(bed, call, &changed, &sent), SOTTO_DROP_SEND_REUSE);
		ck_assert_uint_eq(again(bed, call, &plain, &sent), SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Without the permission nothing is repeated. */
START_TEST(st_24_not_allowed)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet plain, sent;

	packet_rtp(&plain, 100, SSRC, 24);
	sent = plain;
	protect_one(bed, &call->tx, &sent, SOTTO_SRTP);
	ck_assert_uint_eq(again(bed, call, &plain, &sent), SOTTO_DROP_SEND_REUSE);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* So far back tags are kept, and no further, although the window reaches further. */
START_TEST(as_far_back_as_tags_are_kept)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_repeating(bed, SUITE_80, 2048);
	static struct packet plain[SOTTO_SRTP_REPEATS + 10], sent[SOTTO_SRTP_REPEATS + 10];
	unsigned n = SOTTO_SRTP_REPEATS + 10;

	for (unsigned k = 0; k < n; k++) {
		packet_rtp(&plain[k], (uint16_t)(65300 + k), SSRC, 20);
		sent[k] = plain[k];
		protect_one(bed, &call->tx, &sent[k], SOTTO_SRTP);
	}
	for (unsigned k = 0; k < n; k++)
		ck_assert_uint_eq(again(bed, call, &plain[k], &sent[k]),
			k < 10 ? SOTTO_DROP_SEND_REUSE : SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Behind the window there is no repetition either. */
START_TEST(not_behind_the_window)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_repeating(bed, SUITE_80, 64);
	struct packet plain[2], sent[2], packet;

	for (unsigned k = 0; k < 2; k++) {
		packet_rtp(&plain[k], (uint16_t)(100 + k), SSRC, 20);
		sent[k] = plain[k];
		protect_one(bed, &call->tx, &sent[k], SOTTO_SRTP);
	}
	sent_rtp(bed, call, &packet, 100 + 64, SSRC);
	ck_assert_uint_eq(again(bed, call, &plain[0], &sent[0]), SOTTO_DROP_SEND_REUSE);
	ck_assert_uint_eq(again(bed, call, &plain[1], &sent[1]), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Original, repetition and impostor in one burst, in that order: the tag is there in time. */
START_TEST(st_24_within_one_burst)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_repeating(bed, suite_names[s], 128);
		struct packet packets[12];

		burst_clear(bed);
		for (unsigned i = 0; i < 12; i++) {
			packet_rtp(&packets[i], (uint16_t)(100 + i / 3), SSRC, 100);
			packets[i].bytes[60] ^= i % 3 == 2 ? 1 : 0;
			burst_add(bed, &call->tx, &packets[i]);
		}
		ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), 0x6db);
		for (unsigned i = 0; i < 12; i += 3) {
			ck_assert(packet_equal(&packets[i], &packets[i + 1]));
			ck_assert_uint_eq(burst_verdict(bed, i + 2), SOTTO_DROP_SEND_REUSE);
		}
		ck_assert_uint_eq(call->tx.slot[0].packets, 4);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Two SSRCs with one sequence number keep their tags apart. */
START_TEST(kept_per_ssrc)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_repeating(bed, "AEAD_AES_128_GCM", 128);
	struct packet plain[SIDE_SLOTS], sent[SIDE_SLOTS];

	for (uint32_t k = 0; k < SIDE_SLOTS; k++) {
		packet_rtp(&plain[k], 100, SSRC + k, 20 + k);
		sent[k] = plain[k];
		protect_one(bed, &call->tx, &sent[k], SOTTO_SRTP);
	}
	for (uint32_t k = 0; k < SIDE_SLOTS; k++)
		ck_assert_uint_eq(again(bed, call, &plain[k], &sent[k]), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* An index that counts as seen without a tag known of it is not sent. */
START_TEST(no_tag_no_repetition)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_repeating(bed, SUITE_80, 128);
	const struct sotto_srtp_preset preset = {.ssrc = SSRC, .next_rtp = 1000};
	struct packet plain;

	ck_assert_int_eq(sotto_srtp_streams_preset(call->tx.streams, &preset), 0);
	for (uint16_t seq = 1000 - 128; seq < 1000; seq++) {
		packet_rtp(&plain, seq, SSRC, 20);
		ck_assert_uint_eq(again(bed, call, &plain, &plain), SOTTO_DROP_SEND_REUSE);
	}
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Without tags a repetition cannot be told from another packet. */
START_TEST(never_without_tags)
{
	static const struct sotto_srtp_shape shape = {.repeat = true};
	struct bed *bed = bed_open(_i);
	struct sotto_master master;
	struct call *call;
	struct packet plain, sent;

	master_make(SUITE_80, 1, &master);
	master.modes = SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	call = call_open_shaped(bed, &master, &shape);
	packet_rtp(&plain, 100, SSRC, 24);
	sent = plain;
	ck_assert_uint_eq(protect_one(bed, &call->tx, &sent, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(again(bed, call, &plain, &sent), SOTTO_DROP_SEND_REUSE);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A late packet that takes a newer one's place among the tags does not let a wrong one pass. */
START_TEST(late_packet_among_the_tags)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_repeating(bed, SUITE_80, 2048);
	struct packet plain, sent, other, late;

	packet_rtp(&plain, 2000, SSRC, 24);
	sent = plain;
	protect_one(bed, &call->tx, &sent, SOTTO_SRTP);
	sent_rtp(bed, call, &late, 2000 - SOTTO_SRTP_REPEATS, SSRC);
	other = plain;
	other.bytes[20] ^= 1;
	ck_assert_uint_eq(again(bed, call, &other, &sent), SOTTO_DROP_SEND_REUSE);
	packet_rtp(&plain, 2000 - SOTTO_SRTP_REPEATS, SSRC, 160);
	ck_assert_uint_eq(again(bed, call, &plain, &late), SOTTO_DROP_SEND_REUSE);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* What was repeated is still one packet to the receiver. */
START_TEST(receiver_takes_it_once)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_repeating(bed, SUITE_80, 128);
	struct packet packets[2];

	for (unsigned k = 0; k < 2; k++) {
		packet_rtp(&packets[k], 100, SSRC, 24);
		ck_assert_uint_eq(protect_one(bed, &call->tx, &packets[k], SOTTO_SRTP), SOTTO_OK);
	}
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packets[0], SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(
		unprotect_one(bed, &call->rx, &packets[1], SOTTO_SRTP), SOTTO_DROP_REPLAY);
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {st_24_identical_packet_identical_bytes,
		st_24_other_bytes_are_refused, st_24_not_allowed, as_far_back_as_tags_are_kept,
		not_behind_the_window, st_24_within_one_burst, kept_per_ssrc, no_tag_no_repetition,
		never_without_tags, late_packet_among_the_tags, receiver_takes_it_once};

	return bed_main("srtp_repeat", tests, sizeof(tests) / sizeof(tests[0]));
}
