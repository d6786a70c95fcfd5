/* SPDX-License-Identifier: BSD-3-Clause */
/* What the parts of sottoctl share: how it ends, what was asked for, its commands. */
#ifndef SOTTO_APP_SOTTOCTL_H
#define SOTTO_APP_SOTTOCTL_H

#include "client.h"
#include "exit.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_SOCKET "/run/sotto/control.sock"

struct ctl {
	const char *socket;
	bool json; /* results as the engine sent them, not as tables */
	struct client client;
};

/* argv[0] is the command's name. */
typedef enum ctl_exit ctl_run(struct ctl *ctl, int argc, char **argv);

/* Prints a result for people. */
typedef void ctl_show(const json_t *result);

struct ctl_command {
	const char *name;
	const char *arguments;
	const char *about; /* one line */
	const char *help;  /* more lines, or "" */
	ctl_run *run;
};

extern const struct ctl_command ctl_commands[]; /* ends with a row without name */

ctl_run ctl_batch;  /* batch.c */
ctl_run ctl_events; /* events.c */
ctl_run ctl_watch;  /* watch.c */

/* Connects unless that is done. Commands read their arguments first. */
enum ctl_exit ctl_connect(struct ctl *ctl);

/*
 * Calls a method with params, which are taken over. CTL_OK with *result, to be released; otherwise
 * it has said why on stderr.
 */
enum ctl_exit ctl_call(struct ctl *ctl, const char *method, json_t *params, json_t **result);

/* The same, and prints the result: as it is, or with show. */
enum ctl_exit ctl_call_and_show(
	struct ctl *ctl, const char *method, json_t *params, ctl_show *show);

/* Prints json on stdout, compact, as one line. */
void ctl_print_json(const json_t *json);

/* The command line is wrong: points to the command's help. Always CTL_USAGE. */
enum ctl_exit ctl_misused(const char *command);

/* Reads a whole number from min to max; complains and returns false when text is none. */
bool ctl_number(const char *text, int64_t min, int64_t max, int64_t *out);

/*
 * Reads a file, or standard input for "-". The text ends with a zero that *len does not count and
 * is given back with ctl_forget(). NULL after a complaint.
 */
char *ctl_read(const char *path, size_t *len);

/* Wipes a text, for it may hold keys, and frees it. NULL allowed. */
void ctl_forget(char *text, size_t len);

/* Parses JSON; complains with the byte of the fault, never with the text, and returns NULL. */
json_t *ctl_parse(const char *text, size_t len, const char *origin);

/* Writes json compact into malloc'ed memory, to be given back with ctl_forget(). */
char *ctl_text(const json_t *json, size_t *len);

#endif
