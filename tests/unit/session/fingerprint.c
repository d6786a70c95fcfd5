/* SPDX-License-Identifier: BSD-3-Clause */
/* All that a failed request must leave as it was, as one number. */
#include "world.h"

#include "allocations.h"

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

static uint64_t mix_ports(const struct world *world, uint64_t sum)
{
	for (int i = 0; i < INTERFACES; i++) {
		const struct sotto_interface *interface = &world->interface[i];

		for (unsigned port = interface->port_low; port <= interface->port_high; port++) {
			sum = mix(sum, (uintptr_t)world_lookup(world, i, port));
			sum = mix(sum, world_port_used(world, i, port & ~1u));
		}
	}
	return sum;
}

static uint64_t mix_keys(const struct world *world, uint64_t sum)
{
	const struct sotto_sessions *sessions = world->sessions;
	const struct sotto_overlap *overlap;

	for (uint32_t i = 0; i <= sessions->sender_mask; i++)
		sum = mix(sum, (uintptr_t)sessions->senders[i]);
	for (overlap = sessions->overlaps; overlap; overlap = overlap->next) {
		const struct sotto_install *install = overlap->install;

		sum = mix(mix(mix(sum, (uintptr_t)overlap), (uintptr_t)install),
			install->more ? (uintptr_t)install->more->previous
				      : (uintptr_t)install->context.streams->before);
	}
	return mix(sum, world->order_count);
}

/* What is installed: counts of references, too. */
static uint64_t mix_installs(const struct sotto_session *session, uint64_t sum)
{
	for (unsigned i = 0; i < 2 * DIRECTIONS * session->media_count; i++) {
		const struct sotto_install *install =
			session->media[i / 4].leg[i / 2 % 2].install[i % 2];

		if (!install)
			continue;
		sum = mix(mix(sum, install->references), install->context.streams->references);
		for (unsigned n = 0; n < install->master_count; n++)
			sum = mix(sum,
				install->master[n].use ? install->master[n].use->references : 0);
		sum = mix_bytes(sum, install->preset_digest, SOTTO_DIGEST_LEN);
	}
	return sum;
}

/* The record with its media and ids. */
static uint64_t mix_record(const struct sotto_session *session, uint64_t sum)
{
	sum = mix_bytes(sum, session, sizeof(*session));
	sum = mix_bytes(sum, session->media, session->media_count * sizeof(session->media[0]));
	sum = mix_bytes(sum, session->id, strlen(session->id));
	for (unsigned i = 0; i < session->media_count; i++)
		sum = mix_bytes(sum, session->media[i].id, strlen(session->media[i].id));
	return sum;
}

static uint64_t mix_sessions(const struct world *world, uint64_t sum)
{
	struct sotto_session *session;
	uint32_t slot = 0;

	for (; (session = sotto_session_next(world->sessions, &slot)) != NULL; slot++) {
		sum = mix(mix(sum, slot), (uintptr_t)session);
		sum = mix_record(session, sum);
		sum = mix_installs(session, sum);
	}
	return sum;
}

uint64_t world_fingerprint(const struct world *world)
{
	const struct sotto_neighbors *neighbors = sotto_sessions_neighbors(world->sessions);
	uint64_t sum = mix(0, sotto_sessions_count(world->sessions));

	sum = mix(sum, sotto_sessions_streams(world->sessions));
	for (unsigned w = 0; w < world->limits.workers; w++)
		sum = mix(sum, sotto_sessions_owned(world->sessions, w));
	for (uint32_t i = 0; i < neighbors->count; i++) {
		if (neighbors->entry[i].references > 0)
			sum = mix(mix(sum, i), neighbors->entry[i].references);
	}
	sum = mix_sessions(world, mix_keys(world, mix_ports(world, sum)));
	return mix(mix(mix(sum, world->block_count), (uint64_t)allocations_out()), world->begun);
}
