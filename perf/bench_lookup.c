/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the local address and port of a packet to its leg: the engine's way, which is a walk over
 * the few addresses of a device and one load from an array (lib/session/interface.h), against
 * DPDK's rte_hash with address and port as the key. Bursts of 64, ports in random order.
 */
#include "common.h"
#include "machine.h"
#include "report.h"

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "session/interface.h"
#include "tests/oracle/random.h"

#include <rte_eal.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>
#include <rte_version.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUPS 32768 /* in a turn, a multiple of SOTTO_BURST */
#define PORT_LOW 10000u
#define PORTS_OF_ADDRESS 50000u
#define ADDRESSES_MAX 2
#define HEAP_MB 64     /* of DPDK */
#define LEG_STRIDE 256 /* bytes: only its first line is asked for */

/* What parsing has found in a packet. */
struct found {
	struct sotto_addr to;
	uint16_t port;
};

/* A key of the hash: no holes. */
struct key4 {
	uint8_t addr[4];
	uint16_t port;
	uint16_t zero;
};

struct key6 {
	uint8_t addr[16];
	uint16_t port;
	uint16_t zero;
};

union key {
	struct key4 four;
	struct key6 six;
};

/* A number of ports, and both ways to find their legs. */
struct scene {
	unsigned family; /* 4 or 6 */
	unsigned ports;
	struct sotto_interface interface[ADDRESSES_MAX];
	unsigned addresses;
	struct rte_hash *hash;
	uint64_t hash_bytes;
	uint8_t *legs;       /* nobody looks into them */
	struct found *found; /* of each lookup of the round */
	const void **wanted; /* what each must give */
	const void **leg;    /* what it gave */
	union key key[SOTTO_BURST];
	struct random random;
};

typedef void (*lookup_burst)(struct scene *scene, unsigned first);

struct contender {
	struct scene *scene;
	lookup_burst burst;
	const char *name;
};

static void give_up(const char *what)
{
	fprintf(stderr, "bench_lookup: %s\n", what);
	exit(EXIT_FAILURE);
}

/* --- the three ways ----------------------------------------------------------------------------*/

static const struct sotto_interface *find_interface(
	const struct scene *scene, const struct sotto_addr *to)
{
	const struct sotto_interface *match = NULL;

	for (unsigned i = 0; i < scene->addresses; i++)
		if (sotto_base_addr_equal(&scene->interface[i].local.addr, to))
			match = &scene->interface[i];
	return match;
}

/* In two passes, as in lib/worker/owner.c: the array's lines come while the others are named. */
static void array_burst(struct scene *scene, unsigned first)
{
	const struct sotto_interface *interface[SOTTO_BURST];

	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		const struct found *found = &scene->found[first + k];

		interface[k] = find_interface(scene, &found->to);
		sotto_base_prefetch(
			&interface[k]->table[(uint16_t)(found->port - interface[k]->port_low)]);
	}
	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		const void *leg =
			sotto_interface_lookup(interface[k], scene->found[first + k].port);

		scene->leg[first + k] = leg;
		sotto_base_prefetch(leg);
	}
}

static const void *set_key(const struct scene *scene, union key *key, const struct found *found)
{
	if (scene->family == 4) {
		memcpy(key->four.addr, found->to.bytes, sizeof(key->four.addr));
		key->four.port = found->port;
		key->four.zero = 0;
	} else {
		memcpy(key->six.addr, found->to.bytes, sizeof(key->six.addr));
		key->six.port = found->port;
		key->six.zero = 0;
	}
	return key;
}

static void bulk_burst(struct scene *scene, unsigned first)
{
	const void *keys[SOTTO_BURST];
	void *data[SOTTO_BURST];
	uint64_t hits;

	for (unsigned k = 0; k < SOTTO_BURST; k++)
		keys[k] = set_key(scene, &scene->key[k], &scene->found[first + k]);
	if (rte_hash_lookup_bulk_data(scene->hash, keys, SOTTO_BURST, &hits, data) != SOTTO_BURST)
		give_up("rte_hash has lost a port");
	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		scene->leg[first + k] = data[k];
		sotto_base_prefetch(data[k]);
	}
}

static void single_burst(struct scene *scene, unsigned first)
{
	for (unsigned k = 0; k < SOTTO_BURST; k++) {
		const void *key = set_key(scene, &scene->key[k], &scene->found[first + k]);
		void *leg;

		if (rte_hash_lookup_data(scene->hash, key, &leg) < 0)
			give_up("rte_hash has lost a port");
		scene->leg[first + k] = leg;
		sotto_base_prefetch(leg);
	}
}

/* --- a scene -----------------------------------------------------------------------------------*/

static unsigned key_len(const struct scene *scene)
{
	return scene->family == 4 ? sizeof(struct key4) : sizeof(struct key6);
}

/* Port i of all, as a packet would have it. */
static void name_port(const struct scene *scene, unsigned i, struct found *found)
{
	found->to = scene->interface[i / PORTS_OF_ADDRESS].local.addr;
	found->port = (uint16_t)(PORT_LOW + i % PORTS_OF_ADDRESS);
}

static void open_interface(struct scene *scene, unsigned i)
{
	static const uint8_t start[16] = {0x20, 0x01, 0x0d, 0xb8};
	struct sotto_interface *interface = &scene->interface[i];
	uint8_t bytes[16];

	memcpy(bytes, start, sizeof(bytes));
	if (scene->family == 4)
		sotto_base_put32(bytes, 0xc0000201u); /* 192.0.2.1 */
	bytes[sotto_base_addr_len((uint8_t)scene->family) - 1] = (uint8_t)(i + 1);
	sotto_base_addr_set(&interface->local.addr, (uint8_t)scene->family, bytes);
	interface->local.prefix = scene->family == 4 ? 24 : 64;
	interface->port_low = PORT_LOW;
	interface->port_high = PORT_LOW + PORTS_OF_ADDRESS - 1;
	if (sotto_interface_init(interface) != 0)
		give_up("no memory");
}

static uint64_t heap_bytes(void)
{
	struct rte_malloc_socket_stats stats;

	return rte_malloc_get_socket_stats(0, &stats) == 0 ? stats.heap_allocsz_bytes : 0;
}

static void open_hash(struct scene *scene)
{
	const struct rte_hash_parameters wish = {
		.name = "ports",
		.entries = scene->ports,
		.key_len = key_len(scene),
		.hash_func = rte_hash_crc,
		.socket_id = SOCKET_ID_ANY,
	};
	uint64_t before = heap_bytes();

	scene->hash = rte_hash_create(&wish);
	if (!scene->hash)
		give_up("rte_hash_create failed");
	scene->hash_bytes = heap_bytes() - before;
}

static void publish(struct scene *scene, unsigned i)
{
	uint8_t *leg = scene->legs + (size_t)i * LEG_STRIDE;
	struct found found;
	union key key;

	name_port(scene, i, &found);
	sotto_interface_publish(
		&scene->interface[i / PORTS_OF_ADDRESS], found.port, (const struct sotto_leg *)leg);
	if (rte_hash_add_key_data(scene->hash, set_key(scene, &key, &found), leg) != 0)
		give_up("rte_hash takes no more ports");
}

static void scene_open(struct scene *scene, unsigned family, unsigned ports)
{
	*scene = (struct scene){.family = family, .ports = ports, .random = {ports}};
	scene->addresses = (ports + PORTS_OF_ADDRESS - 1) / PORTS_OF_ADDRESS;
	for (unsigned i = 0; i < scene->addresses; i++)
		open_interface(scene, i);
	open_hash(scene);
	scene->legs = aligned_alloc(SOTTO_CACHE_LINE, (size_t)ports * LEG_STRIDE);
	scene->found = calloc(LOOKUPS, sizeof(*scene->found));
	scene->wanted = calloc(LOOKUPS, sizeof(*scene->wanted));
	scene->leg = calloc(LOOKUPS, sizeof(*scene->leg));
	if (!scene->legs || !scene->found || !scene->wanted || !scene->leg)
		give_up("no memory");
	for (unsigned i = 0; i < ports; i++)
		publish(scene, i);
}

static void scene_close(struct scene *scene)
{
	for (unsigned i = 0; i < scene->addresses; i++)
		sotto_interface_fini(&scene->interface[i]);
	rte_hash_free(scene->hash);
	free(scene->legs);
	free(scene->found);
	free(scene->wanted);
	free(scene->leg);
}

static void next_round(void *arg)
{
	struct scene *scene = arg;

	for (unsigned i = 0; i < LOOKUPS; i++) {
		unsigned port = random_below(&scene->random, scene->ports);

		name_port(scene, port, &scene->found[i]);
		scene->wanted[i] = scene->legs + (size_t)port * LEG_STRIDE;
	}
}

/* --- measuring ---------------------------------------------------------------------------------*/

/* The first quarter is not timed: everybody meets the caches as his own work leaves them. */
static double measure(void *arg, bool look)
{
	const struct contender *contender = arg;
	struct scene *scene = contender->scene;
	uint64_t start, ns;

	for (unsigned i = 0; i < LOOKUPS / 4; i += SOTTO_BURST)
		contender->burst(scene, i);
	start = machine_ns();
	for (unsigned i = LOOKUPS / 4; i < LOOKUPS; i += SOTTO_BURST)
		contender->burst(scene, i);
	ns = machine_ns() - start;
	if (look && memcmp(scene->leg, scene->wanted, LOOKUPS * sizeof(scene->leg[0])) != 0)
		give_up("a wrong leg was found");
	memset(scene->leg, 0, LOOKUPS * sizeof(scene->leg[0]));
	return (double)ns / (LOOKUPS - LOOKUPS / 4);
}

static void report_memory(
	struct report *report, const struct scene *scene, const char *name, double bytes)
{
	struct report_row row = {
		.name = "memory",
		.param = {{"family", NULL, (long)scene->family},
			{"ports", NULL, (long)scene->ports}, {"contender", name, 0}},
		.unit = "bytes",
		.value = bytes,
	};

	report_row(report, &row);
}

static void report_scene(struct report *report, const struct scene *scene, const struct turn *turn)
{
	for (unsigned i = 0; i < 3; i++) {
		const struct contender *contender = turn[i].arg;
		struct report_row row = {
			.name = "lookup",
			.param = {{"family", NULL, (long)scene->family},
				{"ports", NULL, (long)scene->ports},
				{"contender", contender->name, 0}},
			.unit = "ns/lookup",
			.samples = &turn[i].samples,
		};

		if (i == 0) {
			row.ratio[0] = (struct report_ratio){"hash-bulk", &turn[1].samples};
			row.ratio[1] = (struct report_ratio){"hash-single", &turn[2].samples};
		}
		report_row(report, &row);
	}
}

static void run_scene(
	struct report *report, const struct common *common, unsigned family, unsigned ports)
{
	static struct scene scene;
	struct contender contender[] = {
		{&scene, array_burst, "array"},
		{&scene, bulk_burst, "hash-bulk"},
		{&scene, single_burst, "hash-single"},
	};
	struct turn *turn = calloc(3, sizeof(*turn));
	double array;

	if (!turn)
		give_up("no memory");
	scene_open(&scene, family, ports);
	for (unsigned i = 0; i < 3; i++)
		turn[i] = (struct turn){.measure = measure, .arg = &contender[i]};
	samples_take_turns(turn, 3, common->rounds, next_round, &scene);
	report_scene(report, &scene, turn);
	array = scene.addresses * PORTS_OF_ADDRESS *
		(sizeof(scene.interface[0].table[0]) + sizeof(scene.interface[0].used[0]) / 2.0);
	report_memory(report, &scene, "array", array);
	report_memory(report, &scene, "hash", (double)scene.hash_bytes);
	scene_close(&scene);
	free(turn);
}

/* --- starting ----------------------------------------------------------------------------------*/

/* DPDK keeps the hash's memory; on huge pages when there are enough. Says which it took. */
static const char *start_dpdk(void)
{
	bool huge = machine_free_hugepages() >= (uint64_t)HEAP_MB << 20;
	char text[][32] = {"bench_lookup", "-l", "", "--no-pci", "--in-memory", "--no-telemetry",
		"--log-level=4", "-m", "", "--no-huge"};
	int count = sizeof(text) / sizeof(text[0]) - (huge ? 1 : 0);
	char *argv[sizeof(text) / sizeof(text[0])];

	snprintf(text[2], sizeof(text[2]), "%u", machine_cpu());
	snprintf(text[8], sizeof(text[8]), "%d", HEAP_MB);
	for (int i = 0; i < count; i++)
		argv[i] = text[i];
	if (rte_eal_init(count, argv) < 0)
		give_up("DPDK does not start");
	return huge ? "reserved huge pages" : "4 KiB pages";
}

static void usage(FILE *to)
{
	fputs("usage: bench_lookup [options]\n"
	      "Nanoseconds of processor time from a packet's local address and port to its leg:\n"
	      "the engine's array of ports against DPDK's rte_hash, with 1,000 to 100,000 ports "
	      "in\n"
	      "random order, and the memory of each.\n",
		to);
	fputs(COMMON_USAGE, to);
}

static struct common parse(int argc, char **argv)
{
	static const struct option names[] = {COMMON_OPTIONS, {NULL, 0, NULL, 0}};
	struct common common = common_defaults();
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(EXIT_SUCCESS);
		}
		if (!common_option(&common, c, optarg)) {
			usage(stderr);
			exit(EXIT_FAILURE);
		}
	}
	if (optind < argc) {
		usage(stderr);
		exit(EXIT_FAILURE);
	}
	return common;
}

int main(int argc, char **argv)
{
	static const unsigned ports[] = {1000, 10000, 100000};
	struct common common = parse(argc, argv);
	struct report *report;

	common_pin(&common, "bench_lookup");
	report = report_open("lookup", MACHINE_CLOCK, &common);
	report_version(report, "dpdk", rte_version());
	report_text(report, "pages", start_dpdk());
	report_number(report, "burst", SOTTO_BURST);
	report_number(report, "lookups", LOOKUPS);
	for (unsigned family = 4; family <= 6; family += 2)
		for (unsigned i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
			run_scene(report, &common, family, ports[i]);
	return report_close(report) ? EXIT_SUCCESS : EXIT_FAILURE;
}
