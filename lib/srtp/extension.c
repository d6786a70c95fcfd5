/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cryptex: header extension and CSRCs encrypted together with the payload (RFC 9335). The 4 bytes
 * of the extension's header stay readable and tell by their profile what was done.
 */
#include "rtp/rtp.h"
#include "srtp/internal.h"

#define EXTENSION_BIT 0x10
#define ONE_BYTE 0xbede /* RFC 8285, 4.2 */
#define TWO_BYTE 0x1000 /* RFC 8285, 4.3 */
#define HIDDEN_ONE_BYTE 0xc0de
#define HIDDEN_TWO_BYTE 0xc2de

static uint32_t csrc_len(const uint8_t *data)
{
	return 4u * (data[0] & 15);
}

static uint16_t profile_of(const uint8_t *data)
{
	return sotto_base_get16(data + SOTTO_RTP_HEADER_LEN + csrc_len(data));
}

void sotto_srtp_cryptex_locate(struct sotto_srtp_work *work, const uint8_t *data)
{
	work->ext_at = (uint16_t)(SOTTO_RTP_HEADER_LEN + csrc_len(data));
	work->cipher_at = SOTTO_RTP_HEADER_LEN + 4;
}

bool sotto_srtp_cryptex_plan(struct sotto_srtp_work *work, const uint8_t *data)
{
	if (!(data[0] & EXTENSION_BIT))
		return csrc_len(data) == 0;
	if (profile_of(data) != ONE_BYTE && profile_of(data) != TWO_BYTE)
		return false;
	sotto_srtp_cryptex_locate(work, data);
	return true;
}

bool sotto_srtp_cryptex_is_hidden(const uint8_t *data)
{
	uint16_t profile;

	if (sotto_likely(!(data[0] & EXTENSION_BIT)))
		return false;
	profile = profile_of(data);
	return profile == HIDDEN_ONE_BYTE || profile == HIDDEN_TWO_BYTE;
}

void sotto_srtp_cryptex_mark(const struct sotto_srtp_work *work, uint8_t *data)
{
	bool one_byte = sotto_base_get16(data + work->ext_at) == ONE_BYTE;

	sotto_base_put16(data + work->ext_at, one_byte ? HIDDEN_ONE_BYTE : HIDDEN_TWO_BYTE);
}

void sotto_srtp_cryptex_unmark(const struct sotto_srtp_work *work, uint8_t *data)
{
	bool one_byte = sotto_base_get16(data + work->ext_at) == HIDDEN_ONE_BYTE;

	sotto_base_put16(data + work->ext_at, one_byte ? ONE_BYTE : TWO_BYTE);
}

void sotto_srtp_cryptex_gather(const struct sotto_srtp_work *work, uint8_t *data)
{
	uint8_t header[4];

	memcpy(header, data + work->ext_at, 4);
	memmove(data + SOTTO_RTP_HEADER_LEN + 4, data + SOTTO_RTP_HEADER_LEN,
		work->ext_at - SOTTO_RTP_HEADER_LEN);
	memcpy(data + SOTTO_RTP_HEADER_LEN, header, 4);
}

void sotto_srtp_cryptex_scatter(const struct sotto_srtp_work *work, uint8_t *data)
{
	uint8_t header[4];

	memcpy(header, data + SOTTO_RTP_HEADER_LEN, 4);
	memmove(data + SOTTO_RTP_HEADER_LEN, data + SOTTO_RTP_HEADER_LEN + 4,
		work->ext_at - SOTTO_RTP_HEADER_LEN);
	memcpy(data + work->ext_at, header, 4);
}
