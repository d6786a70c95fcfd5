/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line: one table row for each option, then what no single option shows. */
#include "options.h"

#include "say.h"
#include "values.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: sotto-gen [options] [-- EAL-ARGUMENTS]\n"
	"\n"
	"Sends calls through an RTP and SRTP gateway, and verifies every packet that comes out.\n"
	"Each call has a side a and a side b; SIDE= is a= or b=. See sotto-gen(1).\n"
	"\n"
	"Where it stands:\n"
	"  --device SIDE=DEVICE       PCI address or devargs; without one, side b uses side a's\n"
	"  --address SIDE=ADDR/BITS   own address; several for more than about 32,000 calls\n"
	"  --gateway SIDE=ADDR        next hop for what is not on a prefix\n"
	"  --vlan SIDE=ID             VLAN\n"
	"  --mac SIDE=MAC             own MAC address (default: the device's)\n"
	"  --ports SIDE=LOW-HIGH      own ports (default 10000-65535)\n"
	"\n"
	"What it sends:\n"
	"  --calls N                  calls (default 1)\n"
	"  --suite SIDE=SUITE         crypto suite of that side, or clear (default clear)\n"
	"  --send a|b|both            which sides send (default both)\n"
	"  --payload BYTES            RTP payload, 0 to 1400 (default 160)\n"
	"  --ptime MS                 time between packets of a stream (default 20)\n"
	"  --payload-type N           RTP payload type (default 8)\n"
	"  --seed N                   keys, SSRCs and order follow from it (default 1)\n"
	"\n"
	"How the gateway is told:\n"
	"  --control SOCKET           put the sessions into sottod and delete them at the end\n"
	"  --interface SIDE=NAME      sottod's interface (default access and core)\n"
	"  --plan FILE                read ports and keys of the calls from a JSON file\n"
	"  --write-plan FILE          write such a file; without --control it is all that is done\n"
	"  --write-requests FILE      write the session.put requests, one a line\n"
	"\n"
	"How fast:\n"
	"  --rate PPS                 packets a second of all streams (default: by ptime)\n"
	"  --duration SECONDS         (default 10)\n"
	"  --max-loss PERCENT         loss that is still good (default 0; of --search pdr: 0.5)\n"
	"  --search ndr|pdr           search the highest rate with no loss, or with little\n"
	"  --highest PPS              rate that a search begins with (default 20000000)\n"
	"  --trial SECONDS            of each trial (default 2)\n"
	"  --confirm SECONDS          of the trial that confirms; 0: none (default 10)\n"
	"  --precision PERCENT        of the search (default 1)\n"
	"  --warmup SECONDS           sent before, and not judged (default 1)\n"
	"  --settle SECONDS           of a search: sent gently after each loss (default 0)\n"
	"  --drain SECONDS            longest wait for packets under way (default 2)\n"
	"\n"
	"The rest:\n"
	"  --json FILE                write the results there\n"
	"  --core N                   processor core to run on (default 0)\n"
	"  --memory MIB, --mbufs N    packet memory (default 256 and 32768)\n"
	"  --hugepages auto|no        use them when enough are free (default auto)\n"
	"  --idle-us US               sleep when there is nothing to do (default 0: poll)\n"
	"  -h, --help                 this text\n"
	"  -V, --version              the version\n"
	"  --                         what follows goes to DPDK's EAL\n";

/* An option: each takes a value, the ones with a side begin it with a= or b=. */
struct row {
	const char *name;
	bool has_side;
	const char *(*read)(const char *value, void *target);
	size_t offset;
};

#define ALL(field) false, value_##field, offsetof(struct gen_options, field)
#define SIDE(field) true, value_##field, offsetof(struct gen_side_options, field)

static const struct row rows[] = {
	{"device", SIDE(device)},
	{"address", true, value_address, 0},
	{"gateway", SIDE(gateway)},
	{"vlan", SIDE(vlan)},
	{"mac", true, value_mac, 0},
	{"ports", true, value_ports, 0},
	{"calls", ALL(calls)},
	{"suite", SIDE(suite)},
	{"send", false, value_send, 0},
	{"payload", ALL(payload)},
	{"ptime", ALL(ptime_ms)},
	{"payload-type", ALL(payload_type)},
	{"seed", ALL(seed)},
	{"control", false, value_path, offsetof(struct gen_options, control)},
	{"interface", true, value_interface, 0},
	{"plan", false, value_path, offsetof(struct gen_options, plan)},
	{"write-plan", false, value_path, offsetof(struct gen_options, write_plan)},
	{"write-requests", false, value_path, offsetof(struct gen_options, write_requests)},
	{"rate", false, value_rate, offsetof(struct gen_options, rate)},
	{"duration", false, value_seconds, offsetof(struct gen_options, duration_s)},
	{"max-loss", false, value_percent, offsetof(struct gen_options, max_loss)},
	{"search", ALL(search)},
	{"highest", false, value_rate, offsetof(struct gen_options, highest)},
	{"trial", false, value_seconds, offsetof(struct gen_options, trial_s)},
	{"confirm", false, value_seconds_or_none, offsetof(struct gen_options, confirm_s)},
	{"precision", false, value_precision, offsetof(struct gen_options, precision)},
	{"warmup", false, value_seconds_or_none, offsetof(struct gen_options, warmup_s)},
	{"settle", false, value_seconds_or_none, offsetof(struct gen_options, settle_s)},
	{"drain", false, value_seconds, offsetof(struct gen_options, drain_s)},
	{"json", false, value_path, offsetof(struct gen_options, json)},
	{"core", ALL(core)},
	{"memory", ALL(memory_mib)},
	{"mbufs", ALL(mbufs)},
	{"hugepages", false, value_hugepages, offsetof(struct gen_options, no_huge)},
	{"idle-us", ALL(idle_us)},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))
#define FIRST_ROW 256 /* what getopt returns for rows[0] */

static void set_defaults(struct gen_options *options)
{
	*options = (struct gen_options){
		.payload = 160,
		.ptime_ms = 20,
		.payload_type = 8,
		.sends = {true, true},
		.seed = 1,
		.duration_s = 10,
		.highest = 20e6,
		.trial_s = 2,
		.confirm_s = 10,
		.precision = 0.01,
		.warmup_s = 1,
		.drain_s = 2,
		.memory_mib = 256,
		.mbufs = 32768,
	};
	for (int s = 0; s < GEN_SIDES; s++) {
		options->side[s].port_low = 10000;
		options->side[s].port_high = 65535;
	}
}

static int read_row(struct gen_options *options, const struct row *row, const char *value)
{
	char *base = (char *)options;
	const char *text = value, *expected;

	if (row->has_side) {
		if ((value[0] != 'a' && value[0] != 'b') || value[1] != '=')
			return gen_complain(GEN_USAGE,
				"--%s %s: expected a= or b= before the value", row->name, value);
		base = (char *)&options->side[value[0] - 'a'];
		text += 2;
	}
	expected = row->read(text, base + row->offset);
	if (expected)
		return gen_complain(GEN_USAGE, "--%s %s: expected %s", row->name, value, expected);
	return -1;
}

bool gen_options_run(const struct gen_options *options)
{
	return options->control || options->plan;
}

/* What is missing on a side, or NULL. */
static const char *side_fault(const struct gen_options *options, int side)
{
	const struct gen_side_options *s = &options->side[side];

	if (s->address_count == 0)
		return "--address is missing";
	if (gen_options_run(options) && side == GEN_A && !s->device)
		return "--device is missing";
	for (unsigned i = 1; i < s->address_count; i++) {
		if (s->address[i].addr.family != s->address[0].addr.family)
			return "--address: all of a side are of one family";
	}
	return NULL;
}

/* What no single option shows. */
static int check_whole(const struct gen_options *options)
{
	if (options->control && options->plan)
		return gen_complain(GEN_USAGE, "--control and --plan exclude each other");
	if (options->search == GEN_SEARCH_NDR && options->max_loss > 0)
		return gen_complain(GEN_USAGE, "--search ndr is without loss: no --max-loss");
	if (!gen_options_run(options) && !options->write_plan && !options->write_requests)
		return gen_complain(GEN_USAGE, "nothing to do: give --control, --plan, "
					       "--write-plan or --write-requests");
	for (int s = 0; s < GEN_SIDES; s++) {
		const char *fault = side_fault(options, s);

		if (fault)
			return gen_complain(GEN_USAGE, "side %c: %s", 'a' + s, fault);
	}
	return -1;
}

static void set_derived(struct gen_options *options)
{
	static const char *const interface[GEN_SIDES] = {"access", "core"};

	for (int s = 0; s < GEN_SIDES; s++) {
		if (options->side[s].interface_count == 0)
			options->side[s].interface[options->side[s].interface_count++] =
				interface[s];
	}
	if (options->calls == 0 && !options->plan)
		options->calls = 1;
}

static int read_option(struct gen_options *options, int option)
{
	if (option >= FIRST_ROW)
		return read_row(options, &rows[option - FIRST_ROW], optarg);
	if (option == 'h') {
		fputs(usage, stdout);
		return GEN_GOOD;
	}
	if (option == 'V') {
		puts("sotto-gen " SOTTO_VERSION);
		return GEN_GOOD;
	}
	return gen_complain(GEN_USAGE, "sotto-gen --help lists the options");
}

int gen_options_read(struct gen_options *options, int argc, char **argv)
{
	struct option table[ROWS + 3] = {
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
	};
	int option, status = -1;

	for (size_t i = 0; i < ROWS; i++)
		table[i + 2] =
			(struct option){rows[i].name, required_argument, NULL, FIRST_ROW + (int)i};
	set_defaults(options);
	while (status < 0 && (option = getopt_long(argc, argv, "+hV", table, NULL)) != -1)
		status = read_option(options, option);
	if (status >= 0)
		return status;
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
		return gen_complain(GEN_USAGE, "unexpected argument '%s'", argv[optind]);
	options->eal = argv + optind;
	options->eal_count = argc - optind;
	set_derived(options);
	return check_whole(options);
}
