/* SPDX-License-Identifier: BSD-3-Clause */
/* sottoctl: the command-line client of the control socket. Options, help, and how it ends. */
#include "sottoctl.h"

#include "rpc/memory.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_S 10 /* for an answer */

static struct ctl ctl = {.client = {.fd = -1, .timeout_s = TIMEOUT_S}};

static void on_signal(int number)
{
	ctl.client.interrupted = 1;
}

/* Without SA_RESTART, so that waiting ends; the second signal ends the program at once. */
static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void help(void)
{
	puts("usage: sottoctl [OPTIONS] COMMAND [ARGUMENTS]\n"
	     "\n"
	     "  -s, --socket PATH      the engine's control socket; else SOTTO_SOCKET,\n"
	     "                         else " CTL_SOCKET "\n"
	     "  -j, --json             print results as JSON, one line each\n"
	     "  -t, --timeout SECONDS  wait so long for an answer, default 10\n"
	     "  -h, --help             this help; after a command: that command's\n"
	     "  -V, --version          the version\n"
	     "\n"
	     "commands:");
	for (const struct ctl_command *command = ctl_commands; command->name; command++)
		printf("  %-17s  %s\n", command->name, command->about);
	puts("\nexit status: 0 good, 1 the engine answered an error, 2 wrong use,\n"
	     "3 cannot connect, 4 trouble with the protocol");
}

static void help_command(const struct ctl_command *command)
{
	const char *gap = command->arguments[0] ? " " : "";

	printf("usage: sottoctl [OPTIONS] %s%s%s\n\n%s\n", command->name, gap, command->arguments,
		command->about);
	if (command->help[0])
		printf("\n%s", command->help);
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static enum ctl_exit run(int argc, char **argv)
{
	const struct ctl_command *command = ctl_commands;
	enum ctl_exit rc;

	while (command->name && strcmp(command->name, argv[0]) != 0)
		command++;
	if (!command->name) {
		ctl_complain("no command '%s'; see: sottoctl --help", argv[0]);
		return CTL_USAGE;
	}
	if (asks_for_help(argc, argv)) {
		help_command(command);
		return CTL_OK;
	}
	catch_signals();
	optind = 0; /* the command reads its own options, from the start */
	rc = command->run(&ctl, argc, argv);
	client_close(&ctl.client);
	return rc;
}

/* Reads the options before the command. Returns -1 to go on, or the exit status. */
static int read_options(int argc, char **argv)
{
	static const struct option options[] = {{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'}, {"timeout", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int64_t timeout_s;
	int option;

	while ((option = getopt_long(argc, argv, "+s:jt:hV", options, NULL)) != -1) {
		if (option == 's') {
			ctl.socket = optarg;
		} else if (option == 'j') {
			ctl.json = true;
		} else if (option == 't' && ctl_number(optarg, 1, 86400, &timeout_s)) {
			ctl.client.timeout_s = (unsigned)timeout_s;
		} else if (option == 'h') {
			help();
			return CTL_OK;
		} else if (option == 'V') {
			puts("sottoctl " SOTTO_VERSION);
			return CTL_OK;
		} else {
			return CTL_USAGE;
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	int rc;

	sotto_rpc_memory_wipe_json();
	ctl.socket = getenv("SOTTO_SOCKET");
	if (!ctl.socket || !ctl.socket[0])
		ctl.socket = CTL_SOCKET;
	rc = read_options(argc, argv);
	if (rc >= 0)
		return rc;
	if (optind == argc) {
		ctl_complain("no command; see: sottoctl --help");
		return CTL_USAGE;
	}
	return run(argc - optind, argv + optind);
}
