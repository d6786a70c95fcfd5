/* SPDX-License-Identifier: BSD-3-Clause */
/* The world around the session tables of the target control. */
#include "control_world.h"

#include "fuzz.h"

#include "base/bytes.h"
#include "drivers/crypto/drivers.h"

#define FIRST_US 1000000
#define PLAIN_LEN 32

/* Stands before each block; its size keeps the block aligned to the cache line. */
struct control_block {
	struct control_block *next, *previous;
	size_t size;
	uint64_t held;  /* the newest grace period at whose beginning a port led here */
	bool has_a_key; /* material was put into it */
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

static struct control_world *around; /* of the one input that runs: the crypto backend has no arg */

/* --- memory -------------------------------------------------------------------------------------
 */

static bool fails_now(struct control_world *world)
{
	return world->fails_in > 0 && --world->fails_in == 0;
}

static void *take(void *arg, size_t size)
{
	struct control_world *world = arg;
	size_t whole = sizeof(struct control_block) + (size + 63) / 64 * 64;
	struct control_block *block;

	if (fails_now(world))
		return NULL;
	block = aligned_alloc(SOTTO_CACHE_LINE, whole);
	fuzz_require(block, "memory");
	memset(block, 0, whole);
	block->size = size;
	block->next = world->blocks;
	if (world->blocks)
		world->blocks->previous = block;
	world->blocks = block;
	world->block_count++;
	return block + 1;
}

/* The block that holds p, or NULL. */
static struct control_block *find_block(const struct control_world *world, const void *p)
{
	struct control_block *block;

	for (block = world->blocks; block; block = block->next) {
		const uint8_t *first = (const uint8_t *)(block + 1);

		if ((const uint8_t *)p >= first && (const uint8_t *)p < first + block->size)
			return block;
	}
	return NULL;
}

static struct control_block *block_of(const struct control_world *world, const void *p)
{
	struct control_block *block = find_block(world, p);

	fuzz_require(block, "a pointer leads to a live block");
	return block;
}

static void check_wiped(const struct control_block *block)
{
	const uint8_t *bytes = (const uint8_t *)(block + 1);

	for (size_t i = 0; block->has_a_key && i < block->size; i++)
		fuzz_require(bytes[i] == 0, "a key is wiped before it is released");
}

static void give_back(void *arg, void *memory)
{
	struct control_world *world = arg;
	struct control_block *block = block_of(world, memory);

	fuzz_require((void *)(block + 1) == memory, "what is released is a whole block");
	check_wiped(block);
	/* a port that led here when a period began gave it to readers that this one waits not for
	 */
	fuzz_require(world->workers_gone || block->held == 0 || block->held < world->over_to,
		"no worker holds what is released");
	if (block->next)
		block->next->previous = block->previous;
	if (block->previous)
		block->previous->next = block->next;
	else
		world->blocks = block->next;
	world->block_count--;
	free(block);
}

/* --- the crypto backend: plain C, and we know where keys lie ------------------------------------
 */

/* Keys that are needed but for a moment, to derive others, lie on the stack. */
static void mark_key(const void *material)
{
	struct control_block *block = find_block(around, material);

	if (block)
		block->has_a_key = true;
}

static int cipher_expand(
	struct sotto_crypto *crypto, enum sotto_cipher cipher, const uint8_t *key, void *out)
{
	mark_key(out);
	return sotto_crypto_ref.cipher_expand(crypto, cipher, key, out);
}

static int auth_expand(struct sotto_crypto *crypto, enum sotto_auth auth, const uint8_t *key,
	size_t len, void *out)
{
	mark_key(out);
	return sotto_crypto_ref.auth_expand(crypto, auth, key, len, out);
}

/* One for all inputs. */
static struct sotto_crypto *crypto_of_all(void)
{
	static struct sotto_crypto_backend backend;
	static struct sotto_crypto *crypto;

	if (crypto)
		return crypto;
	fuzz_require(sotto_crypto_ref.create(NULL, &crypto) == 0, "plain C");
	backend = sotto_crypto_ref;
	backend.cipher_expand = cipher_expand;
	backend.auth_expand = auth_expand;
	crypto->backend = &backend;
	return crypto;
}

/* --- what workers can hold ----------------------------------------------------------------------
 */

static void hold(const struct control_world *world, const void *p)
{
	if (p)
		block_of(world, p)->held = world->begun;
}

static void hold_context(
	const struct control_world *world, const struct sotto_srtp_context *context, int depth)
{
	const struct sotto_srtp_more *more = context->more;

	hold(world, context->rtp);
	hold(world, context->rtcp);
	hold(world, context->streams);
	if (context->streams)
		hold(world, context->streams->before);
	hold(world, more);
	for (unsigned n = 0; more && n < more->master_count; n++) {
		hold(world, more->master[n].rtp);
		hold(world, more->master[n].rtcp);
		hold(world, more->master[n].header);
		hold(world, more->master[n].use);
	}
	/* Nobody looks behind the key before this one (srtp/retry.c): while a request replaces keys
	 * twice replaced, one media after the other, there may be one there. */
	if (!more || !more->previous || depth == 0)
		return;
	hold(world, more->previous);
	hold_context(world, &more->previous->context, depth - 1);
}

static void hold_leg(const struct control_world *world, const struct sotto_leg *leg)
{
	hold(world, leg);
	hold(world, leg->state);
	hold_context(world, &leg->receive, 1);
	hold_context(world, &leg->send, 0);
}

/* Everything that a port leads to: a worker may take it up right now. */
static void hold_published(const struct control_world *world)
{
	for (unsigned i = 0; i < CONTROL_INTERFACES; i++) {
		const struct sotto_interface *interface = &world->interface[i];

		for (unsigned port = interface->port_low; port <= interface->port_high; port++) {
			const struct sotto_leg *leg =
				sotto_interface_lookup(interface, (uint16_t)port);

			if (!leg)
				continue;
			hold_leg(world, leg);
			hold_leg(world, leg->peer);
		}
	}
}

static uint64_t grace_begin(void *arg)
{
	struct control_world *world = arg;

	world->begun++;
	hold_published(world);
	return world->begun;
}

static bool grace_over(void *arg, uint64_t token)
{
	const struct control_world *world = arg;

	fuzz_require(token > 0 && token <= world->begun, "a grace period that began");
	return token <= world->over_to;
}

void control_world_quiesce(struct control_world *world, uint64_t over_to)
{
	for (unsigned i = 0; i < world->order_count; i++)
		(void)sotto_srtp_streams_preset(world->order[i].streams, &world->order[i].preset);
	world->order_count = 0;
	if (over_to > world->over_to)
		world->over_to = over_to;
}

/* --- workers ------------------------------------------------------------------------------------
 */

static bool preset(void *arg, unsigned worker, struct sotto_srtp_streams *streams,
	const struct sotto_srtp_preset *wish)
{
	struct control_world *world = arg;

	fuzz_require(worker < CONTROL_WORKERS, "a worker that is there");
	if (world->orders_full || world->order_count == CONTROL_ORDERS)
		return false;
	block_of(world, streams);
	world->order[world->order_count++] =
		(struct control_order){.streams = streams, .preset = *wish};
	return true;
}

const struct sotto_leg *control_world_leg(const struct control_world *world, unsigned nth)
{
	const struct sotto_leg *legs[CONTROL_INTERFACES * CONTROL_PAIRS];
	unsigned n = 0;

	for (unsigned i = 0; i < CONTROL_INTERFACES; i++) {
		const struct sotto_interface *interface = &world->interface[i];

		for (unsigned port = interface->port_low; port < interface->port_high; port += 2) {
			legs[n] = sotto_interface_lookup(interface, (uint16_t)port);
			n += legs[n] != NULL;
		}
	}
	return n > 0 ? legs[nth % n] : NULL;
}

static struct sotto_srtp_batch *batch_of(struct control_world *world,
	const struct sotto_srtp_context *context, uint8_t data[CONTROL_PACKET], uint32_t len)
{
	static struct sotto_srtp_batch batch;

	memset(&batch, 0, sizeof(batch));
	batch.data[0] = data;
	batch.len[0] = len;
	batch.room[0] = CONTROL_PACKET;
	batch.context[0] = context;
	batch.now_us = world->now_us;
	return &batch;
}

static struct sotto_srtp *engine(void)
{
	static struct sotto_srtp srtp;

	sotto_srtp_init(&srtp, crypto_of_all());
	return &srtp;
}

void control_world_send(
	struct control_world *world, const struct sotto_leg *leg, uint32_t ssrc, uint16_t seq)
{
	struct sotto_srtp_batch *batch;

	memset(world->packet, 0, PLAIN_LEN);
	world->packet[0] = 0x80;
	sotto_base_put16(world->packet + 2, seq);
	sotto_base_put32(world->packet + 8, ssrc);
	world->packet_len = PLAIN_LEN;
	if (!leg->send.rtp || PLAIN_LEN + leg->trailer[SOTTO_SRTP] > CONTROL_PACKET)
		return;
	batch = batch_of(world, &leg->send, world->packet, PLAIN_LEN);
	if (sotto_srtp_protect_burst(engine(), batch, 1, SOTTO_SRTP) != 0) {
		world->packet_len = batch->len[0];
		leg->state->sent_packets++;
	}
}

void control_world_receive(struct control_world *world, const struct sotto_leg *leg)
{
	uint8_t copy[CONTROL_PACKET];
	struct sotto_srtp_batch *batch;

	memcpy(copy, world->packet, sizeof(copy));
	if (world->packet_len == 0 || !leg->receive.rtp)
		return;
	batch = batch_of(world, &leg->receive, copy, world->packet_len);
	if (sotto_srtp_unprotect_burst(engine(), batch, 1, SOTTO_SRTP) == 0) {
		++*sotto_leg_drops(leg->state, batch->verdict[0]);
		return;
	}
	leg->state->received_packets++;
	leg->state->last_received_us = world->now_us;
	leg->state->locked |= leg->security == SOTTO_PREFERRED;
}

/* --- opening and closing ------------------------------------------------------------------------
 */

static struct sotto_addr addr_of(const char *text)
{
	struct sotto_addr addr = {.family = 0};

	fuzz_require(sotto_base_addr_parse(text, &addr) == 0, "an address");
	return addr;
}

static void open_interface(struct control_world *world, unsigned i)
{
	static const struct {
		const char *name, *address, *gateway;
		uint8_t prefix;
		uint16_t first_port;
	} as[CONTROL_INTERFACES] = {
		{"access", "10.99.1.2", "10.99.1.254", 24, 20000},
		{"access", "fd99:1::2", NULL, 64, 29996},
		{"core", "10.99.2.2", NULL, 24, 20000},
	};
	struct sotto_interface *interface = &world->interface[i];

	*interface = (struct sotto_interface){
		.local = {.addr = addr_of(as[i].address),
			.prefix = as[i].prefix,
			.mac = {2, 0, 0, 0, 0, (uint8_t)i}},
		.device = (uint16_t)i,
		.mtu = 1500,
		.port_low = as[i].first_port,
		.port_high = (uint16_t)(as[i].first_port + 2 * CONTROL_PAIRS - 1),
	};
	snprintf(interface->name, sizeof(interface->name), "%s", as[i].name);
	if (as[i].gateway)
		interface->gateway = addr_of(as[i].gateway);
	fuzz_require(sotto_interface_init(interface) == 0, "an interface");
}

void control_world_open(struct control_world *world)
{
	struct sotto_session_env env = {
		.arg = world,
		.alloc = take,
		.release = give_back,
		.grace_begin = grace_begin,
		.grace_over = grace_over,
		.preset = preset,
		.crypto = crypto_of_all(),
	};

	memset(world, 0, sizeof(*world));
	around = world;
	world->now_us = FIRST_US;
	world->limits = (struct sotto_session_limits){.sessions = CONTROL_SESSIONS,
		.streams = CONTROL_STREAMS,
		.workers = CONTROL_WORKERS};
	for (unsigned i = 0; i < CONTROL_INTERFACES; i++)
		open_interface(world, i);
	fuzz_require(sotto_sessions_create(&env, &world->limits, 0x5eed, &world->sessions) == 0,
		"session tables");
}

void control_world_close(struct control_world *world)
{
	struct sotto_session *session;
	uint32_t slot = 0;

	world->fails_in = 0;
	while ((session = sotto_session_next(world->sessions, &slot)) != NULL)
		sotto_session_delete(world->sessions, session);
	control_world_check(world);
	fuzz_require(sotto_sessions_streams(world->sessions) == 0, "no stream is left");
	fuzz_require(!control_world_leg(world, 0), "no port is left");
	control_world_quiesce(world, world->begun);
	fuzz_require(sotto_sessions_reclaim(world->sessions) == 0, "nothing waits any more");
	fuzz_require(world->block_count == 0, "all memory came back");
	world->workers_gone = true;
	sotto_sessions_destroy(world->sessions);
	for (unsigned i = 0; i < CONTROL_INTERFACES; i++)
		sotto_interface_fini(&world->interface[i]);
}
