/* SPDX-License-Identifier: BSD-3-Clause */
/* Cryptex (RFC 9335): CSRCs and header extension encrypted with the payload, or refused. */
#include "bed.h"

#include "base/bytes.h"

#define SSRC 0x00c0de77

static struct call *call_cryptex(struct bed *bed, const char *suite)
{
	struct call *call = call_open(bed, suite, 1);

	call_set_cryptex(call);
	return call;
}

/* A packet with such a profile; the extension's words are 0x77, 0x78, ... */
static void packet_make(struct packet *packet, uint16_t seq, unsigned csrc, int words,
	uint16_t profile, uint32_t payload)
{
	struct shape shape = {
		.csrc = csrc, .extension = words, .payload = payload, .first_byte = 0x40};

	packet_rtp_shaped(packet, seq, SSRC, &shape);
	if (words >= 0)
		sotto_base_put16(packet->bytes + 12 + 4 * csrc, profile);
}

/* What stays readable: the fixed header, and the extension's, under the profile that tells. */
static void check_hidden(const struct packet *plain, const struct packet *sent, unsigned csrc)
{
	const uint8_t *was = plain->bytes + 12 + 4 * csrc, *is = sent->bytes + 12 + 4 * csrc;
	uint16_t profile = sotto_base_get16(was);

	ck_assert_mem_eq(sent->bytes, plain->bytes, 12);
	ck_assert_uint_eq(sotto_base_get16(is), profile == 0xbede ? 0xc0de : 0xc2de);
	ck_assert_mem_eq(is + 2, was + 2, 2);
	if (csrc >= 2)
		ck_assert_mem_ne(sent->bytes + 12, plain->bytes + 12, 4 * csrc);
	if (sotto_base_get16(was + 2) >= 2)
		ck_assert_mem_ne(is + 4, was + 4, 4u * sotto_base_get16(was + 2));
}

static void there_and_back(struct bed *bed, struct call *call, unsigned k)
{
	static const int words[] = {0, 1, 2, 17};
	static const uint32_t payloads[] = {0, 1, 16, 160};
	unsigned csrc = k / 32 % 16;
	struct packet plain, packet;

	packet_make(&plain, (uint16_t)k, csrc, words[k / 8 % 4], k & 1 ? 0xbede : 0x1000,
		payloads[k / 2 % 4]);
	packet = plain;
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(packet.len, plain.len + call->suite->tag_len);
	ck_assert(packet_guarded(&packet, packet.len));
	if (call->suite->cipher != SOTTO_CIPHER_NONE)
		check_hidden(&plain, &packet, csrc);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(packet.len, plain.len);
	ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
}

START_TEST(every_shape_there_and_back)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_cryptex(bed, suite_names[s]);

		for (unsigned k = 0; k < 512; k++)
			there_and_back(bed, call, k);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Packets with neither extension nor CSRC have nothing to hide, and are as without Cryptex. */
START_TEST(nothing_to_hide)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *with = call_cryptex(bed, layout_names[s]);
		struct call *without = call_open(bed, layout_names[s], 1);
		struct packet a, b;

		sent_rtp(bed, with, &a, 5, SSRC);
		sent_rtp(bed, without, &b, 5, SSRC);
		ck_assert(packet_equal(&a, &b));
		ck_assert_uint_eq(unprotect_one(bed, &with->rx, &a, SOTTO_SRTP), SOTTO_OK);
		call_close(with);
		call_close(without);
	}
	bed_close(bed);
}
END_TEST

/* Protects a packet that Cryptex cannot carry. */
static void refused(struct bed *bed, struct call *call, struct packet *packet)
{
	struct snapshot before = snapshot_take(&call->tx);
	struct packet as_given = *packet;

	ck_assert_uint_eq(protect_one(bed, &call->tx, packet, SOTTO_SRTP), SOTTO_DROP_EXTENSION);
	ck_assert(packet_equal(packet, &as_given));
	ck_assert(snapshot_same(&before, &call->tx));
}

/* ST-23: CSRCs need an extension to be announced by, and it must be one of RFC 8285. */
START_TEST(st_23_what_cannot_be_hidden)
{
	static const uint16_t profiles[] = {0, 0x1001, 0x100f, 0xbedf, 0xc0de, 0xc2de, 0xffff};
	struct bed *bed = bed_open(_i);
	struct call *call = call_cryptex(bed, SUITE_80);
	struct packet packet;

	for (unsigned csrc = 1; csrc < 16; csrc++) {
		packet_make(&packet, 5, csrc, -1, 0, 100);
		refused(bed, call, &packet);
	}
	for (unsigned p = 0; p < sizeof(profiles) / sizeof(profiles[0]); p++) {
		packet_make(&packet, 5, p % 3, 2, profiles[p], 100);
		refused(bed, call, &packet);
	}
	packet_make(&packet, 5, 1, 0, 0xbede, 100);
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* A hidden extension on a context that did not agree to it. */
START_TEST(hidden_but_not_agreed)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		for (unsigned k = 0; k < 4; k++) {
			struct call *call = call_cryptex(bed, layout_names[s]);
			struct snapshot before = snapshot_take(&call->rx);
			struct packet packet, as_sent;

			packet_make(&packet, 5, k, 2, k & 1 ? 0xbede : 0x1000, 30);
			protect_one(bed, &call->tx, &packet, SOTTO_SRTP);
			as_sent = packet;
			call->rx.more->cryptex = 0;
			if (k & 2)
				call->rx.context.more = NULL;
			ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP),
				SOTTO_DROP_EXTENSION);
			ck_assert(packet_equal(&packet, &as_sent));
			ck_assert(snapshot_same(&before, &call->rx));
			call_close(call);
		}
	}
	bed_close(bed);
}
END_TEST

/* A peer that did not hide its extension is understood all the same. */
START_TEST(agreed_but_not_hidden)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_cryptex(bed, layout_names[s]);
		struct packet packet, plain;

		call->tx.more->cryptex = 0;
		packet_make(&plain, 5, 2, 3, 0xbede, 30);
		packet = plain;
		protect_one(bed, &call->tx, &packet, SOTTO_SRTP);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Each bit is protected, and what does not pass comes back in its place. */
START_TEST(every_bit_counts)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_cryptex(bed, layout_names[s]);
		struct snapshot before = snapshot_take(&call->rx);
		struct packet good;

		packet_make(&good, 5, 3, 2, 0xbede, 9);
		protect_one(bed, &call->tx, &good, SOTTO_SRTP);
		for (uint32_t bit = 0; bit < 8 * good.len; bit++) {
			struct packet packet = good, changed;

			packet.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			changed = packet;
			ck_assert_uint_ne(
				unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
			ck_assert_msg(packet_equal(&packet, &changed), "bit %u", bit);
		}
		ck_assert(snapshot_same(&before, &call->rx));
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &good, SOTTO_SRTP), SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/*
 * An authentic packet whose extension reaches into its own tag: from a peer that has the key and
 * lies. Without the tag it would be shorter than its header.
 */
START_TEST(extension_that_covers_the_tag)
{
	struct bed *bed = bed_open(_i);

	for (unsigned words = 0; words <= 4; words++) {
		struct call *call = call_cryptex(bed, SUITE_80);
		struct packet packet, as_sent;

		packet_make(&packet, 5, 0, (int)words, 0xc0de, 0);
		packet.len = 16 + 4; /* what is signed; words 1 is all of it */
		sotto_base_put32(packet.bytes + packet.len, 0);
		sign(bed, call->tx.rtp, packet.bytes, packet.len + 4, packet.bytes + packet.len);
		packet.len += 10;
		as_sent = packet;
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP),
			words <= 1 ? SOTTO_OK
				   : (words <= 3 ? SOTTO_DROP_SHORT : SOTTO_DROP_RTP_HEADER));
		if (words > 1)
			ck_assert(packet_equal(&packet, &as_sent));
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* RFC 6904 agreed beside it: what is hidden as a whole is not encrypted once more. */
START_TEST(beside_encrypted_elements)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_cryptex(bed, layout_names[s]);
		struct sotto_master master;
		struct packet packet, plain;

		master_make(layout_names[s], 1, &master);
		side_add_header_key(bed, &call->tx, &master);
		side_add_header_key(bed, &call->rx, &master);
		call_set_element(call, 7);
		packet_make(&plain, 5, 2, 2, 0xbede, 50);
		plain.bytes[24] = 0x76; /* element 7, 7 bytes */
		packet = plain;
		ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(sotto_base_get16(packet.bytes + 20), 0xc0de);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
		ck_assert_uint_eq(packet.len, plain.len);
		ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_shape_there_and_back, nothing_to_hide,
		st_23_what_cannot_be_hidden, hidden_but_not_agreed, agreed_but_not_hidden,
		every_bit_counts, extension_that_covers_the_tag, beside_encrypted_elements};

	return bed_main("srtp_cryptex", tests, sizeof(tests) / sizeof(tests[0]));
}
