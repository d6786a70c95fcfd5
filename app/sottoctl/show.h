/* SPDX-License-Identifier: BSD-3-Clause */
/* Results and events of the engine, printed for people on stdout. */
#ifndef SOTTO_APP_SOTTOCTL_SHOW_H
#define SOTTO_APP_SOTTOCTL_SHOW_H

#include "sottoctl.h"

/* show_engine.c */
ctl_show show_hello;
ctl_show show_stats;
ctl_show show_port_set;

/* show_session.c */
ctl_show show_session_put;
ctl_show show_session_get;
ctl_show show_session_list;
ctl_show show_session_delete;

/* events.c: the params of an event as one line */
ctl_show show_event;

/* "kind: field: detail" of an error object. */
void show_error(FILE *out, const json_t *error);

/* Members of what the engine sent; "-" and 0 stand for what is missing. */
const char *show_text(const json_t *object, const char *name);
long long show_number(const json_t *object, const char *name);

/* The sum of an object's numbers. */
long long show_sum(const json_t *counts);

#define SHOW_ENDPOINT 80 /* bytes for an address and a port as text */

/* "10.99.1.2:20000" or "[fd99:1::2]:20000" of an object with address and port; "-" for null. */
const char *show_endpoint(const json_t *object, char out[SHOW_ENDPOINT]);

#define SHOW_TIME 40

/* Microseconds since 1970 as UTC. */
const char *show_time(long long t_us, char out[SHOW_TIME]);

#endif
