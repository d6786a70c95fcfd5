/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RP-08: what a replayed packet costs. In every round new packets are unprotected, and then the
 * same ones once more, which must all be told before their tags are computed (RFC 3711, 3.3, step
 * 5). Prints nanoseconds of processor time a packet, the medians of all rounds.
 *
 * usage: replay_cost [CPU]
 */
#include "contender.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 101
#define PACKETS (64 * SOTTO_BURST) /* in a round */
#define WINDOW 1024

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(values[0]), by_value);
	return values[ROUNDS / 2];
}

/* Nanoseconds a packet; ends the program unless so many passed. */
static double run(void *state, struct traffic *traffic, unsigned wanted)
{
	uint64_t start;
	unsigned passed;
	uint64_t end;

	traffic_restore(traffic);
	start = machine_ns();
	passed = contender_sotto.run(state, traffic, 0, PACKETS);
	end = machine_ns();
	if (passed != wanted) {
		fprintf(stderr, "%u packets passed, not %u\n", passed, wanted);
		exit(EXIT_FAILURE);
	}
	return (double)(end - start) / PACKETS;
}

static void measure(const char *suite, unsigned streams, uint32_t payload)
{
	static double fresh[ROUNDS], replayed[ROUNDS];
	struct scene scene = {.suite = sotto_keys_suite_by_name(suite, strlen(suite)),
		.direction = UNPROTECT,
		.window = WINDOW,
		.payload = payload,
		.streams = streams,
		.packets = PACKETS};
	struct traffic traffic;
	void *state;

	if (!traffic_open(&traffic, &scene))
		exit(EXIT_FAILURE);
	state = contender_sotto.open(&traffic, "ipsecmb", NULL);
	if (!state)
		exit(EXIT_FAILURE);
	for (unsigned i = 0; i < ROUNDS; i++) {
		traffic_next_round(&traffic);
		fresh[i] = run(state, &traffic, PACKETS);
		replayed[i] = run(state, &traffic, 0);
	}
	printf("%-24s %5u streams %5u bytes: new %6.1f ns, replayed %6.1f ns\n", suite, streams,
		payload, median(fresh), median(replayed));
	contender_sotto.close(state);
	traffic_close(&traffic);
}

int main(int argc, char **argv)
{
	static const char *const suites[] = {"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"};

	if (argc > 1 && !machine_pin((unsigned)strtoul(argv[1], NULL, 10)))
		return EXIT_FAILURE;
	for (unsigned i = 0; i < 2; i++) {
		measure(suites[i], 1, 160);
		measure(suites[i], 1000, 160);
		measure(suites[i], 1000, 1000);
	}
	return EXIT_SUCCESS;
}
