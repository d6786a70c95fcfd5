/* SPDX-License-Identifier: BSD-3-Clause */
/* On which socket of the machine memory goes. */
#ifndef SOTTO_APP_NUMA_H
#define SOTTO_APP_NUMA_H

#define NUMA_ANY (-1) /* as DPDK's SOCKET_ID_ANY */

/*
 * The socket for memory that all of some devices or cores use: the one with the most of them, the
 * lower of equals. Those that belong to none (NUMA_ANY) have no say. NUMA_ANY when nobody has.
 */
int numa_choose(const int *socket, unsigned count);

/*
 * Has the memory that this thread touches first come from a socket, as long as that has any. 0, or
 * a negative errno with nothing changed (containers may forbid it).
 */
int numa_prefer(int socket);

#endif
