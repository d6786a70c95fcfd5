/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contexts that only verify: an SRTP packet is authenticated and committed, and goes on as it came,
 * to be relayed under the same key (ST-25).
 */
#include "bed.h"

#include <errno.h>

#define SSRC 0x00ef1f70

static struct call *call_verifying(struct bed *bed, const char *suite, uint8_t modes)
{
	struct sotto_master master;
	struct call *call;

	master_make(suite, 1, &master);
	master.modes = modes;
	call = call_open_master(bed, &master);
	side_more(&call->rx)->verify_only = 1;
	return call;
}

static void sent(struct bed *bed, struct call *call, struct packet *packet,
	enum sotto_srtp_kind kind, unsigned k)
{
	packet_rtp(packet, (uint16_t)(65500 + k), SSRC, k);
	if (kind == SOTTO_SRTCP)
		packet_rtcp(packet, SSRC, k);
	ck_assert_uint_eq(protect_one(bed, &call->tx, packet, kind), SOTTO_OK);
}

static void goes_on_as_it_came(struct bed *bed, struct call *call, enum sotto_srtp_kind kind)
{
	for (unsigned k = 0; k < 100; k++) {
		struct packet packet, as_sent, forged;

		sent(bed, call, &packet, kind, k);
		as_sent = forged = packet;
		forged.bytes[forged.len - 1 - k % 4] ^= 1;
		if (call->rx.rtp->tag_len != 0 || kind == SOTTO_SRTCP)
			ck_assert_uint_ne(unprotect_one(bed, &call->rx, &forged, kind), SOTTO_OK);
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_OK);
		ck_assert(packet_equal(&packet, &as_sent));
		ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_DROP_REPLAY);
		ck_assert(packet_equal(&packet, &as_sent));
	}
	ck_assert_uint_eq(side_used(&call->rx, kind), 100);
}

START_TEST(st_25_goes_on_as_it_came)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < SUITES; s++) {
		struct call *call = call_verifying(bed, suite_names[s], 0);

		goes_on_as_it_came(bed, call, SOTTO_SRTP);
		goes_on_as_it_came(bed, call, SOTTO_SRTCP);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

START_TEST(clear_srtcp_goes_on_as_it_came)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call =
			call_verifying(bed, layout_names[s], SOTTO_CONSENT_UNENCRYPTED_SRTCP);

		goes_on_as_it_came(bed, call, SOTTO_SRTCP);
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* With Cryptex, elements and an MKI, of which nothing is taken away. */
START_TEST(specials_go_on_as_they_came)
{
	struct bed *bed = bed_open(_i);

	for (unsigned s = 0; s < LAYOUTS; s++) {
		struct call *call = call_verifying(bed, layout_names[s], 0);
		struct sotto_master master;
		struct packet packet, as_sent;

		master_make(layout_names[s], 1, &master);
		call_set_mki(call, 4, 77);
		if (s % 2) {
			call_set_cryptex(call);
		} else {
			side_add_header_key(bed, &call->tx, &master);
			side_add_header_key(bed, &call->rx, &master);
			call_set_element(call, 5);
		}
		for (uint16_t seq = 0; seq < 20; seq++) {
			struct shape shape = {.csrc = seq % 4, .extension = 2, .payload = seq};

			packet_rtp_shaped(&packet, seq, SSRC, &shape);
			packet.bytes[16 + 4 * shape.csrc] = 0x56; /* element 5, 7 bytes */
			protect_one(bed, &call->tx, &packet, SOTTO_SRTP);
			as_sent = packet;
			ck_assert_uint_eq(
				unprotect_one(bed, &call->rx, &packet, SOTTO_SRTP), SOTTO_OK);
			ck_assert(packet_equal(&packet, &as_sent));
		}
		call_close(call);
	}
	bed_close(bed);
}
END_TEST

/* Beside contexts that decrypt, in one burst. */
START_TEST(beside_contexts_that_decrypt)
{
	struct bed *bed = bed_open(_i);
	struct call *calls[2 * LAYOUTS];
	struct packet packets[SOTTO_BURST], as_sent[SOTTO_BURST];

	for (unsigned c = 0; c < 2 * LAYOUTS; c++) {
		calls[c] = call_verifying(bed, layout_names[c / 2], 0);
		calls[c]->rx.more->verify_only = c % 2;
	}
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		sent(bed, calls[i % 8], &packets[i], SOTTO_SRTP, 16 + i);
		as_sent[i] = packets[i];
	}
	burst_clear(bed);
	for (unsigned i = 0; i < SOTTO_BURST; i++)
		burst_add(bed, &calls[i % 8]->rx, &packets[i]);
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), ~0ull);
	for (unsigned i = 0; i < SOTTO_BURST; i++) {
		struct packet plain;

		packet_rtp(&plain, (uint16_t)(65500 + 16 + i), SSRC, 16 + i);
		if (i % 2) {
			ck_assert(packet_equal(&packets[i], &as_sent[i]));
		} else {
			ck_assert_uint_eq(packets[i].len, plain.len);
			ck_assert_mem_eq(packets[i].bytes, plain.bytes, plain.len);
		}
	}
	for (unsigned c = 0; c < 2 * LAYOUTS; c++)
		call_close(calls[c]);
	bed_close(bed);
}
END_TEST

static const struct sotto_crypto_backend *sound;

static int fail_to_seal(struct sotto_crypto *crypto, struct sotto_aead_job *jobs, unsigned n,
	enum sotto_aead_direction direction)
{
	return direction == SOTTO_AEAD_SEAL ? -EIO : sound->aead_burst(crypto, jobs, n, direction);
}

/* An AEAD opened the packet, and the backend cannot close it again: it must not leave. */
START_TEST(never_plain_when_it_cannot_be_closed)
{
	struct bed *bed = bed_open(_i);
	struct sotto_crypto_backend wrapper = *bed->crypto->backend;
	struct call *call;
	struct packet rtp, rtcp;

	sound = bed->crypto->backend;
	bed->crypto->backend = &wrapper;
	call = call_verifying(bed, "AEAD_AES_128_GCM", 0);
	sent(bed, call, &rtp, SOTTO_SRTP, 50);
	sent(bed, call, &rtcp, SOTTO_SRTCP, 52);
	wrapper.aead_burst = fail_to_seal;
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &rtp, SOTTO_SRTP), SOTTO_DROP_CRYPTO);
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &rtcp, SOTTO_SRTCP), SOTTO_DROP_CRYPTO);
	call_close(call);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {st_25_goes_on_as_it_came, clear_srtcp_goes_on_as_it_came,
		specials_go_on_as_they_came, beside_contexts_that_decrypt,
		never_plain_when_it_cannot_be_closed};

	return bed_main("srtp_verify", tests, sizeof(tests) / sizeof(tests[0]));
}
