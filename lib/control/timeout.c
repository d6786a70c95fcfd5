/* SPDX-License-Identifier: BSD-3-Clause */
/* Media that fell silent, and media that came back. Told as events; no call is ended for it. */
#include "control/internal.h"

static void look_at_leg(struct sotto_control *control, struct sotto_session *session,
	unsigned media, int side, uint64_t now_us)
{
	struct sotto_leg_record *record = &session->media[media].leg[side];
	const struct sotto_leg *leg = sotto_session_leg(&session->media[media], side);
	uint64_t last = __atomic_load_n(&record->state->last_received_us, __ATOMIC_RELAXED);
	uint64_t since = last > session->created_us ? last : session->created_us;
	uint64_t silent_us = now_us > since ? now_us - since : 0;
	bool silent = silent_us >= (uint64_t)session->timeout_s * 1000000;
	struct sotto_rpc_event event = {
		.kind = silent ? SOTTO_RPC_MEDIA_TIMEOUT : SOTTO_RPC_MEDIA_RESUMED};

	if (leg->remote.addr.family == 0 || silent == record->timed_out)
		return;
	record->timed_out = silent;
	if (silent)
		event.u.since_s = silent_us / 1000000;
	control_event_session(control, session, &event, (int)media, side);
}

void control_timeouts_walk(struct sotto_control *control, uint32_t slots)
{
	uint64_t now_us = control_now_us(control);
	uint32_t end = control->timeout_slot + slots;
	struct sotto_session *session;

	while ((session = sotto_session_next(control->config.sessions, &control->timeout_slot)) !=
			NULL &&
		control->timeout_slot < end) {
		for (unsigned m = 0; session->timeout_s != 0 && m < session->media_count; m++) {
			look_at_leg(control, session, m, 0, now_us);
			look_at_leg(control, session, m, 1, now_us);
		}
		control->timeout_slot++;
	}
	if (!session)
		control->timeout_slot = 0;
}
