/* SPDX-License-Identifier: BSD-3-Clause */
/* Master keys for tests: reproducible, different for each number. */
#include "masters.h"

#include "unit.h"

#include <string.h>

const struct sotto_suite *suite_named(const char *name)
{
	const struct sotto_suite *suite = sotto_keys_suite_by_name(name, strlen(name));

	ck_assert_msg(suite != NULL, "no suite %s", name);
	return suite;
}

struct sotto_master any_master(const struct sotto_suite *suite, unsigned n)
{
	struct sotto_master master;

	memset(&master, 0, sizeof(master));
	master.suite = suite;
	for (unsigned i = 0; i < suite->key_len; i++)
		master.key[i] = (uint8_t)(n * 37 + i * 101 + 1);
	for (unsigned i = 0; i < suite->salt_len; i++)
		master.salt[i] = (uint8_t)(n * 59 + i * 211);
	return master;
}

uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

static void random_bytes(uint8_t *out, size_t len, uint64_t *state)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)next_random(state);
}

static uint64_t random_lifetime(uint64_t *state)
{
	switch (next_random(state) % 3) {
	case 0:
		return 0;
	case 1:
		return 1ull << next_random(state) % 49;
	default:
		return 1 + ((uint64_t)next_random(state) << 17 | next_random(state) % 131072);
	}
}

/* A value that fits the length and that no other key of the keying has. */
static uint64_t random_mki(const struct sotto_keying *keying, unsigned i, uint64_t *state)
{
	uint64_t v = (uint64_t)next_random(state) << 33 | next_random(state);

	if (keying->mki_len < 8)
		v &= (1ull << 8 * keying->mki_len) - 1;
	for (unsigned k = 0; k < i; k++) {
		if (keying->master[k].mki == v)
			return random_mki(keying, i, state);
	}
	return v;
}

static sotto_modes random_modes(const struct sotto_suite *suite, uint64_t *state)
{
	sotto_modes modes = SOTTO_CONSENT_UNENCRYPTED_SRTCP;

	if (!sotto_crypto_is_aead(suite->cipher))
		modes |= SOTTO_CONSENT_UNENCRYPTED_SRTP | SOTTO_CONSENT_UNAUTHENTICATED_SRTP;
	return modes & (sotto_modes)next_random(state);
}

struct sotto_keying random_keying(const struct sotto_suite *suite, uint64_t *state)
{
	static const uint32_t windows[] = {0, 8, 64, 128, 1000000, UINT32_MAX};
	struct sotto_keying keying;

	memset(&keying, 0, sizeof(keying));
	keying.suite = suite;
	keying.modes = random_modes(suite, state);
	keying.window = windows[next_random(state) % 6];
	keying.count = 1;
	if (next_random(state) % 4 != 0) {
		keying.mki_len = (uint8_t)(1 + next_random(state) % SOTTO_MKI_LEN_MAX);
		keying.count = (uint8_t)(1 + next_random(state) % SOTTO_MASTERS_MAX);
	}
	for (unsigned i = 0; i < keying.count; i++) {
		random_bytes(keying.master[i].key, suite->key_len, state);
		random_bytes(keying.master[i].salt, suite->salt_len, state);
		keying.master[i].lifetime = random_lifetime(state);
		if (keying.mki_len > 0)
			keying.master[i].mki = random_mki(&keying, i, state);
	}
	return keying;
}
