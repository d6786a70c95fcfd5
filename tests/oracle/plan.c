/* SPDX-License-Identifier: BSD-3-Clause */
/* Drawing sessions; see plan.h. */
#include "plan.h"

#include <string.h>

#define WINDOW_LOOSE 1024 /* most where every forged SSRC takes a slot, and its window */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Without those that are only other spellings. */
static const char *const suite_names[PLAN_SUITES] = {
	"AES_CM_128_HMAC_SHA1_80",
	"AES_CM_128_HMAC_SHA1_32",
	"AES_256_CM_HMAC_SHA1_80",
	"AES_256_CM_HMAC_SHA1_32",
	"AES_192_CM_HMAC_SHA1_80",
	"AES_192_CM_HMAC_SHA1_32",
	"AEAD_AES_128_GCM",
	"AEAD_AES_256_GCM",
	"NULL_HMAC_SHA1_80",
	"NULL_HMAC_SHA1_32",
};

const struct sotto_suite *plan_suite_at(unsigned i)
{
	return i < PLAN_SUITES ? sotto_keys_suite_by_name(suite_names[i], strlen(suite_names[i]))
			       : NULL;
}

/* RFC 4568, 6.3.2 and 6.3.3; an AEAD is never without its tag. */
static sotto_modes draw_modes(struct random *random, const struct sotto_suite *suite)
{
	static const sotto_modes some[] = {
		SOTTO_CONSENT_UNENCRYPTED_SRTP,
		SOTTO_CONSENT_UNENCRYPTED_SRTCP,
		SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP,
		SOTTO_CONSENT_UNAUTHENTICATED_SRTP,
		SOTTO_CONSENT_UNAUTHENTICATED_SRTP | SOTTO_CONSENT_UNENCRYPTED_SRTCP,
	};

	if (suite->cipher == SOTTO_CIPHER_NONE || !random_one_in(random, 5))
		return 0;
	if (sotto_crypto_is_aead(suite->cipher))
		return SOTTO_CONSENT_UNENCRYPTED_SRTCP;
	return some[random_below(random, COUNT(some))];
}

/* Multiples of 32: libsrtp2 rounds others up. */
static uint32_t draw_window(struct random *random)
{
	static const uint32_t windows[] = {64, 96, 160, 192, 256, 480, 1024, 4096, 8160, 32768};

	return random_one_in(random, 2) ? 128 : windows[random_below(random, COUNT(windows))];
}

static void draw_ids(struct plan *plan, struct random *random, const struct settings *settings)
{
	bool loose = plan_tag_len(plan) == 0; /* a forged extension may be none that it parses */
	bool clear = plan->suite->cipher == SOTTO_CIPHER_NONE ||
		     plan->modes & SOTTO_CONSENT_UNENCRYPTED_SRTP ||
		     (settings->follow_192 && plan->suite->cipher == SOTTO_CIPHER_AES_CM_192);

	if (clear || loose || !random_one_in(random, 4))
		return;
	plan->id_count = (uint8_t)random_between(random, 1, PLAN_IDS);
	for (unsigned i = 0; i < plan->id_count; i++)
		plan->ids[i] = (uint8_t)(random_one_in(random, 2) ? random_between(random, 1, 14)
								  : random_between(random, 1, 255));
}

/*
 * Two receptions under one key cannot both go on: libsrtp2's session has one twin (judge.h), and
 * the twin none.
 */
static void draw_rekeys(struct plan *plan, struct random *random)
{
	static const enum rekey some[][PLAN_REKEYS] = {
		{REKEY_NONE, REKEY_NONE},
		{REKEY_KEEP, REKEY_NONE},
		{REKEY_RESET, REKEY_NONE},
		{REKEY_KEEP, REKEY_RESET},
		{REKEY_RESET, REKEY_KEEP},
		{REKEY_RESET, REKEY_RESET},
	};

	memcpy(plan->rekeys, some[random_below(random, COUNT(some))], sizeof(plan->rekeys));
}

void plan_draw(struct plan *plan, struct random *random, const struct settings *settings)
{
	memset(plan, 0, sizeof(*plan));
	plan->suite_number = random_below(random, PLAN_SUITES);
	while (settings->suite && plan_suite_at(plan->suite_number) != settings->suite)
		plan->suite_number = (plan->suite_number + 1) % PLAN_SUITES;
	plan->suite = plan_suite_at(plan->suite_number);
	plan->modes = draw_modes(random, plan->suite);
	plan->window = draw_window(random);
	if (plan_tag_len(plan) == 0 && plan->window > WINDOW_LOOSE)
		plan->window = WINDOW_LOOSE;
	draw_ids(plan, random, settings);
	draw_rekeys(plan, random);
}

/* A value that fits into len bytes and that none of the masters before has. */
static uint64_t draw_mki(struct random *random, const struct sotto_keying *keying, unsigned before)
{
	uint64_t mki = random_next(random);
	bool taken = false;

	if (keying->mki_len < 8)
		mki &= (1ull << (8 * keying->mki_len)) - 1;
	for (unsigned i = 0; i < before; i++)
		taken = taken || keying->master[i].mki == mki;
	return taken ? draw_mki(random, keying, before) : mki;
}

void plan_draw_keying(const struct plan *plan, struct random *random, struct sotto_keying *keying)
{
	static const uint8_t lengths[] = {1, 2, 4, 8, 20, SOTTO_MKI_LEN_MAX};

	memset(keying, 0, sizeof(*keying));
	keying->suite = plan->suite;
	keying->modes = plan->modes;
	keying->count = 1;
	if (random_one_in(random, 3)) {
		keying->count = (uint8_t)random_between(random, 1, PLAN_MASTERS);
		keying->mki_len = lengths[random_below(random, COUNT(lengths))];
	}
	for (unsigned i = 0; i < keying->count; i++) {
		struct sotto_keyed *master = &keying->master[i];

		random_bytes(random, master->key, plan->suite->key_len);
		random_bytes(random, master->salt, plan->suite->salt_len);
		if (keying->mki_len != 0)
			master->mki = draw_mki(random, keying, i);
	}
}

uint32_t plan_tag_len(const struct plan *plan)
{
	return plan->modes & SOTTO_CONSENT_UNAUTHENTICATED_SRTP ? 0 : plan->suite->tag_len;
}

bool plan_has_rtcp(const struct plan *plan, const struct sotto_keying *keying)
{
	return keying->mki_len == 0 || plan_tag_len(plan) == plan->suite->rtcp_tag_len;
}
