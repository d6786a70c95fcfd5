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
	/* Brings the packets in the pool into the form that run() needs; may be NULL. */
	void (*prepare)(void *state, struct traffic *traffic);
	/* Works through the round's packets first to end - 1, whole bursts; how many passed. */
	unsigned (*run)(void *state, struct traffic *traffic, unsigned first, unsigned end);
	/* Makes whole packets of those in the pool up to end, to be compared; may be NULL. */
	void (*finish)(void *state, struct traffic *traffic, unsigned end);
	/* Writes which pages its streams are on; NULL: the library takes what memory it likes. */
	void (*pages)(void *state, char *out, size_t size);
	/* Writes what library this is; NULL: one of the backends, which have their own say. */
	void (*describe)(char *out, size_t size);
	size_t stream_bytes; /* of memory for each stream, at most */
	unsigned streams;    /* most that it is asked to take; 0: no end */
};

extern const struct contender_kind contender_sotto;
extern const struct contender_kind contender_raw;     /* ipsecmb only; counter mode and HMAC */
extern const struct contender_kind contender_raw_gcm; /* the same for AES-GCM */
extern const struct contender_kind contender_libsrtp; /* the distribution's; no backend */
extern const struct contender_kind contender_libsrtp_openssl; /* that of -Dlibsrtp_openssl */

/* contender_libsrtp.c and its stand-in are compiled once for each libsrtp2; this names which. */
#ifndef LIBSRTP_CONTENDER
#define LIBSRTP_CONTENDER contender_libsrtp
#define LIBSRTP_NAME "libsrtp2"
#endif
#define LIBSRTP_STREAMS_MAX 1000 /* more sessions take gigabytes, and nothing is asked of them */

#endif
