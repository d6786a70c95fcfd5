/* SPDX-License-Identifier: BSD-3-Clause */
/* What the session library needs from outside: memory and grace periods. The app supplies both. */
#ifndef SOTTO_SESSION_ENV_H
#define SOTTO_SESSION_ENV_H

#include "srtp/context.h"

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
	/*
	 * Has the owner worker preset a stream of streams that it already uses. False: no room for
	 * the order. The order is carried out before the worker's next quiescent state.
	 */
	bool (*preset)(void *arg, unsigned worker, struct sotto_srtp_streams *streams,
		const struct sotto_srtp_preset *preset);
	struct sotto_crypto *crypto; /* the control thread's own instance, to build keys with */
};

#endif
