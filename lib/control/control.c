/* SPDX-License-Identifier: BSD-3-Clause */
/* The control thread's loop: its socket, and a tick of one millisecond for all that is periodic. */
#include "control/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TICK_US 1000
#define SLOW_TICK_US 100000
#define SLOW_TICKS_PER_WALK 10 /* every session is looked at once in that many slow ticks */

uint64_t control_wall_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void slow_work(struct sotto_control *control)
{
	const struct sotto_control_host *host = &control->config.host;

	control_neighbors_ask(control);
	sotto_sessions_end_overlaps(control->config.sessions, control_now_us(control));
	control_timeouts_walk(control, control->config.limits.sessions / SLOW_TICKS_PER_WALK + 1);
	if (host->tick)
		host->tick(host->arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct sotto_control *control = arg;
	uint64_t now = control_now_us(control);

	control_neighbors_answer(control);
	control_events_hear(control);
	sotto_sessions_reclaim(control->config.sessions);
	if (now - control->slow_tick_us < SLOW_TICK_US)
		return;
	control->slow_tick_us = now;
	slow_work(control);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	sotto_control_stop(arg);
}

int sotto_control_on_signal(struct sotto_control *control, int signal_number)
{
	struct event *event = evsignal_new(control->base, signal_number, on_signal, control);

	if (!event || control->signal_count == SIGNALS_MAX || event_add(event, NULL) != 0)
		return -ENOMEM;
	control->signal[control->signal_count++] = event;
	return 0;
}

static int start_tick(struct sotto_control *control)
{
	static const struct timeval period = {.tv_usec = TICK_US};

	control->tick = event_new(control->base, -1, EV_PERSIST, on_tick, control);
	return control->tick && event_add(control->tick, &period) == 0 ? 0 : -ENOMEM;
}

/* Timers of a millisecond need more than the event loop's default of coarse time. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (!config)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

int sotto_control_create(const struct sotto_control_config *config, struct sotto_control **out)
{
	struct sotto_control *control = calloc(1, sizeof(*control));
	int rc;

	if (!control)
		return -ENOMEM;
	control->config = *config;
	control->started_us = control_now_us(control);
	control->events.next_seq = 1;
	control->base = new_base();
	rc = control->base ? start_tick(control) : -ENOMEM;
	if (rc == 0)
		rc = control_digest_open(control);
	if (rc == 0)
		rc = control_listen(control);
	if (rc != 0) {
		sotto_control_destroy(control);
		return rc;
	}
	*out = control;
	return 0;
}

int sotto_control_run(struct sotto_control *control)
{
	return event_base_dispatch(control->base) < 0 ? -EIO : 0;
}

void sotto_control_stop(struct sotto_control *control)
{
	event_base_loopbreak(control->base);
}

void sotto_control_destroy(struct sotto_control *control)
{
	if (!control)
		return;
	control_close(control);
	for (unsigned i = 0; i < control->signal_count; i++)
		event_free(control->signal[i]);
	if (control->tick)
		event_free(control->tick);
	if (control->base)
		event_base_free(control->base);
	control_digest_close(control);
	free(control);
}
