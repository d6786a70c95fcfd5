/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * To which receive queue a device brings a packet. The description of the device's hash is constant
 * data that the app fills in; here it is only evaluated, without DPDK.
 *
 * The Toeplitz hash of receive side scaling is linear: the hash of a whole input is the exclusive
 * or of what each of its bytes would give alone. So a device is described by one row of 256 shares
 * for each byte of addresses and ports, whatever key it has and wherever it puts the byte; a byte
 * that it does not hash has shares of 0. Masked flow rules on port bits have the same shape.
 */
#ifndef SOTTO_STEER_STEER_H
#define SOTTO_STEER_STEER_H

#include "base/addr.h"

#define SOTTO_STEER_QUEUES_MAX 64
#define SOTTO_STEER_TABLE_MAX 2048 /* entries of the redirection table; a power of two */
#define SOTTO_STEER_INPUT_MAX 36   /* bytes of two IPv6 addresses and two ports */

/* What decides about the queue of a UDP packet. */
enum sotto_steer_by {
	SOTTO_STEER_BY_NOTHING, /* that we could compute */
	SOTTO_STEER_BY_PORT,    /* the destination port alone */
	SOTTO_STEER_BY_TUPLE,   /* where it comes from, too */
};

/* The hash of one address family. */
struct sotto_steer_hash {
	enum sotto_steer_by by;
	/* [byte of source, destination, source port, destination port, as on the wire][value] */
	uint32_t share[SOTTO_STEER_INPUT_MAX][256];
};

/* A device. Constant while an interface names it. */
struct sotto_steer {
	uint32_t mask; /* entries of the table in use - 1: the hash's low bits choose one */
	uint8_t queue[SOTTO_STEER_TABLE_MAX];
	struct sotto_steer_hash hash[2]; /* IPv4, IPv6 */
};

/* Bytes of a family's addresses and ports: 12 or 36. */
static inline unsigned sotto_steer_input(uint8_t family)
{
	return family == 4 ? 12 : 36;
}

static inline const struct sotto_steer_hash *sotto_steer_hash(
	const struct sotto_steer *steer, uint8_t family)
{
	return &steer->hash[family == 4 ? 0 : 1];
}

/*
 * What all but the local port add to the hash of packets from remote to local. Both are of one
 * family; remote may be NULL where the port alone decides.
 */
uint32_t sotto_steer_path(const struct sotto_steer *steer, const struct sotto_endpoint *remote,
	const struct sotto_addr *local);

/* The queue of packets on that path to a local port (host order). */
static inline unsigned sotto_steer_queue(
	const struct sotto_steer *steer, uint8_t family, uint32_t path, uint16_t port)
{
	const uint32_t(*share)[256] =
		&sotto_steer_hash(steer, family)->share[sotto_steer_input(family) - 2];

	return steer->queue[(path ^ share[0][port >> 8] ^ share[1][port & 0xff]) & steer->mask];
}

/*
 * Port bits that flow rules look at, so that a few masked rules share the ports out over queues (1
 * to SOTTO_STEER_QUEUES_MAX): the lowest bits above the one that tells RTP from RTCP, so few that
 * there are 2^bits rules of each family, so many that no queue gets less than 3/4 of its part.
 */
unsigned sotto_steer_rule_bits(unsigned queues);

/* The queue of rule number value, 0 to 2^bits - 1. */
static inline unsigned sotto_steer_rule_queue(unsigned value, unsigned queues)
{
	return value % queues;
}

/* Describes a device that has those rules for both families. *out needs no initial value. */
void sotto_steer_by_rules(struct sotto_steer *out, unsigned queues);

#endif
