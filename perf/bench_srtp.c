/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What lib/srtp costs per packet, beside bare ipsec-mb (the floor) and libsrtp2, and beside itself
 * with fewer streams. All contenders take turns within every round; those of one number of streams
 * work on the same packets. A packet that does not pass ends the run.
 */
#include "contender.h"
#include "machine.h"
#include "options.h"
#include "report.h"

#include "drivers/crypto/drivers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 24
#define TURN_NS 8e6       /* who needs longer for a round's packets gets fewer of them */
#define TURN_PACKETS 256u /* but no fewer than these */
#define AHEAD_MAX 4u      /* rounds' packets that go ahead untimed, two for each stream */
#define FEW_STREAMS 1000  /* what more streams are held against */

struct stage;

/* A contender that runs here. */
struct entry {
	const struct contender_kind *kind;
	const char *backend;
	const char *tier;
	struct stage *stage;
	void *state;
	unsigned packets;        /* of a round, that it works on; 0: not known yet */
	const struct turn *turn; /* its measurements */
	char pages[64];          /* which its streams are on */
};

/* One number of streams: its packets, and who works on them. */
struct stage {
	struct traffic traffic;
	struct entry entry[ENTRIES_MAX];
	unsigned count;
	char skipped[96]; /* why it is not measured */
};

/* What takes turns: all stages of a suite, payload and direction. */
struct group {
	struct stage stage[CHOICES_MAX];
	unsigned count;
	struct turn turn[TURNS_MAX];
	unsigned turns;
};

/* --- opening -----------------------------------------------------------------------------------*/

/* Bare ipsec-mb as the suite needs it. */
static const struct contender_kind *raw_of(const struct sotto_suite *suite)
{
	return sotto_crypto_is_aead(suite->cipher) ? &contender_raw_gcm : &contender_raw;
}

/* Whether it is there now. */
static bool add(struct stage *stage, const struct contender_kind *kind, const char *backend,
	const char *tier)
{
	struct entry *entry = &stage->entry[stage->count];
	void *state;

	if (kind->streams != 0 && stage->traffic.scene.streams > kind->streams)
		return false;
	state = kind->open(&stage->traffic, backend, tier);
	if (!state)
		return false;
	*entry = (struct entry){
		.kind = kind,
		.backend = backend,
		.tier = tier,
		.stage = stage,
		.state = state,
	};
	if (kind->pages)
		kind->pages(state, entry->pages, sizeof(entry->pages));
	if (++stage->count == ENTRIES_MAX)
		abort();
	return true;
}

/* The tiers that are asked for, bare ipsec-mb right before Sotto on the same tier. */
static void add_tiers(struct stage *stage, const struct sotto_crypto_backend *backend,
	const struct options *options)
{
	bool best = options->tier && strcmp(options->tier, "best") == 0;

	for (unsigned t = 0; backend->tiers[t]; t++) {
		const char *tier = backend->tiers[t];

		if (options->tier && !best && strcmp(options->tier, tier) != 0)
			continue;
		add(stage, raw_of(stage->traffic.scene.suite), backend->name, tier);
		if (add(stage, &contender_sotto, backend->name, tier) && best)
			return;
	}
}

/* Bytes that a stage may take, more rather than less. */
static uint64_t bytes_wanted(const struct scene *scene, const struct options *options)
{
	uint64_t tiers = 0,
		 each = contender_sotto.stream_bytes + raw_of(scene->suite)->stream_bytes;

	for (unsigned b = 0; sotto_crypto_backends[b]; b++) {
		const struct sotto_crypto_backend *backend = sotto_crypto_backends[b];

		if (options->backend && strcmp(options->backend, backend->name) != 0)
			continue;
		for (unsigned t = 0; backend->tiers[t] && (t == 0 || !options->tier); t++)
			tiers++;
	}
	return scene->streams * (tiers * each + contender_sotto.stream_bytes) +
	       LIBSRTP_STREAMS_MAX * (contender_libsrtp.stream_bytes * 2);
}

static void stage_open(
	struct stage *stage, const struct options *options, const struct scene *scene)
{
	uint64_t wanted = bytes_wanted(scene, options), there = machine_free_memory();

	stage->traffic.scene = *scene;
	if (there != 0 && wanted > there) {
		snprintf(stage->skipped, sizeof(stage->skipped),
			"%llu MiB of memory are wanted, %llu are free",
			(unsigned long long)wanted >> 20, (unsigned long long)there >> 20);
		return;
	}
	if (!traffic_open(&stage->traffic, scene)) {
		fprintf(stderr, "bench_srtp: no memory or no ipsec-mb\n");
		exit(EXIT_FAILURE);
	}
	for (unsigned b = 0; sotto_crypto_backends[b]; b++) {
		const struct sotto_crypto_backend *backend = sotto_crypto_backends[b];

		if (!options->backend || strcmp(options->backend, backend->name) == 0)
			add_tiers(stage, backend, options);
	}
	add(stage, &contender_libsrtp, "", "");
	add(stage, &contender_libsrtp_openssl, "", "");
}

static void stage_close(struct stage *stage)
{
	for (unsigned i = 0; i < stage->count; i++)
		stage->entry[i].kind->close(stage->entry[i].state);
	if (stage->skipped[0] == 0)
		traffic_close(&stage->traffic);
}

/* --- turns -------------------------------------------------------------------------------------*/

/* Has it work through packets that are not timed; how many passed. */
static unsigned run_ahead(struct entry *entry, unsigned first, unsigned end)
{
	struct traffic *traffic = &entry->stage->traffic;

	traffic_restore_part(traffic, first, end);
	if (entry->kind->prepare)
		entry->kind->prepare(entry->state, traffic);
	return entry->kind->run(entry->state, traffic, first, end);
}

/*
 * Nanoseconds per packet over n of those that are not ahead. Their first half is not timed, and
 * neither are those ahead, so that everybody meets the caches as his own work leaves them, not as
 * the one before him did. Ends the program when a packet did not pass.
 */
static double run(struct entry *entry, unsigned n, bool look)
{
	const struct contender_kind *kind = entry->kind;
	struct traffic *traffic = &entry->stage->traffic;
	unsigned ahead = traffic->scene.ahead, each = traffic->scene.packets, end = ahead + n;
	unsigned half = ahead + n / 2 / SOTTO_BURST * SOTTO_BURST;
	unsigned passed = 0, wanted = n;
	uint64_t start, ns;

	for (unsigned i = 0; i < ahead && n == each; i += each, wanted += each)
		passed += run_ahead(entry, i, i + each);
	traffic_restore(traffic);
	if (kind->prepare)
		kind->prepare(entry->state, traffic);
	passed += kind->run(entry->state, traffic, ahead, half);
	start = machine_ns();
	passed += kind->run(entry->state, traffic, half, end);
	ns = machine_ns() - start;
	if (look && kind->finish)
		kind->finish(entry->state, traffic, end);
	if (passed == wanted && (!look || traffic_is_done(traffic, end)))
		return (double)ns / (end - half);
	fprintf(stderr, "bench_srtp: %s %s/%s: %u of %u packets passed%s\n", kind->name,
		entry->backend, entry->tier, passed, wanted,
		look ? ", or their bytes are wrong" : "");
	exit(EXIT_FAILURE);
}

/* The first turn, which does not count, tells how many packets the others shall have. */
static double measure(void *arg, bool look)
{
	struct entry *entry = arg;
	unsigned all = entry->stage->traffic.scene.packets, n;
	double ns;

	if (entry->packets != 0)
		return run(entry, entry->packets, look);
	ns = run(entry, all, look);
	n = (unsigned)(TURN_NS / ns) / SOTTO_BURST * SOTTO_BURST;
	entry->packets = n >= all ? all : n < TURN_PACKETS ? TURN_PACKETS : n;
	return ns;
}

static void next_round(void *arg)
{
	struct group *group = arg;

	for (unsigned s = 0; s < group->count; s++)
		if (group->stage[s].count > 0)
			traffic_next_round(&group->stage[s].traffic);
}

static void take_turns(struct group *group, unsigned rounds)
{
	for (unsigned s = 0; s < group->count; s++) {
		struct stage *stage = &group->stage[s];

		for (unsigned i = 0; i < stage->count; i++) {
			struct turn *turn = &group->turn[group->turns];

			if (group->turns++ == TURNS_MAX)
				abort();
			*turn = (struct turn){.measure = measure, .arg = &stage->entry[i]};
			stage->entry[i].turn = turn;
		}
	}
	if (group->turns > 0)
		samples_take_turns(group->turn, group->turns, rounds, next_round, group);
}

/* --- results -----------------------------------------------------------------------------------*/

/* The samples of one of a stage; NULL: it is not there. Backend and tier NULL: the first. */
static const struct samples *find(const struct stage *stage, const struct contender_kind *kind,
	const char *backend, const char *tier)
{
	for (unsigned i = 0; i < stage->count; i++) {
		const struct entry *entry = &stage->entry[i];

		if (entry->kind == kind && (!backend || strcmp(entry->backend, backend) == 0) &&
			(!tier || strcmp(entry->tier, tier) == 0))
			return &entry->turn->samples;
	}
	return NULL;
}

/* The same contender with few streams; NULL: there are none, or it has few itself. */
static const struct samples *find_few(const struct group *group, const struct entry *entry)
{
	for (unsigned s = 0; s < group->count; s++) {
		const struct stage *stage = &group->stage[s];

		if (stage->traffic.scene.streams == FEW_STREAMS && stage != entry->stage)
			return find(stage, entry->kind, entry->backend, entry->tier);
	}
	return NULL;
}

static void add_ratio(struct report_row *row, const char *against, const struct samples *base)
{
	unsigned i = 0;

	if (!base)
		return;
	while (row->ratio[i].against)
		i++;
	row->ratio[i] = (struct report_ratio){against, base};
}

/* What all rows of a stage have. */
static struct report_row row_of(const struct stage *stage)
{
	const struct scene *scene = &stage->traffic.scene;

	return (struct report_row){
		.name = scene->direction == PROTECT ? "protect" : "unprotect",
		.unit = "ns/packet",
		.param = {{"suite", scene->suite->name, 0}, {"payload", NULL, scene->payload},
			{"streams", NULL, scene->streams}, {"contender", "sotto", 0}},
	};
}

static void report_entry(
	struct report *report, const struct group *group, const struct entry *entry)
{
	const struct contender_kind *kind = entry->kind;
	struct report_row row = row_of(entry->stage);

	row.param[3].text = kind->name;
	row.param[4] = (struct report_param){"backend", entry->backend, 0};
	row.param[5] = (struct report_param){"tier", entry->tier, 0};
	row.samples = &entry->turn->samples;
	row.note = entry->pages[0] ? entry->pages : NULL;
	if (kind == &contender_sotto)
		add_ratio(&row, "raw",
			find(entry->stage, raw_of(entry->stage->traffic.scene.suite),
				entry->backend, entry->tier));
	if (kind == &contender_libsrtp || kind == &contender_libsrtp_openssl)
		add_ratio(&row, "sotto", find(entry->stage, &contender_sotto, NULL, NULL));
	else
		add_ratio(&row, "1000 streams", find_few(group, entry));
	report_row(report, &row);
}

static void report_group(struct report *report, const struct group *group)
{
	for (unsigned s = 0; s < group->count; s++) {
		const struct stage *stage = &group->stage[s];
		struct report_row row = row_of(stage);

		row.skipped = stage->skipped;
		if (stage->skipped[0])
			report_row(report, &row);
		for (unsigned i = 0; i < stage->count; i++)
			report_entry(report, group, &stage->entry[i]);
	}
}

/* --- all of it ---------------------------------------------------------------------------------*/

/* So many that most streams are in the caches that can hold them, as in a long run. */
static unsigned packets_ahead(const struct scene *scene)
{
	unsigned rounds = 2 * scene->streams / scene->packets + 1;

	return (rounds < AHEAD_MAX ? rounds : AHEAD_MAX) * scene->packets;
}

/* scene has all but the number of streams. */
static void run_group(struct report *report, const struct options *options, struct scene scene)
{
	struct group *group = calloc(1, sizeof(*group));

	if (!group)
		abort();
	for (; group->count < options->stream_count; group->count++) {
		scene.streams = options->streams[group->count];
		scene.ahead = packets_ahead(&scene);
		stage_open(&group->stage[group->count], options, &scene);
	}
	take_turns(group, options->common.rounds);
	report_group(report, group);
	for (unsigned s = 0; s < group->count; s++)
		stage_close(&group->stage[s]);
	free(group);
}

static void run_all(struct report *report, const struct options *options)
{
	for (unsigned s = 0; s < options->suite_count; s++) {
		for (unsigned p = 0; p < options->payload_count; p++) {
			struct scene scene = {.suite = options->suites[s],
				.window = options->window,
				.payload = options->payloads[p],
				.packets = options->packets};

			scene.direction = PROTECT;
			run_group(report, options, scene);
			scene.direction = UNPROTECT;
			run_group(report, options, scene);
		}
	}
}

static void report_libsrtp(struct report *report, const struct contender_kind *kind)
{
	char text[128];

	kind->describe(text, sizeof(text));
	report_version(report, kind->name, text);
}

int main(int argc, char **argv)
{
	struct options options;
	struct report *report;
	int status;

	if (!options_parse(argc, argv, &options, &status))
		return status;
	common_pin(&options.common, "bench_srtp");
	report = report_open("srtp", MACHINE_CLOCK, &options.common);
	report_backends(report);
	report_libsrtp(report, &contender_libsrtp);
	report_libsrtp(report, &contender_libsrtp_openssl);
	report_number(report, "window", options.window);
	report_number(report, "burst", SOTTO_BURST);
	report_number(report, "packets", options.packets);
	run_all(report, &options);
	return report_close(report) ? EXIT_SUCCESS : EXIT_FAILURE;
}
