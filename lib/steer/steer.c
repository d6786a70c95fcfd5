/* SPDX-License-Identifier: BSD-3-Clause */
/* Evaluating a device's hash; and the shape of flow rules on port bits. */
#include "steer/steer.h"

#include "base/bytes.h"

static uint32_t add_up(const uint32_t (*share)[256], const uint8_t *bytes, size_t len)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < len; i++)
		hash ^= share[i][bytes[i]];
	return hash;
}

uint32_t sotto_steer_path(const struct sotto_steer *steer, const struct sotto_endpoint *remote,
	const struct sotto_addr *local)
{
	const struct sotto_steer_hash *hash = sotto_steer_hash(steer, local->family);
	size_t len = sotto_base_addr_len(local->family);
	uint8_t port[2];

	if (hash->by != SOTTO_STEER_BY_TUPLE || !remote)
		return 0;
	sotto_base_put16(port, remote->port);
	return add_up(hash->share, remote->addr.bytes, len) ^
	       add_up(hash->share + len, local->bytes, len) ^
	       add_up(hash->share + 2 * len, port, sizeof(port));
}

/* With n rules a queue has n / queues of them or one more: 4 times as many rules lose 1/4 at most.
 */
unsigned sotto_steer_rule_bits(unsigned queues)
{
	unsigned bits = 0;

	while ((1u << bits) % queues != 0 && 1u << bits < 4 * queues)
		bits++;
	return bits;
}

static void fill_hash(struct sotto_steer_hash *hash, unsigned input)
{
	hash->by = SOTTO_STEER_BY_PORT;
	for (unsigned value = 0; value < 256; value++) {
		hash->share[input - 2][value] = value << 7;
		hash->share[input - 1][value] = value >> 1;
	}
}

void sotto_steer_by_rules(struct sotto_steer *out, unsigned queues)
{
	memset(out, 0, sizeof(*out));
	out->mask = (1u << sotto_steer_rule_bits(queues)) - 1;
	for (unsigned value = 0; value <= out->mask; value++)
		out->queue[value] = (uint8_t)sotto_steer_rule_queue(value, queues);
	fill_hash(&out->hash[0], sotto_steer_input(4));
	fill_hash(&out->hash[1], sotto_steer_input(6));
}
