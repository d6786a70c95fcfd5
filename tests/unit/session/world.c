/* SPDX-License-Identifier: BSD-3-Clause */
/* A small world for session tests: interfaces, environment, and what must always hold. */
#include "world.h"

#include "allocations.h"

#include "drivers/crypto/drivers.h"

#include <string.h>

#define NOW_US 1000
#define KEY_SIZES (sizeof(((struct world *)0)->key_size) / sizeof(size_t))

/* Stands before each block; its size keeps the block aligned to the cache line. */
struct world_block {
	struct world_block *next, *previous;
	struct world *world;
	size_t size;
} SOTTO_ALIGNED(SOTTO_CACHE_LINE);

static void call_hook(struct world *world)
{
	if (world->hook)
		world->hook(world, world->hook_arg);
}

static void *take(struct world *world, size_t size)
{
	size_t whole = sizeof(struct world_block) + (size + 63) / 64 * 64;
	struct world_block *block;

	call_hook(world);
	if (allocations_fail())
		return NULL;
	block = aligned_alloc(SOTTO_CACHE_LINE, whole);
	ck_assert_ptr_nonnull(block);
	memset(block, 0, whole);
	block->world = world;
	block->size = size;
	block->next = world->blocks;
	if (world->blocks)
		world->blocks->previous = block;
	world->blocks = block;
	world->block_count++;
	world->taken++;
	return block + 1;
}

/* Whether a block has the size of a key and does not say that it holds streams. */
static bool is_key(const struct world *world, const struct world_block *block)
{
	const struct sotto_srtp_streams *streams = (const void *)(block + 1);

	for (size_t i = 0; i < KEY_SIZES; i++) {
		if (block->size == world->key_size[i])
			return block->size < sizeof(*streams) || streams->size != block->size;
	}
	return false;
}

static void check_wiped(struct world *world, const struct world_block *block)
{
	const uint8_t *bytes = (const uint8_t *)(block + 1);

	for (size_t i = 0; i < block->size; i++) {
		if (bytes[i] != 0)
			ck_abort_msg("a key of %zu bytes was released unwiped", block->size);
	}
	world->keys_wiped++;
}

/* A reader that has not been quiescent since a token that is not over, or is over just now. */
static void check_unreachable(const struct world *world, const void *memory)
{
	ck_assert_uint_lt(world->begun - world->over_to, TOKENS_MAX);
	for (uint64_t token = world->over_to; token <= world->begun; token++) {
		const struct reach *reach = &world->reach[token % TOKENS_MAX];

		for (unsigned i = 0; token > 0 && i < reach->count; i++) {
			if (reach->block[i] == memory)
				ck_abort_msg("released while a worker may hold it: grace period "
					     "%lu is over, reachable when %lu began",
					(unsigned long)world->over_to, (unsigned long)token);
		}
	}
}

static void give_back(struct world *world, void *memory)
{
	struct world_block *block = (struct world_block *)memory - 1;

	call_hook(world);
	ck_assert_ptr_eq(block->world, world);
	if (is_key(world, block))
		check_wiped(world, block);
	if (world->watch_readers)
		check_unreachable(world, memory);
	if (block->next)
		block->next->previous = block->previous;
	if (block->previous)
		block->previous->next = block->next;
	else
		world->blocks = block->next;
	world->block_count--;
	memset(block, 0xdd, sizeof(*block) + block->size);
	free(block);
}

/* The block that holds p. */
static const void *block_of(const struct world *world, const void *p)
{
	const struct world_block *block;

	for (block = world->blocks; block; block = block->next) {
		const uint8_t *first = (const uint8_t *)(block + 1);

		if ((const uint8_t *)p >= first && (const uint8_t *)p < first + block->size)
			return first;
	}
	ck_abort_msg("a published pointer leads to no live block");
	return NULL;
}

static void add(const struct world *world, struct reach *reach, const void *p)
{
	if (!p)
		return;
	ck_assert_uint_lt(reach->count, REACH_MAX);
	reach->block[reach->count++] = block_of(world, p);
}

/* All that a packet may be led to through a context; depth 1: the context before it, too. */
static void add_context(const struct world *world, struct reach *reach,
	const struct sotto_srtp_context *context, int depth)
{
	const struct sotto_srtp_more *more = context->more;

	add(world, reach, context->rtp);
	add(world, reach, context->rtcp);
	add(world, reach, context->streams);
	add(world, reach, more);
	for (unsigned n = 0; more && n < more->master_count; n++) {
		add(world, reach, more->master[n].rtp);
		add(world, reach, more->master[n].rtcp);
		add(world, reach, more->master[n].header);
		add(world, reach, more->master[n].use);
	}
	if (!more || !more->previous)
		return;
	ck_assert_int_gt(depth, 0);
	add(world, reach, more->previous);
	add_context(world, reach, &more->previous->context, depth - 1);
}

static void add_leg(const struct world *world, struct reach *reach, const struct sotto_leg *leg)
{
	add(world, reach, leg);
	add(world, reach, leg->state);
	add_context(world, reach, &leg->receive, 1);
	add_context(world, reach, &leg->send, 0);
}

static void remember_reach(const struct world *world, struct reach *reach)
{
	reach->count = 0;
	for (int i = 0; i < INTERFACES; i++) {
		const struct sotto_interface *interface = &world->interface[i];

		for (unsigned port = interface->port_low; port <= interface->port_high; port++) {
			const struct sotto_leg *leg = world_lookup(world, i, port);

			if (!leg)
				continue;
			add_leg(world, reach, leg);
			add_leg(world, reach, leg->peer);
		}
	}
}

static uint64_t begin_grace(struct world *world)
{
	call_hook(world);
	world->begun++;
	world->asked = 0;
	if (world->watch_readers)
		remember_reach(world, &world->reach[world->begun % TOKENS_MAX]);
	return world->begun;
}

static bool is_over(struct world *world, uint64_t token)
{
	call_hook(world);
	ck_assert_uint_le(token, world->begun);
	if (token > world->over_to && world->patience && ++world->asked == world->patience) {
		world->asked = 0;
		world->over_to = token;
	}
	return token <= world->over_to;
}

static bool take_order(struct world *world, const struct order *order)
{
	call_hook(world);
	if (world->orders_full)
		return false;
	ck_assert_uint_lt(world->order_count, ORDERS_MAX);
	world->order[world->order_count++] = *order;
	return true;
}

/* The environment as the library knows it: what the test does behind it is not counted. */
static void *env_alloc(void *arg, size_t size)
{
	bool counting = allocations_count(false);
	void *memory = take(arg, size);

	allocations_count(counting);
	return memory;
}

static void env_release(void *arg, void *memory)
{
	bool counting = allocations_count(false);

	give_back(arg, memory);
	allocations_count(counting);
}

static uint64_t env_grace_begin(void *arg)
{
	bool counting = allocations_count(false);
	uint64_t token = begin_grace(arg);

	allocations_count(counting);
	return token;
}

static bool env_grace_over(void *arg, uint64_t token)
{
	bool counting = allocations_count(false);
	bool over = is_over(arg, token);

	allocations_count(counting);
	return over;
}

static bool env_preset(void *arg, unsigned worker, struct sotto_srtp_streams *streams,
	const struct sotto_srtp_preset *preset)
{
	const struct order order = {.worker = worker, .streams = streams, .preset = *preset};
	bool counting = allocations_count(false);
	bool taken = take_order(arg, &order);

	allocations_count(counting);
	return taken;
}

static struct sotto_addr addr_of(const char *text)
{
	struct sotto_addr addr;

	ck_assert_int_eq(sotto_base_addr_parse(text, &addr), 0);
	return addr;
}

static void open_interface(struct world *world, int which, const char *address, unsigned pairs)
{
	struct sotto_interface *interface = &world->interface[which];

	*interface = (struct sotto_interface){
		.name = {(char)('a' + which)},
		.local = {.addr = addr_of(address),
			.prefix = which == ACCESS ? 24 : 64,
			.vlan = which == ACCESS ? 0 : 100,
			.mac = {2, 0, 0, 0, 0, (uint8_t)(16 + which)}},
		.device = (uint16_t)(7 + which),
		.mtu = 1500,
		.port_low = (uint16_t)(10000 * (which + 1)),
		.port_high = (uint16_t)(10000u * (unsigned)(which + 1) + 2 * pairs - 1),
	};
	if (which == ACCESS)
		interface->gateway = addr_of("192.0.2.1");
	ck_assert_int_eq(sotto_interface_init(interface), 0);
}

static void set_key_sizes(struct world *world)
{
	const struct sotto_crypto_backend *backend = world->crypto->backend;

	world->key_size[0] =
		sotto_crypto_key_size(backend, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_HMAC_SHA1);
	world->key_size[1] =
		sotto_crypto_key_size(backend, SOTTO_CIPHER_AES_CM_128, SOTTO_AUTH_NONE);
	world->key_size[2] =
		sotto_crypto_key_size(backend, SOTTO_CIPHER_AES_CM_256, SOTTO_AUTH_HMAC_SHA1);
}

struct world *world_open_with(
	unsigned pairs, const struct sotto_session_limits *limits, struct sotto_crypto *crypto)
{
	struct world *world = calloc(1, sizeof(*world));
	struct sotto_session_env env = {
		.arg = world,
		.alloc = env_alloc,
		.release = env_release,
		.grace_begin = env_grace_begin,
		.grace_over = env_grace_over,
		.preset = env_preset,
		.crypto = crypto,
	};
	int rc;

	ck_assert_ptr_nonnull(world);
	world->crypto = crypto;
	world->limits = *limits;
	world->now_us = NOW_US;
	set_key_sizes(world);
	world->reach = calloc(TOKENS_MAX, sizeof(world->reach[0]));
	ck_assert_ptr_nonnull(world->reach);
	open_interface(world, ACCESS, "192.0.2.10", pairs);
	open_interface(world, CORE, "2001:db8::10", pairs);
	allocations_count(true);
	rc = sotto_sessions_create(&env, limits, 0x5eed, &world->sessions);
	allocations_count(false);
	ck_assert_int_eq(rc, 0);
	return world;
}

struct world *world_open(unsigned pairs, const struct sotto_session_limits *limits)
{
	struct sotto_crypto *crypto = NULL;

	ck_assert_int_eq(sotto_crypto_ref.create(NULL, &crypto), 0);
	return world_open_with(pairs, limits, crypto);
}

void world_close(struct world *world)
{
	/* no worker runs any more: nobody can hold anything */
	world->watch_readers = false;
	allocations_count(true);
	sotto_sessions_destroy(world->sessions);
	allocations_count(false);
	ck_assert_uint_eq(world->block_count, 0);
	ck_assert_int_eq(allocations_out(), 0);
	for (int i = 0; i < INTERFACES; i++)
		sotto_interface_fini(&world->interface[i]);
	if (world->crypto)
		world->crypto->backend->destroy(world->crypto);
	free(world->reach);
	free(world);
}

struct put_result world_put(struct world *world, const struct sotto_session_spec *spec)
{
	struct put_result result = {.outcome = UNTOUCHED};

	allocations_count(true);
	result.rc = sotto_session_put(world->sessions, spec, world->now_us, &result.session,
		&result.outcome, &result.error);
	allocations_count(false);
	return result;
}

void world_delete(struct world *world, const char *id)
{
	struct sotto_session *session = sotto_session_find(world->sessions, id);

	ck_assert_ptr_nonnull(session);
	allocations_count(true);
	sotto_session_delete(world->sessions, session);
	allocations_count(false);
	ck_assert_ptr_null(sotto_session_find(world->sessions, id));
}

int world_relocate(struct world *world, const char *id, int side,
	const struct sotto_endpoint *remote, uint16_t rtcp_port)
{
	struct sotto_session *session = sotto_session_find(world->sessions, id);
	int rc;

	ck_assert_ptr_nonnull(session);
	allocations_count(true);
	rc = sotto_session_relocate(world->sessions, session, 0, side, remote, rtcp_port);
	allocations_count(false);
	return rc;
}

void world_end_overlaps(struct world *world, uint64_t now_us)
{
	allocations_count(true);
	sotto_sessions_end_overlaps(world->sessions, now_us);
	allocations_count(false);
}

uint32_t world_reclaim(struct world *world)
{
	uint32_t waiting;

	allocations_count(true);
	waiting = sotto_sessions_reclaim(world->sessions);
	allocations_count(false);
	return waiting;
}

void world_settle(struct world *world)
{
	world->over_to = world->begun;
	ck_assert_uint_eq(world_reclaim(world), 0);
}

const struct sotto_leg *world_lookup(const struct world *world, int interface, unsigned port)
{
	return sotto_interface_lookup(&world->interface[interface], (uint16_t)port);
}

bool world_port_used(const struct world *world, int interface, unsigned port)
{
	const struct sotto_interface *i = &world->interface[interface];

	return i->used[(port - i->port_low) / 2];
}

unsigned world_ports_used(const struct world *world)
{
	unsigned used = 0;

	for (int i = 0; i < INTERFACES; i++) {
		const struct sotto_interface *interface = &world->interface[i];

		for (unsigned port = interface->port_low; port < interface->port_high; port += 2)
			used += world_port_used(world, i, port);
	}
	return used;
}
