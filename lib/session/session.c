/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Putting and deleting sessions. A put is planned completely (plan.c) before the first pointer is
 * published; when any step fails the plan is dropped and nothing has changed.
 */
#include "session/plan.h"

#include <errno.h>

const struct sotto_leg *sotto_session_leg(const struct sotto_media_record *record, int side)
{
	return &record->media->leg[side];
}

const char *sotto_session_suite(const struct sotto_leg_record *leg, bool send)
{
	const struct sotto_install *install = leg->install[send ? SEND : RECEIVE];

	return install ? install->suite->name : NULL;
}

uint32_t sotto_session_window(const struct sotto_leg_record *leg)
{
	const struct sotto_install *install =
		leg->install[RECEIVE] ? leg->install[RECEIVE] : leg->install[SEND];

	return install ? install->window : leg->window;
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

/*
 * Presets of a key that stays concern streams that the owner is using: the owner carries them out.
 * A key that is new got them while it was made. What finds no room is left to the next put.
 */
static void order_presets(struct plan *plan, const struct sotto_install *old,
	struct sotto_install *install, const struct sotto_key_spec *key)
{
	const struct sotto_session_env *env = &plan->sessions->env;
	uint8_t stands[SOTTO_DIGEST_LEN];
	bool all = true;

	if (!old || !install || old->context.streams != install->context.streams ||
		memcmp(old->preset_digest, key->preset_digest, SOTTO_DIGEST_LEN) == 0)
		return;
	memcpy(stands, old->preset_digest, sizeof(stands));
	for (uint32_t i = 0; all && i < key->preset_count; i++)
		all = env->preset(
			env->arg, plan->session->owner, install->context.streams, &key->preset[i]);
	memcpy(install->preset_digest, all ? key->preset_digest : stands, sizeof(stands));
}

static bool has_lists(const struct sotto_leg_spec *spec)
{
	return spec->security != SOTTO_CLEAR && spec->security != SOTTO_OPAQUE;
}

/* Fills the record of a leg from its plan, and lets workers see the leg. */
static void apply_leg(struct plan *plan, unsigned i, int side, struct sotto_leg_record *to)
{
	const struct sotto_leg_spec *spec = &plan->spec->media[i].leg[side];
	const struct plan_media *pm = &plan->media[i];
	const struct sotto_leg_record *old = pm->old ? &pm->old->leg[side] : NULL;

	*to = (struct sotto_leg_record){
		.interface = spec->interface,
		.state = pm->build.state[side],
		.install = {pm->build.install[side][RECEIVE], pm->build.install[side][SEND]},
		.window = has_lists(spec) ? spec->window : 0,
		.ssrcs = (uint8_t)spec->max_ssrcs,
		.learn = pm->build.learn[side],
		.relearns = pm->relearns[side],
		.wished = spec->remote,
		.wished_rtcp_port = spec->remote_rtcp_port,
		.latched = pm->latched[side],
		.timed_out = old && old->timed_out,
	};
	publish(spec->interface, &pm->media->leg[side]);
	order_presets(
		plan, old ? old->install[RECEIVE] : NULL, to->install[RECEIVE], spec->receive);
	order_presets(plan, old ? old->install[SEND] : NULL, to->install[SEND], spec->send);
}

static void apply_media(struct plan *plan, unsigned i, struct sotto_media_record *to)
{
	to->media = plan->media[i].media;
	for (int side = 0; side < 2; side++)
		apply_leg(plan, i, side, &to->leg[side]);
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

/* Gives up what the old record of a leg holds, unless the new one goes on with it. */
static void retire_leg(struct plan *plan, const struct sotto_leg_record *old,
	const struct plan_media *pm, int side)
{
	for (int d = 0; d < DIRECTIONS; d++) {
		struct sotto_install *install = old->install[d];
		struct sotto_install *now = pm ? pm->build.install[side][d] : NULL;

		if (install && install != now) {
			sotto_session_forget_sender(plan->sessions, install);
			sotto_install_end_overlap(plan->sessions, install);
		}
		/* the published media holds a reference until the grace period is over */
		sotto_install_put(plan->sessions, install);
	}
	if (!pm)
		sotto_session_retire(plan->sessions, &(struct retired){.state = old->state});
}

/*
 * Hands what is left of the old session to the grace period. Only now, when no port leads to any of
 * it: a leg reaches its peer and the peer's state, so one leg that is still published keeps all of
 * its media reachable.
 */
static void retire_old(struct plan *plan)
{
	struct sotto_session *old = plan->old;

	for (unsigned i = 0; i < old->media_count; i++) {
		struct sotto_media_record *record = &old->media[i];
		const struct plan_media *pm = heir(plan, record);

		for (int side = 0; side < 2; side++)
			retire_leg(plan, &record->leg[side], pm, side);
		sotto_session_retire(plan->sessions, &(struct retired){.media = record->media});
	}
	sotto_session_table_remove(plan->sessions, old);
	sotto_session_retire(plan->sessions, &(struct retired){.session = old});
}

static void apply(struct plan *plan)
{
	struct sotto_sessions *sessions = plan->sessions;

	for (unsigned i = 0; i < plan->spec->media_count; i++)
		apply_media(plan, i, &plan->session->media[i]);
	sessions->streams +=
		sotto_session_plan_streams(plan->session) - sotto_session_plan_streams(plan->old);
	if (plan->old) {
		unpublish_old(plan);
		retire_old(plan);
	} else {
		sessions->owned[plan->session->owner]++;
	}
	sotto_session_table_add(sessions, plan->session);
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

int sotto_session_put(struct sotto_sessions *sessions, const struct sotto_session_spec *spec,
	uint64_t now_us, struct sotto_session **out, enum sotto_session_outcome *outcome,
	struct sotto_session_error *error)
{
	struct plan plan = {
		.sessions = sessions,
		.spec = spec,
		.old = sotto_session_find(sessions, spec->id),
		.error = error,
		.now_us = now_us,
	};
	int rc;

	*error = (struct sotto_session_error){.media = -1, .reason = ""};
	rc = compare(&plan);
	if (rc < 0)
		return sotto_session_plan_fail(&plan, rc,
			rc == -ESTALE ? "a higher revision stands"
				      : "this revision stands with other content");
	if (rc == 1) {
		*outcome = SOTTO_SESSION_UNCHANGED;
		*out = plan.old;
		return 0;
	}
	rc = sotto_session_plan_make(&plan);
	if (rc != 0)
		return rc;
	apply(&plan);
	*outcome = SOTTO_SESSION_APPLIED;
	*out = plan.session;
	return 0;
}

int sotto_session_relocate(struct sotto_sessions *sessions, struct sotto_session *session,
	unsigned media, int side, const struct sotto_endpoint *remote, uint16_t rtcp_port)
{
	struct sotto_media_record *record = &session->media[media];
	struct sotto_media *old = record->media;
	int rc =
		sotto_session_media_move(sessions, record, side, remote, rtcp_port, &record->media);

	if (rc != 0)
		return rc;
	for (int s = 0; s < 2; s++)
		publish(record->leg[s].interface, &record->media->leg[s]);
	record->leg[side].latched = true;
	sotto_session_retire(sessions, &(struct retired){.media = old});
	return 0;
}

void sotto_session_delete(struct sotto_sessions *sessions, struct sotto_session *session)
{
	static const struct sotto_session_spec nothing;
	struct plan plan = {.sessions = sessions, .spec = &nothing, .old = session};

	sessions->streams -= sotto_session_plan_streams(session);
	sessions->owned[session->owner]--;
	unpublish_old(&plan);
	retire_old(&plan);
}
