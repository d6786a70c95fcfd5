/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams, keystream and tags of a burst: what both directions do alike (RFC 3711, 4; RFC 7714). */
#include "srtp/internal.h"

_Static_assert(SOTTO_BURST == 64, "sets of positions are 64-bit words");
_Static_assert(sizeof(struct sotto_srtp_work) == SOTTO_CACHE_LINE, "a packet's work is one line");

void sotto_srtp_init(struct sotto_srtp *srtp, struct sotto_crypto *crypto)
{
	memset(srtp, 0, sizeof(*srtp));
	srtp->crypto = crypto;
}

struct sotto_stream *sotto_srtp_stream_search(
	const struct sotto_srtp_context *context, uint32_t ssrc)
{
	struct sotto_stream *slot = context->streams->slot;
	struct sotto_stream *end = slot + context->streams->count;

	for (; slot < end; slot++) {
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

enum sotto_srtp_wear sotto_srtp_wear(
	const struct sotto_srtp_context *context, unsigned n, enum sotto_srtp_kind kind)
{
	struct sotto_key_use *use = sotto_srtp_use(context, n);

	if (sotto_likely(sotto_srtp_used(context, n, kind) < use->limit[kind]))
		return SOTTO_SRTP_WEAR_NONE;
	if (use->mark[kind] > use->limit[kind])
		return SOTTO_SRTP_WEAR_OVER;
	use->mark[kind] = use->limit[kind] + 1;
	return SOTTO_SRTP_WEAR_OVER_FIRST;
}

bool sotto_srtp_count(const struct sotto_srtp_context *context, struct sotto_stream *stream,
	unsigned n, enum sotto_srtp_kind kind)
{
	struct sotto_key_use *use = sotto_srtp_use(context, n);

	__atomic_store_n(&use->packets[kind], use->packets[kind] + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&stream->packets, stream->packets + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&stream->settled, stream->settled + 1, __ATOMIC_RELEASE);
	if (kind == SOTTO_SRTP && use == &context->streams->use)
		sotto_srtp_streams_allot(context->streams);
	return sotto_unlikely(sotto_srtp_used(context, n, kind) == use->mark[kind]);
}

void sotto_srtp_begin(struct sotto_srtp_batch *batch, uint64_t live, enum sotto_srtp_kind kind)
{
	batch->bound = batch->newest = batch->worn = 0;
	batch->expired = batch->flooded = batch->previous = 0;
	for (uint64_t m = live; m != 0; m &= m - 1) {
		const struct sotto_srtp_context *context = batch->context[sotto_srtp_first(m)];
		const uint8_t *key =
			(const uint8_t *)(kind == SOTTO_SRTP ? context->rtp : context->rtcp);

		if (sotto_unlikely(!key))
			continue;
		sotto_base_prefetch_write(context->streams->slot);
		for (unsigned line = 0; line < 4; line++)
			sotto_base_prefetch(key + line * SOTTO_CACHE_LINE);
	}
}

/* IV = salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16 (RFC 3711, 4.1.1). */
static void counter_block(const struct sotto_srtp_work *work, uint8_t *iv)
{
	sotto_base_put64(iv, sotto_base_get64(work->key->iv) ^ work->ssrc);
	sotto_base_put64(iv + 8, sotto_base_get64(work->key->iv + 8) ^ work->index << 16);
}

/* The packets that Cryptex hides the extension of. */
static uint64_t hidden_set(const struct sotto_srtp *srtp, uint64_t live)
{
	uint64_t hidden = 0;

	for (uint64_t m = live & srtp->special; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		hidden |= (uint64_t)(srtp->work[i].ext_at != 0) << i;
	}
	return hidden;
}

/* Brings what Cryptex encrypts into one piece, or back; nearly always there is nothing to do. */
static void gather(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t hidden)
{
	for (uint64_t m = hidden; m != 0; m &= m - 1)
		sotto_srtp_cryptex_gather(
			&srtp->work[sotto_srtp_first(m)], batch->data[sotto_srtp_first(m)]);
}

static void scatter(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t hidden)
{
	for (uint64_t m = hidden; m != 0; m &= m - 1)
		sotto_srtp_cryptex_scatter(
			&srtp->work[sotto_srtp_first(m)], batch->data[sotto_srtp_first(m)]);
}

/* Makes the job that encrypts or decrypts a packet; returns how many jobs that are. */
static inline unsigned make_cipher_job(
	const struct sotto_srtp_work *work, uint8_t *data, struct sotto_cipher_job *job)
{
	if (sotto_unlikely(work->end == work->cipher_at || work->key->cipher == SOTTO_CIPHER_NONE))
		return 0;
	job->key = work->key;
	job->data = data + work->cipher_at;
	job->len = (uint32_t)work->end - work->cipher_at;
	counter_block(work, job->iv);
	return 1;
}

/* Makes the job that computes a packet's tag; returns how many jobs that are. */
static inline unsigned make_auth_job(const struct sotto_srtp_work *work, uint8_t *data,
	enum sotto_srtp_kind kind, struct sotto_auth_job *job)
{
	if (sotto_unlikely(work->tag_len == 0))
		return 0;
	if (kind == SOTTO_SRTP)
		sotto_base_put32(data + work->end, (uint32_t)(work->index >> 16));
	job->key = work->key;
	job->data = data;
	job->len = work->end + 4u; /* the ROC, or the SRTCP index */
	return 1;
}

static bool run_cipher(
	struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live, unsigned n)
{
	uint64_t hidden = hidden_set(srtp, live);
	int rc;

	gather(srtp, batch, hidden);
	rc = srtp->crypto->backend->cipher_burst(srtp->crypto, srtp->cipher, n);
	scatter(srtp, batch, hidden);
	return rc == 0;
}

bool sotto_srtp_cipher(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live)
{
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		n += make_cipher_job(&srtp->work[i], batch->data[i], &srtp->cipher[n]);
	}
	return run_cipher(srtp, batch, live, n);
}

bool sotto_srtp_tags(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind)
{
	unsigned n = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);

		n += make_auth_job(&srtp->work[i], batch->data[i], kind, &srtp->auth[n]);
	}
	return srtp->crypto->backend->auth_burst(srtp->crypto, srtp->auth, n) == 0;
}

bool sotto_srtp_cipher_and_tags(struct sotto_srtp *srtp, const struct sotto_srtp_batch *batch,
	uint64_t live, enum sotto_srtp_kind kind)
{
	unsigned ciphers = 0, tags = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_work *work = &srtp->work[i];

		ciphers += make_cipher_job(work, batch->data[i], &srtp->cipher[ciphers]);
		tags += make_auth_job(work, batch->data[i], kind, &srtp->auth[tags]);
	}
	return run_cipher(srtp, batch, live, ciphers) &&
	       srtp->crypto->backend->auth_burst(srtp->crypto, srtp->auth, tags) == 0;
}

/*
 * 12 bytes: 0, SSRC, ROC and SEQ for SRTP (RFC 7714, 8.1), or 0, SSRC, 0, index for SRTCP (9.1);
 * both are SSRC * 2^48 XOR the index, since an SRTCP index has 31 bits.
 */
static void aead_iv(const struct sotto_srtp_work *work, uint8_t *iv)
{
	const uint8_t *salt = work->key->iv;

	sotto_base_put16(iv, sotto_base_get16(salt));
	sotto_base_put32(iv + 2, sotto_base_get32(salt + 2) ^ work->ssrc);
	sotto_base_put16(iv + 6, sotto_base_get16(salt + 6) ^ (uint16_t)(work->index >> 32));
	sotto_base_put32(iv + 8, sotto_base_get32(salt + 8) ^ (uint32_t)work->index);
}

/* What is authenticated but not encrypted (RFC 7714, 8.2, 9.2 and 9.3). */
static void aead_text(const struct sotto_srtp_work *work, uint8_t *data, uint8_t *aad,
	enum sotto_srtp_kind kind, struct sotto_aead_job *job)
{
	job->aad = data;
	job->aad_len = work->cipher_at;
	job->data = data + work->cipher_at;
	job->len = (uint32_t)work->end - work->cipher_at;
	if (kind == SOTTO_SRTP)
		return;
	if (work->key->flags & SOTTO_KEY_PLAIN) {
		/* all of it, and the index behind it, where the tag will stand */
		sotto_base_put32(data + work->end, work->word);
		job->aad_len = work->end + 4u;
		job->len = 0;
		return;
	}
	memcpy(aad, data, 8);
	sotto_base_put32(aad + 8, work->word);
	job->aad = aad;
	job->aad_len = 12;
}

bool sotto_srtp_aead(struct sotto_srtp *srtp, struct sotto_srtp_batch *batch, uint64_t live,
	enum sotto_srtp_kind kind, enum sotto_aead_direction direction)
{
	uint64_t hidden = hidden_set(srtp, live);
	unsigned n = 0;
	int rc;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_srtp_first(m);
		const struct sotto_srtp_work *work = &srtp->work[i];
		struct sotto_aead_job *job = &srtp->aead_job[n++];

		job->key = work->key;
		aead_text(work, batch->data[i], srtp->aad[i], kind, job);
		aead_iv(work, job->iv);
	}
	gather(srtp, batch, hidden);
	rc = srtp->crypto->backend->aead_burst(srtp->crypto, srtp->aead_job, n, direction);
	scatter(srtp, batch, hidden);
	return rc == 0;
}

uint32_t sotto_srtp_trailer(const struct sotto_srtp_context *context, enum sotto_srtp_kind kind)
{
	const struct sotto_key *key = kind == SOTTO_SRTP ? context->rtp : context->rtcp;

	return key ? sotto_srtp_trailer_of(context, key, kind) : 0;
}
