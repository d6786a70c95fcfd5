/* SPDX-License-Identifier: BSD-3-Clause */
/* Planning a put: limits, ports, states, keys, legs. Nothing here is visible to a worker. */
#include "session/plan.h"

#include <errno.h>
#include <stdlib.h>

static const struct sotto_media_record *find_media(
	const struct sotto_session *session, const char *id)
{
	for (unsigned i = 0; session && i < session->media_count; i++) {
		if (strcmp(session->media[i].id, id) == 0)
			return &session->media[i];
	}
	return NULL;
}

uint32_t sotto_session_plan_streams(const struct sotto_session *session)
{
	uint32_t n = 0;

	for (unsigned i = 0; session && i < session->media_count; i++)
		n += 2 * (session->media[i].leg[0].ssrcs + session->media[i].leg[1].ssrcs);
	return n;
}

static uint32_t count_wished_streams(const struct sotto_session_spec *spec)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < spec->media_count; i++)
		n += 2 * (spec->media[i].leg[0].max_ssrcs + spec->media[i].leg[1].max_ssrcs);
	return n;
}

static int fail(struct plan *plan, int code, const char *member, const char *reason)
{
	plan->error->member = member;
	return sotto_session_plan_fail(plan, code, reason);
}

/* Whether the leg stays where it is, so that its port is kept. */
static bool port_stays(
	const struct sotto_media_record *old, const struct sotto_leg_spec *spec, int side)
{
	if (!old || old->leg[side].interface != spec->interface)
		return false;
	return spec->local_port == 0 || spec->local_port == sotto_session_leg(old, side)->rtp_port;
}

static int plan_port(
	struct plan *plan, struct plan_media *pm, const struct sotto_leg_spec *spec, int side)
{
	const struct sotto_port_aim aim = {
		.owner = plan->session->owner,
		.rtcp_mux = spec->rtcp_mux,
		.remote = pm->build.remote[side],
		.remote_rtcp_port = pm->build.remote_rtcp_port[side],
	};
	int rc;

	pm->keeps_port[side] = port_stays(pm->old, spec, side);
	if (pm->keeps_port[side]) {
		pm->build.port[side] = sotto_session_leg(pm->old, side)->rtp_port;
		return 0;
	}
	rc = sotto_interface_reserve_for(
		spec->interface, spec->local_port, &aim, &pm->build.port[side]);
	if (rc == 0)
		return 0;
	return fail(plan, rc, "local_port",
		rc == -EADDRINUSE ? "local port is taken"
		: rc == -EINVAL   ? "local port is odd or outside the range"
				  : "no local port is free");
}

/* The state goes with the media's id, not with its port: a leg that moves takes its counts along.
 */
static int plan_state(struct plan *plan, struct plan_media *pm, int side)
{
	pm->build.state[side] =
		pm->old ? pm->old->leg[side].state : sotto_session_state_new(plan->sessions);
	return pm->build.state[side] ? 0 : fail(plan, -ENOMEM, NULL, "no memory");
}

static bool same_endpoint(const struct sotto_endpoint *a, const struct sotto_endpoint *b)
{
	return a->port == b->port && sotto_base_addr_equal(&a->addr, &b->addr);
}

/* Whether a latching leg is wished as it was: what it has learned holds. */
static bool same_wish(
	const struct sotto_media_record *old, const struct sotto_leg_spec *spec, int side)
{
	const struct sotto_leg_record *record = &old->leg[side];

	return sotto_session_leg(old, side)->latch && record->interface == spec->interface &&
	       same_endpoint(&record->wished, &spec->remote) &&
	       record->wished_rtcp_port == spec->remote_rtcp_port;
}

/*
 * Where the leg sends to, and whether it may learn that anew. What latching found stays while the
 * wish does; another wish opens learning again, but not without end.
 */
static void plan_remote(struct plan_media *pm, const struct sotto_leg_spec *spec, int side)
{
	const struct sotto_leg_record *old = pm->old ? &pm->old->leg[side] : NULL;
	struct media_plan *build = &pm->build;

	build->remote[side] = spec->remote;
	build->remote_rtcp_port[side] = spec->remote_rtcp_port;
	build->learn[side] = old ? old->learn : 1;
	pm->relearns[side] = old ? old->relearns : 0;
	if (!old || !spec->latch)
		return;
	if (same_wish(pm->old, spec, side)) {
		pm->latched[side] = old->latched;
		if (!old->latched)
			return;
		build->remote[side] = sotto_session_leg(pm->old, side)->remote;
		build->remote_rtcp_port[side] = sotto_session_leg(pm->old, side)->remote_rtcp_port;
		return;
	}
	if (pm->relearns[side] < SOTTO_RELEARNS_MAX) {
		pm->relearns[side]++;
		build->learn[side]++;
	}
}

/* A key for which of its members the wish contradicts itself or what stands. */
static const char *key_member(int direction, const char *member)
{
	static const struct {
		const char *name;
		const char *path[DIRECTIONS];
	} paths[] = {
		{"streams", {"receive.streams", "send.streams"}},
		{"roc", {"receive.roc", "send.roc"}},
	};

	for (unsigned i = 0; member && i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(paths[i].name, member) == 0)
			return paths[i].path[direction];
	}
	return member ? member : direction == SEND ? "send" : "receive";
}

static const char *key_reason(int rc, const char *member)
{
	switch (rc) {
	case -ENOTSUP:
		return "the crypto backend lacks this suite";
	case -ENOMEM:
		return "no memory";
	case -EINVAL:
		break;
	default:
		return "keys could not be built";
	}
	if (member && strcmp(member, "streams") == 0)
		return "a stream would go back, or there are too many";
	if (member && strcmp(member, "roc") == 0)
		return "rollover counters go on while a master key stays";
	return "does not go with this key, or cannot change while the key stays";
}

static bool has_master(const struct sotto_key_spec *key, const uint8_t *digest)
{
	for (unsigned k = 0; key && k < key->keying->count; k++) {
		if (memcmp(key->master[k], digest, SOTTO_DIGEST_LEN) == 0)
			return true;
	}
	return false;
}

/* How often an install has that master key. NULL: never. */
static uint32_t count_master(const struct sotto_install *install, const uint8_t *digest)
{
	uint32_t n = 0;

	for (unsigned k = 0; install && k < install->master_count; k++)
		n += memcmp(install->master[k].digest, digest, SOTTO_DIGEST_LEN) == 0;
	return n;
}

/*
 * A master key has one sender (RFC 3711, 9.1), unless it is deliberate: neither another leg of ours
 * nor this leg's peer. A leg that sends with it already is no new sender; a leg that gives it up in
 * the same put still is one, since its indices would begin again elsewhere.
 */
static int check_senders(
	struct plan *plan, const struct sotto_leg_spec *leg, const struct sotto_install *old)
{
	const struct sotto_key_spec *key = leg->send;

	if (key->shared)
		return 0;
	for (unsigned k = 0; k < key->keying->count; k++) {
		const uint8_t *digest = key->master[k];

		if (count_master(old, digest) == 0 &&
			sotto_session_sender_count(plan->sessions, digest) != 0)
			return fail(plan, -EKEYREJECTED, "send", "another leg sends with this key");
		if (!(leg->receive && leg->receive->shared) && has_master(leg->receive, digest))
			return fail(plan, -EKEYREJECTED, "send", "the peer sends with this key");
	}
	return 0;
}

static void forget_senders(
	struct sotto_sessions *sessions, const struct sotto_install *install, unsigned count)
{
	for (unsigned k = 0; k < count; k++)
		sotto_session_sender_remove(sessions, install->master[k].digest);
}

void sotto_session_forget_sender(
	struct sotto_sessions *sessions, const struct sotto_install *install)
{
	if (install && install->send)
		forget_senders(sessions, install, install->master_count);
}

static int note_senders(struct plan *plan, const struct sotto_install *install)
{
	for (unsigned k = 0; k < install->master_count; k++) {
		if (sotto_session_sender_add(plan->sessions, install->master[k].digest) != 0) {
			forget_senders(plan->sessions, install, k);
			return fail(plan, -ENOMEM, NULL, "no memory");
		}
	}
	return 0;
}

static int plan_key(struct plan *plan, struct plan_media *pm, const struct sotto_leg_spec *leg,
	int side, int direction)
{
	struct sotto_install *old = pm->old ? pm->old->leg[side].install[direction] : NULL;
	struct sotto_install **made = &pm->build.install[side][direction];
	const struct sotto_install_spec spec = {
		.leg = leg,
		.key = direction == SEND ? leg->send : leg->receive,
		.send = direction == SEND,
		.now_us = plan->now_us,
	};
	const char *member = NULL;
	int rc;

	if (!spec.key)
		return 0;
	rc = direction == SEND ? check_senders(plan, leg, old) : 0;
	if (rc != 0)
		return rc;
	rc = sotto_install_make(plan->sessions, &spec, old, made, &member);
	if (rc != 0)
		return fail(plan, rc, key_member(direction, member), key_reason(rc, member));
	if (direction == RECEIVE || *made == old)
		return 0;
	rc = note_senders(plan, *made);
	if (rc != 0) {
		sotto_install_put(plan->sessions, *made);
		*made = NULL;
	}
	return rc;
}

/* How much a leg promises. */
static int strength(enum sotto_security security, const struct sotto_leg_state *state)
{
	switch (security) {
	case SOTTO_REQUIRED:
	case SOTTO_VERIFY:
		return 2;
	case SOTTO_PREFERRED:
		return state && __atomic_load_n(&state->locked, __ATOMIC_RELAXED) ? 2 : 1;
	default:
		return 0;
	}
}

/* A leg that was secure stays so, unless the wish says that it knows better. */
static int check_strength(
	struct plan *plan, struct plan_media *pm, const struct sotto_leg_spec *spec, int side)
{
	const struct sotto_leg_state *state = pm->build.state[side];

	if (!pm->old || spec->downgrade)
		return 0;
	if (strength(spec->security, state) >=
		strength((enum sotto_security)sotto_session_leg(pm->old, side)->security, state))
		return 0;
	return fail(
		plan, -EINVAL, "security", "weaker than what stands, and no downgrade is asked");
}

static int plan_leg(
	struct plan *plan, struct plan_media *pm, const struct sotto_leg_spec *spec, int side)
{
	int rc = plan_state(plan, pm, side);

	plan_remote(pm, spec, side);
	if (rc == 0)
		rc = check_strength(plan, pm, spec, side);
	if (rc == 0)
		rc = plan_port(plan, pm, spec, side);
	for (int direction = 0; rc == 0 && direction < DIRECTIONS; direction++)
		rc = plan_key(plan, pm, spec, side, direction);
	return rc;
}

static const char *build_reason(int rc)
{
	switch (rc) {
	case -EHOSTUNREACH:
		return "no route to the remote address";
	case -ENOSPC:
		return "the neighbour table is full";
	default:
		return "no memory";
	}
}

/* Both legs of a media are of the same kind when one only passes on what the other has. */
static bool sides_fit(const struct sotto_media_spec *spec)
{
	enum sotto_security a = spec->leg[0].security, b = spec->leg[1].security;

	return a == b ||
	       (a != SOTTO_VERIFY && a != SOTTO_OPAQUE && b != SOTTO_VERIFY && b != SOTTO_OPAQUE);
}

static int plan_media(struct plan *plan, unsigned i)
{
	const struct sotto_media_spec *spec = &plan->spec->media[i];
	struct plan_media *pm = &plan->media[i];
	int rc;

	pm->old = find_media(plan->old, spec->id);
	pm->build.session = plan->session;
	pm->build.index = i;
	pm->build.spec = spec;
	plan->error->media = (int)i;
	if (!sides_fit(spec))
		return fail(plan, -EINVAL, "security", "both legs must be of this kind");
	for (int side = 0; side < 2; side++) {
		plan->error->side = side;
		rc = plan_leg(plan, pm, &spec->leg[side], side);
		if (rc != 0)
			return rc;
	}
	rc = sotto_session_media_build(plan->sessions, &pm->build, &pm->media, plan->error);
	if (rc == 0)
		return 0;
	return fail(plan, rc, rc == -EHOSTUNREACH ? "remote" : NULL, build_reason(rc));
}

static void drop_leg(struct plan *plan, unsigned i, int side)
{
	struct plan_media *pm = &plan->media[i];

	if (!pm->keeps_port[side] && pm->build.port[side] != 0)
		sotto_interface_unreserve(
			plan->spec->media[i].leg[side].interface, pm->build.port[side]);
	if (!pm->old && pm->build.state[side])
		plan->sessions->env.release(plan->sessions->env.arg, pm->build.state[side]);
	for (int d = 0; d < DIRECTIONS; d++) {
		struct sotto_install *install = pm->build.install[side][d];

		if (install && !(pm->old && pm->old->leg[side].install[d] == install))
			sotto_session_forget_sender(plan->sessions, install);
		sotto_install_put(plan->sessions, install);
	}
}

static void drop_plan(struct plan *plan)
{
	for (unsigned i = 0; i < plan->spec->media_count; i++) {
		sotto_session_media_free(plan->sessions, plan->media[i].media);
		for (int side = 0; side < 2; side++)
			drop_leg(plan, i, side);
	}
	free(plan->session);
}

/* The worker with the fewest sessions. */
static uint8_t choose_owner(const struct sotto_sessions *sessions)
{
	unsigned best = 0;

	for (unsigned i = 1; i < sessions->limits.workers; i++) {
		if (sessions->owned[i] < sessions->owned[best])
			best = i;
	}
	return (uint8_t)best;
}

static uint32_t choose_slot(struct sotto_sessions *sessions)
{
	uint32_t slot = sessions->free_slot;

	while (sessions->slots[slot])
		slot = (slot + 1) % sessions->limits.sessions;
	sessions->free_slot = (slot + 1) % sessions->limits.sessions;
	return slot;
}

/* Copies a text to *at and moves that behind it. */
static const char *keep_text(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	const char *kept = memcpy(*at, text, size);

	*at += size;
	return kept;
}

/* A record with room for what is wished: its ids, and nothing of its media. */
static struct sotto_session *alloc_record(const struct sotto_session_spec *spec)
{
	size_t media = spec->media_count * sizeof(struct sotto_media_record);
	size_t texts = strlen(spec->id) + 1;
	struct sotto_session *session;
	char *at;

	for (unsigned i = 0; i < spec->media_count; i++)
		texts += strlen(spec->media[i].id) + 1;
	session = calloc(1, sizeof(*session) + media + texts);
	if (!session)
		return NULL;
	at = (char *)session->media + media;
	session->id = keep_text(&at, spec->id);
	for (unsigned i = 0; i < spec->media_count; i++)
		session->media[i].id = keep_text(&at, spec->media[i].id);
	session->media_count = (uint8_t)spec->media_count;
	return session;
}

/* The new record: identity from the old one where there is one. */
static struct sotto_session *new_record(struct plan *plan)
{
	struct sotto_session *session = alloc_record(plan->spec);
	const struct sotto_session *old = plan->old;

	if (!session)
		return NULL;
	session->revision = plan->spec->revision;
	memcpy(session->digest, plan->spec->digest, sizeof(session->digest));
	session->timeout_s = plan->spec->timeout_s;
	session->created_us = old ? old->created_us : plan->now_us;
	session->slot = old ? old->slot : choose_slot(plan->sessions);
	session->generation = old ? old->generation : ++plan->sessions->generation;
	session->owner = old ? old->owner : choose_owner(plan->sessions);
	return session;
}

static int check_limits(struct plan *plan)
{
	const struct sotto_sessions *sessions = plan->sessions;
	uint64_t streams = (uint64_t)sessions->streams - sotto_session_plan_streams(plan->old) +
			   count_wished_streams(plan->spec);

	if (!plan->old && sessions->count >= sessions->limits.sessions)
		return sotto_session_plan_fail(plan, -ENOSPC, "the session limit is reached");
	if (streams > sessions->limits.streams)
		return sotto_session_plan_fail(plan, -ENOSPC, "the stream limit is reached");
	return 0;
}

int sotto_session_plan_make(struct plan *plan)
{
	int rc = check_limits(plan);

	if (rc != 0)
		return rc;
	plan->session = new_record(plan);
	if (!plan->session)
		return sotto_session_plan_fail(plan, -ENOMEM, "no memory");
	for (unsigned i = 0; rc == 0 && i < plan->spec->media_count; i++)
		rc = plan_media(plan, i);
	if (rc != 0)
		drop_plan(plan);
	return rc;
}
