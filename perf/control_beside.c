/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls that come and go beside traffic. One thread is source, worker and sink of RTP to SRTP, at
 * a part of what it can carry; the other is control. It puts a call, and at once there is a packet
 * of it; when that has come out the call was usable.
 */
#include "control.h"
#include "machine.h"
#include "pipeline.h"
#include "pipeline_judge.h"
#include "ticks.h"

#include "base/bytes.h"

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_pause.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 4000 /* that carry traffic; those that come and go have the numbers behind */
#define FRAME_ROOM 256
#define PAYLOAD 160
#define HEADERS 42    /* bytes: Ethernet, IPv4, UDP */
#define KEPT_MAX 4096 /* packets that are looked at afterwards */
#define LIVES_MS 500  /* a call */
#define WARM_MS 200   /* before the worker's capacity is measured */
#define CAPACITY_MS 500
#define LOST_AFTER_MS 5000
#define PARTS 9 /* of the time, for the spread of the waits */

static const struct control_shape shape = {.ssrcs = CONTROL_SSRCS};

struct kept {
	uint32_t len;
	uint8_t frame[FRAME_ROOM];
};

/* What both threads share. */
struct beside {
	struct control_bench *bench;
	unsigned lives; /* calls that come and go, one after the other */
	uint8_t *frame; /* of each call: a packet from its peer, to be copied */
	uint32_t frame_len;
	uint64_t *put_at;       /* [lives]: control, before the packet is in the ring */
	uint8_t *usable;        /* [lives], atomic: the source, when that packet came out */
	struct rte_ring *first; /* first packets of calls: control to source */
	uint64_t per_second;    /* atomic: packets, 0 = as many as go. Control, then constant */
	uint8_t stop;           /* atomic */

	/* the source's; control looks when its thread has ended */
	uint16_t *seq;
	uint64_t random;
	uint64_t sent, carried;
	uint64_t busy_ns; /* of processor time */
	uint64_t wall;    /* ticks */
	struct ticks waits;
	uint64_t keep_each; /* one packet in so many is kept */
	struct kept *kept;
	size_t kept_count;
};

/* --- packets ----------------------------------------------------------------------------------
 */

/* One packet of each call, as bench_pipeline makes them, but without UDP's sum. */
static bool make_frame(struct beside *b, struct pipeline *pipeline, unsigned call)
{
	const struct pipeline_round round = {
		.way = WAY_PROTECT, .first = call, .calls = 1, .workers = 1};
	struct rte_ring *ring = b->bench->gateway.to[GATEWAY_B][0];
	uint8_t *frame = b->frame + (size_t)call * FRAME_ROOM;
	void *mbuf[SOTTO_BURST];

	if (!pipeline_fill(pipeline, &round) ||
		rte_ring_dequeue_bulk(ring, mbuf, SOTTO_BURST, NULL) != SOTTO_BURST)
		return false;
	b->frame_len = ((struct rte_mbuf *)mbuf[0])->data_len;
	memcpy(frame, rte_pktmbuf_mtod((struct rte_mbuf *)mbuf[0], void *), b->frame_len);
	sotto_base_put16(frame + HEADERS - 2, 0);
	sotto_base_put16(frame + HEADERS + 2, 0); /* sequence number */
	rte_pktmbuf_free_bulk((struct rte_mbuf **)mbuf, SOTTO_BURST);
	return true;
}

static bool make_frames(struct beside *b)
{
	struct pipeline pipeline;
	bool good = pipeline_open(&pipeline, &b->bench->gateway, PAYLOAD, SOTTO_BURST);

	for (unsigned call = 0; good && call < b->bench->gateway.wish.calls; call++)
		good = make_frame(b, &pipeline, call);
	pipeline_close(&pipeline);
	return good;
}

static void fill(const struct beside *b, struct rte_mbuf *mbuf, unsigned call, uint16_t seq)
{
	uint8_t *at = rte_pktmbuf_mtod(mbuf, uint8_t *);

	memcpy(at, b->frame + (size_t)call * FRAME_ROOM, b->frame_len);
	sotto_base_put16(at + HEADERS + 2, seq);
	mbuf->data_len = (uint16_t)b->frame_len;
	mbuf->pkt_len = b->frame_len;
}

static unsigned call_of(const uint8_t *frame)
{
	return (sotto_base_get16(frame + HEADERS - 6) - GATEWAY_FIRST_PORT) / 2;
}

/* Whether it is the packet of its call as it has to be: header, sums, and what libsrtp2 opens. */
static bool is_right(const struct beside *b, struct kept *kept)
{
	unsigned call = call_of(kept->frame);
	uint8_t *rtp = kept->frame + HEADERS, want[FRAME_ROOM];
	uint32_t len = kept->len - HEADERS;
	struct sotto_keying keying;

	if (call >= b->bench->gateway.wish.calls || !pipeline_judge_headers(kept->frame, kept->len))
		return false;
	gateway_keying(b->bench->options.suite, call, GATEWAY_A, false, &keying);
	memcpy(want, b->frame + (size_t)call * FRAME_ROOM, b->frame_len);
	memcpy(want + HEADERS + 2, rtp + 2, 2);
	return pipeline_judge_open(&keying, rtp, &len) && len == b->frame_len - HEADERS &&
	       memcmp(rtp, want + HEADERS, len) == 0;
}

static bool judge(struct beside *b)
{
	size_t wrong = 0;

	for (size_t i = 0; i < b->kept_count; i++)
		wrong += !is_right(b, &b->kept[i]);
	if (wrong != 0)
		fprintf(stderr, "%zu of %zu packets that were looked at are wrong\n", wrong,
			b->kept_count);
	return wrong == 0;
}

/* --- source, worker and sink ------------------------------------------------------------------
 */

static unsigned draw(struct beside *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return (unsigned)(b->random % CALLS);
}

static void send_traffic(struct beside *b, unsigned n)
{
	struct gateway *gateway = &b->bench->gateway;
	struct rte_mbuf *mbuf[SOTTO_BURST];

	if (n == 0 || rte_pktmbuf_alloc_bulk(gateway->pool, mbuf, n) != 0)
		return;
	for (unsigned k = 0; k < n; k++) {
		unsigned call = draw(b);

		fill(b, mbuf[k], call, b->seq[call]++);
	}
	rte_ring_enqueue_bulk(gateway->to[GATEWAY_B][0], (void **)mbuf, n, NULL);
	b->sent += n;
}

/* First packets of calls are before the worker as soon as control made them. */
static void send_first(struct beside *b)
{
	void *mbuf[SOTTO_BURST];
	unsigned n = rte_ring_dequeue_burst(b->first, mbuf, SOTTO_BURST, NULL);

	if (n != 0)
		rte_ring_enqueue_bulk(b->bench->gateway.to[GATEWAY_B][0], mbuf, n, NULL);
	b->sent += n;
}

static void keep(struct beside *b, const uint8_t *frame, uint32_t len)
{
	struct kept *kept = &b->kept[b->kept_count++];

	kept->len = len < FRAME_ROOM ? len : 0;
	memcpy(kept->frame, frame, kept->len);
}

static void take(struct beside *b, struct rte_mbuf *mbuf)
{
	const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	unsigned call = call_of(frame);

	if (call >= CALLS && call - CALLS < b->lives) {
		ticks_add(&b->waits, rte_rdtsc() - b->put_at[call - CALLS]);
		__atomic_store_n(&b->usable[call - CALLS], 1, __ATOMIC_RELEASE);
	}
	if (b->carried++ % b->keep_each == 0 && b->kept_count < KEPT_MAX)
		keep(b, frame, mbuf->data_len);
}

static unsigned drain(struct beside *b)
{
	struct rte_mbuf *mbuf[SOTTO_BURST];
	unsigned n = rte_ring_dequeue_burst(
		b->bench->gateway.from[GATEWAY_A][0], (void **)mbuf, SOTTO_BURST, NULL);

	for (unsigned k = 0; k < n; k++)
		take(b, mbuf[k]);
	rte_pktmbuf_free_bulk(mbuf, n);
	return n;
}

/* Packets that are due since start; at most a burst, so that rings never fill. */
static unsigned due(const struct beside *b, uint64_t start, uint64_t hz, uint64_t traffic)
{
	uint64_t all = (rte_rdtsc() - start) / 1000 * b->per_second / (hz / 1000);

	if (b->per_second == 0 || all >= traffic + SOTTO_BURST)
		return SOTTO_BURST;
	return all > traffic ? (unsigned)(all - traffic) : 0;
}

static int run_source(void *arg)
{
	struct beside *b = arg;
	struct gateway *gateway = &b->bench->gateway;
	uint64_t hz = rte_get_tsc_hz(), start = rte_rdtsc(), began = machine_ns(), traffic = 0;

	rte_rcu_qsbr_thread_register(gateway->rcu, 0);
	rte_rcu_qsbr_thread_online(gateway->rcu, 0);
	while (!__atomic_load_n(&b->stop, __ATOMIC_ACQUIRE)) {
		unsigned n = due(b, start, hz, traffic);

		traffic += n;
		send_traffic(b, n);
		send_first(b);
		sotto_worker_poll(gateway->worker[0]);
		drain(b);
	}
	b->busy_ns = machine_ns() - began;
	b->wall = rte_rdtsc() - start;
	while (sotto_worker_poll(gateway->worker[0]) != 0 || drain(b) != 0)
		;
	rte_rcu_qsbr_thread_offline(gateway->rcu, 0);
	rte_rcu_qsbr_thread_unregister(gateway->rcu, 0);
	return 0;
}

static void start_source(struct beside *b, uint64_t per_second)
{
	b->per_second = per_second;
	b->sent = b->carried = 0;
	b->kept_count = 0;
	b->keep_each = per_second * b->bench->options.seconds / KEPT_MAX + PIPELINE_CHECK_EACH;
	b->stop = 0;
	rte_eal_remote_launch(run_source, b, CONTROL_WORKER_LCORE);
}

static void stop_source(struct beside *b)
{
	__atomic_store_n(&b->stop, 1, __ATOMIC_RELEASE);
	rte_eal_wait_lcore(CONTROL_WORKER_LCORE);
}

/* Packets a second of processor time that the source, worker and sink carry at most. */
static uint64_t measure_capacity(struct beside *b)
{
	start_source(b, 0);
	rte_delay_us_sleep(WARM_MS * 1000);
	stop_source(b);
	start_source(b, 0);
	rte_delay_us_sleep(CAPACITY_MS * 1000);
	stop_source(b);
	return (uint64_t)((double)b->carried * 1e9 / (double)b->busy_ns);
}

/* --- control ----------------------------------------------------------------------------------
 */

/* Waits until the call before with that number has carried its packet; false: that is lost. */
static bool wait_usable(struct beside *b, unsigned life)
{
	uint64_t end = rte_rdtsc() + LOST_AFTER_MS * (rte_get_tsc_hz() / 1000);

	while (!__atomic_load_n(&b->usable[life], __ATOMIC_ACQUIRE)) {
		if (rte_rdtsc() > end)
			return false;
		rte_pause();
	}
	return true;
}

/* Puts a call, and at once there is a packet of it. */
static bool begin_call(struct beside *b, unsigned life)
{
	struct gateway *gateway = &b->bench->gateway;
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(gateway->pool);
	int rc;

	if (!mbuf)
		return false;
	fill(b, mbuf, CALLS + life, 0);
	b->usable[life] = 0;
	b->put_at[life] = rte_rdtsc();
	rc = gateway_put(gateway, CALLS + life);
	if (rc != 0) {
		fprintf(stderr, "call %u: %s\n", CALLS + life, strerror(-rc));
		rte_pktmbuf_free(mbuf);
		return false;
	}
	return rte_ring_enqueue(b->first, mbuf) == 0;
}

/* Lets calls come and go; how many a second is in *rate. What is lost shows in the counts. */
static bool come_and_go(struct beside *b, unsigned calls, double *rate)
{
	uint64_t hz = rte_get_tsc_hz(), start = rte_rdtsc();

	for (unsigned i = 0; i < calls; i++) {
		unsigned life = i % b->lives;

		while (rte_rdtsc() < start + i * (hz / b->bench->options.rate))
			rte_pause();
		if (i >= b->lives && wait_usable(b, life))
			gateway_delete(&b->bench->gateway, CALLS + life);
		if (!begin_call(b, life))
			return false;
		sotto_sessions_reclaim(b->bench->gateway.sessions);
	}
	*rate = calls * (double)hz / (double)(rte_rdtsc() - start);
	for (unsigned life = 0; life < b->lives; life++)
		wait_usable(b, life);
	return true;
}

/* --- results ----------------------------------------------------------------------------------
 */

static struct report_row like(const struct beside *b, const char *name, const char *unit)
{
	struct report_row row = {.name = name, .unit = unit};
	unsigned n = control_params(b->bench, &shape, &row);

	row.param[n++] = (struct report_param){.name = "load", .number = b->bench->options.load};
	row.param[n] = (struct report_param){.name = "rate", .number = b->bench->options.rate};
	return row;
}

/* Waits of one part of the time after the other, as if those were rounds. */
static void split_waits(struct ticks *waits)
{
	size_t all = waits->count;

	for (unsigned k = 1; k <= PARTS; k++) {
		waits->count = all * k / PARTS;
		ticks_end_round(waits);
	}
}

static void tell(struct beside *b, uint64_t capacity, double rate)
{
	struct report *report = b->bench->report;
	struct report_row row = like(b, "lost", "packets");
	char note[128];

	snprintf(note, sizeof(note), "of %llu", (unsigned long long)b->sent);
	row.note = note;
	row.value = (double)(b->sent - b->carried);
	report_row(report, &row);
	row = like(b, "request-to-packet", "us");
	split_waits(&b->waits);
	ticks_report(&b->waits, report, &row);
	row = like(b, "calls-beside", "calls/s");
	row.note = "put and deleted";
	row.value = rate;
	report_row(report, &row);
	row = like(b, "traffic", "packets/s");
	snprintf(note, sizeof(note), "RTP to SRTP; %llu of processor time with its source is all",
		(unsigned long long)capacity);
	row.note = note;
	row.value = (double)b->carried * (double)rte_get_tsc_hz() / (double)b->wall;
	report_row(report, &row);
	printf("%zu packets were looked at\n", b->kept_count);
}

static void skip(struct control_bench *bench, const char *why)
{
	static const char *const names[] = {"lost", "request-to-packet"};

	for (unsigned i = 0; i < 2; i++) {
		struct report_row row = {.name = names[i], .skipped = why};

		control_params(bench, &shape, &row);
		report_row(bench->report, &row);
	}
}

static bool run(struct beside *b)
{
	const struct control_options *o = &b->bench->options;
	uint64_t capacity;
	double rate;
	bool good;

	control_delete(b->bench, CALLS, CALLS + b->lives);
	capacity = measure_capacity(b);
	start_source(b, capacity * o->load / 100);
	good = come_and_go(b, o->rate * o->seconds, &rate);
	stop_source(b);
	if (!good)
		return false;
	tell(b, capacity, rate);
	return judge(b);
}

static bool open_all(struct beside *b)
{
	const struct control_options *o = &b->bench->options;
	unsigned calls;

	b->lives = o->rate * LIVES_MS / 1000;
	calls = CALLS + b->lives;
	b->random = 0x9e3779b97f4a7c15;
	b->frame = malloc((size_t)calls * FRAME_ROOM);
	b->put_at = calloc(b->lives, sizeof(b->put_at[0]));
	b->usable = calloc(b->lives, 1);
	b->seq = calloc(CALLS, sizeof(b->seq[0]));
	b->kept = malloc(KEPT_MAX * sizeof(b->kept[0]));
	b->first = rte_ring_create("first", 4096, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	return b->frame && b->put_at && b->usable && b->seq && b->kept && b->first &&
	       ticks_open(&b->waits, (size_t)o->rate * o->seconds) &&
	       control_open(b->bench, &shape, calls) && make_frames(b);
}

static void close_all(struct beside *b)
{
	free(b->frame);
	free(b->put_at);
	free(b->usable);
	free(b->seq);
	free(b->kept);
	rte_ring_free(b->first);
	ticks_close(&b->waits);
	gateway_close(&b->bench->gateway);
}

bool control_beside(struct control_bench *bench)
{
	static struct beside b;

	if (!bench->options.other.exists) {
		skip(bench, "there is one core only");
		return true;
	}
	b = (struct beside){.bench = bench};
	if (!open_all(&b)) {
		fputs("not enough memory for calls beside traffic\n", stderr);
		return false;
	}
	if (!run(&b))
		return false;
	close_all(&b);
	return true;
}
