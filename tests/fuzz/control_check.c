/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold of the session tables between two requests, and what a refusal leaves alone. */
#include "control_world.h"

#include "fuzz.h"

static void check_port(
	const struct sotto_interface *interface, unsigned port, const struct sotto_leg *leg)
{
	fuzz_require(port >= interface->port_low && port <= interface->port_high, "a port of ours");
	fuzz_require(sotto_interface_lookup(interface, (uint16_t)port) == leg,
		"the port leads to its leg, and to no other");
	fuzz_require(interface->used[(port - interface->port_low) / 2], "the port is reserved");
}

static void check_leg(const struct sotto_session *session, unsigned m, int side)
{
	const struct sotto_leg_record *record = &session->media[m].leg[side];
	const struct sotto_leg *leg = sotto_session_leg(&session->media[m], side);
	bool mux = leg->rtcp_port == leg->rtp_port;

	check_port(record->interface, leg->rtp_port, leg);
	check_port(record->interface, leg->rtp_port + 1u, mux ? NULL : leg);
	fuzz_require(leg->session == session->slot && leg->generation == session->generation,
		"the leg names its session");
	fuzz_require(leg->media == m && leg->side == side, "the leg knows its place");
	fuzz_require(leg->owner == session->owner, "one owner");
	fuzz_require(leg->peer == sotto_session_leg(&session->media[m], !side), "a pair of legs");
	fuzz_require(leg->state == record->state, "one state");
	fuzz_require(record->ssrcs >= 1 && record->ssrcs <= SOTTO_SSRCS_MAX, "SSRCs");
	for (int d = 0; d < DIRECTIONS; d++) {
		const struct sotto_srtp_context *context = d == SEND ? &leg->send : &leg->receive;
		const struct sotto_install *install = record->install[d];

		fuzz_require(!install == !context->rtp && !context->rtp == !context->rtcp,
			"keys as recorded");
		fuzz_require(!install || install->context.streams == context->streams, "streams");
	}
}

static uint32_t check_session(const struct sotto_session *session)
{
	uint32_t streams = 0;

	fuzz_require(session->media_count >= 1 && session->media_count <= SOTTO_MEDIA_MAX, "media");
	for (unsigned m = 0; m < session->media_count; m++) {
		for (int side = 0; side < 2; side++) {
			check_leg(session, m, side);
			streams += 2 * session->media[m].leg[side].ssrcs;
		}
	}
	return streams;
}

static unsigned ports_used(const struct control_world *world)
{
	unsigned used = 0;

	for (unsigned i = 0; i < CONTROL_INTERFACES; i++)
		for (unsigned pair = 0; pair < CONTROL_PAIRS; pair++)
			used += world->interface[i].used[pair];
	return used;
}

void control_world_check(const struct control_world *world)
{
	struct sotto_sessions *sessions = world->sessions;
	uint32_t slot = 0, count = 0, streams = 0, legs = 0, owned = 0;
	struct sotto_session *session;

	for (; (session = sotto_session_next(sessions, &slot)) != NULL; slot++) {
		fuzz_require(session->slot == slot, "the session knows its slot");
		fuzz_require(sotto_session_find(sessions, session->id) == session, "found by id");
		fuzz_require(sotto_session_at(sessions, slot, session->generation) == session,
			"found by slot");
		streams += check_session(session);
		legs += 2 * session->media_count;
		count++;
	}
	for (unsigned w = 0; w < CONTROL_WORKERS; w++)
		owned += sotto_sessions_owned(sessions, w);
	fuzz_require(
		count == sotto_sessions_count(sessions) && count == owned, "count of sessions");
	fuzz_require(count <= world->limits.sessions, "limit of sessions");
	fuzz_require(streams == sotto_sessions_streams(sessions), "count of streams");
	fuzz_require(streams <= world->limits.streams, "limit of streams");
	fuzz_require(legs == ports_used(world), "each port that is reserved has its leg");
}

/* --- the fingerprint ----------------------------------------------------------------------------
 */

static uint64_t mix(uint64_t sum, uint64_t value)
{
	sum = (sum ^ value) * 0x9e3779b97f4a7c15ull;
	return sum ^ sum >> 29;
}

static uint64_t mix_bytes(uint64_t sum, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = mix(sum, ((const uint8_t *)bytes)[i]);
	return sum;
}

static uint64_t mix_ports(const struct control_world *world, uint64_t sum)
{
	for (unsigned i = 0; i < CONTROL_INTERFACES; i++) {
		const struct sotto_interface *interface = &world->interface[i];

		for (unsigned port = 0; port < 2 * CONTROL_PAIRS; port++)
			sum = mix(sum, (uintptr_t)interface->table[port]);
		sum = mix_bytes(sum, interface->used, CONTROL_PAIRS);
	}
	return sum;
}

static uint64_t mix_install(uint64_t sum, const struct sotto_install *install)
{
	if (!install)
		return mix(sum, 0);
	sum = mix(mix(sum, install->references), install->context.streams->references);
	for (unsigned n = 0; n < install->master_count; n++)
		sum = mix(sum, install->master[n].use ? install->master[n].use->references : 0);
	sum = mix(sum, (uintptr_t)install->overlap);
	sum = mix(sum, install->more ? (uintptr_t)install->more->previous : 0);
	sum = mix(sum, (uintptr_t)install->context.streams->before);
	return mix_bytes(sum, install->preset_digest, SOTTO_DIGEST_LEN);
}

static uint64_t mix_session(uint64_t sum, const struct sotto_session *session)
{
	sum = mix_bytes(mix(sum, (uintptr_t)session), session, sizeof(*session));
	for (unsigned m = 0; m < session->media_count; m++) {
		sum = mix_bytes(sum, &session->media[m], sizeof(session->media[m]));
		for (int side = 0; side < 2; side++) {
			const struct sotto_leg *leg = sotto_session_leg(&session->media[m], side);

			sum = mix_bytes(sum, leg, sizeof(*leg));
			sum = mix_install(sum, session->media[m].leg[side].install[RECEIVE]);
			sum = mix_install(sum, session->media[m].leg[side].install[SEND]);
		}
	}
	return sum;
}

uint64_t control_world_fingerprint(const struct control_world *world)
{
	const struct sotto_sessions *sessions = world->sessions;
	uint64_t sum = mix(sessions->count, sessions->streams);
	struct sotto_session *session;
	uint32_t slot = 0;

	sum = mix(mix(mix(sum, world->block_count), world->begun), world->order_count);
	sum = mix(mix(sum, sessions->waiting), (uintptr_t)sessions->overlaps);
	for (unsigned w = 0; w < CONTROL_WORKERS; w++)
		sum = mix(sum, sessions->owned[w]);
	for (uint32_t i = 0; i <= sessions->sender_mask; i++)
		sum = mix(sum, (uintptr_t)sessions->senders[i]);
	for (uint32_t i = 0; i < sessions->neighbors.count; i++)
		if (sessions->neighbors.entry[i].references > 0)
			sum = mix(mix(sum, i), sessions->neighbors.entry[i].references);
	sum = mix_ports(world, sum);
	for (; (session = sotto_session_next(world->sessions, &slot)) != NULL; slot++)
		sum = mix_session(mix(sum, slot), session);
	return sum;
}
