/* SPDX-License-Identifier: BSD-3-Clause */
/* Second stage: names the parts of each frame, and sends exceptions up to the control thread. */
#include "worker/internal.h"

/* What the device vouches for. "Bad" is not trusted either way: software looks again. */
static unsigned checked_by_device(const struct rte_mbuf *mbuf)
{
	unsigned checked = 0;

	if ((mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		checked |= SOTTO_NET_IP_CHECKED;
	if ((mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		checked |= SOTTO_NET_UDP_CHECKED;
	return checked;
}

static enum sotto_verdict punt(struct sotto_worker *worker, struct rte_mbuf *mbuf)
{
	return rte_ring_enqueue(worker->config.punt->up, mbuf) == 0 ? SOTTO_PUNTED
								    : SOTTO_DROP_PUNT_FULL;
}

static enum sotto_verdict parse_one(
	struct sotto_worker *worker, struct sotto_burst *burst, unsigned i)
{
	struct rte_mbuf *mbuf = burst->mbuf[i];
	struct sotto_frame *frame = &burst->frame[i];
	uint8_t *data = rte_pktmbuf_mtod(mbuf, uint8_t *);
	enum sotto_verdict verdict;

	if (sotto_unlikely(mbuf->nb_segs != 1))
		return SOTTO_DROP_SEGMENTED;
	verdict = sotto_net_parse(
		data, mbuf->data_len, burst->device[i]->mac, checked_by_device(mbuf), frame);
	if (sotto_unlikely(verdict != SOTTO_OK))
		return verdict;
	if (sotto_unlikely(frame->kind != SOTTO_NET_UDP))
		return punt(worker, mbuf);
	burst->srtp.data[i] = data + frame->payload;
	burst->srtp.len[i] = frame->payload_len;
	burst->srtp.room[i] = (uint32_t)mbuf->buf_len - mbuf->data_off - frame->payload;
	return SOTTO_OK;
}

uint64_t sotto_worker_parse(struct sotto_worker *worker, struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		enum sotto_verdict verdict = parse_one(worker, burst, i);

		if (sotto_unlikely(verdict != SOTTO_OK))
			out |= sotto_worker_end(burst, i, verdict);
	}
	return live & ~out;
}
