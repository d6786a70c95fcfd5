/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that held keys is wiped when it is freed, in the libraries that read requests as well
 * (blocks.c); and nobody else gets at it: no core, no debugger, no swap, no child.
 */
#include "app.h"
#include "blocks.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

void app_memory_harden(void)
{
	static const struct rlimit no_core;

	app_blocks_use();
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
}

int app_close_on_exec(struct app *app)
{
	/* DPDK's own would be inherited otherwise, the one of all its memory among them. Below 3
	 * stand the standard streams. */
	if (close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	app_say('4', "descriptors are not closed on exec: %s", strerror(errno));
	return 0;
}

int app_memory_lock(struct app *app)
{
	/* on fault: DPDK reserves far more addresses than it ever fills */
	if (!app->config.lock_memory || mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
		return 0;
	app_say('3',
		"memory cannot be locked (%s), so keys could be swapped out: raise the limit of "
		"locked memory (LimitMEMLOCK, ulimit -l), or set lock_memory = no",
		strerror(errno));
	return -EPERM;
}
