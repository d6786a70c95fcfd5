/* SPDX-License-Identifier: BSD-3-Clause */
/* A Sotto instance with many streams; see lanes.h. */
#include "lanes.h"

#include "drivers/crypto/drivers.h"

#include <string.h>

static struct sotto_key *key_at(const struct lanes *lanes, unsigned i)
{
	return (struct sotto_key *)((uint8_t *)lanes->keys.memory + i * lanes->key_size);
}

static bool lane_open(struct lanes *lanes, unsigned i, const struct sotto_srtp_shape *shape,
	const struct sotto_master *master)
{
	struct sotto_key *unused = key_at(lanes, lanes->count); /* for SRTCP, which is not here */
	struct lane *lane = lanes_at(lanes, i);

	lane->key = key_at(lanes, i);
	if (sotto_keys_build(lanes->crypto, master, lane->key, unused) != 0)
		return false;
	sotto_crypto_key_wipe(unused);
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
	bool good = size != 0;

	lanes->stride = sizeof(struct lane) + sotto_srtp_streams_size(&shape);
	lanes->key_size = (size + SOTTO_CACHE_LINE - 1) / SOTTO_CACHE_LINE * SOTTO_CACHE_LINE;
	good = good && pages_alloc(&lanes->memory, wish->count * lanes->stride) &&
	       pages_alloc(&lanes->keys, (wish->count + 1ul) * lanes->key_size);
	for (unsigned i = 0; good && i < wish->count; i++)
		good = lane_open(lanes, i, &shape, &wish->masters[i]);
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
	pages_free(&lanes->memory);
	pages_free(&lanes->keys);
	if (lanes->crypto)
		lanes->crypto->backend->destroy(lanes->crypto);
	memset(lanes, 0, sizeof(*lanes));
}
