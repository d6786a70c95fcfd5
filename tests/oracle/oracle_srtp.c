/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The oracle: lib/srtp against libsrtp2 in every suite that both have, over random packets with
 * loss, reordering, duplicates, forgeries, jumps and rollovers, re-keys with and without an
 * overlap, several master keys under MKIs, windows of many sizes and encrypted header extensions,
 * in both directions (RFC 3711, 6188, 6904, 7714). Exits with 1 when the two differ in any verdict
 * or byte; see options.c for the rest.
 */
#include "libsrtp_info.h"
#include "options.h"
#include "run.h"

#include "drivers/crypto/drivers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ENOUGH 50000 /* packets one way, from which on every kind of event must have occurred */

/* False when the program cannot go on; *status says how it ends then. */
static bool make_crypto(const struct options *o, struct sotto_crypto **out, int *status)
{
	const struct sotto_crypto_backend *backend = sotto_crypto_backend_by_name(o->backend);
	int rc;

	*status = EXIT_CANNOT_RUN;
	if (!backend) {
		fprintf(stderr, "no backend of the name %s\n", o->backend);
		return false;
	}
	rc = backend->create(o->tier, out);
	if (rc == 0)
		return true;
	if (o->tier && (rc == -ENOTSUP || rc == -EINVAL)) {
		printf("%s has no tier %s on this processor\n", o->backend, o->tier);
		*status = EXIT_SKIPPED;
	} else {
		fprintf(stderr, "%s cannot be created: %d\n", o->backend, rc);
	}
	return false;
}

/* Whether libsrtp2 protects a packet under AES-192 as we do; see (d) in run.c. */
static bool agrees_on_192(struct sotto_crypto *crypto)
{
	static struct sotto_srtp srtp;
	static struct sotto_srtp_batch batch;
	const struct settings settings = {0};
	struct plan plan = {.suite = plan_suite_at(4), .window = 128};
	struct random random = {1};
	struct sotto_keying keying;
	struct packet ours = {.len = 0}, theirs;
	struct end *end;

	plan_draw_keying(&plan, &random, &keying);
	end = end_open(&(struct end_wish){.crypto = crypto,
		.settings = &settings,
		.plan = &plan,
		.keying = &keying,
		.sender = true});
	packet_make_rtp(&ours, &random, &plan, 1, true);
	packet_copy(&theirs, &ours);
	sotto_srtp_init(&srtp, crypto);
	batch.data[0] = ours.bytes;
	batch.len[0] = ours.len;
	batch.room[0] = PACKET_ROOM;
	batch.context[0] = &end->context;
	sotto_srtp_protect_burst(&srtp, &batch, 1, SOTTO_SRTP);
	judge_protect(&end->judge, 0, theirs.bytes, &theirs.len, SOTTO_SRTP);
	end_close(end);
	return memcmp(ours.bytes, theirs.bytes, theirs.len) == 0;
}

/* Whether every kind of event occurred: an oracle that never saw one says nothing about it. */
static bool worth_something(const struct tally *t, const struct settings *settings)
{
	bool all = t->refused > 0 && t->wraps > 0 && t->far > 0 && t->late > 0 && t->under[1] > 0 &&
		   t->mki > 0 && t->probes > 0 && t->rocs > 0 && t->rekeys > 0;

	for (unsigned i = 0; i < OUTCOME_OTHER; i++)
		all = all && (t->outcomes[i] > 0 || (settings->suite && i == OUTCOME_CLEAR));
	for (unsigned i = 0; i < PLAN_SUITES; i++)
		all = all && (t->suites[i] > 0) ==
				     (!settings->suite || plan_suite_at(i) == settings->suite);
	return all && t->outcomes[OUTCOME_ACCEPTED] > t->received / 2 &&
	       t->in_burst + t->reshaped + t->other_key < t->received / 20;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void report(const struct run *run, double took)
{
	const struct tally *t = &run->tally;

	printf("%s: %" PRIu64 " sent, %" PRIu64 " refused by the sender, %" PRIu64
	       " received in %u worlds, %.1f s\n ",
		run->way == WAY_IN ? "libsrtp2 to Sotto" : "Sotto to libsrtp2", t->sent, t->refused,
		t->received, t->worlds, took);
	for (unsigned i = 0; i < OUTCOME_OTHER; i++)
		printf(" %s %" PRIu64 "%s", outcome_name(i), t->outcomes[i],
			i + 1 < OUTCOME_OTHER ? "," : "\n ");
	printf(" accepted: in a new round %" PRIu64 ", in round 65536 or later %" PRIu64
	       ", under a later keying %" PRIu64 ", under the key before %" PRIu64
	       ", with MKI %" PRIu64 ", with encrypted extensions %" PRIu64 "\n",
		t->wraps, t->far, t->under[1], t->late, t->mki, t->hidden);
	printf("  re-keys %" PRIu64 ", probes %" PRIu64 ", rollover counters compared %" PRIu64
	       "\n  other reasons: in a burst %" PRIu64 ", reshaped %" PRIu64
	       ", of another keying %" PRIu64 "; judged twice %" PRIu64 "; differences %u\n",
		t->rekeys, t->probes, t->rocs, t->in_burst, t->reshaped, t->other_key, t->settled,
		t->differences);
}

static bool one_way(
	const struct options *o, struct sotto_crypto *crypto, enum way way, struct tally *sums)
{
	struct run *run = aligned_alloc(SOTTO_CACHE_LINE,
		(sizeof(*run) + SOTTO_CACHE_LINE - 1) & ~(SOTTO_CACHE_LINE - 1ul));
	double start = seconds();
	bool good;

	if (!run)
		abort();
	memset(run, 0, sizeof(*run));
	run->crypto = crypto;
	run->settings = &o->settings;
	run->seed = o->seed;
	run->way = way;
	run_way(run, o->packets / 2);
	report(run, seconds() - start);
	good = run->tally.differences == 0;
	if (good && o->packets / 2 >= ENOUGH && !worth_something(&run->tally, &o->settings)) {
		fprintf(stderr, "some kind of event never occurred: the run says too little\n");
		good = false;
	}
	for (unsigned i = 0; i < PLAN_SUITES; i++)
		sums->suites[i] += run->tally.suites[i];
	sums->received += run->tally.received;
	sums->differences += run->tally.differences;
	free(run);
	return good;
}

/* The last line is for scripts/soak to read. */
static void report_sums(const struct tally *sums)
{
	for (unsigned i = 0; i < PLAN_SUITES; i++)
		if (sums->suites[i] != 0)
			printf("  %-24s %" PRIu64 "\n", plan_suite_at(i)->name, sums->suites[i]);
	printf("total: %" PRIu64 " packets, %u differences\n", sums->received, sums->differences);
}

int main(int argc, char **argv)
{
	struct tally sums = {0};
	struct sotto_crypto *crypto;
	struct options o;
	char judge[128];
	int status;
	bool good;

	if (!options_parse(argc, argv, &o, &status) || !make_crypto(&o, &crypto, &status))
		return status;
	judge_init();
	libsrtp_describe(judge, sizeof(judge));
	printf("judge: %s; Sotto on %s: %s; seed %" PRIu64 "\n", judge, o.backend,
		crypto->backend->describe(crypto), o.seed);
	o.settings.follow_192 = !agrees_on_192(crypto);
	if (o.settings.follow_192)
		printf("this libsrtp2 does not derive the keys of AES-192 as RFC 6188 has it: "
		       "there we follow it\n");
	good = one_way(&o, crypto, WAY_IN, &sums);
	good = one_way(&o, crypto, WAY_OUT, &sums) && good;
	report_sums(&sums);
	judge_shutdown();
	crypto->backend->destroy(crypto);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
