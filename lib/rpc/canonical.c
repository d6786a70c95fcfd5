/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A session's wished content as one run of bytes, to be hashed and compared. No two contents share
 * one: members have a fixed order, numbers a fixed width, and how long a text or a list is stands
 * before it.
 */
#include "base/bytes.h"
#include "base/secret.h"
#include "rpc/request.h"

#include <string.h>

#define PIECE 1024 /* bytes that are collected before they are fed: one call of a small session */

struct run {
	sotto_rpc_feed *feed;
	void *arg;
	size_t used;
	uint8_t piece[PIECE];
};

static void flush(struct run *run)
{
	if (run->used > 0)
		run->feed(run->arg, run->piece, run->used);
	run->used = 0;
}

static void add_bytes(struct run *run, const void *bytes, size_t len)
{
	if (len > PIECE - run->used)
		flush(run);
	if (len > PIECE) {
		run->feed(run->arg, bytes, len);
		return;
	}
	memcpy(run->piece + run->used, bytes, len);
	run->used += len;
}

static void add_int(struct run *run, int64_t value)
{
	uint8_t bytes[8];

	sotto_base_put64(bytes, (uint64_t)value);
	add_bytes(run, bytes, sizeof(bytes));
}

/* NULL is as good as the empty text: no member tells the two apart. */
static void add_text(struct run *run, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	add_int(run, (int64_t)len);
	if (len > 0)
		add_bytes(run, text, len);
}

static void add_masters(struct run *run, const struct sotto_rpc_key *key)
{
	add_int(run, key->master_count);
	for (unsigned i = 0; i < key->master_count; i++) {
		const struct sotto_rpc_master *master = &key->masters[i];

		add_text(run, master->key);
		add_text(run, master->salt);
		add_int(run, (int64_t)master->lifetime);
		add_int(run, (int64_t)master->mki);
	}
}

static void add_positions(struct run *run, const struct sotto_rpc_key *key)
{
	add_int(run, key->stream_count);
	for (unsigned i = 0; i < key->stream_count; i++) {
		const struct sotto_rpc_position *position = &key->streams[i];

		add_int(run, position->ssrc);
		add_int(run, position->roc);
		add_int(run, position->highest_seq);
		add_int(run, position->has_srtcp_index ? (int64_t)position->srtcp_index : -1);
	}
}

/*
 * The first master key's MKI is the default. What the default of a key line is cannot be known
 * here, so there it stays apart from every MKI that is given.
 */
static int64_t send_mki(const struct sotto_rpc_key *key)
{
	if (key->has_send_mki)
		return (int64_t)key->send_mki;
	return key->form == SOTTO_RPC_KEY_SDES ? -1 : (int64_t)key->masters[0].mki;
}

static void add_key(struct run *run, const struct sotto_rpc_key *key)
{
	add_int(run, key ? 1 : 0);
	if (!key)
		return;
	add_int(run, key->form);
	add_text(run, key->sdes);
	add_text(run, key->suite);
	add_int(run, key->modes);
	add_int(run, key->mki_len);
	add_masters(run, key);
	add_int(run, send_mki(key));
	add_int(run, key->roc);
	add_int(run, key->roc_value);
	add_int(run, key->overlap_ms);
	add_int(run, key->shared);
	add_positions(run, key);
}

static void add_place(struct run *run, const struct sotto_rpc_leg *leg)
{
	add_text(run, leg->interface);
	add_int(run, leg->family);
	add_int(run, leg->local_port);
	add_int(run, leg->remote.addr.family);
	add_bytes(run, leg->remote.addr.bytes, sizeof(leg->remote.addr.bytes));
	add_int(run, leg->remote.port);
	add_int(run, leg->remote_rtcp_port);
	add_int(run, leg->rtcp_mux);
	add_int(run, leg->dscp);
	add_int(run, leg->source);
	add_int(run, leg->latch);
}

static void add_leg(struct run *run, const struct sotto_rpc_leg *leg)
{
	add_place(run, leg);
	add_int(run, leg->security);
	add_int(run, leg->downgrade);
	add_int(run, leg->allow);
	add_int(run, leg->max_ssrcs);
	add_int(run, leg->replay_window);
	add_int(run, leg->repeat);
	add_int(run, leg->cryptex);
	for (unsigned i = 0; i < 4; i++)
		add_int(run, (int64_t)leg->encrypted_extensions[i]);
	add_int(run, leg->early_ms);
	add_key(run, leg->receive);
	add_key(run, leg->send);
}

void sotto_rpc_put_feed(const struct sotto_rpc_put *put, sotto_rpc_feed *feed, void *arg)
{
	struct run run = {.feed = feed, .arg = arg};

	add_text(&run, put->id);
	add_int(&run, put->timeout_s);
	add_int(&run, put->media_count);
	for (unsigned i = 0; i < put->media_count; i++) {
		add_text(&run, put->media[i].id);
		add_leg(&run, &put->media[i].legs[0]);
		add_leg(&run, &put->media[i].legs[1]);
	}
	flush(&run);
	sotto_base_wipe(run.piece, sizeof(run.piece));
}
