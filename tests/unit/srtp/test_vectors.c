/* SPDX-License-Identifier: BSD-3-Clause */
/* The packets that RFCs print: AES-GCM (RFC 7714), header elements (RFC 6904), Cryptex (9335). */
#include "bed.h"

#include "tests/vectors/rfc6904.h"
#include "tests/vectors/rfc7714.h"
#include "tests/vectors/rfc9335.h"

/* A call under a given master key and salt. */
static struct call *call_keyed(
	struct bed *bed, const char *suite, const uint8_t *key, const uint8_t *salt)
{
	struct sotto_master master;

	master_make(suite, 0, &master);
	memcpy(master.key, key, master.suite->key_len);
	memcpy(master.salt, salt, master.suite->salt_len);
	return call_open_master(bed, &master);
}

/* Protects in and wants out, and the way back. */
static void both_ways(struct bed *bed, struct call *call, enum sotto_srtp_kind kind,
	const uint8_t *in, uint32_t in_len, const uint8_t *out, uint32_t out_len)
{
	struct packet packet;

	memset(packet.bytes, GUARD_BYTE, sizeof(packet.bytes));
	memcpy(packet.bytes, in, in_len);
	packet.len = in_len;
	ck_assert_uint_eq(protect_one(bed, &call->tx, &packet, kind), SOTTO_OK);
	ck_assert_uint_eq(packet.len, out_len);
	ck_assert_mem_eq(packet.bytes, out, out_len);
	ck_assert(packet_guarded(&packet, packet.len));
	ck_assert_uint_eq(unprotect_one(bed, &call->rx, &packet, kind), SOTTO_OK);
	ck_assert_uint_eq(packet.len, in_len);
	ck_assert_mem_eq(packet.bytes, in, in_len);
}

/* RFC 7714 gives session keys: they go where the derived ones were. */
static struct sotto_key *session_key(struct bed *bed, unsigned bits, uint8_t flags)
{
	struct sotto_session_keys from = {
		.cipher = bits == 128 ? SOTTO_CIPHER_AES_GCM_128 : SOTTO_CIPHER_AES_GCM_256,
		.auth = SOTTO_AUTH_NONE,
		.tag_len = SOTTO_GCM_TAG_LEN,
		.flags = flags,
		.salt_len = sizeof(rfc7714_salt),
	};
	size_t size = sotto_crypto_key_size(bed->crypto->backend, from.cipher, from.auth);
	struct sotto_key *key = aligned_alloc(SOTTO_CACHE_LINE, size);

	memcpy(from.cipher_key, rfc7714_key, bits / 8);
	memcpy(from.salt, rfc7714_salt, sizeof(rfc7714_salt));
	ck_assert_int_eq(sotto_crypto_key_init(bed->crypto, &from, key), 0);
	return key;
}

static void rfc7714(
	int way, unsigned bits, uint8_t flags, const uint8_t *srtp, const uint8_t *srtcp)
{
	struct bed *bed = bed_open(way);
	struct call *call = call_open(bed, "AEAD_AES_128_GCM", 0);
	struct sotto_key *rtp = session_key(bed, bits, 0), *rtcp = session_key(bed, bits, flags);

	call->tx.context.rtp = call->rx.context.rtp = rtp;
	call->tx.context.rtcp = call->rx.context.rtcp = rtcp;
	side_preset(&call->tx, 0x4d617273, 0)->rtcp.next = RFC7714_SRTCP_INDEX;
	if (srtp)
		both_ways(bed, call, SOTTO_SRTP, rfc7714_rtp, sizeof(rfc7714_rtp), srtp,
			sizeof(rfc7714_rtp) + SOTTO_GCM_TAG_LEN);
	both_ways(bed, call, SOTTO_SRTCP, rfc7714_rtcp, sizeof(rfc7714_rtcp), srtcp,
		sizeof(rfc7714_rtcp) + SOTTO_GCM_TAG_LEN + RTCP_TRAILER_LEN);
	sotto_crypto_key_wipe(rtp);
	sotto_crypto_key_wipe(rtcp);
	free(rtp);
	free(rtcp);
	call_close(call);
	bed_close(bed);
}

START_TEST(rfc_7714_encrypted)
{
	rfc7714(_i, 128, 0, rfc7714_srtp_128, rfc7714_srtcp_128);
	rfc7714(_i, 256, 0, rfc7714_srtp_256, rfc7714_srtcp_256);
}
END_TEST

START_TEST(rfc_7714_srtcp_tagged_only)
{
	rfc7714(_i, 128, SOTTO_KEY_PLAIN | SOTTO_KEY_CLEAR, NULL, rfc7714_srtcp_tagged_128);
	rfc7714(_i, 256, SOTTO_KEY_PLAIN | SOTTO_KEY_CLEAR, NULL, rfc7714_srtcp_tagged_256);
}
END_TEST

static void set_elements(
	struct bed *bed, struct call *call, const uint8_t *key, const uint8_t *salt)
{
	struct sotto_master master;

	master_make(call->suite->name, 0, &master);
	memcpy(master.key, key, master.suite->key_len);
	memcpy(master.salt, salt, master.suite->salt_len);
	side_add_header_key(bed, &call->tx, &master);
	side_add_header_key(bed, &call->rx, &master);
	call_set_element(call, 1);
	call_set_element(call, 3);
	call_set_element(call, 4);
}

START_TEST(rfc_6904_elements)
{
	struct bed *bed = bed_open(_i);
	struct call *call = call_keyed(bed, SUITE_80, rfc9335_cm_key, rfc9335_cm_salt);

	ck_assert_mem_eq(rfc6904_rtp + 16, rfc6904_elements, sizeof(rfc6904_elements));
	ck_assert_mem_eq(rfc6904_srtp + 16, rfc6904_encrypted_elements, sizeof(rfc6904_elements));
	set_elements(bed, call, rfc9335_cm_key, rfc9335_cm_salt);
	both_ways(bed, call, SOTTO_SRTP, rfc6904_rtp, sizeof(rfc6904_rtp), rfc6904_srtp,
		sizeof(rfc6904_srtp));
	call_close(call);
	bed_close(bed);
}
END_TEST

START_TEST(rfc_6904_elements_under_an_aead)
{
	struct bed *bed = bed_open(_i);
	struct call *call =
		call_keyed(bed, "AEAD_AES_128_GCM", rfc6904_aead_key, rfc6904_aead_salt);

	set_elements(bed, call, rfc6904_aead_key, rfc6904_aead_salt);
	both_ways(bed, call, SOTTO_SRTP, rfc6904_rtp, sizeof(rfc6904_rtp), rfc6904_srtp_aead,
		sizeof(rfc6904_srtp_aead));
	call_close(call);
	bed_close(bed);
}
END_TEST

#define PACKETS (sizeof(rfc9335_packets) / sizeof(rfc9335_packets[0]))

START_TEST(rfc_9335_cryptex)
{
	struct bed *bed = bed_open(_i);
	struct call *cm = call_keyed(bed, SUITE_80, rfc9335_cm_key, rfc9335_cm_salt);
	struct call *gcm = call_keyed(bed, "AEAD_AES_128_GCM", rfc9335_gcm_key, rfc9335_gcm_salt);

	call_set_cryptex(cm);
	call_set_cryptex(gcm);
	for (unsigned i = 0; i < PACKETS; i++) {
		const struct rfc9335_packet *p = &rfc9335_packets[i];

		both_ways(bed, cm, SOTTO_SRTP, p->plain, p->len, p->cm, p->cm_len);
		both_ways(bed, gcm, SOTTO_SRTP, p->plain, p->len, p->gcm, p->gcm_len);
	}
	call_close(cm);
	call_close(gcm);
	bed_close(bed);
}
END_TEST

/* All twelve in one burst: what is moved for one packet does not meet its neighbours. */
START_TEST(rfc_9335_cryptex_in_one_burst)
{
	struct bed *bed = bed_open(_i);
	struct call *cm = call_keyed(bed, SUITE_80, rfc9335_cm_key, rfc9335_cm_salt);
	struct call *gcm = call_keyed(bed, "AEAD_AES_128_GCM", rfc9335_gcm_key, rfc9335_gcm_salt);
	struct packet packets[2 * PACKETS];

	call_set_cryptex(cm);
	call_set_cryptex(gcm);
	burst_clear(bed);
	for (unsigned i = 0; i < 2 * PACKETS; i++) {
		const struct rfc9335_packet *p = &rfc9335_packets[i / 2];

		packets[i].len = i % 2 ? p->gcm_len : p->cm_len;
		memcpy(packets[i].bytes, i % 2 ? p->gcm : p->cm, packets[i].len);
		burst_add(bed, i % 2 ? &gcm->rx : &cm->rx, &packets[i]);
	}
	ck_assert_uint_eq(burst_unprotect(bed, SOTTO_SRTP), (1u << 2 * PACKETS) - 1);
	for (unsigned i = 0; i < 2 * PACKETS; i++) {
		ck_assert_uint_eq(packets[i].len, rfc9335_packets[i / 2].len);
		ck_assert_mem_eq(packets[i].bytes, rfc9335_packets[i / 2].plain, packets[i].len);
	}
	call_close(cm);
	call_close(gcm);
	bed_close(bed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rfc_7714_encrypted, rfc_7714_srtcp_tagged_only,
		rfc_6904_elements, rfc_6904_elements_under_an_aead, rfc_9335_cryptex,
		rfc_9335_cryptex_in_one_burst};

	return bed_main("srtp_vectors", tests, sizeof(tests) / sizeof(tests[0]));
}
