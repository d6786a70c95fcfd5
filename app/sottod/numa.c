/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets of the machine; see numa.h. */
#include "numa.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOCKETS_MAX 64 /* bits of a mask */

int numa_choose(const int *socket, unsigned count)
{
	unsigned votes[SOCKETS_MAX] = {0};
	int best = NUMA_ANY;

	for (unsigned i = 0; i < count; i++) {
		if (socket[i] >= 0 && socket[i] < SOCKETS_MAX)
			votes[socket[i]]++;
	}
	for (int s = 0; s < SOCKETS_MAX; s++) {
		if (votes[s] > (best < 0 ? 0 : votes[best]))
			best = s;
	}
	return best;
}

int numa_prefer(int socket)
{
	unsigned long mask;

	if (socket < 0 || socket >= SOCKETS_MAX)
		return -EINVAL;
	mask = 1ul << socket;
	/* the kernel takes one bit less than it is told */
	return syscall(SYS_set_mempolicy, MPOL_PREFERRED, &mask, SOCKETS_MAX + 1ul) == 0 ? 0
											 : -errno;
}
