/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The generator: one struct, made by main.c part by part. Everything of a stream, at its sending
 * and its receiving end, belongs to one lane, and a lane to one core. There is one lane now; a
 * second one would take over the streams of one direction, with a queue of its own at both devices.
 */
#ifndef SOTTO_GEN_GEN_H
#define SOTTO_GEN_GEN_H

#include "control.h"
#include "histogram.h"
#include "net/net.h"
#include "pace.h"
#include "payload.h"
#include "plan.h"
#include "srtp/srtp.h"
#include "track.h"

#include <rte_mbuf.h>
#include <signal.h>

#define GEN_SEND_BURST 32 /* most packets sent at once */
#define GEN_HOPS_MAX 64
#define GEN_LOCALS_MAX (GEN_SIDES * GEN_ADDRESSES_MAX)
#define GEN_PORTS 65536
#define GEN_EAL_ARGS 64

struct gen_device {
	const char *name; /* devargs */
	uint16_t port;    /* DPDK's number */
	uint8_t mac[6];
	bool started;
	uint16_t waiting_count; /* packets that the device has not taken yet */
	struct rte_mbuf *waiting[2 * GEN_SEND_BURST];
};

/* One of our addresses. */
struct gen_local {
	struct sotto_net_local net;
	uint8_t device;
	uint32_t
		*stream; /* GEN_PORTS numbers of streams that arrive at a port, plus one; 0: none */
};

/* A next hop. */
struct gen_hop {
	struct sotto_addr addr;
	uint8_t local;
	bool known;
	uint8_t mac[6];
};

/* One direction of a call. */
struct gen_stream {
	/* sending */
	struct sotto_srtp_context *protect; /* NULL: plain RTP */
	uint64_t next;                      /* serial number of the next packet */
	struct gen_source source;
	uint8_t device;
	uint8_t hop;
	uint8_t header_len;
	uint8_t header[SOTTO_NET_HEADER_MAX];

	/* receiving */
	struct sotto_srtp_context *unprotect; /* NULL: plain RTP */
	struct sotto_endpoint from;           /* the gateway's */
	struct gen_track track;
};

/* In packets. */
struct gen_counts {
	uint64_t sent;       /* taken by the device */
	uint64_t received;   /* verified, each once */
	uint64_t reordered;  /* of these: behind a later one */
	uint64_t late;       /* of a trial before, or older than can be told; not received */
	uint64_t duplicate;  /* verified, but here before */
	uint64_t wrong;      /* other bytes than were sent */
	uint64_t bad_tag;    /* SRTP that was not authentic */
	uint64_t malformed;  /* a wrong checksum or length */
	uint64_t unexpected; /* for a port of no call, or not from the call's gateway */
	uint64_t foreign;    /* frames for others; not judged */
	uint64_t unsent;     /* given up: the device did not take them, or a key is used up */
	uint64_t held;       /* times that a device took less than it was offered */
};

struct gen_lane {
	struct sotto_srtp srtp;
	struct sotto_srtp_batch batch;
	struct gen_order order;
	struct gen_pace pace;
	struct gen_counts counts;
	struct gen_histogram latency; /* cycles */
};

struct gen {
	struct gen_options options;
	struct gen_plan plan;
	struct gen_control control;
	bool calls_put;

	char *eal_arg[GEN_EAL_ARGS];
	int eal_count;
	bool eal_started;
	uint64_t hz; /* of the time-stamp counter */
	struct rte_mempool *pool;

	struct gen_device device[GEN_SIDES];
	unsigned device_count;
	struct gen_local local[GEN_LOCALS_MAX];
	unsigned local_count;
	struct gen_hop hop[GEN_HOPS_MAX];
	unsigned hop_count;

	struct sotto_crypto *crypto;
	struct gen_stream *stream; /* those of side a first, in the order of the calls */
	uint32_t stream_count;
	struct gen_lane lane;

	volatile sig_atomic_t stop;
};

/* Parts, each with its end; ends are safe after a start that failed. 0 or an exit status. */
int gen_eal_start(struct gen *gen);
void gen_eal_end(struct gen *gen);

int gen_devices_start(struct gen *gen);
void gen_devices_end(struct gen *gen);

int gen_streams_start(struct gen *gen);
void gen_streams_end(struct gen *gen);

/* neighbor.c: which hop leads from a local address to an address; -1: none, or too many. */
int gen_hop_find(struct gen *gen, unsigned local, const struct sotto_addr *to);

/* Asks for the MAC addresses of all hops until they are known. 0 or an exit status. */
int gen_hops_resolve(struct gen *gen);

/* Answers a frame of kind SOTTO_NET_NEIGHBOR that came from a device, and learns from it. */
void gen_neighbor_frame(struct gen *gen, unsigned device, const uint8_t *frame, uint32_t len);

/* The local address with that address and VLAN on a device, or NULL. */
static inline struct gen_local *gen_local_find(
	struct gen *gen, unsigned device, uint16_t vlan, const struct sotto_addr *addr)
{
	for (unsigned i = 0; i < gen->local_count; i++) {
		struct gen_local *local = &gen->local[i];

		if (local->device == device && local->net.vlan == vlan &&
			sotto_base_addr_equal(&local->net.addr, addr))
			return local;
	}
	return NULL;
}

/* send.c: sends up to count packets, each of the next stream. Returns how many were made. */
unsigned gen_send(struct gen *gen, uint32_t count);

/* Offers what waits to a device again. */
void gen_send_waiting(struct gen *gen, struct gen_device *device);

/* receive.c: takes a burst from a device and verifies it. Returns how many came. */
unsigned gen_receive(struct gen *gen, unsigned device);

/* What a trial came to. */
struct gen_result {
	double asked;    /* packets a second */
	double began;    /* seconds of CLOCK_MONOTONIC */
	double seconds;  /* of sending */
	double offered;  /* packets a second */
	uint64_t let_go; /* packets that were not sent because the machine was elsewhere */
	struct gen_counts counts;
};

static inline uint64_t gen_lost(const struct gen_counts *counts)
{
	return counts->sent > counts->received ? counts->sent - counts->received : 0;
}

/* Packets that should not have been. */
static inline uint64_t gen_faults(const struct gen_counts *counts)
{
	return counts->wrong + counts->bad_tag + counts->duplicate + counts->malformed +
	       counts->unexpected;
}

/*
 * trial.c: sends at a rate for some seconds, waits for what is under way, and fills in *result; the
 * latencies stand in the lane. label: begins the line that is shown each second; NULL: none.
 */
void gen_trial(
	struct gen *gen, double rate, double seconds, const char *label, struct gen_result *result);

/* run.c: all trials, from warm-up to verdict. An exit status. */
int gen_run(struct gen *gen);

#endif
