/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parts that are agreed to be off (RFC 4568, 6.3.2 and 6.3.3; RFC 7714, 9.3), the null cipher
 * (RFC 3711, 4.1.3), and what the E bit then has to be (3.4).
 */
#include "bed.h"

#include "base/bytes.h"

#define SSRC 0x00e0b170

static struct call *call_mode(struct bed *bed, const char *suite, uint8_t modes)
{
	struct sotto_master master;

	master_make(suite, 1, &master);
	master.modes = modes;
	return call_open_master(bed, &master);
}

static bool is_aead(const struct call *call)
{
	return call->suite->auth == SOTTO_AUTH_NONE;
}

static uint32_t index_at(const struct call *call, const struct packet *packet)
{
	return packet->len - (is_aead(call) ? 4 : 4 + RTCP_TAG_LEN);
}

/* Each bit of a packet is protected, whatever is encrypted. */
static void every_bit_counts(
	struct bed *bed, struct side *rx, const struct packet *sent, enum sotto_srtp_kind kind)
{
	struct snapshot before = snapshot_take(rx);

	for (uint32_t bit = 0; bit < 8 * sent->len; bit++) {
		struct packet packet = *sent, changed;

		packet.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		changed = packet;
		ck_assert_msg(unprotect_one(bed, rx, &packet, kind) != SOTTO_OK, "bit %u", bit);
		ck_assert(packet_equal(&packet, &changed));
	}
	ck_assert(snapshot_same(&before, rx));
}

/* The payload goes out as it came in, authenticated; and back. */
static void clear_payload(struct bed *bed, struct call *call, enum sotto_srtp_kind kind)
{
	struct packet plain, packet, received;
	uint32_t header = kind == SOTTO_SRTP ? 12 : 8;

	for (uint32_t size = 0; size <= 300; size += size < 40 ? 1 : 37) {
		packet_rtp(&plain, (uint16_t)(10 + size), SSRC, size);
		if (kind == SOTTO_SRTCP)
			packet_rtcp(&plain, SSRC, size);
		packet = plain;
		ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, kind), SOTTO_OK);
		ck_assert_mem_eq(packet.bytes, plain.bytes, header + size);
		ck_assert(packet_guarded(&packet, packet.len));
		if (size == 20)
			every_bit_counts(bed, &call->rx, &packet, kind);
		received = packet;
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &received, kind), SOTTO_OK);
		ck_assert_uint_eq(received.len, plain.len);
		ck_assert_mem_eq(received.bytes, plain.bytes, plain.len);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_DROP_REPLAY);
	}
}

START_TEST(unencrypted_srtp)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		const struct sotto_suite *suite =
			sotto_keys_suite_by_name(suite_names[s], strlen(suite_names[s]));
		struct call *call;
		struct packet packet, plain;

		if (suite->auth == SOTTO_AUTH_NONE)
			continue; /* not with an AEAD */
		call = call_mode(bed, suite_names[s], SOTTO_CONSENT_UNENCRYPTED_SRTP);
		clear_payload(bed, call, SOTTO_SRTP);
		packet_rtcp(&plain, SSRC, 100);
		packet = plain;
		protect_one(bed, &call->tx, &packet, SOTTO_SRTCP);
		if (suite->cipher != SOTTO_CIPHER_NONE) /* SRTCP is encrypted all the same */
			ck_assert_mem_ne(packet.bytes + 8, plain.bytes + 8, 100);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

START_TEST(unencrypted_srtcp)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_mode(bed, suite_names[s], SOTTO_CONSENT_UNENCRYPTED_SRTCP);
		struct packet packet;

		clear_payload(bed, call, SOTTO_SRTCP);
		sent_rtcp(bed, call, &packet, SSRC);
		ck_assert_uint_eq(
			sotto_base_get32(packet.bytes + index_at(call, &packet)) >> 31, 0);
		sent_rtp(bed, call, &packet, 1, SSRC);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* RC-03: under an AEAD the whole packet is what is associated, with a tag of full length. */
START_TEST(rc_03_clear_srtcp_under_an_aead)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_mode(bed, "AEAD_AES_256_GCM", SOTTO_CONSENT_UNENCRYPTED_SRTCP);
	struct packet packet, plain;

	packet_rtcp(&plain, SSRC, 44);
	sent_rtcp(bed, call, &packet, SSRC);
	ck_assert_uint_eq(packet.len, plain.len + SOTTO_GCM_TAG_LEN + 4);
	ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
	ck_assert_uint_eq(sotto_base_get32(packet.bytes + packet.len - 4), 0);
	every_bit_counts(bed, &call->rx, &packet, SOTTO_SRTCP);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
	call_close(call);
	bed_close(bed);
}
END_TEST

/* RC-01, both ways: what was agreed decides, and E must say the same. */
START_TEST(rc_01_e_bit_is_what_was_agreed)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *plain =
			call_mode(bed, layout_names[s], SOTTO_CONSENT_UNENCRYPTED_SRTCP);
		struct call *secret = call_mode(bed, layout_names[s], 0);
		struct snapshot before = snapshot_take(&plain->rx);
		struct packet packet, as_sent;

		sent_rtcp(bed, plain, &packet, SSRC);
		as_sent = packet;
		ck_assert_uint_eq(unprotect_one(bed, &secret->rx, &packet, SOTTO_SRTCP),
			SOTTO_DROP_RTCP_CLEAR);
		ck_assert(packet_equal(&packet, &as_sent));
		sent_rtcp(bed, secret, &packet, SSRC);
		as_sent = packet;
		ck_assert_uint_eq(unprotect_one(bed, &plain->rx, &packet, SOTTO_SRTCP),
			SOTTO_DROP_RTCP_CLEAR);
		ck_assert(packet_equal(&packet, &as_sent));
		ck_assert(snapshot_same(&before, &plain->rx));
		call_close(plain);
		call_close(secret);
	}
	bed_close(bed);
}
END_TEST

/* Under the null cipher E says nothing: both are taken, and nothing is deciphered. */
START_TEST(null_cipher_takes_any_e_bit)
{
	static const uint32_t words[] = {5, 6 | RTCP_E_BIT, 7};
	struct bed *bed = bed_open(_i);
	struct call *call = call_open(bed, "NULL_HMAC_SHA1_80", 1);
	struct packet packet, plain;

	packet_rtcp(&plain, SSRC, 60);
	for (unsigned k = 0; k < 3; k++) {
		packet = plain;
		sotto_base_put32(packet.bytes + packet.len, words[k]);
		packet.len += 4;
		sign(bed, call->tx.rtcp, packet.bytes, packet.len, packet.bytes + packet.len);
		packet.len += RTCP_TAG_LEN;
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
		ck_assert_uint_eq(packet.len, plain.len);
		ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
	}
	sent_rtcp(bed, call, &packet, SSRC);
	ck_assert_uint_eq(sotto_base_get32(packet.bytes + packet.len - 14) >> 31, 0);
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(null_cipher)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < 2; s++) {
		struct call *call =
			call_open(bed, s == 0 ? "NULL_HMAC_SHA1_80" : "NULL_HMAC_SHA1_32", 1);

		clear_payload(bed, call, SOTTO_SRTP);
		clear_payload(bed, call, SOTTO_SRTCP);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* No tag, no byte more than the payload; SRTCP keeps its own, and no index passes twice. */
START_TEST(unauthenticated_srtp)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < 2; s++) {
		struct call *call =
			call_mode(bed, layout_names[s], SOTTO_CONSENT_UNAUTHENTICATED_SRTP);
		struct packet plain, packet, again;

		for (uint32_t size = 0; size <= 100; size++) {
			packet_rtp(&plain, (uint16_t)size, SSRC, size);
			packet = plain;
			ck_assert_uint_eq(
				protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
			ck_assert_uint_eq(packet.len, plain.len);
			if (size >= 16)
				ck_assert_mem_ne(packet.bytes + 12, plain.bytes + 12, size);
			again = packet;
			ck_assert_uint_eq(
				unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
			ck_assert_uint_eq(packet.len, plain.len);
			ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
			ck_assert_uint_eq(unprotect_one(bed, &call->rx, &again, SOTTO_SRTP),
				SOTTO_DROP_REPLAY);
		}
		sent_rtcp(bed, call, &packet, SSRC);
		every_bit_counts(bed, &call->rx, &packet, SOTTO_SRTCP);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTCP), SOTTO_OK);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* The ciphertext is that of the same suite with tags. */
START_TEST(unauthenticated_but_encrypted_alike)
{
	struct bed *bed = bed_open(_i);
	struct call *with = call_mode(bed, SUITE_80, 0);
	struct call *without = call_mode(bed, SUITE_80, SOTTO_CONSENT_UNAUTHENTICATED_SRTP);
	struct packet a, b;

	sent_rtp(bed, with, &a, 77, SSRC);
	sent_rtp(bed, without, &b, 77, SSRC);
	ck_assert_uint_eq(a.len, b.len + 10);
	ck_assert_mem_eq(a.bytes, b.bytes, b.len);
	ck_assert(packet_guarded(&b, b.len));
	call_close(with);
	call_close(without);
	bed_close(bed);
}
END_TEST

/* All three off at once, with an MKI behind: plain RTP with an MKI. */
START_TEST(all_off_with_an_mki)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_mode(bed, SUITE_80,
		SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP |
			SOTTO_CONSENT_UNAUTHENTICATED_SRTP);
	struct packet plain, packet;

	call_set_mki(call, 3, 0x010203);
	packet_rtp(&plain, 9, SSRC, 160);
	packet = plain;
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(packet.len, plain.len + 3);
	ck_assert_mem_eq(packet.bytes, plain.bytes, plain.len);
	ck_assert_mem_eq(packet.bytes + plain.len, "\1\2\3", 3);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
	ck_assert_uint_eq(packet.len, plain.len);
	clear_payload(bed, call, SOTTO_SRTCP);
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {unencrypted_srtp, unencrypted_srtcp,
		rc_03_clear_srtcp_under_an_aead, rc_01_e_bit_is_what_was_agreed,
		null_cipher_takes_any_e_bit, null_cipher, unauthenticated_srtp,
		unauthenticated_but_encrypted_alike, all_off_with_an_mki};

	return bed_main("srtp_modes", tests, sizeof(tests) / sizeof(tests[0]));
}
