/* SPDX-License-Identifier: BSD-3-Clause */
/* Next hops and their MAC addresses (RFC 826, RFC 4861): asks for theirs, answers for ours. */
#include "gen.h"
#include "say.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <string.h>

#define ASK_AGAIN_S 0.2
#define ASK_ROUNDS 50

static void send_frame(struct gen *gen, unsigned device, const uint8_t *frame, size_t len)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(gen->pool);
	char *to = mbuf ? rte_pktmbuf_append(mbuf, (uint16_t)len) : NULL;

	if (to)
		memcpy(to, frame, len);
	if (!to || rte_eth_tx_burst(gen->device[device].port, 0, &mbuf, 1) != 1)
		rte_pktmbuf_free(mbuf);
}

static const struct gen_side_options *side_of(const struct gen *gen, unsigned local)
{
	return &gen->options.side[local < gen->options.side[GEN_A].address_count ? GEN_A : GEN_B];
}

int gen_hop_find(struct gen *gen, unsigned local, const struct sotto_addr *to)
{
	const struct sotto_net_local *net = &gen->local[local].net;
	const struct sotto_addr *addr = to;

	if (!sotto_base_addr_in_prefix(to, &net->addr, net->prefix))
		addr = &side_of(gen, local)->gateway;
	if (addr->family != net->addr.family)
		return -1;
	for (unsigned i = 0; i < gen->hop_count; i++) {
		const struct gen_hop *hop = &gen->hop[i];

		if (gen->local[hop->local].device == gen->local[local].device &&
			gen->local[hop->local].net.vlan == net->vlan &&
			sotto_base_addr_equal(&hop->addr, addr))
			return (int)i;
	}
	if (gen->hop_count == GEN_HOPS_MAX)
		return -1;
	gen->hop[gen->hop_count] = (struct gen_hop){.addr = *addr, .local = (uint8_t)local};
	return (int)gen->hop_count++;
}

/* Writes a hop's address into the headers of the streams that go there. */
static void settle(struct gen *gen, unsigned hop)
{
	for (uint32_t i = 0; i < gen->stream_count; i++) {
		if (gen->stream[i].hop == hop)
			memcpy(gen->stream[i].header, gen->hop[hop].mac, 6);
	}
}

static void learn(struct gen *gen, unsigned device, const struct sotto_net_news *news)
{
	for (unsigned i = 0; i < gen->hop_count; i++) {
		struct gen_hop *hop = &gen->hop[i];

		if (gen->local[hop->local].device != device ||
			gen->local[hop->local].net.vlan != news->vlan ||
			!sotto_base_addr_equal(&hop->addr, &news->addr))
			continue;
		if (hop->known && memcmp(hop->mac, news->mac, 6) == 0)
			continue;
		memcpy(hop->mac, news->mac, 6);
		hop->known = true;
		settle(gen, i);
	}
}

void gen_neighbor_frame(struct gen *gen, unsigned device, const uint8_t *frame, uint32_t len)
{
	uint8_t answer[SOTTO_NET_ANSWER_MAX];

	for (unsigned i = 0; i < gen->local_count; i++) {
		struct sotto_net_news news = {.vlan = 0};
		size_t answer_len;

		if (gen->local[i].device != device)
			continue;
		answer_len = sotto_net_answer(&gen->local[i].net, frame, len, answer, &news);
		if (news.addr.family != 0)
			learn(gen, device, &news);
		if (answer_len != 0)
			send_frame(gen, device, answer, answer_len);
	}
}

/* Asks for the hops that are not known; returns how many these are. */
static unsigned ask(struct gen *gen)
{
	uint8_t question[SOTTO_NET_ANSWER_MAX];
	unsigned unknown = 0;

	for (unsigned i = 0; i < gen->hop_count; i++) {
		const struct gen_hop *hop = &gen->hop[i];
		const struct gen_local *local = &gen->local[hop->local];

		if (hop->known)
			continue;
		unknown++;
		send_frame(gen, local->device, question,
			sotto_net_question(&local->net, &hop->addr, question));
	}
	return unknown;
}

static bool all_known(const struct gen *gen)
{
	for (unsigned i = 0; i < gen->hop_count; i++) {
		if (!gen->hop[i].known)
			return false;
	}
	return true;
}

static int give_up(const struct gen *gen)
{
	char text[SOTTO_ADDR_TEXT] = "?";

	for (unsigned i = 0; i < gen->hop_count; i++) {
		if (!gen->hop[i].known)
			sotto_base_addr_text(&gen->hop[i].addr, text);
	}
	return gen_complain(
		GEN_FAULT, "%s does not answer: neither ARP nor neighbour discovery", text);
}

int gen_hops_resolve(struct gen *gen)
{
	for (int round = 0; round < ASK_ROUNDS && !gen->stop; round++) {
		uint64_t until = rte_rdtsc() + (uint64_t)(ASK_AGAIN_S * (double)gen->hz);

		if (ask(gen) == 0)
			return 0;
		while (rte_rdtsc() < until && !all_known(gen)) {
			for (unsigned d = 0; d < gen->device_count; d++)
				gen_receive(gen, d);
		}
	}
	return gen->stop ? GEN_FAULT : give_up(gen);
}
