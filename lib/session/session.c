/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Putting and deleting sessions. A put is planned completely (ports, states, keys, legs) before the
 * first pointer is published; when any step fails the plan is dropped and nothing has changed.
 */
#include "session/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* One media of a put that is under way. */
struct plan_media {
	const struct sotto_media_record *old; /* the record that it replaces, or NULL */
	uint16_t port[2];
	bool keeps_port[2]; /* the old leg's; its state is kept in any case */
	struct sotto_leg_state *state[2];
	struct sotto_media *media;
};

struct plan {
	struct sotto_sessions *sessions;
	const struct sotto_session_spec *spec;
	struct sotto_session *old;     /* NULL: a new session */
	struct sotto_session *session; /* the record that will stand */
	struct sotto_session_error *error;
	struct plan_media media[SOTTO_MEDIA_MAX];
};

const struct sotto_leg *sotto_session_leg(const struct sotto_media_record *record, int side)
{
	return &record->media->leg[side];
}

static const struct sotto_media_record *find_media(
	const struct sotto_session *session, const char *id)
{
	for (unsigned i = 0; session && i < session->media_count; i++) {
		if (strcmp(session->media[i].id, id) == 0)
			return &session->media[i];
	}
	return NULL;
}

static uint32_t count_streams(const struct sotto_session *session)
{
	uint32_t n = 0;

	for (unsigned i = 0; session && i < session->media_count; i++)
		n += 2 * (session->media[i].leg[0].state->stream_count +
				 session->media[i].leg[1].state->stream_count);
	return n;
}

static uint32_t count_wished_streams(const struct sotto_session_spec *spec)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < spec->media_count; i++)
		n += 2 * (spec->media[i].leg[0].max_ssrcs + spec->media[i].leg[1].max_ssrcs);
	return n;
}

static int fail(struct plan *plan, int code, const char *reason)
{
	plan->error->reason = reason;
	return code;
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
	int rc;

	pm->keeps_port[side] = port_stays(pm->old, spec, side);
	if (pm->keeps_port[side]) {
		pm->port[side] = sotto_session_leg(pm->old, side)->rtp_port;
		return 0;
	}
	rc = sotto_interface_reserve(spec->interface, spec->local_port, &pm->port[side]);
	if (rc == 0)
		return 0;
	plan->error->member = "local_port";
	return fail(plan, rc,
		rc == -EADDRINUSE ? "local port is taken"
		: rc == -EINVAL   ? "local port is odd or outside the range"
				  : "no local port is free");
}

/*
 * The state goes with the media's id, not with its port: a leg that moves takes its windows along,
 * so that no index is used twice under a send key that stays.
 */
static int plan_state(
	struct plan *plan, struct plan_media *pm, const struct sotto_leg_spec *spec, int side)
{
	if (!pm->old) {
		pm->state[side] = sotto_session_state_new(plan->sessions, spec->max_ssrcs);
		return pm->state[side] ? 0 : fail(plan, -ENOMEM, "no memory");
	}
	pm->state[side] = pm->old->leg[side].state;
	if (pm->state[side]->stream_count == spec->max_ssrcs)
		return 0;
	plan->error->member = "max_ssrcs";
	return fail(plan, -EINVAL, "max_ssrcs cannot change");
}

static int plan_leg(
	struct plan *plan, struct plan_media *pm, const struct sotto_leg_spec *spec, int side)
{
	int rc = plan_state(plan, pm, spec, side);

	return rc == 0 ? plan_port(plan, pm, spec, side) : rc;
}

static const char *build_reason(int rc)
{
	switch (rc) {
	case -EHOSTUNREACH:
		return "no route to the remote address";
	case -ENOSPC:
		return "the neighbour table is full";
	case -ENOTSUP:
		return "the crypto backend lacks this suite";
	case -ENOMEM:
		return "no memory";
	default:
		return "keys could not be built";
	}
}

static int plan_media(struct plan *plan, unsigned i)
{
	const struct sotto_media_spec *spec = &plan->spec->media[i];
	struct plan_media *pm = &plan->media[i];
	int rc;

	pm->old = find_media(plan->old, spec->id);
	plan->error->media = (int)i;
	for (int side = 0; side < 2; side++) {
		plan->error->side = side;
		rc = plan_leg(plan, pm, &spec->leg[side], side);
		if (rc != 0)
			return rc;
	}
	rc = sotto_session_media_build(plan->sessions, plan->session, i, spec, pm->port, pm->state,
		&pm->media, plan->error);
	if (rc == 0)
		return 0;
	plan->error->member = rc == -EHOSTUNREACH ? "remote" : NULL;
	return fail(plan, rc, build_reason(rc));
}

static void drop_plan(struct plan *plan)
{
	for (unsigned i = 0; i < plan->spec->media_count; i++) {
		struct plan_media *pm = &plan->media[i];

		sotto_session_media_free(plan->sessions, pm->media);
		for (int side = 0; side < 2; side++) {
			if (!pm->keeps_port[side] && pm->port[side] != 0)
				sotto_interface_unreserve(
					plan->spec->media[i].leg[side].interface, pm->port[side]);
			if (!pm->old && pm->state[side])
				plan->sessions->env.release(
					plan->sessions->env.arg, pm->state[side]);
		}
	}
	free(plan->session);
}

static void publish(const struct sotto_interface *interface, const struct sotto_leg *leg)
{
	bool mux = leg->rtcp_port == leg->rtp_port;

	sotto_interface_publish(interface, leg->rtp_port, leg);
	sotto_interface_publish(interface, (uint16_t)(leg->rtp_port + 1), mux ? NULL : leg);
}

static void unpublish(struct sotto_interface *interface, uint16_t port)
{
	sotto_interface_publish(interface, port, NULL);
	sotto_interface_publish(interface, (uint16_t)(port + 1), NULL);
	sotto_interface_unreserve(interface, port);
}

/* Fills the record of a media from its plan, and lets workers see the legs. */
static void apply_media(const struct plan_media *pm, const struct sotto_media_spec *spec,
	struct sotto_media_record *to)
{
	memcpy(to->id, spec->id, sizeof(to->id));
	to->media = pm->media;
	for (int side = 0; side < 2; side++) {
		const struct sotto_leg_spec *leg = &spec->leg[side];

		to->leg[side].interface = leg->interface;
		to->leg[side].state = pm->state[side];
		to->leg[side].receive_suite = leg->receive ? leg->receive->suite : NULL;
		to->leg[side].send_suite = leg->send ? leg->send->suite : NULL;
		to->leg[side].timed_out = pm->old && pm->old->leg[side].timed_out;
		publish(leg->interface, &pm->media->leg[side]);
	}
}

/* The media of the new session that an old one lives on in, or NULL. */
static const struct plan_media *heir(const struct plan *plan, const struct sotto_media_record *old)
{
	for (unsigned i = 0; i < plan->spec->media_count; i++) {
		if (plan->media[i].old == old)
			return &plan->media[i];
	}
	return NULL;
}

/* Takes the ports that nobody keeps out of the port tables. */
static void unpublish_old(const struct plan *plan)
{
	const struct sotto_session *old = plan->old;

	for (unsigned i = 0; i < old->media_count; i++) {
		const struct sotto_media_record *record = &old->media[i];
		const struct plan_media *pm = heir(plan, record);

		for (int side = 0; side < 2; side++) {
			if (!pm || !pm->keeps_port[side])
				unpublish(record->leg[side].interface,
					sotto_session_leg(record, side)->rtp_port);
		}
	}
}

/*
 * Hands what is left of the old session to the grace period. Only now, when no port leads to any of
 * it: a leg reaches its peer and the peer's state, so one leg that is still published keeps all of
 * its media reachable.
 */
static void retire_old(const struct plan *plan)
{
	struct sotto_session *old = plan->old;

	for (unsigned i = 0; i < old->media_count; i++) {
		struct sotto_media_record *record = &old->media[i];

		for (int side = 0; side < 2 && !heir(plan, record); side++)
			sotto_session_retire(plan->sessions, NULL, record->leg[side].state, NULL);
		sotto_session_retire(plan->sessions, record->media, NULL, NULL);
	}
	sotto_session_table_remove(plan->sessions, old);
	sotto_session_retire(plan->sessions, NULL, NULL, old);
}

static void apply(struct plan *plan)
{
	struct sotto_sessions *sessions = plan->sessions;

	sessions->streams += count_wished_streams(plan->spec) - count_streams(plan->old);
	for (unsigned i = 0; i < plan->spec->media_count; i++)
		apply_media(&plan->media[i], &plan->spec->media[i], &plan->session->media[i]);
	if (plan->old) {
		unpublish_old(plan);
		retire_old(plan);
	} else {
		sessions->owned[plan->session->owner]++;
	}
	sotto_session_table_add(sessions, plan->session);
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

/* The new record: identity from the old one where there is one. */
static struct sotto_session *new_record(struct plan *plan, uint64_t now_us)
{
	struct sotto_session *session = calloc(1, sizeof(*session));
	const struct sotto_session *old = plan->old;

	if (!session)
		return NULL;
	snprintf(session->id, sizeof(session->id), "%s", plan->spec->id);
	session->revision = plan->spec->revision;
	memcpy(session->digest, plan->spec->digest, sizeof(session->digest));
	session->timeout_s = plan->spec->timeout_s;
	session->media_count = plan->spec->media_count;
	session->created_us = old ? old->created_us : now_us;
	session->slot = old ? old->slot : choose_slot(plan->sessions);
	session->generation = old ? old->generation : ++plan->sessions->generation;
	session->owner = old ? old->owner : choose_owner(plan->sessions);
	return session;
}

/* Compares with what stands: 0 to go on, 1 for unchanged, or the error. */
static int compare(const struct plan *plan)
{
	const struct sotto_session *old = plan->old;

	if (!old || plan->spec->revision > old->revision)
		return 0;
	if (plan->spec->revision < old->revision)
		return -ESTALE;
	return memcmp(plan->spec->digest, old->digest, sizeof(old->digest)) == 0 ? 1 : -EEXIST;
}

static int check_limits(struct plan *plan)
{
	const struct sotto_sessions *sessions = plan->sessions;
	uint64_t streams = (uint64_t)sessions->streams - count_streams(plan->old) +
			   count_wished_streams(plan->spec);

	if (!plan->old && sessions->count >= sessions->limits.sessions)
		return fail(plan, -ENOSPC, "the session limit is reached");
	if (streams > sessions->limits.streams)
		return fail(plan, -ENOSPC, "the stream limit is reached");
	return 0;
}

static int make_plan(struct plan *plan, uint64_t now_us)
{
	int rc = check_limits(plan);

	if (rc != 0)
		return rc;
	plan->session = new_record(plan, now_us);
	if (!plan->session)
		return fail(plan, -ENOMEM, "no memory");
	for (unsigned i = 0; rc == 0 && i < plan->spec->media_count; i++)
		rc = plan_media(plan, i);
	if (rc != 0)
		drop_plan(plan);
	return rc;
}

int sotto_session_put(struct sotto_sessions *sessions, const struct sotto_session_spec *spec,
	uint64_t now_us, struct sotto_session **out, enum sotto_session_outcome *outcome,
	struct sotto_session_error *error)
{
	struct plan plan = {
		.sessions = sessions,
		.spec = spec,
		.old = sotto_session_find(sessions, spec->id),
		.error = error,
	};
	int rc;

	*error = (struct sotto_session_error){.media = -1, .reason = ""};
	rc = compare(&plan);
	if (rc < 0)
		return fail(&plan, rc,
			rc == -ESTALE ? "a higher revision stands"
				      : "this revision stands with other content");
	if (rc == 1) {
		*outcome = SOTTO_SESSION_UNCHANGED;
		*out = plan.old;
		return 0;
	}
	rc = make_plan(&plan, now_us);
	if (rc != 0)
		return rc;
	apply(&plan);
	*outcome = SOTTO_SESSION_APPLIED;
	*out = plan.session;
	return 0;
}

void sotto_session_delete(struct sotto_sessions *sessions, struct sotto_session *session)
{
	static const struct sotto_session_spec nothing;
	struct plan plan = {.sessions = sessions, .spec = &nothing, .old = session};

	sessions->streams -= count_streams(session);
	sessions->owned[session->owner]--;
	unpublish_old(&plan);
	retire_old(&plan);
}
