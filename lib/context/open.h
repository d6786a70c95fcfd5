/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A context (srtp/context.h) from a keying (keys/keys.h), all in one piece of memory: for programs
 * that have no memory plan of their own, as the engine has. Slow path: allocates, derives keys.
 *
 * Who uses what: the thread that opens a context needs a crypto instance for it; the thread that
 * runs packets through it, its owner, needs another, of the same backend and tier. They may be one
 * thread, and then one instance.
 */
#ifndef SOTTO_CONTEXT_OPEN_H
#define SOTTO_CONTEXT_OPEN_H

#include "keys/keys.h"
#include "srtp/context.h"

#define SOTTO_CONTEXT_SSRCS 4     /* when options.ssrcs is 0 */
#define SOTTO_CONTEXT_WINDOW 1024 /* when neither options.window nor the key line has one */

/* How a context shall be. All zero is a receiver that takes no weak suite. */
struct sotto_context_options {
	bool sends;          /* the context is for protect; false: for unprotect. Never both */
	bool repeat;         /* sends: a packet identical to one sent before may be sent again */
	bool verify_only;    /* receives: check the tag, and leave the packet as it is */
	bool cryptex;        /* RFC 9335: hide CSRCs and header extensions as wholes */
	uint8_t allow;       /* enum sotto_consent bits: weak suites and modes that are taken */
	uint8_t send_master; /* sends: number of the master key to use */
	uint32_t ssrcs;      /* 1 to SOTTO_SRTP_SLOTS_MAX; 0 = SOTTO_CONTEXT_SSRCS */
	uint32_t window;     /* packets; 0 = as the key line hints */
	uint32_t roc;        /* rollover counter that every new SSRC begins with */
	uint64_t ids[4];     /* bit n % 64 of word n / 64: extension element n (RFC 6904) */

	/*
	 * Re-key: the context before this one, or NULL; none of its master keys may be in this one.
	 * Its SSRCs go on under the new key, with their rollover counters; try_roc_zero: or begin
	 * anew with 0, as some peers do. A receiver also takes packets under the old key until
	 * sotto_srtp_batch.now_us has come to until_us; 0 = none. Then old must stay open until
	 * sotto_context_forget() was called and the owner has finished its burst.
	 */
	const struct sotto_srtp_context *old;
	bool try_roc_zero; /* receives */
	uint64_t until_us;
};

/*
 * Opens a context. The keying is the caller's to wipe. Any thread, with its own crypto instance; an
 * old context may be in use meanwhile. 0; -EACCES the suite or a mode is not in options.allow;
 * -ENOTSUP the backend lacks the suite; -EINVAL the keying contradicts itself, an option is out of
 * range, or not for this direction; -EEXIST the old context has the same master key, whose indices
 * would be used twice; -ENOMEM; -EIO the backend failed. On error *out is unchanged and no key
 * material is left behind.
 */
int sotto_context_open(struct sotto_crypto *crypto, const struct sotto_keying *keying,
	const struct sotto_context_options *options, struct sotto_srtp_context **out);

/* Lets go of the old context: its key counts no longer. Any thread, also while in use. */
void sotto_context_forget(struct sotto_srtp_context *context);

/*
 * Wipes the keys and the streams and frees them. No thread may use the context any more, nor may a
 * newer one still have it as its old one. NULL is allowed.
 */
void sotto_context_close(struct sotto_srtp_context *context);

#endif
