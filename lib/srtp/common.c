/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams, keystream and tags of a burst: what both directions do alike (RFC 3711, 4.1 and 4.2). */
#include "srtp/internal.h"

_Static_assert(sizeof(struct sotto_stream) == SOTTO_CACHE_LINE, "a stream is one cache line");
_Static_assert(SOTTO_BURST == 64, "sets of positions are 64-bit words");

void sotto_srtp_init(struct sotto_srtp *srtp, struct sotto_crypto *crypto)
{
	memset(srtp, 0, sizeof(*srtp));
	srtp->crypto = crypto;
}

struct sotto_stream *sotto_srtp_stream_find(const struct sotto_srtp_context *context, uint32_t ssrc)
{
	struct sotto_stream *slot = context->streams;

	for (uint32_t i = 0; i < context->stream_count; i++, slot++) {
		if (!slot->bound || slot->ssrc == ssrc)
			return slot; /* slots are bound in order, so nothing is bound behind a free
					one */
	}
	return NULL;
}

void sotto_srtp_stream_bind(struct sotto_stream *stream, uint32_t ssrc)
{
	__atomic_store_n(&stream->ssrc, ssrc, __ATOMIC_RELAXED);
	__atomic_store_n(&stream->bound, 1, __ATOMIC_RELEASE);
}

void sotto_srtp_prefetch(
	const struct sotto_srtp_batch *batch, uint64_t live, enum sotto_srtp_kind kind)
{
	for (uint64_t m = live; m != 0; m &= m - 1) {
		const struct sotto_srtp_context *context = batch->context[sotto_srtp_first(m)];
		const uint8_t *key =
			(const uint8_t *)(kind == SOTTO_SRTP ? context->rtp : context->rtcp);

		sotto_base_prefetch_write(context->streams);
		for (unsigned line = 0; key && line < 4; line++)
			sotto_base_prefetch(key + line * SOTTO_CACHE_LINE);
	}
}

/* IV = salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16 (RFC 3711, 4.1.1). */
static void counter_block(const struct sotto_srtp_work *work, uint8_t *iv)
{
	sotto_base_put64(iv, sotto_base_get64(work->key->iv) ^ work->ssrc);
	sotto_base_put64(iv + 8, sotto_base_get64(work->key->iv + 8) ^ work->index << 16);
}

bool sotto_srtp_cipher(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live)
{
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_work *work = &srtp->work[i];
		struct sotto_cipher_job *job = &srtp->cipher[n];

		if (work->end == work->cipher_at || work->key->cipher == SOTTO_CIPHER_NONE)
			continue;
		job->key = work->key;
		job->data = batch->data[i] + work->cipher_at;
		job->len = work->end - work->cipher_at;
		counter_block(work, job->iv);
		n++;
	}
	return srtp->crypto->backend->cipher_burst(srtp->crypto, srtp->cipher, n) == 0;
}

bool sotto_srtp_tags(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_work *work = &srtp->work[i];
		struct sotto_auth_job *job = &srtp->auth[n++];

		if (kind == SOTTO_SRTP)
			sotto_base_put32(batch->data[i] + work->end, (uint32_t)(work->index >> 16));
		job->key = work->key;
		job->data = batch->data[i];
		job->len = work->end + 4; /* the ROC, or the SRTCP index */
	}
	return srtp->crypto->backend->auth_burst(srtp->crypto, srtp->auth, n) == 0;
}
