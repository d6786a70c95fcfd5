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

static bool lane_open(struct lanes *lanes, unsigned i, const struct sotto_srtp_shape *shape,
	const struct sotto_master *master, struct sotto_key *unused)
{
	struct lane *lane = lanes_at(lanes, i);

	lane->key = key_alloc(sotto_keys_size(lanes->crypto->backend, master->suite));
	if (!lane->key || sotto_keys_build(lanes->crypto, master, lane->key, unused) != 0)
		return false;
	sotto_crypto_key_wipe(unused); /* no SRTCP here */
	lane->context.rtp = lane->key;
	lane->context.rtcp = lane->key;
	lane->context.streams = (struct sotto_srtp_streams *)(lane + 1);
	sotto_srtp_streams_init(lane->context.streams, shape);
	return true;
}

static bool open_all(struct lanes *lanes, const struct lanes_wish *wish)
{
	const struct sotto_srtp_shape shape = {.count = 1, .window = wish->window};
	size_t size = sotto_keys_size(lanes->crypto->backend, wish->masters->suite);
	struct sotto_key *unused = size != 0 ? key_alloc(size) : NULL;
	bool good = unused != NULL;

	lanes->stride = sizeof(struct lane) + sotto_srtp_streams_size(&shape);
	lanes->memory = aligned_alloc(SOTTO_CACHE_LINE, wish->count * lanes->stride);
	if (lanes->memory)
		memset(lanes->memory, 0, wish->count * lanes->stride);
	good = good && lanes->memory;
	for (unsigned i = 0; good && i < wish->count; i++)
		good = lane_open(lanes, i, &shape, &wish->masters[i], unused);
	free(unused);
	return good;
}

bool lanes_open(struct lanes *lanes, const struct lanes_wish *wish, struct sotto_srtp *srtp)
{
	const struct sotto_crypto_backend *table = sotto_crypto_backend_by_name(wish->backend);

	memset(lanes, 0, sizeof(*lanes));
	if (!table || table->create(wish->tier, &lanes->crypto) != 0)
		return false;
	lanes->count = wish->count;
	if (!open_all(lanes, wish)) {
		lanes_close(lanes);
		return false;
	}
	sotto_srtp_init(srtp, lanes->crypto);
	return true;
}

void lanes_close(struct lanes *lanes)
{
	for (unsigned i = 0; lanes->memory && i < lanes->count; i++) {
		sotto_crypto_key_wipe(lanes_at(lanes, i)->key);
		free(lanes_at(lanes, i)->key);
	}
	free(lanes->memory);
	if (lanes->crypto)
		lanes->crypto->backend->destroy(lanes->crypto);
	memset(lanes, 0, sizeof(*lanes));
}
