/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is measured: Sotto on a backend and tier, bare ipsec-mb of a tier, or libsrtp2. */
#ifndef SOTTO_PERF_CONTENDER_H
#define SOTTO_PERF_CONTENDER_H

#include "traffic.h"

/*
 * A way to protect or unprotect a round's packets. open() makes its keys and state for a scene,
 * run() is what the clock sees, all else is outside of it.
 */
struct contender_kind {
	const char *name;
	/* State for a scene, or NULL when this machine cannot. backend and tier as in the driver.
	 */
	void *(*open)(const struct traffic *traffic, const char *backend, const char *tier);
	void (*close)(void *state);
	/* Brings the restored packets into the form that run() needs; may be NULL. */
	void (*prepare)(void *state, struct traffic *traffic);
	/* Works through the round's packets first to end - 1, whole bursts; how many passed. */
	unsigned (*run)(void *state, struct traffic *traffic, unsigned first, unsigned end);
	/* Makes whole packets of what run() left, so that they can be compared; may be NULL. */
	void (*finish)(void *state, struct traffic *traffic, unsigned n);
};

extern const struct contender_kind contender_sotto;
extern const struct contender_kind contender_raw;     /* ipsecmb only; counter mode and HMAC */
extern const struct contender_kind contender_raw_gcm; /* the same for AES-GCM */
extern const struct contender_kind contender_libsrtp; /* no backend; opens nowhere if not built */

/* Writes what libsrtp2 this is into out; "not built in" without one. */
void contender_libsrtp_describe(char *out, size_t size);

#endif
