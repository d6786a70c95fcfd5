/* SPDX-License-Identifier: BSD-3-Clause */
/* One end of a session; see end.h. */
#include "end.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 4        /* one more than SSRCs, so that a forged one is looked at */
#define SLOTS_LOOSE 60 /* without tags, every forged SSRC takes one */

static void *lines_alloc(size_t size)
{
	size_t whole = (size + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul);
	void *p = aligned_alloc(SOTTO_CACHE_LINE, whole);

	if (!p)
		abort();
	memset(p, 0, whole);
	return p;
}

static void must(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s cannot be built: %d\n", what, rc);
	exit(EXIT_FAILURE);
}

/*
 * What this libsrtp2 derives AES-192 session keys from: key and salt together, and zeros, taken as
 * a master key and salt of AES-256.
 */
static void follow_192(struct sotto_master *master, struct sotto_suite *suite)
{
	uint8_t all[SOTTO_MASTER_KEY_MAX + SOTTO_MASTER_SALT_MAX] = {0};

	*suite = *master->suite;
	suite->prf = SOTTO_CIPHER_AES_CM_256;
	suite->key_len = 32;
	memcpy(all, master->key, 24);
	memcpy(all + 24, master->salt, 14);
	memcpy(master->key, all, 32);
	memcpy(master->salt, all + 32, 14);
	master->suite = suite;
}

static void build_master(const struct end_wish *wish, struct end *end, unsigned number)
{
	const struct sotto_crypto_backend *backend = wish->crypto->backend;
	struct sotto_srtp_master *to = &end->more->master[number];
	struct sotto_key *rtp, *rtcp, *header;
	struct sotto_suite other;
	struct sotto_master master;
	size_t size;

	sotto_keys_master_at(wish->keying, number, &master);
	if (wish->settings->follow_192 && master.suite->cipher == SOTTO_CIPHER_AES_CM_192)
		follow_192(&master, &other);
	size = sotto_keys_size(backend, master.suite);
	rtp = lines_alloc(size);
	rtcp = lines_alloc(size);
	must(sotto_keys_build(wish->crypto, &master, rtp, rtcp), "keys");
	to->rtp = rtp;
	to->rtcp = rtcp;
	to->mki = wish->keying->master[number].mki;
	to->use = number == 0 ? &end->streams->use : &end->use[number];
	sotto_srtp_use_init(to->use, 0);
	if (wish->plan->id_count == 0)
		return;
	header = lines_alloc(sotto_keys_header_size(backend, master.suite));
	must(sotto_keys_build_header(wish->crypto, &master, header), "header key");
	to->header = header;
}

static size_t more_size(unsigned masters)
{
	return sizeof(struct sotto_srtp_more) + masters * sizeof(struct sotto_srtp_master);
}

/* The context without what it does not need. */
static void build_context(const struct end_wish *wish, struct end *end)
{
	const struct plan *plan = wish->plan;
	struct sotto_srtp_more *more = lines_alloc(more_size(end->masters));

	end->more = more;
	more->master_count = (uint8_t)end->masters;
	more->mki_len = (uint8_t)end->mki_len;
	more->encrypts_ids = plan->id_count != 0;
	more->late_only = end->masters == 1 && end->mki_len == 0 && !more->encrypts_ids;
	for (unsigned i = 0; i < plan->id_count; i++)
		more->ids[plan->ids[i] / 64] |= 1ull << plan->ids[i] % 64;
	for (unsigned i = 0; i < end->masters; i++)
		build_master(wish, end, i);
	end->context.streams = end->streams;
	end->context.rtp = more->master[0].rtp;
	end->context.rtcp = more->master[0].rtcp;
	if (end->mki_len != 0 || more->encrypts_ids)
		end->context.more = more;
}

static struct sotto_srtp_streams *build_streams(const struct sotto_srtp_shape *shape)
{
	struct sotto_srtp_streams *streams = lines_alloc(sotto_srtp_streams_size(shape));

	sotto_srtp_streams_init(streams, shape);
	return streams;
}

static void open_streams(const struct end_wish *wish, struct end *end)
{
	struct sotto_srtp_shape shape = {
		.count = plan_tag_len(wish->plan) == 0 ? SLOTS_LOOSE : SLOTS,
		.window = wish->plan->window,
	};

	if (wish->settings->fault == FAULT_WINDOW && !wish->sender)
		shape.window++;
	end->streams = build_streams(&shape);
}

/*
 * libsrtp2 begins SRTCP with index 1 and leaves none out at a re-key; our sender is made to, so
 * that the bytes can be compared.
 */
static void align_rtcp(struct end *end, const struct end *before)
{
	for (unsigned i = 0; i < end->streams->count; i++) {
		struct sotto_stream *stream = &end->streams->slot[i];
		const struct sotto_stream *old =
			before && stream->bound ? end_stream(before, stream->ssrc) : NULL;

		stream->rtcp.next = old ? old->rtcp.next : 1;
	}
}

static void build_probe(struct end *end)
{
	const struct sotto_srtp_shape shape = {.count = 1, .window = 64};

	end->probe_streams = build_streams(&shape);
	end->probe_more = lines_alloc(more_size(end->masters));
	memcpy(end->probe_more, end->more, more_size(end->masters));
	end->probe = end->context;
	end->probe.streams = end->probe_streams;
	if (end->context.more)
		end->probe.more = end->probe_more;
}

struct end *end_open(const struct end_wish *wish)
{
	struct end *end = lines_alloc(sizeof(*end));
	struct end *before = wish->goes_on;

	end->epoch = wish->epoch;
	end->went_on = before != NULL;
	end->masters = wish->keying->count;
	end->mki_len = wish->keying->mki_len;
	end->has_rtcp = plan_has_rtcp(wish->plan, wish->keying);
	open_streams(wish, end);
	build_context(wish, end);
	build_probe(end);
	if (before)
		judge_go_on(&end->judge, &before->judge, wish->plan, wish->keying, wish->sender);
	else
		judge_open(&end->judge, wish->plan, wish->keying, wish->sender, wish->twin);
	if (before && wish->settings->fault != FAULT_KEEP)
		sotto_srtp_streams_inherit(end->streams, before->streams, wish->sender);
	if (wish->sender)
		align_rtcp(end, before);
	return end;
}

void end_close(struct end *end)
{
	if (!end)
		return;
	judge_close(&end->judge);
	for (unsigned i = 0; i < end->masters; i++) {
		struct sotto_srtp_master *master = &end->more->master[i];
		const struct sotto_key *keys[] = {master->rtp, master->rtcp, master->header};

		for (unsigned k = 0; k < 3; k++) {
			sotto_crypto_key_wipe((struct sotto_key *)keys[k]);
			free((struct sotto_key *)keys[k]);
		}
	}
	free(end->more);
	free(end->probe_more);
	free(end->streams);
	free(end->probe_streams);
	free(end);
}

void end_overlap(struct end *end, const struct end *before)
{
	if (!before) {
		__atomic_store_n(&end->more->previous, NULL, __ATOMIC_RELEASE);
		return;
	}
	end->previous.context = before->context;
	end->previous.until_us = 1; /* the oracle has no clock: always now */
	end->more->previous = &end->previous;
	end->context.more = end->more;
}

void end_send_under(struct end *end, unsigned master)
{
	end->more->send_master = (uint8_t)master;
	end->context.rtp = end->more->master[master].rtp;
	end->context.rtcp = end->more->master[master].rtcp;
}

struct sotto_stream *end_stream(const struct end *end, uint32_t ssrc)
{
	for (unsigned i = 0; i < end->streams->count; i++)
		if (end->streams->slot[i].bound && end->streams->slot[i].ssrc == ssrc)
			return &end->streams->slot[i];
	return NULL;
}

void end_set_roc(struct end *end, struct sotto_stream *stream, uint32_t roc, uint64_t next)
{
	judge_set_roc(&end->judge, stream->ssrc, roc);
	sotto_replay_start(&stream->rtp, end->streams->shape, next, false);
}

void end_aim(
	struct end *end, uint32_t ssrc, enum sotto_srtp_kind kind, uint64_t index, unsigned master)
{
	struct sotto_stream *stream = &end->probe_streams->slot[0];

	stream->bound = 1;
	stream->ssrc = ssrc;
	if (kind == SOTTO_SRTP)
		sotto_replay_start(&stream->rtp, end->probe_streams->shape, index, false);
	else
		stream->rtcp.next = index;
	end->probe_more->send_master = (uint8_t)master;
	end->probe.rtp = end->more->master[master].rtp;
	end->probe.rtcp = end->more->master[master].rtcp;
}
