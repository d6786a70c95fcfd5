/* SPDX-License-Identifier: BSD-3-Clause */
/* What a keying says: one master key of it, and what a leg must have allowed for it. */
#include "keys/keys.h"

#include <assert.h>
#include <string.h>

void sotto_keys_master_at(
	const struct sotto_keying *keying, unsigned i, struct sotto_master *master)
{
	assert(i < keying->count);
	memset(master, 0, sizeof(*master));
	master->suite = keying->suite;
	master->modes = keying->modes;
	memcpy(master->key, keying->master[i].key, keying->suite->key_len);
	memcpy(master->salt, keying->master[i].salt, keying->suite->salt_len);
}

uint8_t sotto_keys_consent(const struct sotto_keying *keying)
{
	return keying->suite->consent | keying->modes;
}
