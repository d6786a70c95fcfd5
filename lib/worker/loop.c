/* SPDX-License-Identifier: BSD-3-Clause */
/* The poll loop: bursts in, through the stages, bursts out. First and last stage are here. */
#include "worker/internal.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <string.h>

#define IDLE_ROUNDS 1000   /* rounds without a packet before the first sleep */
#define FRAME_PREFETCH 256 /* bytes; what follows the processor sees coming */
#define EARLY_LOOK_US 200  /* between two looks at the packets that wait for keys */

void sotto_worker_init(struct sotto_worker *worker, const struct sotto_worker_config *config)
{
	memset(worker, 0, sizeof(*worker));
	worker->config = *config;
	sotto_srtp_init(&worker->srtp, config->crypto);
}

void sotto_worker_fini(struct sotto_worker *worker)
{
	for (uint32_t k = 0; k < worker->early_count; k++)
		rte_pktmbuf_free(worker->early[k].mbuf);
	sotto_stats_add(&worker->stats.by_verdict[SOTTO_DROP_EARLY], worker->early_count);
	worker->early_count = 0;
}

static bool is_up(const struct sotto_device *device)
{
	return __atomic_load_n(&device->up, __ATOMIC_ACQUIRE) != 0;
}

/* Counts on the legs what the device took, and what it refused. */
static void count_sent(const struct sotto_worker_out *out, uint16_t sent)
{
	for (uint16_t k = 0; k < out->count; k++) {
		struct sotto_leg_state *state;

		if (!out->leg[k])
			continue;
		state = out->leg[k]->state;
		if (sotto_likely(k < sent)) {
			sotto_stats_add(&state->sent_packets, 1);
			sotto_stats_add(&state->sent_bytes, out->len[k]);
		} else {
			sotto_stats_add(sotto_leg_drops(state, SOTTO_DROP_TX_FULL), 1);
		}
	}
}

static void put(struct sotto_worker_out *out, struct rte_mbuf *mbuf, const struct sotto_leg *leg,
	uint32_t len)
{
	out->leg[out->count] = leg;
	out->len[out->count] = (uint16_t)len;
	out->mbuf[out->count++] = mbuf;
}

/* Sends and empties what waits for a device. Returns how many the device took. */
static uint16_t flush_device(struct sotto_worker *worker, unsigned d)
{
	struct sotto_worker_out *out = &worker->out[d];
	const struct sotto_device *device = &worker->config.device[d];
	uint16_t sent = 0;

	if (is_up(device))
		sent = rte_eth_tx_burst(
			device->port, (uint16_t)worker->config.number, out->mbuf, out->count);
	count_sent(out, sent);
	if (sotto_unlikely(sent < out->count))
		rte_pktmbuf_free_bulk(out->mbuf + sent, out->count - sent);
	out->count = 0;
	return sent;
}

/* Sends the survivors of a burst, each to its leg's device. */
static void transmit(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t refused = 0, sent = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		const struct sotto_leg *leg = burst->leg[i]->peer;

		put(&worker->out[leg->device], burst->mbuf[i], leg, burst->srtp.len[i]);
	}
	for (unsigned d = 0; live != 0 && d < worker->config.device_count; d++) {
		uint16_t count = worker->out[d].count;
		uint16_t taken;

		if (count == 0)
			continue;
		taken = flush_device(worker, d);
		sent += taken;
		refused += count - taken;
	}
	sotto_stats_add(&worker->stats.by_verdict[SOTTO_OK], sent);
	if (sotto_unlikely(refused != 0))
		sotto_stats_add(&worker->stats.by_verdict[SOTTO_DROP_TX_FULL], refused);
}

/* Counts and frees what the stages ended. */
static void bury(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t ended)
{
	for (uint64_t m = ended; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		uint8_t verdict = burst->srtp.verdict[i];

		if (!burst->mbuf[i])
			continue; /* handed over, or held */
		sotto_stats_add(&worker->stats.by_verdict[verdict], 1);
		if (verdict != SOTTO_PUNTED)
			rte_pktmbuf_free(burst->mbuf[i]);
	}
}

/* One burst from receive to transmit: mbuf, device and count are filled. */
static void carry(struct sotto_worker *worker, struct sotto_burst *burst)
{
	uint64_t all = burst->count == SOTTO_BURST ? ~0ull : (1ull << burst->count) - 1;
	uint64_t live = all;

	/* what control ordered before it answered holds for every packet that comes after that */
	sotto_punt_obey(worker->config.punt, worker->config.number);
	burst->srtp.now_us = burst->now_us;
	live = sotto_worker_parse(worker, burst, live);
	live = sotto_worker_lookup(burst, live);
	live = sotto_worker_owner(worker, burst, live);
	live = sotto_worker_sort(worker, burst, live);
	if (sotto_unlikely(burst->early != 0))
		live = sotto_worker_hold(worker, burst, live);
	live = sotto_worker_receive(worker, burst, live);
	live = sotto_worker_send(worker, burst, live);
	live = sotto_worker_rewrite(burst, live);
	if (sotto_unlikely(live != all))
		bury(worker, burst, all & ~live);
	transmit(worker, burst, live);
	sotto_stats_add(&worker->stats.bursts, 1);
}

/* The checksum reads all of it. */
static void prefetch_frame(const struct rte_mbuf *mbuf)
{
	const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);

	for (uint32_t at = 0; at < mbuf->data_len && at < FRAME_PREFETCH; at += SOTTO_CACHE_LINE)
		sotto_base_prefetch_write((void *)(uintptr_t)(frame + at));
}

static unsigned poll_device(struct sotto_worker *worker, unsigned d, uint64_t now_us)
{
	struct sotto_burst *burst = &worker->burst;
	const struct sotto_device *device = &worker->config.device[d];

	if (!is_up(device))
		return 0;
	burst->count = rte_eth_rx_burst(
		device->port, (uint16_t)worker->config.number, burst->mbuf, SOTTO_BURST);
	if (burst->count == 0)
		return 0;
	for (unsigned i = 0; i < burst->count; i++)
		sotto_base_prefetch_write(burst->mbuf[i]);
	for (unsigned i = 0; i < burst->count; i++) {
		burst->device[i] = device;
		burst->mbuf[i]->port = device->port; /* not every driver says so */
		prefetch_frame(burst->mbuf[i]);
	}
	burst->now_us = now_us;
	sotto_stats_add(&worker->stats.received, burst->count);
	carry(worker, burst);
	return burst->count;
}

/* mbuf->port is DPDK's number; devices are in the order of our own. */
static unsigned device_of(const struct sotto_worker *worker, const struct rte_mbuf *mbuf)
{
	unsigned d = 0;

	while (d + 1 < worker->config.device_count && worker->config.device[d].port != mbuf->port)
		d++;
	return d;
}

/* Packets of our calls that another worker received. */
static unsigned poll_handover(struct sotto_worker *worker, uint64_t now_us)
{
	struct sotto_burst *burst = &worker->burst;
	struct rte_ring *ring = worker->config.punt->handover[worker->config.number];

	burst->count = rte_ring_dequeue_burst(ring, (void **)burst->mbuf, SOTTO_BURST, NULL);
	if (burst->count == 0)
		return 0;
	for (unsigned i = 0; i < burst->count; i++)
		burst->device[i] = &worker->config.device[device_of(worker, burst->mbuf[i])];
	burst->now_us = now_us;
	sotto_stats_add(&worker->stats.taken_over, burst->count);
	carry(worker, burst);
	return burst->count;
}

/* Packets that waited for their key. */
static unsigned poll_early(struct sotto_worker *worker, uint64_t now_us)
{
	struct sotto_burst *burst = &worker->burst;

	if (sotto_likely(worker->early_count == 0) ||
		now_us - worker->early_looked_us < EARLY_LOOK_US)
		return 0;
	sotto_worker_unhold(worker, burst, now_us);
	if (burst->count == 0) {
		worker->early_looked_us = now_us;
		return 0;
	}
	burst->now_us = now_us;
	burst->again = true;
	carry(worker, burst);
	burst->again = false;
	return burst->count;
}

/* Packets that the control thread made. */
static unsigned poll_down(struct sotto_worker *worker)
{
	struct rte_ring *ring = worker->config.punt->down[worker->config.number];
	struct rte_mbuf *mbuf[SOTTO_BURST];
	unsigned n = rte_ring_dequeue_burst(ring, (void **)mbuf, SOTTO_BURST, NULL);

	for (unsigned i = 0; i < n; i++)
		put(&worker->out[device_of(worker, mbuf[i])], mbuf[i], NULL, 0);
	for (unsigned d = 0; n != 0 && d < worker->config.device_count; d++) {
		if (worker->out[d].count != 0)
			sotto_stats_add(&worker->stats.generated, flush_device(worker, d));
	}
	return n;
}

/*
 * Carries out control's orders and reports a quiescent state, as of before the orders were looked
 * for: rte_rcu_qsbr_quiescent() after them would also vouch for a grace period that began in
 * between, behind an order that still waits, and its streams would be freed under it.
 */
static void be_quiescent(struct sotto_worker *worker)
{
	struct rte_rcu_qsbr *rcu = worker->config.rcu;
	uint64_t *cnt = &rcu->qsbr_cnt[worker->config.number].cnt;
	uint64_t token = __atomic_load_n(&rcu->token, __ATOMIC_ACQUIRE);

	sotto_punt_obey(worker->config.punt, worker->config.number);
	if (token != __atomic_load_n(cnt, __ATOMIC_RELAXED))
		__atomic_store_n(cnt, token, __ATOMIC_RELEASE);
}

unsigned sotto_worker_poll(struct sotto_worker *worker)
{
	uint64_t start = rte_rdtsc();
	uint64_t now_us = start / worker->config.cycles_per_us;
	unsigned n = 0;

	for (unsigned d = 0; d < worker->config.device_count; d++)
		n += poll_device(worker, d, now_us);
	n += poll_handover(worker, now_us);
	n += poll_early(worker, now_us);
	n += poll_down(worker);
	be_quiescent(worker);
	sotto_stats_add(n != 0 ? &worker->stats.busy_cycles : &worker->stats.idle_cycles,
		rte_rdtsc() - start);
	return n;
}

/* Nothing to do: spare the core's twin, and after a while the core, if that is wished. */
static void rest(struct sotto_worker *worker)
{
	rte_pause();
	if (worker->config.idle_us == 0 || ++worker->idle_rounds < IDLE_ROUNDS)
		return;
	rte_delay_us_sleep(worker->config.idle_us);
}

int sotto_worker_run(void *arg)
{
	struct sotto_worker *worker = arg;
	struct rte_rcu_qsbr *rcu = worker->config.rcu;

	rte_rcu_qsbr_thread_register(rcu, worker->config.number);
	rte_rcu_qsbr_thread_online(rcu, worker->config.number);
	while (!__atomic_load_n(worker->config.stop, __ATOMIC_ACQUIRE)) {
		if (sotto_worker_poll(worker) == 0)
			rest(worker);
		else
			worker->idle_rounds = 0;
	}
	rte_rcu_qsbr_thread_offline(rcu, worker->config.number);
	rte_rcu_qsbr_thread_unregister(rcu, worker->config.number);
	sotto_worker_fini(worker);
	return 0;
}
