/* SPDX-License-Identifier: BSD-3-Clause */
/* A Sotto instance with many streams; see lanes.h. */
#include "lanes.h"

#include "drivers/crypto/drivers.h"

#include <stdlib.h>
#include <string.h>

static struct sotto_key *key_alloc(size_t size)
{
	return aligned_alloc(SOTTO_CACHE_LINE, size);
}

static bool lane_open(struct lane *lane, struct sotto_crypto *crypto,
	const struct sotto_master *master, struct sotto_key *unused)
{
	size_t size =
		sotto_crypto_key_size(crypto->backend, master->suite->cipher, master->suite->auth);

	lane->key = key_alloc(size);
	if (!lane->key || sotto_keys_build(crypto, master, lane->key, unused) != 0)
		return false;
	sotto_crypto_key_wipe(unused); /* no SRTCP here */
	lane->context.rtp = lane->key;
	lane->context.rtcp = lane->key;
	lane->context.streams = &lane->stream;
	lane->context.stream_count = 1;
	return true;
}

static bool open_all(struct lanes *lanes, const struct sotto_master *masters)
{
	const struct sotto_crypto_backend *backend = lanes->crypto->backend;
	struct sotto_key *unused = key_alloc(
		sotto_crypto_key_size(backend, masters->suite->cipher, masters->suite->auth));
	bool good = unused != NULL;

	for (unsigned i = 0; good && i < lanes->count; i++)
		good = lane_open(&lanes->lanes[i], lanes->crypto, &masters[i], unused);
	free(unused);
	return good;
}

bool lanes_open(struct lanes *lanes, const char *backend, const char *tier,
	const struct sotto_master *masters, unsigned count, struct sotto_srtp *srtp)
{
	const struct sotto_crypto_backend *table = sotto_crypto_backend_by_name(backend);

	memset(lanes, 0, sizeof(*lanes));
	if (!table || table->create(tier, &lanes->crypto) != 0)
		return false;
	lanes->count = count;
	lanes->lanes = aligned_alloc(SOTTO_CACHE_LINE, count * sizeof(*lanes->lanes));
	if (lanes->lanes)
		memset(lanes->lanes, 0, count * sizeof(*lanes->lanes));
	if (!lanes->lanes || !open_all(lanes, masters)) {
		lanes_close(lanes);
		return false;
	}
	if (srtp)
		sotto_srtp_init(srtp, lanes->crypto);
	return true;
}

void lanes_close(struct lanes *lanes)
{
	for (unsigned i = 0; lanes->lanes && i < lanes->count; i++) {
		sotto_crypto_key_wipe(lanes->lanes[i].key);
		free(lanes->lanes[i].key);
	}
	free(lanes->lanes);
	if (lanes->crypto)
		lanes->crypto->backend->destroy(lanes->crypto);
	memset(lanes, 0, sizeof(*lanes));
}
