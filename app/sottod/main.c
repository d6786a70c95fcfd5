/* SPDX-License-Identifier: BSD-3-Clause */
/* sottod: command line, and the order in which the parts start and end. */
#include "app.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define DEFAULT_CONFIG "/etc/sotto/sottod.ini"

static const char usage[] =
	"usage: sottod [-c FILE] [--check] [-- EAL-ARGUMENTS]\n"
	"\n"
	"Relays calls between RTP and SRTP. Calls are set up over a Unix socket: see sottoctl(1).\n"
	"\n"
	"  -c, --config FILE  configuration (default " DEFAULT_CONFIG "), see sottod.conf(5)\n"
	"  -t, --check        read the configuration, say whether it is good, and end\n"
	"  -h, --help         this text\n"
	"  -V, --version      the version\n"
	"  --                 what follows goes to DPDK's EAL, behind our own arguments\n";

void app_say(char level, const char *format, ...)
{
	va_list list;

	/* journald reads the level from "<n>"; a terminal is spared it */
	if (!isatty(STDERR_FILENO))
		fprintf(stderr, "<%c>", level);
	fputs("sottod: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

static int draw_secrets(struct app *app)
{
	uint64_t id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id) ||
		getrandom(&app->seed, sizeof(app->seed), 0) != sizeof(app->seed) ||
		getrandom(app->boot_salt, sizeof(app->boot_salt), 0) != sizeof(app->boot_salt))
		return -EIO;
	snprintf(app->boot_id, sizeof(app->boot_id), "%016llx", (unsigned long long)id);
	return 0;
}

static int control_start(struct app *app)
{
	struct sotto_control_config config = {
		.host = {.arg = app,
			.now_us = app_now_us,
			.workers = app_worker_stats,
			.ports = app_port_stats,
			.pool = app_pool_stats,
			.tick = app_ports_tick,
			.port_set = app_port_set},
		.sessions = app->sessions,
		.interface = app->interface,
		.interface_count = app->interface_count,
		.device_count = app->device_count,
		.punt = &app->punt,
		.pool = app->pool,
		.socket = app->config.socket,
		.mode = app->config.mode,
		.user = app->config.user,
		.user_count = app->config.user_count,
		.group = app->config.group,
		.group_count = app->config.group_count,
		.server = "sottod " SOTTO_VERSION,
		.boot_id = app->boot_id,
		.limits = {.sessions = app->config.sessions,
			.streams = app->config.streams,
			.workers = app->config.worker_count},
		.media_timeout_s = app->config.media_timeout_s,
	};
	int rc;

	memcpy(config.boot_salt, app->boot_salt, sizeof(config.boot_salt));
	for (unsigned i = 0; i < app->device_count; i++)
		config.device_port[i] = app->device[i].port;
	rc = sotto_control_create(&config, &app->control);
	if (rc == 0)
		rc = sotto_control_on_signal(app->control, SIGTERM);
	if (rc == 0)
		rc = sotto_control_on_signal(app->control, SIGINT);
	return rc;
}

static void control_end(struct app *app)
{
	sotto_control_destroy(app->control);
	app->control = NULL;
}

static void nothing(struct app *app)
{
}

/* Start from top to bottom, end from bottom to top. Ports come up only when all else stands. */
static const struct part {
	const char *name;
	int (*start)(struct app *app);
	void (*end)(struct app *app);
} parts[] = {
	{"memory", app_memory_lock, nothing},
	{"secrets", draw_secrets, nothing},
	{"crypto", app_crypto_start, app_crypto_end},
	{"eal", app_eal_start, app_eal_end},
	{"ports", app_ports_start, app_ports_end},
	{"interfaces", app_interfaces_start, app_interfaces_end},
	{"sessions", app_sessions_start, app_sessions_end},
	{"workers", app_workers_start, app_workers_end},
	{"control", control_start, control_end},
	{"links", app_ports_up, nothing},
	{"close on exec", app_close_on_exec, nothing},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int serve(struct app *app)
{
	int rc;

	app_say('6', "ready: %u worker(s), %u address(es), control at %s", app->config.worker_count,
		app->interface_count, app->config.socket);
	app_notify("READY=1");
	rc = sotto_control_run(app->control);
	app_notify("STOPPING=1");
	return rc;
}

static int start_serve_end(struct app *app)
{
	size_t started = 0;
	int rc = 0;

	while (rc == 0 && started < PARTS) {
		rc = parts[started].start(app);
		if (rc != 0)
			app_say('3', "did not start: %s", parts[started].name);
		started++; /* an end is safe after a failed start */
	}
	if (rc == 0)
		rc = serve(app);
	while (started > 0)
		parts[--started].end(app);
	return rc;
}

/* Returns -1 to go on, or the exit status. */
static int read_arguments(struct app *app, int argc, char **argv, bool *check)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+c:thV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			app->config_path = optarg;
			break;
		case 't':
			*check = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("sottod " SOTTO_VERSION);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0) {
		fprintf(stderr, "sottod: unexpected argument '%s'\n%s", argv[optind], usage);
		return 2;
	}
	app->eal_more = argv + optind;
	app->eal_more_count = argc - optind;
	return -1;
}

int main(int argc, char **argv)
{
	static struct app app = {.config_path = DEFAULT_CONFIG};
	bool check = false;
	int status = read_arguments(&app, argc, argv, &check);

	if (status >= 0)
		return status;
	app_memory_harden();
	signal(SIGPIPE, SIG_IGN);
	if (config_read(app.config_path, &app.config) != 0)
		return EXIT_FAILURE;
	if (check) {
		puts("the configuration is good");
		return EXIT_SUCCESS;
	}
	return start_serve_end(&app) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
