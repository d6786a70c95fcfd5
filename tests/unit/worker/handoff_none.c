/* SPDX-License-Identifier: BSD-3-Clause */
/* Nobody watches; see handoff.h. */
#include "handoff.h"

#include <stddef.h>

void handoff_give(void *object)
{
	(void)object;
}

void handoff_take(void *object)
{
	(void)object;
}

void handoff_watch_device(uint16_t port, uint16_t queues)
{
	(void)port;
	(void)queues;
}

const char *handoff_pool_ops(void)
{
	return NULL;
}
