/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines, their ends and their keys; see packet_world.h. */
#include "packet_world.h"

#include "drivers/crypto/drivers.h"

#include <errno.h>

static void *lines_alloc(size_t size)
{
	void *p = aligned_alloc(
		SOTTO_CACHE_LINE, (size + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul));

	fuzz_require(p, "memory");
	memset(p, 0, size);
	return p;
}

/* The backend that is deployed; it lives as long as the process, for it takes long to make. */
static struct sotto_crypto *backend(void)
{
	static struct sotto_crypto *made;

	for (unsigned i = 0; sotto_crypto_backends[i] && !made; i++)
		if (sotto_crypto_backends[i]->create(NULL, &made) != 0)
			made = NULL;
	fuzz_require(made, "a crypto backend");
	return made;
}

static const struct sotto_suite *supported_suite(struct world *world, unsigned choice)
{
	const struct sotto_suite *suites[32];
	unsigned n = 0;

	for (unsigned i = 0; sotto_keys_suite_at(i) && n < 32; i++)
		if (sotto_keys_size(world->crypto->backend, sotto_keys_suite_at(i)) != 0)
			suites[n++] = sotto_keys_suite_at(i);
	fuzz_require(n > 0, "a suite");
	return suites[choice % n];
}

/* Modes that the suite cannot have (RFC 7714, 13) would be refused. */
static sotto_modes allowed_modes(const struct sotto_suite *suite, unsigned choice)
{
	sotto_modes modes = 0;

	if (choice & 1)
		modes |= SOTTO_CONSENT_UNENCRYPTED_SRTCP;
	if (choice & 2 && !sotto_crypto_is_aead(suite->cipher))
		modes |= SOTTO_CONSENT_UNENCRYPTED_SRTP;
	if (choice & 4 && !sotto_crypto_is_aead(suite->cipher))
		modes |= SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	return modes;
}

static void read_policy(struct world *world, struct fuzz_input *in, struct policy *policy)
{
	static const uint8_t mki_lens[] = {0, 1, 4, 128};
	static const uint32_t windows[] = {0, 64, 100, 128, 129, 1024, 8192, 32768};
	static const uint32_t rocs[] = {0, 0, 1, UINT32_MAX};
	static const uint8_t lifetimes[] = {0, 0, 10, 100};
	unsigned flags;

	policy->suite = supported_suite(world, fuzz_take8(in));
	flags = fuzz_take8(in);
	policy->modes = flags & 0x80 ? allowed_modes(policy->suite, flags) : 0;
	policy->cryptex = (flags & 0x18) == 0x08;
	policy->encrypts_ids = (flags & 0x18) == 0x10;
	policy->rx_cryptex = flags & 0x20 ? !policy->cryptex : policy->cryptex;
	policy->verify_only = flags & 0x40;
	if (policy->encrypts_ids)
		policy->rx_cryptex = false;
	flags = fuzz_take8(in);
	policy->mki_len = mki_lens[flags & 3];
	policy->masters = policy->mki_len > 0 ? (uint8_t)(1 + (flags >> 2 & 3)) : 1;
	policy->slots = (uint8_t)(1 + (flags >> 4 & 7));
	policy->repeat = flags & 0x80;
	flags = fuzz_take8(in);
	policy->window = windows[flags & 7];
	policy->tx_roc = rocs[flags >> 3 & 3];
	policy->rx_roc = flags & 0x20 ? 0 : policy->tx_roc;
	policy->lifetime = lifetimes[flags >> 6];
	policy->try_roc_zero = flags & 1;
}

/* --- ends ----------------------------------------------------------------------------------------
 */

/* Keys follow from line, generation and number, and never come twice. */
static void make_master(
	const struct line *line, unsigned generation, unsigned number, struct sotto_master *out)
{
	memset(out, 0, sizeof(*out));
	out->suite = line->policy.suite;
	out->modes = line->policy.modes;
	for (unsigned i = 0; i < sizeof(out->key); i++)
		out->key[i] = (uint8_t)(1 + 7 * i);
	for (unsigned i = 0; i < sizeof(out->salt); i++)
		out->salt[i] = (uint8_t)(0x80 + 3 * i);
	out->key[0] = (uint8_t)line->number;
	out->key[1] = (uint8_t)generation;
	out->key[2] = (uint8_t)(generation >> 8);
	out->key[3] = (uint8_t)number;
}

static void build_keys(struct world *world, const struct line *line, struct end *end)
{
	const struct sotto_crypto_backend *table = world->crypto->backend;
	const struct sotto_suite *suite = line->policy.suite;

	for (unsigned i = 0; i < end->masters; i++) {
		struct sotto_master master;

		make_master(line, end->generation, i, &master);
		for (unsigned j = 0; j < 2; j++)
			end->keys[i][j] = lines_alloc(sotto_keys_size(table, suite));
		fuzz_require(sotto_keys_build(
				     world->crypto, &master, end->keys[i][0], end->keys[i][1]) == 0,
			"ready keys");
		if (!line->policy.encrypts_ids)
			continue;
		end->keys[i][2] = lines_alloc(sotto_keys_header_size(table, suite));
		fuzz_require(sotto_keys_build_header(world->crypto, &master, end->keys[i][2]) == 0,
			"a header key");
	}
}

static void build_more(const struct line *line, struct end *end, bool sends)
{
	const struct policy *policy = &line->policy;
	struct sotto_srtp_more *more =
		lines_alloc(sizeof(*more) + end->masters * sizeof(more->master[0]));

	more->master_count = (uint8_t)end->masters;
	more->mki_len = policy->mki_len;
	more->verify_only = policy->verify_only && !sends;
	more->cryptex = sends ? policy->cryptex : policy->rx_cryptex;
	more->encrypts_ids = policy->encrypts_ids;
	more->late_only = end->masters == 1 && more->mki_len == 0 && !more->verify_only &&
			  !more->cryptex && !more->encrypts_ids;
	if (policy->encrypts_ids) {
		more->ids[0] = 0xfffffffffffffffe & ~(1ull << 3); /* 3 stays in clear */
		more->ids[1] = 1;
		more->ids[3] = 1ull << 63;
	}
	for (unsigned i = 0; i < end->masters; i++) {
		struct sotto_srtp_master *master = &more->master[i];

		master->rtp = end->keys[i][0];
		master->rtcp = end->keys[i][1];
		master->header = end->keys[i][2];
		master->mki = i + 1;
		master->use = i == 0 ? &end->streams->use : &end->use[i];
		if (i > 0)
			sotto_srtp_use_init(master->use, policy->lifetime);
	}
	end->more = more;
	end->context.more = more;
}

static struct end *end_open(struct world *world, const struct line *line, bool sends)
{
	const struct policy *policy = &line->policy;
	struct end *end = lines_alloc(sizeof(*end));
	struct sotto_srtp_shape shape = {
		.count = policy->slots,
		.window = policy->window,
		.roc = sends ? policy->tx_roc : policy->rx_roc,
		.try_roc_zero = policy->try_roc_zero && !sends,
		.repeat = policy->repeat && sends,
		.lifetime = policy->lifetime,
	};

	end->masters = policy->masters;
	end->generation = line->generation;
	build_keys(world, line, end);
	end->streams_size = sotto_srtp_streams_size(&shape);
	end->streams = lines_alloc(end->streams_size);
	end->before = lines_alloc(end->streams_size);
	sotto_srtp_streams_init(end->streams, &shape);
	end->context.rtp = end->keys[0][0];
	end->context.rtcp = end->keys[0][1];
	end->context.streams = end->streams;
	if (policy->mki_len > 0 || policy->cryptex || policy->rx_cryptex || policy->encrypts_ids ||
		policy->verify_only)
		build_more(line, end, sends);
	return end;
}

static void end_close(struct end *end)
{
	if (!end)
		return;
	end_close(end->old);
	for (unsigned i = 0; i < end->masters; i++)
		for (unsigned j = 0; j < 3; j++) {
			sotto_crypto_key_wipe(end->keys[i][j]);
			free(end->keys[i][j]);
		}
	free(end->more);
	free(end->streams);
	free(end->before);
	free(end);
}

/* --- lines ---------------------------------------------------------------------------------------
 */

/* Lets an SSRC begin somewhere, at both ends or at the sender alone. */
static void read_preset(struct fuzz_input *in, struct line *line)
{
	static const uint64_t places[] = {
		0, 60, 65500, 65536, 0x7ffe, 0x2fff0, (1ull << 48) - 70, (1ull << 48) - 65600};
	unsigned choice = fuzz_take8(in);
	struct sotto_srtp_preset preset = {
		.ssrc = SSRC_BASE,
		.next_rtp = places[choice & 7],
		.next_rtcp = choice & 8 ? SOTTO_RTCP_INDEX_END - 5 : 0,
	};

	if (choice == 0)
		return;
	fuzz_require(sotto_srtp_streams_preset(line->tx->streams, &preset) == 0, "a preset");
	line->seq[0] = (uint16_t)preset.next_rtp;
	if (!(choice & 0x80))
		fuzz_require(
			sotto_srtp_streams_preset(line->rx->streams, &preset) == 0, "a preset");
}

void world_open(struct world *world, struct fuzz_input *in)
{
	unsigned choice = fuzz_take8(in);

	memset(world, 0, sizeof(*world));
	world->crypto = backend();
	world->line_count = 1 + choice % LINES_MAX;
	world->now_us = 1 + fuzz_take8(in);
	sotto_srtp_init(&world->srtp, world->crypto);
	for (unsigned i = 0; i < world->line_count; i++) {
		struct line *line = &world->lines[i];

		line->number = i;
		read_policy(world, in, &line->policy);
		line->tx = end_open(world, line, true);
		line->rx = end_open(world, line, false);
		read_preset(in, line);
	}
}

void world_close(struct world *world)
{
	for (unsigned i = 0; i < world->line_count; i++) {
		end_close(world->lines[i].tx);
		end_close(world->lines[i].rx);
	}
}

/* The old end stays behind the new one while packets under it are tried. */
static void set_previous(struct world *world, struct end *end, struct end *old, uint32_t overlap_ms)
{
	if (old->more)
		old->more->previous = NULL;
	end_close(old->old);
	old->old = NULL;
	end->old = old;
	end->previous.context = old->context;
	end->previous.until_us = world->now_us + 1000ull * overlap_ms;
	end->more->previous = &end->previous;
}

static struct end *replace(struct world *world, struct line *line, struct end *old, bool sends,
	const struct rekey *how)
{
	struct end *end = end_open(world, line, sends);

	if (how->inherit)
		sotto_srtp_streams_inherit(end->streams, old->streams, sends);
	if (sends || how->overlap_ms == 0) {
		end_close(old);
		return end;
	}
	if (!end->more)
		build_more(line, end, false);
	set_previous(world, end, old, how->overlap_ms);
	return end;
}

/* An end that runs ahead takes new keys; one that lags behind takes those that are there. */
void line_rekey(struct world *world, struct line *line, const struct rekey *how)
{
	bool ahead = (how->tx && line->tx->generation == line->generation) ||
		     (how->rx && line->rx->generation == line->generation);

	if (ahead)
		line->generation++;
	if (how->tx) {
		line->tx = replace(world, line, line->tx, true, how);
		memset(line->serial, 0, sizeof(line->serial));
	}
	if (how->rx)
		line->rx = replace(world, line, line->rx, false, how);
	memset(line->newest, 0, sizeof(line->newest));
}

void line_end_overlap(struct line *line)
{
	struct end *rx = line->rx;

	if (!rx->old)
		return;
	rx->more->previous = NULL;
	end_close(rx->old);
	rx->old = NULL;
}

void line_send_with(struct line *line, unsigned master)
{
	struct end *tx = line->tx;

	if (tx->masters < 2)
		return;
	master %= tx->masters;
	tx->more->send_master = (uint8_t)master;
	tx->context.rtp = tx->keys[master][0];
	tx->context.rtcp = tx->keys[master][1];
}

const struct sotto_key *line_tx_key(const struct line *line, enum sotto_srtp_kind kind)
{
	return kind == SOTTO_SRTP ? line->tx->context.rtp : line->tx->context.rtcp;
}
