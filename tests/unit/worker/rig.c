/* SPDX-License-Identifier: BSD-3-Clause */
/* The rig of each test: what is fresh every time. hardware.c has what is made once; see rig.h. */
#include "rig.h"

#include "drivers/crypto/drivers.h"

#include <rte_cycles.h>
#include <rte_mempool.h>
#include <rte_rcu_qsbr.h>

#include <stdlib.h>
#include <string.h>

#define PORT_LOW 20000

/* Who stands where: our address, the host on the wire beside it. */
static const struct {
	const char *name;
	unsigned device;
	uint16_t vlan;
	uint8_t prefix;
	const char *local;
	const char *gateway;
	const char *host;
	const char *host_mac;
} places[RIG_INTERFACES] = {
	[RIG_ACCESS4] = {"access", RIG_ACCESS, 0, 24, "192.0.2.1", NULL, "192.0.2.10",
		"02:00:00:aa:00:04"},
	[RIG_ACCESS6] = {"access", RIG_ACCESS, 0, 64, "2001:db8:a::1", NULL, "2001:db8:a::10",
		"02:00:00:aa:00:06"},
	[RIG_ACCESS_VLAN] = {"vlan", RIG_ACCESS, 100, 24, "198.51.100.1", NULL, "198.51.100.10",
		"02:00:00:aa:01:00"},
	[RIG_CORE4] = {"core", RIG_CORE, 0, 24, "203.0.113.1", "203.0.113.254", "203.0.113.10",
		"02:00:00:cc:00:04"},
	[RIG_CORE6] = {"core", RIG_CORE, 0, 64, "2001:db8:c::1", NULL, "2001:db8:c::10",
		"02:00:00:cc:00:06"},
};

static const char *const device_mac[RIG_DEVICES] = {"02:00:00:00:00:0a", "02:00:00:00:00:0c"};
static const char *const gateway_mac = "02:00:00:cc:00:fe";
static const char *const far_host = "198.18.0.5";

struct sotto_addr rig_addr(const char *text)
{
	struct sotto_addr addr;

	ck_assert_int_eq(sotto_base_addr_parse(text, &addr), 0);
	return addr;
}

unsigned rig_device_of(enum rig_interface interface)
{
	return places[interface].device;
}

struct sotto_addr rig_host(enum rig_interface interface)
{
	return rig_addr(places[interface].host);
}

void rig_host_mac(enum rig_interface interface, uint8_t mac[6])
{
	ck_assert_int_eq(sotto_base_mac_parse(places[interface].host_mac, mac), 0);
}

struct sotto_addr rig_far_host(void)
{
	return rig_addr(far_host);
}

void rig_gateway_mac(uint8_t mac[6])
{
	ck_assert_int_eq(sotto_base_mac_parse(gateway_mac, mac), 0);
}

static void *zeroed(size_t size)
{
	size_t whole = (size + SOTTO_CACHE_LINE - 1) & ~(size_t)(SOTTO_CACHE_LINE - 1);
	void *memory = aligned_alloc(SOTTO_CACHE_LINE, whole);

	if (memory)
		memset(memory, 0, whole);
	return memory;
}

static void *env_alloc(void *arg, size_t size)
{
	struct rig *rig = arg;
	void *memory = rig->refuse_memory ? NULL : zeroed(size);

	rig->refuse_memory = false;
	rig->blocks += memory != NULL;
	return memory;
}

static void env_release(void *arg, void *memory)
{
	struct rig *rig = arg;

	rig->blocks--;
	free(memory);
}

static uint64_t env_grace_begin(void *arg)
{
	struct rig *rig = arg;
	uint64_t token = rte_rcu_qsbr_start(rig->rcu);

	rig->graces++;
	if (rig->on_grace)
		rig->on_grace(rig);
	return token;
}

static bool env_grace_over(void *arg, uint64_t token)
{
	struct rig *rig = arg;

	return rte_rcu_qsbr_check(rig->rcu, token, false) == 1;
}

static bool env_preset(void *arg, unsigned worker, struct sotto_srtp_streams *streams,
	const struct sotto_srtp_preset *preset)
{
	struct rig *rig = arg;
	const struct sotto_order order = {.streams = streams, .preset = *preset};

	return sotto_punt_order(&rig->punt, worker, &order);
}

static struct sotto_crypto *make_crypto(void)
{
	const struct sotto_crypto_backend *backend = sotto_crypto_backend_by_name("ipsecmb");
	struct sotto_crypto *crypto = NULL;

	if (!backend || backend->create(NULL, &crypto) != 0)
		ck_assert_int_eq(sotto_crypto_ref.create(NULL, &crypto), 0);
	return crypto;
}

static void open_interface(struct rig *rig, enum rig_interface i)
{
	struct sotto_interface *interface = &rig->interface[i];
	struct sotto_device *device = &rig->device[places[i].device];

	strcpy(interface->name, places[i].name);
	interface->local.addr = rig_addr(places[i].local);
	interface->local.prefix = places[i].prefix;
	interface->local.vlan = places[i].vlan;
	memcpy(interface->local.mac, device->mac, 6);
	if (places[i].gateway)
		interface->gateway = rig_addr(places[i].gateway);
	interface->device = (uint16_t)places[i].device;
	interface->mtu = RIG_MTU;
	interface->port_low = PORT_LOW;
	interface->port_high = (uint16_t)(PORT_LOW + 2 * rig->shape.sessions - 1);
	ck_assert_int_eq(sotto_interface_init(interface), 0);
	device->interface[device->interface_count++] = interface;
}

static void open_devices(struct rig *rig)
{
	memset(rig->device, 0, sizeof(rig->device));
	memset(rig->interface, 0, sizeof(rig->interface));
	for (unsigned d = 0; d < RIG_DEVICES; d++) {
		strcpy(rig->device[d].name, d == RIG_ACCESS ? "access" : "core");
		rig->device[d].port = rig->port[d];
		rig->device[d].up = 1;
		ck_assert_int_eq(sotto_base_mac_parse(device_mac[d], rig->device[d].mac), 0);
	}
	for (unsigned i = 0; i < RIG_INTERFACES; i++)
		open_interface(rig, i);
}

static void fix_neighbor(struct rig *rig, enum rig_interface i, const char *addr, const char *mac)
{
	struct sotto_addr hop = rig_addr(addr);
	uint8_t bytes[6];

	ck_assert_int_eq(sotto_base_mac_parse(mac, bytes), 0);
	sotto_neighbor_fix(sotto_neighbor_get(sotto_sessions_neighbors(rig->sessions),
				   &rig->interface[i], &hop),
		bytes);
}

static void open_sessions(struct rig *rig)
{
	struct sotto_session_env env = {
		.arg = rig,
		.alloc = env_alloc,
		.release = env_release,
		.grace_begin = env_grace_begin,
		.grace_over = env_grace_over,
		.preset = env_preset,
		.crypto = rig->crypto,
	};
	struct sotto_session_limits limits = {
		.sessions = rig->shape.sessions,
		.streams = 64 * rig->shape.sessions,
		.workers = rig->shape.workers,
	};

	ck_assert_int_eq(sotto_sessions_create(&env, &limits, 1, &rig->sessions), 0);
	for (unsigned i = 0; i < RIG_INTERFACES; i++)
		fix_neighbor(rig, i, places[i].host, places[i].host_mac);
	fix_neighbor(rig, RIG_CORE4, places[RIG_CORE4].gateway, gateway_mac);
}

static void open_workers(struct rig *rig)
{
	rig->rcu = zeroed(rte_rcu_qsbr_get_memsize(RIG_WORKERS_MAX));
	ck_assert_int_eq(rte_rcu_qsbr_init(rig->rcu, RIG_WORKERS_MAX), 0);
	for (unsigned w = 0; w < rig->shape.workers; w++) {
		struct sotto_worker_config config = {
			.number = w,
			.device = rig->device,
			.device_count = RIG_DEVICES,
			.punt = &rig->punt,
			.rcu = rig->rcu,
			.stop = &rig->stop,
			.cycles_per_us = 1,
			.crypto = make_crypto(),
		};

		rig->worker_crypto[w] = config.crypto;
		rig->worker[w] = zeroed(sizeof(*rig->worker[w]));
		sotto_worker_init(rig->worker[w], &config);
		/* Workers that run as threads register themselves. */
		if (rig->shape.threads != 0)
			continue;
		ck_assert_int_eq(rte_rcu_qsbr_thread_register(rig->rcu, w), 0);
		rte_rcu_qsbr_thread_online(rig->rcu, w);
	}
}

void rig_open(struct rig *rig)
{
	rig->stop = 0;
	rig->injected = 0;
	rig->blocks = 0;
	rig->graces = 0;
	rig->next_call = 0;
	rig->refuse_memory = false;
	rig->on_grace = NULL;
	rig->pool_start = rig_pool_free(rig);
	rig->crypto = make_crypto();
	sotto_srtp_init(&rig->srtp, rig->crypto);
	open_devices(rig);
	ck_assert_int_eq(sotto_punt_create("rig", rig->shape.workers, &rig->punt), 0);
	open_workers(rig);
	open_sessions(rig);
	rig_set_time(rig, RIG_START_US);
}

void rig_set_time(struct rig *rig, uint64_t us)
{
	rig->now_us = us;
	for (unsigned w = 0; w < rig->shape.workers; w++)
		rig->worker[w]->config.cycles_per_us = rte_rdtsc() / us;
}

void rig_tick(struct rig *rig, uint64_t us)
{
	rig_set_time(rig, rig->now_us + us);
}

void rig_poll(struct rig *rig)
{
	unsigned n;

	do {
		n = 0;
		for (unsigned w = 0; w < rig->shape.workers; w++)
			n += sotto_worker_poll(rig->worker[w]);
	} while (n != 0);
}

struct sotto_stats rig_stats(const struct rig *rig)
{
	struct sotto_stats sum = {0};

	for (unsigned w = 0; w < rig->shape.workers; w++)
		sotto_stats_sum(&sum, &rig->worker[w]->stats);
	return sum;
}

/* What does not add up, or NULL. */
static const char *imbalance(const struct rig *rig)
{
	struct sotto_stats all = rig_stats(rig);

	for (unsigned w = 0; w < rig->shape.workers; w++) {
		const struct sotto_stats *stats = &rig->worker[w]->stats;
		uint64_t in = stats->received + stats->taken_over;
		uint64_t out = stats->by_verdict[SOTTO_OK] + stats->by_verdict[SOTTO_PUNTED] +
			       sotto_stats_drops(stats) + stats->handed_over +
			       rig->worker[w]->early_count;

		if (in != out)
			return "a worker's packets in are not its packets out and drops";
	}
	if (all.received != rig->injected)
		return "workers did not receive what was injected";
	return all.handed_over == all.taken_over ? NULL : "packets are lost between workers";
}

void rig_conserves(const struct rig *rig)
{
	const char *problem = imbalance(rig);

	ck_assert_msg(!problem, "%s", problem);
}

unsigned rig_pool_free(const struct rig *rig)
{
	return rte_mempool_avail_count(rig->pool);
}

struct sotto_event rig_event(struct rig *rig)
{
	struct sotto_event event[2];

	ck_assert_uint_eq(sotto_punt_hear(&rig->punt, event, 2), 1);
	return event[0];
}

unsigned rig_forget_events(struct rig *rig)
{
	struct sotto_event event;
	unsigned n = 0;

	while (sotto_punt_hear(&rig->punt, &event, 1) == 1)
		n++;
	return n;
}

unsigned rig_events(struct rig *rig, enum sotto_event_kind kind, struct sotto_event *last)
{
	struct sotto_event event;
	unsigned n = 0;

	while (sotto_punt_hear(&rig->punt, &event, 1) == 1) {
		if (event.kind != kind)
			continue;
		n++;
		if (last)
			*last = event;
	}
	return n;
}

/* What the test left on the wire or in the rings is its own business. */
static void empty_ring(struct rte_ring *ring)
{
	void *mbuf;

	while (rte_ring_dequeue(ring, &mbuf) == 0)
		rte_pktmbuf_free(mbuf);
}

static void take_down(struct rig *rig)
{
	sotto_sessions_destroy(rig->sessions);
	sotto_punt_destroy(&rig->punt);
	for (unsigned w = 0; w < rig->shape.workers; w++) {
		sotto_worker_fini(rig->worker[w]);
		rig->worker_crypto[w]->backend->destroy(rig->worker_crypto[w]);
		free(rig->worker[w]);
		for (unsigned d = 0; d < RIG_DEVICES; d++) {
			empty_ring(rig->to_engine[d][w]);
			empty_ring(rig->from_engine[d][w]);
		}
	}
	rig->crypto->backend->destroy(rig->crypto);
	for (unsigned i = 0; i < RIG_INTERFACES; i++)
		sotto_interface_fini(&rig->interface[i]);
	free(rig->rcu);
}

void rig_close(struct rig *rig)
{
	const char *problem = imbalance(rig);

	take_down(rig); /* whatever failed: the next test wants its rig */
	ck_assert_msg(!problem, "%s", problem);
	ck_assert_uint_eq(rig_pool_free(rig), rig->pool_start);
	ck_assert_uint_eq(rig->blocks, 0);
}
