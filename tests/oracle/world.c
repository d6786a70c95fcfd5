/* SPDX-License-Identifier: BSD-3-Clause */
/* Worlds of sessions and streams; see world.h. */
#include "world.h"

#include "base/secret.h"

/* A third of the streams begin in the last 40 sequence numbers before the wrap. */
static void source_open(struct random *random, struct source *source, unsigned number)
{
	uint32_t first = random_one_in(random, 3) ? random_between(random, 65496, 65535)
						  : random_below(random, 65536);

	/* distinct in a session by the low bits */
	source->ssrc = (uint32_t)random_next(random) << 2 | number;
	source->highest = (uint64_t)first - 1; /* before index 0: wraps, and first is the next */
}

static bool keeps(const struct session *session, unsigned number)
{
	return number < PLAN_REKEYS && session->plan.rekeys[number] == REKEY_KEEP;
}

/* Opens an end under the session's newest keying, from the end before it or anew. */
static struct end *open_end(
	struct world *world, struct session *session, bool sender, struct end *goes_on)
{
	const struct end_wish wish = {
		.crypto = world->crypto,
		.settings = world->settings,
		.plan = &session->plan,
		.keying = &session->keying,
		.sender = sender,
		.twin = !sender && keeps(session, session->rekeyed),
		.goes_on = goes_on,
		.epoch = session->rekeyed,
	};

	return end_open(&wish);
}

static void session_open(struct world *world, struct session *session)
{
	struct random *random = &world->random;

	plan_draw(&session->plan, random, world->settings);
	plan_draw_keying(&session->plan, random, &session->keying);
	session->tx = open_end(world, session, true, NULL);
	session->rx = open_end(world, session, false, NULL);
	for (unsigned i = 0; i < STREAMS; i++)
		source_open(random, &session->sources[i], i);
}

void world_open(struct world *world, struct sotto_crypto *crypto, const struct settings *settings,
	uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->crypto = crypto;
	world->settings = settings;
	world->random.state = seed;
	world->one_by_one = random_one_in(&world->random, 4);
	for (unsigned i = 0; i < SESSIONS; i++)
		session_open(world, &world->sessions[i]);
}

void world_close(struct world *world)
{
	for (unsigned i = 0; i < SESSIONS; i++) {
		struct session *session = &world->sessions[i];

		end_close(session->tx);
		end_close(session->rx);
		end_close(session->rx_before);
		sotto_base_wipe(&session->keying, sizeof(session->keying));
	}
}

/*
 * Where the next packet of a stream stands: nine in ten follow the last; the others skip, come
 * late, repeat, jump ahead by up to half the sequence numbers, or go far back.
 */
static uint64_t next_index(struct random *random, uint64_t highest, uint32_t window)
{
	uint32_t dice = random_below(random, 1000);
	uint64_t back;

	if (dice < 900)
		return highest + 1;
	if (dice < 950)
		return highest + random_between(random, 2, 40);
	if (dice < 952)
		return highest + random_between(random, 0x7f00, 0x8000);
	if (dice < 954)
		return highest + random_between(random, 100, 0x7fff);
	if (dice < 999)
		back = random_below(
			random, window + window / 2 < 0x7fff ? window + window / 2 : 0x7fff);
	else
		back = random_below(random, 0x7fff);
	return highest + 1 > back ? highest - back : highest + 1;
}

static void packet_start(struct packet *packet, unsigned session, unsigned source,
	enum sotto_srtp_kind kind, uint64_t index)
{
	memset(packet, 0, offsetof(struct packet, bytes));
	packet->session = session;
	packet->source = source;
	packet->kind = kind;
	packet->index = index;
}

void world_make_rtp(struct world *world, unsigned session, unsigned source, uint64_t index,
	struct packet *packet)
{
	const struct session *s = &world->sessions[session];

	packet_start(packet, session, source, SOTTO_SRTP, index);
	packet_make_rtp(
		packet, &world->random, &s->plan, s->sources[source].ssrc, world->settings->small);
}

void world_make_rtcp(struct world *world, unsigned session, unsigned source, struct packet *packet)
{
	packet_start(packet, session, source, SOTTO_SRTCP, 0);
	packet_make_rtcp(packet, &world->random, world->sessions[session].sources[source].ssrc,
		world->settings->small);
}

bool world_has_rtcp(const struct world *world)
{
	bool any = false;

	for (unsigned i = 0; i < SESSIONS; i++)
		any = any || world->sessions[i].tx->has_rtcp;
	return any;
}

void world_make_packet(struct world *world, enum sotto_srtp_kind kind, struct packet *packet)
{
	struct random *random = &world->random;
	unsigned number = random_below(random, SESSIONS);
	const struct session *session = &world->sessions[number];
	unsigned source = random_below(random, STREAMS);

	for (unsigned i = 0; kind == SOTTO_SRTCP && !session->tx->has_rtcp && i < SESSIONS; i++) {
		number = (number + 1) % SESSIONS;
		session = &world->sessions[number];
	}
	if (kind == SOTTO_SRTCP)
		world_make_rtcp(world, number, source, packet);
	else
		world_make_rtp(world, number, source,
			next_index(random, session->sources[source].highest, session->plan.window),
			packet);
}

void world_sent(struct world *world, const struct packet *packet)
{
	struct source *source = &world->sessions[packet->session].sources[packet->source];

	if (packet->kind == SOTTO_SRTP && packet->index + 1 > source->highest + 1)
		source->highest = packet->index;
}

static void rekey_sender(struct world *world, struct session *session)
{
	bool keep = keeps(session, session->rekeyed - 1);
	struct end *before = session->tx;

	session->tx = open_end(world, session, true, keep ? before : NULL);
	end_close(before);
	session->send_master = 0;
	for (unsigned i = 0; !keep && i < STREAMS; i++) {
		struct source *source = &session->sources[i];

		source->highest = (uint64_t)(uint16_t)(source->highest + 1) - 1;
	}
}

static void rekey_receiver(struct world *world, struct session *session)
{
	bool keep = keeps(session, session->rekeyed - 1);

	end_close(session->rx_before);
	session->rx_before = session->rx;
	session->rx = open_end(world, session, false, keep ? session->rx_before : NULL);
	end_overlap(session->rx_before, NULL);
	if (world->settings->fault != FAULT_LATE)
		end_overlap(session->rx, session->rx_before);
}

enum rekey_step world_rekey(struct world *world, struct session *session)
{
	bool sender_waits = session->tx->epoch != session->rekeyed;

	if (session->tx->epoch != session->rx->epoch) {
		if (sender_waits)
			rekey_sender(world, session);
		else
			rekey_receiver(world, session);
		return STEP_LAST;
	}
	if (session->rekeyed == PLAN_REKEYS || session->plan.rekeys[session->rekeyed] == REKEY_NONE)
		return STEP_NONE;
	session->rekeyed++;
	plan_draw_keying(&session->plan, &world->random, &session->keying);
	if (random_one_in(&world->random, 2))
		rekey_sender(world, session);
	else
		rekey_receiver(world, session);
	return STEP_FIRST;
}

void world_end_overlap(struct session *session)
{
	end_overlap(session->rx, NULL);
	end_close(session->rx_before);
	session->rx_before = NULL;
}

void world_set_roc(struct world *world, unsigned session, unsigned source, uint32_t roc)
{
	struct session *s = &world->sessions[session];
	struct source *from = &s->sources[source];
	uint64_t next = (uint64_t)roc << 16 | (uint16_t)(from->highest + 1);
	struct sotto_stream *tx = end_stream(s->tx, from->ssrc);
	struct sotto_stream *rx = end_stream(s->rx, from->ssrc);

	if (!tx || !rx)
		return; /* its first packet was refused: a difference that was told */
	from->highest = next - 1;
	end_set_roc(s->tx, tx, roc, next);
	end_set_roc(s->rx, rx, roc, next);
}

struct end *world_end_of(const struct world *world, const struct packet *packet)
{
	const struct session *session = &world->sessions[packet->session];

	if (session->rx->epoch == packet->epoch)
		return session->rx;
	if (session->rx_before && session->rx_before->epoch == packet->epoch)
		return session->rx_before;
	return NULL;
}

struct sotto_stream *world_receiver(const struct world *world, const struct packet *packet)
{
	const struct session *session = &world->sessions[packet->session];
	const struct end *end = world_end_of(world, packet);

	return end ? end_stream(end, session->sources[packet->source].ssrc) : NULL;
}
