/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands: one for each method of docs/protocol.md, and the table of all. */
#include "show.h"

#include "rpc/limits.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum ctl_exit ctl_connect(struct ctl *ctl)
{
	return ctl->client.fd >= 0 ? CTL_OK : client_open(&ctl->client, ctl->socket);
}

enum ctl_exit ctl_call(struct ctl *ctl, const char *method, json_t *params, json_t **result)
{
	enum ctl_exit rc = ctl_connect(ctl);
	const json_t *error;
	json_t *answer;

	if (rc == CTL_OK)
		rc = client_call(&ctl->client, method, params, &answer);
	else
		json_decref(params);
	if (rc != CTL_OK)
		return rc;
	error = json_object_get(answer, "error");
	if (error) {
		if (ctl->json)
			ctl_print_json(error);
		fflush(stdout);
		fputs("sottoctl: ", stderr);
		show_error(stderr, error);
		rc = CTL_REFUSED;
	} else {
		*result = json_incref(json_object_get(answer, "result"));
	}
	json_decref(answer);
	return rc;
}

enum ctl_exit ctl_call_and_show(struct ctl *ctl, const char *method, json_t *params, ctl_show *show)
{
	json_t *result;
	enum ctl_exit rc = ctl_call(ctl, method, params, &result);

	if (rc != CTL_OK)
		return rc;
	if (ctl->json)
		ctl_print_json(result);
	else
		show(result);
	json_decref(result);
	return CTL_OK;
}

static enum ctl_exit hello(struct ctl *ctl, int argc, char **argv)
{
	json_t *params;

	if (argc != 1)
		return ctl_misused(argv[0]);
	params = json_pack("{s:s, s:{s:i, s:i}}", "client", "sottoctl", "api", "major",
		SOTTO_RPC_API_MAJOR, "minor", SOTTO_RPC_API_MINOR);
	return ctl_call_and_show(ctl, "hello", params, show_hello);
}

/* A session from a file, standard input, or the argument itself. */
static json_t *read_session(const char *argument)
{
	size_t len = strlen(argument);
	char *text = NULL;
	json_t *session;

	if (argument[0] == '{')
		return ctl_parse(argument, len, "the argument");
	text = ctl_read(argument, &len);
	session = text ? ctl_parse(text, len, argument) : NULL;
	ctl_forget(text, len);
	return session;
}

static enum ctl_exit session_put(struct ctl *ctl, int argc, char **argv)
{
	json_t *session;

	if (argc != 2)
		return ctl_misused(argv[0]);
	session = read_session(argv[1]);
	if (!session)
		return CTL_USAGE;
	return ctl_call_and_show(ctl, "session.put", session, show_session_put);
}

static enum ctl_exit session_get(struct ctl *ctl, int argc, char **argv)
{
	if (argc != 2)
		return ctl_misused(argv[0]);
	return ctl_call_and_show(
		ctl, "session.get", json_pack("{s:s}", "id", argv[1]), show_session_get);
}

static enum ctl_exit session_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {{"limit", required_argument, NULL, 'l'},
		{"cursor", required_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	json_t *params = json_object();
	int64_t limit;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l' && ctl_number(optarg, 1, SOTTO_RPC_LIST, &limit))
			json_object_set_new(params, "limit", json_integer(limit));
		else if (option == 'c')
			json_object_set_new(params, "cursor", json_string(optarg));
		else
			break;
	}
	if (option == -1 && optind == argc)
		return ctl_call_and_show(ctl, "session.list", params, show_session_list);
	json_decref(params);
	return ctl_misused(argv[0]);
}

static enum ctl_exit session_delete(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = {
		{"rev", required_argument, NULL, 'r'}, {NULL, 0, NULL, 0}};
	int64_t rev = -1;
	json_t *params;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option != 'r' || !ctl_number(optarg, 0, SOTTO_RPC_INTEGER, &rev))
			return ctl_misused(argv[0]);
	if (argc - optind != 1)
		return ctl_misused(argv[0]);
	params = json_pack("{s:s}", "id", argv[optind]);
	if (rev >= 0)
		json_object_set_new(params, "rev", json_integer(rev));
	return ctl_call_and_show(ctl, "session.delete", params, show_session_delete);
}

static enum ctl_exit stats_get(struct ctl *ctl, int argc, char **argv)
{
	if (argc != 1)
		return ctl_misused(argv[0]);
	return ctl_call_and_show(ctl, "stats.get", json_object(), show_stats);
}

static enum ctl_exit port_set(struct ctl *ctl, int argc, char **argv)
{
	bool up = argc == 3 && strcmp(argv[2], "up") == 0;

	if (argc != 3 || (!up && strcmp(argv[2], "down") != 0))
		return ctl_misused(argv[0]);
	return ctl_call_and_show(
		ctl, "port.set", json_pack("{s:s, s:b}", "name", argv[1], "up", up), show_port_set);
}

const struct ctl_command ctl_commands[] = {
	{"hello", "", "who the engine is: version, limits, suites, interfaces", "", hello},
	{"session.put", "FILE|-|JSON", "declare a session as it shall be",
		"The session is the params of session.put as JSON: in a file, on standard input\n"
		"(-), or as the argument itself, which other users of the machine can see: do not\n"
		"give keys there.\n",
		session_put},
	{"session.get", "ID", "a session as it stands",
		"SECURITY says whether a preferred leg is locked. A row for each KEY: packets "
		"under\n"
		"it and their limit, its master keys, whether late packets may still use the one\n"
		"before it (PREVIOUS), and the replay window of its leg.\n",
		session_get},
	{"session.list", "[--limit N] [--cursor C]", "the sessions, 100 or N at a time",
		"  --limit N   at most N sessions, 1 to 1000\n"
		"  --cursor C  go on where the answer with this cursor ended\n",
		session_list},
	{"session.delete", "ID [--rev N]", "end a session, show its last statistics",
		"  --rev N  only if no higher revision stands\n", session_delete},
	{"stats.get", "", "counters of the engine, its workers and ports", "", stats_get},
	{"events.subscribe", "[--from-seq N] [--count N] [--timeout SECONDS] [KIND...]",
		"print events as they come",
		"  --from-seq N       also events from number N on, as far as they are kept\n"
		"  --count N          end after N events\n"
		"  --timeout SECONDS  end after that time\n"
		"Without KIND all kinds are printed; sottoctl(1) lists them.\n",
		ctl_events},
	{"port.set", "NAME up|down", "start or stop a device", "", port_set},
	{"batch", "FILE|-", "many requests: a JSON array, or one request a line",
		"jsonrpc and id may be left out of a request; ids are then 1, 2, 3 and so on.\n",
		ctl_batch},
	{"watch", "[-i SECONDS] [-n COUNT]", "live rates from stats.get",
		"  -i, --interval SECONDS  0.1 to 3600, default 1\n"
		"  -n, --count COUNT       end after COUNT readings\n",
		ctl_watch},
	{NULL, NULL, NULL, NULL, NULL},
};
