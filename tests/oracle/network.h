/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bad network between the two ends: packets get lost, come late, come several times, come again
 * long after, and strangers send changed copies. Order and fate follow from the world's numbers.
 */
#ifndef SOTTO_TESTS_ORACLE_NETWORK_H
#define SOTTO_TESTS_ORACLE_NETWORK_H

#include "world.h"

#define ARRIVALS_MAX 2048 /* packets that may arrive between two receptions */
#define DELAYED_MAX 48
#define HISTORY 256 /* packets that an eavesdropper remembers */

struct network {
	struct packet arrivals[ARRIVALS_MAX];
	unsigned arrived;
	struct packet delayed[DELAYED_MAX];
	unsigned late;
	struct packet history[HISTORY];
	unsigned remembered;
};

/* Forgets all packets. */
void network_reset(struct network *network);

/* Sends a packet; what arrives of it now, and of others, is appended to arrivals. */
void network_send(struct network *network, struct random *random, const struct packet *packet);

/* Lets all delayed packets arrive. */
void network_release(struct network *network);

#endif
