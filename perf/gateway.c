/* SPDX-License-Identifier: BSD-3-Clause */
/* What a gateway in a benchmark has: calls, sessions, workers. gateway_dpdk.c has the hardware. */
#include "gateway.h"

#include "drivers/crypto/drivers.h"

#include <rte_cycles.h>
#include <rte_malloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX 16
#define BYTES_OF_A_CALL 24576 /* of session memory, more than any has */
#define IDLE_POLLS 100        /* without a packet: no more will come */

static const uint8_t device_mac[GATEWAY_SIDES][6] = {{2, 0, 0, 0, 0, 0xa}, {2, 0, 0, 0, 0, 0xb}};
static const uint8_t peer_mac[6] = {2, 0, 0, 0, 1, 1};

/* --- addresses and keys ------------------------------------------------------------------------
 */

static void set_addr(struct sotto_addr *addr, unsigned side, unsigned address, unsigned host)
{
	const uint8_t bytes[4] = {10, (uint8_t)(2 * address + side), 0, (uint8_t)host};

	sotto_base_addr_set(addr, 4, bytes);
}

void gateway_peer(unsigned call, enum gateway_side side, struct sotto_addr *addr)
{
	set_addr(addr, side, call / GATEWAY_CALLS_OF_AN_ADDRESS, 9);
}

void gateway_keying(const struct sotto_suite *suite, unsigned call, enum gateway_side side,
	bool receive, struct sotto_keying *keying)
{
	memset(keying, 0, sizeof(*keying));
	keying->suite = suite;
	keying->count = 1;
	memset(keying->master[0].key, 0x5a, suite->key_len);
	memcpy(keying->master[0].key, &call, sizeof(call));
	keying->master[0].key[4] = (uint8_t)(2 * side + receive);
	memset(keying->master[0].salt, 0x33, suite->salt_len);
}

static void fill_key(const struct sotto_keying *keying, struct sotto_key_spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	spec->keying = keying;
	memcpy(spec->master[0], keying->master[0].key, SOTTO_DIGEST_LEN);
	memcpy(spec->identity, keying->master[0].key, SOTTO_DIGEST_LEN);
}

/* --- memory and grace periods ------------------------------------------------------------------
 */

static void *session_alloc(void *arg, size_t size)
{
	struct gateway *gateway = arg;
	size_t whole = (size + SOTTO_CACHE_LINE - 1) & ~(size_t)(SOTTO_CACHE_LINE - 1);
	uint8_t *memory;

	gateway->asked += size;
	if (!gateway->arena.memory)
		return sotto_session_memory_take(&gateway->memory, size);
	if (gateway->arena_used + whole > gateway->arena.size)
		return NULL;
	memory = (uint8_t *)gateway->arena.memory + gateway->arena_used;
	gateway->arena_used += whole;
	return memset(memory, 0, size);
}

/* The arena is given back as a whole. */
static void session_release(void *arg, void *memory)
{
	struct gateway *gateway = arg;

	if (!gateway->arena.memory)
		sotto_session_memory_give(&gateway->memory, memory);
}

static uint64_t grace_begin(void *arg)
{
	struct gateway *gateway = arg;

	return rte_rcu_qsbr_start(gateway->rcu);
}

static bool grace_over(void *arg, uint64_t token)
{
	struct gateway *gateway = arg;

	return rte_rcu_qsbr_check(gateway->rcu, token, false) == 1;
}

static bool preset(void *arg, unsigned worker, struct sotto_srtp_streams *streams,
	const struct sotto_srtp_preset *preset)
{
	struct gateway *gateway = arg;
	const struct sotto_order order = {.streams = streams, .preset = *preset};

	return sotto_punt_order(&gateway->punt, worker, &order);
}

static bool open_arena(struct gateway *gateway)
{
	memset(&gateway->arena, 0, sizeof(gateway->arena));
	gateway->arena_used = 0;
	gateway->asked = 0;
	return gateway->wish.pages == GATEWAY_PAGES_SMALL ||
	       pages_alloc(&gateway->arena, (size_t)gateway->wish.calls * BYTES_OF_A_CALL);
}

/* --- parts -------------------------------------------------------------------------------------
 */

static bool open_interface(struct gateway *gateway, unsigned address, unsigned side)
{
	struct sotto_device *device = &gateway->device[side];
	struct sotto_interface *interface = &gateway->interface[2 * address + side];

	snprintf(interface->name, sizeof(interface->name), "%c%u", "ab"[side], address);
	set_addr(&interface->local.addr, side, address, 1);
	interface->local.prefix = PREFIX;
	memcpy(interface->local.mac, device->mac, 6);
	interface->device = (uint16_t)side;
	interface->mtu = 1500;
	interface->port_low = GATEWAY_FIRST_PORT;
	interface->port_high = GATEWAY_FIRST_PORT + 2 * GATEWAY_CALLS_OF_AN_ADDRESS - 1;
	device->interface[device->interface_count++] = interface;
	return sotto_interface_init(interface) == 0;
}

static bool open_devices(struct gateway *gateway)
{
	bool good = true;

	memset(gateway->device, 0, sizeof(gateway->device));
	memset(gateway->interface, 0, sizeof(gateway->interface));
	gateway->addresses = (gateway->wish.calls + GATEWAY_CALLS_OF_AN_ADDRESS - 1) /
			     GATEWAY_CALLS_OF_AN_ADDRESS;
	if (2 * gateway->addresses > SOTTO_INTERFACES_MAX)
		return false;
	for (unsigned side = 0; side < GATEWAY_SIDES; side++) {
		strcpy(gateway->device[side].name, side == GATEWAY_A ? "a" : "b");
		gateway->device[side].port = gateway->port[side];
		gateway->device[side].up = 1;
		memcpy(gateway->device[side].mac, device_mac[side], 6);
		for (unsigned k = 0; good && k < gateway->addresses; k++)
			good = open_interface(gateway, k, side);
	}
	return good;
}

static struct sotto_crypto *open_tier(const char *tier)
{
	const struct sotto_crypto_backend *backend = sotto_crypto_backend_by_name("ipsecmb");
	struct sotto_crypto *crypto = NULL;

	return backend && backend->create(tier, &crypto) == 0 ? crypto : NULL;
}

/* Each thread needs an instance of its own; the self-test is over with the first. */
static struct sotto_crypto *open_crypto(const struct gateway *gateway)
{
	struct sotto_crypto *crypto = NULL;
	int rc;

	if (gateway->wish.tier)
		return open_tier(gateway->wish.tier);
	rc = gateway->crypto ? gateway->crypto->backend->create(NULL, &crypto)
			     : sotto_crypto_open_fastest(&crypto);
	return rc == 0 ? crypto : NULL;
}

static bool open_worker(struct gateway *gateway, unsigned w)
{
	struct sotto_worker_config config = {
		.number = w,
		.device = gateway->device,
		.device_count = GATEWAY_SIDES,
		.punt = &gateway->punt,
		.rcu = gateway->rcu,
		.stop = &gateway->stop,
		.cycles_per_us = rte_get_tsc_hz() / 1000000,
	};

	config.crypto = open_crypto(gateway);
	gateway->worker[w] = rte_zmalloc("worker", sizeof(*gateway->worker[w]), SOTTO_CACHE_LINE);
	if (!config.crypto || !gateway->worker[w])
		return false;
	sotto_worker_init(gateway->worker[w], &config);
	return true;
}

static bool open_workers(struct gateway *gateway)
{
	bool good;

	gateway->stop = 0;
	gateway->rcu =
		rte_zmalloc("rcu", rte_rcu_qsbr_get_memsize(GATEWAY_WORKERS_MAX), SOTTO_CACHE_LINE);
	good = gateway->rcu && rte_rcu_qsbr_init(gateway->rcu, GATEWAY_WORKERS_MAX) == 0 &&
	       sotto_punt_create("gateway", gateway->wish.workers, &gateway->punt) == 0;
	for (unsigned w = 0; good && w < gateway->wish.workers; w++)
		good = open_worker(gateway, w);
	return good;
}

static bool open_sessions(struct gateway *gateway)
{
	struct sotto_session_env env = {
		.arg = gateway,
		.alloc = session_alloc,
		.release = session_release,
		.grace_begin = grace_begin,
		.grace_over = grace_over,
		.preset = preset,
		.crypto = gateway->crypto,
	};
	struct sotto_session_limits limits = {
		.sessions = gateway->wish.calls,
		.streams = 4 * gateway->wish.calls * gateway->wish.ssrcs,
		.workers = gateway->wish.workers,
	};

	if (sotto_sessions_create(&env, &limits, 1, &gateway->sessions) != 0)
		return false;
	for (unsigned i = 0; i < 2 * gateway->addresses; i++) {
		struct sotto_addr addr;

		gateway_peer(i / 2 * GATEWAY_CALLS_OF_AN_ADDRESS, i % 2, &addr);
		sotto_neighbor_fix(sotto_neighbor_get(sotto_sessions_neighbors(gateway->sessions),
					   &gateway->interface[i], &addr),
			peer_mac);
	}
	return true;
}

/* --- calls -------------------------------------------------------------------------------------
 */

/* What one side of a call is declared with. */
struct side_keys {
	struct sotto_keying keying[2]; /* receive, send */
	struct sotto_key_spec spec[2];
};

static void fill_leg(struct gateway *gateway, unsigned call, enum gateway_side side,
	struct side_keys *keys, struct sotto_leg_spec *leg)
{
	leg->interface = &gateway->interface[call / GATEWAY_CALLS_OF_AN_ADDRESS * 2 + side];
	leg->local_port = gateway_local_port(call);
	gateway_peer(call, side, &leg->remote.addr);
	leg->remote.port = gateway_local_port(call);
	leg->remote_rtcp_port = (uint16_t)(leg->remote.port + 1);
	leg->dscp = 46;
	leg->max_ssrcs = gateway->wish.ssrcs;
	if (side == GATEWAY_B && !gateway_is_both(gateway, call))
		return;
	leg->security = SOTTO_REQUIRED;
	leg->window = gateway->wish.window;
	for (unsigned k = 0; k < 2; k++) {
		gateway_keying(gateway->wish.suite, call, side, k == 0, &keys->keying[k]);
		fill_key(&keys->keying[k], &keys->spec[k]);
	}
	leg->receive = &keys->spec[0];
	leg->send = &keys->spec[1];
}

static void set_id(unsigned call, char id[32])
{
	snprintf(id, 32, "call-%u", call);
}

void gateway_delete(struct gateway *gateway, unsigned call)
{
	char id[32];

	set_id(call, id);
	sotto_session_delete(gateway->sessions, sotto_session_find(gateway->sessions, id));
}

int gateway_put(struct gateway *gateway, unsigned call)
{
	struct sotto_session_spec spec = {.revision = 1, .media_count = 1};
	struct side_keys keys[GATEWAY_SIDES];
	enum sotto_session_outcome outcome;
	struct sotto_session_error error;
	struct sotto_session *session;
	char id[32];

	set_id(call, id);
	spec.id = id;
	strcpy(spec.media[0].id, "audio");
	for (unsigned side = 0; side < GATEWAY_SIDES; side++)
		fill_leg(gateway, call, side, &keys[side], &spec.media[0].leg[side]);
	return sotto_session_put(gateway->sessions, &spec, 0, &session, &outcome, &error);
}

unsigned gateway_owner(const struct gateway *gateway, unsigned call)
{
	const struct sotto_leg *leg = sotto_interface_lookup(
		gateway_interface(gateway, call, GATEWAY_A), gateway_local_port(call));

	return leg->owner;
}

unsigned gateway_carry(struct sotto_worker *worker, unsigned packets)
{
	unsigned n = 0, idle = 0;

	while (n < packets && idle < IDLE_POLLS) {
		unsigned got = sotto_worker_poll(worker);

		n += got;
		idle = got == 0 ? idle + 1 : 0;
	}
	return n;
}

bool gateway_open(struct gateway *gateway, const struct gateway_wish *wish)
{
	gateway->wish = *wish;
	gateway->crypto = NULL;
	gateway->crypto = open_crypto(gateway);
	if (!gateway->crypto || !open_arena(gateway) || !open_devices(gateway) ||
		!open_workers(gateway) || !open_sessions(gateway)) {
		fprintf(stderr, "not enough memory for %u calls\n", wish->calls);
		return false;
	}
	for (unsigned call = 0; call < wish->calls; call++) {
		int rc = gateway_put(gateway, call);

		if (rc != 0) {
			fprintf(stderr, "call %u: %s\n", call, strerror(-rc));
			return false;
		}
	}
	return true;
}

void gateway_close(struct gateway *gateway)
{
	sotto_sessions_destroy(gateway->sessions);
	sotto_punt_destroy(&gateway->punt);
	for (unsigned w = 0; w < gateway->wish.workers; w++) {
		struct sotto_crypto *crypto = gateway->worker[w]->config.crypto;

		sotto_worker_fini(gateway->worker[w]);
		crypto->backend->destroy(crypto);
		rte_free(gateway->worker[w]);
	}
	gateway->crypto->backend->destroy(gateway->crypto);
	for (unsigned i = 0; i < 2 * gateway->addresses; i++)
		sotto_interface_fini(&gateway->interface[i]);
	rte_free(gateway->rcu);
	sotto_session_memory_end(&gateway->memory);
	pages_free(&gateway->arena);
}
