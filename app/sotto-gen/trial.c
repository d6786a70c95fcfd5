/* SPDX-License-Identifier: BSD-3-Clause */
/* One trial: sends at a rate while it receives, then waits for what is under way. */
#include "gen.h"

#include <rte_cycles.h>
#include <rte_pause.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define QUIET_S 0.2      /* nothing for so long: nothing more will come */
#define LAST_LOOK_S 0.02 /* when all have come: for duplicates */
#define GIVE_UP_S 0.5    /* until packets that the device does not take are given up */
#define RECEIVE_BURSTS 4 /* of a device, before sending goes on */

static uint64_t cycles(const struct gen *gen, double seconds)
{
	return (uint64_t)(seconds * (double)gen->hz);
}

static unsigned receive_all(struct gen *gen)
{
	unsigned total = 0;

	for (unsigned d = 0; d < gen->device_count; d++) {
		unsigned n = SOTTO_BURST;

		for (int i = 0; i < RECEIVE_BURSTS && n == SOTTO_BURST; i++) {
			n = gen_receive(gen, d);
			total += n;
		}
	}
	return total;
}

static unsigned send_waiting(struct gen *gen)
{
	unsigned waiting = 0;

	for (unsigned d = 0; d < gen->device_count; d++) {
		gen_send_waiting(gen, &gen->device[d]);
		waiting += gen->device[d].waiting_count;
	}
	return waiting;
}

/* Nothing to do: spare the core's twin, and the core, if that is wished. */
static void rest(const struct gen *gen)
{
	if (gen->options.idle_us != 0)
		rte_delay_us_sleep(gen->options.idle_us);
	else
		rte_pause();
}

static double microseconds(const struct gen *gen, double share)
{
	return (double)gen_histogram_at(&gen->lane.latency, share) * 1e6 / (double)gen->hz;
}

/* One line: what the last seconds came to. */
static void show(const struct gen *gen, const char *label, double at, double seconds,
	const struct gen_counts *before)
{
	const struct gen_counts *now = &gen->lane.counts;
	double received = (double)(now->received - before->received);
	double sent = (double)(now->sent - before->sent);

	printf("%s %5.1f s  sent %.0f/s  received %.0f/s  faults %" PRIu64, label, at,
		sent / seconds, received / seconds, gen_faults(now));
	if (gen->lane.latency.count != 0)
		printf("  latency p50 %.0f us  p99 %.0f us", microseconds(gen, 0.5),
			microseconds(gen, 0.99));
	putchar('\n');
	fflush(stdout);
}

/* Sends and receives until a time. Returns when that was. */
static uint64_t send_until(struct gen *gen, uint64_t start, uint64_t end, const char *label)
{
	struct gen_counts before = {.sent = 0};
	uint64_t now = start, shown = start, second = gen->hz;

	while (now < end && !gen->stop) {
		unsigned n = receive_all(gen);

		send_waiting(gen);
		now = rte_rdtsc();
		n += gen_send(gen, gen_pace_due(&gen->lane.pace, now, GEN_SEND_BURST));
		if (n == 0)
			rest(gen);
		if (label && now - shown >= second) {
			show(gen, label, (double)(now - start) / (double)second,
				(double)(now - shown) / (double)second, &before);
			before = gen->lane.counts;
			shown = now;
		}
	}
	return now;
}

/* Frees what the devices did not take. */
static void give_up(struct gen *gen)
{
	for (unsigned d = 0; d < gen->device_count; d++) {
		struct gen_device *device = &gen->device[d];

		rte_pktmbuf_free_bulk(device->waiting, device->waiting_count);
		gen->lane.counts.unsent += device->waiting_count;
		device->waiting_count = 0;
	}
}

/* Receives until all have come, or nothing more does. */
static void drain(struct gen *gen)
{
	uint64_t start = rte_rdtsc(), last = start, now = start;
	const struct gen_counts *counts = &gen->lane.counts;

	while (now - start < cycles(gen, gen->options.drain_s)) {
		bool complete = counts->received >= counts->sent;

		if (send_waiting(gen) != 0 && now - start > cycles(gen, GIVE_UP_S))
			give_up(gen);
		if (receive_all(gen) != 0)
			last = now;
		else if (now - last > cycles(gen, complete ? LAST_LOOK_S : QUIET_S))
			break;
		now = rte_rdtsc();
	}
	give_up(gen);
}

static void begin(struct gen *gen, double rate)
{
	struct gen_lane *lane = &gen->lane;

	for (uint32_t i = 0; i < gen->stream_count; i++)
		gen_track_begin(&gen->stream[i].track, gen->stream[i].next);
	memset(&lane->counts, 0, sizeof(lane->counts));
	gen_histogram_reset(&lane->latency);
	gen_pace_start(&lane->pace, rate, gen->hz, rte_rdtsc());
}

void gen_trial(
	struct gen *gen, double rate, double seconds, const char *label, struct gen_result *result)
{
	struct timespec began;
	uint64_t start, end;

	clock_gettime(CLOCK_MONOTONIC, &began);
	begin(gen, rate);
	start = gen->lane.pace.start;
	end = send_until(gen, start, start + cycles(gen, seconds), label);
	drain(gen);
	*result = (struct gen_result){
		.asked = rate,
		.began = (double)began.tv_sec + (double)began.tv_nsec / 1e9,
		.seconds = (double)(end - start) / (double)gen->hz,
		.let_go = gen->lane.pace.let_go,
		.counts = gen->lane.counts,
	};
	if (result->seconds > 0)
		result->offered = (double)result->counts.sent / result->seconds;
}
