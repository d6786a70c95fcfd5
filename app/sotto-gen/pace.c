/* SPDX-License-Identifier: BSD-3-Clause */
/* When to send, and which stream: see pace.h. */
#include "pace.h"

#include "random.h"

void gen_pace_start(struct gen_pace *pace, double rate, uint64_t hz, uint64_t now)
{
	*pace = (struct gen_pace){.per_cycle = rate / (double)hz, .start = now};
	pace->debt = (uint64_t)(rate * GEN_PACE_DEBT_S);
	if (pace->debt < GEN_PACE_DEBT_MIN)
		pace->debt = GEN_PACE_DEBT_MIN;
}

uint32_t gen_pace_due(struct gen_pace *pace, uint64_t now, uint32_t most)
{
	uint64_t until_now = (uint64_t)((double)(now - pace->start) * pace->per_cycle);
	uint64_t due;

	if (until_now <= pace->sent)
		return 0;
	due = until_now - pace->sent;
	if (due > pace->debt) {
		pace->let_go += due - pace->debt;
		pace->sent += due - pace->debt;
		due = pace->debt;
	}
	return due < most ? (uint32_t)due : most;
}

uint32_t gen_order_next(struct gen_order *order)
{
	uint32_t other, stream;

	if (order->at == order->count)
		order->at = 0;
	other = order->at + gen_random_below(&order->state, order->count - order->at);
	stream = order->stream[other];
	order->stream[other] = order->stream[order->at];
	order->stream[order->at++] = stream;
	return stream;
}
