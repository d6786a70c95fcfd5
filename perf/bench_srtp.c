/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lib/srtp costs per packet, beside bare ipsec-mb (the floor) and libsrtp2. All contenders
 * take turns within every round, on the same packets; a packet that does not pass ends the run.
 */
#include "contender.h"
#include "machine.h"
#include "options.h"
#include "report.h"

#include "drivers/crypto/drivers.h"
#include "tests/oracle/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 24
#define TURN_NS 8e6       /* who needs longer for a round's packets gets fewer of them */
#define TURN_PACKETS 256u /* but no fewer than these */

/* A contender that runs here, and its measurements of the current scene. */
struct entry {
	const struct contender_kind *kind;
	const char *backend;
	const char *tier;
	void *state;
	unsigned packets;  /* of a round, that it works on */
	struct samples ns; /* per packet */
};

struct entries {
	struct entry entry[ENTRIES_MAX];
	unsigned count;
};

static void add(struct entries *entries, const struct traffic *traffic,
	const struct contender_kind *kind, const char *backend, const char *tier)
{
	struct entry *entry = &entries->entry[entries->count];
	void *state = kind->open(traffic, backend, tier);

	if (!state)
		return;
	*entry = (struct entry){
		.kind = kind,
		.backend = backend,
		.tier = tier,
		.state = state,
		.packets = traffic->scene.packets,
	};
	if (++entries->count == ENTRIES_MAX)
		abort();
}

/* Bare ipsec-mb as the suite needs it. */
static const struct contender_kind *raw_of(const struct scene *scene)
{
	return sotto_crypto_is_aead(scene->suite->cipher) ? &contender_raw_gcm : &contender_raw;
}

/* Opens all that run here, bare ipsec-mb right before Sotto on the same tier. */
static void open_entries(
	struct entries *entries, const struct traffic *traffic, const struct options *options)
{
	entries->count = 0;
	for (unsigned b = 0; sotto_crypto_backends[b]; b++) {
		const struct sotto_crypto_backend *backend = sotto_crypto_backends[b];

		if (options->backend && strcmp(options->backend, backend->name) != 0)
			continue;
		for (unsigned t = 0; backend->tiers[t]; t++) {
			add(entries, traffic, raw_of(&traffic->scene), backend->name,
				backend->tiers[t]);
			add(entries, traffic, &contender_sotto, backend->name, backend->tiers[t]);
		}
	}
	add(entries, traffic, &contender_libsrtp, "", "");
}

static void close_entries(struct entries *entries)
{
	for (unsigned i = 0; i < entries->count; i++)
		entries->entry[i].kind->close(entries->entry[i].state);
}

/*
 * One contender's turn: nanoseconds per packet. The first quarter is not timed, so that everybody
 * meets the caches as his own work leaves them, not as the one before him did. Ends the program
 * when a packet did not pass.
 */
static double take_turn(struct entry *entry, struct traffic *traffic, bool look)
{
	const struct contender_kind *kind = entry->kind;
	unsigned n = entry->packets, warm = n / 4 / SOTTO_BURST * SOTTO_BURST, passed;
	uint64_t start, ns;

	traffic_restore(traffic);
	if (kind->prepare)
		kind->prepare(entry->state, traffic);
	passed = kind->run(entry->state, traffic, 0, warm);
	start = machine_ns();
	passed += kind->run(entry->state, traffic, warm, n);
	ns = machine_ns() - start;
	if (look && kind->finish)
		kind->finish(entry->state, traffic, n);
	if (passed == n && (!look || traffic_is_done(traffic, n)))
		return (double)ns / (n - warm);
	fprintf(stderr, "bench_srtp: %s %s/%s: %u of %u packets passed%s\n", kind->name,
		entry->backend, entry->tier, passed, n, look ? ", or their bytes are wrong" : "");
	exit(EXIT_FAILURE);
}

/* The packets of later turns, when each takes ns: whole bursts. */
static void shorten_turns(struct entry *entry, double ns)
{
	unsigned n = (unsigned)(TURN_NS / ns) / SOTTO_BURST * SOTTO_BURST;

	if (n < TURN_PACKETS)
		n = TURN_PACKETS;
	if (n < entry->packets)
		entry->packets = n;
}

/* Another order in every round, so that nobody always follows the same. */
static void shuffle(unsigned *order, unsigned n, struct random *random)
{
	for (unsigned i = n - 1; i > 0; i--) {
		unsigned k = random_below(random, i + 1), other = order[k];

		order[k] = order[i];
		order[i] = other;
	}
}

/* The first and the last round are looked at byte by byte; the first is not counted. */
static void run_rounds(struct entries *entries, struct traffic *traffic, unsigned rounds)
{
	struct random random = {1};
	unsigned order[ENTRIES_MAX];

	for (unsigned i = 0; i < entries->count; i++)
		order[i] = i;
	for (unsigned round = 0; round <= rounds; round++) {
		traffic_next_round(traffic);
		shuffle(order, entries->count, &random);
		for (unsigned i = 0; i < entries->count; i++) {
			struct entry *entry = &entries->entry[order[i]];
			double ns = take_turn(entry, traffic, round == 0 || round == rounds);

			if (round == 0)
				shorten_turns(entry, ns);
			else
				samples_add(&entry->ns, ns);
		}
	}
}

static const struct samples *find(const struct entries *entries, const struct contender_kind *kind,
	const char *backend, const char *tier)
{
	for (unsigned i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->entry[i];

		if (entry->kind == kind && strcmp(entry->backend, backend) == 0 &&
			strcmp(entry->tier, tier) == 0)
			return &entry->ns;
	}
	return NULL;
}

static void report_scene(
	struct report *report, const struct entries *entries, const struct scene *scene)
{
	for (unsigned i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->entry[i];
		struct row row = {
			.scene = scene,
			.backend = entry->backend,
			.tier = entry->tier,
			.sotto = &entry->ns,
			.raw = find(entries, raw_of(scene), entry->backend, entry->tier),
			.libsrtp = find(entries, &contender_libsrtp, "", ""),
		};

		if (entry->kind == &contender_sotto)
			report_row(report, &row);
	}
}

static void run_scene(
	struct report *report, const struct options *options, const struct scene *scene)
{
	struct entries *entries = malloc(sizeof(*entries));
	struct traffic traffic;

	if (!entries || !traffic_open(&traffic, scene)) {
		fprintf(stderr, "bench_srtp: no memory or no ipsec-mb\n");
		exit(EXIT_FAILURE);
	}
	open_entries(entries, &traffic, options);
	run_rounds(entries, &traffic, options->rounds);
	report_scene(report, entries, scene);
	close_entries(entries);
	traffic_close(&traffic);
	free(entries);
}

static void run_all(struct report *report, const struct options *options)
{
	for (unsigned p = 0; p < options->payload_count; p++) {
		for (unsigned s = 0; s < options->stream_count; s++) {
			struct scene scene = {.suite = options->suite,
				.window = options->window,
				.payload = options->payloads[p],
				.streams = options->streams[s],
				.packets = options->packets};

			scene.direction = PROTECT;
			run_scene(report, options, &scene);
			scene.direction = UNPROTECT;
			run_scene(report, options, &scene);
		}
	}
}

int main(int argc, char **argv)
{
	struct options options;
	struct machine machine;
	struct report report;
	int status;

	if (!options_parse(argc, argv, &options, &status))
		return status;
	if (options.backend && !sotto_crypto_backend_by_name(options.backend)) {
		fprintf(stderr, "bench_srtp: no backend of the name %s\n", options.backend);
		return EXIT_FAILURE;
	}
	machine_describe(&machine);
	if (!machine_pin(options.cpu < 0 ? machine_cpu() : (unsigned)options.cpu)) {
		fprintf(stderr, "bench_srtp: cannot run on core %d\n", options.cpu);
		return EXIT_FAILURE;
	}
	report_open(&report, &options, &machine, machine_cpu());
	run_all(&report, &options);
	return report_close(&report, &options) ? EXIT_SUCCESS : EXIT_FAILURE;
}
