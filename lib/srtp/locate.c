/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of an SRTP or SRTCP packet (RFC 3711, 3.1 and 3.4; RFC 7714, 8.2 and 9.2):
 *
 *     SRTP          | header | payload | MKI | tag |
 *     SRTCP         | header | payload | E and index | MKI | tag |
 *     SRTP, AEAD    | header | payload | tag | MKI |
 *     SRTCP, AEAD   | header | payload | tag | E and index | MKI |
 */
#include "rtp/rtp.h"
#include "srtp/unprotect.h"

/* The number of the master key with the MKI at at, or -1. Lengths beyond 8 bytes begin with 0. */
static int find_master(const struct sotto_srtp_more *more, const uint8_t *at)
{
	uint64_t mki = 0;

	for (uint32_t k = 0; k < more->mki_len; k++) {
		if (mki >> 56)
			return -1;
		mki = mki << 8 | at[k];
	}
	for (unsigned n = 0; n < more->master_count; n++) {
		if (more->master[n].mki == mki)
			return (int)n;
	}
	return -1;
}

/* Finds the trailer's parts from the end; they are known to fit. */
static void locate_trailer(struct sotto_srtp_work *work, uint32_t len, uint32_t mki_len,
	uint32_t index_len, uint32_t *mki_at, uint32_t *index_at)
{
	if (sotto_srtp_has_aead(work)) {
		*mki_at = len - mki_len;
		*index_at = *mki_at - index_len;
		work->tag_at = (uint16_t)(*index_at - work->tag_len);
		work->end = work->tag_at;
	} else {
		work->tag_at = (uint16_t)(len - work->tag_len);
		*mki_at = work->tag_at - mki_len;
		*index_at = *mki_at - index_len;
		work->end = (uint16_t)*index_at;
	}
}

static enum sotto_verdict locate_header(const struct sotto_srtp_context *context,
	const uint8_t *data, uint32_t len, struct sotto_srtp_work *work, uint32_t *header_len,
	uint16_t *seq)
{
	struct sotto_rtp rtp;

	if (sotto_unlikely(!sotto_rtp_parse(data, len, &rtp)))
		return SOTTO_DROP_RTP_HEADER;
	work->ssrc = rtp.ssrc;
	work->cipher_at = (uint16_t)rtp.header_len; /* used only when the whole is not too long */
	*header_len = rtp.header_len;
	*seq = rtp.seq;
	if (sotto_unlikely(context->more != NULL) && context->more->encrypts_ids &&
		!sotto_srtp_elements_fit(data))
		return SOTTO_DROP_EXTENSION;
	if (sotto_unlikely(sotto_srtp_cryptex_is_hidden(data))) {
		if (!context->more || !context->more->cryptex)
			return SOTTO_DROP_EXTENSION;
		sotto_srtp_cryptex_locate(work, data);
	}
	return SOTTO_OK;
}

/* Whether the E bit is what was agreed (RFC 3711, 3.4; RFC 4568, 6.3.2). */
static bool e_bit_is_right(const struct sotto_key *key, uint32_t word)
{
	if (sotto_likely(!(key->flags & (SOTTO_KEY_ANY_E | SOTTO_KEY_CLEAR))))
		return word & SRTCP_E;
	return key->flags & SOTTO_KEY_ANY_E || !(word & SRTCP_E);
}

static enum sotto_verdict choose_master(const struct sotto_srtp_context *context,
	const uint8_t *mki, enum sotto_srtp_kind kind, struct sotto_srtp_work *work)
{
	int master = find_master(context->more, mki);

	if (master < 0)
		return SOTTO_DROP_MKI;
	work->master = (uint8_t)master;
	work->key = sotto_srtp_key(context, work->master, kind);
	return SOTTO_OK;
}

static enum sotto_verdict read_index(
	const uint8_t *data, uint32_t index_at, struct sotto_srtp_work *work)
{
	uint32_t word = sotto_base_get32(data + index_at);

	if (sotto_unlikely(!e_bit_is_right(work->key, word)))
		return SOTTO_DROP_RTCP_CLEAR;
	work->index = word & ~SRTCP_E;
	work->word = word;
	return SOTTO_OK;
}

enum sotto_verdict sotto_srtp_locate(const struct sotto_srtp_context *context, const uint8_t *data,
	uint32_t len, enum sotto_srtp_kind kind, struct sotto_srtp_work *work, uint16_t *seq)
{
	uint32_t index_len = kind == SOTTO_SRTCP ? SRTCP_INDEX_LEN : 0;
	uint32_t mki_len = sotto_srtp_mki_len(context);
	uint32_t mki_at, index_at, header_len;
	enum sotto_verdict verdict;

	work->master = 0;
	work->key = sotto_srtp_key(context, 0, kind);
	work->tag_len = work->key->tag_len;
	work->ext_at = 0;
	if (kind == SOTTO_SRTP) {
		verdict = locate_header(context, data, len, work, &header_len, seq);
		if (sotto_unlikely(verdict != SOTTO_OK))
			return verdict;
	} else {
		if (sotto_unlikely(!sotto_rtcp_parse(data, len, &work->ssrc)))
			return SOTTO_DROP_RTCP_HEADER;
		header_len = work->cipher_at = SOTTO_RTCP_HEADER_LEN;
	}
	if (sotto_unlikely(len > SOTTO_SRTP_PACKET_MAX ||
			   len < header_len + work->tag_len + mki_len + index_len))
		return SOTTO_DROP_SHORT;
	locate_trailer(work, len, mki_len, index_len, &mki_at, &index_at);
	if (sotto_unlikely(mki_len != 0)) {
		verdict = choose_master(context, data + mki_at, kind, work);
		if (verdict != SOTTO_OK)
			return verdict;
	}
	return kind == SOTTO_SRTP ? SOTTO_OK : read_index(data, index_at, work);
}

bool sotto_srtp_show_extension(
	struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, unsigned i)
{
	if (srtp->work[i].ext_at != 0) {
		sotto_srtp_cryptex_unmark(&srtp->work[i], batch->data[i]);
		return true; /* encrypted as a whole, its elements not once more */
	}
	if (!batch->context[i]->more || !batch->context[i]->more->encrypts_ids)
		return true;
	return sotto_srtp_elements(srtp, batch, i);
}
