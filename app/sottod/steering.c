/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steering of one device; see steering.h. The order is: RSS over the destination port alone, flow
 * rules on port bits, RSS over addresses and ports. What no way reaches goes through the rings
 * between workers, as ever.
 */
#include "steering.h"

#include "app.h"
#include "base/bytes.h"
#include "flow.h"
#include "net/net.h"
#include "session/interface.h"
#include "stats/stats.h"

#include <rte_errno.h>
#include <rte_malloc.h>
#include <stdlib.h>
#include <string.h>

#define EAGER 256       /* packets of each queue that are all looked at */
#define PATIENT 63      /* bursts that then pass between two looks */
#define PARDON 8        /* misses that say nothing yet */
#define PARDON_SHARE 16 /* and one in so many of all */

struct steering *steering_new(const char *name, enum config_steering wish, unsigned queues)
{
	void *memory = NULL;
	struct steering *s;

	if (posix_memalign(&memory, SOTTO_CACHE_LINE, sizeof(*s)) != 0)
		return NULL;
	s = memset(memory, 0, sizeof(*s));
	s->name = name;
	s->wish = wish;
	s->queues = queues;
	s->chosen[STEERING_IP4] = -1;
	s->chosen[STEERING_IP6] = -1;
	s->description = calloc(RSS_INPUTS, sizeof(s->description[0]));
	if (s->description)
		return s;
	free(s);
	return NULL;
}

void steering_free(struct steering *s, uint16_t port)
{
	for (unsigned q = 0; s && q < s->queues && q < SOTTO_STEER_QUEUES_MAX; q++) {
		if (s->callback[q] &&
			rte_eth_remove_rx_callback(port, (uint16_t)q, s->callback[q]) == 0)
			rte_free((void *)(uintptr_t)s->callback[q]);
	}
	if (s)
		free(s->description);
	free(s);
}

static bool may(const struct steering *s, enum config_steering way)
{
	return s->queues > 1 && (s->wish == STEERING_AUTO || s->wish == way);
}

int steering_configure(struct steering *s, uint16_t port, struct rte_eth_conf *conf,
	const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf plain = *conf;
	uint16_t queues = (uint16_t)s->queues;
	bool by_port = may(s, STEERING_RSS);

	for (unsigned i = 0; queues > 1 && rss_ask(conf, info, queues, by_port, i, s->key); i++) {
		if (rte_eth_dev_configure(port, queues, queues, conf) == 0)
			return 0;
	}
	*conf = plain;
	return rte_eth_dev_configure(port, queues, queues, conf);
}

static int family_of(const struct sotto_addr *addr)
{
	return addr->family == 4 ? STEERING_IP4 : STEERING_IP6;
}

/* Where a packet came from and went to; false unless it is UDP for us. */
static bool read_packet(const struct steering *s, const struct rte_mbuf *mbuf,
	struct sotto_endpoint *remote, struct sotto_endpoint *local)
{
	const uint8_t *data = rte_pktmbuf_mtod(mbuf, const uint8_t *);
	struct sotto_frame frame;

	if (sotto_net_parse(data, rte_pktmbuf_data_len(mbuf), s->mac,
		    SOTTO_NET_IP_CHECKED | SOTTO_NET_UDP_CHECKED, &frame) != SOTTO_OK ||
		frame.kind != SOTTO_NET_UDP)
		return false;
	sotto_base_addr_set(&remote->addr, frame.family, data + frame.src);
	sotto_base_addr_set(
		&local->addr, frame.family, data + frame.src + sotto_base_addr_len(frame.family));
	remote->port = frame.src_port;
	local->port = frame.dst_port;
	return true;
}

static void check_packet(struct steering *s, unsigned queue, const struct rte_mbuf *mbuf,
	struct steering_watch *watch)
{
	struct sotto_endpoint remote, local;
	struct steering_seen *seen;

	if (!read_packet(s, mbuf, &remote, &local) ||
		sotto_steer_hash(s->description, local.addr.family)->by == SOTTO_STEER_BY_NOTHING)
		return;
	seen = &watch->seen[family_of(&local.addr)];
	for (unsigned i = 0; i < s->count; i++) {
		const struct sotto_steer *steer = &s->description[i];
		uint32_t path = sotto_steer_path(steer, &remote, &local.addr);

		if (sotto_steer_queue(steer, local.addr.family, path, local.port) != queue)
			sotto_stats_add(&seen->missed[i], 1);
	}
	sotto_stats_add(&seen->checked, 1);
}

/* Runs in the worker of the queue, between its device and its burst. One packet is enough. */
static uint16_t look(uint16_t port, uint16_t queue, struct rte_mbuf **mbuf, uint16_t count,
	uint16_t room, void *arg)
{
	struct steering *s = arg;
	struct steering_watch *watch = &s->watch[queue];

	if (count == 0 || s->count == 0)
		return count;
	if (watch->skip > 0) {
		watch->skip--;
		return count;
	}
	if (watch->seen[STEERING_IP4].checked + watch->seen[STEERING_IP6].checked >= EAGER)
		watch->skip = PATIENT;
	check_packet(s, queue, mbuf[0], watch);
	return count;
}

void steering_watch_queues(struct steering *s, uint16_t port)
{
	for (unsigned q = 0; s->queues > 1 && s->wish != STEERING_NONE && q < s->queues; q++)
		s->callback[q] = rte_eth_add_rx_callback(port, (uint16_t)q, look, s);
}

/* The kinds of frames that a device's addresses get. */
static unsigned frames_of(const struct sotto_device *device)
{
	unsigned frames = 0;

	for (unsigned i = 0; i < device->interface_count; i++) {
		const struct sotto_net_local *local = &device->interface[i]->local;

		if (local->vlan == 0)
			frames |= local->addr.family == 4 ? FLOW_IP4 : FLOW_IP6;
		else
			frames |= local->addr.family == 4 ? FLOW_IP4_VLAN : FLOW_IP6_VLAN;
	}
	return frames;
}

/* Lets the interfaces of a family give out ports by the description; -1: any. */
static void use(struct steering *s, const struct sotto_device *device, int family, int description)
{
	const struct sotto_steer *steer = description < 0 ? NULL : &s->description[description];

	s->chosen[family] = description;
	for (unsigned i = 0; i < device->interface_count; i++) {
		struct sotto_interface *interface = device->interface[i];

		if (family_of(&interface->local.addr) != family ||
			sotto_interface_steer(interface, steer) == 0)
			continue;
		app_say('4', "port %s: no memory to choose local ports", s->name);
		s->starved = true;
		use(s, device, family, -1);
		return;
	}
}

static void use_for_both(struct steering *s, const struct sotto_device *device, int description)
{
	use(s, device, STEERING_IP4, description);
	use(s, device, STEERING_IP6, description);
}

void steering_by_rss(struct steering *s, const struct sotto_device *device, const struct rss *rss,
	enum rss_input first)
{
	for (unsigned input = first; input < RSS_INPUTS; input++) {
		s->input[s->count] = (enum rss_input)input;
		rss_describe(rss, (enum rss_input)input, &s->description[s->count++]);
	}
	use_for_both(s, device, 0);
}

static bool begin_rss_port(
	struct steering *s, const struct sotto_device *device, const struct rss *rss)
{
	const char *why;

	if (!may(s, STEERING_RSS) || rss->table_size == 0)
		return false;
	if ((rss->types & RTE_ETH_RSS_L4_DST_ONLY) == 0 &&
		flow_hash_port(device->port, frames_of(device), &why) != 0)
		return false;
	steering_by_rss(s, device, rss, (enum rss_input)0);
	return true;
}

static bool begin_flow(struct steering *s, const struct sotto_device *device, const char **why)
{
	if (!may(s, STEERING_FLOW) ||
		flow_share_out(device->port, frames_of(device), s->queues, why) != 0)
		return false;
	sotto_steer_by_rules(&s->description[0], s->queues);
	s->rules = true;
	s->count = 1;
	use_for_both(s, device, 0);
	return true;
}

static void begin_rss_tuple(
	struct steering *s, const struct sotto_device *device, const struct rss *rss)
{
	if (may(s, STEERING_RSS) && rss->table_size != 0)
		steering_by_rss(s, device, rss, RSS_TUPLE);
}

static void say_choice(const struct steering *s, const char *rss_why, const char *flow_why)
{
	if (s->rules)
		app_say('6', "port %s: steering by %u flow rules a kind of frame on the local port",
			s->name, s->description[0].mask + 1);
	else if (s->count != 0)
		app_say('6', "port %s: steering by RSS, which hashes %s%s", s->name,
			rss_input_name(s->input[0]), s->count > 1 ? ", as far as one knows" : "");
	else
		app_say(s->wish == STEERING_AUTO ? '6' : '4',
			"port %s: no steering (RSS: %s; flow rules: %s): packets that come to "
			"another "
			"worker's queue are handed over",
			s->name, rss_why, flow_why);
}

void steering_begin(struct steering *s, const struct sotto_device *device)
{
	struct rss rss = {.table_size = 0};
	const char *flow_why = "not asked for", *rss_why = "not asked for";

	use_for_both(s, device, -1);
	s->starved = false;
	s->count = 0;
	s->rules = false;
	memcpy(s->mac, device->mac, sizeof(s->mac));
	memset(s->watch, 0, sizeof(s->watch));
	if (s->queues < 2 || s->wish == STEERING_NONE)
		return;
	if (may(s, STEERING_RSS) && rss_read(device->port, s->queues, &rss) != 0) {
		rss_why = "the device does not say how";
		rss.table_size = 0;
	}
	if (!begin_rss_port(s, device, &rss) && !begin_flow(s, device, &flow_why))
		begin_rss_tuple(s, device, &rss);
	say_choice(s, rss_why, flow_why);
}

void steering_end(struct steering *s, const struct sotto_device *device)
{
	if (s->count != 0)
		flow_end(device->port);
}

int steering_best(unsigned count, const struct steering_seen *seen)
{
	unsigned best = 0;

	for (unsigned i = 1; i < count; i++) {
		if (seen->missed[i] < seen->missed[best])
			best = i;
	}
	if (count == 0 || seen->missed[best] > PARDON + seen->checked / PARDON_SHARE)
		return -1;
	return (int)best;
}

static void say_change(
	const struct steering *s, int family, int best, const struct steering_seen *seen)
{
	const char *name = family == STEERING_IP4 ? "IPv4" : "IPv6";

	if (best < 0)
		app_say('4',
			"port %s: %llu of %llu %s packets came to other queues than computed: no "
			"steering, packets are handed over",
			s->name, (unsigned long long)seen->missed[0],
			(unsigned long long)seen->checked, name);
	else
		app_say('6', "port %s: packets show that the device's hash of %s takes in %s",
			s->name, name, s->rules ? "port bits" : rss_input_name(s->input[best]));
}

static void add_up(const struct steering *s, int family, struct steering_seen *sum)
{
	memset(sum, 0, sizeof(*sum));
	for (unsigned q = 0; q < s->queues; q++) {
		const struct steering_seen *seen = &s->watch[q].seen[family];

		sum->checked += sotto_stats_get(&seen->checked);
		for (unsigned i = 0; i < s->count; i++)
			sum->missed[i] += sotto_stats_get(&seen->missed[i]);
	}
}

void steering_tick(struct steering *s, const struct sotto_device *device)
{
	for (int family = 0; s->count != 0 && family < STEERING_FAMILIES; family++) {
		struct steering_seen seen;
		int best;

		add_up(s, family, &seen);
		best = steering_best(s->count, &seen);
		if (best == s->chosen[family] || s->starved)
			continue;
		say_change(s, family, best, &seen);
		use(s, device, family, best);
	}
}

const char *steering_name(const struct steering *s)
{
	int chosen = -1;

	if (s)
		chosen = s->chosen[STEERING_IP4] >= 0 ? s->chosen[STEERING_IP4]
						      : s->chosen[STEERING_IP6];
	if (chosen < 0)
		return "none";
	if (s->rules)
		return "flow";
	return s->input[chosen] <= RSS_PORT ? "rss-port" : "rss-tuple";
}
