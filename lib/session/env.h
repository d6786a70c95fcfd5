/* SPDX-License-Identifier: BSD-3-Clause */
/* What the session library needs from outside: memory and grace periods. The app supplies both. */
#ifndef SOTTO_SESSION_ENV_H
#define SOTTO_SESSION_ENV_H

#include "crypto/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sotto_session_env {
	void *arg; /* handed to each function */
	/* Zeroed memory, aligned to the cache line; NULL when there is none. */
	void *(*alloc)(void *arg, size_t size);
	void (*release)(void *arg, void *memory);
	/* Starts a grace period: the token is over once no worker can hold an older pointer. */
	uint64_t (*grace_begin)(void *arg);
	bool (*grace_over)(void *arg, uint64_t token);
	struct sotto_crypto *crypto; /* the control thread's own instance, to build keys with */
};

#endif
