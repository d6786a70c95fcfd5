/* SPDX-License-Identifier: BSD-3-Clause */
/* A bad network; see network.h. */
#include "network.h"

#include <stdlib.h>

void network_reset(struct network *network)
{
	network->arrived = 0;
	network->late = 0;
	network->remembered = 0;
}

static struct packet *arrive(struct network *network, const struct packet *packet)
{
	struct packet *to = &network->arrivals[network->arrived++];

	if (network->arrived > ARRIVALS_MAX)
		abort();
	packet_copy(to, packet);
	return to;
}

/* Bytes of header and trailer that a change would give another shape, SSRC, index or MKI. */
static bool in_shape(const struct packet *packet, uint32_t at)
{
	uint32_t header;

	if (at >= packet->aside_at && at < packet->aside_at + packet->aside_len)
		return true;
	if (packet->kind == SOTTO_SRTCP)
		return at < 8;
	header = 12 + 4u * (packet->bytes[0] & 15);
	return at < 12 || (packet->bytes[0] & 0x10 && at >= header && at < header + 4);
}

/* libsrtp2 does not look at the RTP version, so a change of it must show in the tag. */
static void change_byte(struct random *random, struct packet *packet, uint32_t at)
{
	if (packet->loose && at == 0)
		at = 1;
	packet->reshaped |= in_shape(packet, at);
	packet->bytes[at] ^= (uint8_t)random_between(random, 1, 255);
	packet->forged = true;
}

/* A byte of the tag, or where there is none any byte. */
static uint32_t in_tag(struct random *random, const struct packet *packet)
{
	if (packet->tag_len == 0)
		return random_below(random, packet->len);
	return packet->tag_at + random_below(random, packet->tag_len);
}

/* One way of forging: the tag, any byte, the header, index or MKI, a cut, or bytes more. */
static void forge(struct random *random, struct packet *packet)
{
	switch (random_below(random, 7)) {
	case 0:
	case 1:
		change_byte(random, packet, in_tag(random, packet));
		break;
	case 2:
	case 3:
		change_byte(random, packet, random_below(random, packet->len));
		break;
	case 4:
		change_byte(random, packet, random_below(random, 12));
		break;
	case 5:
		change_byte(random, packet,
			packet->aside_len
				? packet->aside_at + random_below(random, packet->aside_len)
				: random_below(random, packet->len));
		break;
	default:
		packet->len = random_one_in(random, 2)
				      ? random_below(random, packet->len)
				      : packet->len + random_between(random, 1, 20);
		packet->forged = true;
		packet->reshaped = true;
		break;
	}
}

static void arrive_forged(
	struct network *network, struct random *random, const struct packet *packet)
{
	forge(random, arrive(network, packet));
}

/* The same packet several times, at once. */
static void arrive_copies(
	struct network *network, struct random *random, const struct packet *packet)
{
	for (unsigned n = random_between(random, 1, 7); n > 0; n--)
		arrive(network, packet);
}

static void remember(struct network *network, const struct packet *packet)
{
	packet_copy(&network->history[network->remembered++ % HISTORY], packet);
}

static void replay(struct network *network, struct random *random)
{
	unsigned known = network->remembered < HISTORY ? network->remembered : HISTORY;

	if (known > 0)
		arrive(network, &network->history[random_below(random, known)]);
}

/* A delayed packet arrives; the last takes its place. */
static void release(struct network *network, unsigned i)
{
	arrive(network, &network->delayed[i]);
	network->late--;
	if (i != network->late)
		packet_copy(&network->delayed[i], &network->delayed[network->late]);
}

static bool delay(struct network *network, const struct packet *packet)
{
	if (network->late == DELAYED_MAX)
		return false;
	packet_copy(&network->delayed[network->late++], packet);
	return true;
}

void network_send(struct network *network, struct random *random, const struct packet *packet)
{
	if (random_one_in(random, 8) && network->late > 0)
		release(network, random_below(random, network->late));
	if (random_one_in(random, 60))
		replay(network, random);
	if (random_one_in(random, 40))
		arrive_forged(network, random, packet);
	remember(network, packet);
	if (random_one_in(random, 30))
		return;
	if (random_one_in(random, 12) && delay(network, packet))
		return;
	arrive(network, packet);
	if (random_one_in(random, 60))
		arrive_copies(network, random, packet);
	if (random_one_in(random, 40))
		arrive_forged(network, random, packet);
}

void network_release(struct network *network)
{
	while (network->late > 0)
		release(network, network->late - 1);
}
