/* SPDX-License-Identifier: BSD-3-Clause */
/* What interface.c and ports.c share. Private to lib/session. */
#ifndef SOTTO_SESSION_PORTS_H
#define SOTTO_SESSION_PORTS_H

#include "session/interface.h"

static inline uint32_t sotto_interface_pairs(const struct sotto_interface *interface)
{
	return (interface->port_high - interface->port_low + 1u) / 2;
}

#endif
