/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of sotto-gen as a checked struct. sotto-gen(1) describes the options. */
#ifndef SOTTO_GEN_OPTIONS_H
#define SOTTO_GEN_OPTIONS_H

#include "base/addr.h"
#include "keys/suite.h"

#include <stdbool.h>
#include <stdint.h>

#define GEN_ADDRESSES_MAX 16 /* of one side: each has room for 32,000 calls */

enum gen_side {
	GEN_A,
	GEN_B,
	GEN_SIDES,
};

struct gen_address {
	struct sotto_addr addr;
	uint8_t prefix; /* bits */
};

/* One side of the calls: where the generator stands and what it speaks there. */
struct gen_side_options {
	const char *device; /* PCI address, or devargs of a virtual device; NULL: side a's */
	struct gen_address address[GEN_ADDRESSES_MAX];
	unsigned address_count;
	const char *interface[GEN_ADDRESSES_MAX]; /* the gateway's, in session.put */
	unsigned interface_count;
	struct sotto_addr gateway; /* next hop for what is not on a prefix; family 0 = none */
	uint16_t vlan;             /* 0 = untagged */
	uint8_t mac[6];
	bool has_mac;
	const struct sotto_suite *suite; /* NULL: plain RTP */
	uint16_t port_low, port_high;    /* local ports, even and odd */
};

enum gen_search_kind {
	GEN_SEARCH_NONE,
	GEN_SEARCH_NDR,
	GEN_SEARCH_PDR,
};

struct gen_options {
	struct gen_side_options side[GEN_SIDES];

	uint32_t calls; /* 0: as many as the plan has, else 1 */
	uint32_t payload;
	uint32_t ptime_ms;
	uint8_t payload_type;
	bool sends[GEN_SIDES]; /* which sides send */
	uint64_t seed;

	double rate; /* packets a second of all streams; 0 = what the ptime says */
	double duration_s;
	double max_loss; /* share; of a search for the PDR too, where 0 = its own */
	enum gen_search_kind search;
	double highest; /* rate of the first trial of a search */
	double trial_s;
	double confirm_s; /* 0 = no confirmation */
	double precision; /* share */
	double warmup_s;
	double settle_s; /* sent gently after a trial of a search that lost packets; 0 = not */
	double drain_s;  /* most that is waited for packets under way */

	const char *control; /* socket of sottod */
	const char *plan;
	const char *write_plan;
	const char *write_requests;
	const char *json;

	unsigned core;
	unsigned memory_mib;
	unsigned mbufs;
	bool no_huge; /* no huge pages, though enough be free */
	unsigned idle_us;

	char **eal; /* arguments behind "--" */
	int eal_count;
};

/*
 * Reads the command line. -1 to go on, or the exit status, after help, version or a complaint.
 * Texts point into argv.
 */
int gen_options_read(struct gen_options *options, int argc, char **argv);

/* Whether anything is to be sent; if not, only files are written. */
bool gen_options_run(const struct gen_options *options);

#endif
