/* SPDX-License-Identifier: BSD-3-Clause */
/* New headers: the other leg's, put before the payload; the old ones are given up. */
#include "worker/internal.h"

#include "base/bytes.h"

/* Puts the headers before the payload. False when the buffer has no room in front. */
static bool rewrite_one(struct sotto_burst *burst, unsigned i)
{
	const struct sotto_leg *out = burst->leg[i]->peer;
	struct rte_mbuf *mbuf = burst->mbuf[i];
	uint32_t payload = (uint32_t)mbuf->data_off + burst->frame[i].payload;
	uint8_t *frame = burst->srtp.data[i] - out->header_len;
	struct sotto_net_sums sums = out->sums;

	if (sotto_unlikely(payload < out->header_len))
		return false;
	sotto_net_header_copy(frame, out->header, out->header_len);
	memcpy(frame, burst->next_mac[i], 6);
	if (sotto_unlikely(burst->rtcp >> i & 1)) {
		sotto_base_put16(frame + out->header_len - 8, out->rtcp_port);
		sotto_base_put16(frame + out->header_len - 6, out->remote_rtcp_port);
		sums = sotto_net_header_sums(frame, out->header_len);
	}
	if (out->dscp_keep) {
		sotto_net_header_set_dscp(frame, burst->frame[i].dscp);
		sums.ip = sotto_net_sum_dscp(sums.ip, burst->frame[i].dscp);
	}
	sotto_net_header_complete(frame, out->header_len, burst->srtp.len[i], sums);
	mbuf->data_off = (uint16_t)(payload - out->header_len);
	mbuf->data_len = (uint16_t)(out->header_len + burst->srtp.len[i]);
	mbuf->pkt_len = mbuf->data_len;
	/* what the device told is over; whose buffer it is must stay known */
	mbuf->ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
	return true;
}

uint64_t sotto_worker_rewrite(struct sotto_burst *burst, uint64_t live)
{
	uint64_t out = 0;

	for (uint64_t m = live; m != 0; m &= m - 1) {
		unsigned i = sotto_worker_first(m);
		struct sotto_leg_state *state = burst->leg[i]->peer->state;

		if (sotto_unlikely(!rewrite_one(burst, i))) {
			out |= sotto_worker_end(burst, i, SOTTO_DROP_SEND_SIZE);
			sotto_stats_add(sotto_leg_drops(state, SOTTO_DROP_SEND_SIZE), 1);
		}
	}
	return live & ~out;
}
