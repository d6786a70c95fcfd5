/* SPDX-License-Identifier: BSD-3-Clause */
/* A master key's lifetime (RFC 3711, 9.2; RFC 4568, 6.1): told at 90 %, then stopped, exactly. */
#include "bed.h"

#define SSRC 0x0011fe00
#define LIFETIME 20
#define WORN 18 /* the packet that brings it to 90 % */

static struct call *call_of_shape(struct bed *bed, const struct sotto_srtp_shape *shape)
{
	struct call *call = call_open(bed, SUITE_80, 1);

	side_reshape(&call->tx, shape);
	side_reshape(&call->rx, shape);
	return call;
}

static struct call *call_mortal(struct bed *bed, uint64_t tx, uint64_t rx)
{
	const struct sotto_srtp_shape shape = {.lifetime = rx};
	struct call *call = call_of_shape(bed, &(struct sotto_srtp_shape){.lifetime = tx});

	side_reshape(&call->rx, &shape);
	return call;
}

/* Packet k of a direction: SSRCs in turn. */
static void plain_make(struct packet *packet, enum sotto_srtp_kind kind, unsigned k)
{
	if (kind == SOTTO_SRTP)
		packet_rtp(packet, (uint16_t)(k / 3), SSRC + k % 3, 50);
	else
		packet_rtcp(packet, SSRC + k % 3, 52);
}

/* What the burst of one said beside its verdict. */
static void check_told(const struct bed *bed, unsigned k)
{
	ck_assert_msg(bed->batch.worn == (k + 1 == WORN), "worn: packet %u", k + 1);
	ck_assert_msg(bed->batch.expired == (k == LIFETIME), "expired: packet %u", k + 1);
}

static void send_to_the_end(struct bed *bed, struct call *call, enum sotto_srtp_kind kind)
{
	for (unsigned k = 0; k < LIFETIME + 5; k++) {
		struct packet packet, as_given;
		enum sotto_verdict verdict;

		plain_make(&packet, kind, k);
		as_given = packet;
		verdict = protect_one(bed, &call->tx, &packet, kind);
		ck_assert_uint_eq(verdict, k < LIFETIME ? SOTTO_OK : SOTTO_DROP_SEND_EXPIRED);
		check_told(bed, k);
		if (k >= LIFETIME)
			ck_assert(packet_equal(&packet, &as_given));
	}
	ck_assert_uint_eq(side_used(&call->tx, kind), LIFETIME);
}

/* ST-12: over all SSRCs; SRTP and SRTCP are counted apart. */
START_TEST(st_12_sender_stops)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_mortal(bed, LIFETIME, 0);

	send_to_the_end(bed, call, SOTTO_SRTP);
	ck_assert_uint_eq(side_used(&call->tx, SOTTO_SRTCP), 0);
	send_to_the_end(bed, call, SOTTO_SRTCP);
	ck_assert_uint_eq(side_used(&call->tx, SOTTO_SRTP), LIFETIME);
	call_close(call);
	bed_close(bed);
}
END_TEST

static void receive_to_the_end(struct bed *bed, struct call *call, enum sotto_srtp_kind kind)
{
	for (unsigned k = 0; k < LIFETIME + 5; k++) {
		struct packet packet, as_sent, forged, again;

		plain_make(&packet, kind, k);
		protect_one(bed, &call->tx, &packet, kind);
		as_sent = again = forged = packet;
		forged.bytes[forged.len - 1] ^= 1;
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &forged, kind), SOTTO_DROP_AUTH);
		ck_assert_uint_eq(bed->batch.worn | bed->batch.expired, 0);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind),
			k < LIFETIME ? SOTTO_OK : SOTTO_DROP_KEY_EXPIRED);
		check_told(bed, k);
		if (k >= LIFETIME)
			ck_assert(packet_equal(&packet, &as_sent));
		else
			ck_assert_uint_eq(
				unprotect_one(bed, &call->rx, &again, kind), SOTTO_DROP_REPLAY);
	}
	ck_assert_uint_eq(side_used(&call->rx, kind), LIFETIME);
}

/* The same for what comes in; neither forged packets nor copies count. */
START_TEST(st_12_receiver_stops)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_mortal(bed, 0, LIFETIME);

	receive_to_the_end(bed, call, SOTTO_SRTP);
	ck_assert_uint_eq(side_used(&call->rx, SOTTO_SRTCP), 0);
	receive_to_the_end(bed, call, SOTTO_SRTCP);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* The end within a burst: neither one more nor one less. */
static void stops_in_a_burst(struct bed *bed, const char *suite, unsigned lifetime)
{
	const struct sotto_srtp_shape shape = {.lifetime = lifetime};
	unsigned mark = lifetime - lifetime / 10;
	uint64_t want = (1ull << lifetime) - 1;
	struct call *call = call_open(bed, suite, 1);
	struct packet packets[SOTTO_BURST], plain[SOTTO_BURST], as_sent[SOTTO_BURST];

	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		plain_make(&plain[i], SOTTO_SRTP, i);
		packets[i] = plain[i];
		burst_add(bed, &call->tx, &packets[i]);
	}
	ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), ~0ull);
	memcpy(as_sent, packets, sizeof(as_sent));
	side_reshape(&call->rx, &shape);
	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		burst_add(bed, &call->rx, &packets[i]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), want);
	ck_assert_uint_eq(bed->batch.worn, 1ull << (mark - 1));
	ck_assert_uint_eq(bed->batch.expired, 1ull << lifetime);
	for (unsigned i = lifetime; i < SOTTO_BURST; i++)
		ck_assert(packet_equal(&packets[i], &as_sent[i]));
	side_reshape(&call->tx, &shape);
	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		burst_add(bed, &call->tx, &plain[i]);
	ck_assert_uint_eq(burst_protect(bed, SOTTO_SRTP), want);
	ck_assert_uint_eq(bed->batch.worn, 1ull << (mark - 1));
	ck_assert_uint_eq(bed->batch.expired, 1ull << lifetime);
	call_close(call);
}

START_TEST(st_12_stops_in_a_burst)
{
	static const unsigned lifetimes[] = {1, 2, 9, 10, 11, 20, 63};
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++)
		for (unsigned k = 0; k < sizeof(lifetimes) / sizeof(lifetimes[0]); k++)
			stops_in_a_burst(bed, layout_names[s], lifetimes[k]);
	bed_close(bed);
}
END_TEST

/* The lifetime of RFC 4568's example, its counter moved on to where it matters. */
START_TEST(st_12_lifetime_of_2_to_the_20)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_mortal(bed, 1u << 20, 1u << 20);
	struct packet packet;

	/* 943,718 are less than 90 % of it */
	side_pretend_used(&call->tx, SOTTO_SRTP, 943718);
	side_pretend_used(&call->rx, SOTTO_SRTP, 943718);
	sent_rtp(bed, call, &packet, 1, SSRC);
	ck_assert_uint_eq(bed->batch.worn, 1);
	unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP);
	ck_assert_uint_eq(bed->batch.worn, 1);
	side_pretend_used(&call->tx, SOTTO_SRTP, (1u << 20) - 1);
	side_pretend_used(&call->rx, SOTTO_SRTP, (1u << 20) - 1);
	sent_rtp(bed, call, &packet, 2, SSRC);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	packet_rtp(&packet, 3, SSRC, 50);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_EXPIRED);
	ck_assert_uint_eq(bed->batch.expired, 1);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* Without a lifetime, and with one beyond, the key ends where RFC 3711, 9.2 has it. */
START_TEST(limits_of_the_rfc)
{
	static const uint64_t lifetimes[] = {0, SOTTO_INDEX_END, UINT64_MAX};
	struct sotto_key_use use;

	for (unsigned k = 0; k < 3; k++) {
		sotto_srtp_use_init(&use, lifetimes[k]);
		ck_assert_uint_eq(use.limit[SOTTO_SRTP], 1ull << 48);
		ck_assert_uint_eq(use.limit[SOTTO_SRTCP], 1ull << 31);
		ck_assert_uint_eq(use.packets[SOTTO_SRTP] | use.packets[SOTTO_SRTCP], 0);
	}
	sotto_srtp_use_init(&use, 1ull << 40);
	ck_assert_uint_eq(use.limit[SOTTO_SRTP], 1ull << 40);
	ck_assert_uint_eq(use.limit[SOTTO_SRTCP], 1ull << 31);
}
END_TEST

/* ST-11 as a count: 2^48 packets under one key and no more, whatever the SSRC. */
START_TEST(st_11_as_many_packets_as_there_are)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, SUITE_80, 1);
	struct packet packet;

	side_pretend_used(&call->tx, SOTTO_SRTP, (1ull << 48) - 1);
	sent_rtp(bed, call, &packet, 1, SSRC);
	packet_rtp(&packet, 1, SSRC + 1, 50);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_DROP_SEND_EXPIRED);
	side_pretend_used(&call->tx, SOTTO_SRTCP, (1ull << 31) - 1);
	sent_rtcp(bed, call, &packet, SSRC);
	packet_rtcp(&packet, SSRC + 1, 52);
	ck_assert_uint_eq(
		protect_one(bed, &call->tx, &packet, SOTTO_SRTCP), SOTTO_DROP_SEND_EXPIRED);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* What is refused for another reason is not counted. */
START_TEST(refused_packets_do_not_count)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_mortal(bed, LIFETIME, 0);
	struct packet packet;

	for (unsigned k = 0; k < 2 * LIFETIME; k++) {
		sent_rtcp(bed, call, &packet, SSRC);
		if (k == 0)
			sent_rtp(bed, call, &packet, 7, SSRC);
		packet_rtp(&packet, 7, SSRC, 50);
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP); /* used before */
		packet.len = 11;
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP); /* no header */
		burst_clear(bed);
		packet_rtp(&packet, 9, SSRC, 50);
		burst_add(bed, &call->tx, &packet);
		bed->batch.room[0] = packet.len; /* no room */
		burst_protect(bed, SOTTO_SRTP);
		side_pretend_used(&call->tx, SOTTO_SRTCP, 0);
	}
	ck_assert_uint_eq(side_used(&call->tx, SOTTO_SRTP), 1);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* However unevenly the SSRCs send: the mark is told once, and what is left is shared to the end. */
static void share(struct bed *bed, unsigned slots, unsigned often, bool special)
{
	enum {
		LIFE = 700,
		MARK = LIFE - LIFE / 10
	};
	const struct sotto_srtp_shape shape = {.lifetime = LIFE, .count = slots};
	struct call *call = call_of_shape(bed, &shape);
	uint16_t seq[SIDE_SLOTS] = {0};

	if (special)
		call_set_mki(call, 2, 7);
	for (unsigned k = 0; k < LIFE + 3; k++) {
		/* the first SSRC all but every often-th time, the others then in turn */
		unsigned n = k % often == 0 ? k / often % slots : 0;
		struct packet packet;

		packet_rtp(&packet, seq[n]++, SSRC + n, 20);
		ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP),
			k < LIFE ? SOTTO_OK : SOTTO_DROP_SEND_EXPIRED);
		ck_assert_uint_eq(bed->batch.worn, k + 1 == MARK);
		ck_assert_uint_eq(bed->batch.expired, k == LIFE);
		if (k >= LIFE)
			continue;
		ck_assert_uint_eq(side_used(&call->tx, SOTTO_SRTP), k + 1);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(bed->batch.worn, k + 1 == MARK);
		ck_assert_uint_eq(side_used(&call->rx, SOTTO_SRTP), k + 1);
	}
	call_close(call);
}

START_TEST(st_12_streams_share_what_is_left)
{
	static const unsigned slots[] = {1, 2, 7, SIDE_SLOTS}, often[] = {1, 7, 100};
	struct bed *bed = bed_open(_i);

	for (unsigned n = 0; n < sizeof(slots) / sizeof(slots[0]); n++)
		for (unsigned k = 0; k < sizeof(often) / sizeof(often[0]); k++)
			share(bed, slots[n], often[k], (n + k) % 2 == 1);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {st_12_sender_stops, st_12_receiver_stops,
		st_12_stops_in_a_burst, st_12_streams_share_what_is_left,
		st_12_lifetime_of_2_to_the_20, limits_of_the_rfc,
		st_11_as_many_packets_as_there_are, refused_packets_do_not_count};

	return bed_main("srtp_lifetime", tests, sizeof(tests) / sizeof(tests[0]));
}
