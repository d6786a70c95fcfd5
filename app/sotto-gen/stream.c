/* SPDX-License-Identifier: BSD-3-Clause */
/* From the plan to streams that can be sent and received: headers, SRTP contexts, ports. */
#include "gen.h"
#include "say.h"

#include "base/secret.h"
#include "context/open.h"
#include "drivers/crypto/drivers.h"
#include "keys/sdes.h"
#include "random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_A_MS 8 /* RTP clock of 8 kHz */
#define TTL 64
#define ALLOW_ALL 0xff /* weak suites too: whoever asks for them shall have them */
#define ORDER_SALT 0x6f72646572ull

/* Opens the context of a key line; *out stays NULL without a line. */
static int open_context(
	struct gen *gen, const char *line, bool sends, struct sotto_srtp_context **out)
{
	const struct sotto_context_options options = {
		.sends = sends,
		.allow = ALLOW_ALL,
		.ssrcs = 1,
		.window = GEN_TRACK_WINDOW,
	};
	struct sotto_sdes_error error;
	struct sotto_sdes sdes;
	int rc;

	if (!line)
		return 0;
	if (sotto_keys_sdes_parse(line, strlen(line), &sdes, &error) != 0)
		return gen_complain(GEN_USAGE, "a key line is wrong at character %u: %s", error.at,
			error.reason);
	rc = sotto_context_open(gen->crypto, &sdes.keying, &options, out);
	sotto_base_wipe(&sdes, sizeof(sdes));
	return rc == 0 ? 0
		       : gen_complain(GEN_FAULT, "no SRTP context can be made: %s", strerror(-rc));
}

static int build_header(
	struct gen *gen, struct gen_stream *stream, const struct gen_leg *leg, unsigned local)
{
	const struct gen_local *from = &gen->local[local];
	struct sotto_net_path path = {
		.vlan = from->net.vlan, .ttl = TTL, .src = leg->local, .dst = leg->remote};
	int hop = gen_hop_find(gen, local, &leg->remote.addr);
	char text[SOTTO_ADDR_TEXT];

	if (hop < 0)
		return gen_complain(GEN_USAGE,
			"no way to %s: it is not on a prefix of its side, and there is no "
			"--gateway",
			sotto_base_addr_text(&leg->remote.addr, text));
	memcpy(path.src_mac, from->net.mac, 6);
	stream->hop = (uint8_t)hop;
	stream->device = from->device;
	stream->header_len = (uint8_t)sotto_net_header_build(&path, stream->header);
	return 0;
}

/* Number of a leg's local address among all of ours. */
static unsigned local_of(const struct gen *gen, const struct gen_leg *leg, int side)
{
	unsigned first = side == GEN_A ? 0 : gen->options.side[GEN_A].address_count;

	return first + (unsigned)gen_plan_address(&gen->options.side[side], &leg->local.addr);
}

/* The stream that a side of a call sends. */
static int open_stream(struct gen *gen, uint32_t number, uint32_t call, int side)
{
	struct gen_stream *stream = &gen->stream[number];
	const struct gen_leg *from = &gen->plan.call[call].leg[side];
	const struct gen_leg *to = &gen->plan.call[call].leg[!side];
	uint32_t *port = &gen->local[local_of(gen, to, !side)].stream[to->local.port];
	int rc;

	if (*port != 0)
		return gen_complain(GEN_USAGE, "call %u: another one has its local port %u", call,
			to->local.port);
	*port = number + 1;
	gen_source_init(&stream->source, gen->options.seed, call * GEN_SIDES + (unsigned)side);
	stream->source.type = gen->options.payload_type;
	stream->source.step = gen->options.ptime_ms * SAMPLES_A_MS;
	stream->from = to->remote;
	rc = build_header(gen, stream, from, local_of(gen, from, side));
	if (rc == 0)
		rc = open_context(gen, from->send, true, &stream->protect);
	if (rc == 0)
		rc = open_context(gen, to->receive, false, &stream->unprotect);
	return rc;
}

static int open_all(struct gen *gen)
{
	uint32_t number = 0;
	int rc = 0;

	for (int s = 0; s < GEN_SIDES; s++) {
		for (uint32_t i = 0; rc == 0 && gen->options.sends[s] && i < gen->plan.count; i++)
			rc = open_stream(gen, number++, i, s);
	}
	return rc;
}

static int allocate(struct gen *gen)
{
	unsigned sides = gen->options.sends[GEN_A] + gen->options.sends[GEN_B];
	struct gen_order *order = &gen->lane.order;

	gen->stream_count = gen->plan.count * sides;
	gen->stream = calloc(gen->stream_count, sizeof(*gen->stream));
	order->stream = calloc(gen->stream_count, sizeof(*order->stream));
	if (!gen->stream || !order->stream)
		return gen_complain(GEN_FAULT, "no memory for %u streams", gen->stream_count);
	order->count = gen->stream_count;
	order->state = gen->options.seed ^ ORDER_SALT;
	for (uint32_t i = 0; i < order->count; i++)
		order->stream[i] = i;
	return 0;
}

int gen_streams_start(struct gen *gen)
{
	const char *fault;
	uint32_t call;
	int side, rc;

	fault = gen_plan_fault(&gen->plan, &gen->options, &call, &side);
	if (fault)
		return gen_complain(GEN_USAGE, "call %u, side %c: %s", call, 'a' + side, fault);
	rc = sotto_crypto_open_fastest(&gen->crypto);
	if (rc != 0)
		return gen_complain(GEN_FAULT, "no crypto backend runs here: %s", strerror(-rc));
	sotto_srtp_init(&gen->lane.srtp, gen->crypto);
	rc = allocate(gen);
	if (rc == 0)
		rc = open_all(gen);
	if (rc == 0)
		printf("crypto: %s\n", gen->crypto->backend->describe(gen->crypto));
	return rc;
}

void gen_streams_end(struct gen *gen)
{
	for (uint32_t i = 0; gen->stream && i < gen->stream_count; i++) {
		sotto_context_close(gen->stream[i].protect);
		sotto_context_close(gen->stream[i].unprotect);
	}
	free(gen->stream);
	free(gen->lane.order.stream);
	gen->stream = NULL;
	gen->lane.order.stream = NULL;
	if (gen->crypto)
		gen->crypto->backend->destroy(gen->crypto);
	gen->crypto = NULL;
}
