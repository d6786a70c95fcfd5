/* SPDX-License-Identifier: BSD-3-Clause */
/* An instance of the ipsec-mb backend, and whose it is. */
#ifndef SOTTO_DRIVERS_CRYPTO_IPSECMB_INSTANCE_H
#define SOTTO_DRIVERS_CRYPTO_IPSECMB_INSTANCE_H

#include "drivers/crypto/common.h"

#include <intel-ipsec-mb.h>
#include <pthread.h>

struct sotto_ipsecmb {
	struct sotto_crypto base; /* first: the contract's head */
	IMB_MGR *mgr;             /* in memory of our own, so that it can be wiped whole */
	IMB_JOB jobs[SOTTO_BURST] SOTTO_ALIGNED(SOTTO_CACHE_LINE);
	struct gcm_context_data gcm SOTTO_ALIGNED(16); /* of one job; zero between bursts */
	uint16_t gcm_end; /* bytes of struct gcm_key_data that this tier fills; constant */
	/* written by the first burst of a debug build, read by every later one */
	pthread_t owner;
	bool has_owner;
	char description[SOTTO_DESCRIBE_MAX];
};

/*
 * A manager is not thread safe: the thread that runs the first burst owns the instance for good.
 * Whether the caller is the owner; only for assert(), so a release build never asks.
 */
static inline bool sotto_ipsecmb_owned(struct sotto_ipsecmb *self)
{
	if (!self->has_owner) {
		self->owner = pthread_self();
		self->has_owner = true;
	}
	return pthread_equal(self->owner, pthread_self()) != 0;
}

#endif
