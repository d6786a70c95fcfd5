/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The oracle: lib/srtp against libsrtp2, over random packets with loss, reordering, duplicates,
 * forgeries, jumps and rollovers, in both directions (RFC 3711). Exits with 1 when the two differ
 * in any verdict or byte, with 77 (skipped) when this processor lacks the tier.
 */
#include "libsrtp_info.h"
#include "run.h"

#include "drivers/crypto/drivers.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXIT_SKIPPED 77
#define ENOUGH 20000 /* packets, from which on every kind of event must have occurred */

struct options {
	uint64_t packets; /* received, each way */
	uint64_t seed;
	const char *backend;
	const char *tier; /* NULL = best */
};

static void usage(FILE *to)
{
	fputs("usage: oracle_srtp [--packets N] [--seed S] [--backend NAME] [--tier NAME]\n"
	      "  --packets N     packets to receive each way (default 1000000)\n"
	      "  --seed S        first of all random numbers (default 1)\n"
	      "  --backend NAME  crypto backend of Sotto: ipsecmb, openssl, ref (default ipsecmb)\n"
	      "  --tier NAME     its instruction-set tier (default: the best one here)\n",
		to);
}

static bool parse_number(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return *text != 0 && *text != '-' && *end == 0 && errno == 0;
}

/* False when the program cannot go on; *status says how it ends then. */
static bool parse_options(int argc, char **argv, struct options *o, int *status)
{
	static const struct option names[] = {
		{"packets", required_argument, NULL, 'p'},
		{"seed", required_argument, NULL, 's'},
		{"backend", required_argument, NULL, 'b'},
		{"tier", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		bool good = true;

		if (c == 'p')
			good = parse_number(optarg, &o->packets);
		else if (c == 's')
			good = parse_number(optarg, &o->seed);
		else if (c == 'b')
			o->backend = optarg;
		else if (c == 't')
			o->tier = optarg;
		else
			good = false;
		if (good)
			continue;
		*status = c == 'h' ? EXIT_SUCCESS : EXIT_FAILURE;
		usage(c == 'h' ? stdout : stderr);
		return false;
	}
	return true;
}

/* False when the program cannot go on, as above. */
static bool make_crypto(const struct options *o, struct sotto_crypto **out, int *status)
{
	const struct sotto_crypto_backend *backend = sotto_crypto_backend_by_name(o->backend);
	int rc;

	*status = EXIT_FAILURE;
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

/* Whether every kind of event occurred: an oracle that never saw one says nothing about it. */
static bool worth_something(const struct tally *t)
{
	bool all = t->refused > 0 && t->wraps > 0 && t->far > 0;

	for (unsigned i = 0; i < OUTCOME_OTHER; i++)
		all = all && t->outcomes[i] > 0;
	return all && t->outcomes[OUTCOME_ACCEPTED] > t->received / 2 &&
	       t->excused < t->received / 20;
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
		printf(" %s %" PRIu64 ",", outcome_name(i), t->outcomes[i]);
	printf(" in a new round %" PRIu64 ", in round 65536 or later %" PRIu64 ", excused %" PRIu64
	       ", judged twice %" PRIu64 ", differences %u\n",
		t->wraps, t->far, t->excused, t->settled, t->differences);
}

static bool one_way(const struct options *o, struct sotto_crypto *crypto, enum way way)
{
	struct run *run = aligned_alloc(SOTTO_CACHE_LINE, sizeof(*run));
	double start = seconds();
	bool good;

	if (!run)
		abort();
	memset(run, 0, sizeof(*run));
	run->crypto = crypto;
	run->seed = o->seed;
	run->way = way;
	run_way(run, o->packets);
	report(run, seconds() - start);
	good = run->tally.differences == 0;
	if (good && o->packets >= ENOUGH && !worth_something(&run->tally)) {
		fprintf(stderr, "some kind of event never occurred: the run says too little\n");
		good = false;
	}
	free(run);
	return good;
}

int main(int argc, char **argv)
{
	struct options o = {.packets = 1000000, .seed = 1, .backend = "ipsecmb"};
	struct sotto_crypto *crypto;
	char judge[128];
	int status;
	bool good;

	if (!parse_options(argc, argv, &o, &status) || !make_crypto(&o, &crypto, &status))
		return status;
	judge_init();
	libsrtp_describe(judge, sizeof(judge));
	printf("judge: %s; Sotto on %s: %s; seed %" PRIu64 "\n", judge, o.backend,
		crypto->backend->describe(crypto), o.seed);
	good = one_way(&o, crypto, WAY_IN);
	good = one_way(&o, crypto, WAY_OUT) && good;
	judge_shutdown();
	crypto->backend->destroy(crypto);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
