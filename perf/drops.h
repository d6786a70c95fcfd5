/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a gateway does with packets that it must refuse: a pass sends good packets or changed ones
 * through the worker, and afterwards every counter must say exactly what was sent. Whatever is
 * wrong ends the program.
 */
#ifndef SOTTO_PERF_DROPS_H
#define SOTTO_PERF_DROPS_H

#include "pipeline.h"

#include "tests/oracle/random.h"

#define DROPS_CALLS_MIN                                                                            \
	500 /* so few packets of a call in a pass that it tries all that is forged */
#define DROPS_CALLS_MAX 20000
#define DROPS_PACKETS_MAX 4096 /* of a pass, and as many forged ones among them */

/* What becomes of a good packet before it is sent. */
enum drops_change {
	DROPS_GOOD,     /* nothing */
	DROPS_FORGED,   /* its tag is wrong */
	DROPS_REPLAYED, /* nothing; it was sent before */
	DROPS_UNWANTED, /* it goes to a port where nobody listens */
	DROPS_CHANGES
};

/* Whole good frames, of calls drawn at random or of one. */
struct drops_set {
	struct pipeline_round round; /* what they are drawn from */
	unsigned count;              /* a multiple of SOTTO_BURST */
	unsigned *call;              /* whose each is */
	uint8_t *frames; /* the first byte of each is a fixed distance from the last's */
};

/* What a call's receiving leg must have counted by now. */
struct drops_leg {
	uint64_t received;
	uint64_t forged;
	uint64_t replayed;
};

struct drops {
	struct gateway gateway; /* one call more than are drawn from: the one under the flood */
	struct pipeline pipeline;
	unsigned calls;         /* that packets are drawn from */
	struct drops_set good;  /* of these calls */
	struct drops_set flood; /* of the last one: a burst */
	struct drops_leg *legs; /* [call] */
	struct random random;
	unsigned salt; /* makes every wrong tag and every unwanted port another */
	uint16_t frame_len;
};

struct drops_wish {
	const struct sotto_suite *suite;
	uint32_t payload; /* bytes */
	unsigned calls;   /* DROPS_CALLS_MIN to DROPS_CALLS_MAX */
	unsigned packets; /* of the good set, a multiple of SOTTO_BURST, up to DROPS_PACKETS_MAX */
};

/* Sets up the calls and begins their streams. The gateway was started. */
void drops_open(struct drops *drops, const struct drops_wish *wish);

/* Makes the packets of a set that come next in their streams. */
void drops_renew(struct drops *drops, struct drops_set *set);

/*
 * Sends the packets of a set (NULL: none), all with the change, and at random places among them so
 * many forged ones of the call under the flood. Returns nanoseconds of processor time of the whole.
 */
uint64_t drops_pass(
	struct drops *drops, enum drops_change change, const struct drops_set *set, unsigned flood);

/* Looks at the counters of all legs. */
void drops_check_legs(const struct drops *drops);

#endif
