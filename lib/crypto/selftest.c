/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The start-up self-test of a backend: known answers, alone and in bursts of every size. Burst n
 * from vector s holds the vectors s, s + 1, ... in turn, so with every s each vector comes to stand
 * at every position with others around it, and keys of all lengths are mixed. Slow path.
 */
#include "crypto/selftest.h"

#include "base/secret.h"
#include "crypto/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_LEN 64    /* bytes before and behind a buffer that must stay as they are */
#define GUARD_BYTE 0xa5 /* their value; also fills what a backend has not written yet */

/* One vector made ready. For a MAC, in is the message; only an AEAD has all of it. */
struct answer {
	const char *source;
	struct sotto_key *key;
	const uint8_t *iv;
	const uint8_t *aad;
	uint32_t aad_len;
	const uint8_t *in;
	const uint8_t *out;
	uint32_t len;
	const uint8_t *tag;
};

/* All vectors of one kind that the backend supports, and room for a burst of them. */
struct bench {
	struct sotto_crypto *crypto;
	struct answer *answers;
	unsigned count;
	size_t slot_len; /* bytes of one buffer with its two guards */
	uint8_t *slots;  /* SOTTO_BURST of them */
};

/*
 * Runs a burst of n answers from start on. 0 or the backend's error; *wrong becomes the source of
 * the first answer that came out wrong, and is left alone when all are right.
 */
typedef int (*burst_fn)(struct bench *bench, unsigned start, unsigned n, const char **wrong);

static bool all_guard(const void *p, size_t len)
{
	const uint8_t *bytes = p;
	uint8_t diff = 0;

	for (size_t i = 0; i < len; i++)
		diff |= bytes[i] ^ GUARD_BYTE;
	return diff == 0;
}

static const struct answer *answer_at(const struct bench *bench, unsigned start, unsigned i)
{
	return &bench->answers[(start + i) % bench->count];
}

/* Prepares buffer i with these len bytes; returns where they stand. */
static uint8_t *slot_fill(struct bench *bench, unsigned i, const uint8_t *bytes, uint32_t len)
{
	uint8_t *slot = bench->slots + i * bench->slot_len;

	memset(slot, GUARD_BYTE, bench->slot_len);
	memcpy(slot + GUARD_LEN, bytes, len);
	return slot + GUARD_LEN;
}

/* Whether buffer i holds these len bytes and nothing around them was written. */
static bool slot_holds(const struct bench *bench, unsigned i, const uint8_t *bytes, uint32_t len)
{
	const uint8_t *slot = bench->slots + i * bench->slot_len;
	const uint8_t *behind = slot + GUARD_LEN + len;

	return all_guard(slot, GUARD_LEN) && sotto_base_equal(slot + GUARD_LEN, bytes, len) &&
	       all_guard(behind, bench->slot_len - GUARD_LEN - len);
}

static int cipher_burst(struct bench *bench, unsigned start, unsigned n, const char **wrong)
{
	struct sotto_cipher_job jobs[SOTTO_BURST];
	int rc;

	for (unsigned i = 0; i < n; i++) {
		const struct answer *answer = answer_at(bench, start, i);

		jobs[i].key = answer->key;
		jobs[i].data = slot_fill(bench, i, answer->in, answer->len);
		jobs[i].len = answer->len;
		memcpy(jobs[i].iv, answer->iv, SOTTO_AES_BLOCK);
	}
	rc = bench->crypto->backend->cipher_burst(bench->crypto, jobs, n);
	for (unsigned i = 0; i < n && rc == 0 && !*wrong; i++) {
		const struct answer *answer = answer_at(bench, start, i);

		if (!slot_holds(bench, i, answer->out, answer->len))
			*wrong = answer->source;
	}
	return rc;
}

/* A tag written too long runs into the next job, or into the spare one behind the last. */
static bool auth_job_holds(const struct bench *bench, unsigned i, const struct sotto_auth_job *job,
	const struct answer *answer)
{
	return job->key == answer->key && job->len == answer->len &&
	       sotto_base_equal(job->tag, answer->tag, SOTTO_SHA1_LEN) &&
	       slot_holds(bench, i, answer->in, answer->len);
}

static int auth_burst(struct bench *bench, unsigned start, unsigned n, const char **wrong)
{
	struct sotto_auth_job jobs[SOTTO_BURST + 1];
	int rc;

	memset(jobs, GUARD_BYTE, sizeof(jobs));
	for (unsigned i = 0; i < n; i++) {
		const struct answer *answer = answer_at(bench, start, i);

		jobs[i].key = answer->key;
		jobs[i].data = slot_fill(bench, i, answer->in, answer->len);
		jobs[i].len = answer->len;
	}
	rc = bench->crypto->backend->auth_burst(bench->crypto, jobs, n);
	for (unsigned i = 0; i < n && rc == 0 && !*wrong; i++) {
		const struct answer *answer = answer_at(bench, start, i);

		if (!auth_job_holds(bench, i, &jobs[i], answer))
			*wrong = answer->source;
	}
	if (rc == 0 && !*wrong && !all_guard(&jobs[n], sizeof(jobs[n])))
		*wrong = answer_at(bench, start, n - 1)->source;
	return rc;
}

/* A job that holds nothing but what an answer gives it: the tag, too, is still to come. */
static void aead_job_fill(struct sotto_aead_job *job, const struct answer *answer)
{
	job->key = answer->key;
	job->aad = answer->aad;
	job->aad_len = answer->aad_len;
	job->len = answer->len;
	memcpy(job->iv, answer->iv, sizeof(job->iv));
}

static bool aead_job_holds(const struct sotto_aead_job *job, const struct answer *answer)
{
	return job->key == answer->key && job->aad == answer->aad &&
	       job->aad_len == answer->aad_len && job->len == answer->len &&
	       sotto_base_equal(job->iv, answer->iv, sizeof(job->iv)) &&
	       sotto_base_equal(job->tag, answer->tag, sizeof(job->tag));
}

static int aead_burst(struct bench *bench, unsigned start, unsigned n, const char **wrong,
	enum sotto_aead_direction direction)
{
	const bool seal = direction == SOTTO_AEAD_SEAL;
	struct sotto_aead_job jobs[SOTTO_BURST + 1];
	int rc;

	memset(jobs, GUARD_BYTE, sizeof(jobs));
	for (unsigned i = 0; i < n; i++) {
		const struct answer *answer = answer_at(bench, start, i);

		aead_job_fill(&jobs[i], answer);
		jobs[i].data = slot_fill(bench, i, seal ? answer->in : answer->out, answer->len);
	}
	rc = bench->crypto->backend->aead_burst(bench->crypto, jobs, n, direction);
	for (unsigned i = 0; i < n && rc == 0 && !*wrong; i++) {
		const struct answer *answer = answer_at(bench, start, i);

		if (!aead_job_holds(&jobs[i], answer) ||
			!slot_holds(bench, i, seal ? answer->out : answer->in, answer->len))
			*wrong = answer->source;
	}
	if (rc == 0 && !*wrong && !all_guard(&jobs[n], sizeof(jobs[n])))
		*wrong = answer_at(bench, start, n - 1)->source;
	return rc;
}

static int seal_burst(struct bench *bench, unsigned start, unsigned n, const char **wrong)
{
	return aead_burst(bench, start, n, wrong, SOTTO_AEAD_SEAL);
}

static int open_burst(struct bench *bench, unsigned start, unsigned n, const char **wrong)
{
	return aead_burst(bench, start, n, wrong, SOTTO_AEAD_OPEN);
}

/* Burst sizes from 1 to the largest, each from every vector on. */
static int run_all(struct bench *bench, burst_fn burst, const char **failed)
{
	const char *wrong = NULL;

	for (unsigned n = 1; n <= SOTTO_BURST; n++) {
		for (unsigned start = 0; start < bench->count; start++) {
			int rc = burst(bench, start, n, &wrong);

			if (rc != 0)
				return rc;
			if (wrong) {
				*failed = wrong;
				return -EBADMSG;
			}
		}
	}
	return 0;
}

static int bench_open(struct bench *bench, struct sotto_crypto *crypto, unsigned vectors)
{
	memset(bench, 0, sizeof(*bench));
	bench->crypto = crypto;
	bench->slot_len = (size_t)2 * GUARD_LEN;
	bench->answers = calloc(vectors ? vectors : 1, sizeof(*bench->answers));
	return bench->answers ? 0 : -ENOMEM;
}

static void bench_close(struct bench *bench)
{
	for (unsigned i = 0; i < bench->count; i++) {
		sotto_crypto_key_wipe(bench->answers[i].key);
		free(bench->answers[i].key);
	}
	free(bench->answers);
	free(bench->slots);
}

/* Adds an answer with a key made from these session keys; does nothing when not supported. */
static int bench_add(
	struct bench *bench, const struct sotto_session_keys *from, struct answer answer)
{
	size_t size = sotto_crypto_key_size(bench->crypto->backend, from->cipher, from->auth);
	int rc;

	if (size == 0)
		return 0;
	answer.key = aligned_alloc(SOTTO_CACHE_LINE, size);
	if (!answer.key)
		return -ENOMEM;
	rc = sotto_crypto_key_init(bench->crypto, from, answer.key);
	if (rc != 0) {
		free(answer.key);
		return rc;
	}
	bench->answers[bench->count++] = answer;
	if (bench->slot_len < answer.len + (size_t)2 * GUARD_LEN)
		bench->slot_len = answer.len + (size_t)2 * GUARD_LEN;
	return 0;
}

static int bench_run(struct bench *bench, burst_fn burst, const char **failed)
{
	if (!bench->slots)
		bench->slots = malloc(SOTTO_BURST * bench->slot_len);
	if (!bench->slots)
		return -ENOMEM;
	return run_all(bench, burst, failed);
}

static int add_cipher(struct bench *bench, const struct sotto_cipher_vector *vector)
{
	struct sotto_session_keys from = {.cipher = vector->cipher};
	struct answer answer = {
		.source = vector->source,
		.iv = vector->iv,
		.in = vector->in,
		.out = vector->out,
		.len = vector->len,
	};

	memcpy(from.cipher_key, vector->key, sotto_crypto_cipher_key_len(vector->cipher));
	return bench_add(bench, &from, answer);
}

static int add_aead(struct bench *bench, const struct sotto_aead_vector *vector)
{
	struct sotto_session_keys from = {
		.cipher = vector->cipher,
		.tag_len = SOTTO_GCM_TAG_LEN,
	};
	struct answer answer = {
		.source = vector->source,
		.iv = vector->iv,
		.aad = vector->aad,
		.aad_len = vector->aad_len,
		.in = vector->in,
		.out = vector->out,
		.len = vector->len,
		.tag = vector->tag,
	};

	memcpy(from.cipher_key, vector->key, sotto_crypto_cipher_key_len(vector->cipher));
	return bench_add(bench, &from, answer);
}

static int add_auth(struct bench *bench, const struct sotto_auth_vector *vector)
{
	struct sotto_session_keys from = {
		.auth = vector->auth,
		.tag_len = SOTTO_SHA1_LEN,
		.auth_key_len = (uint8_t)vector->key_len,
	};
	struct answer answer = {
		.source = vector->source,
		.in = vector->in,
		.len = vector->len,
		.tag = vector->tag,
	};

	if (vector->key_len > sizeof(from.auth_key))
		return -EINVAL;
	memcpy(from.auth_key, vector->key, vector->key_len);
	return bench_add(bench, &from, answer);
}

static int test_ciphers(struct sotto_crypto *crypto, const struct sotto_crypto_vectors *vectors,
	const char **failed)
{
	struct bench bench;
	int rc = bench_open(&bench, crypto, vectors->ciphers);

	for (unsigned i = 0; i < vectors->ciphers && rc == 0; i++)
		rc = add_cipher(&bench, &vectors->cipher[i]);
	if (rc == 0)
		rc = bench_run(&bench, cipher_burst, failed);
	bench_close(&bench);
	return rc;
}

static int test_auths(struct sotto_crypto *crypto, const struct sotto_crypto_vectors *vectors,
	const char **failed)
{
	struct bench bench;
	int rc = bench_open(&bench, crypto, vectors->auths);

	for (unsigned i = 0; i < vectors->auths && rc == 0; i++)
		rc = add_auth(&bench, &vectors->auth[i]);
	if (rc == 0)
		rc = bench_run(&bench, auth_burst, failed);
	bench_close(&bench);
	return rc;
}

static int test_aeads(struct sotto_crypto *crypto, const struct sotto_crypto_vectors *vectors,
	const char **failed)
{
	struct bench bench;
	int rc = bench_open(&bench, crypto, vectors->aeads);

	for (unsigned i = 0; i < vectors->aeads && rc == 0; i++)
		rc = add_aead(&bench, &vectors->aead[i]);
	if (rc == 0)
		rc = bench_run(&bench, seal_burst, failed);
	if (rc == 0)
		rc = bench_run(&bench, open_burst, failed);
	bench_close(&bench);
	return rc;
}

int sotto_crypto_selftest(struct sotto_crypto *crypto, const struct sotto_crypto_vectors *vectors,
	const char **failed)
{
	int rc = test_ciphers(crypto, vectors, failed);

	if (rc == 0)
		rc = test_auths(crypto, vectors, failed);
	return rc != 0 ? rc : test_aeads(crypto, vectors, failed);
}
